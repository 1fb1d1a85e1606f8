"""The pages on which one looks over what was tagged: the frames of a class, and those that look wrongly tagged."""

from __future__ import annotations

from flask import Blueprint, render_template

from edge_brain.web.workspace import Workspace


def routes(space: Workspace) -> Blueprint:
    """Return the routes of reviewing."""
    blueprint = Blueprint("review", __name__)

    @blueprint.get("/review")
    def review() -> str:
        """Show the classes."""
        return render_template("review.html", classes=space.brain.classes())

    @blueprint.get("/review/class")
    def frames() -> str:
        """Show the frames of a class: ?label=…."""
        return render_template("review.html", classes=space.brain.classes())

    @blueprint.get("/review/suspects")
    def suspects() -> str:
        """Show the frames that look wrongly tagged."""
        return render_template("review.html", classes=space.brain.classes())

    return blueprint
