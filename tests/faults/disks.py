"""Disks that fail: an error of the disk at every write of each act, a full disk, a read-only and a broken one."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from acts import ACTS, do
from kills import Prepared, judge, prepare
from mounts import break_off, fill, image_disk, make_image, memory_disk, mend, remount
from nursery import Nursery
from pictures import scene
from states import is_one_of, state_of, unsound
from tally import Tally
from tracing import Point, harm, points, spread

from edge_brain import Brain
from edge_brain.errors import StorageFailed

ERRORS = ("EIO", "ENOSPC", "EROFS")
READS = ("pread64", "read")
DISK_BYTES = 4 * 2**20
LEFT_BYTES = (0, 4096, 8192, 16384, 32768, 65536, 131072)  # on a disk that is full


def errors(place: Path, *, most: int | None = None) -> Tally:
    """Let the disk fail each act at up to `most` moments, by each error: once, and from there on."""
    tally = Tally("a disk that fails is told clearly, and changes nothing", "EIO, ENOSPC, EROFS at each write and name")
    with Nursery() as nursery:
        for act in ACTS.values():
            prepared = prepare(act, place / act.name)
            writes = points(nursery, act.name, prepared.copy("counted"))
            reads = points(nursery, act.name, prepared.copy("counted"), READS)
            plans = [(point, error, on) for point in writes for error in ERRORS for on in (False, True)]
            plans += [(point, "EIO", on) for point in reads for on in (False, True)]
            plans = [plan for plan in plans if not plan[2] or plan[0].call not in ("openat", "read")]  # Python's, too
            for point, error, on in spread(plans, most):
                if on or point.call in READS:
                    _for_good(nursery, prepared, point, error, tally, on=on)
                else:
                    _once(nursery, prepared, point, error, tally)
    return tally.end()


def _once(nursery: Nursery, prepared: Prepared, point: Point, error: str, tally: Tally) -> None:
    """Let one call fail: the same brain, still open, then does what it was refused."""
    where = f"{prepared.act.name}, {error} at {point}"
    harmed = prepared.copy("harmed")
    ended = harm(nursery, prepared.act.name, harmed, point, f"error={error}", way="stubborn")
    tally.times += 1
    tally.refused += any(line.startswith("refused: ") for line in ended.said)
    if ended.said[-1:] != ["closed"]:
        tally.wrong.append(f"{where}: {ended.said}")
    judge(prepared, harmed, len(prepared.states) - 1, tally, where, copies_wait=True)


def _for_good(nursery: Nursery, prepared: Prepared, point: Point, error: str, tally: Tally, *, on: bool) -> None:
    """Let all calls of a kind fail from one `on`, or one: what was acknowledged stays, and a new process can go on.

    What cannot be read SQLite takes for damage, also when it can be read the next moment; it is left as it is.
    """
    where = f"{prepared.act.name}, {error} {'from' if on else 'at'} {point}{' on' if on else ''}"
    harmed = prepared.copy("harmed")
    ended = harm(nursery, prepared.act.name, harmed, point, f"error={error}", on=on)
    tally.times += 1
    said = [line for line in ended.said if not line.startswith("refused: ")]
    tally.refused += len(said) < len(ended.said)
    if any(line.startswith("broken: ") for line in said):
        tally.wrong.append(f"{where}: {said}")
    judge(prepared, harmed, len(said), tally, where, copies_wait=True)


def full_disk(place: Path, *, most: int | None = None) -> Tally:
    """Do each act on a disk that is full but for some bytes, then on the same one when there is room again."""
    tally = Tally("a full disk is told clearly, changes nothing, and heals", "each act on a disk of 4 MiB, filled")
    for act in ACTS.values():
        prepared = prepare(act, place / act.name)
        for number, left in enumerate(spread(LEFT_BYTES, most)):
            with memory_disk(place / act.name / f"disk {number}", DISK_BYTES) as disk:
                _fill_and_free(prepared, disk, left, tally)
    return tally.end()


def _fill_and_free(prepared: Prepared, disk: Path, left: int, tally: Tally) -> None:
    where = f"{prepared.act.name}, on a disk with {left} bytes left"
    tally.times += 1
    harmed, said, refused = prepared.copy(f"{disk.name}/harmed"), list[str](), False
    if prepared.act.name != "create":
        Brain.open(harmed / "kitchen").close()  # a log that a kill left is folded in while there is room
    brain = None
    with suppress(StorageFailed):
        brain = prepared.act.open(harmed / "kitchen")
    filler = fill(disk, left)
    try:
        brain = brain or prepared.act.open(harmed / "kitchen")
        said.append("opened")
        prepared.act.do(brain, harmed, said.append)
        said.append("done")
    except StorageFailed:
        refused = True
    filler.unlink()
    tally.refused += refused
    if refused and not is_one_of(state_of(harmed / "kitchen"), prepared.states, len(said), copies_wait=True):
        tally.lose(f"{where}: what is there is neither what was acknowledged nor that and what was under way")
    if brain is not None:
        prepared.act.do(brain, harmed, lambda _: None)
        brain.close()
    judge(prepared, harmed, len(prepared.states) - 1, tally, where, copies_wait=True)


def read_only_disk(place: Path) -> Tally:
    """Do each act on a disk that was mounted read-only, and again when it can be written."""
    tally = Tally(
        "a read-only disk is told clearly, changes nothing, and heals", "each act on a disk mounted read-only"
    )
    with image_disk(place / "disk", make_image(place / "image")) as disk:
        for act in ACTS.values():
            prepared = prepare(act, disk / act.name)
            harmed = prepared.copy("harmed")
            before, said = state_of(harmed / "kitchen"), list[str]()
            remount(disk, "ro")
            with suppress(StorageFailed):
                do(act, harmed, said.append)
            remount(disk, "rw")
            tally.times += 1
            tally.refused += "done" not in said
            if state_of(harmed / "kitchen") != before:
                tally.lose(f"{act.name}, on a read-only disk: it has changed, having said {said}")
            judge(prepared, harmed, 0, tally, f"{act.name}, on a disk that was read-only")
    return tally.end()


def broken_disk(place: Path, *, times: int = 1) -> Tally:
    """Tag until the kernel finds an error in the file system, which turns read-only under the open brain."""
    tally = Tally(
        "a card that breaks while it is written loses nothing acknowledged", "ext4 turns read-only under a brain"
    )
    for number in range(times):
        image, acknowledged = make_image(place / f"image {number}"), dict[str, str]()
        with image_disk(place / f"disk {number}", image) as disk:
            brain = Brain.create(disk / "kitchen", extractor="pixels")
            try:
                for picture in range(10 + number):
                    acknowledged[brain.tag(scene("mug", picture), "mug").frame_id] = "mug"
                break_off(image)
                for picture in range(20, 25):
                    acknowledged[brain.tag(scene("cup", picture), "cup").frame_id] = "cup"
                tally.wrong.append("tagging on a broken disk was acknowledged")
            except StorageFailed:
                tally.refused += 1
            finally:
                brain.close()
        mend(image)
        with image_disk(place / f"disk {number}", image) as disk:
            tally.times += 1
            for what in unsound(disk / "kitchen"):
                tally.tear(f"after the check: {what}")
            with Brain.open(disk / "kitchen") as brain:
                held = {frame.id: frame.label for frame in brain.store.frames()}
                for frame_id, label in acknowledged.items():
                    if held.get(frame_id) != label:
                        tally.lose(frame_id)
                brain.tag(scene("cup", 30), "cup")
    return tally.end()
