"""Hubs whose line breaks off, and hubs that lie: three devices in one process, and the doubles that ship.

Over a line that breaks off all converge. Of a hub that lies nothing is counted as sent that it did not give back in
that moment, and no picture is taken away but such a one; when it has become honest, all converge.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

from lives import Life, Picture, pictures
from networks import make_album
from reckonings import Noted, reckon
from tally import Tally

from edge_brain import Brain, files
from edge_brain.errors import HubRefused, HubUnreachable
from edge_brain.outcomes import Synced
from edge_brain.replica import Event
from edge_brain.store.sharing import Sharing
from edge_brain.store.thinning import Thinning
from edge_brain.sync import marker, names
from edge_brain.sync.patience import Patience
from edge_brain.sync.running import sync_brain
from edge_brain.sync.stores import Item, Store
from edge_brain.sync.stores.doubles import Flaky, Lying, Memory

AT_ONCE = Patience(tries=2, first_s=0.0)
WISHES: tuple[dict[str, Any], ...] = ({"thin_after_s": 0.0}, {"fetch": "untagged"}, {"fetch": "all"})
DEVICES = ("one", "two", "three")
FORGETTING = 4  # rounds in which a hub forgets what it was about to forget
MOST_ROUNDS = 15  # in which all have to settle
_MEMORY = Path("/dev/shm")


class Witness:
    """A store that remembers what it gave back, since something was put there last."""

    def __init__(self, store: Store) -> None:
        self.name, self._store = store.name, store
        self.given = dict[str, bytes]()

    def list(self, folder: str) -> Iterator[Item]:
        """Yield what the store lists."""
        yield from self._store.list(folder)

    def read(self, name: str) -> bytes:
        """Return what the store gives back, and remember it."""
        self.given.pop(name, None)
        self.given[name] = data = self._store.read(name)
        return data

    def add(self, name: str, data: bytes) -> bool:
        """Put an object, which nobody has seen yet."""
        self.given.pop(name, None)
        return self._store.add(name, data)

    def replace(self, name: str, data: bytes) -> None:
        """Put an object, which nobody has seen yet."""
        self.given.pop(name, None)
        self._store.replace(name, data)

    def size(self, name: str) -> int | None:
        """Return what the store says."""
        return self._store.size(name)

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()


def untrue(place: Path, *, times: int, seed: int = 0) -> Tally:
    """Let three devices live, so many times with a line that breaks off and so many with a hub that lies."""
    tally = Tally("a hub's word is not taken for a deed", f"3 devices, {times} lines that break off, {times} that lie")
    folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else place))
    try:
        album = pictures(make_album(folder / "album", 8))
        for number in range(seed, seed + times):
            for kind in ("flaky", "lying"):
                with ExitStack() as stack:
                    brains = {
                        name: stack.enter_context(Brain.create(folder / f"{number} {kind}" / name, extractor="pixels"))
                        for name in DEVICES
                    }
                    _run(brains, kind, number, album, tally)
                shutil.rmtree(folder / f"{number} {kind}")
                tally.times += 1
    finally:
        shutil.rmtree(folder)
    return tally.end()


def _run(brains: dict[str, Brain], kind: str, seed: int, album: list[Picture], tally: Tally) -> None:
    chance, before = random.Random(f"{kind} {seed}"), len(tally.wrong)
    hub = Memory()
    marker.make(hub)
    double = Flaky(hub, seed, rate=0.3) if kind == "flaky" else Lying(hub, seed, rate=0.25)
    witness = Witness(double)
    lives = [Life(brain, album, random.Random(f"{seed} {name}")) for name, brain in brains.items()]
    told = set[Event]()
    with watched(witness, tally) as taken_away:
        for _ in range(chance.randint(4, 12)):
            which = chance.randrange(len(DEVICES))
            for _ in range(chance.randint(0, 4)):
                told.update(lives[which].goes_on())
            with suppress(HubUnreachable, HubRefused):
                sync_brain(brains[DEVICES[which]], witness, patience=AT_ONCE, **WISHES[which])
        double.rate = 0  # the line is mended, or the hub honest from now on
        ends = _settle(brains, witness, tally)
        reckon(brains, {"all": Noted(told)}, witness, ends, tally)
        _look_for(taken_away, hub, double, tally)
    tally.wrong[before:] = [f"{kind} {seed}: {each}" for each in tally.wrong[before:]]
    _add(tally, "calls that broke off", double.broken if isinstance(double, Flaky) else 0)
    _add(tally, "lies", len(double.lies) if isinstance(double, Lying) else 0)
    _add(tally, "events", len(told))
    _add(tally, "pictures taken away", len(taken_away))


def _settle(brains: Mapping[str, Brain], store: Store, tally: Tally) -> dict[str, Synced]:
    """Let all sync until nothing changes; at first as if they had never seen the hub: it may be about to forget."""
    ends = dict[str, Synced]()
    for number in range(MOST_ROUNDS):
        ends = {name: sync_brain(brain, store, anew=number < FORGETTING) for name, brain in brains.items()}
        if number >= FORGETTING and not any(
            each.sent_bytes or each.events_taken or each.frames_taken for each in ends.values()
        ):
            return ends
    tally.wrong.append(f"after {MOST_ROUNDS} rounds something still changes")
    return ends


def _look_for(taken_away: set[str], hub: Memory, double: Flaky | Lying, tally: Tally) -> None:
    """Look for the pictures that were taken away: what a hub gave back and forgot later nobody could have known."""
    lies = double.lies if isinstance(double, Lying) else []
    forgotten = {names.frame_id(lie.partition(" ")[2]) for lie in lies if lie.startswith("forgets ")}
    there = {names.frame_id(name) for name, data in hub.objects.items() if files.content_id(data) in name}
    for frame_id in taken_away - there - forgotten:
        tally.lose(f"the only copy of {frame_id}")


@contextmanager
def watched(witness: Witness, tally: Tally) -> Iterator[set[str]]:
    """Watch what is counted as sent, and taken away: the hub must have given it back last; yield what is taken away."""
    told, sent, take_away, taken = Sharing.told, Sharing.sent, Thinning.take_away, set[str]()

    def gave(frame_id: str) -> bool:
        given = [data for name, data in witness.given.items() if names.frame_id(name) == frame_id]
        return [files.content_id(data) for data in given] == [frame_id]

    def tells(self: Sharing, hub: int, name: str, *rest: Any) -> None:
        if files.content_id(witness.given.get(name, b"")) not in name:
            tally.wrong.append(f"{name} was counted as told, and the hub did not give it back")
        told(self, hub, name, *rest)

    def sends(self: Sharing, hub: int, frame_id: str, at: float) -> None:
        if not gave(frame_id):
            tally.wrong.append(f"picture {frame_id} was counted as sent, and the hub did not give it back")
        sent(self, hub, frame_id, at)

    def takes(self: Thinning, frame_ids: Sequence[str]) -> tuple[int, int]:
        taken.update(frame_ids)
        tally.wrong += [
            f"{each} was taken away, and the hub did not give it back" for each in frame_ids if not gave(each)
        ]
        return take_away(self, frame_ids)

    with (
        mock.patch.object(Sharing, "told", tells),
        mock.patch.object(Sharing, "sent", sends),
        mock.patch.object(Thinning, "take_away", takes),
    ):
        yield taken


def _add(tally: Tally, figure: str, more: int) -> None:
    tally.figures[figure] = f"{int(tally.figures.get(figure, '0').replace(',', '')) + more:,}"
