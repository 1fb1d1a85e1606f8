"""What the surroundings say: where the models lie, which runtime and threads are wanted, what a terminal can show.

Read when asked, never at import.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from edge_brain.errors import BadInput

RUNTIMES = ("litert", "tflite-runtime")
Colours = Literal["true", "256", "none"]


def models_folder() -> Path:
    """Return the folder of the extractors: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "models"
    return inside if inside.is_dir() else package.parent / "models"


def wanted_runtime() -> str | None:
    """Return the runtime that `EDGE_BRAIN_RUNTIME` names; None leaves the choice to us."""
    name = os.environ.get("EDGE_BRAIN_RUNTIME") or None
    if name is not None and name not in RUNTIMES:
        raise BadInput(f"EDGE_BRAIN_RUNTIME is {name!r}: it must be one of {', '.join(RUNTIMES)}, or unset")
    return name


def threads() -> int:
    """Return how many threads the extractor may use: `EDGE_BRAIN_THREADS`, else one a core, four at most."""
    text = os.environ.get("EDGE_BRAIN_THREADS") or ""
    if not text:
        return min(4, os.cpu_count() or 1)
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise BadInput(f"EDGE_BRAIN_THREADS is {text!r}: it must be a whole number from 1 to 64")
    return int(text)


def terminal() -> str:
    """Return what kind of terminal this is, as `TERM` names it; "dumb" where nobody says."""
    return os.environ.get("TERM") or "dumb"


def colours() -> Colours:
    """Return how many colours the terminal shows, by `NO_COLOR`, `COLORTERM` and `TERM`."""
    if os.environ.get("NO_COLOR"):
        return "none"
    if os.environ.get("COLORTERM") in ("truecolor", "24bit") or "direct" in terminal():
        return "true"
    return "256" if "256color" in terminal() else "none"
