"""What workers do with the pictures of a hub: find out which are to be coded, code them, put the codes into the hub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from edge_brain import files
from edge_brain.errors import BadPicture
from edge_brain.exposure import Exposer, load_exposer
from edge_brain.fleet import reading
from edge_brain.outcomes import Refused
from edge_brain.replica import Look, Segment
from edge_brain.sync import names, segments


@dataclass(frozen=True)
class Seen:
    """What one segment tells of a frame, as far as it matters here."""

    frame: str
    learned: bool
    coded: bool  # as is wanted
    viewed: bool  # its views, too


@dataclass(frozen=True)
class Piece:
    """Frames that one segment tells of and that are to be coded, with what the new segment says of itself."""

    hub: str  # its location
    source: str  # the segment
    views: Mapping[str, bool]  # frame → whether its views are wanted
    contract: Mapping[str, str]
    device: str
    number: int  # of the first


@dataclass(frozen=True)
class Done:
    """What came of a piece."""

    frames: int  # that were coded
    aside: Sequence[Refused] = ()


def survey(hub: str, name: str, contract: Mapping[str, str]) -> list[Seen] | Refused:
    """Return what a segment tells of its frames, or why it has to be set aside."""
    segment = reading.segment_of(hub, name)
    if isinstance(segment, Refused):
        return segment
    learned, agrees = {event.frame for event in segment.events if event.role == "learned"}, segment.agrees(contract)
    return [
        Seen(look.frame, look.frame in learned, agrees and bool(look.code), agrees and bool(look.views))
        for look in segment.looks
    ]


def code(piece: Piece) -> Done:
    """Code the pictures of a piece, and put the codes into the hub as one segment; what cannot be used is set aside."""
    source = reading.segment_of(piece.hub, piece.source)
    if isinstance(source, Refused):
        return Done(0, [source])
    looks, aside = list[Look](), list[Refused]()
    for look in source.looks:
        if look.frame in piece.views:
            coded = _coded(piece, look)
            (aside if isinstance(coded, Refused) else looks).append(coded)  # type: ignore[arg-type]
    if looks:
        segment = Segment(piece.device, f"recode {piece.contract['extractor']}", piece.contract, (), looks)
        data = segments.to_bytes(segment)
        numbers = piece.number, piece.number + len(looks) - 1
        name = names.SegmentName(names.CODES, piece.device, *numbers, files.content_id(data))
        if (refused := reading.deliver(piece.hub, str(name), data)) is not None:
            return Done(0, [*aside, refused])
    return Done(len(looks), aside)


def _coded(piece: Piece, look: Look) -> Look | Refused:
    """Return what is known of a frame with its new codes, or why it has none."""
    name = names.frame(look.frame, look.suffix)
    data = reading.whole(piece.hub, name, look.frame)
    if isinstance(data, Refused):
        return data
    exposer = _exposer(tuple(sorted(piece.contract.items())))
    try:
        code = exposer.code(data).tobytes()
        views = exposer.views(data, name) if piece.views[look.frame] else b""
    except BadPicture as error:
        return Refused(name, str(error))
    return replace(look, code=code, views=views, thumbnail=b"")


@lru_cache(maxsize=1)
def _exposer(contract: tuple[tuple[str, str], ...]) -> Exposer:
    """Load an extractor, once in each process; ExtractorMismatch where another one goes by that name there."""
    return load_exposer(dict(contract), threads=1)
