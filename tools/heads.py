"""The heads that edge_brain's is compared with, on the very same codes: levels (n, 1280), zero or more each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

Floats = NDArray[np.float64]
Words = NDArray[np.str_]

_C = 10.0  # where nothing is there to tune it on
_CANDIDATES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
_FOLDS = 4


def imprinting(learned: Floats, labels: Words, asked: Floats) -> Words:
    """Return the class whose mean of L2-normalised levels has the greatest cosine (Qi, Brown, Lowe, 2018)."""
    return _nearest(_unit(learned), labels, _unit(asked))


def centred_cosine(learned: Floats, labels: Words, asked: Floats) -> Words:
    """Return the class with the greatest cosine about the mean of what was learned (SimpleShot: Wang et al., 2019)."""
    centre = _unit(learned).mean(axis=0)
    return _nearest(_unit(_unit(learned) - centre), labels, _unit(_unit(asked) - centre))


def three_nearest(learned: Floats, labels: Words, asked: Floats) -> Words:
    """Return the class that most of the three nearest frames by cosine have; the nearest decides a draw."""
    nearest = np.argsort(-(_unit(asked) @ _unit(learned).T), axis=1)[:, :3]
    votes = labels[nearest]
    told = [row[0] if len(set(row)) == len(row) else max(row, key=list(row).count) for row in votes.tolist()]
    return np.array(told)


def plain_regression(learned: Floats, labels: Words, asked: Floats) -> Words:
    """Return what logistic regression says on the root of the levels, L2-normalised, with C = 10."""
    rows, questions = _rotated(learned, asked)
    return np.asarray(_fitted(rows, labels, _C).predict(questions))


def logistic_regression(learned: Floats, labels: Words, asked: Floats) -> Words:
    """Return what logistic regression says on the root of the levels, L2-normalised, C tuned by cross-validation.

    The folds are of the learned pictures; where a class has one, C is 10.
    """
    rows, questions = _rotated(learned, asked)
    return np.asarray(_fitted(rows, labels, _tuned(rows, labels)).predict(questions))


def _rotated(learned: Floats, asked: Floats) -> tuple[Floats, Floats]:
    """Return the normalised roots in the space of the learned ones, which changes no answer and is faster."""
    rows, questions = _unit(np.sqrt(learned)), _unit(np.sqrt(asked))
    _, _, axes = np.linalg.svd(rows, full_matrices=False)
    return rows @ axes.T, questions @ axes.T


def _tuned(rows: Floats, labels: Words) -> float:
    folds = min(_FOLDS, int(np.unique(labels, return_counts=True)[1].min()))
    if folds < 2:
        return _C
    splits = list(StratifiedKFold(folds, shuffle=True, random_state=0).split(rows, labels))
    scores = [
        np.mean([_fitted(rows[known], labels[known], c).score(rows[held], labels[held]) for known, held in splits])
        for c in _CANDIDATES
    ]
    return _CANDIDATES[int(np.argmax(scores))]


def _fitted(rows: Floats, labels: Words, c: float) -> LogisticRegression:
    return LogisticRegression(C=c, max_iter=500).fit(rows, labels)


SIMPLE_SHOT, TUNED = "centred cosine", "logistic regression, C tuned"
HEADS = {
    "imprinting": imprinting, SIMPLE_SHOT: centred_cosine, "3-NN": three_nearest,
    "logistic regression, C 10": plain_regression, TUNED: logistic_regression,
}  # fmt: skip


def _nearest(learned: Floats, labels: Words, asked: Floats) -> Words:
    classes = np.unique(labels)
    centroids = _unit(np.stack([learned[labels == name].mean(axis=0) for name in classes]))
    return np.asarray(classes[(asked @ centroids.T).argmax(axis=1)])


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))
