"""Folds the hub of any number of devices into one common brain.

    segments ─ workers read, check, parse ─> the driver merges, some thousand events a transaction ─> the brain
    its codes ─ workers multiply, add up ─> the exact head, held against the brain's own ─> classifier, score

What a segment tells is noted in the transaction that takes it in: broken off anywhere, a build goes on there the
next time, and a second one takes only what is new. What cannot be used is set aside, told, and tried again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge_brain import clock
from edge_brain import extractor as extractors
from edge_brain.brain import Brain
from edge_brain.errors import BrainNotFound, ExtractorMismatch
from edge_brain.fleet import reading, summing
from edge_brain.fleet.crew import Crew, Died, crew
from edge_brain.outcomes import Built, Refused
from edge_brain.region import Region
from edge_brain.replica import Segment
from edge_brain.store.sharing import Heard
from edge_brain.sync import marker
from edge_brain.sync.names import SegmentName
from edge_brain.sync.stores import open_store

Progress = Callable[[str, int, int], None]  # what is being done; how many are done, of how many
_AT_ONCE = 8_000  # events, and frames told of, in a transaction
_AHEAD_S = 300.0  # that a clock may be ahead before it is told


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
        self._aside, self._aside_before = dict[str, str](), set(self._sharing.aside(hub))
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
        score = self._brain.take_sums(summing.head_of(self._brain, self._hands))
        self._progress("frames", 1, 1)
        self._sharing.synced(self._hub, clock.now())
        said, now = self._brain.store.census.said(), clock.now()
        ahead = {each.device: clock.wall_time(each.clock) - now for each in said}
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
            forked=[each.device for each in said if each.events > each.numbers],
            ahead={device: seconds for device, seconds in ahead.items() if seconds > _AHEAD_S},
            aside=[Refused(name, reason) for name, reason in sorted(self._aside.items())],
        )

    def _read(self, due: Sequence[str]) -> Iterator[tuple[str, Segment | Refused]]:
        for (_, name), told in self._hands.each(reading.segment_of, ((self._location, name) for name in due)):
            yield name, Refused(name, "whoever reads it dies of it") if isinstance(told, Died) else told

    def _merge(self, waiting: list[tuple[Segment, Heard]]) -> None:
        """Take in what waits, in one transaction."""
        own = self._sharing.own_devices()
        if any(each.device in own and not self._sharing.holds(each.events) for each, _ in waiting):
            self._brain.store.become_new_device()  # another machine goes by this brain's id
        for merged in self._brain.merge_many(waiting, copied=False):
            self._count["events"] += merged.events
            self._count["frames"] += merged.frames
        for _, heard in waiting:
            if heard.name in self._aside_before:
                self._sharing.no_longer_aside(self._hub, heard.name)
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
    here = extractors.contract(name)["fingerprint"] if name in extractors.names() else "none of that name"
    if chosen is None and here != wanted:
        raise ExtractorMismatch(
            f"most devices of the hub code pictures with extractor {wanted}, here is {here}; "
            "install the edge_brain that they have, or name another extractor, whose codes are waited for"
        )
    return Brain.create(folder, extractor=name, region=region or usual["region"], views=bool(usual["views"]))
