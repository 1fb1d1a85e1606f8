"""The API of a picture that is shown and not kept: what the brain takes it for, and why."""

from __future__ import annotations

from dataclasses import dataclass

from edge_brain import files
from edge_brain.errors import UnknownFrame
from edge_brain.records import Frame, Near, Prediction
from edge_brain.web.api.operations import COUNT, Field, Given, Operation
from edge_brain.web.workspace import Workspace

_NEAREST = 5


@dataclass(frozen=True)
class Looked:
    """What a picture shows, why, and whether that proves anything."""

    frame_id: str  # that it has, or would have
    prediction: Prediction
    nearest: list[Near]  # the learned frames that look most like it, best first
    held: Frame | None  # this very picture, where the brain holds it already


def look(space: Workspace, given: Given) -> Looked:
    """Say what a picture shows, and what it looks like; the network runs once."""
    brain, frame_id = space.brain, files.content_id(given.body)
    with brain.alone:
        code, prediction = brain.look(given.body)
        (nearest,) = brain.nearest_codes([code], given["count"] or _NEAREST)
        return Looked(frame_id, prediction, nearest, held(space, frame_id))


def held(space: Workspace, frame_id: str) -> Frame | None:
    """Return a frame that the brain may hold; to be called while it is held alone."""
    try:
        return space.brain.store.frame(frame_id)
    except UnknownFrame:  # also where its picture was erased
        return None


def nearest(space: Workspace, given: Given) -> list[Near]:
    """Tell the learned frames that look most like a picture."""
    return space.brain.nearest(given.body, given["count"] or _NEAREST)


_COUNT = {"count": Field(COUNT, f"how many learned frames; {_NEAREST} where it is not given", needed=False)}
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST", "/look",
        "Say what a picture shows, which learned frames it looks like, and whether it is one that the brain holds.",
        look, Looked, query=_COUNT, picture=True,
    ),
    Operation(
        "POST", "/nearest", "Tell the learned frames that look most like a picture, best first.", nearest, list[Near],
        query=_COUNT, picture=True,
    ),
)  # fmt: skip
