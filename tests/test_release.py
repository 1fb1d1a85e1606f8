"""A release answers as the brain did that it was made of, learns nothing, and trusts no file."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import again, save, scene
from reports import confuse

from edge_brain import Brain, files, predict_files
from edge_brain import errors as e
from edge_brain.brain.frozen import Frozen
from edge_brain.head import Head
from edge_brain.head import classifier as classifiers
from edge_brain.records import ClassInfo, Score, Tagging
from edge_brain.release import archive, form
from edge_brain.repair import repair
from edge_brain.replica import Segment
from edge_brain.store import DATABASE, Store

PICTURES = [scene(label, number) for label in ("cup", "fork", "mug", "spoon") for number in range(20, 28)]


@pytest.fixture
def released(taught: Brain, tmp_path: Path) -> Iterator[Brain]:
    taught.release(tmp_path / "kitchen.brain")
    with Brain.open(tmp_path / "kitchen.brain") as release:
        yield release


# ── it answers ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("extractor", ["pixels", "lite0-224"])
def test_a_release_gives_the_same_answers_to_the_bit(tmp_path: Path, extractor: str) -> None:
    with Brain.create(tmp_path / "kitchen", extractor=extractor, region="0.1,0,0.8,0.9") as live:
        live.tag_many([(scene(label, number), label) for label in ("cup", "fork", "mug") for number in range(8)])
        live.release(tmp_path / "kitchen.brain")
        with Brain.open(tmp_path / "kitchen.brain") as release:
            assert release.look_at(PICTURES) == live.look_at(PICTURES)
            assert [release.predict(picture) for picture in PICTURES] == [live.predict(each) for each in PICTURES]
            assert release.look(PICTURES[0]) == live.look(PICTURES[0])
            codes = [code for code, _ in live.look_at(PICTURES)]
            assert release.predict_codes(codes) == live.predict_codes(codes)
            assert release.threshold() == live.threshold()
            assert (release.extractor, release.region) == (live.extractor, live.region)
            exposure = live.exposer.expose(PICTURES[0])
            assert release.predict_exposures([exposure]) == live.predict_exposures([exposure])


def test_a_release_says_of_itself_what_the_brain_said(taught: Brain, released: Brain) -> None:
    assert released.score() == taught.score()
    assert released.classes() == taught.classes()
    assert released.head_digest() == taught.head_digest()
    told = released.released
    assert told is not None and taught.released is None
    assert (told.number, told.name, told.classes) == (1, "kitchen", ("cup", "fork", "mug"))
    assert told.level == taught.score().level
    assert told.taught_at == taught.store.taught_at() > 0
    data = Path(told.path).read_bytes()
    assert (told.size_bytes, told.sha256) == (len(data), files.content_id(data))


def test_what_releasing_returns_is_what_opening_says(taught: Brain, tmp_path: Path) -> None:
    told = taught.release(tmp_path / "kitchen.brain")
    with Brain.open(tmp_path / "kitchen.brain") as release:
        assert (release.released, release.number) == (told, 1)


def test_a_release_watches_and_predicts_files_as_the_brain_does(taught: Brain, released: Brain, tmp_path: Path) -> None:
    def seen(brain: Brain) -> list[tuple[str | None, float]]:
        told = brain.watch("synthetic:mug,cup?pace=0&once=1&fps=4&hold=3", every=True)
        return [(each.label, each.confidence) for each in told]

    assert seen(released) == seen(taught) and len(seen(released)) > 10
    for number in range(9):
        save(tmp_path / "pictures", f"{number}.jpg", scene("mug", 30 + number))
    assert list(predict_files(released, [tmp_path / "pictures"])) == list(
        predict_files(taught, [tmp_path / "pictures"])
    )


def test_a_release_stays_as_it_is_while_its_brain_is_taught(taught: Brain, released: Brain) -> None:
    before, score = released.predict_many(PICTURES), released.score()
    taught.tag_many([(scene("spoon", number), "spoon") for number in range(8)])
    assert (released.predict_many(PICTURES), released.score()) == (before, score)
    assert taught.predict_many(PICTURES) != before


def test_the_score_of_a_brain_that_is_often_wrong_comes_out_whole(brain: Brain, tmp_path: Path) -> None:
    confuse(brain)
    brain.release(tmp_path / "kitchen.brain")
    with Brain.open(tmp_path / "kitchen.brain") as release:
        told, live = release.score(), brain.score()
        assert told == live
        assert any(image.right is False for image in told.images) and told.advice


# ── it refuses ──────────────────────────────────────────────────────────────────────────────────

ANSWERED = {
    "alone", "catch_up", "classes", "close", "create", "exposer", "extractor", "head_digest", "hold_still",
    "holds_still", "keep_solved", "look", "look_at", "new_exposer", "number", "open", "predict", "predict_code",
    "predict_codes", "predict_exposures", "predict_many", "region", "released", "score", "solved", "threshold", "watch",
    "watching",
}  # fmt: skip
REFUSED: dict[str, Callable[[Brain, str], Any]] = {
    "as_retrained": lambda brain, frame: brain.as_retrained(views=False),
    "burst_alike": lambda brain, frame: brain.burst_alike("mug", b"\0" * 192, None),
    "device_name": lambda brain, frame: brain.device_name,
    "devices": lambda brain, frame: brain.devices(),
    "discard": lambda brain, frame: brain.discard([frame]),
    "discarded": lambda brain, frame: brain.discarded(),
    "drops": lambda brain, frame: brain.drops(),
    "erase": lambda brain, frame: brain.erase(),
    "folder": lambda brain, frame: brain.folder,
    "frame_id": lambda brain, frame: brain.frame_id(frame[:12]),
    "history": lambda brain, frame: brain.history(),
    "images": lambda brain, frame: brain.images(),
    "keep_exposures": lambda brain, frame: brain.keep_exposures([brain.exposer.expose(scene("mug"))]),
    "make_views": lambda brain, frame: brain.make_views(),
    "merge": lambda brain, frame: brain.merge(Segment("0" * 16, "another", {}, [], [])),
    "merge_many": lambda brain, frame: brain.merge_many([]),
    "merge_classes": lambda brain, frame: brain.merge_classes("mug", "cup"),
    "nearest": lambda brain, frame: brain.nearest(scene("mug")),
    "nearest_codes": lambda brain, frame: brain.nearest_codes([b"\0" * 192]),
    "next_number": lambda brain, frame: brain.next_number,
    "note_seen": lambda brain, frame: brain.note_seen([frame]),
    "on_level": lambda brain, frame: brain.on_level(repr),
    "on_tagged": lambda brain, frame: brain.on_tagged(repr),
    "picture": lambda brain, frame: brain.picture(frame),
    "pin": lambda brain, frame: brain.pin("a" * 64),
    "pins": lambda brain, frame: brain.pins(),
    "predict_frames": lambda brain, frame: brain.predict_frames([frame]),
    "production": lambda brain, frame: brain.production,
    "relabel": lambda brain, frame: brain.relabel({frame: "cup"}),
    "release": lambda brain, frame: brain.release(Path(brain.released.path + "x") if brain.released else ""),
    "remove_class": lambda brain, frame: brain.remove_class("mug"),
    "rename_class": lambda brain, frame: brain.rename_class("mug", "beaker"),
    "reserved_by_device": lambda brain, frame: brain.reserved_by_device(),
    "restore": lambda brain, frame: brain.restore([frame]),
    "retag": lambda brain, frame: brain.retag([frame], "cup"),
    "retrain": lambda brain, frame: brain.retrain(),
    "rollback": lambda brain, frame: brain.rollback(),
    "score_if": lambda brain, frame: brain.score_if({frame: "cup"}),
    "store": lambda brain, frame: brain.store.frames(),
    "suspects": lambda brain, frame: brain.suspects(),
    "tag": lambda brain, frame: brain.tag(scene("mug"), "mug"),
    "tag_code": lambda brain, frame: brain.tag_code(b"\0" * 192, "mug"),
    "tag_exposures": lambda brain, frame: brain.tag_exposures([Tagging(frame, "mug")]),
    "tag_many": lambda brain, frame: brain.tag_many([]),
    "take_release": lambda brain, frame: brain.take_release(b"PK\x03\x04"),
    "take_sums": lambda brain, frame: brain.take_sums(Head(1280)),
    "take_up_views": lambda brain, frame: brain.take_up_views(),
    "thumbnail": lambda brain, frame: brain.thumbnail(frame),
    "unpin": lambda brain, frame: brain.unpin("a" * 64),
    "untag": lambda brain, frame: brain.untag(frame),
    "untagged": lambda brain, frame: brain.untagged(),
    "views": lambda brain, frame: brain.views,
    "whereabouts": lambda brain, frame: brain.whereabouts(brain.store.frames()[0]),
}


def test_of_all_that_a_brain_can_it_is_decided_what_a_release_can() -> None:
    public = {name for name in dir(Brain) if not name.startswith("_")} | {"store"}
    assert public == ANSWERED | REFUSED.keys() and not ANSWERED & REFUSED.keys()


@pytest.mark.parametrize("name", REFUSED)
def test_what_changes_a_brain_or_needs_its_pictures_is_refused(
    taught: Brain, released: Brain, tmp_path: Path, name: str
) -> None:
    frame, before = taught.store.frames()[0].id, (tmp_path / "kitchen.brain").read_bytes()
    with pytest.raises(e.BrainReadOnly, match=r"is release 1 of the brain 'kitchen'.*Open the brain's own folder"):
        REFUSED[name](released, frame)
    assert (tmp_path / "kitchen.brain").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kitchen", "kitchen.brain"]


# ── numbers and files ───────────────────────────────────────────────────────────────────────────


def test_releases_are_numbered_upward_for_good(taught: Brain, tmp_path: Path) -> None:
    assert taught.number == 0
    assert [taught.release(tmp_path / f"{name}.brain").number for name in "ab"] == [1, 2]
    assert taught.release(tmp_path / "c.brain", number=7).number == 7
    taught.close()
    with Brain.open(taught.folder) as next_day:
        assert next_day.number == 7
        for number in (0, -1, 7, 3, 2**40):
            with pytest.raises(e.BadInput, match=f"release number {number}: give one greater than 7"):
                next_day.release(tmp_path / "d.brain", number=number)
        assert not (tmp_path / "d.brain").exists()
        assert next_day.release(tmp_path / "d.brain").number == 8


@pytest.mark.parametrize("lost", ["database", "settings"])
def test_a_repaired_brain_goes_on_counting(taught: Brain, tmp_path: Path, lost: str) -> None:
    taught.release(tmp_path / "a.brain", number=5)
    if lost == "settings":
        with taught.store.database.transaction():
            taught.store.database.execute("DELETE FROM settings WHERE key IN ('released', 'region')")
    taught.close()
    if lost == "database":
        (taught.folder / DATABASE).write_bytes(b"")
    assert not repair(taught.folder).sound
    with Brain.open(taught.folder) as mended:
        assert mended.release(tmp_path / "b.brain").number == 6


def test_a_file_that_stands_there_is_never_replaced(taught: Brain, tmp_path: Path) -> None:
    (tmp_path / "mine.brain").write_text("mine")
    for path in (tmp_path / "mine.brain", taught.folder):
        with pytest.raises(e.BadInput, match="is there already; a release is never replaced"):
            taught.release(path)
    assert (tmp_path / "mine.brain").read_text() == "mine"
    assert taught.number == 0


def test_two_who_release_at_once_get_different_numbers(
    taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Brain.open(taught.folder) as other:
        to_bytes = form.to_bytes

        def meanwhile(release: Any) -> bytes:
            monkeypatch.undo()
            other.release(tmp_path / "theirs.brain")
            return to_bytes(release)

        monkeypatch.setattr(form, "to_bytes", meanwhile)
        with pytest.raises(e.BadInput, match="release 1 of this brain is there already"):
            taught.release(tmp_path / "ours.brain")
        assert not (tmp_path / "ours.brain").exists()
        assert taught.release(tmp_path / "ours.brain").number == 2


def test_a_full_disk_leaves_no_file(taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(e.DiskFull):
        taught.release(tmp_path / "kitchen.brain")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["kitchen"]


def test_no_number_is_given_twice_though_the_process_ends_between_number_and_file(
    taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in ("before", "after"):
        put_first = files.put_first

        def end(*given: Path, place: str = place, put_first: Callable[..., None] = put_first) -> None:
            if place == "after":
                put_first(*given)
            raise KeyboardInterrupt

        monkeypatch.setattr(files, "put_first", end)
        with pytest.raises(KeyboardInterrupt):
            taught.release(tmp_path / f"{place}.brain")
        monkeypatch.undo()
    assert not (tmp_path / "before.brain").exists()
    with Brain.open(tmp_path / "after.brain") as release:
        assert release.number == 2
    assert taught.release(tmp_path / "kitchen.brain").number == 3


def test_a_number_that_cannot_be_noted_leaves_no_file(
    taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(store: Store, number: int) -> None:
        raise e.StorageFailed("the disk is gone")

    monkeypatch.setattr(Store, "note_release", gone)
    with pytest.raises(e.StorageFailed):
        taught.release(tmp_path / "kitchen.brain")
    assert [path.name for path in tmp_path.iterdir()] == ["kitchen"]
    assert taught.number == 0


def test_a_brain_without_classes_is_not_released(brain: Brain, tmp_path: Path) -> None:
    with pytest.raises(e.BadInput, match="has learned no class"):
        brain.release(tmp_path / "kitchen.brain")
    brain.untag(brain.tag(scene("mug"), "mug").frame_id)
    with pytest.raises(e.BadInput, match="has learned no class"):
        brain.release(tmp_path / "kitchen.brain")
    assert not (tmp_path / "kitchen.brain").exists() and brain.number == 0


def test_what_others_tag_meanwhile_is_in_it_with_its_score_or_not_at_all(
    taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Brain.open(taught.folder) as other:
        score = taught.score

        def slow() -> Score:
            measured = score()
            monkeypatch.undo()
            other.tag_many([(scene("spoon", number), "spoon") for number in range(4)])
            return measured

        monkeypatch.setattr(taught, "score", slow)
        taught.release(tmp_path / "kitchen.brain")
        with Brain.open(tmp_path / "kitchen.brain") as release:
            assert release.score() == other.score()
            assert [info.label for info in release.classes()] == ["cup", "fork", "mug", "spoon"]
            assert release.head_digest() == other.head_digest()


def test_the_same_brain_gives_the_same_file(taught: Brain, tmp_path: Path) -> None:
    shutil.copytree(taught.folder, tmp_path / "copy" / "kitchen")
    taught.release(tmp_path / "one.brain")
    with Brain.open(tmp_path / "copy" / "kitchen") as copy:
        copy.release(tmp_path / "other.brain")
    assert (tmp_path / "one.brain").read_bytes() == (tmp_path / "other.brain").read_bytes()


def test_a_release_is_a_zip_that_others_can_read(released: Brain, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "kitchen.brain") as held:
        assert held.testzip() is None
        told = json.loads(held.read("manifest.json"))
        assert set(held.namelist()) == {"manifest.json", *told["members"]}
        for name, digest in told["members"].items():
            assert files.content_id(held.read(name)) == digest
    assert (told["format"], told["number"], told["contract"]["extractor"]) == (1, 1, "pixels")


# ── files that nobody should trust ──────────────────────────────────────────────────────────────


def members_of(data: bytes) -> dict[str, bytes]:
    return {name: archive.member(data, name, "it") for name in archive.names(data, "it")}


def forged(data: bytes, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> bytes:
    """Return a release with other members or another manifest, whose digests are right again."""
    members = members_of(data)
    told = json.loads(members["manifest.json"])
    change(members, told)
    if "members" in told:
        told["members"] = {
            name: files.content_id(member) for name, member in members.items() if name in told["members"]
        }
    return archive.packed({**members, "manifest.json": json.dumps(told).encode()})


def sets(**fields: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda members, told: told.update(fields)


def contract(**fields: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda members, told: told["contract"].update(fields)


def member(name: str, data: bytes) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    return lambda members, told: members.update({name: data})


def npz(**arrays: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    """Put other arrays into the classifier."""

    def change(members: dict[str, bytes], told: dict[str, Any]) -> None:
        inside = members_of(members["classifier.npz"])
        for name, array in arrays.items():
            raw = array if isinstance(array, bytes) else npy(array)
            inside[f"{name}.npy"] = raw
        members["classifier.npz"] = archive.packed(inside)

    return change


def npy(array: Any) -> bytes:
    import io

    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def score(**fields: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(members: dict[str, bytes], told: dict[str, Any]) -> None:
        members["score.json"] = json.dumps({**json.loads(members["score.json"]), **fields}).encode()

    return change


def images(**fields: Any) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    """Let each image of the score say something else."""

    def change(members: dict[str, bytes], told: dict[str, Any]) -> None:
        held = json.loads(members["score.json"])
        score(images=[{**image, **fields} for image in held["images"]])(members, told)

    return change


class Bomb:
    """An object that would do harm if it were unpickled."""

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return (Path.touch, (Path("/tmp/it-was-executed"),))


FORGERIES: Sequence[tuple[str, Callable[[dict[str, bytes], dict[str, Any]], None], type[Exception], str]] = (
    ("a member too many", member("../../etc/passwd", b"x"), e.BrainDamaged, r"holds .*\.\./\.\./etc/passwd.* not what"),
    ("a member too few", lambda members, told: members.pop("golden.json") and None, e.BrainDamaged, "not what it must"),
    ("a later format", sets(format=2), e.BrainTooNew, "of format 2, this edge_brain knows up to 1"),
    ("no format", sets(format=None), e.BrainDamaged, "says nothing of a format"),
    ("a format of truth", sets(format=True), e.BrainDamaged, "says nothing of a format"),
    ("another extractor", contract(fingerprint="pixels:9"), e.ExtractorMismatch, "pixels:9, which is not here"),
    ("an extractor elsewhere", contract(extractor="../../x"), e.ExtractorMismatch, "which is not here"),
    ("another zero point", contract(zero_point="3"), e.ExtractorMismatch, "for other than they are"),
    ("a code of no length", contract(code_length="0"), e.BrainDamaged, "a code that cannot be meant"),
    ("a code of other length", contract(code_length="191"), e.BrainDamaged, "weights has the shape"),
    ("a region outside", contract(region="0,0,2,2"), e.BrainDamaged, "manifest cannot be meant: region"),
    ("a number of none", sets(number=0), e.BrainDamaged, "a number that cannot be meant"),
    ("a number of text", sets(number="1"), e.BrainDamaged, "'1' is no int"),
    ("an endless time", sets(taught_at=10**400), e.BrainDamaged, "cannot be meant"),
    ("a name that moves the cursor", sets(name="\x1b[2J"), e.BrainDamaged, "a name that cannot be meant"),
    ("no digest", sets(head_digest="../x"), e.BrainDamaged, "a digest that cannot be meant"),
    ("classes that are twice", sets(classes=[{"label": "cup", "learned": 1, "reserved": 1}] * 2), e.BrainDamaged,
     "classes that cannot be meant"),
    ("a class that is none", sets(classes=[{"label": "\n", "learned": 1, "reserved": 1}]), e.BrainDamaged,
     "a label must not be empty"),
    ("classes of others", sets(classes=[{"label": "x", "learned": 1, "reserved": 1}]), e.BrainDamaged,
     "holds numbers, or classes, that cannot be meant"),
    ("a level of its own", sets(level="Perfect"), e.BrainDamaged, "'Perfect' is no"),
    ("another level", sets(level="Low"), e.BrainDamaged, "its score is another brain's"),
    ("no members", sets(members=[]), e.BrainDamaged, "classifier.npz is not what manifest.json says"),
    ("a manifest that lacks", lambda members, told: told.pop("device") and None, e.BrainDamaged,
     "Manifest lacks device"),
    ("a score that is no JSON", member("score.json", b"{"), e.BrainDamaged, "score.json is no JSON"),
    ("a score of nests", member("score.json", b"[" * 200_000), e.BrainDamaged, "score.json is no JSON"),
    ("a score of NaN", score(accuracy=float("nan")), e.BrainDamaged, "score.json cannot be meant"),
    ("a score that lacks", member("score.json", b"{}"), e.BrainDamaged, "Score lacks level"),
    ("a score too large", member("score.json", b" " * (9 * 2**20)), e.BrainDamaged, "is larger than 8 MiB"),
    ("a score of other classes", score(per_class={"x": {"accuracy": None, "right": 0, "learned": 1, "reserved": 1,
     "learned_bursts": 1, "reserved_bursts": 1, "judged_bursts": 1}}), e.BrainDamaged, "another brain's"),
    ("advice that moves the cursor", score(advice=[{"kind": "", "labels": [], "message": "\x1b]0;", "frames": []}]),
     e.BrainDamaged, "no text that can be shown"),
    ("no golden answers", member("golden.json", b"[]"), e.BrainDamaged, "has 0 golden answers"),
    ("golden answers that are none", member("golden.json", b"{}"), e.BrainDamaged, "golden.json cannot be meant"),
    ("no classifier", member("classifier.npz", b"PK\x03\x04"), e.BrainDamaged, "classifier.npz is not whole"),
    ("a pickle", npz(labels=np.array([Bomb()] * 3, object)), e.BrainDamaged, "or one of Python objects"),
    ("weights of another shape", npz(weights=np.zeros((3, 191), np.float32)), e.BrainDamaged, "weights has the shape"),
    ("weights of another type", npz(weights=np.zeros((3, 192), np.float64)), e.BrainDamaged, "weights has the shape"),
    ("weights that are no numbers", npz(weights=np.full((3, 192), np.nan, np.float32)), e.BrainDamaged,
     "numbers, or classes, that cannot be meant"),
    ("other weights", npz(weights=np.zeros((3, 192), np.float32)), e.BrainDamaged, "answers .* where it answered"),
    ("weights that promise", npz(weights=npy(np.zeros((3, 192), np.float32)).replace(
        b"(3, 192), }" + 12 * b" ", b"(9999999999999, 192), }")), e.BrainDamaged, "an array that is not whole"),
    ("labels of nothing", npz(labels=npy(np.array(["cup", "fork", "mug"])).replace(b"<U4", b"<U0")), e.BrainDamaged,
     "not whole"),
    ("labels that are twice", npz(labels=np.array(["cup", "cup", "mug"])), e.BrainDamaged, "that cannot be meant"),
    ("a cold classifier", npz(temperature=np.float64(0)), e.BrainDamaged, "that cannot be meant"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "error", "said"), [each[1:] for each in FORGERIES], ids=[each[0] for each in FORGERIES]
)
def test_a_forged_release_is_refused(
    released: Brain, tmp_path: Path, change: Any, error: type[Exception], said: str
) -> None:
    data = (tmp_path / "kitchen.brain").read_bytes()
    (tmp_path / "forged.brain").write_bytes(forged(data, change))
    with pytest.raises(error, match=said):
        Brain.open(tmp_path / "forged.brain")
    assert not Path("/tmp/it-was-executed").exists()


def test_a_release_that_was_only_packed_anew_is_none_of_the_forgeries(released: Brain, tmp_path: Path) -> None:
    data = (tmp_path / "kitchen.brain").read_bytes()
    (tmp_path / "anew.brain").write_bytes(forged(data, lambda members, told: None))
    assert Brain.open(tmp_path / "anew.brain").predict_many(PICTURES) == released.predict_many(PICTURES)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", e.BadInput),
        (b"not a ZIP", e.BadInput),
        (b"SQLite format 3\0", e.BadInput),
        (archive.packed({"mug/1.jpg": b"x"}), e.BadInput),
        (b"PK\x03\x04", e.BrainDamaged),
        (b"PK\x03\x04" + b"PK\x01\x02" * 100, e.BrainDamaged),
    ],
)
def test_what_is_no_release_is_refused(tmp_path: Path, data: bytes, error: type[Exception]) -> None:
    (tmp_path / "x.brain").write_bytes(data)
    with pytest.raises(error):
        Brain.open(tmp_path / "x.brain")


def test_a_release_that_is_cut_short_or_has_one_other_bit_is_refused_or_answers_the_same(
    released: Brain, tmp_path: Path
) -> None:
    data, answers, path = (
        (tmp_path / "kitchen.brain").read_bytes(),
        released.predict_many(PICTURES),
        tmp_path / "x.brain",
    )
    for size in range(0, len(data), 97):
        path.write_bytes(data[:size])
        with pytest.raises((e.BadInput, e.BrainDamaged)):
            Brain.open(path)
    refused = 0
    for place in range(0, len(data), 61):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :])
        try:
            assert Brain.open(path).predict_many(PICTURES) == answers, "a date in the ZIP, say, means nothing"
        except (e.BadInput, e.BrainDamaged, e.BrainTooNew):
            refused += 1
    assert refused > 0.9 * len(range(0, len(data), 61))


def test_a_release_with_a_compressed_member_is_refused(released: Brain, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "kitchen.brain") as held, zipfile.ZipFile(tmp_path / "x.brain", "w") as other:
        for name in held.namelist():
            how = zipfile.ZIP_DEFLATED if name == "score.json" else zipfile.ZIP_STORED
            other.writestr(name, held.read(name), how)
    with pytest.raises(e.BrainDamaged, match=r"score\.json is compressed"):
        Brain.open(tmp_path / "x.brain")


def test_a_member_that_is_twice_is_refused(released: Brain, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "kitchen.brain", "a") as held, pytest.warns(UserWarning, match="Duplicate"):
        held.writestr("manifest.json", b"{}")
    with pytest.raises(e.BrainDamaged):
        Brain.open(tmp_path / "kitchen.brain")


def test_a_file_that_is_too_large_is_not_read_to_its_end(
    released: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form, "MOST_BYTES", 5_000)
    with pytest.raises(e.BadInput, match="larger than"):
        Brain.open(tmp_path / "kitchen.brain")


def test_another_machine_may_round_otherwise(released: Brain, tmp_path: Path) -> None:
    def nudged(members: dict[str, bytes], told: dict[str, Any]) -> None:
        solved = classifiers.from_bytes(members["classifier.npz"])
        npz(weights=solved.weights * np.float32(1 + 1e-7))(members, told)

    data = forged((tmp_path / "kitchen.brain").read_bytes(), nudged)
    (tmp_path / "nudged.brain").write_bytes(data)
    assert isinstance(Brain.open(tmp_path / "nudged.brain"), Frozen)


def test_a_class_that_has_only_reserved_frames_left_is_told_and_not_answered(brain: Brain, tmp_path: Path) -> None:
    brain.tag_many([(scene(label, number), label) for label in ("cup", "mug") for number in range(4)])
    brain.retag([frame.id for frame in brain.store.frames() if (frame.label, frame.role) == ("mug", "learned")], None)
    brain.tag(again(scene("cup", 0)), "cup")
    brain.release(tmp_path / "kitchen.brain")
    with Brain.open(tmp_path / "kitchen.brain") as release:
        assert release.classes()[1] == ClassInfo("mug", 0, 1)
        assert [label for label, _ in release.predict(scene("mug")).ranking] == ["cup"]
