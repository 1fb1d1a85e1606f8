"""The releases that were made here: files in the brain's folder, `releases/release-0003.brain`, to be downloaded.

Each is read whole, and checked, when it is first listed, and again only when another file stands in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from edge_brain import files
from edge_brain.errors import EdgeBrainError, StorageFailed
from edge_brain.outcomes import Released
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
    whole = [each for each, _ in _found(brain) if each is not None]
    return sorted(whole, key=lambda each: each.released.number, reverse=True)


def troubles(brain: Path) -> list[str]:
    """Return what is wrong with releases that are not whole."""
    return [wrong for _, wrong in _found(brain) if wrong]


def _found(brain: Path) -> Iterator[tuple[Offered | None, str]]:
    """Yield each release, or what is wrong with it."""
    for path in sorted((brain / "releases").glob(_PATTERN)):
        if mark := files.mark(path):
            try:
                yield _read(path, mark)
            except StorageFailed as error:  # the disk, or the system: it may be read the next time
                yield None, str(error)


@lru_cache(maxsize=256)
def _read(path: Path, mark: _Mark) -> tuple[Offered | None, str]:
    """Return the release in a file that is marked so, or what is wrong with it; raise what may pass."""
    try:
        _, released = form.read(path)
    except StorageFailed:
        raise
    except EdgeBrainError as error:
        return None, str(error)
    return Offered(released, mark[1] / 1e9, f"/download/release/{released.number}"), ""
