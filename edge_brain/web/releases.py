"""The releases that were made here: files in the brain's folder, `releases/release-0003.brain`, to be downloaded.

Each is read whole, and checked, when it is first listed, and again only when another file stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from edge_brain import files
from edge_brain.errors import EdgeBrainError
from edge_brain.records import Released
from edge_brain.release import form

_PATTERN = "release-*.brain"
_Mark = tuple[int, int, int]


@dataclass(frozen=True)
class Offered:
    """A release that can be downloaded."""

    released: Released
    made_at: float  # wall time, seconds since 1970
    download: str  # where from


def path_of(brain: Path, number: int) -> Path:
    """Return where the release of a number stands."""
    return brain / "releases" / f"release-{number:04d}.brain"


def offered(brain: Path) -> list[Offered]:
    """Return the releases that are whole, the last first."""
    found = [_read(path, mark)[0] for path, mark in _marked(brain)]
    whole = [each for each in found if each is not None]
    return sorted(whole, key=lambda each: each.released.number, reverse=True)


def troubles(brain: Path) -> list[str]:
    """Return what is wrong with releases that are not whole."""
    return [wrong for path, mark in _marked(brain) if (wrong := _read(path, mark)[1])]


def _marked(brain: Path) -> Iterator[tuple[Path, _Mark]]:
    for path in sorted((brain / "releases").glob(_PATTERN)):
        if mark := files.mark(path):
            yield path, mark


@lru_cache(maxsize=256)
def _read(path: Path, mark: _Mark) -> tuple[Offered | None, str]:
    """Return the release in a file that is marked so, or what is wrong with it."""
    try:
        _, released = form.read(path)
    except EdgeBrainError as error:
        return None, str(error)
    return Offered(released, mark[1] / 1e9, f"/download/release/{released.number}"), ""
