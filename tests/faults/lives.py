"""What goes on at a device: pictures are taken, tagged, tagged otherwise, untagged, discarded; by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_brain import Brain
from edge_brain.replica import Event

BURSTS = (None, None, None, "walk", "table")


@dataclass(frozen=True)
class Picture:
    """A picture that a camera may take, with what it shows."""

    label: str
    path: Path


def pictures(folder: Path) -> list[Picture]:
    """Return the pictures of a folder that has a folder for each class."""
    return [Picture(path.parent.name, path) for path in sorted(folder.glob("*/*.jpg"))]


class Life:
    """What goes on at one device."""

    def __init__(self, brain: Brain, album: Sequence[Picture], chance: random.Random) -> None:
        self._brain, self._album, self._chance = brain, album, chance
        self._labels = sorted({picture.label for picture in album})

    def goes_on(self) -> list[Event]:
        """Let something happen, and return the events that were acknowledged by it."""
        acts = (self._tag, self._tag, self._tag, self._keep, self._keep, self._retag, self._untag, self._discard,
                self._restore)  # fmt: skip
        last = self._brain.store.last_event()
        self._chance.choice(acts)()
        return [event for _, event in events_of(self._brain, last)]

    def _tag(self) -> None:
        picture = self._chance.choice(self._album)
        label = picture.label if self._chance.random() < 0.9 else self._chance.choice(self._labels)
        self._brain.tag(picture.path, label, burst=self._chance.choice(BURSTS))

    def _keep(self) -> None:
        self._brain.keep_exposures([self._brain.exposer.expose(self._chance.choice(self._album).path)])

    def _retag(self) -> None:
        self._to_some([frame.id for frame in self._brain.store.frames()], self._chance.choice(self._labels))

    def _untag(self) -> None:
        self._to_some([frame.id for frame in self._brain.store.frames(tagged=True)], None)

    def _to_some(self, ids: Sequence[str], label: str | None) -> None:
        if ids:
            self._brain.retag([self._chance.choice(ids)], label)

    def _discard(self) -> None:
        if ids := [frame.id for frame in self._brain.store.frames()]:
            self._brain.discard([self._chance.choice(ids)])

    def _restore(self) -> None:
        if ids := [frame.id for frame in self._brain.discarded()]:
            self._brain.restore([self._chance.choice(ids)])


def events_of(brain: Brain, after: int = 0) -> Iterator[tuple[int, Event]]:
    """Yield the events of a brain with their numbers, in the order in which they came."""
    query = """SELECT events.number, events.device, sequence, clock, frames.id, bursts.name, label, events.role, who
                 FROM events JOIN frames ON frames.number = frame JOIN bursts ON bursts.number = events.burst
                WHERE events.number > ? ORDER BY events.number"""
    for row in brain.store.database.rows(query, (after,)):
        yield row[0], Event(*tuple(row)[1:])
