"""What workers do with the objects of a hub: read and check them, parse them, put them there and read them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import TypeVar

from edge_brain.errors import BrainDamaged, BrainTooNew, HubFull, HubRefused
from edge_brain.outcomes import Refused
from edge_brain.replica import Segment
from edge_brain.sync import carrying, names, segments
from edge_brain.sync.carrying import Carrier
from edge_brain.sync.names import SegmentName
from edge_brain.sync.patience import Patience, Patient
from edge_brain.sync.stores import Item, Store, open_store

_HUBS = 8
_ASKED = 16  # devices whose last segments say how codes are made
_Answer = TypeVar("_Answer")


def segment_of(hub: str, name: str) -> Segment | Refused:
    """Return a segment of the hub at a location, or why it has to be set aside; HubUnreachable is for the whole hub."""
    known = names.segment(name)
    if known is None:
        return Refused(name, "its name is not that of a segment")
    data = whole(hub, name, known.sha256)
    if isinstance(data, Refused):
        return data
    try:
        segment = segments.from_bytes(data, name)
    except (BrainDamaged, BrainTooNew) as error:
        return Refused(name, str(error))
    return segment if segment.device == known.device else Refused(name, f"it is of device {segment.device}")


def listed(store: Store) -> list[SegmentName]:
    """Return the segments that a hub lists, in the order of their names."""
    found = list[SegmentName]()
    for kind in (names.EVENTS, names.CODES):
        items = patiently(partial(_items, store, kind))
        found += filter(None, (names.segment(item.name) for item in items))
    return sorted(found, key=str)


def _items(store: Store, folder: str) -> list[Item]:
    return list(store.list(folder))


def pictures(store: Store) -> set[str]:
    """Return the frames whose pictures a hub lists."""
    return set(filter(None, (names.frame_id(item.name) for item in patiently(partial(_items, store, names.FRAMES)))))


def usual(hub: str, segments_there: Sequence[SegmentName]) -> dict[str, str]:
    """Return how most devices of a hub make codes by now, of some that are asked."""
    last = {name.device: str(name) for name in segments_there if name.kind == names.EVENTS}
    last = last or {name.device: str(name) for name in segments_there}
    told = [segment_of(hub, last[device]) for device in sorted(last)[:: max(1, len(last) // _ASKED)]]
    contracts = [dict(each.contract) for each in told if isinstance(each, Segment)]
    if not contracts:
        raise HubRefused(f"no device has told anything in the hub at {hub} that can be read; nothing was made")
    return max(contracts, key=lambda each: (contracts.count(each), sorted(each.items())))


def whole(hub: str, name: str, sha256: str) -> bytes | Refused:
    """Return the bytes of an object that are what its name says, or why there are none."""
    try:
        data = Carrier(opened(hub), Patient(Patience())).whole(name, sha256)
    except HubRefused as error:
        return Refused(name, str(error))
    return data if isinstance(data, bytes) else Refused(name, data)


def deliver(hub: str, name: str, data: bytes) -> Refused | None:
    """Put an object into a hub and read it back; return why that was in vain, None where it was not."""
    try:
        given_back = Carrier(opened(hub), Patient(Patience())).put(name, data)
    except HubFull:
        raise  # nothing more will go in
    except HubRefused as error:
        return Refused(name, str(error))
    return None if given_back else Refused(name, carrying.NOT_GIVEN_BACK)


def patiently(act: Callable[[], _Answer]) -> _Answer:
    """Do something with a hub, and again while it cannot be reached."""
    return Patient(Patience()).do(act)


@lru_cache(maxsize=_HUBS)
def opened(hub: str) -> Store:
    """Return the hub at a location; each process opens it once, and lets go of it when it ends."""
    return patiently(partial(open_store, hub))
