"""Where things stand in a hub, format 1: names that say what is in an object, and which bytes it must have.

    edge_brain_hub.json                                    the marker
    events/<device>/<first>-<last>-<sha256>.jsonl.gz       events, with the codes of their frames
    codes/<device>/<first>-<last>-<sha256>.jsonl.gz        codes of frames without events, and those that came later
    frames/ab/<sha256>.jpg                                 pictures, byte for byte
    releases/<number>-<sha256>.brain                       releases, named by `production`

The SHA-256 is that of the object itself, so that `sha256sum` tells whether it is whole. All is lower case and ASCII,
and nothing differs by case alone: FAT can hold it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EVENTS, CODES, FRAMES, RELEASES = "events", "codes", "frames", "releases"
_SEGMENT = re.compile(r"(events|codes)/([0-9a-f]{16})/(\d{10})-(\d{10})-([0-9a-f]{64})\.jsonl\.gz")
_FRAME = re.compile(r"frames/([0-9a-f]{2})/(\1[0-9a-f]{62})(\.[a-z]{2,8})")


@dataclass(frozen=True)
class SegmentName:
    """What the name of a segment says."""

    kind: str  # "events" | "codes"
    device: str  # that tells them
    first: int  # the least of their numbers
    last: int
    sha256: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.device}/{self.first:010d}-{self.last:010d}-{self.sha256}.jsonl.gz"


def segment(name: str) -> SegmentName | None:
    """Return what the name of a segment says; None for any other name."""
    found = _SEGMENT.fullmatch(name)
    return None if found is None else SegmentName(found[1], found[2], int(found[3]), int(found[4]), found[5])


def frame(frame_id: str, suffix: str) -> str:
    """Return where a picture stands."""
    return f"{FRAMES}/{frame_id[:2]}/{frame_id}{suffix}"


def frame_id(name: str) -> str | None:
    """Return the frame whose picture stands under a name; None for any other name."""
    found = _FRAME.fullmatch(name)
    return None if found is None else found[2]
