"""The API of what was looked at again: what is discarded, erased for good, and suspects that are right."""

from __future__ import annotations

from dataclasses import dataclass

from edge_brain.errors import BadInput
from edge_brain.records import Erased, Frame
from edge_brain.web.api.operations import ID, IDS, YES, Field, Given, Operation
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
    """Delete discarded frames for good: those that who asks has seen, and no others."""
    return space.thinking.erase(given["frame_ids"])


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
        "POST", "/erase", "Delete discarded frames for good, all of them or none; it cannot be undone.", erase, Erased,
        json={"frame_ids": Field(IDS, "frames that are discarded")},
    ),
    Operation(
        "POST", "/confirm", "Say that a suspect's tag is right: the pages ask no more, until the server ends.", confirm,
        Confirmed, json={"frame_id": Field(ID, "the frame"), "right": Field(YES, "false takes it back")},
    ),
)  # fmt: skip
