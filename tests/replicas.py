"""Devices that were told all sorts of things, apart from one another; and what a plain reckoning makes of all of it.

The reckoning knows nothing of tables: it goes through the events in their order, with dictionaries.
"""

from __future__ import annotations

import random
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
from pictures import scene

from edge_brain import clock, head
from edge_brain.exposure import contract, load_exposer
from edge_brain.records import Exposure, Tagging
from edge_brain.region import Region
from edge_brain.replica import Event, Look, Segment
from edge_brain.store import Store
from edge_brain.sync import segments

LABELS = ("cup", "fork", "mug", "spoon")
BURSTS = (None, None, "walk", "table", "shelf")
PICTURES = 14
SETTINGS = contract("pixels", Region(), views=True)


@cache
def exposure(number: int, views: bool) -> Exposure:
    """Return one of the pictures that all devices may come across."""
    return load_exposer(contract("pixels", Region(), views=views), threads=1).expose(
        scene(LABELS[number % 4], number), views=views
    )


@dataclass
class Device:
    """A store on some machine, whose wall clock shows what it likes."""

    store: Store
    clock_s: float
    heard: list[bytes] = field(default_factory=list)

    @contextmanager
    def at_its_time(self) -> Iterator[None]:
        self.clock_s += 0.01
        with mock.patch.object(clock, "now", lambda: self.clock_s):
            yield


class World:
    """Up to eight devices, and all that was ever said on any of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)
        self._folder = folder
        self.devices = [self._device() for _ in range(self.random.randint(2, 5))]
        self.events = set[Event]()

    def close(self) -> None:
        for device in self.devices:
            device.store.close()

    def _device(self) -> Device:
        folder = self._folder / uuid.UUID(int=self.random.getrandbits(128)).hex
        with mock.patch.object(uuid, "uuid4", lambda: uuid.UUID(int=self.random.getrandbits(128), version=4)):
            store = Store.create(folder, SETTINGS)
        return Device(store, self.random.choice([0.0, 1.7e9, 1.7e9, 1.7e9 + 60, 4e9]))

    def live(self, steps: int) -> None:
        """Let this and that happen."""
        acts = (self._tag, self._tag, self._tag, self._retag, self._retag, self._untag, self._discard, self._restore)
        for _ in range(steps):
            act = self.random.choice((*acts, self._tell, self._tell, self._keep, self._clone, self._jump))
            device = self.random.choice(self.devices)
            with device.at_its_time():
                act(device)
            self.events.update(event for _, event in everything(device.store))

    def _tag(self, device: Device) -> None:
        picture = exposure(self.random.randrange(PICTURES), self.random.random() < 0.7)
        tagging = Tagging(picture, self.random.choice(LABELS), self.random.choice(BURSTS))
        device.store.tag([tagging], who="test")

    def _retag(self, device: Device) -> None:
        if ids := [frame.id for frame in device.store.frames()]:
            device.store.tag([Tagging(self.random.choice(ids), self.random.choice(LABELS))], who="test")

    def _untag(self, device: Device) -> None:
        if ids := [frame.id for frame in device.store.frames(tagged=True)]:
            device.store.tag([Tagging(self.random.choice(ids), None)], who="test")

    def _discard(self, device: Device) -> None:
        if ids := [frame.id for frame in device.store.frames()]:
            device.store.discard([self.random.choice(ids)], who="test")

    def _restore(self, device: Device) -> None:
        if ids := [frame.id for frame in device.store.frames(discarded=True)]:
            device.store.restore([self.random.choice(ids)], who="test")

    def _keep(self, device: Device) -> None:
        device.store.keep([exposure(self.random.randrange(PICTURES), False)], self.random.choice(BURSTS))

    def _jump(self, device: Device) -> None:
        device.clock_s = self.random.choice([0.0, device.clock_s, 1.7e9 + 3600])

    def _clone(self, device: Device) -> None:
        """Copy a device's card: two machines have one id from now on, until somebody notices."""
        if len(self.devices) < 8:
            folder = self._folder / uuid.UUID(int=self.random.getrandbits(128)).hex
            device.store.database.fold()
            shutil.copytree(device.store.folder, folder)
            self.devices.append(Device(Store(folder), device.clock_s))

    def _tell(self, device: Device) -> None:
        """Tell another device some of what is known here, with gaps, or again what it was told once."""
        other = self.random.choice(self.devices)
        told = everything(device.store)
        some = [event for _, event in told if self.random.random() < 0.6]
        if device.heard and self.random.random() < 0.3:
            data = self.random.choice(device.heard)
        else:
            told = segment(device.store, some)
            if self.random.random() < 0.2:  # its codes are of no use here: what is new waits for others
                told = replace(told, contract={**told.contract, "fingerprint": "another:0123456789abcdef"})
            data = segments.to_bytes(told)
        other.heard.append(data)
        with other.at_its_time():
            other.store.merge(segments.from_bytes(data, "a segment"))

    def tell_all(self, after: Callable[[Device], None] = lambda device: None) -> None:
        """Tell every device all that there is, in pieces, in any order, some of them twice; `after` each look at it."""
        pieces = list[bytes]()
        for device in self.devices:
            told = [event for _, event in everything(device.store)]
            self.random.shuffle(told)
            size = self.random.randint(1, 9)
            parts = [told[start : start + size] for start in range(0, len(told), size)]
            pieces += [segments.to_bytes(segment(device.store, part)) for part in parts]
            ids = [frame.id for frame in device.store.frames(discarded=None)]
            pieces.append(segments.to_bytes(segment(device.store, [], ids)))
        for device in self.devices:
            own = pieces + self.random.sample(pieces, len(pieces) // 3)
            self.random.shuffle(own)
            for data in own:
                device.store.merge(segments.from_bytes(data, "a segment"))
                after(device)


def disagreements(world: World) -> Iterator[str]:
    """Let a world live and tell all to all; yield what is lost, twice, not whole, or not as plainly reckoned."""
    world.live(world.random.randint(5, 40))
    world.tell_all()
    stores = [device.store for device in world.devices]
    expected = reckoned(world.events, best_codes(stores))
    for number, store in enumerate(stores):
        here = [event for _, event in everything(store)]
        if world.events.difference(here):
            yield f"lost: device {number} lacks events"
        if len(here) > len(set(here)) or set(here) - world.events:
            yield f"twice: device {number} has events that nobody told, or twice"
        if damage := list(store.damage()):
            yield f"torn: device {number}: {damage}"
        if standing_of(store) != expected:
            yield f"otherwise: device {number} makes something else of them"


def everything(store: Store) -> list[tuple[int, Event]]:
    """Return all events of a store."""
    hub = store.sharing.hub("0" * 32, "nowhere")
    return [*store.owed.events(hub, own=True, most=10**6), *store.owed.events(hub, own=False, most=10**6)]


def segment(store: Store, events: list[Event], frames: Iterable[str] = ()) -> Segment:
    """Return some of what a store knows, as it would tell it."""
    ids = list(dict.fromkeys([*(event.frame for event in events), *frames]))
    return Segment(
        store.setting("device"), "a device", store.codes_contract(), events, store.owed.looks(ids, thumbnails=ids)
    )


@dataclass(frozen=True)
class Standing:
    """What follows from events, in names that mean the same everywhere."""

    labels: dict[str, str]  # frame → class
    roles: dict[str, str]  # frame → role
    scenes: dict[str, str]  # frame → burst that stands for its scene
    head: str


def standing_of(store: Store) -> Standing:
    """Return what a store has made of its events; its head both as it is kept and as its codes add up."""
    frames, told = store.frames(tagged=True), store.ever_tagged()
    labels, rows = store.learned_rows()
    made = head.Head(int(store.setting("code_length")))
    if labels:
        made.learn(labels, rows)
    assert head.centroids_digest(*store.head_rows()) == head.centroids_digest(made.counts, made.sums)
    return Standing(
        {frame.id: frame.label or "" for frame in frames},
        {change.id: change.role for change in told},
        {change.id: change.burst_name for change in told},
        made.digest(),
    )


def reckoned(events: Iterable[Event], codes: dict[str, Look], settings: Mapping[str, str] = SETTINGS) -> Standing:
    """Return what follows from events, reckoned plainly; `codes` are those of the frames, made as `settings` say."""
    ordered = sorted(events, key=lambda event: (event.clock, event.device, event.sequence, event.label or ""))
    latest = {event.frame: event.label for event in ordered}
    earliest = sorted(
        ordered,
        key=lambda event: (event.clock, event.device, event.sequence, event.label or "", event.role, event.burst),
    )
    of_frame = dict[str, set[str]]()
    for event in ordered:
        of_frame.setdefault(event.frame, set()).add(event.burst)
    scenes = list[set[str]]()
    for bursts in of_frame.values():
        touching = [scene for scene in scenes if scene & bursts]
        scenes = [scene for scene in scenes if not scene & bursts] + [bursts.union(*touching)]
    first = {burst: next(event for event in earliest if event.burst in scene) for scene in scenes for burst in scene}
    names = {event.frame: first[event.burst].burst for event in ordered}
    roles = {event.frame: first[event.burst].role for event in ordered}
    labels = {frame: label for frame, label in latest.items() if label is not None}
    made = head.Head(int(settings["code_length"]))
    learned = [frame for frame in labels if roles[frame] == "learned"]
    if learned:
        views = 1 + len(settings["views"].split())
        pairs = [(codes[frame].code, codes[frame].views) for frame in learned]
        rows = head.rows_of(pairs, made.length, int(settings["zero_point"]), views)
        made.learn([labels[frame] for frame in learned], np.asarray(rows))
    return Standing(labels, roles, names, made.digest())


def best_codes(stores: Iterable[Store]) -> dict[str, Look]:
    """Return of each frame the codes that all have to take: with views before without, then the lesser."""
    best = dict[str, Look]()
    for store in stores:
        ids = [frame.id for frame in store.frames(discarded=None)]
        for look in store.owed.looks(ids, ()):
            rank = (not look.views, look.code, look.views)
            held = best.get(look.frame)
            if look.code and (held is None or rank < (not held.views, held.code, held.views)):
                best[look.frame] = look
    return best
