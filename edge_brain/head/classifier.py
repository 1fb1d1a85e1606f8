"""The solved head, small enough to keep beside the database: answers, their confidence, and "unknown".

distance     squared Mahalanobis distance to a class less that to the background, the mean of all
class means: −2·x·(w_k − w_0) + b_k − b_0, with w = Pm and b = mPm. Negative is nearer
confidence, familiarity   as `calibration` has them
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_brain.head.calibration import Calibration, familiarities, first_calibration, probabilities
from edge_brain.records import Prediction

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Classifier:
    """Nearest centroid in the learned metric as one small matrix: weights (K, d), offsets (K,)."""

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    offsets: Floats
    axes: Floats  # (K, K), as `Metric.axes` gives them
    origin: Floats  # (K,)
    background: NDArray[np.float32]  # (d,): the mean of all class means
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
        inside = ((self.origin - distances @ self.axes) ** 2).sum(axis=1)
        familiar = familiarities(distances, inside, outside(rows, self.background), self.calibration)
        return [self._answer(*each) for each in zip(shares, familiar.tolist(), strict=True)]

    def _answer(self, shares: list[float], familiarity: float) -> Prediction:
        ranking = sorted(zip(self.labels, shares, strict=True), key=lambda item: -item[1])
        threshold = self.calibration.threshold
        known = threshold is None or familiarity >= threshold
        label, confidence = ranking[0]
        return Prediction(label if known else None, confidence, known, ranking, familiarity, threshold)


def outside(rows: NDArray[np.float32], background: NDArray[np.float32]) -> Floats:
    """Return the plain squared distances (n,) of rows (n, d) from the background (d,)."""
    away = rows - background
    return np.asarray(np.einsum("ij,ij->i", away, away), np.float64)


def nothing(length: int) -> Classifier:
    """Return the classifier of a brain that has learned nothing."""
    none, empty = np.empty((0, 0)), np.empty((0, length), np.float32)
    return Classifier((), empty, np.empty(0), none, np.empty(0), np.zeros(length, np.float32), first_calibration(0.0))


def to_bytes(classifier: Classifier) -> bytes:
    """Return a classifier as the bytes of an .npz file without pickles."""
    file, told = io.BytesIO(), classifier.calibration
    np.savez(
        file,
        labels=np.array(classifier.labels, dtype=np.str_),
        weights=classifier.weights,
        offsets=classifier.offsets,
        axes=classifier.axes,
        origin=classifier.origin,
        background=classifier.background,
        temperature=told.temperature,
        threshold=np.nan if told.threshold is None else told.threshold,
        outlook=np.array([told.spread, told.usual, told.deviation]),
    )
    return file.getvalue()


def from_bytes(data: bytes) -> Classifier:
    """Return the classifier that `to_bytes` wrote."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        labels, threshold = tuple(str(label) for label in held["labels"]), float(held["threshold"])
        told = (float(held["temperature"]), None if np.isnan(threshold) else threshold, *held["outlook"].tolist())
        return Classifier(
            labels=labels,
            weights=held["weights"],
            offsets=held["offsets"],
            axes=held["axes"],
            origin=held["origin"],
            background=held["background"],
            calibration=Calibration(*told),
        )
