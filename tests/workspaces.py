"""What tests of the workspace share: frames that wait, and records as they come over the wire."""

from __future__ import annotations

import json
from typing import Any

from pictures import scene

from edge_brain import Brain
from edge_brain.plain import plain

TOKEN = "only for this test"


def wire(value: Any) -> Any:
    """What becomes of a record on its way."""
    return json.loads(json.dumps(plain(value)))


def keep(brain: Brain, label: str, number: int, frames: int = 1) -> None:
    """Keep frames of one scene, untagged, as a camera does."""
    exposures = [brain.exposer.expose(scene(label, number * 10 + frame)) for frame in range(frames)]
    brain.keep_exposures(exposures, burst=f"{label} {number}")
