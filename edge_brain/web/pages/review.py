"""The pages on which one looks again at what was tagged: classes, their frames, suspects, what was discarded.

    review ─┬─ frames     of a class, or all: a grid to choose from
            ├─ untagged   what waits for a tag
            ├─ suspects   what looks wrongly tagged, one at a time
            └─ discarded  to be brought back, or erased for good

What is done to frames here is done by the API.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request

from edge_brain.tagging.session import KEYS
from edge_brain.web import again
from edge_brain.web.once import OnceAState
from edge_brain.web.pages import grid
from edge_brain.web.workspace import Workspace


def routes(space: Workspace) -> Blueprint:
    """Return the routes of reviewing."""
    blueprint = Blueprint("review", __name__)
    seen = OnceAState(space, again.look)
    doubtful = OnceAState(space, again.suspects)

    @blueprint.get("/review")
    def review() -> str:
        """Show the classes and the other places; `suspects` in the query waits until these are known, too."""
        known = doubtful.now() if "suspects" in request.args else doubtful.known()
        now = seen.now()
        return render_template(
            "review.html",
            classes=again.classes(now.images),
            untagged=sum(image.label is None for image in now.images),
            discarded=now.discarded,
            suspects=None if known is None else len(again.open_suspects(space, known)),
        )

    @blueprint.get("/review/frames")
    def frames() -> str:
        """Show the frames of a class, or all that are tagged."""
        return grid.tagged(seen.now().images)

    @blueprint.get("/review/untagged")
    def untagged() -> str:
        """Show the frames that wait for a tag."""
        return grid.untagged(seen.now().images)

    @blueprint.get("/review/discarded")
    def discarded() -> str:
        """Show what was discarded."""
        return grid.discarded(space.brain)

    @blueprint.get("/review/suspects")
    def suspects() -> str:
        """Show the frames that look wrongly tagged, each beside frames of the two classes in question."""
        left = again.open_suspects(space, doubtful.now())
        return render_template(
            "suspects.html",
            doubts=again.doubts(space, left),
            suspects=len(left),
            classes=space.brain.classes(),
            keys=KEYS,
        )

    return blueprint
