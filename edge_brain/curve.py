"""The learning curve: how fast more scenes make a brain better, and how many it takes; always a range.

    error(n) = error(now) · (n / now)^−b        the inverse power law (Cortes and others, "Learning curves", 1993)

b is measured: what the brain gets wrong when it has learned half of its scenes, beside what it gets wrong with all,
each frame left out where it was learned. Over four sets b lay between 0.1 and 0.65 and was found without bias.
Ranges are meant to hold in 8 of 10, and held in 40 of 55; the error of now and b are taken to be independent.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_USUAL, _USUAL_SPREAD = 0.4, 0.3  # b, before anything is known of this brain
_SCATTER = 1.35  # variance of a measured b, in (1 − error)/(error · trials): fitted on the four sets
_MODEL = 0.05  # spread of b that more trials do not take away
_QUANTILES = np.array([-1.5, -1.0, -0.6, -0.3, 0.0, 0.3, 0.6, 1.0, 1.5])  # of a normal, spread evenly enough
_RANGE = (0.1, 0.9)
_AT_LEAST = 0.35  # where the far end is open: lower, and the near end would be 1 as a rule
_FAR = 10.0  # so many times what there is: a figure beyond that is worth nothing
_STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300, 400, 500)


@dataclass(frozen=True)
class Slope:
    """How fast the error falls: b and its standard deviation."""

    b: float = _USUAL
    spread: float = _USUAL_SPREAD


@dataclass(frozen=True)
class Range:
    """How many more scenes; `most` is None where nobody can say."""

    least: int
    most: int | None

    def __str__(self) -> str:
        if self.most is None:
            return f"at least {self.least}"
        if self.least == 1:
            return f"up to about {self.most}"
        return f"about {self.least} to {self.most}"


def slope(error_of_half: float, error: float, trials: float) -> Slope:
    """Return the slope from the error with half of the scenes and with all, each seen in so many trials."""
    if trials <= 0:
        return Slope()
    half, whole = ((each * trials + 1) / (trials + 2) for each in (error_of_half, error))
    measured = math.log2(half / whole)
    variance = _SCATTER * (1 - whole) / (whole * trials) + _MODEL**2
    weight = 1 / (1 / variance + 1 / _USUAL_SPREAD**2)
    return Slope(weight * (measured / variance + _USUAL / _USUAL_SPREAD**2), math.sqrt(weight))


def error_after(error: float, trials: float, times: float, falling: Slope) -> tuple[float, float]:
    """Return the range of the error after `times` as many scenes; the error of now was seen in so many trials."""
    logs = _errors(error, trials)[:, None] - _slopes(falling)[None] * math.log(times)
    low, high = np.quantile(np.minimum(np.exp(logs), 1.0), _RANGE)
    return float(low), float(high)


def more_scenes(error: float, trials: float, wanted: float, scenes: float, falling: Slope) -> Range:
    """Return how many more scenes than there are it takes until the error is as wanted."""
    factors = (_errors(error, trials)[:, None] - math.log(wanted)) / _slopes(falling)[None]
    low, open_low, high = (
        min(max(float(each), 0.0), math.log(_FAR)) for each in np.quantile(factors, (_RANGE[0], _AT_LEAST, _RANGE[1]))
    )
    if high >= math.log(_FAR):
        return Range(_friendly(scenes * (math.exp(open_low) - 1), up=False), None)
    least = _friendly(scenes * (math.exp(low) - 1), up=False)
    return Range(least, max(_friendly(scenes * (math.exp(high) - 1), up=True), least + 1))


def _errors(error: float, trials: float) -> Floats:
    """Return logarithms of what the error may be, having been seen in so many trials."""
    likely = (error * trials + 0.5) / (trials + 1)
    return math.log(likely) + _QUANTILES * math.sqrt((1 - likely) / (likely * max(trials, 1.0)))


def _slopes(falling: Slope) -> Floats:
    return np.maximum(falling.b + _QUANTILES * falling.spread, 0.02)


def _friendly(number: float, *, up: bool) -> int:
    """Return a round number near this one, at least 1."""
    if up:
        return next((step for step in _STEPS if step >= number), 100 * math.ceil(number / 100))
    return next((step for step in reversed(_STEPS) if step <= number), 1)
