"""The page on which one tags: what the camera sees now, and the frames that were kept, the most useful burst first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, render_template

from edge_brain.records import Frame, Prediction
from edge_brain.tagging.session import KEYS
from edge_brain.web.once import OnceAState
from edge_brain.web.workspace import Workspace

_MOST = 400  # frames that wait on one page; the page asks for more as they are tagged


@dataclass(frozen=True)
class Waiting:
    """A frame that waits for a tag, and what the brain takes it for."""

    frame: Frame
    answer: Prediction


def routes(space: Workspace) -> Blueprint:
    """Return the routes of tagging."""
    blueprint = Blueprint("tag", __name__)
    useful = OnceAState(space, lambda space: space.thinking.untagged(useful_first=True))

    @blueprint.get("/tag")
    def tag() -> str:
        """Show what the camera sees, and what waits for a tag."""
        frames = useful.now()
        with space.brain.alone:
            waiting_now = {frame.id for frame in space.brain.untagged()}  # some may have been tagged meanwhile
            frames = [frame for frame in frames if frame.id in waiting_now]
            shown = frames[:_MOST]
            answers = space.brain.predict_frames([frame.id for frame in shown])
            classes = space.brain.classes()
        waiting = [Waiting(frame, answer) for frame, answer in zip(shown, answers, strict=True)]
        bursts = [list(group) for _, group in groupby(waiting, lambda each: each.frame.burst)]
        more = len(frames) - len(shown)
        return render_template(
            "tag.html", bursts=bursts, frames=len(frames), most=_MOST, more=more, classes=classes, keys=KEYS
        )

    return blueprint
