"""Codes all pictures of a hub by another extractor, before any device has it.

    segments ─ which frames are there, which are coded so ─> pieces of some pictures ─ workers code ─> codes/<device>/…

The new codes stand in the hub like those of any device, under an id that follows from the hub and from how they are
made. A device that is retrained for that extractor takes them in with the next sync, also those of frames whose
pictures it never had. Each piece is put there whole and read back: whoever goes on after a kill finds it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from edge_brain import exposure
from edge_brain.fleet import coding, reading
from edge_brain.fleet.coding import Piece
from edge_brain.fleet.crew import Crew, Died, crew
from edge_brain.outcomes import Recoded, Refused
from edge_brain.region import Region
from edge_brain.replica import spelled
from edge_brain.sync import marker
from edge_brain.sync.names import SegmentName
from edge_brain.sync.session import Progress
from edge_brain.sync.stores import open_store

_AT_ONCE = 64  # pictures: what a kill may cost, once for each worker
_DIES = "whoever works on it dies of it"


@dataclass
class _Frame:
    """What all segments tell of a frame, as far as it matters here."""

    source: int  # the first of the segments that tell of it
    learned: bool = False
    coded: bool = False
    viewed: bool = False


def recode(
    hub: str,
    extractor: str,
    *,
    region: Region | str | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Recoded:
    """Code all pictures of the hub at a location by an extractor, those that are not coded so yet.

    The region is that which most devices of the hub look at, where none is given; frames that any device has learned
    get their views, where most devices learn those. `scheduler` and `workers` are as for `build`. It may be broken
    off anywhere, and goes on there the next time.

    Raises HubUnreachable when it may go better the next time, HubRefused when it will not, ExtraMissing without the
    extra [fleet].
    """
    store = reading.patiently(partial(open_store, hub))
    try:
        found = reading.patiently(partial(marker.find, store))
        listed, there = reading.listed(store), reading.pictures(store)
        usual = reading.usual(hub, listed)
        contract = exposure.contract(extractor, Region.of(region or usual["region"]), views=bool(usual["views"]))
        with crew(scheduler, workers) as hands:
            recoding = _Recoding(hub, hands, contract, listed, progress)
            recoding.survey()
            return recoding.code(there, _device(found.id, contract), store.name)
    finally:
        store.close()


class _Recoding:
    """One recoding of one hub."""

    def __init__(
        self,
        hub: str,
        hands: Crew,
        contract: Mapping[str, str],
        listed: list[SegmentName],
        progress: Progress | None,
    ) -> None:
        self._hub, self._hands, self._contract = hub, hands, contract
        self._listed = [str(name) for name in listed]
        self._progress = progress or (lambda what, done, total: None)
        self._frames = dict[str, _Frame]()
        self._aside = list[Refused]()

    def survey(self) -> None:
        """Find out which frames there are, and which are coded already."""
        pieces = ((self._hub, name, self._contract) for name in self._listed)
        place_of = {name: place for place, name in enumerate(self._listed)}
        for done, ((_, name, _), told) in enumerate(self._hands.each(coding.survey, pieces)):
            self._progress("segments", done + 1, len(self._listed))
            if isinstance(told, Died):
                self._aside.append(Refused(name, _DIES))
            elif isinstance(told, Refused):
                self._aside.append(told)
            else:
                for seen in told:
                    frame = self._frames.setdefault(seen.frame, _Frame(place_of[name]))
                    frame.source = min(frame.source, place_of[name])
                    frame.learned |= seen.learned
                    frame.coded |= seen.coded
                    frame.viewed |= seen.viewed

    def code(self, there: set[str], device: str, place: str) -> Recoded:
        """Code what is not coded yet, of the pictures that are there; return what was done."""
        due = {name: frame for name, frame in self._frames.items() if self._is_due(frame)}
        present = {name: frame for name, frame in due.items() if name in there}
        coded = done = count = 0
        for (piece,), told in self._hands.each(coding.code, ((each,) for each in self._pieces(present, device))):
            done += len(piece.views)
            self._progress("pictures", done, len(present))
            if isinstance(told, Died):
                self._aside += [Refused(frame, _DIES) for frame in piece.views]
                continue
            coded, count = coded + told.frames, count + bool(told.frames)
            self._aside += told.aside
        return Recoded(
            hub=place,
            extractor=self._contract["extractor"],
            frames=coded,
            already=len(self._frames) - len(due),
            lacking=len(due) - len(present),
            segments=count,
            aside=sorted(self._aside, key=lambda refused: refused.path),
        )

    def _is_due(self, frame: _Frame) -> bool:
        return not frame.coded or (frame.learned and bool(self._contract["views"]) and not frame.viewed)

    def _pieces(self, frames: Mapping[str, _Frame], device: str) -> Iterator[Piece]:
        """Yield what is to be coded, segment by segment, always in the same order."""
        number, views = 1, bool(self._contract["views"])
        by_source = dict[int, list[str]]()
        for name in sorted(frames):
            by_source.setdefault(frames[name].source, []).append(name)
        for source, own in sorted(by_source.items()):
            for start in range(0, len(own), _AT_ONCE):
                wanted = {name: frames[name].learned and views for name in own[start : start + _AT_ONCE]}
                yield Piece(self._hub, self._listed[source], wanted, self._contract, device, number)
                number += len(wanted)


def _device(hub_id: str, contract: Mapping[str, str]) -> str:
    """Return the id under which codes stand that are made so: the same for whoever makes them in this hub."""
    return hashlib.sha256(f"{hub_id} {spelled(contract)}".encode()).hexdigest()[:16]
