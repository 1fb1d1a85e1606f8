"""Power cuts: a file system in a file, its writer stopped at a random moment, what the disk holds by then copied.

Linux keeps what was not synced in memory, so the file is what would be left on the disk: with `commit=600`
nothing reaches it but what was asked for. The copy is mounted, its journal replayed, and looked at.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from acts import CLASSES
from mounts import image_disk, make_image
from states import unsound
from tally import LONG_BEFORE, Tally

from edge_brain import Brain

HERE = Path(__file__).resolve().parent
NEXT = {
    "-": ["-", *CLASSES],
    **{label: [label, "spoon"] for label in CLASSES},
    "spoon": ["spoon"],
}  # may be there, unsaid
CUTS_A_DISK = 25  # then a new one is taken: what is looked at grows
WRITER = """
import sys
from itertools import count
from pathlib import Path
from pictures import scene
from edge_brain import Brain

with Brain.create(sys.argv[1], extractor="pixels") as brain:
    for number in count():
        label = ("cup", "fork", "mug")[number % 3]
        if number % 4 == 3:
            exposure = brain.exposer.expose(scene(label, number))
            brain.keep_exposures([exposure], burst=f"table {number // 8}")
            print(exposure.id, "-", flush=True)
            brain.retag([exposure.id], label)
            frame_id = exposure.id
        else:
            frame_id = brain.tag(scene(label, number), label).frame_id
        print(frame_id, label, flush=True)
        if number % 5 == 4:
            brain.retag([frame_id], "spoon")
            print(frame_id, "spoon", flush=True)
        if number % 40 == 39:
            brain.store.backup()
"""


@dataclass
class Writer:
    """A process that tags, and what it has acknowledged."""

    process: subprocess.Popen[bytes]
    said: dict[str, str] = field(default_factory=dict)  # frame → its class, or "-" where it is only kept
    last: str = ""  # frame
    _rest: bytes = b""

    def hear(self) -> int:
        """Take in what was acknowledged, and return how many frames it is by now."""
        assert self.process.stdout is not None
        while True:
            try:
                more = os.read(self.process.stdout.fileno(), 65536)
            except BlockingIOError:
                return len(self.said)
            if not more:
                raise AssertionError("the writer has ended")
            *lines, self._rest = (self._rest + more).split(b"\n")
            for line in lines:
                self.last, self.said[self.last] = line.decode().split()[0], line.decode().split()[1]

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop the process between two system calls for a while."""
        self.process.send_signal(signal.SIGSTOP)
        until = time.monotonic() + LONG_BEFORE
        # one that is in the midst of an fsync stops at its end: until then the copy would mix earlier and later
        while any(_state(task) != "T" for task in Path(f"/proc/{self.process.pid}/task").iterdir()):
            assert time.monotonic() < until, "the writer does not stop"
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


def power_cuts(place: Path, *, times: int, seed: int = 0) -> Tally:
    """Cut the power so many times at random moments while frames are tagged and kept, and look what is left."""
    tally = Tally("what was acknowledged survives a power cut", "ext4 as the disk held it at random moments of tagging")
    chance = random.Random(seed)
    while tally.times < times:
        image = make_image(place / "image")
        with image_disk(place / "disk", image) as disk, _writing(disk / "kitchen") as writer:
            for _ in range(min(CUTS_A_DISK, times - tally.times)):
                before, until = writer.hear(), time.monotonic() + LONG_BEFORE
                while writer.hear() < before + 2:
                    assert time.monotonic() < until, "the writer hangs"
                    time.sleep(0.005)
                time.sleep(chance.uniform(0, 0.1))
                with writer.stopped():
                    shutil.copyfile(image, place / "copy")
                    writer.hear()
                    acknowledged, last = dict(writer.said), writer.last
                tally.times += 1
                with image_disk(place / "after", place / "copy") as after:
                    _look(after / "kitchen", acknowledged, last, tally)
    return tally.end()


def _look(kitchen: Path, acknowledged: dict[str, str], last: str, tally: Tally) -> None:
    where = f"cut {tally.times}"
    found = list(unsound(kitchen))
    for what in found:
        if "has half a line" not in what:  # segments are not synced: they are made of what is
            tally.tear(f"{where}: {what}")
    if any("does not open" in what for what in found):
        return
    with Brain.open(kitchen) as brain:
        held = {frame.id: frame.label or "-" for frame in brain.store.frames()}
    for frame_id, label in acknowledged.items():
        if held.get(frame_id) not in (NEXT[label] if frame_id == last else [label]):
            tally.lose(f"{where}: {frame_id} is {held.get(frame_id)}, not {label}")
    tally.figures["acknowledged at the last cut"] = str(len(acknowledged))


@contextmanager
def _writing(kitchen: Path) -> Iterator[Writer]:
    path = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])
    command = [sys.executable, "-c", WRITER, str(kitchen)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}) as process:
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        try:
            yield Writer(process)
        finally:
            process.kill()


def _state(task: Path) -> str:
    try:
        return (task / "stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:  # it ended meanwhile
        return "T"
