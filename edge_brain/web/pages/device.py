"""The page about the device: camera, disk, service; and what one does now and then: retrain, export, report."""

from __future__ import annotations

from flask import Blueprint, render_template

from edge_brain.web.workspace import Workspace


def routes(space: Workspace) -> Blueprint:
    """Return the routes of the device."""
    blueprint = Blueprint("device", __name__)

    @blueprint.get("/device")
    def device() -> str:
        """Show how the device is."""
        return render_template("device.html")

    return blueprint
