"""The API of the camera that the pages look through: what it sees, tagged by whoever presses a key."""

from __future__ import annotations

from dataclasses import dataclass

from edge_brain.records import Role
from edge_brain.web.api.operations import TEXT, Field, Given, Operation
from edge_brain.web.camera import Sight
from edge_brain.web.workspace import Workspace


@dataclass(frozen=True)
class Caught:
    """What became of what the camera saw when it was tagged."""

    frame_id: str
    label: str
    role: Role
    burst: str
    were: dict[str, str | None]  # to give the frame this again undoes it


@dataclass(frozen=True)
class Said:
    """What is to be said of what was done."""

    message: str


def sight(space: Workspace, given: Given) -> Sight:
    """Tell what the camera sees."""
    return space.eye.latest


def tag(space: Workspace, given: Given) -> Caught:
    """Tag what the camera sees now."""
    done = space.eye.tag(given["label"])
    (frame_id,) = done.were
    frame = space.brain.store.frame(frame_id)
    return Caught(frame_id, done.label, frame.role or "learned", frame.burst, dict(done.were))


def part(space: Workspace, given: Given) -> Said:
    """Begin a new burst with the next tag."""
    return Said(space.eye.part())


def skip(space: Workspace, given: Given) -> Said:
    """Go on to the next picture of a folder."""
    return Said(space.eye.skip())


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/camera", "Tell what the camera sees, and what the brain takes it for.", sight, Sight),
    Operation(
        "POST", "/camera/tag", "Keep what the camera sees now, and say what it shows.", tag, Caught,
        json={"label": Field(TEXT, "a class")},
    ),
    Operation("POST", "/camera/part", "Begin a new burst with the next tag, for the thing was moved.", part, Said),
    Operation("POST", "/camera/skip", "Go on to the next picture, where the source is a folder.", skip, Said),
)  # fmt: skip
