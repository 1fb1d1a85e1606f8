"""The page on which the brain is tried: pictures that it does not hold, what it takes them for, and why.

Nothing is learned or kept by that, until a person adds a picture.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from edge_brain import reserve
from edge_brain.tagging.session import KEYS
from edge_brain.web.connection import MAX_BODY_BYTES
from edge_brain.web.workspace import Workspace


def routes(space: Workspace) -> Blueprint:
    """Return the routes of trying."""
    blueprint = Blueprint("trial", __name__)

    @blueprint.get("/test")
    def trial() -> str:
        """Show where pictures are dropped; the API's `look` answers each."""
        return render_template(
            "trial.html",
            classes=space.brain.classes(),
            keys=KEYS,
            most_bytes=MAX_BODY_BYTES,
            identical=reserve.IDENTICAL,
        )

    return blueprint
