"""What other systems do with the same codes: the heads that ours is measured beside.

Each takes levels, float (n, d) ≥ 0, of learned frames, their classes (n,), and levels to answer; it returns
the classes of the latter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Levels = NDArray[np.float64]
Classes = NDArray[np.str_]
Rival = Callable[[Levels, Classes, Levels], Classes]

_NEIGHBOURS = 3


def imprinting(learned: Levels, classes: Classes, asked: Levels) -> Classes:
    """Answer the class whose mean of normalised levels has the greatest cosine (Coral's weight imprinting)."""
    labels, unit = np.unique(classes), _unit(learned)
    means = _unit(np.stack([unit[classes == label].mean(axis=0) for label in labels]))
    return np.asarray(labels[(_unit(asked) @ means.T).argmax(axis=1)])


def three_neighbours(learned: Levels, classes: Classes, asked: Levels) -> Classes:
    """Answer what most of the three frames of greatest cosine are, the nearest of them in a tie (Teachable Machine)."""
    labels, indexes = np.unique(classes, return_inverse=True)
    cosines = _unit(asked) @ _unit(learned).T
    nearest = np.argsort(-cosines, axis=1)[:, :_NEIGHBOURS]
    votes = np.zeros((len(asked), len(labels)))
    for place in range(nearest.shape[1]):
        votes[np.arange(len(asked)), indexes[nearest[:, place]]] += 1 + 0.1 / (1 + place)  # 3 × 0.1 decide ties only
    return np.asarray(labels[votes.argmax(axis=1)])


def logistic_regression(learned: Levels, classes: Classes, asked: Levels) -> Classes:
    """Answer by logistic regression, C = 10, on normalised square roots of the levels."""
    fitted: Any = LogisticRegression(C=10, max_iter=2000).fit(_unit(np.sqrt(learned)), classes)
    return np.asarray(fitted.predict(_unit(np.sqrt(asked))))


RIVALS: dict[str, Rival] = {
    "imprinting": imprinting,
    "3 neighbours": three_neighbours,
    "logistic regression": logistic_regression,
}


def _unit(rows: Levels) -> Levels:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))
