"""The API of what was looked at again: what is discarded, erased for good, and suspects that are right."""

from __future__ import annotations

from dataclasses import dataclass

from edge_brain import labels
from edge_brain.errors import TagChanged
from edge_brain.outcomes import Erased
from edge_brain.records import Frame
from edge_brain.web.api.operations import ID, IDS, TEXT, YES, Field, Given, Operation
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
    frame_id, label = given["frame_id"], labels.checked(given["label"])
    with space.brain.alone:
        now = space.brain.store.frame(frame_id).label
    if not given["right"]:
        space.confirmed.discard((frame_id, label))
    elif now == label:
        space.confirmed.add((frame_id, label))
    else:
        tagged = "without a tag" if now is None else f"tagged {now!r}"
        raise TagChanged(f"frame {frame_id[:12]} is {tagged} by now, not tagged {label!r}: look at it again")
    space.pulse.again()
    return Confirmed(frame_id, label, given["right"])


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/discarded", "Tell what was discarded, latest first, each with the tag that it had.", discarded,
              list[Frame], of_brain=True),
    Operation(
        "POST", "/erase", "Delete discarded frames for good, all of them or none; it cannot be undone.", erase, Erased,
        json={"frame_ids": Field(IDS, "frames that are discarded")},
    ),
    Operation(
        "POST", "/confirm", "Say that a suspect's tag is right: the pages ask no more, until the server ends.", confirm,
        Confirmed,
        json={
            "frame_id": Field(ID, "the frame"),
            "label": Field(TEXT, "the tag that was seen; if it is another by now, nothing is done"),
            "right": Field(YES, "false takes it back"),
        },
    ),
)  # fmt: skip
