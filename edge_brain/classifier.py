"""The solved head, small enough to keep beside the database: answers, their confidence, and "unknown".

distance     squared Mahalanobis distance to a class less that to the background, the mean of all
class means: −2·x·(w_k − w_0) + b_k − b_0, with w = Pm and b = mPm. Negative is nearer
confidence   softmax(−distance/2T), T learned from leave-one-burst-out distances
familiarity  −distance of the nearest class (relative Mahalanobis: Ren et al., "A simple fix to
Mahalanobis distance", 2021); under the threshold the answer is "unknown"
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_brain.records import Prediction

Floats = NDArray[np.float64]

_LEAST_EVIDENCE = 20  # left-out frames of at least 5 bursts before a threshold is set
_LEAST_BURSTS = 5
_REFUSED = 0.05  # share of known frames that the threshold may refuse
_FIRST_TEMPERATURE = 1 / 12  # of the classes' spread, before there is evidence: fits lie between 1/3 and 1/25
_PRIOR = 2.0  # weight of that first guess, in left-out frames


@dataclass(frozen=True)
class Calibration:
    """What turns distances into probabilities and refusals."""

    temperature: float
    threshold: float | None = None


@dataclass(frozen=True)
class Classifier:
    """Nearest centroid in the learned metric as one small matrix: weights (K, d), offsets (K,)."""

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    offsets: Floats
    calibration: Calibration

    def distances(self, rows: NDArray[np.float32]) -> Floats:
        """Return the distances (n, K), relative to the background, of rows (n, d)."""
        return np.asarray(self.offsets - rows @ self.weights.T)

    def nearest(self, rows: NDArray[np.float32]) -> list[str | None]:
        """Return the nearest class of each row (n, d); None while there is none."""
        if not self.labels or not len(rows):
            return [None] * len(rows)
        return [self.labels[best] for best in self.distances(rows).argmin(axis=1)]

    def answers(self, rows: NDArray[np.float32]) -> list[Prediction]:
        """Return the whole answer to each row (n, d)."""
        if not self.labels:
            return [Prediction(None, 0.0, False, [], 0.0, None) for _ in rows]
        distances = self.distances(rows)
        shares = probabilities(distances, self.calibration.temperature).tolist()
        return [self._answer(*each) for each in zip(shares, familiarities(distances).tolist(), strict=True)]

    def _answer(self, shares: list[float], familiarity: float) -> Prediction:
        ranking = sorted(zip(self.labels, shares, strict=True), key=lambda item: -item[1])
        threshold = self.calibration.threshold
        known = threshold is None or familiarity >= threshold
        label, confidence = ranking[0]
        return Prediction(label if known else None, confidence, known, ranking, familiarity, threshold)


def probabilities(distances: Floats, temperature: float) -> Floats:
    """Return softmax(−distance/2T), shape (n, K); an infinite distance has probability 0."""
    logits = -distances / (2 * temperature)
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def familiarities(distances: Floats) -> Floats:
    """Return how much nearer the best class is than the background, shape (n,)."""
    return np.asarray(-distances.min(axis=1))


def first_calibration(spread: float) -> Calibration:
    """Return the guess that serves until there is evidence; `spread` as `Metric.spread` gives it."""
    return Calibration(max(_FIRST_TEMPERATURE * spread, 1e-3))


def calibrate(
    distances: Floats, classes: NDArray[np.intp], bursts: NDArray[np.intp], first: Calibration
) -> Calibration:
    """Learn temperature and threshold from left-out distances (n, K), classes (n,) and bursts (n,).

    Rows whose class is gone with their burst say nothing about known frames and are passed over.
    Guo et al., "On calibration of modern neural networks", 2017, for the temperature.
    """
    told = np.isfinite(distances[np.arange(len(classes)), classes])
    distances, classes, bursts = distances[told], classes[told], bursts[told]
    if len(classes) == 0 or distances.shape[1] < 2:
        return first
    _, burst, sizes = np.unique(bursts, return_inverse=True, return_counts=True)
    weights = 1 / sizes[burst]  # each burst weighs the same
    temperatures = first.temperature * np.geomspace(1 / 64, 64, 121)
    losses = np.array([_loss(distances, classes, weights, t) for t in temperatures])
    priors = _PRIOR * np.log(temperatures / first.temperature) ** 2 / 2
    temperature = float(temperatures[int(np.argmin(losses + priors))])
    if len(classes) < _LEAST_EVIDENCE or len(sizes) < _LEAST_BURSTS:
        return Calibration(temperature)
    return Calibration(temperature, _quantile(familiarities(distances), weights, _REFUSED))


def _loss(distances: Floats, classes: NDArray[np.intp], weights: Floats, temperature: float) -> float:
    own = probabilities(distances, temperature)[np.arange(len(classes)), classes]
    return float(-(weights * np.log(np.maximum(own, 1e-12))).sum())


def _quantile(values: Floats, weights: Floats, share: float) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(reached, share)])


def to_bytes(classifier: Classifier) -> bytes:
    """Return a classifier as the bytes of an .npz file without pickles."""
    file = io.BytesIO()
    threshold = classifier.calibration.threshold
    np.savez(
        file,
        labels=np.array(classifier.labels, dtype=np.str_),
        weights=classifier.weights,
        offsets=classifier.offsets,
        temperature=classifier.calibration.temperature,
        threshold=np.nan if threshold is None else threshold,
    )
    return file.getvalue()


def from_bytes(data: bytes) -> Classifier:
    """Return the classifier that `to_bytes` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        threshold = float(held["threshold"])
        return Classifier(
            labels=tuple(str(label) for label in held["labels"]),
            weights=held["weights"],
            offsets=held["offsets"],
            calibration=Calibration(float(held["temperature"]), None if np.isnan(threshold) else threshold),
        )
