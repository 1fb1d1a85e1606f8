"""What turns distances into probabilities and refusals, learned from frames that were left out with their bursts.

    confidence   softmax(−distance/2T)
    familiarity  (nearer − 0.7·inside)/(spread/10) − max(0, (outside − usual)/deviation − 1.5)²

nearer   how much nearer the best class is than the background (relative Mahalanobis: Ren et al., "A simple fix to
         Mahalanobis distance", 2021)
inside   squared distance from the background in the space that the classes span: a frame that is far out there
         and yet at no class is none of them, which the first term alone would reward
outside  plain squared distance from the background: what looks like nothing that was ever learned
spread   mean of the classes' squared distances from the background

Under the threshold the answer is "unknown". Measured on six sets with a fifth of the classes never shown
(`tools/confidence.py`): shares from 0.6 to 0.8 of `inside` do the same, weights learned by leaving out classes
did worse, and so did the largest probability, energy, nearest frames and generic prototypes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

INSIDE = 0.7  # of the squared distance inside counts against a frame
_UNIT = 0.1  # of the spread, about one standard deviation of known frames
_USUAL = 1.5  # deviations from which a frame is unusually far outside
_LEAST_DEVIATION = 0.15  # of the usual distance; few frames vary less than the next ones will

_LEAST_EVIDENCE = 10  # left-out frames of at least 5 bursts before a threshold is set
_LEAST_BURSTS = 5
_REFUSED = 0.10  # share of known frames that may be refused, 9 times in 10:
_DOUBT = 1.282 * math.sqrt(_REFUSED * (1 - _REFUSED))  # less this, over the root of the independent trials

_FIRST_TEMPERATURE = 1 / 12  # of the spread, before there is evidence: fits lie between 1/3 and 1/25
_PRIOR = 2.0  # weight of that first guess, in left-out bursts
# Where a class has one burst only, its frames tell by how far inside they lie once they are left out: over 1 burst a
# class of eight sets the fitted temperature was the spread ÷ the square of (spread ÷ (16 × that, a dimension)).
_LONE_RATIO = 16.0
_LONE_RANGE = (1.0, 24.0)


@dataclass(frozen=True)
class Calibration:
    """What turns distances into probabilities and refusals."""

    temperature: float
    threshold: float | None = None
    spread: float = 1.0
    usual: float = math.inf  # plain squared distance from the background
    deviation: float = 1.0

    @property
    def unit(self) -> float:
        """What counts as one of familiarity, as a squared distance."""
        return max(_UNIT * self.spread, 1e-9)

    @property
    def farthest_usual(self) -> float:
        """The plain squared distance from the background up to which a frame is not unusually far outside."""
        return self.usual + _USUAL * self.deviation


@dataclass(frozen=True)
class Evidence:
    """Frames (n,) as a brain sees them that has not learned their bursts; an infinite distance is a class it lacks."""

    distances: Floats  # (n, K), relative to the background
    inside: Floats
    outside: Floats
    classes: NDArray[np.intp]
    bursts: NDArray[np.intp]
    learned_bursts: NDArray[np.intp]  # (K,): of each class in all


def probabilities(distances: Floats, temperature: float) -> Floats:
    """Return softmax(−distance/2T), shape (n, K); an infinite distance has probability 0."""
    logits = -distances / (2 * temperature)
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def familiarities(distances: Floats, inside: Floats, outside: Floats, told: Calibration) -> Floats:
    """Return how familiar frames are, shape (n,): nought and about one up and down for known ones, less for others."""
    near = (-distances.min(axis=1) - INSIDE * inside) / told.unit
    far = np.maximum((outside - told.usual) / told.deviation - _USUAL, 0.0)
    return np.asarray(near - far**2)


def first_calibration(spread: float) -> Calibration:
    """Return the guess that serves until there is evidence; `spread` as `Metric.spread` gives it."""
    return Calibration(max(_FIRST_TEMPERATURE * spread, 1e-3), spread=spread)


def calibrate(evidence: Evidence, first: Calibration) -> Calibration:
    """Learn from left-out frames. Those whose class is gone with their burst tell little, and only of the rest."""
    if len(evidence.classes) == 0:
        return first
    fair = _fair(evidence)
    told = np.isfinite(fair[np.arange(len(fair)), evidence.classes])
    usual, deviation = _usual(evidence)
    found = Calibration(_temperature(evidence, fair, told, first), None, first.spread, usual, deviation)
    known = familiarities(fair[told], evidence.inside[told], evidence.outside[told], found)
    threshold = _threshold(known, evidence.classes[told], evidence.bursts[told])
    return Calibration(found.temperature, threshold, first.spread, usual, deviation)


def _fair(evidence: Evidence) -> Floats:
    """Return the distances without the handicap of a class that has lost a burst to others that have not.

    The mean of a class of b bursts errs by σ²/b, once one of them is left out by σ²/(b − 1); σ² shows in the
    frame's own distance. On pairs of bursts the fitted temperature was 2 to 7 times too high without this.
    """
    distances, rows = evidence.distances.copy(), np.arange(len(evidence.classes))
    bursts = np.maximum(evidence.learned_bursts, 2)
    _, burst = np.unique(evidence.bursts, return_inverse=True)
    lost = np.zeros((burst.max() + 1, distances.shape[1]), bool)
    lost[burst, evidence.classes] = True
    own = distances[rows, evidence.classes] + evidence.inside
    own = np.where(np.isfinite(own), np.maximum(own, 0.0), 0.0)
    variance = own * ((bursts - 1) / bursts)[evidence.classes]
    return np.asarray(distances - variance[:, None] * lost[burst] / (bursts * (bursts - 1)))


def _usual(evidence: Evidence) -> tuple[float, float]:
    """Return mean and deviation of the plain distances from the background, each burst weighing the same."""
    weights = _weights(evidence.bursts)
    usual = float(np.average(evidence.outside, weights=weights))
    deviation = math.sqrt(float(np.average((evidence.outside - usual) ** 2, weights=weights)))
    return usual, max(deviation, _LEAST_DEVIATION * usual, 1e-9)


def _temperature(evidence: Evidence, fair: Floats, told: NDArray[np.bool_], first: Calibration) -> float:
    """Return the most probable temperature (Guo et al., "On calibration of modern neural networks", 2017)."""
    if fair.shape[1] < 2:
        return first.temperature
    guess, bursts = _lone(evidence, told, first.spread)
    distances, classes, weights = fair[told], evidence.classes[told], _weights(evidence.bursts[told])
    found = first.temperature
    for width, steps in ((64.0, 31), (64 ** (1 / 15), 15)):  # coarse, then fine about the best
        temperatures = found * np.geomspace(1 / width, width, steps)
        losses = _PRIOR * np.log(temperatures / first.temperature) ** 2 / 2
        losses += bursts * np.log(temperatures / guess) ** 2 / 2
        losses += np.array([_loss(distances, classes, weights, temperature) for temperature in temperatures])
        found = float(temperatures[int(np.argmin(losses))])
    return found


def _lone(evidence: Evidence, told: NDArray[np.bool_], spread: float) -> tuple[float, int]:
    """Return the temperature that frames speak for whose class has no other burst, and how many bursts they are."""
    kept = np.isfinite(evidence.distances).sum(axis=1)
    lone = ~told & (kept > 1) & (evidence.inside > 0)
    if not lone.any() or spread <= 0:
        return 1.0, 0
    weights = _weights(evidence.bursts[lone])
    inside = float(np.average(evidence.inside[lone] / (kept[lone] - 1), weights=weights))
    share = float(np.clip((spread / (_LONE_RATIO * inside)) ** 2, *_LONE_RANGE))
    return spread / share, len(np.unique(evidence.bursts[lone]))


def _loss(distances: Floats, classes: NDArray[np.intp], weights: Floats, temperature: float) -> float:
    own = probabilities(distances, temperature)[np.arange(len(classes)), classes]
    return float(-(weights * np.log(np.maximum(own, 1e-12))).sum())


def _threshold(known: Floats, classes: NDArray[np.intp], bursts: NDArray[np.intp]) -> float | None:
    """Return the familiarity under which at most a tenth of known frames lie, 9 times in 10; None: too few to say.

    A burst that shows several classes is more than one trial and less than that many: their geometric mean.
    """
    numbers = np.unique(bursts)
    if len(known) < _LEAST_EVIDENCE or len(numbers) < _LEAST_BURSTS:
        return None
    trials = math.sqrt(len(numbers) * len(np.unique(np.stack([bursts, classes], axis=1), axis=0)))
    share = max(0.0, _REFUSED - _DOUBT / math.sqrt(trials))
    short = max(0.0, 1 - share * (trials + 1))  # so few that the least familiar of them is not yet rare
    return _quantile(known, _weights(bursts), share) - short


def _weights(bursts: NDArray[np.intp]) -> Floats:
    """Return weights (n,) with which each burst weighs the same."""
    _, burst, sizes = np.unique(bursts, return_inverse=True, return_counts=True)
    return np.asarray(1 / sizes[burst])


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][min(int(np.searchsorted(reached, share)), len(values) - 1)])
