"""A bad network between devices and their hub: what they acknowledged is on all of them in the end, once, and whole.

    rovers, each a process ──┐                 ┌── wsgidav
    and a clone of one ──────┴── lines.BadLine ┴── an S3 server

The line cuts, stalls and flips bytes; rovers are killed and started again, and one is cloned. Then the line is mended,
all of them sync until nothing changes any more, and `reckonings` looks at what became of it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import hubs
from lines import BadLine
from pictures import again, save, scene
from reckonings import Noted, reckon
from rover import Orders
from tally import LONG_BEFORE, Tally

from edge_brain import Brain
from edge_brain.outcomes import Synced
from edge_brain.sync.running import sync_brain
from edge_brain.sync.stores import Store, open_store

HERE = Path(__file__).resolve().parent
KINDS = ("webdav", "s3")
WISHES: dict[str, dict[str, Any]] = {
    "one": {"thin_after_s": 0.5}, "two": {"fetch": "untagged"}, "three": {"fetch": "all"}, "clone": {},
}  # fmt: skip
LIVES_S = (2.0, 15.0)  # between two kills
MOST_ROUNDS = 12  # in which all have to settle
PICTURES = 40  # of each class
_EXCHANGED = ("events_sent", "events_taken", "frames_taken", "pictures_sent", "pictures_fetched", "pictures_thinned",
              "sent_bytes")  # fmt: skip


def networks(
    place: Path, *, kinds: Sequence[str] = KINDS, cuts: int, every: int = 30_000, seed: int = 0,
    lives_s: tuple[float, float] = LIVES_S, extractor: str = "pixels", album: Path | None = None,
) -> Tally:  # fmt: skip
    """Let devices live and sync over a line that is cut so many times, once with a hub of each kind.

    Harm is done about every so many bytes, and a device is killed when it has lived for `lives_s`, by chance.
    """
    tally = Tally("over a bad network nothing is lost, and nothing comes twice", f"{cuts} cuts, over each of {kinds}")
    album = album or make_album(place / "album", PICTURES)
    for kind in kinds:
        trial = Trial(place / kind, album, seed, extractor, lives_s, tally)
        with served(kind, place / kind) as (port, location), BadLine(port, seed, every=every) as line:
            trial.run(line, location.format(port=line.port), cuts)
            tally.times += line.cuts
            tally.figures |= {f"{kind}: {name}": value for name, value in trial.figures(line).items()}
    return tally.end()


def make_album(folder: Path, count: int) -> Path:
    """Write so many pictures of each class into a folder, and return it."""
    for label in ("cup", "fork", "mug"):
        for number in range(count):
            save(folder, f"{label}/{number}.jpg", again(scene(label, number).repeat(3, 0).repeat(3, 1)))
    return folder


@contextmanager
def served(kind: str, place: Path) -> Iterator[tuple[int, str]]:
    """Run a server, and yield its port and where there is room for a hub: `{port}` is to be put in."""
    place.mkdir(parents=True)
    with ExitStack() as stack:
        if kind == "webdav":
            (place / "server").mkdir()
            yield stack.enter_context(hubs.webdav(place / "server")).port, "http://ann:hu%2Fsh@127.0.0.1:{port}/hub"
            return
        program = stack.enter_context(hubs.s3())
        keys = {"AWS_ACCESS_KEY_ID": program.said["key"], "AWS_SECRET_ACCESS_KEY": program.said["secret"]}
        stack.enter_context(mock.patch.dict(os.environ, keys))
        yield program.port, "s3://hubs/hub?endpoint=http://127.0.0.1:{port}"


@dataclass
class Rover:
    """A device, and the process that it is at the moment."""

    folder: Path
    process: subprocess.Popen[bytes] | None = None
    killed_at: float = 0.0  # when it is to be

    @property
    def journal(self) -> Path:
        """The file outside of its brain in which it notes what was acknowledged."""
        return self.folder.with_suffix(".journal")


class Trial:
    """Devices that share one hub."""

    def __init__(
        self, place: Path, album: Path, seed: int, extractor: str, lives_s: tuple[float, float], tally: Tally
    ) -> None:
        self._place, self._album, self._tally = place, album, tally
        self._chance, self._extractor, self._lives_s = random.Random(seed), extractor, lives_s
        self._rovers = dict[str, Rover]()
        self._count = Counter[str]()
        self._began = time.monotonic()

    def run(self, line: BadLine, location: str, cuts: int) -> None:
        """Do all of it."""
        line.good = True
        open_store(location, create=True).close()
        for name in ("one", "two", "three"):
            self._rovers[name] = Rover(self._place / name)
            Brain.create(self._place / name, extractor=self._extractor).close()
        line.good = False
        try:
            self._rove(line, location, cuts)
        finally:
            for rover in self._rovers.values():
                self._kill(rover)
        line.good = True
        self._count["seconds on the bad line"] = round(time.monotonic() - self._began)
        self._settle(location)

    def _rove(self, line: BadLine, location: str, cuts: int) -> None:
        """Let the rovers live, and kill them now and then, until the line was cut so often."""
        seen, changed = 0, time.monotonic()
        while line.cuts < cuts or "clone" not in self._rovers:
            if line.cuts >= cuts / 2 and "clone" not in self._rovers:
                self._clone("two")
            for name, rover in self._rovers.items():
                if rover.process is None:
                    self._start(name, rover, location)
                elif rover.process.poll() is not None:
                    self._tally.wrong.append(f"{name} ended by itself: {self._complaint(rover)}")
                    return
                elif time.monotonic() > rover.killed_at:
                    self._kill(rover)
            time.sleep(0.02)
            if line.cuts > seen:
                seen, changed = line.cuts, time.monotonic()
            if time.monotonic() - changed > LONG_BEFORE:
                self._tally.wrong.append("the rovers stand still")
                return

    def _start(self, name: str, rover: Rover, location: str) -> None:
        seed = self._chance.getrandbits(32)
        orders = Orders(str(rover.folder), location, str(self._album), str(rover.journal), seed, WISHES[name])
        path = os.pathsep.join([str(HERE), str(HERE.parent), str(HERE.parent.parent)])
        with rover.folder.with_suffix(".complaint").open("wb") as complaint:
            rover.process = subprocess.Popen(
                [sys.executable, "-W", "error", str(HERE / "rover.py"), json.dumps(asdict(orders))],
                env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"}, stderr=complaint,
            )  # fmt: skip
        rover.killed_at = time.monotonic() + self._chance.uniform(*self._lives_s)

    def _kill(self, rover: Rover) -> None:
        if rover.process is not None:
            rover.process.kill()
            self._count["kills"] += rover.process.wait() == -signal.SIGKILL
            rover.process = None

    def _complaint(self, rover: Rover) -> str:
        return rover.folder.with_suffix(".complaint").read_text()[-2_000:]

    def _clone(self, name: str) -> None:
        """Copy a device's card: two machines have one id from now on."""
        self._kill(self._rovers[name])
        self._rovers["clone"] = Rover(self._place / "clone")
        shutil.copytree(self._rovers[name].folder, self._place / "clone")

    def _settle(self, location: str) -> None:
        """Let all sync until nothing changes, and reckon what became of it."""
        with ExitStack() as stack:
            brains = {name: stack.enter_context(Brain.open(each.folder)) for name, each in self._rovers.items()}
            told = dict[str, Synced]()
            for number in range(MOST_ROUNDS):
                told = {name: sync_brain(brain, location, **WISHES[name]) for name, brain in brains.items()}
                self._count["forks noticed"] += sum(each.forked_from is not None for each in told.values())
                if not any(getattr(each, what) for each in told.values() for what in _EXCHANGED):
                    self._count["rounds until nothing changed"] = number
                    break
            else:
                self._tally.wrong.append(f"after {MOST_ROUNDS} rounds something still changes: {told}")
            noted = {name: Noted.of(rover.journal) for name, rover in self._rovers.items()}
            self._count += sum((each.count for each in noted.values()), Counter[str]())
            store = stack.enter_context(_closing(open_store(location)))
            self._count += reckon(brains, noted, store, told, self._tally)

    def figures(self, line: BadLine) -> dict[str, str]:
        """Return what happened, and how often."""
        counted = {**line.counts, **self._count, "seconds in all": round(time.monotonic() - self._began)}
        return {name: f"{counted[name]:,}" for name in sorted(counted)}


@contextmanager
def _closing(store: Store) -> Iterator[Store]:
    try:
        yield store
    finally:
        store.close()
