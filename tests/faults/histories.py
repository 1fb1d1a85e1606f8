"""Any history of up to eight devices comes to the same on all of them, and to what a plain reckoning makes of it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from replicas import World, disagreements
from tally import Tally

_MEMORY = Path("/dev/shm")  # what is tried here is not the disk


def histories(place: Path, *, times: int) -> Tally:
    """Let so many worlds live, tell all to all, and hold each device against the reckoning."""
    tally = Tally("devices that heard the same are the same, to the bit", f"{times} histories of up to 8 devices")
    events = devices = agree = 0
    folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else place))
    try:
        for seed in range(times):
            world = World(folder / str(seed), seed)
            try:
                wrong = list(disagreements(world))
                events, devices = events + len(world.events), devices + len(world.devices)
            finally:
                world.close()
                shutil.rmtree(folder / str(seed))
            tally.times += 1
            agree += not wrong
            tally.lost += any(each.startswith("lost") for each in wrong)
            tally.torn += any(each.startswith("torn") for each in wrong)
            tally.wrong += [f"seed {seed}: {each}" for each in wrong]
    finally:
        shutil.rmtree(folder)
    tally.figures |= {"agree": f"{agree:,} of {times:,}", "devices": f"{devices:,}", "events": f"{events:,}"}
    return tally.end()
