"""A camera that is made up, to test an app without one; `script` tells what can be written, `painter` what it shows.

It comes as a device that shows what is now, live as a camera is, and as a source in made-up time that does not wait.
"""

from __future__ import annotations

import math
import threading

from edge_brain import clock
from edge_brain.capture.health import Health
from edge_brain.capture.painter import Painter
from edge_brain.capture.script import Script
from edge_brain.capture.source import Raw, Reader, Shot, Source, State
from edge_brain.errors import SourceLost


class SyntheticReader(Reader):
    """The made-up camera as a device that shows what is now; the script runs on from `started`, lost or not."""

    def __init__(self, script: Script, started: float) -> None:
        self._script, self._started = script, started
        self._painter = Painter(script)
        self._next = 0
        self._stopped = threading.Event()

    def read(self) -> Raw | None:
        """Wait for the next picture that is due and return it; None at the end."""
        script = self._script
        while True:
            late = math.floor((clock.elapsed() - self._started) * script.fps)
            number = max(self._next, late)  # as a camera, it passes over what nobody fetched
            moment = number / script.fps
            if self._stopped.wait(max(0.0, self._started + moment - clock.elapsed())):
                raise SourceLost("closed")
            if script.scene(moment) is None:
                return None
            fault = script.fault(moment)
            if fault and fault[0] == "lost":
                raise SourceLost("its script says lost")
            self._next = number + 1
            if not fault or fault[0] != "stalled":
                return self._painter.paint(number)

    def stop(self) -> None:
        """Make a `read` that waits in another thread end soon; returns at once."""
        self._stopped.set()


class Simulated(Source):
    """The made-up camera without waiting: each `next` moves the made-up time on, by its timeout if nothing comes."""

    live = False

    def __init__(self, script: Script, name: str, *, deadline_s: float = 5.0) -> None:
        self.name = name
        self._script, self._deadline_s = script, deadline_s
        self._painter, self._health = Painter(script), Health()
        self._next = 0  # number of the picture that is due next
        self._last = 0.0  # moment of the last shot
        self._closed = False

    @property
    def state(self) -> State:
        """How the source is at the made-up time."""
        script = self._script
        if self._closed or script.scene(self._next / script.fps) is None:
            return State("ended")
        now = max(0, self._next - 1) / script.fps  # of the picture last due: the next one is still to come
        fault = script.fault(now) if self._next else None
        if fault and fault[0] == "lost":
            return State("lost", "its script says lost")
        if fault and fault[0] == "stalled" and now - self._last > self._deadline_s:
            return State("lost", f"no picture for {now - self._last:.0f} s")
        return self._health.state

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        """Return the next shot; None at the end, and when none is due in `timeout_s` of made-up time."""
        script, first = self._script, self._next
        while not self._closed and (self._next - first) / script.fps <= timeout_s:
            number, moment = self._next, self._next / script.fps
            if script.scene(moment) is None:
                return None
            self._next += 1
            fault = script.fault(moment)
            if not fault or fault[0] not in ("lost", "stalled"):
                raw = self._painter.paint(number)
                assert raw.pixels is not None
                self._last = moment
                self._health.saw(raw.pixels, moment)
                return Shot(raw.pixels, number, moment, burst=raw.burst, truth=raw.truth)
        return None

    def close(self) -> None:
        """End it; may be called twice."""
        self._closed = True
