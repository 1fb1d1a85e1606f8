"""What is discarded is out of sight and can be brought back to the bit; what is erased is gone from the disk."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from pictures import again, save, scene

from edge_brain import Brain, Erased, backups, clock, doctor, examine, files, import_folder, tag_files
from edge_brain.cli import main
from edge_brain.database import Database
from edge_brain.errors import BrainBusy, StorageFailed, UnknownFrame
from edge_brain.field.room import Room, _Need
from edge_brain.images import encode_jpeg
from edge_brain.records import Score
from edge_brain.repair import repair
from edge_brain.store import DATABASE

Run = Callable[..., subprocess.CompletedProcess[str]]
LABELS = ("cup", "fork", "mug")


@pytest.fixture(autouse=True)
def enough_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LEAST_FREE_BYTES", 0)


def keep(brain: Brain, number: int = 90) -> str:
    exposure = brain.exposer.expose(scene("bowl", number))
    brain.keep_exposures([exposure])
    return exposure.id


def of(brain: Brain, role: str, label: str = "mug") -> str:
    return next(frame.id for frame in brain.store.frames() if (frame.label, frame.role) == (label, role))


def learned(brain: Brain) -> list[str]:
    return [frame.id for frame in brain.store.frames() if frame.role == "learned"]


def told(brain: Brain) -> tuple[object, ...]:
    """Return all that a person can ask of a brain, as a value that is the same when each bit is."""
    score = brain.score()
    return brain.head_digest(), _plain(score), brain.images(), brain.untagged(), brain.classes(), brain.suspects(0)


def _plain(score: Score) -> tuple[object, ...]:
    return tuple(list(each) if name == "advice" else each for name, each in vars(score).items())


def sound(brain: Brain) -> bool:
    return [finding for finding in examine(brain) if not finding.ok] == []


def everywhere(folder: Path) -> bytes:
    """Return all bytes of all files below a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


# ── out of sight, and back ──────────────────────────────────────────────────────────────────────


def test_what_is_discarded_is_in_no_list_and_tells_what_it_was_tagged_as(taught: Brain) -> None:
    kept = keep(taught)
    gone = [of(taught, "learned"), of(taught, "reserved", "cup"), kept]
    assert taught.discard(gone) == dict(zip(gone, ["mug", "cup", None], strict=True))
    left = {frame.id for frame in taught.store.frames()}
    assert left.isdisjoint(gone) and len(left) == 22
    assert {image.id for image in taught.images()} == left
    assert taught.untagged() == []
    assert {info.label: info.learned + info.reserved for info in taught.classes()} == {"cup": 7, "fork": 8, "mug": 7}
    score = taught.score()
    assert score.learned + score.reserved == 22
    named = {frame for advice in score.advice for frame in advice.frames} | {each.id for each in taught.suspects(0)}
    assert named.isdisjoint(gone)
    found = taught.discarded()
    assert {(frame.id, frame.label, frame.role) for frame in found} == {
        (gone[0], "mug", "learned"), (gone[1], "cup", "reserved"), (kept, None, None),
    }  # fmt: skip
    assert taught.picture(kept) and taught.thumbnail(gone[0]), "one has to see what one brings back"
    assert sound(taught)


def test_discarding_unlearns_exactly(taught: Brain, tmp_path: Path) -> None:
    gone = learned(taught)[::3]
    with Brain.create(tmp_path / "other", extractor="pixels") as other:
        other.tag_many([(scene(label, number), label) for label in LABELS for number in range(8)])
        for frame_id in gone:
            other.untag(frame_id)
        taught.discard(gone)
        assert taught.head_digest() == other.head_digest()
    before = taught.head_digest()
    taught.retrain()
    assert taught.head_digest() == before


def test_restoring_is_exact_to_the_bit(taught: Brain) -> None:
    kept = keep(taught)
    taught.retag([learned(taught)[1]], "spoon")
    taught.untag(learned(taught)[4])
    gone, before = [image.id for image in taught.images()][::2], told(taught)
    assert kept in gone
    were = taught.discard(gone)
    assert told(taught) != before
    assert taught.restore(gone) == were
    assert told(taught) == before and taught.discarded() == []
    with Brain.open(taught.folder) as other:
        assert told(other) == before
        other.retrain()
        assert other.head_digest() == before[0]
    assert sound(taught)


def test_all_that_is_known_can_be_discarded_and_brought_back(taught: Brain) -> None:
    every, before = [frame.id for frame in taught.store.frames()], told(taught)
    taught.discard(every)
    assert (taught.images(), taught.classes(), taught.predict(scene("mug")).label) == ([], [], None)
    taught.restore(reversed_ := every[::-1])
    assert told(taught) == before and len(reversed_) == 24


def test_both_can_be_done_twice(taught: Brain) -> None:
    frame_id, before = of(taught, "learned"), told(taught)
    assert taught.restore([frame_id]) == {frame_id: "mug"} and told(taught) == before
    assert taught.discard([frame_id, frame_id]) == {frame_id: "mug"}
    events = taught.store.last_event()
    assert taught.discard([frame_id]) == {frame_id: "mug"}
    taught.untag(frame_id)
    assert taught.store.last_event() == events and len(taught.discarded()) == 1
    assert taught.restore([frame_id, frame_id]) == {frame_id: "mug"} and told(taught) == before


def test_the_latest_comes_first(taught: Brain) -> None:
    for frame_id in (gone := learned(taught)[3:0:-1]):
        taught.discard([frame_id])
    assert [frame.id for frame in taught.discarded()] == gone[::-1]
    taught.restore(gone[:1])
    taught.discard(gone[:1])
    assert next(frame.id for frame in taught.discarded()) == gone[0]


@pytest.mark.parametrize("act", ["discard", "restore"])
def test_an_unknown_frame_is_told_and_nothing_happens(taught: Brain, act: str) -> None:
    known, out = learned(taught)[:2]
    taught.discard([out])
    before, events = told(taught), taught.store.last_event()
    with pytest.raises(UnknownFrame, match="holds no frame 'f00d'"):
        getattr(taught, act)([known, out, "f00d"])
    assert told(taught) == before and taught.store.last_event() == events
    assert [frame.id for frame in taught.discarded()] == [out]


def test_a_tag_brings_a_frame_back_in_its_burst_and_role(taught: Brain) -> None:
    frames = {frame.id: frame for frame in taught.store.frames()}
    first, second = of(taught, "learned"), of(taught, "reserved")
    taught.discard([first, second])
    taught.retag([first], "cup")
    taught.tag(scene("mug", [*range(8)][[frame.id for frame in frames.values()].index(second) - 16]), "mug")
    for frame_id, label in ((first, "cup"), (second, "mug")):
        now, was = taught.store.frame(frame_id), frames[frame_id]
        assert (now.label, now.burst, now.role) == (label, was.burst, was.role)
    assert taught.discarded() == [] and sound(taught)


def test_a_frame_that_never_was_tagged_waits_again_where_it_waited(brain: Brain) -> None:
    exposures = [brain.exposer.expose(scene("bowl", number)) for number in range(3)]
    brain.keep_exposures(exposures, burst="table")
    before = brain.untagged()
    brain.discard([exposures[1].id])
    assert brain.untagged() == before[::2]
    brain.keep_exposures(exposures)
    assert brain.untagged() == before[::2], "a camera does not bring back what a person has discarded"
    brain.restore([exposures[1].id])
    assert brain.untagged() == before and brain.store.last_event() == 0
    brain.discard([exposures[1].id])
    brain.retag([exposures[1].id], "bowl")
    assert brain.store.frame(exposures[1].id).burst == "table"
    assert brain.untagged() == before[::2] and brain.discarded() == []


def test_another_process_sees_it_at_its_next_call(taught: Brain) -> None:
    with Brain.open(taught.folder) as other:
        before = told(other)
        gone = [*learned(taught)[:5], of(taught, "reserved")]
        taught.discard(gone)
        assert other.head_digest() == taught.head_digest() and other.images() == taught.images()
        taught.erase()
        assert other.head_digest() == taught.head_digest()
        assert [frame.id for frame in other.discarded()] == []
        assert other.score().learned == before[1][5] - 5  # type: ignore[index]


def test_a_brain_that_was_not_looking_unlearns_what_is_erased_by_now(taught: Brain) -> None:
    with Brain.open(taught.folder) as other:
        other.head_digest()
        taught.discard(gone := learned(taught)[:3])
        taught.erase()
        assert other.head_digest() == taught.head_digest()
        assert {image.id for image in other.images()}.isdisjoint(gone)


def test_undo_holds_after_a_retrain_with_another_region(taught: Brain, tmp_path: Path) -> None:
    gone = [image.id for image in taught.images()][::2]
    taught.discard(gone)
    taught.retrain(region="0,0,0.5,1")
    taught.restore(gone)
    with Brain.create(tmp_path / "other", extractor="pixels", region="0,0,0.5,1") as other:
        other.tag_many([(scene(label, number), label) for label in LABELS for number in range(8)])
        assert taught.head_digest() == other.head_digest()
    assert sound(taught)


def test_an_import_leaves_what_was_discarded_and_a_tag_does_not(brain: Brain, tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / "pictures", f"mug/{number}.jpg", scene("mug", number))
    import_folder(brain, tmp_path / "pictures")
    kept = brain.exposer.expose(save(tmp_path / "pictures", "mug/5.jpg", scene("mug", 5)))
    brain.keep_exposures([kept])
    gone = [brain.store.frames()[0].id, kept.id]
    brain.discard(gone)
    done = import_folder(brain, tmp_path / "pictures")
    assert (done.learned + done.reserved, done.already) == (0, 5) and len(brain.discarded()) == 2
    done = tag_files(brain, [tmp_path / "pictures"], "mug")
    assert (done.learned + done.reserved, done.already) == (2, 3) and brain.discarded() == []
    assert sound(brain)


# ── room ────────────────────────────────────────────────────────────────────────────────────────


def test_when_room_is_needed_what_was_discarded_and_never_tagged_goes_first(taught: Brain) -> None:
    wanted, unwanted, _ = (keep(taught, number) for number in (90, 91, 92))
    tagged = of(taught, "learned")
    taught.discard([unwanted, tagged])
    why, spare = next(Room(taught, floor_bytes=0)._to_go(_Need(0, 0, 0)))
    assert (why, [each.id for each in spare]) == ("discarded", [unwanted])
    taught.store.thinning.drop(spare, why, clock.now())
    assert [frame.id for frame in taught.discarded()] == [tagged], "it was tagged once: it can be brought back"
    assert wanted in {frame.id for frame in taught.untagged()}


def test_no_frame_goes_because_a_better_one_like_it_was_discarded(taught: Brain) -> None:
    picture = scene("bowl", 90)
    kept = [taught.exposer.expose(each) for each in (picture, again(picture), scene("fork", 95))]
    taught.keep_exposures(kept)
    taught.discard([kept[0].id])
    found = dict(Room(taught, floor_bytes=0)._to_go(_Need(0, 0, 0)))
    assert [each.id for each in found["discarded"]] == [kept[0].id]
    assert [each.id for each in found["near-duplicate"]] == []
    assert [each.id for each in found["untagged"]] == [kept[1].id]


# ── for good ────────────────────────────────────────────────────────────────────────────────────


def noise(number: int, side: int = 64) -> bytes:
    """Return a JPEG no piece of which is in any other."""
    return encode_jpeg(np.random.default_rng(number).integers(0, 255, (side, side, 3), dtype=np.uint8))


def pieces(data: bytes) -> list[bytes]:
    """Return pieces of a JPEG, behind its tables, which all have."""
    return [data[start : start + 24] for start in range(700, len(data) - 24, 197)]


def test_no_byte_of_what_is_erased_stays_in_the_folder(brain: Brain) -> None:
    """Neither pages that SQLite freed, nor its log, nor copies made before hold a piece of picture or thumbnail."""
    brain.store.database.value("PRAGMA secure_delete = OFF")  # as SQLite is built elsewhere than in Debian
    sides = np.random.default_rng(0).integers(24, 110, 36)
    ids = [brain.tag(noise(number, side), "ab"[number % 2]).frame_id for number, side in enumerate(sides)]
    brain.store.backup()
    gone, stay = ids[::3], [each for each in ids if each not in ids[::3]]
    secret = [piece for each in gone for data in (brain.picture(each), brain.thumbnail(each)) for piece in pieces(data)]
    sizes = sum(len(brain.picture(each)) for each in gone)
    thumbnails = [brain.thumbnail(each) for each in stay]
    brain.discard(gone)
    held = everywhere(brain.folder)
    assert sum(piece in held for piece in secret) > 0.9 * len(secret), "but for those that go over a page's end"
    assert brain.erase() == Erased(12, sizes, ())
    held = everywhere(brain.folder)
    assert not any(piece in held for piece in secret)
    assert [brain.thumbnail(each) for each in stay] == thumbnails
    assert len(backups.copies(brain.folder)) == 1
    assert sound(brain)


def test_what_events_refer_to_stays_and_what_nothing_does_vanishes(taught: Brain) -> None:
    kept, newest = keep(taught, 90), keep(taught, 91)
    gone = [of(taught, "learned"), of(taught, "reserved")]
    taught.discard([*gone, kept, newest])
    value = taught.store.database.value
    events, bursts = value("SELECT count(*) FROM events"), value("SELECT count(*) FROM bursts")
    before = told(taught)
    assert taught.erase().frames == 4
    assert told(taught) == before and taught.discarded() == []
    assert value("SELECT count(*) FROM events") == events and value("SELECT count(*) FROM bursts") == bursts - 1
    assert value("SELECT count(*) FROM frames") == 25, "the newest stays, so that its number is not given twice"
    keep(taught, 92)
    assert taught.erase() == Erased(0, 0, ())
    taught.discard([keep(taught, 93), keep(taught, 94)])
    taught.erase()
    assert value("SELECT count(*) FROM frames WHERE id IN (?, ?)", (kept, newest)) == 0
    assert before[0] == taught.head_digest()
    taught.retrain()
    assert before[0] == taught.head_digest() and sound(taught)


def test_an_erased_frame_cannot_be_had_or_told_anything(taught: Brain) -> None:
    frame_id, other = learned(taught)[:2]
    taught.discard([frame_id])
    taught.erase()
    before, events = told(taught), taught.store.last_event()
    for act in (
        lambda: taught.retag([other, frame_id], "cup"),
        lambda: taught.untag(frame_id),
        lambda: taught.discard([other, frame_id]),
        lambda: taught.restore([frame_id]),
        lambda: taught.picture(frame_id),
        lambda: taught.thumbnail(frame_id),
    ):
        with pytest.raises(UnknownFrame, match=f"{frame_id}' was erased for good; tag the picture itself"):
            act()
    assert told(taught) == before and taught.store.last_event() == events


@pytest.mark.parametrize("how", ["tag", "keep"])
def test_who_gives_the_picture_again_has_it_again_in_its_burst_and_role(taught: Brain, how: str) -> None:
    before, frame = told(taught), next(frame for frame in taught.store.frames() if frame.label == "mug")
    taught.discard([frame.id])
    taught.erase()
    if how == "tag":
        taught.tag(scene("mug", 0), "mug")
    else:
        taught.keep_exposures([taught.exposer.expose(scene("mug", 0))])
        assert taught.store.frame(frame.id).label is None
        taught.retag([frame.id], "mug")
    assert taught.store.frame(frame.id) == frame
    assert told(taught) == before and sound(taught)
    assert taught.store.path(frame).is_file() and taught.erase().frames == 0


def test_a_retrain_with_another_region_passes_over_what_is_erased(taught: Brain, tmp_path: Path) -> None:
    taught.discard(gone := learned(taught)[::2])
    taught.erase()
    taught.retrain(region="0,0,0.5,1")
    with Brain.create(tmp_path / "other", extractor="pixels", region="0,0,0.5,1") as other:
        other.tag_many([(scene(label, number), label) for label in LABELS for number in range(8)])
        other.discard(gone)
        assert taught.head_digest() == other.head_digest()
    assert sound(taught)
    assert taught.tag(scene("mug", 0), "mug").new and sound(taught)


def test_a_retrain_goes_on_when_frames_are_erased_beside_it(taught: Brain) -> None:
    gone = learned(taught)[:4]

    def erase(done: int, _: int) -> None:
        if done == 2:
            with Brain.open(taught.folder) as other:
                other.discard(gone)
                other.erase()

    taught.retrain(region="0,0,0.5,1", progress=erase)
    assert len(taught.images()) == 20 and sound(taught)


def test_views_are_not_asked_of_a_frame_that_was_erased_meanwhile(brain: Brain, tmp_path: Path) -> None:
    for number in range(3):
        save(tmp_path / "pictures", f"mug/{number}.jpg", scene("mug", number))
    import_folder(brain, tmp_path / "pictures")
    brain.take_up_views()
    gone = learned(brain)[0]
    with Brain.open(brain.folder) as other:
        other.discard([gone])
        other.erase()
    assert brain.head_digest() and gone not in {image.id for image in brain.images()}
    assert brain.store.without_views() == [] and sound(brain)


def test_frames_that_somebody_wants_again_meanwhile_stay(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    frame_id, gone = learned(taught)[:2]
    taught.discard([frame_id, gone])
    scrub = Database.scrub

    def slow(database: Database) -> None:
        monkeypatch.undo()
        with Brain.open(taught.folder) as other:
            other.tag(scene("cup", 0), "cup")
        scrub(database)

    monkeypatch.setattr(Database, "scrub", slow)
    assert taught.erase().frames == 1
    assert taught.store.frame(frame_id).label == "cup" and files.content_id(taught.picture(frame_id)) == frame_id
    assert sound(taught)


@pytest.mark.parametrize(
    "owner", [(files, "remove_durably"), (Database, "scrub"), (backups, "add")], ids=lambda o: o[1]
)
def test_what_could_not_be_erased_to_the_end_is_told_and_is_erased_next_time(
    taught: Brain, monkeypatch: pytest.MonkeyPatch, owner: tuple[object, str]
) -> None:
    taught.store.backup()
    taught.discard(gone := learned(taught)[:2])
    pictures = [piece for each in gone for piece in pieces(taught.thumbnail(each))]

    def refuse(*_: object) -> None:
        raise StorageFailed("the disk refuses")

    monkeypatch.setattr(*owner, refuse)
    with pytest.raises(StorageFailed, match="the disk refuses"):
        taught.erase()
    monkeypatch.undo()
    monkeypatch.setattr(doctor, "_LEAST_FREE_BYTES", 0)
    (detail,) = (finding.detail for finding in examine(taught) if finding.check == "discarded")
    assert re.fullmatch("2 were not erased to the end: .*--erase` goes on with it", detail) and sound(taught)
    assert taught.erase().frames == 2
    held = everywhere(taught.folder)
    assert not any(piece in held for piece in pictures) and taught.store.erasing() == 0


def test_a_log_that_another_process_still_reads_is_told(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    taught.discard(learned(taught)[:1])
    reader = Database(taught.folder / DATABASE)
    taught.store.database.value("PRAGMA busy_timeout = 0")
    with reader.snapshot():
        assert reader.value("SELECT count(*) FROM frames") == 24
        with pytest.raises(BrainBusy, match="what was deleted may still be read in its log; try again"):
            taught.erase()
    reader.close()
    assert taught.erase().frames == 1


def test_a_late_picture_of_an_erased_frame_is_a_stray(taught: Brain) -> None:
    frame_id = learned(taught)[0]
    path = taught.store.path(taught.store.frame(frame_id))
    taught.discard([frame_id])
    taught.erase()
    files.write_once(path, encode_jpeg(scene("cup", 0)))
    assert taught.store.thinning.clear_strays(clock.now())[0] == 1 and not path.exists()


# ── repair ──────────────────────────────────────────────────────────────────────────────────────


def ruined(path: Path) -> None:
    """Break the pages of the tags, so that a repair builds the database anew."""
    with path.open("r+b") as file:
        file.seek(100)
        file.write(bytes(200))


@pytest.mark.parametrize("left", ["damaged", "gone"])
def test_a_repair_keeps_what_is_discarded_out_of_sight_and_what_is_erased_away(taught: Brain, left: str) -> None:
    kept = keep(taught)
    erased, discarded = learned(taught)[:3], [*learned(taught)[3:6], of(taught, "reserved"), kept]
    taught.discard(erased)
    taught.erase()
    taught.discard(discarded)
    taught.store.backup()
    before, out = told(taught), {(frame.id, frame.label, frame.role) for frame in taught.discarded()}
    taught.close()
    (ruined if left == "damaged" else Path.unlink)(taught.folder / DATABASE)
    done = repair(taught.folder)
    assert not done.sound and done.lost == []
    with Brain.open(taught.folder) as brain:
        assert brain.head_digest() == before[0] and brain.untagged() == []
        assert [image.id for image in brain.images()] == [image.id for image in before[2]]  # type: ignore[attr-defined]
        assert {(frame.id, frame.label, frame.role) for frame in brain.discarded()} == out
        assert sound(brain)
        with pytest.raises(UnknownFrame, match="erased for good"):
            brain.picture(erased[0])
        assert list(brain.restore(discarded).values())[-2:] == ["mug", None]
        assert brain.erase().frames == 0
    assert repair(taught.folder).sound


def test_a_repair_from_a_copy_of_before_takes_what_was_tagged_since_for_wanted(taught: Brain) -> None:
    frame_id = learned(taught)[0]
    taught.discard([frame_id])
    taught.erase()
    taught.tag(scene("cup", 0), "cup")
    before = told(taught)
    taught.close()
    (taught.folder / DATABASE).unlink()
    assert repair(taught.folder).lost == []
    with Brain.open(taught.folder) as brain:
        assert brain.store.frame(frame_id).label == "cup" and brain.head_digest() == before[0] and sound(brain)


def test_an_erased_frame_does_not_come_back_out_of_a_database_that_was_set_aside(taught: Brain) -> None:
    taught.close()
    ruined(taught.folder / DATABASE)
    assert repair(taught.folder).aside == "damaged-1"
    with Brain.open(taught.folder) as brain:
        brain.discard([frame_id := learned(brain)[0]])
        assert brain.erase().aside == ("damaged-1",)
    (taught.folder / DATABASE).unlink()
    repair(taught.folder)
    with Brain.open(taught.folder) as brain, pytest.raises(UnknownFrame, match="erased for good"):
        brain.thumbnail(frame_id)


# ── the command line ────────────────────────────────────────────────────────────────────────────


def cli(brain: Brain, *arguments: str, code: int = 0, said: str | None = None) -> Result:
    result = CliRunner().invoke(main, ["--brain", str(brain.folder), "discard", *arguments], input=said)
    assert result.exit_code == code, result.output
    return result


def test_the_command_line_discards_lists_restores_and_erases(taught: Brain, tmp_path: Path) -> None:
    picture = save(tmp_path, "cup.jpg", scene("cup", 0))
    first, second = learned(taught)[:2]
    assert cli(taught, str(picture), second[:12]).stdout.startswith("Brain Score: ")
    assert cli(taught, "--list").stdout.splitlines()[0].split("\t")[1] == "cup"
    lines = [json.loads(line) for line in cli(taught, "--list", "--json").stdout.splitlines()]
    assert {line["id"] for line in lines} == {first, second}
    assert {tuple(line) for line in lines} == {("id", "label", "role", "burst")}
    assert cli(taught, "--restore", second[:12]).stdout.startswith("Brain Score: ")
    assert taught.store.frame(second).label == "cup"
    assert "1 picture will be deleted for good" in cli(taught, "--erase", said="n\n", code=1).stdout
    assert [frame.id for frame in taught.discarded()] == [first]
    said = cli(taught, "--erase", "--yes").stdout.splitlines()
    assert said[0].startswith("Brain Score: ") and said[1] == "1 picture deleted, 0.0 MiB"
    assert taught.discarded() == [] and cli(taught, "--list").stdout == ""
    assert "erased for good" in cli(taught, "--restore", first, code=1).stderr


def test_the_command_line_asks_before_it_erases(taught: Brain) -> None:
    taught.discard(learned(taught)[:2])
    (taught.folder / "damaged-1").mkdir()
    result = cli(taught, "--erase", said="y\n")
    assert "2 pictures will be deleted for good" in result.stdout and "2 pictures deleted" in result.stdout
    assert "may still lie in damaged-1/" in result.stderr


@pytest.mark.parametrize(
    "arguments", [(), ("--list", "f00d"), ("--erase", "f00d"), ("--list", "--erase"), ("--restore",),
                  ("--yes", "f00d"), ("--json", "f00d")],
)  # fmt: skip
def test_the_command_line_refuses_what_cannot_be_meant(taught: Brain, arguments: tuple[str, ...]) -> None:
    before = told(taught)
    cli(taught, *arguments, code=2)
    assert told(taught) == before
