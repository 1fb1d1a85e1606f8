"""A device in the field, as a process of its own: it lives, syncs, and notes what was acknowledged, until it is killed.

    journal    {"told": [[device, sequence, …], …]}     events that a call has returned of
               {"synced": {…}} | {"broken": "…"}        what became of an exchange

A line is in the journal, and on the disk, before anything else is done.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from lives import Life, pictures

from edge_brain import Brain
from edge_brain.errors import HubRefused, HubUnreachable
from edge_brain.sync import running
from edge_brain.sync.patience import Patience, Patient
from edge_brain.sync.running import sync_brain
from edge_brain.sync.stores import buckets, dav

STALLED_S = 0.6  # what a rover waits for a line that gives nothing
PATIENCE = Patience(tries=4, first_s=0.02, longest_s=0.2)
MOST_ACTS = 20  # between two exchanges


@dataclass(frozen=True)
class Orders:
    """What a rover is told at its start."""

    brain: str
    hub: str
    album: str
    journal: str
    seed: int
    wish: dict[str, Any]  # for sync_brain


def rove(orders: Orders) -> None:
    """Live and sync, again and again."""
    buckets.STALLED_S = dav.STALLED_S = STALLED_S
    buckets._SLOWEST_BYTES_S = 2**20
    chance = random.Random(orders.seed)
    with Brain.open(orders.brain) as brain, Path(orders.journal).open("ab") as journal:
        life = Life(brain, pictures(Path(orders.album)), chance)

        def note(**line: Any) -> None:
            journal.write(json.dumps(line).encode() + b"\n")
            journal.flush()
            os.fsync(journal.fileno())

        while True:
            for _ in range(chance.randint(1, MOST_ACTS)):
                note(told=[astuple(event) for event in life.goes_on()])
            _exchange(brain, orders, note)


def _exchange(brain: Brain, orders: Orders, note: Callable[..., None]) -> None:
    tried = list[Patient]()

    class Watched(Patient):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            tried.append(self)

    running.Patient = Watched  # type: ignore[misc]
    try:
        note(synced=asdict(sync_brain(brain, orders.hub, patience=PATIENCE, **orders.wish)))
    except (HubUnreachable, HubRefused) as error:
        note(broken=f"{type(error).__name__}: {error}", retried=sum(each.failures for each in tried))


if __name__ == "__main__":
    rove(Orders(**json.loads(sys.argv[1])))
