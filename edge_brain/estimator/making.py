"""The new brain of a classifier: it is there, and has learned, or nothing of it is left."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from edge_brain import extractor as extractors
from edge_brain.brain import Brain
from edge_brain.errors import BadInput, BrainExists, EdgeBrainError
from edge_brain.estimator.rows import length_of
from edge_brain.exposure import ExtractorLike, PictureLike
from edge_brain.own import Codes
from edge_brain.records import Tagging

WHO = "estimator"


def extractor_for(rows: Sequence[PictureLike]) -> ExtractorLike:
    """Return the extractor of a brain that nobody has chosen one for."""
    if (length := length_of(rows)) is None:
        return extractors.names()[0]
    if length == 1:
        raise BadInput("X has 1 feature(s), while a minimum of 2 is required: one number has no direction")
    return Codes("features", length)


def made(
    home: Path, taggings: Sequence[Tagging], *, extractor: ExtractorLike, views: bool, threads: int | None
) -> Brain:
    """Make a brain in a folder and teach it; where either fails, the folder is as it was before."""
    before = set(home.iterdir()) if home.is_dir() else None
    try:
        brain = Brain.create(home, extractor=extractor, views=views, threads=threads)
        try:
            brain.tag_exposures(taggings, who=WHO)
        except BaseException:
            with suppress(EdgeBrainError):  # it goes
                brain.close()
            raise
    except BrainExists:  # another's
        raise
    except BaseException:
        if before is None:
            shutil.rmtree(home, ignore_errors=True)
        else:
            for path in set(home.iterdir()) - before:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise
    return brain
