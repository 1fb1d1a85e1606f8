"""A damaged database is noticed, set aside whole and rebuilt; nothing that was acknowledged and is left is lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from pictures import scene
from versions import with_events_of_one_device

from edge_brain import Brain, backups, doctor, examine, files, schema
from edge_brain.cli import main
from edge_brain.clock import tick
from edge_brain.database import Database
from edge_brain.errors import BrainBusy, BrainDamaged, BrainExists, BrainNotFound, BrainTooNew
from edge_brain.images import encode_jpeg
from edge_brain.outcomes import Repaired
from edge_brain.repair import repair
from edge_brain.salvager import PICTURES, SEGMENTS, THUMBNAILS
from edge_brain.store import DATABASE

DAMAGED = "the damaged database"
PAGE = 4096


@dataclass(frozen=True)
class State:
    """What a brain is made of, as far as anybody can tell from outside."""

    digest: str
    frames: dict[str, tuple[object, ...]]
    events: set[tuple[object, ...]]


@dataclass(frozen=True)
class Kitchen:
    """A brain that was closed, what it was, and how many of its tags a whole copy has."""

    home: Path
    was: State

    @property
    def database(self) -> Path:
        return self.home / DATABASE


@pytest.fixture(autouse=True)
def enough_space(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LEAST_FREE_BYTES", 0)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Kitchen]:
    """Two kitchens to be copied: one with a whole copy of its database, one without."""
    return {copied: furnished(tmp_path_factory.mktemp("model") / "kitchen", copied=copied) for copied in (False, True)}


def furnished(home: Path, *, copied: bool) -> Kitchen:
    """Make a brain with tags of two classes, one taken back, and a frame that a camera has kept."""
    with Brain.create(home, extractor="pixels") as brain:
        for number in range(5):
            brain.tag_many([(scene(label, number), label) for label in ("cup", "mug")], source="shelf")
            if number == 3 and copied:
                brain.store.backup()
        brain.retag([brain.store.frames()[0].id], "mug")
        brain.untag(brain.store.frames()[4].id)
        brain.keep_exposures([brain.exposer.expose(scene("bowl", number), "shelf") for number in (7, 8)], burst="walk")
        brain.keep_exposures([brain.exposer.expose(scene("fork", 8), "door")])
        brain.tag(scene("cup", 6), "cup", burst="table")
        brain.retag([brain.store.frames()[-1].id], "mug")
        brain.retag([brain.store.frames()[-1].id], "cup")
        return Kitchen(home, state(brain))


def state(brain: Brain) -> State:
    frames = {frame.id: (frame.label, frame.role, frame.burst, frame.taken_at) for frame in brain.store.frames()}
    query = (
        "SELECT events.device, sequence, clock, frames.id, bursts.name, label, events.role, who FROM events"
        " JOIN frames ON frames.number = frame JOIN bursts ON bursts.number = events.burst"
    )
    return State(brain.head_digest(), frames, {tuple(row) for row in brain.store.database.rows(query)})


@pytest.fixture(params=[False, True], ids=["no copy", "a copy"])
def kitchen(models: dict[bool, Kitchen], tmp_path: Path, request: pytest.FixtureRequest) -> Kitchen:
    return moved(models[request.param], tmp_path)


@pytest.fixture
def copied(models: dict[bool, Kitchen], tmp_path: Path) -> Kitchen:
    return moved(models[True], tmp_path)


@pytest.fixture
def uncopied(models: dict[bool, Kitchen], tmp_path: Path) -> Kitchen:
    return moved(models[False], tmp_path)


def moved(model: Kitchen, place: Path) -> Kitchen:
    shutil.copytree(model.home, place / "kitchen")
    return Kitchen(place / "kitchen", model.was)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_whole_again(kitchen: Kitchen) -> None:
    with Brain.open(kitchen.home) as brain:
        assert state(brain) == kitchen.was
        assert [finding for finding in examine(brain) if not finding.ok] == []
        devices = {str(event[0]) for event in kitchen.was.events}
        assert brain.store.setting("device") not in devices, "numbers that were lost must not be used twice"
        assert int(brain.store.setting("clock")) >= max(int(str(event[2])) for event in kitchen.was.events)
        assert brain.tag(scene("mug", 20), "mug").new
    assert [path.name for path in kitchen.home.rglob(".new-*")] == []
    assert repair(kitchen.home).sound


def sql(*statements: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        connection = sqlite3.connect(path)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return write


def overwritten(table: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        connection = sqlite3.connect(path)
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
        connection.close()
        write_at(path, (page - 1) * PAGE, b"\xff" * PAGE)

    return write


def write_at(path: Path, place: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(data)


def truncated(share: float) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(share * path.stat().st_size))


def change_an_event(path: Path) -> None:
    connection = sqlite3.connect(path)
    with connection:
        trigger = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'events_are_not_changed'").fetchone()
        connection.execute("DROP TRIGGER events_are_not_changed")
        connection.execute("UPDATE events SET label = 'cup', who = 'a flipped bit' WHERE number = 3")
        connection.execute(trigger[0])
    connection.close()


AT_ONCE: dict[str, Callable[[Path], None]] = {  # noticed whenever it is opened
    "it is gone": lambda path: path.unlink(),
    "it is empty": truncated(0),
    "its header is cut off": truncated(0.0005),
    "half of it is cut off": truncated(0.5),
    "its header is zeroed": lambda path: write_at(path, 0, bytes(100)),
    "its first page is overwritten": lambda path: write_at(path, 0, b"\xff" * PAGE),
    "it is all zeros": lambda path: write_at(path, 0, bytes(path.stat().st_size)),
    "it is a text": lambda path: path.write_text("once upon a time\n" * 500) and None,
    "the events are gone": sql("DROP TABLE events"),
    "the settings are gone": sql("DROP TABLE settings"),
    "a setting is gone": sql("DELETE FROM settings WHERE key = 'region'"),
}
LOOKED_OVER: dict[str, Callable[[Path], None]] = {  # noticed when doctor looks
    "a page of the events is overwritten": overwritten("events"),
    "a page of the frames is overwritten": overwritten("frames"),
    "a page of the codes is overwritten": overwritten("codes"),
    "a page of the bursts is overwritten": overwritten("bursts"),
    "an index is overwritten": overwritten("sqlite_autoindex_frames_1"),
    "an event is not what was written": change_an_event,
    "a tag is not what was said": sql("UPDATE tags SET label = 'cup'"),
    "a tenth of it is cut off": truncated(0.9),
}


@pytest.mark.parametrize("damage", (AT_ONCE | LOOKED_OVER).values(), ids=(AT_ONCE | LOOKED_OVER).keys())
def test_a_brain_is_what_it_was_after_a_repair_when(kitchen: Kitchen, damage: Callable[[Path], None]) -> None:
    damage(kitchen.database)
    left = kitchen.database.read_bytes() if kitchen.database.exists() else None
    done = repair(kitchen.home)
    assert not done.sound and done.lost == []
    assert (sum(done.events.values()), sum(done.frames.values())) == (len(kitchen.was.events), len(kitchen.was.frames))
    if left is None:
        assert done.aside is None
    else:
        assert done.aside == "damaged-1"
        assert (kitchen.home / done.aside / DATABASE).read_bytes() == left, "whole, to the bit"
    assert_whole_again(kitchen)


@pytest.mark.parametrize("damage", AT_ONCE.values(), ids=AT_ONCE.keys())
def test_opening_notices_and_says_what_to_do_when(uncopied: Kitchen, damage: Callable[[Path], None]) -> None:
    damage(uncopied.database)
    before = contents(uncopied.home)
    with pytest.raises(BrainDamaged, match=r"`edge-brain .*doctor --repair`"):
        Brain.open(uncopied.home)
    assert contents(uncopied.home) == before


def test_a_sound_brain_is_left_as_it_is_but_for_what_killed_writers_left(kitchen: Kitchen) -> None:
    before = contents(kitchen.home)
    for name in (".new-1", ".new-1-wal", "backups/.new-2", ".brain.db-0f0f", "backups/.brain-99.db"):
        (kitchen.home / name).write_bytes(b"half of")
    assert repair(kitchen.home) == Repaired(True, None, {}, {}, [])
    assert contents(kitchen.home) == before


def test_a_brain_of_an_earlier_version_is_sound(uncopied: Kitchen) -> None:
    with closing(Database(uncopied.database)) as database:
        with_events_of_one_device(database)
    sql("ALTER TABLE thumbnails DROP COLUMN crc", "DROP TABLE drops", "DROP TABLE leavings")(uncopied.database)
    sql("ALTER TABLE frames DROP COLUMN reason", "ALTER TABLE frames DROP COLUMN seen")(uncopied.database)
    sql("ALTER TABLE frames DROP COLUMN discarded", "ALTER TABLE frames DROP COLUMN erased")(uncopied.database)
    sql("PRAGMA user_version = 3")(uncopied.database)
    assert repair(uncopied.home).sound
    with Brain.open(uncopied.home) as brain:
        assert state(brain) == uncopied.was


def test_what_a_later_version_wrote_is_not_repaired(uncopied: Kitchen) -> None:
    sql(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")(uncopied.database)
    before = contents(uncopied.home)
    with pytest.raises(BrainTooNew, match="install"):
        repair(uncopied.home)
    assert contents(uncopied.home) == before


def test_where_there_is_nothing_there_is_nothing_to_repair(tmp_path: Path) -> None:
    with pytest.raises(BrainNotFound, match="nor anything left of one"):
        repair(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_brain_that_is_open_is_not_repaired(uncopied: Kitchen) -> None:
    with Brain.open(uncopied.home) as brain:
        brain.tag(scene("mug", 30), "mug")
        before = contents(uncopied.home)
        with pytest.raises(BrainBusy, match=r"has the brain in .* open"):
            repair(uncopied.home)
        assert contents(uncopied.home) == before
    handle = files.hold(uncopied.home, alone=True)  # as a repair holds it
    with pytest.raises(BrainBusy, match="is being repaired"):
        Brain.open(uncopied.home)
    os.close(handle)
    Brain.open(uncopied.home).close()


def test_a_brain_that_is_open_elsewhere_is_not_repaired(
    uncopied: Kitchen, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    with Brain.open(uncopied.home):
        program = "import sys\nfrom edge_brain.repair import repair\ntry:\n repair(sys.argv[1])\n"
        said = run(f"{program}except TimeoutError as error:\n print(error)", uncopied.home).stdout
    assert "another process has the brain" in said


def test_no_new_brain_is_made_over_what_is_left_of_one(uncopied: Kitchen) -> None:
    uncopied.database.unlink()
    before = contents(uncopied.home)
    with pytest.raises(BrainExists, match="doctor --repair"):
        Brain.create(uncopied.home, extractor="pixels")
    assert contents(uncopied.home) == before


# ── where things come from ──────────────────────────────────────────────────────────────────────


def test_copy_and_segments_make_up_for_a_zeroed_database(copied: Kitchen) -> None:
    write_at(copied.database, 0, bytes(copied.database.stat().st_size))
    done = repair(copied.home)
    (copy,) = [path.name for path in backups.copies(copied.home)][:1]
    assert done.events == {copy: 8, SEGMENTS: len(copied.was.events) - 8}
    assert done.frames == {copy: 8, PICTURES: len(copied.was.frames) - 8}
    assert_whole_again(copied)


def test_a_lost_write_ahead_log_is_made_up_for(uncopied: Kitchen, tmp_path: Path) -> None:
    brain = Brain.open(uncopied.home)
    brain.tag(scene("mug", 30), "mug")
    was, torn = state(brain), tmp_path / "torn"
    torn.mkdir()
    for name in ("frames", "backups"):
        shutil.copytree(uncopied.home / name, torn / name)
    shutil.copy(uncopied.database, torn)  # its log is not
    brain.close()
    with Brain.open(torn) as brain:
        (found,) = [finding for finding in examine(brain) if not finding.ok]
        assert (found.check, found.detail[:22]) == ("backups", "1 tags in backups/ are")
    assert repair(torn).events[SEGMENTS] == 1
    assert_whole_again(Kitchen(torn, was))


def test_a_log_beside_the_damaged_database_is_read_and_set_aside_with_it(uncopied: Kitchen, tmp_path: Path) -> None:
    brain = Brain.open(uncopied.home)
    brain.tag(scene("mug", 30), "mug")
    was, torn = state(brain), tmp_path / "torn"
    shutil.copytree(uncopied.home, torn)
    brain.close()
    for segment in backups.segments(torn):
        segment.unlink()
    write_at(torn / DATABASE, 0, bytes(100))
    log = (torn / f"{DATABASE}-wal").read_bytes()
    done = repair(torn)
    assert done.events == {DAMAGED: len(was.events)}
    assert (torn / "damaged-1" / f"{DATABASE}-wal").read_bytes() == log
    assert_whole_again(Kitchen(torn, was))


@pytest.mark.parametrize("table", ["frames", "bursts"])
def test_names_on_a_lost_page_are_read_from_their_index(uncopied: Kitchen, table: str) -> None:
    for segment in backups.segments(uncopied.home):
        segment.unlink()
    overwritten(table)(uncopied.database)
    done = repair(uncopied.home)
    assert done.events == {DAMAGED: len(uncopied.was.events)} and done.lost == []
    with Brain.open(uncopied.home) as brain:
        assert (brain.head_digest(), state(brain).events) == (uncopied.was.digest, uncopied.was.events)


def test_segments_of_an_earlier_version_are_read(uncopied: Kitchen) -> None:
    (segment,) = backups.segments(uncopied.home)
    fields = ("device", "sequence", "clock", "frame", "burst", "label", "role", "who")
    events = [entry for entry in backups.entries(segment) if entry and "device" in entry]
    segment.write_text("".join(json.dumps({key: entry[key] for key in fields}) + "\n" for entry in events))
    uncopied.database.unlink()
    repair(uncopied.home)
    with Brain.open(uncopied.home) as brain:
        assert brain.head_digest() == uncopied.was.digest
        assert state(brain).events == uncopied.was.events


def test_torn_and_foreign_lines_are_told_and_passed_over(uncopied: Kitchen) -> None:
    (segment,) = backups.segments(uncopied.home)
    lines = segment.read_text().splitlines()
    flipped = lines[2].replace('"cup"', '"cap"')
    assert flipped != lines[2]
    rest = [lines[2], *lines[3:], lines[0][:50]]  # the last is torn, as by a power cut
    segment.write_text("\n".join([lines[0], "garbage", "[1, 2]", flipped, "\0" * 40, lines[1], *rest]))
    uncopied.database.unlink()
    done = repair(uncopied.home)
    ((name, reason),) = [(refused.path, refused.reason) for refused in done.lost]
    assert name == f"backups/{segment.name}" and reason.startswith("5 lines in it are torn")
    assert_whole_again(uncopied)


def test_a_tag_of_a_frame_that_is_nowhere_is_told(uncopied: Kitchen) -> None:
    with Brain.open(uncopied.home) as brain:
        first, other = brain.store.frames()[2:4]
        for frame in (first, other):
            brain.store.path(frame).unlink()
        brain.store.path(other).write_bytes(b"no picture at all")
    write_at(uncopied.database, 0, bytes(uncopied.database.stat().st_size))
    done = repair(uncopied.home)
    told = {refused.path: refused.reason for refused in done.lost}
    assert "nowhere: its tags are lost" in told[first.id] and "nowhere: its tags are lost" in told[other.id]
    assert "is not what its name says, and was not used" in told[f"frames/{other.id[:2]}/{other.id}.jpg"]
    with Brain.open(uncopied.home) as brain:
        frames = state(brain).frames
        assert frames == {key: frame for key, frame in uncopied.was.frames.items() if key not in (first.id, other.id)}
        assert list(brain.store.damage()) == []
        assert brain.store.lacking() == 0
    assert [path.name for path in sorted((uncopied.home / "damaged-1").iterdir())] == [
        DATABASE,
        "events-00000000.jsonl",
    ]
    assert repair(uncopied.home).sound, "what is lost is told once"


def test_what_became_no_picture_is_told(uncopied: Kitchen) -> None:
    data = b"these bytes are no picture"
    path = files.frame_path(uncopied.home, files.content_id(data), ".jpg")
    files.write_once(path, data)
    uncopied.database.unlink()
    (refused,) = repair(uncopied.home).lost
    assert refused.path == str(path.relative_to(uncopied.home)) and "not a picture" in refused.reason
    assert_whole_again(uncopied)


def test_a_picture_without_a_row_is_kept_again(uncopied: Kitchen) -> None:
    data = encode_jpeg(scene("spoon", 3))
    files.write_once(files.frame_path(uncopied.home, files.content_id(data), ".jpg"), data)
    write_at(uncopied.database, 0, bytes(100))
    done = repair(uncopied.home)
    assert done.frames == {DAMAGED: len(uncopied.was.frames), PICTURES: 1}
    with Brain.open(uncopied.home) as brain:
        assert brain.store.frame(files.content_id(data)).label is None
        assert files.content_id(data) in brain.store.untold()


def test_a_frame_whose_picture_is_gone_lives_on_by_its_code_or_its_thumbnail(uncopied: Kitchen) -> None:
    with Brain.open(uncopied.home) as brain:
        first, other = brain.store.frames()[2:4]
        for frame in (first, other):
            brain.store.path(frame).unlink()
        brain.store.database.execute("UPDATE codes SET code = zeroblob(192) WHERE frame = ?", (other.number,))
    done = repair(uncopied.home)
    assert done.frames == {DAMAGED: len(uncopied.was.frames) - 1, THUMBNAILS: 1}
    assert {refused.path for refused in done.lost} == {f"{first.id}.jpg", f"{other.id}.jpg"}
    with Brain.open(uncopied.home) as brain:
        assert state(brain).frames == uncopied.was.frames
        assert [finding.check for finding in examine(brain) if not finding.ok] == ["frame files"]


def test_codes_of_another_edition_are_not_used(copied: Kitchen) -> None:
    with Brain.open(copied.home) as brain:
        copies = {path.name: path.read_bytes() for path in backups.copies(copied.home)}
        brain.retrain(region="0,0,0.5,1")
        assert len(backups.copies(copied.home)) == len(copies) + 1, "a retrain leaves a copy"
        was = state(brain)
    for path in backups.copies(copied.home):
        if path.name not in copies:
            path.unlink()
    copied.database.unlink()
    done = repair(copied.home)
    assert done.frames == {PICTURES: len(was.frames)}
    with Brain.open(copied.home) as brain:
        assert str(brain.region) == "0.0,0.0,0.5,1.0"
        assert state(brain) == was


def test_without_any_settings_a_brain_begins_as_a_new_one(uncopied: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_brain.extractor.names", lambda: ["pixels"])
    uncopied.database.unlink()
    (uncopied.home / "backups" / "settings.json").unlink()
    (refused,) = repair(uncopied.home).lost
    assert refused.path == "settings"
    with Brain.open(uncopied.home) as brain:
        assert state(brain) == uncopied.was


def test_lost_tags_are_counted_by_the_gaps_they_leave(uncopied: Kitchen) -> None:
    (segment,) = backups.segments(uncopied.home)
    lines = segment.read_text().splitlines()
    segment.write_text("\n".join(line for line in lines if '"sequence": 5,' not in line) + "\n")
    uncopied.database.unlink()
    (refused,) = repair(uncopied.home).lost
    assert refused.reason == f"1 of its {len(uncopied.was.events)} tags are nowhere"


def test_an_event_that_is_not_what_was_written_is_lost_rather_than_believed(uncopied: Kitchen) -> None:
    for segment in backups.segments(uncopied.home):
        segment.unlink()
    change_an_event(uncopied.database)
    done = repair(uncopied.home)
    assert [refused.reason for refused in done.lost] == [f"1 of its {len(uncopied.was.events)} tags are nowhere"]
    with Brain.open(uncopied.home) as brain:
        kept = state(brain).events
    assert kept < uncopied.was.events and len(kept) == len(uncopied.was.events) - 1


def test_the_clock_is_at_least_the_greatest_that_was_seen(uncopied: Kitchen) -> None:
    with Brain.open(uncopied.home) as brain:
        frame, ahead = brain.store.frames()[0].id, tick(0, 4e9)  # written while the wall clock was in 2096
        brain.store.database.execute("UPDATE settings SET value = ? WHERE key = 'clock'", (str(ahead),))
        brain.retag([frame], "cup")
    uncopied.database.unlink()
    repair(uncopied.home)
    with Brain.open(uncopied.home) as brain:
        assert int(brain.store.setting("clock")) > ahead
        brain.retag([frame], "mug")
        assert brain.store.frame(frame).label == "mug"


def test_the_history_of_the_score_and_what_was_dropped_are_kept(uncopied: Kitchen) -> None:
    with Brain.open(uncopied.home) as brain:
        brain.score()
        brain.store.database.execute("INSERT INTO drops (at, why, frames, bytes) VALUES (1.0, 'untagged', 2, 300)")
        history, drops = brain.history(), brain.drops()
        assert history and drops
    write_at(uncopied.database, 0, bytes(100))
    repair(uncopied.home)
    with Brain.open(uncopied.home) as brain:
        assert (brain.history(), brain.drops()) == (history, drops)


# ── broken off ──────────────────────────────────────────────────────────────────────────────────

KILL = """
import os, shutil, sys
from pathlib import Path
from edge_brain.repair import repair

def deadly(original):
    def call(*args, **kwargs):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return original(*args, **kwargs)
    return call

step = 0
while True:
    home = f"{sys.argv[1]}-{step}"
    shutil.copytree(sys.argv[1], home)
    left, child = step, os.fork()
    if child == 0:
        os.fsync, os.link = deadly(os.fsync), deadly(os.link)
        Path.rename, Path.unlink, Path.mkdir = deadly(Path.rename), deadly(Path.unlink), deadly(Path.mkdir)
        repair(home)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
        break
    step += 1
print(step)
"""


def test_a_repair_that_is_killed_at_any_step_is_done_by_the_next_one(
    models: dict[bool, Kitchen], tmp_path: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """A process forks for each step: to import everything each time would take too long."""
    kitchen = moved(models[True], tmp_path)
    (kitchen.home / f"{DATABASE}-wal").write_bytes(b"")
    write_at(kitchen.database, 0, bytes(kitchen.database.stat().st_size))
    damaged = kitchen.database.read_bytes()
    steps = int(run(KILL, kitchen.home, OPENBLAS_NUM_THREADS="1").stdout)
    assert steps >= 10, "else nothing was broken off"
    for step in range(steps):
        broken = Kitchen(kitchen.home.with_name(f"kitchen-{step}"), kitchen.was)
        if broken.database.exists() and broken.database.read_bytes() != damaged:
            assert repair(broken.home).sound, "it appeared, and then it was whole"
        else:
            assert repair(broken.home).lost == []
        assert (broken.home / "damaged-1" / DATABASE).read_bytes() == damaged
        assert not (broken.home / "damaged-2").exists()
        assert_whole_again(broken)


def test_a_repair_that_fails_changes_nothing(copied: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    write_at(copied.database, 0, bytes(100))
    before = contents(copied.home)

    monkeypatch.setattr("edge_brain.store.mending.checks.damage", lambda _: iter(["something"]))
    with pytest.raises(BrainDamaged, match="what was rebuilt is not sound: something; nothing was changed"):
        repair(copied.home)
    assert contents(copied.home) == before


# ── as it is typed ──────────────────────────────────────────────────────────────────────────────


def test_doctor_repairs_when_it_is_told_to(uncopied: Kitchen) -> None:
    type_in = CliRunner().invoke
    write_at(uncopied.database, 0, bytes(uncopied.database.stat().st_size))
    looked = type_in(main, ["--brain", str(uncopied.home), "doctor"])
    assert looked.exit_code == 4 and "doctor --repair" in looked.stdout
    mended = type_in(main, ["--brain", str(uncopied.home), "doctor", "--repair"])
    assert mended.stdout.startswith("Brain Score: "), "it has changed the brain"
    assert mended.exit_code == 0, mended.output
    assert "lies in damaged-1/ now" in mended.stdout
    assert f"{len(uncopied.was.events)} tags were brought back" in mended.stdout
    again = type_in(main, ["--brain", str(uncopied.home), "doctor", "--repair", "--json"])
    told = json.loads(again.stdout)
    assert told["ok"] and told["repaired"]["sound"] and told["repaired"]["lost"] == []
    assert_whole_again(uncopied)


def test_doctor_tells_by_its_exit_code_that_something_was_lost(uncopied: Kitchen) -> None:
    (segment,) = backups.segments(uncopied.home)
    segment.write_text(segment.read_text() + "torn")
    uncopied.database.unlink()
    mended = CliRunner().invoke(main, ["--brain", str(uncopied.home), "doctor", "--repair"])
    assert mended.exit_code == 3 and "1 lines in it are torn" in mended.stderr
