"""The heads that edge_brain's is compared with, on the very same codes: levels (n, 1280), zero or more each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[np.float64]
Words = NDArray[np.str_]


def imprinting(learned: Floats, labels: Words, asked: Floats) -> Words:
    """Return the class whose mean of L2-normalised levels has the greatest cosine (Qi, Brown, Lowe, 2018)."""
    classes = np.unique(labels)
    rows = _unit(learned)
    centroids = _unit(np.stack([rows[labels == name].mean(axis=0) for name in classes]))
    return np.asarray(classes[(_unit(asked) @ centroids.T).argmax(axis=1)])


def three_nearest(learned: Floats, labels: Words, asked: Floats) -> Words:
    """Return the class that most of the three nearest frames by cosine have; the nearest decides a draw."""
    nearest = np.argsort(-(_unit(asked) @ _unit(learned).T), axis=1)[:, :3]
    votes = labels[nearest]
    told = [row[0] if len(set(row)) == len(row) else max(row, key=list(row).count) for row in votes.tolist()]
    return np.array(told)


def logistic_regression(learned: Floats, labels: Words, asked: Floats) -> Words:
    """Return what scikit-learn's logistic regression says, C = 10, on the root of the levels, L2-normalised."""
    model = LogisticRegression(C=10, max_iter=500).fit(_unit(np.sqrt(learned)), labels)
    return np.asarray(model.predict(_unit(np.sqrt(asked))))


HEADS = {"imprinting": imprinting, "3-NN": three_nearest, "logistic regression": logistic_regression}


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))
