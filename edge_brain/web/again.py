"""What is seen when one looks at a brain's frames again: each as if it had never been learned, and what that tells.

It takes long, and so it is asked of the brain that thinks: of 2,000 frames half a second each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge_brain.records import Image, Near, Suspect
from edge_brain.web.workspace import Workspace

_EXAMPLES = 4  # pictures that stand for a class
_LEAST_SURE = 0.05  # that a tag is wrong: the SDK's list may end in frames of which hardly any is
_MOST_DOUBTS = 24  # suspects on one page; the next come when these are done


@dataclass(frozen=True)
class Seen:
    """All frames, as they are in one state of the brain."""

    images: list[Image]  # that are in sight
    discarded: int


@dataclass(frozen=True)
class Shown:
    """A class, with some pictures of it."""

    label: str
    learned: int  # frames
    reserved: int
    wrong: int  # taken for another
    examples: list[Image]  # of different bursts, where there are


@dataclass(frozen=True)
class Doubt:
    """A suspect beside the learned frames, of other bursts, that look most like it."""

    suspect: Suspect
    own: list[Near]  # of the class that it is tagged as
    other: list[Near]  # of the class that it looks like
    whereabouts: str | None  # of its picture, where that is not here


def look(space: Workspace) -> Seen:
    """Look at all frames."""
    with space.thinking.alone, space.thinking.store.database.snapshot():
        return Seen(space.thinking.images(), len(space.thinking.discarded()))


def suspects(space: Workspace) -> list[Suspect]:
    """Return what looks wrongly tagged, most suspicious first."""
    return [each for each in space.thinking.suspects() if each.sure >= _LEAST_SURE]


def open_suspects(space: Workspace, found: Sequence[Suspect]) -> list[Suspect]:
    """Return the suspects of which nobody has said that their tags are right."""
    return [each for each in found if (each.id, each.label) not in space.confirmed]


def classes(every: Sequence[Image]) -> list[Shown]:
    """Return the classes of frames in the order of their names."""
    by_label: dict[str, list[Image]] = {}
    for image in every:
        if image.label is not None:
            by_label.setdefault(image.label, []).append(image)
    return [
        Shown(
            label,
            sum(image.role == "learned" for image in own),
            sum(image.role == "reserved" for image in own),
            sum(image.right is False for image in own),
            _examples(own),
        )
        for label, own in sorted(by_label.items())
    ]


def doubts(space: Workspace, doubtful: Sequence[Suspect]) -> list[Doubt]:
    """Return the first suspects, each with what it looks like."""
    shown = doubtful[:_MOST_DOUBTS]
    with space.thinking.alone, space.thinking.store.database.snapshot():
        store = space.thinking.store
        held = [each for each in shown if store.holds(each.id)]
        frames = [store.frame(each.id) for each in held]
        codes, away = [store.code(frame) for frame in frames], [space.thinking.whereabouts(frame) for frame in frames]
        learned = sum(frame.role == "learned" for frame in store.frames(tagged=True))
        near = space.thinking.nearest_codes(codes, max(1, learned))
    return [
        Doubt(each, _nearest(like, each, each.label), _nearest(like, each, each.looks_like), where)
        for each, like, where in zip(held, near, away, strict=True)
    ]


def _nearest(near: Sequence[Near], suspect: Suspect, label: str) -> list[Near]:
    """Return the most alike frames of a class; the suspect's own burst, which bears the same tag, is no witness."""
    return [each for each in near if each.label == label and each.burst != suspect.burst][:_EXAMPLES]


def _examples(own: Sequence[Image]) -> list[Image]:
    of_bursts = {image.burst: image for image in reversed(own)}  # the first of each
    firsts = [image for image in own if of_bursts[image.burst] is image]
    return [*firsts, *(image for image in own if of_bursts[image.burst] is not image)][:_EXAMPLES]
