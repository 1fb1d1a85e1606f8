"""The face of edge_brain: show it pictures, say what they are, ask it, and ask how far to trust it.

    with Brain.create("kitchen") as brain:
        brain.tag("mug.jpg", "mug")
        brain.predict(frame).label
        brain.score().level

Pictures are paths, bytes, PIL images or uint8 RGB arrays (height, width, 3). A tag that was returned is on
the disk. Several processes may have one brain open: each sees what the others tagged at its next call.
Threads may share a Brain; its methods run one at a time.
"""

from __future__ import annotations

from pathlib import Path

from edge_brain import extractor as extractors
from edge_brain.brain.summing import Summing
from edge_brain.exposure import contract
from edge_brain.region import Region
from edge_brain.store import Store

__all__ = ["Brain"]


class Brain(Summing):
    """One recogniser: classes, frames, tags, head and score, in a folder."""

    @classmethod
    def create(
        cls,
        folder: str | Path,
        *,
        extractor: str | None = None,
        region: Region | str | None = None,
        views: bool = True,
        threads: int | None = None,
    ) -> Brain:
        """Make a brain in a folder that has none.

        `extractor` is a name in `models/manifest.json`; `region` the part of every picture that it looks at,
        as fractions "x,y,width,height"; with `views` each frame is learned with its mirror image and its middle,
        which makes a brain of few frames surer and costs two more runs of the network a frame, none a prediction.
        They stay, until `retrain` changes them for all frames.
        """
        settings = contract(extractor or extractors.names()[0], Region.of(region), views=views)
        return cls(Store.create(Path(folder), settings), threads=threads)

    @classmethod
    def open(cls, path: str | Path, *, production: bool = False, threads: int | None = None) -> Brain:
        """Open the brain that stands in a folder, or a release, which is a file: that answers, and learns nothing.

        With `production` the release that was put into production in that folder answers, whatever is tagged there,
        and from the next call on the one that is put in its place. Of a release `released` is what it is. What would
        change it, or needs its pictures, raises BrainReadOnly.
        """
        if production:
            from edge_brain.brain.following import InProduction

            return InProduction(Path(path), threads=threads)
        if Path(path).is_file():
            from edge_brain.brain.frozen import Frozen

            return Frozen(Path(path), threads=threads)
        return cls(Store(Path(path)), threads=threads)
