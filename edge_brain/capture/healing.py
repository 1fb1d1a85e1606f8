"""The source that heals: one thread opens a device, reads it, and opens it again when it is lost.

thread   open ─> read, read, read … lost ─> back off 0.5, 1, 2, 4 … 30 s ─> open …
                   └─> the newest picture, nothing else is kept
caller   next() waits for that picture, decodes it if need be, and looks at its health

Whatever a reader does, `next` keeps its timeout and `state` is "lost" when nothing came for `deadline_s`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edge_brain import clock, images
from edge_brain.capture.health import Health
from edge_brain.capture.source import Raw, Reader, Shot, Source, State
from edge_brain.errors import BadPicture, SourceLost

LONGEST_S = 30.0  # between two attempts to open
SIDE = 1080  # pixels, the shorter side down to which a large picture file may be decoded: it is only looked at
_NOT_YET = "not open yet"
_GLANCE_S = 0.05  # how often `open` looks whether it has failed
_FAREWELL_S = 2.0  # for a reader to end; one that hangs for longer ends by itself, or with the process


def back_offs(first_s: float) -> Iterator[float]:
    """Yield the seconds to wait before each attempt to open a device that is lost: doubling, up to 30."""
    pause_s = first_s
    while True:
        yield pause_s
        pause_s = max(first_s, min(2 * pause_s, LONGEST_S))


@dataclass(frozen=True)
class _Arrival:
    raw: Raw
    number: int
    moment: float
    taken_at: float


class Live(Source):
    """A device that is read in a thread, newest picture only, and opened again whenever it is lost."""

    live = True

    def __init__(
        self, name: str, open_reader: Callable[[], Reader], *, back_off_s: float = 0.5, deadline_s: float = 5.0
    ) -> None:
        self.name = name
        self._open_reader, self._back_off_s, self._deadline_s = open_reader, back_off_s, deadline_s
        self._news = threading.Condition()  # guards what follows
        self._reader: Reader | None = None
        self._newest: _Arrival | None = None
        self._number = 0
        self._started = self._last = clock.elapsed()
        self._lost = _NOT_YET
        self._ended = False
        self._health = Health()
        self._undecodable: tuple[float, str] | None = None  # since when, and why
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"reads {name}", daemon=True)
        self._thread.start()

    def open(self) -> Live:
        """Wait for the first picture; raises SourceLost when the first attempt gives none."""
        while True:
            arrival = self._take(_GLANCE_S)
            if arrival is not None and self._shot(arrival) is not None:
                with self._news:  # for `next`, unless there is a newer one by now
                    self._newest = self._newest or arrival
                return self
            state = self.state
            if state.condition == "lost" and state.detail != _NOT_YET:
                self.close()
                raise SourceLost(f"{self.name} gives no picture: {state.detail}")
            if state.condition == "ended":
                return self

    @property
    def state(self) -> State:
        """How the source is now."""
        with self._news:
            quiet_s, bad = clock.elapsed() - self._last, self._undecodable
            if self._closing.is_set() or (self._ended and self._newest is None):
                return State("ended")
            if self._lost:
                return State("lost", self._lost)
        if quiet_s > self._deadline_s and not self._ended:
            return State("lost", f"no picture for {quiet_s:.0f} s")
        if bad is not None and clock.elapsed() - bad[0] > self._deadline_s:
            return State("lost", f"no picture that can be decoded: {bad[1]}")
        return self._health.state

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        """Return the newest shot not given yet; None when none comes in `timeout_s`."""
        until = clock.elapsed() + timeout_s
        while (arrival := self._take(until - clock.elapsed())) is not None:
            shot = self._shot(arrival)
            if shot is not None:
                return shot
        return None

    def close(self) -> None:
        """Let go of the device; may be called twice."""
        self._closing.set()
        with self._news:
            if self._reader is not None:
                self._reader.stop()
            self._news.notify_all()
        self._thread.join(_FAREWELL_S)

    def _take(self, timeout_s: float) -> _Arrival | None:
        with self._news:
            self._news.wait_for(lambda: self._newest or self._ended or self._closing.is_set(), max(0.0, timeout_s))
            newest, self._newest = self._newest, None
        return None if self._closing.is_set() else newest

    def _shot(self, arrival: _Arrival) -> Shot | None:
        """Make a shot of what arrived; None when its file is no whole picture."""
        raw, pixels = arrival.raw, arrival.raw.pixels
        if pixels is None:
            try:
                pixels = images.decode(raw.data or b"", at_least=SIDE).pixels
            except BadPicture as error:  # a stream's next one may be whole again; if none is, `state` says so
                self._undecodable = self._undecodable or (clock.elapsed(), str(error))
                return None
        self._undecodable = None
        self._health.saw(pixels, arrival.moment)
        return Shot(pixels, arrival.number, arrival.moment, arrival.taken_at, raw.burst, raw.data, raw.truth)

    # ── the thread ──────────────────────────────────────────────────────────────────────────────

    def _run(self) -> None:
        pauses = back_offs(self._back_off_s)
        while not self._closing.is_set():
            if self._read():
                pauses = back_offs(self._back_off_s)
            if self._ended or self._closing.wait(next(pauses)):
                return

    def _read(self) -> bool:
        """Open the device and read it until it is lost or has ended; say whether it gave pictures."""
        before = self._number
        try:
            with self._opened() as reader:
                while (raw := reader.read()) is not None:
                    self._arrive(raw)
            with self._news:
                self._ended, self._lost = True, ""
                self._news.notify_all()
        except SourceLost as error:
            self._lose(str(error))
        except Exception as error:  # whatever a driver raises, this source is lost and is tried again; state says why
            self._lose(f"{type(error).__name__}: {error}")
        return self._number > before

    @contextmanager
    def _opened(self) -> Iterator[Reader]:
        reader = self._open_reader()
        with self._news:
            self._reader = reader
        try:
            if self._closing.is_set():  # `close` came before there was a reader to stop
                reader.stop()
            yield reader
        finally:
            with self._news:
                self._reader = None
            reader.close()

    def _arrive(self, raw: Raw) -> None:
        with self._news:
            self._last = clock.elapsed()
            self._newest = _Arrival(raw, self._number, self._last - self._started, clock.now())
            self._number += 1
            self._lost = ""
            self._news.notify_all()

    def _lose(self, reason: str) -> None:
        with self._news:
            self._lost = reason
            self._news.notify_all()
