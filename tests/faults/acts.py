"""The acts that nothing may harm: what stands before each, what it does, and what it tells as done.

    place/kitchen    the brain                place/pictures   what is imported into it

An act calls `say` when a call has returned: what was said is acknowledged, and must be there for ever after.
Done again from its beginning, whatever became of it, an act ends in the same state.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pictures import save, scene

from edge_brain import Brain
from edge_brain.errors import BrainExists, StorageFailed
from edge_brain.exchange import folder as folders
from edge_brain.field.room import Room
from edge_brain.records import Tag, Tagging

CLASSES = ("cup", "fork", "mug")
ROLES = ("learned", "reserved")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Act:
    """Something that a person or a camera does to a brain."""

    name: str
    prepare: Callable[[Path], None]
    do: Callable[[Brain, Path, Say], None]
    open: Callable[[Path], Brain] = Brain.open
    unsound: Callable[[Path], Iterable[str]] = lambda _: ()  # what is not whole beside the brain, whenever it is harmed
    unfinished: Callable[[Path], Iterable[str]] = lambda _: ()  # what is not as it should be when it was done again


def do(act: Act, place: Path, say: Say) -> None:
    """Open the brain, do an act, close the brain."""
    with act.open(place / "kitchen") as brain:
        say("opened")
        act.do(brain, place, say)
        say("done")
    say("closed")


def do_stubbornly(act: Act, place: Path, say: Say) -> None:
    """Do an act, and when the disk refuses do it once more: with the same brain, which stays open."""
    brain = _again(lambda: act.open(place / "kitchen"), say)
    try:
        _again(lambda: act.do(brain, place, lambda _: None), say)
        say("done")
    finally:
        _again(brain.close, say)
    say("closed")


def _again(work: Callable[[], Any], say: Say) -> Any:
    try:
        return work()
    except StorageFailed as error:
        say(f"refused: {error}")
        return work()


# ── what stands before ──────────────────────────────────────────────────────────────────────────


def nothing(place: Path) -> None:
    """Leave the place empty."""
    place.mkdir(parents=True)


def taught(place: Path) -> None:
    """Make a brain that knows three classes by eight scenes each."""
    with Brain.create(place / "kitchen", extractor="pixels") as brain:
        brain.tag_many([(scene(label, number), label) for label in CLASSES for number in range(8)])


def with_pictures(place: Path) -> None:
    """Make a brain, and a folder of pictures to be imported: some scenes, two pictures of each."""
    taught(place)
    for label in CLASSES:
        for number in range(40, 43):
            save(place / "pictures", f"{label}/{number}.jpg", scene(label, number))


def with_kept(place: Path) -> None:
    """Make a brain that keeps frames of which nobody has told the class."""
    taught(place)
    with Brain.open(place / "kitchen") as brain:
        for label in CLASSES:
            brain.keep_exposures([brain.exposer.expose(scene(label, number)) for number in (50, 51)])


def with_copies(place: Path) -> None:
    """Make a brain that has all the backups it keeps, each with a segment of later events."""
    taught(place)
    with Brain.open(place / "kitchen") as brain:
        for number in range(60, 63):
            brain.store.backup()
            brain.tag(scene("mug", number), "mug")


def with_discarded(place: Path) -> None:
    """Make a brain, and copies of it, with frames that were discarded: learned, reserved and never tagged ones."""
    with_kept(place)
    with Brain.open(place / "kitchen") as brain:
        brain.store.backup()
        of_roles = [next(frame.id for frame in brain.store.frames() if frame.role == role) for role in ROLES]
        brain.discard([*of_roles, _id(brain, "cup", 50), _id(brain, "mug", 51)])


def with_releases(place: Path) -> None:
    """Make a brain with a release in production, and two later ones beside it."""
    taught(place)
    with Brain.open(place / "kitchen") as brain:
        for number in (1, 2, 3):
            brain.release(place / f"{number}.brain", number)
        brain.take_release(place / "1.brain")


def left_open(place: Path) -> None:
    """Make a brain as a process leaves it that was killed: its write-ahead log is not folded in."""
    taught(place / "earlier")
    with Brain.open(place / "earlier" / "kitchen") as brain:
        brain.tag(scene("mug", 70), "mug")
        shutil.copytree(brain.folder, place / "kitchen")
    shutil.rmtree(place / "earlier")


# ── what is done ────────────────────────────────────────────────────────────────────────────────


def create(folder: Path) -> Brain:
    """Create a brain, or open the one that an earlier attempt has created."""
    try:
        return Brain.create(folder, extractor="pixels")
    except BrainExists:
        return Brain.open(folder)


def no_more(brain: Brain, place: Path, say: Say) -> None:
    """Do nothing but open and close."""


def tag(brain: Brain, place: Path, say: Say) -> None:
    """Tag two new pictures, one of them of a new class, and ask for the score."""
    for label in ("mug", "spoon"):
        say(brain.tag(scene(label, 20), label).frame_id)
    brain.score()
    say("scored")


def tag_many(brain: Brain, place: Path, say: Say) -> None:
    """Tag several new pictures at once."""
    say(" ".join(tag.frame_id for tag in brain.tag_many([(scene(label, 30), label) for label in (*CLASSES, "spoon")])))


def retag(brain: Brain, place: Path, say: Say) -> None:
    """Give one frame another class, then all frames of a class."""
    first = brain.store.frames()[0].id
    for label in ("fork", "spoon"):
        brain.retag([first], label)
        say(f"{first} {label}")
    brain.retag([frame.id for frame in brain.store.frames() if frame.label == "mug"], "beaker")
    say("mugs are beakers")


def untag(brain: Brain, place: Path, say: Say) -> None:
    """Take the tags of two frames away, one that is learned and one that is reserved."""
    for role in ROLES:
        first = next(frame.id for frame in brain.store.frames() if role in (frame.role, _role(brain, frame.id)))
        brain.untag(first)
        say(first)


def _role(brain: Brain, frame_id: str) -> str | None:
    """Return the role that a frame's burst has for good, also where the frame is untagged."""
    query = "SELECT role FROM bursts JOIN frames ON frames.burst = bursts.number WHERE id = ?"
    role: str | None = brain.store.database.value(query, (frame_id,))
    return role


def keep(brain: Brain, place: Path, say: Say) -> None:
    """Keep pictures as a camera does, then tag one of them."""
    exposures = [replace(brain.exposer.expose(scene("mug", number)), reason="change") for number in (80, 81)]
    brain.keep_exposures(exposures, burst="table")
    say("kept")
    brain.retag([exposures[0].id], "mug")
    say(exposures[0].id)


def discard(brain: Brain, place: Path, say: Say) -> None:
    """Take frames out of sight, some tagged and one that never was, and bring some back."""
    some = [_id(brain, "mug", 0), _id(brain, "mug", 1), _id(brain, "cup", 50)]
    brain.discard(some)
    say(" ".join(some))
    brain.restore(some[:1])
    say(f"{some[0]} is back")


def erase(brain: Brain, place: Path, say: Say) -> None:
    """Delete for good what was discarded."""
    brain.erase()
    say("erased")
    assert not brain.store.erasing()


def _id(brain: Brain, label: str, number: int) -> str:
    return brain.exposer.expose(scene(label, number)).id


def retrain(brain: Brain, place: Path, say: Say) -> None:
    """Have all frames coded anew, of half the picture."""
    brain.retrain(region="0,0,0.5,1")
    say("retrained")


def look_closer(brain: Brain, place: Path, say: Say) -> None:
    """Tag frames that were kept, and make the views of those that are learned."""
    kept = [frame.id for frame in brain.store.frames()[-6:]]
    labels = [label for label in CLASSES for _ in range(2)]
    brain.tag_exposures([Tagging(frame_id, label) for frame_id, label in zip(kept, labels, strict=True)])
    say("tagged")
    brain.take_up_views()
    brain.head_digest()
    say("looked closer")


def back_up(brain: Brain, place: Path, say: Say) -> None:
    """Make a whole copy, tag, and make another: older ones go."""
    brain.store.backup()
    say("copied")
    say(brain.tag(scene("mug", 90), "mug").frame_id)
    brain.store.backup()
    say("copied")


def make_room(brain: Brain, place: Path, say: Say) -> None:
    """Drop the frames that nobody has told the class of, as if the disk were nearly full."""
    Room(brain, quota_bytes=1, floor_bytes=0, ballast_bytes=0).make()
    say("dropped")


def take_releases(brain: Brain, place: Path, say: Say) -> None:
    """Put two releases into production, one after the other, and go back from the second."""
    for number in (2, 3):
        brain.take_release(place / f"{number}.brain", older=True)
        say(f"release {number}")
    brain.rollback()
    say("release 2 again")


def take_in(brain: Brain, place: Path, say: Say) -> None:
    """Import a folder of pictures, a few a transaction, all in one thread: so that its writes can be counted."""

    def tags(taggings: Sequence[Tagging], *, who: str) -> list[Tag]:
        given = Brain.tag_exposures(brain, taggings, who=who)
        say(" ".join(tag.frame_id for tag in given))
        return given

    def keeps(exposures: Sequence[Any]) -> None:
        Brain.keep_exposures(brain, exposures)
        say(f"kept {len(exposures)}")

    brain.tag_exposures, brain.keep_exposures = tags, keeps  # type: ignore[method-assign, assignment]
    try:
        with _small_batches():
            folders.import_folder(brain, place / "pictures")
    finally:
        del brain.tag_exposures, brain.keep_exposures
    say("imported")


class _AtOnce:
    """An executor that has no threads."""

    def __init__(self, **_: object) -> None:
        pass

    def __enter__(self) -> _AtOnce:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def shutdown(self, **_: object) -> None:
        pass

    def submit(self, work: Callable[..., Any], *arguments: object) -> Future[Any]:
        future = Future[Any]()
        try:
            future.set_result(work(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def _small_batches() -> Iterator[None]:
    batch, executor = folders._BATCH, folders.ThreadPoolExecutor
    folders._BATCH, folders.ThreadPoolExecutor = 4, _AtOnce  # type: ignore[misc, assignment]
    try:
        yield
    finally:
        folders._BATCH, folders.ThreadPoolExecutor = batch, executor  # type: ignore[misc]


ACTS = {
    act.name: act
    for act in (
        Act("create", nothing, no_more, create),
        Act("open what a kill has left", left_open, no_more),
        Act("tag", taught, tag),
        Act("tag many", taught, tag_many),
        Act("retag", taught, retag),
        Act("untag", taught, untag),
        Act("keep", taught, keep),
        Act("look closer", with_kept, look_closer),
        Act("retrain", taught, retrain),
        Act("back up", with_copies, back_up),
        Act("make room", with_kept, make_room),
        Act("discard", with_kept, discard),
        Act("erase", with_discarded, erase),
        Act("import", with_pictures, take_in),
        Act("take releases", with_releases, take_releases),
    )
}
