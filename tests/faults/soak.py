"""A camera for a long while: 20 frames a second looked at, what is new kept, some tagged, killed now and then."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from states import unsound
from tally import LONG_BEFORE, Tally

from edge_brain import Brain

HERE = Path(__file__).resolve().parent
FRAMES_A_SECOND, TAGGED = 20, 5  # every so-manieth frame that is kept is tagged
WAL_BYTES = 24 * 2**20  # journal_size_limit is 16 MiB, to which the log is cut when it was folded in
HANDLES = 4  # more than at first
KIB_A_FRAME = 16.0  # a frame that was tagged stays in memory: its rows, what it is called
WARM_S = 3.0  # until caches are filled
CAMERA = """
import sys
from itertools import count
from edge_brain import Brain
from edge_brain.field import Rules, capture_frames
from edge_brain.records import Kept

spec = f"synthetic:cup,fork,mug?fps={sys.argv[3]}&hold=0.2&size=160x120&seed={sys.argv[2]}"
with Brain.open(sys.argv[1]) as brain:
    number = count()
    for told in capture_frames(brain, spec, Rules(every_s=0, best_of_s=0, at_most_every_s=0)):
        if isinstance(told, Kept):
            print(told.id, "-", flush=True)
            if next(number) % int(sys.argv[4]) == 0:
                label = ("cup", "fork", "mug")[int(told.id[:4], 16) % 3]
                brain.retag([told.id], label)
                print(told.id, label, flush=True)
            if next(number) % 200 < 2:
                brain.score()
"""


@dataclass(frozen=True)
class Sample:
    """What a process takes at a moment of its life."""

    age_s: float
    memory_kib: int
    handles: int
    wal_bytes: int


def soak(place: Path, *, seconds: float, life_s: float, seed: int = 0) -> Tally:
    """Keep and tag for so long, killing after `life_s` on the average; the last process lives for a third of it."""
    done = (
        f"capture at {FRAMES_A_SECOND} frames a second, one kept in {TAGGED} tagged, killed every {life_s:.0f} s or so"
    )
    tally, chance = Tally("nothing grows, and nothing is lost, however long it runs", done), random.Random(seed)
    kitchen, acknowledged = place / "kitchen", dict[str, str]()
    Brain.create(kitchen, extractor="pixels").close()
    began, samples, started = time.monotonic(), list[list[Sample]](), 0
    while True:
        left = seconds - (time.monotonic() - began)
        last = left <= max(seconds / 3, 8)
        samples.append(
            _life(kitchen, started, left if last else min(left, chance.expovariate(1 / life_s)), acknowledged)
        )
        started += 1  # another world each time
        tally.times += 1
        if last:
            break
    _look(kitchen, acknowledged, tally)
    _judge(samples, tally)
    return tally.end()


def _life(kitchen: Path, start: int, life_s: float, acknowledged: dict[str, str]) -> list[Sample]:
    """Run a camera, look at it until it is killed, and take in what it acknowledged."""
    path = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])
    command = [sys.executable, "-c", CAMERA, *map(str, (kitchen, start, FRAMES_A_SECOND, TAGGED))]
    told = kitchen.parent / "told"
    with (
        told.open("wb") as out,
        subprocess.Popen(
            command, stdout=out, env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}
        ) as process,
    ):
        try:
            until = time.monotonic() + LONG_BEFORE
            while not told.stat().st_size:
                assert process.poll() is None and time.monotonic() < until, "the camera gives nothing"
                time.sleep(0.02)
            born, samples = time.monotonic(), list[Sample]()
            while time.monotonic() - born < life_s:
                assert process.poll() is None, "the camera has ended"
                samples.append(_sample(process.pid, kitchen, time.monotonic() - born))
                time.sleep(min(0.25, life_s))
        finally:
            process.send_signal(signal.SIGKILL)
    for line in told.read_text().split("\n")[:-1]:  # a line that was cut short was not said
        frame_id, label = line.split()
        acknowledged[frame_id] = label
    return samples


def _sample(pid: int, kitchen: Path, age_s: float) -> Sample:
    status = Path(f"/proc/{pid}/status").read_text()
    memory = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    wal = kitchen / "brain.db-wal"
    handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Sample(age_s, memory, handles, wal.stat().st_size if wal.exists() else 0)


def _look(kitchen: Path, acknowledged: dict[str, str], tally: Tally) -> None:
    for what in unsound(kitchen):
        if "has half a line" not in what:
            tally.tear(what)
    with Brain.open(kitchen) as brain:
        held = {frame.id: frame.label or "-" for frame in brain.store.frames()}
    for frame_id, label in acknowledged.items():
        if held.get(frame_id) != label and not (
            label == "-" and frame_id in held
        ):  # tagged, and killed before it said so
            tally.lose(f"{frame_id} is {held.get(frame_id)}, not {label}")
    tally.figures["frames acknowledged"] = str(len(acknowledged))


def _judge(samples: list[list[Sample]], tally: Tally) -> None:
    """Look whether anything has grown with a process's age, in the one that lived longest."""
    longest = [sample for sample in max(samples, key=len) if sample.age_s >= WARM_S]
    if len(longest) < 8:
        tally.wrong.append("no process lived long enough to tell whether it grows")
        return
    ages, memory = np.array([(sample.age_s, sample.memory_kib) for sample in longest], float).T
    slope = float(np.polyfit(ages, memory, 1)[0])  # KiB a second
    allowed = KIB_A_FRAME * FRAMES_A_SECOND / TAGGED + 4096 / (ages[-1] - ages[0])  # and a page cache that fills
    wal = max(sample.wal_bytes for life in samples for sample in life)
    handles = max(sample.handles for sample in longest) - longest[0].handles
    tally.figures |= {
        "memory": f"{slope:+.1f} KiB/s over {ages[-1]:.0f} s, {memory.max() / 1024:.0f} MiB",
        "write-ahead log": f"{wal / 2**20:.1f} MiB at most",
        "handles": f"{handles:+d}",
    }
    if slope > allowed:
        tally.wrong.append(f"memory grows by {slope:.1f} KiB a second")
    if wal > WAL_BYTES:
        tally.wrong.append(f"the write-ahead log has {wal} bytes")
    if handles > HANDLES:
        tally.wrong.append(f"{handles} more handles than at first")
