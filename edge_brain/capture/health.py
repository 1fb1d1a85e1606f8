"""Tell from its pictures alone whether a camera is frozen or sees only black.

A real sensor has noise: two pictures that are the same to the last bit did not come from one. Both
conditions clear by themselves with the first picture that is otherwise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge_brain.capture.source import State

FROZEN_S = 5.0
FROZEN_SHOTS = 5  # as well, so that a still picture that is asked for now and then is no frozen camera
BLACK_S = 2.0
BLACK = 0.02 * 255  # mean level
CONTRAST = 3.0  # levels, standard deviation: a lamp in the night is no black picture
_STEP = 8  # pixels between those that are looked at first


class Health:
    """Follows the pictures of one source; moments are given, so no clock is read."""

    def __init__(self) -> None:
        self._last: NDArray[np.uint8] | None = None
        self._moment = 0.0
        self._same_since, self._same = 0.0, 0
        self._black_since: float | None = None

    def saw(self, pixels: NDArray[np.uint8], moment: float) -> None:
        """Take in the next picture, uint8 RGB, shape (height, width, 3)."""
        self._moment = moment
        if self._last is None or not _same(self._last, pixels):
            self._same_since, self._same = moment, 0
        self._same += 1
        self._last = pixels
        if not _black(pixels):
            self._black_since = None
        elif self._black_since is None:
            self._black_since = moment

    @property
    def state(self) -> State:
        """How the pictures look: "ok", "frozen" or "black"."""
        if self._black_since is not None and self._moment - self._black_since >= BLACK_S:
            return State("black", f"all black for {self._moment - self._black_since:.0f} s; is the lens covered?")
        still_s = self._moment - self._same_since
        if still_s >= FROZEN_S and self._same >= FROZEN_SHOTS:
            return State("frozen", f"the same picture for {still_s:.0f} s; does the camera still run?")
        return State("ok")


def _same(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    few = one[::_STEP, ::_STEP], other[::_STEP, ::_STEP]  # nearly always enough to tell that they differ
    return np.array_equal(*few) and np.array_equal(one, other)


def _black(pixels: NDArray[np.uint8]) -> bool:
    few = pixels[::_STEP, ::_STEP]
    return float(few.mean()) < BLACK and float(few.std()) < CONTRAST
