"""The marker: the object by which a hub is known as one, whatever store it lies in.

    edge_brain_hub.json      {"format": 1, "hub": "<32 hex>", "made_at": "2026-05-04T10:20:30Z"}

Without it a path is not taken for a hub: under a stick that is not plugged in there is a folder, too, and what
is put there is on no stick. It is written once, by whoever makes the hub, and never changed.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass

from edge_brain import clock
from edge_brain.errors import BrainTooNew, HubRefused, StoreMissing
from edge_brain.sync.stores.store import MARKER, Store

FORMAT = 1


@dataclass(frozen=True)
class Hub:
    """What the marker of a hub says."""

    id: str  # 32 hex digits
    made_at: str  # by the clock of whoever made it


def find(store: Store) -> Hub:
    """Return the hub that a store holds; HubRefused when it holds none, BrainTooNew for one of a later edge_brain."""
    try:
        data = store.read(MARKER)
    except StoreMissing as error:
        raise HubRefused(
            f"there is no hub at {store.name}: nothing there is called {MARKER}. Make one with "
            f"`edge-brain sync --init`, or look whether this is the place, and the stick or share is there"
        ) from error
    return _parsed(data, store.name)


def make(store: Store) -> Hub:
    """Make a hub of what a store holds, unless it is one; two who do so at once end with the same."""
    said = {"format": FORMAT, "hub": uuid.uuid4().hex, "made_at": clock.stamp(clock.now())}
    data = json.dumps(said).encode() + b"\n"
    try:
        return _parsed(store.read(MARKER), store.name)
    except StoreMissing:
        ours = store.add(MARKER, data)  # the other's stays, if there is one by now
    try:
        return find(store)
    except (HubRefused, BrainTooNew):
        if not ours:
            raise
    store.replace(MARKER, data)  # it came changed
    return find(store)


def _parsed(data: bytes, where: str) -> Hub:
    try:
        said = json.loads(data)
        form = said["format"]
        if isinstance(form, int) and form > FORMAT:
            raise BrainTooNew(
                f"the hub at {where} is of format {form}, this edge_brain knows up to {FORMAT}; install a newer one"
            )
        hub, made_at = said["hub"], said["made_at"]
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        raise _damaged(where) from error
    if form != FORMAT or not isinstance(made_at, str) or not re.fullmatch("[0-9a-f]{32}", str(hub)):
        raise _damaged(where)
    return Hub(hub, made_at)


def _damaged(where: str) -> HubRefused:
    return HubRefused(
        f"{MARKER} in {where} is damaged. What lies beside it is not: remove that file, "
        "and make it again with `edge-brain sync --init`"
    )
