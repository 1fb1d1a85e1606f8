"""Which frames look wrongly tagged: the probability that a tag is wrong, from what the brain takes the frame for.

Every tagged frame has its distances to all classes as if it had never been learned. Its tag y came about so:

    P(y)  =  (1 − ε)·p_y  +  ε·Σ_j p_j·C_jy  +  p_0/K

p = softmax(−distance/2T) over the classes and, at a level of its own, the background: p_0 is what looks like
nothing known, and may bear any tag. ε is the share of wrong tags, and C what they become: any class alike, or those
that are mistaken most, or half of each. The middle term over the whole is the probability that the tag is wrong.
Nothing of it is set: T, ε, C and the level of the background are averaged over a grid, each cell by its likelihood
(Bayesian model averaging: Hoeting and others, 1999). So clean tags make ε small, and no list.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from edge_brain.head.calibration import probabilities

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

_TEMPERATURES = np.geomspace(1 / 32, 4, 12)  # of the first guess
_LEVELS = ((np.inf, 0.8), (0.5, 0.1), (0.2, 0.1))  # of the background, in spreads of the classes, and their prior
_CHANNELS = ((0.0, 0.8), (0.5, 0.1), (1.0, 0.1))  # share of wrong tags that fall on look-alikes, and its prior
_SHARES = np.geomspace(0.001, 0.25, 7)  # ε
_DOUBT = 50.0  # right tags that are taken for granted: small brains list too much without
_NEGLIGIBLE = 1e-4  # of the likelihood found so far
_TINY = 1e-12


def wrongness(distances: Floats, classes: Indices, weights: Floats, temperature: float, spread: float) -> Floats:
    """Return the probability, shape (n,), that each tag is wrong.

    `distances` (n, K) are of frames that were not learned, or are left out; that to the own class is finite.
    `weights` (n,) say how much each frame is worth as evidence: frames of one scene and class share one.
    `temperature` is a first guess, `spread` the classes' mean squared distance from the background.
    """
    if not len(classes) or distances.shape[1] < 2:
        return np.zeros(len(classes))
    wrong, whole, best = np.zeros(len(classes)), 0.0, -np.inf
    for right, other, unknown, prior in _cells(distances, classes, temperature, spread):
        tags = np.multiply.outer(1 - _SHARES, right) + np.multiply.outer(_SHARES, other) + unknown
        likelihoods = np.log(np.maximum(tags, _TINY)) @ weights + _DOUBT * np.log(1 - _SHARES) + np.log(prior)
        if likelihoods.max() > best:
            scale = np.exp(best - likelihoods.max())
            wrong, whole, best = wrong * scale, whole * scale, float(likelihoods.max())
        shares = np.exp(likelihoods - best)
        if shares.max() > _NEGLIGIBLE:
            wrong += (shares * _SHARES) @ (other / np.maximum(tags, _TINY))
            whole += float(shares.sum())
    return np.asarray(wrong / whole)


def worth_a_look(wrong: Floats, precision: float) -> Indices:
    """Return the most suspicious frames first, as many as leave that share of the list expected to be wrong."""
    order = np.argsort(-wrong, kind="stable")
    expected = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    return order[: int(np.count_nonzero(expected >= precision))]  # the mean of a falling row falls


def _cells(
    distances: Floats, classes: Indices, temperature: float, spread: float
) -> Iterator[tuple[Floats, Floats, Floats, float]]:
    """Yield, for each cell of the grid but ε: P(y | right tag), P(y | wrong tag), P(y | unknown), the prior."""
    n, length = distances.shape
    each = np.arange(n)
    own = np.zeros((n, length))
    own[each, classes] = 1
    counts = np.maximum(own.sum(axis=0), 1)[:, None]
    for one in temperature * _TEMPERATURES:
        for level, likely in _LEVELS:
            shares = probabilities(np.column_stack([distances, np.full(n, level * spread)]), float(one))
            known, unknown = shares[:, :-1], shares[:, -1] / length
            right = known[each, classes]
            anywhere = (known.sum(axis=1) - right) / (length - 1)
            mistaken = own.T @ known / counts
            np.fill_diagonal(mistaken, 0)
            mistaken += _TINY * (1 - np.eye(length))
            mistaken /= mistaken.sum(axis=1, keepdims=True)
            alike = (known @ mistaken)[each, classes]
            for share, prior in _CHANNELS:
                yield right, (1 - share) * anywhere + share * alike, unknown, likely * prior
