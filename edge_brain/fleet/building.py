"""Folds the hub of any number of devices into one common brain.

    segments ─ workers read, check, parse ─> the driver merges, some thousand events a transaction ─> the brain
    its codes ─ workers multiply, add up ─> the exact head, held against the brain's own ─> classifier, score

What a segment tells is noted in the transaction that takes it in: broken off anywhere, a build goes on there the
next time, and a second one takes only what is new. What cannot be used is set aside, told, and tried again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge_brain import clock, own
from edge_brain import extractor as extractors
from edge_brain.brain import Brain
from edge_brain.errors import BadInput, BrainBusy, BrainDamaged, BrainNotFound, ExtractorMismatch
from edge_brain.fleet import reading, summing
from edge_brain.fleet.crew import Crew, Died, crew
from edge_brain.outcomes import Built, Refused
from edge_brain.records import Score
from edge_brain.region import Region
from edge_brain.replica import Segment
from edge_brain.store import Store
from edge_brain.store.sharing import Heard
from edge_brain.sync import marker
from edge_brain.sync.names import SegmentName
from edge_brain.sync.session import Progress
from edge_brain.sync.stores import open_store
from edge_brain.views import SETTING

_AT_ONCE = 8_000  # events, and frames told of, in a transaction
_TRIES = 3  # to sum up the brain as it is, while others tag


def build(
    hub: str,
    folder: str | Path,
    *,
    extractor: str | None = None,
    region: Region | str | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Built:
    """Fold what all devices of the hub at a location have told into the brain in a folder, which is made if need be.

    A new brain has the extractor and the region that most devices of the hub have, where none are given: codes
    that were made otherwise wait. `scheduler` is the address (tcp://…) of a Dask scheduler, whose workers must reach
    the hub at the same location; else so many processes of this machine work, as many as it has cores.

    Raises HubUnreachable when it may go better the next time, HubRefused when it will not, ExtraMissing without the
    extra [fleet], and BrainDamaged when the codes do not add up to the head that was merged.
    """
    store = reading.patiently(partial(open_store, hub))
    try:
        found = reading.patiently(partial(marker.find, store))
        listed = reading.listed(store)
        with crew(scheduler, workers) as hands, _brain(Path(folder), hub, listed, extractor, region) as brain:
            building = Building(brain, hands, hub, brain.store.sharing.hub(found.id, store.name), progress)
            building.gather(listed)
            return building.finish(store.name, found.id)
    finally:
        store.close()


class Building:
    """One build of one brain from one hub."""

    def __init__(self, brain: Brain, hands: Crew, location: str, hub: int, progress: Progress | None) -> None:
        """Take an open brain, workers, where they find the hub, and its number in the brain."""
        self._brain, self._hands, self._location, self._hub = brain, hands, location, hub
        self._progress = progress or (lambda what, done, total: None)
        self._sharing = brain.store.sharing
        self._aside = dict[str, str]()
        self._count = Counter[str]()

    def gather(self, listed: Sequence[SegmentName]) -> None:
        """Take in all segments of the hub that are not here yet."""
        self._sharing.lost(self._hub, self._sharing.all_known(self._hub) - {str(name) for name in listed})
        known = self._sharing.known(self._hub)
        due = [str(name) for name in listed if str(name) not in known]
        waiting = list[tuple[Segment, Heard]]()
        for done, (name, told) in enumerate(self._read(due)):
            self._progress("segments", done, len(due))
            if isinstance(told, Refused):
                self._set_aside(name, told.reason)
                continue
            waiting.append((told, Heard(self._hub, name)))
            if sum(len(each.events) + len(each.looks) for each, _ in waiting) >= _AT_ONCE:
                self._merge(waiting)
        self._merge(waiting)
        self._progress("segments", len(due), len(due))

    def finish(self, place: str, hub_id: str) -> Built:
        """Have the exact head summed, held against the brain's own and solved; return what was done."""
        self._progress("frames", 0, 1)
        score = self._score()
        self._progress("frames", 1, 1)
        self._sharing.synced(self._hub, clock.now(), self._aside)
        census = self._brain.store.census
        return Built(
            folder=str(self._brain.folder),
            hub=place,
            hub_id=hub_id,
            score=replace(score, images=[]),
            segments=self._count["segments"],
            devices=sum(each.last_event is not None or each.frames > 0 for each in self._brain.devices()),
            events=self._count["events"],
            frames=self._count["frames"],
            waiting=self._sharing.waiting(),
            forked=[each.device for each in census.said() if each.events > each.numbers],
            ahead=census.ahead(clock.now()),
            aside=[Refused(name, reason) for name, reason in sorted(self._aside.items())],
        )

    def _score(self) -> Score:
        for _ in range(_TRIES):
            with self._brain.store.database.snapshot():
                before, summed = self._state(), summing.head_of(self._brain, self._hands)
            try:
                return self._brain.take_sums(summed)
            except BrainDamaged:
                if self._state() == before:
                    raise
        raise BrainBusy("others tag in the common brain so fast that it could not be scored; all was taken in")

    def _state(self) -> tuple[object, ...]:
        """Return what is another after each change of what is learned: others may tag in the common brain."""
        store = self._brain.store
        return store.last_event(), store.last_view(), store.refolds(), store.setting("edition")

    def _read(self, due: Sequence[str]) -> Iterator[tuple[str, Segment | Refused]]:
        for (_, name), told in self._hands.each(reading.segment_of, ((self._location, name) for name in due)):
            yield name, Refused(name, "whoever reads it dies of it") if isinstance(told, Died) else told

    def _merge(self, waiting: list[tuple[Segment, Heard]]) -> None:
        """Take in what waits, in one transaction."""
        own, *_ = self._sharing.own_devices()
        if any(each.device == own and not self._sharing.holds(each.events) for each, _ in waiting):
            self._brain.store.become_new_device()  # another machine goes by this brain's id
        for merged in self._brain.merge_many(waiting, copied=False):
            self._count["events"] += merged.events
            self._count["frames"] += merged.frames
        self._count["segments"] += len(waiting)
        waiting.clear()

    def _set_aside(self, name: str, reason: str) -> None:
        self._aside[name] = reason
        self._sharing.set_aside(self._hub, name, reason, clock.now())


def _brain(
    folder: Path, hub: str, listed: Sequence[SegmentName], chosen: str | None, region: Region | str | None
) -> Brain:
    """Return the common brain, open; a new one looks at pictures as most devices of the hub do."""
    with suppress(BrainNotFound):
        return Brain.open(folder)
    usual = reading.usual(hub, listed)
    name, wanted = chosen or usual["extractor"], usual["fingerprint"]
    if own.is_own(wanted) and name == usual["extractor"]:
        if region is not None:
            raise BadInput(f"region {region}: the codes of {name!r} come from the hub as they were made; leave it out")
        return Brain(Store.create(folder, usual | {"views": SETTING if usual["views"] else ""}))
    here = extractors.contract(name)["fingerprint"] if name in extractors.names() else "none of that name"
    if chosen is None and here != wanted:
        raise ExtractorMismatch(
            f"most devices of the hub code pictures with extractor {wanted}, here is {here}; "
            "install the edge_brain that they have, or name another extractor, whose codes are waited for"
        )
    return Brain.create(folder, extractor=name, region=region or usual["region"], views=bool(usual["views"]))
