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
from edge_brain.exposure import ExtractorLike, contract
from edge_brain.own import Given, check
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
        extractor: ExtractorLike | None = None,
        region: Region | str | None = None,
        views: bool = True,
        threads: int | None = None,
    ) -> Brain:
        """Make a brain in a folder that has none.

        `extractor` is a name in `models/manifest.json`, an app's own (`OwnExtractor`), or `Codes`, where only those
        come, as from a camera that looks itself; `region` the part of every picture that it looks at, as fractions
        "x,y,width,height"; with `views` each frame is learned with its mirror image and its middle, which makes a brain
        of few frames surer and costs two more runs of the network a frame, none a prediction.
        They stay, until `retrain` changes them for all frames.
        """
        chosen = extractors.names()[0] if extractor is None else extractor
        settings = contract(chosen, Region.of(region), views=views)
        given = None if isinstance(chosen, str) else chosen
        return cls(Store.create(Path(folder), settings), threads=threads, given=given)

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        production: bool = False,
        extractor: Given | None = None,
        threads: int | None = None,
    ) -> Brain:
        """Open the brain that stands in a folder, or a release, which is a file: that answers, and learns nothing.

        `extractor` is the app's own, where the brain was made with one: without it, codes are told and asked, and a
        picture raises ExtractorMismatch. So does here one that is another than that.

        With `production` the release that was put into production in that folder answers, whatever is tagged there,
        and from the next call on the one that is put in its place. Of a release `released` is what it is. What would
        change it, or needs its pictures, raises BrainReadOnly.
        """
        if production:
            from edge_brain.brain.following import InProduction

            return InProduction(Path(path), threads=threads, given=extractor)
        if Path(path).is_file():
            from edge_brain.brain.frozen import Frozen

            return Frozen(Path(path), threads=threads, given=extractor)
        store = Store(Path(path))
        try:
            check(extractor, store.codes_contract())
        except BaseException:
            store.close()
            raise
        return cls(store, threads=threads, given=extractor)
