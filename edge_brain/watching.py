"""Looks at what a source shows, shot by shot, and tells what changed: an app's, a person's and the service's eyes.

    Source ─ next ─> Shot ─ roi ─> code, answer ─ Smoother ─> Observation, when it is another than before

Each shot is looked at when it is asked for, and a live source gives its newest: nothing queues up.
"""

from __future__ import annotations

import statistics
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_brain import clock
from edge_brain.capture import Shot, Source, State
from edge_brain.errors import BadInput
from edge_brain.records import Observation, Prediction
from edge_brain.region import Region
from edge_brain.smoothing import Smoother

_LATELY = 50  # shots
_MOST = 1_000  # shots that may have to agree

Looker = Callable[[NDArray[np.uint8]], tuple[bytes, Prediction]]


@dataclass(frozen=True)
class Look:
    """A shot that was looked at."""

    shot: Shot
    pixels: NDArray[np.uint8]  # the part that was looked at: RGB, shape (height, width, 3)
    code: bytes
    answer: Prediction  # to this shot alone
    label: str | None  # what the last shots agree on
    changed: bool

    @property
    def picture(self) -> bytes | NDArray[np.uint8]:
        """What is to be kept of it: the file that it came as, where all of that was looked at, else the pixels."""
        shot = self.shot
        return shot.data if shot.data and self.pixels.shape == shot.pixels.shape else self.pixels


class Watcher:
    """Follows one source."""

    def __init__(self, look: Looker, *, roi: Region | str | None = None, agree: int = 5) -> None:
        """`look` returns the code of pixels, and the answer to it; `roi` is the part of each shot to be looked at."""
        if not 1 <= agree <= _MOST:
            raise BadInput(f"{agree} shots that have to agree: give a whole number from 1 to {_MOST:,}")
        self._look = look
        self._roi = Region.of(roi)
        self._smoother = Smoother(agree)
        self._state = State("ok")
        self._ends: deque[float] = deque(maxlen=_LATELY)
        self._costs: deque[float] = deque(maxlen=_LATELY)
        self._last: Shot | None = None
        self.newest: Look | None = None  # none, too, where the last that was tried failed

    def look(self, shot: Shot) -> Look:
        """Look at a shot."""
        started, self.newest = clock.elapsed(), None
        pixels = self._roi.crop(shot.pixels)
        code, answer = self._look(pixels)
        changed = self._smoother.take(answer)
        self._ends.append(clock.elapsed())
        self._costs.append(self._ends[-1] - started)
        self._last = shot
        self.newest = Look(shot, pixels, code, answer, self._smoother.label, changed)
        return self.newest

    def follow(
        self, source: Source, *, every: bool = False, stop: Callable[[], bool] = lambda: False
    ) -> Iterator[Observation]:
        """Yield what changes before a source and with it, until it has ended or `stop`; with `every`, each answer."""
        while not stop():
            shot = source.next()
            if told := self.state_of(source):
                yield told
            if shot is not None:
                before = self._smoother.label
                look = self.look(shot)
                if every or look.changed:
                    yield self.seen(before)
            elif source.state.condition == "ended":
                return

    def seen(self, before: str | None) -> Observation:
        """Return what the last shots agree on, where `before` was there."""
        return self._observation("seen", before)

    def state_of(self, source: Source) -> Observation | None:
        """Return what has changed with the source itself since it was asked last."""
        state = source.state
        if state.condition == self._state.condition:
            return None
        self._state = state
        return self._observation("source", self._smoother.label)

    @property
    def label(self) -> str | None:
        """What the last shots agree on; None: nothing that the brain knows, or nothing yet."""
        return self._smoother.label

    @property
    def age_s(self) -> float:
        """How long ago the last look ended; a slow machine's takes its time."""
        return clock.elapsed() - self._ends[-1] if self._ends else 0.0

    @property
    def rate(self) -> float | None:
        """How many shots a second were looked at lately."""
        took = self._ends[-1] - self._ends[0] if len(self._ends) > 1 else 0.0
        return (len(self._ends) - 1) / took if took > 0 else None

    @property
    def latency_ms(self) -> float | None:
        """How long the answer to a shot took lately, median."""
        return 1000 * statistics.median(self._costs) if self._costs else None

    def _observation(self, kind: str, before: str | None) -> Observation:
        ranking = self._smoother.ranking() if self._last else []
        return Observation(
            kind=kind,
            at=self._last.taken_at if self._last else None,
            moment=self._last.moment if self._last else 0.0,
            shot=self._last.number if self._last else 0,
            label=self._smoother.label,
            before=before,
            confidence=ranking[0][1] if ranking else 0.0,
            ranking=ranking,
            state=self._state.condition,
            detail=self._state.detail,
            rate=self.rate,
            latency_ms=self.latency_ms,
        )
