"""A source that gives what a test says, one shot after another."""

from __future__ import annotations

from collections.abc import Iterable

from pictures import Pixels

from edge_brain.capture import Shot, Source, State


class Scripted(Source):
    """Gives these pictures, `rate` a second; a State among them is what becomes of the source."""

    name, live = "scripted", False

    def __init__(self, script: Iterable[Pixels | State], rate: float = 10.0) -> None:
        self._script, self._rate = list(script), rate
        self._state, self._number, self.closed = State("ok"), 0, False

    @property
    def state(self) -> State:
        return self._state

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        if not self._script:
            self._state = State("ended")
            return None
        given = self._script.pop(0)
        if isinstance(given, State):
            self._state = given
            return None
        shot = Shot(given, self._number, self._number / self._rate, taken_at=1e9 + self._number / self._rate)
        self._number += 1
        return shot

    def close(self) -> None:
        self.closed = True
