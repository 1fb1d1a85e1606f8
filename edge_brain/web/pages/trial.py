"""The page on which one tries the brain on pictures outside it, without teaching it anything."""

from __future__ import annotations

from flask import Blueprint, render_template

from edge_brain.web.workspace import Workspace


def routes(space: Workspace) -> Blueprint:
    """Return the routes of trying."""
    blueprint = Blueprint("trial", __name__)

    @blueprint.get("/test")
    def trial() -> str:
        """Show where pictures can be dropped."""
        return render_template("trial.html")

    return blueprint
