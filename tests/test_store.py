"""What is kept: all of a tag or nothing, folded by the greatest clock, and every damage noticed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from pictures import scene

from edge_brain import Brain, backups, clock, files, store
from edge_brain.errors import BrainDamaged, StorageFailed, UnknownFrame
from edge_brain.exposure import Exposer
from edge_brain.extractor import PixelExtractor
from edge_brain.head import Head, centroids_digest, rows_of
from edge_brain.records import Exposure, Tagging
from edge_brain.region import Region
from edge_brain.store import Store
from edge_brain.store.ledger import Ledger, event_checksum

Change = tuple[int, str | None, str | None]


@pytest.fixture
def kept(brain: Brain) -> Store:
    """A store with four frames of "mug": learned, reserved, learned, learned; each of a burst of its own."""
    for number in range(4):
        put(brain.store, exposure("mug", number), "mug")
    return brain.store


def exposure(label: str, number: int) -> Exposure:
    return Exposer(PixelExtractor(), Region()).expose(scene(label, number))


def put(kept: Store, frame: Exposure | str, label: str | None, burst: str | None = None) -> None:
    kept.tag([Tagging(frame, label, burst)], who="test")


def everything(kept: Store) -> list[str]:
    connection = sqlite3.connect(kept.database.path)
    lines = [line for line in connection.iterdump() if "'edition'" not in line]  # a rebuild counts it up
    connection.close()
    return lines


def damage(kept: Store) -> list[str]:
    return list(kept.damage())


def from_elsewhere(kept: Store, frame: int, label: str | None, reading: int, device: str = "elsewhere") -> None:
    """Write the event of another device, as a sync would, and fold anew."""
    burst, role = kept.database.row(
        "SELECT bursts.number, role FROM frames JOIN bursts ON bursts.number = burst WHERE frames.number = ?", (frame,)
    )
    sequence = kept.database.value("SELECT count(*) FROM events WHERE device = ?", (device,)) + 1
    fields = (device, sequence, reading, frame, burst, label, role, "sync")
    kept.database.execute(
        "INSERT INTO events (device, sequence, clock, frame, burst, label, role, who, crc)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*fields, event_checksum(fields)),
    )
    assert kept.rebuild({}, {}) == []


def assert_head_is_that_of_the_tags(kept: Store) -> None:
    learned = [frame for frame in kept.frames(tagged=True) if frame.role == "learned"]
    made = Head(PixelExtractor.length)
    if learned:
        codes = [(kept.code(frame), b"") for frame in learned]  # the frames stand for their views
        rows = rows_of(codes, PixelExtractor.length, PixelExtractor.zero_point, kept.views)
        made.learn([str(frame.label) for frame in learned], rows)
    assert centroids_digest(*kept.head_rows()) == centroids_digest(made.counts, made.sums)
    assert damage(kept) == []


# ── settings ────────────────────────────────────────────────────────────────────────────────────


def test_every_brain_has_all_settings_from_its_creation(brain: Brain) -> None:
    setting = brain.store.setting
    assert len(bytes.fromhex(setting("device"))) == 8
    assert setting("clock") == "0"
    assert [setting(key) for key in ("extractor", "fingerprint", "code_length", "zero_point", "region")] == [
        "pixels", "pixels:1", "192", "-128", "0.0,0.0,1.0,1.0",
    ]  # fmt: skip


def test_two_brains_are_two_devices(tmp_path: Path) -> None:
    with (
        Brain.create(tmp_path / "a", extractor="pixels") as one,
        Brain.create(tmp_path / "b", extractor="pixels") as two,
    ):
        assert one.store.setting("device") != two.store.setting("device")


def test_a_setting_that_is_gone_is_damage(kept: Store) -> None:
    kept.database.execute("DELETE FROM settings WHERE key = 'zero_point'")
    before = everything(kept)
    with pytest.raises(BrainDamaged, match="lacks its setting 'zero_point'; `edge-brain doctor --repair`"):
        put(kept, exposure("mug", 9), "mug")
    assert everything(kept) == before


# ── tagging ─────────────────────────────────────────────────────────────────────────────────────


def test_a_tag_is_an_event_a_fold_and_a_head(kept: Store) -> None:
    assert kept.last_event() == 4
    events = [tuple(row) for row in kept.database.rows("SELECT sequence, frame, label, role, who FROM events")]
    roles = ["learned", "reserved", "learned", "learned"]
    assert events == [(n, n, "mug", role, "test") for n, role in enumerate(roles, 1)]
    readings = [row["clock"] for row in kept.database.rows("SELECT clock FROM events ORDER BY number")]
    assert readings == sorted(set(readings)) and int(kept.setting("clock")) == readings[-1]
    assert [(frame.label, frame.role) for frame in kept.frames()] == [("mug", role) for role in roles]
    assert kept.head_rows()[0] == {"mug": 3}
    assert_head_is_that_of_the_tags(kept)


def test_the_picture_is_on_the_disk_before_the_row_that_names_it(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = exposure("mug", 9)

    def look(*_: object) -> None:
        assert files.frame_path(kept.folder, fresh.id, ".jpg").read_bytes() == fresh.data
        raise KeyboardInterrupt

    monkeypatch.setattr(Ledger, "tag", look)
    with pytest.raises(KeyboardInterrupt):
        put(kept, fresh, "mug")
    assert not kept.holds(fresh.id)


STEPS = ("_kept", "_insert_frame", "_decide_role", "_write_event", "_fold", "_move", "close")


@pytest.mark.parametrize("late", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("step", STEPS)
def test_a_tag_that_fails_half_way_leaves_nothing(
    kept: Store, monkeypatch: pytest.MonkeyPatch, step: str, late: bool
) -> None:
    """The first of three taggings is let through, so that there is something to take back."""
    before, original, calls = everything(kept), getattr(Ledger, step), 0

    def fail(ledger: Ledger, *arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 1 and step != "close":
            return original(ledger, *arguments)
        if late:
            original(ledger, *arguments)
        raise RuntimeError("pulled the plug")

    monkeypatch.setattr(Ledger, step, fail)
    fresh = [Tagging(exposure(label, 20), label) for label in ("cup", "fork", "spoon")]
    with pytest.raises(RuntimeError, match="pulled the plug"):
        kept.tag(fresh, who="test")
    monkeypatch.undo()
    assert everything(kept) == before
    assert_head_is_that_of_the_tags(kept)
    assert not any(kept.holds(tagging.frame.id) for tagging in fresh if isinstance(tagging.frame, Exposure))
    kept.tag(fresh, who="test")  # and it can be done again
    assert kept.head_rows()[0] == {"mug": 3, "cup": 1, "fork": 1, "spoon": 1}


def test_a_frame_that_is_not_there_leaves_what_came_before_it_undone(kept: Store) -> None:
    before = everything(kept)
    with pytest.raises(UnknownFrame, match="holds no frame 'f00d'"):
        kept.tag([Tagging(exposure("cup", 1), "cup"), Tagging("f00d", "cup")], who="test")
    assert everything(kept) == before


def test_a_picture_that_cannot_be_written_is_not_tagged(kept: Store) -> None:
    before, fresh = everything(kept), exposure("mug", 9)
    (kept.folder / "frames" / fresh.id[:2]).write_text("a file where the folder should be")
    with pytest.raises(StorageFailed, match="nothing was changed"):
        put(kept, fresh, "mug")
    assert everything(kept) == before


def test_a_frame_that_is_only_kept_has_no_tag_no_role_and_an_open_burst(kept: Store) -> None:
    fresh, tags = exposure("mug", 9), kept.head_rows()[0]
    kept.keep([fresh])
    kept.keep([fresh, exposure("mug", 0)])  # both are here
    (frame,) = kept.frames(tagged=False)
    assert (frame.id, frame.label, frame.role, frame.burst) == (fresh.id, None, None, fresh.id)
    assert kept.untold() == {fresh.id} and kept.burst_of(fresh.id) is None
    assert kept.path(frame).read_bytes() == fresh.data
    assert (kept.last_event(), kept.head_rows()[0]) == (4, tags)
    assert damage(kept) == []


def test_a_frame_that_was_only_kept_goes_to_the_burst_it_is_tagged_with(kept: Store) -> None:
    fresh = [exposure("mug", 9), exposure("mug", 10)]
    kept.keep(fresh)
    kept.tag([Tagging(each.id, "mug", "shelf") for each in fresh], who="test")
    assert [kept.burst_of(each.id) for each in fresh] == ["shelf", "shelf"]
    assert kept.untold() == set()
    names = [row["name"] for row in kept.database.rows("SELECT name FROM bursts")]
    assert names.count("shelf") == 1 and not set(names) & {each.id for each in fresh}, "no empty burst is left"
    kept.tag([Tagging(fresh[0].id, "cup", "table")], who="test")
    assert kept.burst_of(fresh[0].id) == "shelf", "and stays there"
    assert damage(kept) == []
    assert_head_is_that_of_the_tags(kept)


def test_keeping_that_fails_half_way_leaves_nothing(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    before, keep, fresh = everything(kept), Ledger.keep, [exposure("mug", 9), exposure("mug", 10)]

    def fail(ledger: Ledger, frame: Exposure, burst: str) -> None:
        keep(ledger, frame, burst)
        if frame is fresh[1]:
            raise RuntimeError("pulled the plug")

    monkeypatch.setattr(Ledger, "keep", fail)
    with pytest.raises(RuntimeError, match="pulled the plug"):
        kept.keep(fresh)
    assert everything(kept) == before
    monkeypatch.undo()
    kept.keep(fresh)
    assert kept.untold() == {each.id for each in fresh}


def test_what_a_frame_bears_already_is_not_written_again(kept: Store) -> None:
    before, segments = everything(kept), read_segments(kept)
    told = kept.tag([Tagging(kept.frames()[0].id, "mug"), Tagging(exposure("mug", 1), "mug", "other")], who="test")
    assert [tag.new for tag in told if tag] == [False, False]
    kept.tag([], who="test")
    assert everything(kept) == before
    assert read_segments(kept) == segments


def test_untagging_writes_an_event_and_tells_no_tag(kept: Store) -> None:
    frame = kept.frames()[2]
    assert kept.tag([Tagging(frame.id, None)], who="test") == [None]
    assert kept.last_event() == 5
    assert (kept.frame(frame.id).label, kept.frame(frame.id).role) == (None, None)
    assert kept.head_rows()[0] == {"mug": 2}
    kept.tag([Tagging(frame.id, None)], who="test")
    assert kept.last_event() == 5, "it was untagged already"
    assert_head_is_that_of_the_tags(kept)


def test_a_class_that_loses_its_last_frame_is_gone_from_the_head(kept: Store) -> None:
    kept.tag([Tagging(frame.id, "cup") for frame in kept.frames()], who="test")
    assert kept.head_rows()[0] == {"cup": 3}
    kept.tag([Tagging(frame.id, None) for frame in kept.frames()], who="test")
    assert kept.head_rows() == ({}, {})
    assert_head_is_that_of_the_tags(kept)


def test_a_burst_keeps_its_role_through_every_retagging(kept: Store) -> None:
    roles = {frame.id: frame.role for frame in kept.frames()}
    for label in ("cup", None, "fork", "mug"):
        kept.tag([Tagging(frame.id, label) for frame in kept.frames()], who="test")
    assert {frame.id: frame.role for frame in kept.frames()} == roles
    put(kept, exposure("cup", 5), "cup", burst=kept.frames()[1].burst)
    assert kept.frames()[-1].role == "reserved", "who joins a burst has its role"


def test_a_picture_file_left_by_a_crash_is_taken_over(kept: Store) -> None:
    fresh = exposure("mug", 9)
    path = files.frame_path(kept.folder, fresh.id, ".jpg")
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(fresh.data)
    put(kept, fresh, "mug")
    assert kept.path(kept.frame(fresh.id)) == path and path.read_bytes() == fresh.data


def test_a_picture_cut_short_by_another_program_is_written_again(kept: Store) -> None:
    frame = kept.frames()[0]
    whole = kept.path(frame).read_bytes()
    kept.path(frame).write_bytes(whole[:100])
    put(kept, exposure("mug", 0), "mug")
    assert kept.path(frame).read_bytes() == whole


def test_frames_know_by_the_hybrid_clock_when_they_were_last_seen(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: 5.0)
    fresh = [exposure("mug", number) for number in (9, 10, 11)]
    kept.keep(fresh)
    kept.seen([fresh[1].id, fresh[0].id, "f00d"])
    seen = {row["id"]: row["seen"] for row in kept.database.rows("SELECT id, seen FROM frames")}
    first, second, third = (seen[each.id] for each in fresh)
    assert first == second > third > max(seen[frame.id] for frame in kept.frames(tagged=True))
    assert int(kept.setting("clock")) == first
    assert kept.database.value("SELECT count(*) FROM events") == 4
    assert damage(kept) == []


# ── the fold ────────────────────────────────────────────────────────────────────────────────────


def test_the_greatest_clock_wins_whatever_came_last(kept: Store) -> None:
    reading = int(kept.setting("clock"))
    from_elsewhere(kept, 1, "cup", reading + 1)
    assert kept.frames()[0].label == "cup"
    from_elsewhere(kept, 1, "fork", reading - 10**9)  # written later, but said earlier
    assert kept.frames()[0].label == "cup"
    from_elsewhere(kept, 1, None, reading + 2)
    assert kept.frames()[0].label is None
    assert kept.head_rows()[0] == {"mug": 2}
    assert_head_is_that_of_the_tags(kept)


def test_the_greater_device_wins_where_clocks_are_equal(kept: Store) -> None:
    reading = int(kept.setting("clock")) + 5
    for device, label in (("bbb", "cup"), ("aaa", "fork"), ("ccc", "spoon"), ("abc", "knife")):
        from_elsewhere(kept, 1, label, reading, device)
    assert kept.frames()[0].label == "spoon"


def test_a_reserved_frame_stays_reserved_whatever_other_devices_say(kept: Store) -> None:
    from_elsewhere(kept, 2, "cup", int(kept.setting("clock")) + 1)
    assert (kept.frames()[1].label, kept.frames()[1].role) == ("cup", "reserved")
    assert kept.head_rows()[0] == {"mug": 3}


def test_a_clock_that_fell_back_to_1970_loses_no_tag(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: 5.0)
    frame = kept.frames()[0]
    for label in ("cup", "fork", "mug", "cup"):
        put(kept, frame.id, label)
        assert kept.frame(frame.id).label == label
    kept.rebuild({}, {})
    assert kept.frame(frame.id).label == "cup"


# ── changes ─────────────────────────────────────────────────────────────────────────────────────


def told(kept: Store, since: int) -> list[Change]:
    return [(change.frame, change.before, change.after) for change in kept.changes(since)]


def test_changes_since_nothing_are_all_tags(kept: Store) -> None:
    put(kept, kept.frames()[2].id, None)
    assert told(kept, 0) == [(1, None, "mug"), (2, None, "mug"), (4, None, "mug")]
    for change, frame in zip(kept.changes(0), kept.frames(tagged=True), strict=True):
        assert (change.id, change.burst_name, change.role) == (frame.id, frame.burst, frame.role)
        assert change.code == kept.code(frame)


def test_changes_since_an_event_are_what_differs_from_then(kept: Store) -> None:
    first, _, third, fourth = (frame.id for frame in kept.frames())
    since = kept.last_event()
    assert told(kept, since) == []
    put(kept, first, "cup")
    put(kept, third, None)
    put(kept, fourth, "cup")
    put(kept, fourth, "mug")  # and back
    put(kept, exposure("fork", 1), "fork")
    put(kept, exposure("fork", 2), "fork")
    put(kept, kept.frames()[-1].id, None)  # came and went
    assert told(kept, since) == [(1, "mug", "cup"), (3, "mug", None), (5, None, "fork")]
    assert told(kept, kept.last_event()) == []


def test_changes_follow_the_fold_and_not_the_order_of_writing(kept: Store) -> None:
    put(kept, kept.frames()[0].id, "cup")
    since = kept.last_event()
    from_elsewhere(kept, 1, "fork", 1)  # said long before: it changes nothing
    assert told(kept, since) == []
    from_elsewhere(kept, 1, "fork", int(kept.setting("clock")) + 1)
    assert told(kept, since) == [(1, "cup", "fork")]


# ── damage ──────────────────────────────────────────────────────────────────────────────────────


def without(trigger: str) -> Callable[[Store, str], None]:
    """Return how to write what a trigger refuses."""

    def write(kept: Store, sql: str) -> None:
        held = kept.database.value("SELECT sql FROM sqlite_master WHERE name = ?", (trigger,))
        kept.database.script([f"DROP TRIGGER {trigger}", sql, held])

    return write


def plainly(kept: Store, sql: str) -> None:
    kept.database.execute(sql)


def flip(kept: Store, place: str) -> None:
    """Flip one bit of a blob, named by table, column and row."""
    table, column, row = place.split(maxsplit=2)
    blob = bytearray(kept.database.value(f"SELECT {column} FROM {table} WHERE rowid = {row}"))
    blob[100] ^= 16
    kept.database.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = {row}", (bytes(blob),))


UNCHANGED, DELETED = without("events_are_not_changed"), without("events_are_not_deleted")
DAMAGES = {
    "a bit of a code is flipped": (flip, "codes code 3", "the code of frame number 3 differs from its checksum"),
    "two codes are swapped": (
        plainly,
        "UPDATE codes SET code = (SELECT code FROM codes AS other WHERE other.frame = 7 - codes.frame),"
        " crc = (SELECT crc FROM codes AS other WHERE other.frame = 7 - codes.frame) WHERE frame IN (3, 4)",
        "the code of frame number 3 differs from its checksum",
    ),
    "a bit of a sum is flipped": (
        flip,
        "head sums (SELECT rowid FROM head)",
        "the head's row of class 'mug' differs from its checksum",
    ),
    "a count is changed": (plainly, "UPDATE head SET count = 2", "the head's row of class 'mug' differs from"),
    "a class is renamed in the head": (plainly, "UPDATE head SET label = 'cup'", "class 'cup' differs from"),
    "a row of the head is gone": (plainly, "DELETE FROM head", "1 × a class has other learned frames than the head"),
    "an event's label is changed": (UNCHANGED, "UPDATE events SET label = 'cup' WHERE number = 3", "event 3 differs"),
    "an event's clock is changed": (UNCHANGED, "UPDATE events SET clock = 7 WHERE number = 3", "event 3 differs"),
    "an event's author is changed": (UNCHANGED, "UPDATE events SET who = 'me' WHERE number = 3", "event 3 differs"),
    "an event is gone": (
        DELETED,
        "DELETE FROM events WHERE number = 3",
        "1 × a tag is not what its frame's last event",
    ),
    "a tag says what no event says": (
        plainly,
        "UPDATE tags SET label = 'cup' WHERE frame = 3",
        "1 × a tag is not what its frame's last event says",
    ),
    "a tag is gone": (plainly, "DELETE FROM tags WHERE frame = 3", "1 × a tag is not what its frame's last event says"),
    "a reserved tag counts as learned": (
        without("a_tag_keeps_its_role"),
        "UPDATE tags SET role = 'learned' WHERE frame = 2",
        "1 × a tag has another role than its burst",
    ),
    "a tagged frame is in another burst": (
        without("a_tagged_frame_keeps_its_burst"),
        "UPDATE frames SET burst = 1 WHERE number = 2",
        "1 × a tag has another burst than its frame",
    ),
}


@pytest.mark.parametrize(("write", "how", "said"), DAMAGES.values(), ids=DAMAGES)
def test_damage_is_noticed_when(kept: Store, write: Callable[[Store, str], None], how: str, said: str) -> None:
    assert damage(kept) == []
    write(kept, how)
    assert any(said in line for line in damage(kept))


def test_a_row_that_points_nowhere_is_noticed(kept: Store) -> None:
    stranger = sqlite3.connect(kept.database.path)  # foreign keys are off there
    with stranger:
        stranger.execute("UPDATE codes SET frame = 99 WHERE frame = 3")
    stranger.close()
    assert any("points to one of frames that is not there" in line for line in damage(kept))


def test_a_damaged_code_is_never_learned_from(kept: Store) -> None:
    third = kept.frames()[2]
    flip(kept, "codes code 3")
    before = everything(kept)
    for refused in (
        lambda: kept.changes(0),
        lambda: kept.code(third),
        lambda: put(kept, third.id, "cup"),
    ):
        with pytest.raises(BrainDamaged, match=r"frame number 3 differs from its checksum; `edge-brain retrain`"):
            refused()
    assert kept.rebuild({}, {}) == [third], "it asks for the code first"
    assert everything(kept) == before


def test_a_code_that_is_gone_is_told_and_can_be_put_back(kept: Store) -> None:
    third, digest = kept.frames()[2], centroids_digest(*kept.head_rows())
    code = kept.code(third)
    kept.database.execute("DELETE FROM codes WHERE frame = 3")
    with pytest.raises(BrainDamaged, match="has no code"):
        kept.code(third)
    with pytest.raises(BrainDamaged, match="has no code"):
        put(kept, third.id, "cup")
    assert kept.rebuild({}, {}) == [third]
    assert kept.rebuild({3: (code, b"")}, {}) == []
    assert centroids_digest(*kept.head_rows()) == digest
    assert_head_is_that_of_the_tags(kept)


def test_a_damaged_head_is_told_and_rebuilt(kept: Store) -> None:
    digest = centroids_digest(*kept.head_rows())
    flip(kept, "head sums (SELECT rowid FROM head)")
    with pytest.raises(BrainDamaged, match="class 'mug' differs from its checksum; `edge-brain retrain` mends it"):
        kept.head_rows()
    assert kept.rebuild({}, {}) == []
    assert centroids_digest(*kept.head_rows()) == digest


# ── rebuilding and views ────────────────────────────────────────────────────────────────────────


def test_rebuilding_gives_the_same_tags_and_head(kept: Store) -> None:
    put(kept, kept.frames()[0].id, "cup")
    put(kept, kept.frames()[1].id, "cup")
    put(kept, kept.frames()[2].id, None)
    before, edition = everything(kept), int(kept.setting("edition"))
    assert kept.rebuild({}, {}) == []
    assert everything(kept) == before
    assert int(kept.setting("edition")) == edition + 1, "so that other processes look again"


def test_rebuilding_takes_codes_and_settings_and_drops_views(kept: Store) -> None:
    kept.keep_view("classifier", "state", b"value")
    before, frames, region = everything(kept), kept.frames(), {"region": "0.0,0.0,0.5,1.0"}
    codes = {frame.number: (exposure("cup", frame.number).code, b"") for frame in frames}
    assert kept.rebuild({}, region) == frames
    assert kept.rebuild({1: codes[1], 4: codes[4]}, region) == frames[1:3], "nothing is done while codes are lacking"
    assert everything(kept) == before
    assert kept.rebuild(codes, region) == []
    assert [kept.code(frame) for frame in frames] == [code for code, _ in codes.values()]
    assert kept.setting("region") == region["region"]
    assert kept.view("classifier", "state") is None
    assert_head_is_that_of_the_tags(kept)


def test_rebuilding_that_fails_changes_nothing(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("pulled the plug")

    before = everything(kept)
    monkeypatch.setattr(Ledger, "close", fail)
    with pytest.raises(RuntimeError):
        kept.rebuild(dict.fromkeys(range(1, 5), (bytes(192), b"")), {"region": "0.0,0.0,0.5,1.0"})
    assert everything(kept) == before


def test_a_view_is_given_back_for_its_state_alone_and_only_whole(kept: Store) -> None:
    kept.keep_view("classifier", "state 1", b"value 1")
    kept.keep_view("classifier", "state 2", b"value 2")
    assert kept.view("classifier", "state 1") is None
    assert kept.view("classifier", "state 2") == b"value 2"
    kept.database.execute("UPDATE views SET value = ?", (b"value 3",))
    assert kept.view("classifier", "state 2") is None


# ── copies ──────────────────────────────────────────────────────────────────────────────────────


def read_segments(kept: Store) -> list[dict[str, object]]:
    lines = []
    for path in sorted((kept.folder / "backups").glob("events-*.jsonl")):
        lines += [json.loads(line) for line in path.read_text().splitlines()]
    return lines


def test_segments_hold_every_event_in_names_that_mean_something_elsewhere(kept: Store) -> None:
    put(kept, kept.frames()[0].id, None)
    frames, lines = kept.frames(), read_segments(kept)
    assert [line["frame"] for line in lines] == [frame.id for frame in frames] + [frames[0].id]
    assert [line["burst"] for line in lines] == [frame.burst for frame in frames] + [frames[0].burst]
    assert [line["label"] for line in lines] == ["mug"] * 4 + [None]
    assert [line["sequence"] for line in lines] == [1, 2, 3, 4, 5]
    assert {line["device"] for line in lines} == {kept.setting("device")}


def test_events_that_could_not_be_appended_are_appended_with_the_next(
    kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "append_segment", full)
    for number in (10, 11):
        put(kept, exposure("cup", number), "cup")
    assert len(read_segments(kept)) == 4
    monkeypatch.undo()
    put(kept, exposure("cup", 12), "cup")
    assert [line["sequence"] for line in read_segments(kept)] == [1, 2, 3, 4, 5, 6, 7]


def test_a_label_in_any_script_reaches_the_segment_unharmed(kept: Store) -> None:
    put(kept, exposure("cup", 1), "чашка 🫖")
    assert read_segments(kept)[-1]["label"] == "чашка 🫖"
    assert damage(kept) == []


def test_closing_makes_a_whole_copy_once_much_was_tagged(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_EVENTS_A_BACKUP", 5)
    copies = kept.folder / "backups"
    kept.close()
    assert not list(copies.glob("brain-*.db")), "four events are not enough"
    again = Store(kept.folder)
    put(again, exposure("mug", 9), "mug")
    Store(kept.folder).close()
    assert not list(copies.glob("brain-*.db")), "who only reads makes no copy"
    again.close()
    assert [path.name for path in copies.glob("brain-*.db")] == ["brain-00000005.db"]
    Store(kept.folder).close()
    assert [path.name for path in copies.glob("brain-*.db")] == ["brain-00000005.db"]
