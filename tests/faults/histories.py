"""Any history of up to eight devices comes to the same on all of them, and to what a plain reckoning makes of it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from replicas import World, best_codes, everything, reckoned, standing_of
from tally import Tally

_MEMORY = Path("/dev/shm")  # what is tried here is not the disk


def histories(place: Path, *, times: int) -> Tally:
    """Let so many worlds live, tell all to all, and hold each device against the reckoning."""
    tally = Tally("devices that heard the same are the same, to the bit", f"{times} histories of up to 8 devices")
    events = devices = 0
    folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else place))
    try:
        for seed in range(times):
            world = World(folder / str(seed), seed)
            try:
                _live(world, f"seed {seed}", tally)
                events, devices = events + len(world.events), devices + len(world.devices)
            finally:
                world.close()
                shutil.rmtree(folder / str(seed))
    finally:
        shutil.rmtree(folder)
    disagree = len({each.partition(":")[0] for each in tally.wrong})
    tally.figures |= {"agree": f"{times - disagree:,} of {times:,}", "devices": f"{devices:,}", "events": f"{events:,}"}
    return tally.end()


def _live(world: World, where: str, tally: Tally) -> None:
    world.live(world.random.randint(5, 40))
    world.tell_all()
    tally.times += 1
    stores = [device.store for device in world.devices]
    expected = reckoned(world.events, best_codes(stores))
    for number, store in enumerate(stores):
        here = [event for _, event in everything(store)]
        if world.events - set(here):
            tally.lost += 1
            tally.wrong.append(f"{where}: device {number} lacks events")
        if len(here) > len(set(here)) or set(here) - world.events:
            tally.wrong.append(f"{where}: device {number} has events that nobody told, or twice")
        if standing_of(store) != expected:
            tally.wrong.append(f"{where}: device {number} makes something else of them")
        if damage := list(store.damage()):
            tally.torn += 1
            tally.wrong.append(f"{where}: device {number}: {damage}")
