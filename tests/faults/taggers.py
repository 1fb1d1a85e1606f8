"""Several processes that tag one brain at once: other pictures, and the same ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from states import unsound
from tally import LONG_BEFORE, Tally

from edge_brain import Brain

HERE = Path(__file__).resolve().parent
PROCESSES, SHARED = 8, 6  # pictures that all of them tag, in bursts of two
TAGGER = """
import sys
from pictures import scene
from edge_brain import Brain

folder, own, pictures, shared = sys.argv[1], *map(int, sys.argv[2:])
with Brain.open(folder) as brain:
    print(flush=True)
    sys.stdin.readline()
    for number in range(pictures):
        label = ("cup", "fork", "mug")[number % 3]
        tag = brain.tag(scene(label, 1000 * (own + 1) + number), label, burst=f"{label} {number // 6}")
        print(tag.frame_id, tag.label, tag.burst, tag.role, sep="\\t", flush=True)
        if number < shared:
            tag = brain.tag(scene("spoon", number), "spoon", burst=f"spoon {number // 2}")
            print(tag.frame_id, tag.label, tag.burst, tag.role, sep="\\t", flush=True)
"""


def taggers(place: Path, *, pictures: int) -> Tally:
    """Let eight processes tag so many pictures each, and some pictures all of them, in bursts that they share."""
    done = f"{PROCESSES} processes tag {pictures} pictures each, and {SHARED} that are the same"
    tally = Tally("what several processes tag at once is all there", done)
    Brain.create(place / "kitchen", extractor="pixels").close()
    path = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", TAGGER, *map(str, (place / "kitchen", own, pictures, SHARED))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
        )
        for own in range(PROCESSES)
    ]  # fmt: skip
    try:
        for process in processes:
            assert process.stdout is not None
            process.stdout.readline()  # all of them are ready
        began, said = time.monotonic(), list[list[str]]()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in processes:
            told, complaint = process.communicate(timeout=LONG_BEFORE + pictures)
            said += [line.split("\t") for line in told.splitlines() if line]
            if process.returncode:
                tally.wrong.append(complaint[-1000:])
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    tally.times = len(said)
    tally.figures["tags a second"] = f"{len(said) / (time.monotonic() - began):.0f}"
    _look(place / "kitchen", said, tally)
    if len(said) != PROCESSES * (pictures + min(SHARED, pictures)):
        tally.wrong.append(f"{len(said)} tags were acknowledged")
    return tally.end()


def _look(kitchen: Path, said: list[list[str]], tally: Tally) -> None:
    for what in unsound(kitchen):  # doctor: the head is the sum of the codes, a tag has the role of its burst
        tally.tear(what)
    with Brain.open(kitchen) as brain:
        held = {frame.id: [frame.label, frame.burst, frame.role] for frame in brain.store.frames()}
        events = brain.store.last_event()
    for frame_id, *told in said:
        if held.get(frame_id) != told:
            tally.lose(f"{frame_id} is {held.get(frame_id)}, not {told}")
    if events != len(held):
        tally.wrong.append(f"{events} events of {len(held)} frames: one was tagged twice")
