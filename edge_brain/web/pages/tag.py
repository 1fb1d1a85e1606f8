"""The page on which one tags: what the camera sees now, and the frames that were kept, burst by burst."""

from __future__ import annotations

from flask import Blueprint, render_template

from edge_brain.web.workspace import Workspace


def routes(space: Workspace) -> Blueprint:
    """Return the routes of tagging."""
    blueprint = Blueprint("tag", __name__)

    @blueprint.get("/tag")
    def tag() -> str:
        """Show what waits for a tag."""
        return render_template("tag.html", frames=space.brain.untagged(), classes=space.brain.classes())

    return blueprint
