"""The API of whole classes: renamed, merged, removed; and first, what that would do to the score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from edge_brain import labels
from edge_brain.brain import Brain
from edge_brain.errors import UnknownClass
from edge_brain.records import Level, Score
from edge_brain.web.api.operations import TEXT, Field, Given, Operation
from edge_brain.web.workspace import Workspace

_LABEL = Field(TEXT, "a class")


@dataclass(frozen=True)
class Retagged:
    """What became of a class."""

    frames: int  # that it had
    were: dict[str, str | None]  # by their ids; to give them these again undoes it


@dataclass(frozen=True)
class Verdict:
    """A Brain Score, in short."""

    level: Level
    accuracy: float | None
    balanced_accuracy: float | None
    interval: tuple[float, float] | None
    weakest: str | None  # the class that does worst; None while none is judged
    weakest_accuracy: float | None


@dataclass(frozen=True)
class Foreseen:
    """What would become of the score."""

    frames: int  # that would be given another class, or none
    now: Verdict
    then: Verdict


def foresee_class(space: Workspace, given: Given) -> Foreseen:
    """Tell what it would do to the score to give all frames of a class another, or none."""
    into = None if given["into"] is None else labels.checked(given["into"])
    with space.thinking.alone:
        frames = _frames(space.thinking, given["label"])
        now = space.thinking.score()
        then = space.thinking.score_if(dict.fromkeys(frames, into))
    return Foreseen(len(frames), _verdict(now), _verdict(then))


def rename_class(space: Workspace, given: Given) -> Retagged:
    """Give a class another name."""
    return _retagged(space, given["label"], lambda: space.brain.rename_class(given["label"], given["new"]))


def merge_classes(space: Workspace, given: Given) -> Retagged:
    """Give all frames of a class to another."""
    return _retagged(space, given["label"], lambda: space.brain.merge_classes(given["label"], given["into"]))


def remove_class(space: Workspace, given: Given) -> Retagged:
    """Untag all frames of a class."""
    return _retagged(space, given["label"], lambda: space.brain.remove_class(given["label"]))


def _frames(brain: Brain, label: str) -> dict[str, str | None]:
    """Return the ids of the frames of a class, each with that class; UnknownClass where there are none."""
    name = labels.checked(label)
    frames: dict[str, str | None] = {each.id: name for each in brain.store.frames(tagged=True) if each.label == name}
    if not frames:
        raise UnknownClass(f"this brain has no class {name!r}; GET /api/classes tells those that it has")
    return frames


def _retagged(space: Workspace, label: str, act: Callable[[], int]) -> Retagged:
    with space.brain.alone:
        were = _frames(space.brain, label)
        return Retagged(act(), were)


def _verdict(score: Score) -> Verdict:
    judged = [(own.accuracy, label) for label, own in score.per_class.items() if own.accuracy is not None]
    accuracy, label = min(judged, default=(None, None))
    return Verdict(score.level, score.accuracy, score.balanced_accuracy, score.interval, label, accuracy)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "/foresee_class", "Tell what it would do to the score to give all frames of a class another, or none.",
        foresee_class, Foreseen,
        query={"label": _LABEL, "into": Field(TEXT, "the class that they would have; none if left out", needed=False)},
        of_brain=True,
    ),
    Operation(
        "POST", "/rename_class", "Give a class another name, which must be free.", rename_class, Retagged,
        json={"label": _LABEL, "new": Field(TEXT, "its new name")},
    ),
    Operation(
        "POST", "/merge_classes", "Give all frames of a class to another.", merge_classes, Retagged,
        json={"label": _LABEL, "into": Field(TEXT, "the class that they go to")},
    ),
    Operation(
        "POST", "/remove_class", "Untag all frames of a class; the pictures stay.", remove_class, Retagged,
        json={"label": _LABEL},
    ),
)  # fmt: skip
