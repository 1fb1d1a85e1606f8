"""Room is made of what nobody tagged, the most dispensable first; what was tagged stays, whatever happens."""

from __future__ import annotations

import os
import sqlite3
import tracemalloc
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import Pixels, again, scene

from edge_brain import Brain, ballast, clock, examine, files, reserve
from edge_brain.errors import BadInput, DiskFull, StorageFailed
from edge_brain.field import room, twins
from edge_brain.field.room import Room
from edge_brain.outcomes import Drop, Dropped
from edge_brain.records import Tagging
from edge_brain.roll import unit
from edge_brain.store import Store
from edge_brain.store.frames import Newcomer, insert_frames
from edge_brain.store.pictures import Pictures

GIB = 2**30


def keep(brain: Brain, pictures: Sequence[Pixels], **fields: object) -> list[str]:
    """Keep pictures as a camera does, one after the other, and return their ids."""
    kept = []
    for picture in pictures:
        exposure = replace(brain.exposer.expose(picture, "camera"), reason="every", **fields)  # type: ignore[arg-type]
        brain.keep_exposures([exposure])
        kept.append(exposure.id)
    return kept


def held(brain: Brain) -> set[str]:
    return {frame.id for frame in brain.store.frames()}


def on_disk(brain: Brain) -> set[str]:
    return {path.stem for path in (brain.folder / "frames").glob("*/*")}


def size_of(brain: Brain, frame_id: str) -> int:
    return brain.store.path(brain.store.frame(frame_id)).stat().st_size


@pytest.fixture
def disk(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Return how to let a disk have so many bytes free as things are now; it gains what the brain loses in frames."""
    monkeypatch.setattr(room, "_SLACK", 0.0)

    def shrink(free: int) -> None:
        def left() -> int:
            return sum(path.stat().st_size for path in (brain.folder / "frames").glob("*/*"))

        before = left()
        monkeypatch.setattr(room, "_free", lambda _: free + before - left())

    return shrink


def made(brain: Brain, floor_bytes: int, quota_bytes: int | None = None) -> Dropped:
    return Room(brain, quota_bytes=quota_bytes, floor_bytes=floor_bytes, ballast_bytes=0).make()


# ── what goes ───────────────────────────────────────────────────────────────────────────────────


def test_while_there_is_room_nothing_goes(brain: Brain, disk: Callable[[int], None]) -> None:
    kept = keep(brain, [scene("walk", number) for number in range(4)])
    disk(GIB)
    done = made(brain, floor_bytes=GIB, quota_bytes=GIB)
    assert (done.by_reason, done.enough, done.message, done.free_bytes) == ({}, True, "", GIB)
    assert held(brain) == on_disk(brain) == set(kept) and brain.drops() == []


def test_near_duplicates_go_first_and_the_sharpest_stays(brain: Brain, disk: Callable[[int], None]) -> None:
    first = keep(brain, [scene("walk", 1)])
    alike = [
        *keep(brain, [scene("door")], sharpness=0.2),
        *keep(brain, [again(scene("door"), 1)], sharpness=0.4),
        *keep(brain, [again(scene("door"), 2)], sharpness=0.3),
    ]
    last = keep(brain, [scene("walk", 2), scene("walk", 3)])
    disk(0)
    done = made(brain, floor_bytes=size_of(brain, alike[0]) + size_of(brain, alike[2]))
    assert done.enough and set(done.by_reason) == {"near-duplicate"}
    assert done.by_reason["near-duplicate"][0] == 2
    assert held(brain) == on_disk(brain) == {*first, alike[1], *last}
    assert list(brain.store.damage()) == []


def test_what_looks_like_a_tagged_frame_goes_however_sharp(brain: Brain, disk: Callable[[int], None]) -> None:
    tagged = brain.tag(scene("mug"), "mug").frame_id
    (twin,) = keep(brain, [again(scene("mug"), 1)], sharpness=0.9)
    rest = keep(brain, [scene("walk", 1), scene("walk", 2)])
    disk(0)
    done = made(brain, floor_bytes=1)
    assert done.by_reason == {"near-duplicate": (1, done.by_reason["near-duplicate"][1])}
    assert held(brain) == {tagged, *rest} and twin not in on_disk(brain)


def test_then_those_go_that_were_last_seen_longest_ago(
    brain: Brain, disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1e9)
    kept = keep(brain, [scene("walk", number) for number in range(6)])
    monkeypatch.setattr(clock, "now", lambda: 5.0)  # a clock without a battery: order does not follow it
    brain.note_seen([kept[0], kept[2]])
    kept += keep(brain, [scene("walk", 6)])
    disk(0)
    done = made(brain, floor_bytes=size_of(brain, kept[1]) + size_of(brain, kept[3]) + 1)
    assert done.by_reason["untagged"][0] == 3
    assert held(brain) == on_disk(brain) == {kept[number] for number in (0, 2, 5, 6)}


def test_tagged_frames_never_go_and_that_is_said(taught: Brain, disk: Callable[[int], None]) -> None:
    taught.untag(taught.store.frames()[2].id)  # it was tagged once
    tagged, digest = held(taught), taught.head_digest()
    keep(taught, [scene("walk", number) for number in range(3)])
    newest = taught.store.frames()[-1].id
    disk(0)
    done = made(taught, floor_bytes=GIB)
    assert not done.enough and "no untagged frame is left" in done.message and "Raise the quota" in done.message
    assert held(taught) == on_disk(taught) == {*tagged, newest}, "the newest stays, so that no number comes twice"
    assert {frame.role for frame in taught.store.frames()} == {"learned", "reserved", None}
    assert list(taught.store.damage()) == [] and taught.head_digest() == digest
    again_done = made(taught, floor_bytes=GIB)
    assert (again_done.by_reason, again_done.enough) == ({}, False)


def test_whole_copies_of_the_database_never_go(taught: Brain, disk: Callable[[int], None]) -> None:
    copy = taught.store.backup()
    disk(0)
    assert not made(taught, floor_bytes=GIB, quota_bytes=1).enough
    assert copy.is_file()


def test_a_folder_over_its_quota_is_brought_under_it_and_a_little_more(
    brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_SLACK", 0.01)  # of a folder that is nearly all database
    keep(brain, [scene("walk", number) for number in range(100)])
    used = made(brain, floor_bytes=0).used_bytes
    pictures = sum(size_of(brain, frame.id) for frame in brain.store.frames())
    assert pictures < used < 2 * files.size(brain.folder)
    quota = used - 20_000
    done = made(brain, floor_bytes=0, quota_bytes=quota)
    frames, size = done.by_reason["untagged"]
    assert done.enough and 0 < frames < 99 and size > 0
    assert made(brain, floor_bytes=0, quota_bytes=quota).by_reason == {}, "and there is some room to go on"


def test_files_of_no_frame_go_before_any_frame(brain: Brain, disk: Callable[[int], None]) -> None:
    """A writer on a full disk may get its picture down, and not its row."""
    kept = keep(brain, [scene("walk", number) for number in range(4)])
    stray = brain.exposer.expose(scene("walk", 9))
    brain.store.keep_picture(stray)
    assert made(brain, 0).by_reason == {} and stray.id in on_disk(brain), "while there is room nothing is looked for"
    disk(GIB - 1)
    assert made(brain, GIB).by_reason == {"stray": (1, len(stray.data))}
    assert on_disk(brain) == held(brain) == set(kept)
    assert [(drop.why, drop.frames) for drop in brain.drops()] == [("stray", 1)]


def test_a_picture_whose_row_is_just_about_to_come_is_written_again(
    brain: Brain, disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    exposure = replace(brain.exposer.expose(scene("walk", 9)), reason="every")
    write = Pictures.write

    def swept(pictures: Pictures, given: Any) -> None:
        write(pictures, given)
        if not brain.store.database._connection.in_transaction:
            with Brain.open(brain.folder) as other:
                assert made(other, GIB).by_reason["stray"][0] == 1

    disk(GIB - 1)
    monkeypatch.setattr(Pictures, "write", swept)
    brain.keep_exposures([exposure])
    assert on_disk(brain) == held(brain) == {exposure.id}


def test_a_picture_whose_row_came_while_strays_were_looked_for_stays(
    brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    exposure, look = replace(brain.exposer.expose(scene("walk", 9)), reason="every"), Path.glob
    brain.store.keep_picture(exposure)

    def late(path: Path, pattern: str) -> list[Path]:
        found = list(look(path, pattern))
        if pattern == "frames/??/*":
            with Brain.open(brain.folder) as other:
                other.keep_exposures([exposure])
        return found

    monkeypatch.setattr(Path, "glob", late)
    assert brain.store.thinning.clear_strays(0.0) == (0, 0)
    assert on_disk(brain) == held(brain) == {exposure.id}


def test_what_goes_is_counted_for_good(
    brain: Brain, disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1e9)
    kept = keep(brain, [scene("walk", number) for number in range(4)])
    sizes = [size_of(brain, frame_id) for frame_id in kept]
    for size in sizes[:2]:
        disk(0)
        made(brain, floor_bytes=size)
    lines = [Drop(1e9, "untagged", 1, size) for size in sizes[:2]]
    assert brain.drops() == lines
    with Brain.open(brain.folder) as other:
        assert other.drops() == lines
        (told,) = [finding.detail for finding in examine(other) if finding.check == "dropped"]
    assert told.startswith("2 untagged frames, 0.0 MiB, went to make room")


def test_bursts_codes_and_thumbnails_go_with_their_frames(brain: Brain, disk: Callable[[int], None]) -> None:
    keep(brain, [scene("walk", number) for number in range(5)])
    disk(0)
    made(brain, floor_bytes=GIB)
    for table in ("frames", "codes", "thumbnails", "bursts"):
        assert brain.store.database.value(f"SELECT count(*) FROM {table}") == 1
    assert brain.store.database.rows("SELECT * FROM leavings") == []


def test_numbers_of_frames_are_not_given_twice(brain: Brain, disk: Callable[[int], None]) -> None:
    keep(brain, [scene("walk", number) for number in range(3)])
    disk(0)
    made(brain, floor_bytes=GIB)
    keep(brain, [scene("walk", 9)])
    assert [frame.number for frame in brain.store.frames()] == [3, 4]


@pytest.mark.parametrize("field", ["quota_bytes", "floor_bytes", "ballast_bytes"])
def test_sizes_are_not_negative(brain: Brain, field: str) -> None:
    with pytest.raises(BadInput, match="0 or more"):
        Room(brain, **{field: -1})  # type: ignore[arg-type]


def test_a_retrain_goes_on_when_frames_are_dropped_beside_it(brain: Brain, disk: Callable[[int], None]) -> None:
    brain.tag(scene("mug"), "mug")
    keep(brain, [scene("walk", number) for number in range(3)])
    disk(0)

    def drop(done: int, _: int) -> None:
        if done == 1:
            made(brain, floor_bytes=GIB)

    brain.retrain(region="0,0,0.5,1", progress=drop)
    assert len(brain.store.frames()) == 2 and list(brain.store.damage()) == []


# ── at the same time ────────────────────────────────────────────────────────────────────────────


def chosen(store: Store, frame_id: str) -> None:
    """Drop one frame, as one that was chosen."""
    store.thinning.drop([each for each in store.thinning.spare() if each.id == frame_id], "untagged", 1.0)


def test_a_frame_that_is_tagged_meanwhile_stays(brain: Brain) -> None:
    first, _ = keep(brain, [scene("walk", 1), scene("walk", 2)])
    spare = brain.store.thinning.spare()
    brain.retag([first], "walk")
    assert brain.store.thinning.drop(spare, "untagged", 1.0) == (0, 0)
    assert first in held(brain) & on_disk(brain) and brain.drops() == []


@pytest.mark.parametrize("how", ["tag", "keep"])
def test_a_picture_that_is_taken_away_while_it_is_kept_again_is_written_again(
    brain: Brain, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Who keeps it finds the file of a frame that goes just now, and leaves it alone: then it is gone."""
    first, _ = keep(brain, [scene("walk", 1), scene("walk", 2)])
    exposure = brain.exposer.expose(scene("walk", 1))
    write_once, other = files.write_once, Store(brain.folder)

    def slow(path: Path, data: bytes) -> None:
        write_once(path, data)
        monkeypatch.undo()
        chosen(other, first)
        assert first not in on_disk(brain), "else this test shows nothing"

    monkeypatch.setattr(files, "write_once", slow)
    if how == "tag":
        brain.store.tag([Tagging(exposure, "walk")], who="test")
    else:
        brain.store.keep([exposure])
    other.close()
    assert brain.store.path(brain.store.frame(first)).read_bytes() == exposure.data


def test_a_frame_that_is_kept_again_before_its_file_went_keeps_it(
    brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = keep(brain, [scene("walk", 1), scene("walk", 2)])
    clear = brain.store.thinning.clear_leavings
    monkeypatch.setattr(brain.store.thinning, "clear_leavings", lambda: None)  # killed in between
    chosen(brain.store, first)
    assert first not in held(brain) and first in on_disk(brain)
    keep(brain, [scene("walk", 1)])
    clear()
    assert first in held(brain) & on_disk(brain)
    assert brain.store.database.rows("SELECT * FROM leavings") == []


def test_files_that_a_killed_process_had_still_to_take_away_go_with_the_next(
    brain: Brain, monkeypatch: pytest.MonkeyPatch, disk: Callable[[int], None]
) -> None:
    first, second = keep(brain, [scene("walk", 1), scene("walk", 2)])

    def die(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(files, "remove", die)
        chosen(brain.store, first)
    assert on_disk(brain) == {first, second} and held(brain) == {second}
    disk(GIB)
    made(brain, floor_bytes=0)
    assert on_disk(brain) == held(brain) == {second}


@pytest.mark.parametrize(
    "step", ["UPDATE", "DELETE FROM codes", "DELETE FROM frames", "INSERT OR REPLACE INTO leavings"]
)
def test_a_drop_that_fails_half_way_drops_nothing(brain: Brain, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    kept, execute = keep(brain, [scene("walk", number) for number in range(3)]), brain.store.database.execute

    def fail(sql: str, parameters: Sequence[object] = ()) -> int:
        if sql.startswith(step) or (step == "UPDATE" and sql.startswith("INSERT INTO drops")):
            raise RuntimeError("pulled the plug")
        return execute(sql, parameters)

    monkeypatch.setattr(brain.store.database, "execute", fail)
    with pytest.raises(RuntimeError):
        brain.store.thinning.drop(brain.store.thinning.spare(), "untagged", 1.0)
    monkeypatch.undo()
    assert held(brain) == on_disk(brain) == set(kept) and list(brain.store.damage()) == []


def test_the_database_itself_refuses_to_drop_what_was_tagged(taught: Brain) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="a frame that was tagged"), taught.store.database.transaction():
        taught.store.database.execute("DELETE FROM frames WHERE number = 1")


def test_two_that_make_room_at_once_drop_no_more_than_one(
    brain: Brain, disk: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(brain, [scene("walk", number) for number in range(8)])
    floor, drop = sum(size_of(brain, frame.id) for frame in brain.store.frames()[:4]), brain.store.thinning.drop
    disk(0)
    with Brain.open(brain.folder) as other:

        def late(*arguments: Any) -> tuple[int, int]:
            first = made(other, floor)  # once it has dropped, it finds that there is room
            assert first.enough and len(held(brain)) == 4
            return drop(*arguments)

        monkeypatch.setattr(brain.store.thinning, "drop", late)
        done = made(brain, floor)
    assert (done.enough, done.by_reason) == (True, {})
    assert len(held(brain)) == 4


def test_threads_may_share_a_brain_while_room_is_made(brain: Brain, disk: Callable[[int], None]) -> None:
    keep(brain, [scene("walk", number) for number in range(70)])
    disk(0)
    with ThreadPoolExecutor(2) as pool:
        making = pool.submit(made, brain, GIB)
        tags = [brain.tag(scene("mug", number), "mug") for number in range(10)]
        making.result()
    assert {tag.frame_id for tag in tags} <= held(brain) & on_disk(brain)
    assert list(brain.store.damage()) == []


# ── near-duplicates ─────────────────────────────────────────────────────────────────────────────


def test_of_those_alike_one_stays_and_every_other_has_one_that_stays() -> None:
    chance = np.random.default_rng(0)
    scenes = chance.integers(-128, 127, (40, 64))
    rows = np.clip(scenes[chance.integers(0, 40, 300)] + chance.integers(-9, 9, (300, 64)), -128, 127).astype(np.int8)
    others = np.clip(scenes[:5] + chance.integers(-3, 3, (5, 64)), -128, 127).astype(np.int8)
    sharpness = chance.random(300).tolist()
    gone = twins.spare(rows, sharpness, iter([others[:2], others[2:], others[:0]]))
    cosines, with_others = unit(rows) @ unit(rows).T, unit(rows) @ unit(others).T
    for place in range(300):
        alike = (cosines[place] >= reserve.NEAR_DUPLICATE) & ~gone
        alike[place] = False
        if gone[place]:
            better = [other for other in np.flatnonzero(alike) if sharpness[other] > sharpness[place]]
            assert better or (with_others[place] >= reserve.NEAR_DUPLICATE).any()
        else:
            assert not alike.any() and not (with_others[place] >= reserve.NEAR_DUPLICATE).any()
    assert 30 <= (~gone).sum() <= 40
    assert twins.spare(rows[:0], [], iter([others])).shape == (0,)


def test_many_frames_are_looked_through_in_bounded_memory(brain: Brain, disk: Callable[[int], None]) -> None:
    like = brain.exposer.expose(scene("walk"))
    chance = np.random.default_rng(0)
    with brain.store.database.transaction():
        for number in range(3000):
            code = chance.integers(-128, 127, 192, np.int8).tobytes()
            frame = replace(like, id=f"{number:064x}", data=b"", code=code, thumbnail=b"")
            insert_frames(brain.store.database, {number + 1: Newcomer(frame, "walk", number)})
    disk(0)
    tracemalloc.start()
    done = made(brain, floor_bytes=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not done.enough and done.by_reason["untagged"][0] == 2999
    assert peak < 40 * 2**20


# ── ballast and remains ─────────────────────────────────────────────────────────────────────────


def test_ballast_is_laid_while_there_is_room(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_free", lambda _: GIB)
    Room(brain, floor_bytes=0, ballast_bytes=2**20).make()
    assert (brain.folder / ballast.NAME).stat().st_size == 2**20
    ballast.drop(brain.folder)
    monkeypatch.setattr(room, "_free", lambda _: 2**20)
    assert not Room(brain, floor_bytes=0, ballast_bytes=2**20).make().by_reason
    assert not ballast.lies(brain.folder), "half of what is left is too much"


def fill(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk be full while the ballast lies there."""
    write_once = files.write_once

    def refuse(path: Path, data: bytes) -> None:
        if ballast.lies(brain.folder):
            raise DiskFull("No space left on device")
        write_once(path, data)

    ballast.lay(brain.folder, 2**16)
    monkeypatch.setattr(files, "write_once", refuse)


def test_on_a_full_disk_a_person_can_still_tag(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(brain, monkeypatch)
    tag = brain.tag(scene("mug"), "mug")
    assert tag.frame_id in held(brain) & on_disk(brain)
    assert not ballast.lies(brain.folder)
    monkeypatch.undo()
    monkeypatch.setattr(room, "_free", lambda _: GIB)
    Room(brain, floor_bytes=0, ballast_bytes=2**16).make()
    assert ballast.lies(brain.folder), "and it is laid again"


def test_a_cameras_frames_do_not_use_up_the_ballast(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(brain, monkeypatch)
    with pytest.raises(DiskFull) as caught:
        keep(brain, [scene("walk")])
    assert isinstance(caught.value, StorageFailed)
    assert held(brain) == set() and ballast.lies(brain.folder)


def test_a_disk_that_stays_full_is_told_and_nothing_is_changed(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise DiskFull("No space left on device")

    monkeypatch.setattr(files, "write_once", full)
    with pytest.raises(DiskFull):
        brain.tag(scene("mug"), "mug")
    monkeypatch.undo()
    assert held(brain) == on_disk(brain) == set()


def test_what_killed_writers_left_is_swept_and_what_is_being_written_is_not(brain: Brain) -> None:
    left = [brain.folder / ".new-1", brain.folder / "backups" / ".new-2", brain.folder / "backups" / ".new-2-wal"]
    for path in left:
        path.write_bytes(b"half of")
    with files.unborn(brain.folder / "backups") as fresh:
        beside = fresh.with_name(f"{fresh.name}-wal")
        beside.write_bytes(b"log")
        made(brain, floor_bytes=0)
        assert fresh.exists() and beside.exists()
    assert not any(path.exists() for path in [*left, fresh, beside])


def test_a_full_file_system_takes_the_tags_of_a_person(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The real thing: a file system of 3 MiB that is filled up by another program."""
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs -o size=3m none {place} 2> /dev/null") != 0:
        pytest.skip("THIS MACHINE REFUSES MOUNTS: tagging on a really full disk was NOT tried")
    request.addfinalizer(lambda: os.system(f"umount {place}"))
    with Brain.create(place / "kitchen", extractor="pixels") as brain:
        tags = [brain.tag(scene("mug", number), "mug") for number in range(3)]
        done = Room(brain, floor_bytes=0, ballast_bytes=2**19).make()
        assert done.enough and ballast.lies(brain.folder)
        occupy(place / "other")
        with pytest.raises(DiskFull, match="Free some space"):
            for number in range(50):
                keep(brain, [scene("walk", number)])
        assert ballast.lies(brain.folder)
        tags += [brain.tag(scene("mug", number), "mug") for number in range(3, 6)]
        assert not ballast.lies(brain.folder)
    with Brain.open(place / "kitchen") as brain:
        assert {tag.frame_id for tag in tags} <= held(brain) & on_disk(brain)
        assert list(brain.store.damage()) == []
        (place / "other").unlink()
        Room(brain, floor_bytes=0, ballast_bytes=2**19).make()
        assert ballast.lies(brain.folder)
    occupy(place / "other")
    with Brain.open(place / "kitchen") as brain:
        assert brain.tag(scene("mug", 7), "mug").new


def occupy(path: Path) -> None:
    """Fill up the file system, to the last byte."""
    with path.open("wb", buffering=0) as file:
        for size in (2**16, 2**12, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue
