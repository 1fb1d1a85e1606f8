"""Devices that never were, and the hub that they leave: what they say, in real segments, all as it might happen.

A device has half of the classes, a light of its own, and a person before it who tags burst after burst, sometimes
puts a tag right, sometimes takes one away, and now and then corrects a neighbour. Of each hundred devices two were
cloned half-way, two live in 1970, one is five years ahead, and each tenth passes on what another has said.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from synthetic import CLASS, CLASSES, OWN, SCENE, SHARED, as_codes

from edge_brain import clock, files, reserve
from edge_brain.exposure import contract
from edge_brain.records import Role
from edge_brain.region import Region
from edge_brain.replica import Event, Look, Segment
from edge_brain.sync import marker, names, segments
from edge_brain.sync.stores.folder import Folder
from edge_brain.views import VIEWS

SETTINGS = contract("lite0-224", Region(), views=True)
LENGTH = int(SETTINGS["code_length"])
_BASE_S = 1.77e9
_SITE = 0.25  # how much the light of a device weighs
_EVENTS = 350  # in a segment, at most
_MOST_FRAMES = 60  # of a burst
_OTHER = 10**6  # where the bursts begin that a clone tags

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Burst:
    """A scene before a camera: frames of one class, in one role."""

    name: str
    label: str
    looks: Sequence[Look]


@dataclass
class Truth:
    """What a hub holds, as those who wrote it know it: to be held against what was made of it."""

    events: int = 0
    frames: int = 0
    clocks: int = 0  # the sum of what is left of each reading, divided by a prime
    retagged: int = 0
    clones: int = 0
    segments: int = 0
    size_bytes: int = 0

    def add(self, other: Truth) -> None:
        """Add what others have written."""
        for key in vars(self):
            setattr(self, key, getattr(self, key) + getattr(other, key))


PRIME = 1_000_003  # by which readings of clocks are divided


class World:
    """All that is the same for every device."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        random = np.random.default_rng(seed)
        self.shared = _part(random, SHARED)
        self.classes = [_part(random, CLASS) for _ in range(CLASSES)]

    def burst(self, device: int, number: int, role: Role) -> Burst:
        """Return a burst of a device, the same whoever asks."""
        random, own = np.random.default_rng([self.seed, device, number]), identity(device)
        light = _part(np.random.default_rng([self.seed, device]), _SITE)
        kind = (device + int(random.integers(CLASSES // 2))) % CLASSES
        count = int(random.integers(20, _MOST_FRAMES)) if random.random() < 0.02 else int(random.integers(1, 9))
        mixed = self.shared + self.classes[kind] + light + _part(random, SCENE) + _part(random, OWN, (count, 1))
        codes = as_codes(mixed)[:, 0]
        views = as_codes(mixed + _part(random, OWN, (count, len(VIEWS)))) if role == "learned" else None
        ids = [hashlib.sha256(f"{self.seed} {device} {number} {place}".encode()).hexdigest() for place in range(count)]
        looks = [
            Look(
                frame=frame, device=own, burst=ids[0], suffix=".jpg", width=640, height=480, size_bytes=48_000,
                taken_at=None, brightness=0.5, sharpness=0.4, source="camera", reason=None,
                code=codes[place].tobytes(), views=b"" if views is None else views[place].tobytes(),
            )
            for place, frame in enumerate(ids)
        ]  # fmt: skip
        return Burst(ids[0], f"class {kind:02}", looks)


def _part(random: np.random.Generator, weight: float, shape: tuple[int, ...] = ()) -> Floats:
    return np.asarray(np.float32(weight) * random.standard_normal((*shape, LENGTH), np.float32))


def identity(device: int) -> str:
    """Return the id of a device."""
    return hashlib.sha256(f"device {device}".encode()).hexdigest()[:16]


@dataclass
class Life:
    """What is said on one device, one event after another; one that is cloned goes on twice from there."""

    world: World
    device: int
    next_burst: int = 0
    sequence: int = 0
    clock: int = 0
    wall_s: float = 0.0
    looks: dict[str, Look] = field(default_factory=dict)
    told: dict[str, tuple[str, Role, str]] = field(default_factory=dict)  # frame → burst, role, class
    bursts: Counter[tuple[str, Role]] = field(default_factory=Counter)
    retagged: int = 0

    def __post_init__(self) -> None:
        self.random = np.random.default_rng([self.world.seed, self.device, 7])
        if not self.clock:
            wrong = {7: 0.0, 57: 0.0, 13: _BASE_S + 5 * 365 * 86400}.get(self.device % 100)
            self.wall_s = _BASE_S + 3600 * (self.device % 24) if wrong is None else wrong

    def say(self, count: int) -> list[Event]:
        """Return the next events, about so many: a burst is not broken off."""
        said = list[Event]()
        while len(said) < count:
            chance = self.random.random()
            if chance < 0.12 and self.told:
                said.append(self._retag(chance))
            elif chance < 0.13 and self.device:
                said.append(self._correct_neighbour())
            else:
                said += self._tag_burst()
        return said

    def _tag_burst(self) -> Iterator[Event]:
        label = self.world.burst(self.device, self.next_burst, "reserved").label
        role = reserve.role_of_next_burst(self.bursts[label, "learned"], self.bursts[label, "reserved"])
        burst = self.world.burst(self.device, self.next_burst, role)
        self.next_burst += 1
        self.bursts[label, role] += 1
        for look in burst.looks:
            self.looks[look.frame] = look
            self.told[look.frame] = burst.name, role, label
            yield self._event(look.frame, label)

    def _retag(self, chance: float) -> Event:
        frame = list(self.told)[-1 - int(self.random.integers(min(len(self.told), 200)))]
        self.retagged += 1
        other = f"class {int(self.random.integers(CLASSES)):02}"
        return self._event(frame, None if chance < 0.03 else other)

    def _correct_neighbour(self) -> Event:
        """Say something else of a frame that the device before this one has tagged first of all."""
        burst = self.world.burst(self.device - 1, 0, "learned")
        look = burst.looks[0]
        self.looks[look.frame], self.told[look.frame] = look, (burst.name, "learned", burst.label)
        self.retagged += 1
        return self._event(look.frame, f"class {int(self.random.integers(CLASSES)):02}")

    def _event(self, frame: str, label: str | None) -> Event:
        burst, role, _ = self.told[frame]
        self.sequence += 1
        self.wall_s += float(self.random.exponential(20.0))
        self.clock = clock.tick(self.clock, self.wall_s)
        return Event(identity(self.device), self.sequence, self.clock, frame, burst, label, role, "sim")


def write_device(world: World, hub: Path, device: int, events: int) -> Truth:
    """Write what a device tells into a hub, and return what that is."""
    store, truth, life = Folder(str(hub)), Truth(), Life(world, device)
    cloned = device % 50 == 21
    lives, said = [life], life.say(events // 2 if cloned else events)
    _write(store, truth, life, said)
    if cloned:
        truth.clones = 1
        for burst in (life.next_burst, _OTHER):
            one = Life(world, device, burst, life.sequence, life.clock, life.wall_s, dict(life.looks), dict(life.told))
            one.random = np.random.default_rng([world.seed, device, burst])
            lives.append(one)
            more = one.say(events // 4)
            _write(store, truth, one, more)
            said += more
    looks = {look.frame: look for each in lives for look in each.looks.values()}
    truth.events, truth.retagged = len(said), sum(each.retagged for each in lives)
    truth.frames = sum(look.device == identity(device) for look in looks.values())
    truth.clocks = sum(event.clock % PRIME for event in said)
    if device % 10 == 3:  # it was at its neighbour's, and passes on what that one has said first
        other = Life(world, device - 1)
        passed = other.say(40)
        _put(store, truth, Segment(identity(device), f"device {device}", SETTINGS, passed, _known(other, passed)))
    return truth


def _write(store: Folder, truth: Truth, life: Life, said: Sequence[Event]) -> None:
    for start in range(0, len(said), _EVENTS):
        part = said[start : start + _EVENTS]
        _put(store, truth, Segment(part[0].device, f"device {life.device}", SETTINGS, part, _known(life, part)))


def _known(life: Life, said: Sequence[Event]) -> list[Look]:
    return [life.looks[frame] for frame in dict.fromkeys(event.frame for event in said)]


def _put(store: Folder, truth: Truth, segment: Segment) -> None:
    data = segments.to_bytes(segment)
    numbers = [event.sequence for event in segment.events]
    name = names.SegmentName(names.EVENTS, segment.device, min(numbers), max(numbers), files.content_id(data))
    store.add(str(name), data)
    truth.segments += 1
    truth.size_bytes += len(data)


def write_damage(hub: Path) -> int:
    """Put things into a hub that nobody can use, and return how many."""
    store, device = Folder(str(hub)), identity(-1)
    torn, later = b"\x1f\x8b torn", gzip.compress(b'{"format": 2}\n', mtime=0)
    store.add(str(names.SegmentName(names.EVENTS, device, 1, 5, "0" * 64)), torn)
    store.add(str(names.SegmentName(names.EVENTS, device, 6, 9, files.content_id(later))), later)
    return 2


def make_hub(hub: Path) -> None:
    """Make an empty hub."""
    marker.make(Folder(str(hub), create=True))
