"""How long it takes to fold a hub of many devices into one brain, and how much memory, as the devices grow more.

    python tools/fleet_sim.py              10 to 1,000 devices of 1,000 events each: an hour, and 15 GB of disk
    python tools/fleet_sim.py --quick      10 devices of 300 events, as the suite does it

The devices are made up (see fleet_world.py): their codes are drawn around prototypes so that answers mean something,
no picture was ever taken, and none is in the hub, as after `sync --send events`. All else is real: the segments, the
store, `edge-brain fleet build` on two processes of its own. It is built from nothing, then once more with nothing new.
Memory is the most that each process ever had (VmHWM).
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import fleet_world
from figures import Neighbours, place, table
from fleet_world import Truth, World

from edge_brain import Brain
from edge_brain.store import Store
from edge_brain.sync import names, segments
from edge_brain.sync.stores.folder import Folder

GROWTH = ((10, 1_000), (30, 1_000), (100, 1_000), (300, 1_000), (1_000, 1_000))  # devices, events each
QUICK = ((10, 300),)
WORKERS = 2
_SERIAL = 20_000  # events up to which the same is merged one segment after another, to be held against it
_LOOK_S = 0.2


@dataclass(frozen=True)
class Run:
    """What a build took."""

    told: dict[str, Any]  # what it printed
    seconds: float
    driver_bytes: int
    worker_bytes: int  # of the largest


def main() -> int:
    """Print the table; the exit code is 1 when anything was lost, came twice, or differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="10 devices of 300 events")
    parser.add_argument("--rows", type=int, nargs="*", help="only these rows of the table, from 1")
    parser.add_argument("--place", type=Path, help="a folder with room for hub and brain; else that of temporary files")
    chosen = parser.parse_args()
    growth = QUICK if chosen.quick else GROWTH
    rows, wrong, neighbours = list[list[str]](), list[str](), Neighbours()
    print(place(WORKERS, "made-up codes", "lite0-224"), flush=True)
    for devices, events in [growth[row - 1] for row in chosen.rows or range(1, len(growth) + 1)]:
        with tempfile.TemporaryDirectory(dir=chosen.place) as folder:
            row, faults = simulate(Path(folder), devices, events)
        rows.append(row)
        wrong += [f"{devices} devices: {fault}" for fault in faults]
        print(" · ".join(row), flush=True)
    print()
    print(table(HEAD, rows))
    print(f"\nmeanwhile {neighbours}")
    print(*(f"WRONG: {each}" for each in wrong), sep="\n")
    return 1 if wrong else 0


HEAD = [
    "devices", "events", "frames", "hub", "brain", "build", "events/s", "nothing new", "driver", "worker", "score",
]  # fmt: skip


def simulate(folder: Path, devices: int, events: int) -> tuple[list[str], list[str]]:
    """Return the row of a table, and what is wrong."""
    hub, common = folder / "hub", folder / "common"
    truth = write_hub(hub, devices, events)
    unusable = fleet_world.write_damage(hub)
    first = build(hub, common)
    again = build(hub, common)
    size = sum(path.stat().st_size for path in common.rglob("*") if path.is_file())
    faults = list(compare(common, truth, first.told, unusable))
    if any(again.told[each] for each in ("segments", "events", "frames")):
        faults.append(f"the second build took something in: {again.told}")
    if truth.events <= _SERIAL and (digest := serial(folder / "serial", hub)) != digest_of(common):
        faults.append(f"merged one after another it comes to another head: {digest}")
    score = first.told["score"]
    row = [
        f"{devices:,}", f"{truth.events:,}", f"{truth.frames:,}", f"{truth.size_bytes / 1e6:,.0f} MB",
        f"{size / 1e6:,.0f} MB", f"{first.seconds:,.0f} s", f"{truth.events / first.seconds:,.0f}",
        f"{again.seconds:,.0f} s", f"{first.driver_bytes / 1e6:,.0f} MB", f"{first.worker_bytes / 1e6:,.0f} MB",
        f"{score['level']} {score['balanced_accuracy'] or 0:.1%}",
    ]  # fmt: skip
    return row, faults


def write_hub(hub: Path, devices: int, events: int) -> Truth:
    """Write the hub of so many devices, of so many events each."""
    fleet_world.make_hub(hub)
    truth = Truth()
    with get_context("spawn").Pool(WORKERS) as pool:
        for each in pool.imap_unordered(partial(_write_device, hub, events), range(devices), chunksize=1):
            truth.add(each)
    return truth


def _write_device(hub: Path, events: int, device: int) -> Truth:
    return fleet_world.write_device(World(), hub, device, events)


def build(hub: Path, common: Path) -> Run:
    """Build the common brain in a process of its own."""
    command = [sys.executable, "-m", "edge_brain", "fleet", "build", hub, "-o", common, "--json"]
    start = time.monotonic()
    # files, as what is told of a thousand devices is more than a pipe holds that nobody reads meanwhile
    with (
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
        subprocess.Popen([*map(str, command), "--workers", str(WORKERS)], stdout=out, stderr=err) as process,
    ):
        peaks = dict[int, int]()
        while process.poll() is None:
            for pid in (process.pid, *_children(process.pid)):
                peaks[pid] = max(peaks.get(pid, 0), _most_bytes(pid))
            time.sleep(_LOOK_S)
        seconds = time.monotonic() - start
        told, said = (stream.seek(0) or stream.read() for stream in (out, err))
    if process.returncode not in (0, 3):
        raise RuntimeError(f"the build failed: {said.decode()}")
    others = [most for pid, most in peaks.items() if pid != process.pid]
    return Run(json.loads(told), seconds, peaks.get(process.pid, 0), max(others, default=0))


def _children(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for path in Path(f"/proc/{pid}/task").glob("*/children"):
            yield from map(int, path.read_text().split())


def _most_bytes(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def compare(common: Path, truth: Truth, told: dict[str, Any], unusable: int) -> Iterator[str]:
    """Yield what differs between a brain and what was written into the hub."""
    store = Store(common)
    try:
        query = f"SELECT count(*) AS events, sum(clock % {fleet_world.PRIME}) AS clocks FROM events"
        (row,) = store.database.rows(query)
        found = {"events": row["events"], "clocks": row["clocks"], "frames": store.census.frames()}
        for key, value in found.items():
            if value != getattr(truth, key):
                yield f"{key}: {getattr(truth, key)} were written, {value} are here"
        if (told["events"], told["frames"]) != (found["events"], found["frames"]):
            yield f"it says that it took in {told['events']} events and {told['frames']} frames"
        if len(told["aside"]) != unusable or len(told["forked"]) != truth.clones:
            yield f"{told['aside']} were set aside, {told['forked']} were found to be forked"
        if truth.events <= _SERIAL:
            yield from store.damage()
    finally:
        store.close()


def serial(folder: Path, hub: Path) -> str:
    """Return the digest of what comes of the hub when its segments are merged one by one, in an order of chance."""
    source = Folder(str(hub))
    listed = sorted(str(name) for item in source.list(names.EVENTS) if (name := names.segment(item.name)))
    random.Random(1).shuffle(listed)
    with Brain.create(folder, extractor=fleet_world.SETTINGS["extractor"]) as brain:
        for name in listed:
            with suppress(RuntimeError):  # those that nobody can use
                brain.merge(segments.from_bytes(source.read(name), name))
        return brain.head_digest()


def digest_of(folder: Path) -> str:
    """Return the digest of the exact state of a brain."""
    with Brain.open(folder) as brain:
        return brain.head_digest()


if __name__ == "__main__":
    sys.exit(main())
