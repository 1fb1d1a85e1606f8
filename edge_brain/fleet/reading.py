"""What workers do with a segment of a hub: read it, hold it against its name, unpack and parse it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TypeVar

from edge_brain import files
from edge_brain.errors import BrainDamaged, BrainTooNew, HubRefused, StoreMissing
from edge_brain.outcomes import Refused
from edge_brain.replica import Segment
from edge_brain.sync import names, segments
from edge_brain.sync.patience import Patience, Patient
from edge_brain.sync.stores import Store, open_store

_READS = 3  # of an object that is not what its name says: the fault may lie on the way
_HUBS = 8
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


def whole(hub: str, name: str, sha256: str) -> bytes | Refused:
    """Return the bytes of an object that are what its name says, or why there are none."""
    store = opened(hub)
    try:
        for _ in range(_READS):
            data = patiently(partial(store.read, name))
            if files.content_id(data) == sha256:
                return data
    except StoreMissing:
        return Refused(name, "it is listed and not there")
    except HubRefused as error:
        return Refused(name, str(error))
    return Refused(name, "its bytes are not what its name says")


def patiently(act: Callable[[], _Answer]) -> _Answer:
    """Do something with a hub, and again while it cannot be reached."""
    return Patient(Patience()).do(act)


@lru_cache(maxsize=_HUBS)
def opened(hub: str) -> Store:
    """Return the hub at a location; each process opens it once, and lets go of it when it ends."""
    return patiently(partial(open_store, hub))
