"""Unattended, away from anybody: which frames are worth keeping, and what goes when room is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from edge_brain.brain import Brain
from edge_brain.capture import open_source
from edge_brain.field.keeper import Keeper, Rules
from edge_brain.records import Kept, Observation
from edge_brain.region import Region

__all__ = ["Keeper", "Rules", "capture_frames"]


def capture_frames(
    brain: Brain,
    source: str,
    rules: Rules | None = None,
    *,
    roi: Region | str | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Kept | Observation]:
    """Keep those shots of a source that are worth it as untagged frames; yield each when it is on the disk.

    What changes with the source itself, lost or well again, is yielded, too. It ends with the source, or soon after
    `stop` says so.
    """
    with open_source(source) as shots:
        yield from Keeper(brain, shots.name, rules or Rules()).follow(shots, roi=roi, stop=stop)
