"""The API of what was looked at again: what is discarded, erased for good, and suspects that are right."""

from __future__ import annotations

from dataclasses import dataclass

from edge_brain.errors import BadInput
from edge_brain.records import Erased, Frame
from edge_brain.web.api.operations import ID, NUMBER, YES, Field, Given, Operation
from edge_brain.web.workspace import Workspace


@dataclass(frozen=True)
class Confirmed:
    """What was said of a suspect's tag."""

    frame_id: str
    label: str
    right: bool


def discarded(space: Workspace, given: Given) -> list[Frame]:
    """Tell what is discarded."""
    return space.brain.discarded()


def erase(space: Workspace, given: Given) -> Erased:
    """Delete for good what is discarded, if it is as many frames as who asks has seen."""
    with space.thinking.alone:
        frames = len(space.thinking.discarded())
        if frames != given["frames"]:
            raise BadInput(
                f"{frames} frames are discarded, not {given['frames']}: nothing was erased; look at them again"
            )
        return space.thinking.erase()


def confirm(space: Workspace, given: Given) -> Confirmed:
    """Say that the tag of a suspect is right, or take that back."""
    frame = space.brain.store.frame(given["frame_id"])
    if frame.label is None:
        raise BadInput(f"frame {frame.id[:12]} has no tag that could be right; tag it")
    if given["right"]:
        space.confirmed.add((frame.id, frame.label))
    else:
        space.confirmed.discard((frame.id, frame.label))
    return Confirmed(frame.id, frame.label, given["right"])


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/discarded", "Tell what was discarded, latest first, each with the tag that it had.", discarded,
              list[Frame], of_brain=True),
    Operation(
        "POST", "/erase", "Delete for good all that is discarded; it cannot be undone.", erase, Erased,
        json={"frames": Field(NUMBER, "how many are discarded, so that no more is erased than was seen")},
    ),
    Operation(
        "POST", "/confirm", "Say that a suspect's tag is right: the pages ask no more, until the server ends.", confirm,
        Confirmed, json={"frame_id": Field(ID, "the frame"), "right": Field(YES, "false takes it back")},
    ),
)  # fmt: skip
