"""The metric that the head learns: within-class covariance, shrunk, inverted; and exact leaving-out.

This is linear discriminant analysis with a covariance shrunk towards the identity. With the scatter
S = Q − Σ s_k s_kᵀ/n_k, ν = n − K degrees of freedom and d features, the shrunk covariance is

    (1 − α)·S/ν + α·(tr S/νd)·I  =  (1 − α)/ν · (S + λI),     λ = α/(1 − α) · tr S/d

α is the oracle-approximating weight (Chen, Wiesel, Eldar, Hero, "Shrinkage algorithms for MMSE
covariance estimation", 2010), never under 0.5, and λ is rounded to a grid of 2^¼: between two steps of
the grid a learned row changes S by a rank-one term, and the inverse follows by Sherman and Morrison's
formula in a few passes over the matrix instead of being solved anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LEAST_SHRINKAGE = 0.5
_MOST_SHRINKAGE = 0.98  # a handful of frames say next to nothing about 1280 × 1280 covariances
# A mean of n frames is drawn to the mean of means by n/(n + 2): over clothing, produce, hand signs and cifar
# at 1, 2, 5, 10, 20 a class it gains 1.6, 1.1, 0.9, 0.4, 0.3 points, and 7.4 where counts are 30, 10 and 2.
_DOUBT = 2.0
_STRIPE = 64  # rows of a matrix
_GRID = 4  # steps of λ to a doubling
_MOST_STEPS = 256  # rank-one steps between two exact solves: their rounding stays near 1e-12


class Metric:
    """P = (S + λI)⁻¹ and the class means, solved from the exact state and following single changes of it."""

    def __init__(self, counts: Floats, sums: Floats, scatter: Floats) -> None:
        """Solve for counts (K,), sums (K, d) and scatter Q (d, d); every count is at least 1."""
        self.counts = counts.astype(np.float64)
        self.sums = sums.astype(np.float64)
        within = scatter - (self.sums / self.counts[:, None]).T @ self.sums if len(counts) else scatter.copy()
        self._trace = float(np.trace(within))
        self._square = float(np.vdot(within, within))  # ‖S‖², for α
        self.ridge = self._wanted_ridge()
        within[np.diag_indices_from(within)] += self.ridge
        self.precision: Floats = np.linalg.inv(within)
        self.weights: Floats = self.means @ self.precision
        self._steps = 0

    @property
    def means(self) -> Floats:
        """The class means, shape (K, d)."""
        return self.sums / self.counts[:, None]

    def discriminants(self) -> tuple[Floats, Floats]:
        """Return weights W (K, d) and offsets b (K,): b − x·W is the distance of row x to each class.

        It is the squared Mahalanobis distance to the class, its mean drawn towards the background (the
        mean of all class means) as far as few frames make it uncertain, less that to the background.
        """
        means = self.means
        centre, image = means.mean(axis=0), self.weights.mean(axis=0)
        trust, scale = _trust(self.counts), self._freedom / (1 - self._shrinkage())
        spokes, spoke_images = means - centre, self.weights - image
        weights = 2 * scale * trust[:, None] * spoke_images
        return weights, weights @ centre + scale * trust**2 * _forms(spokes, spoke_images)

    def spread(self) -> float:
        """Return the mean squared distance of the classes from the background, which sets the scale of all."""
        spokes, images = self.means - self.means.mean(axis=0), self.weights - self.weights.mean(axis=0)
        return float(self._freedom / (1 - self._shrinkage()) * _forms(spokes, images).mean()) if len(spokes) else 0.0

    def learn(self, k: int, row: Floats, scatter: Floats) -> bool:
        """Follow a row, shape (d,), that class k has learned; `scatter` is Q before. False: solve anew."""
        return self._step(k, row, scatter, +1)

    def unlearn(self, k: int, row: Floats, scatter: Floats) -> bool:
        """Follow a row that class k, holding at least two, has unlearned; `scatter` is Q before. False: solve anew."""
        return self._step(k, row, scatter, -1)

    def leave_out(self, rows: Floats, classes: NDArray[np.intp], bursts: NDArray[np.intp]) -> Floats:
        """Return what each row's distances would be had its whole burst never been learned.

        `rows` (n, d) are learned rows, `classes` (n,) their classes, `bursts` (n,) numbers; all rows of a
        burst must be given. The answer (n, K) is relative to the background, like `discriminants`;
        infinite for a class that would be gone. Exact but for λ, which is held.
        """
        distances = np.empty((len(rows), len(self.counts)))
        projected = rows @ self.precision
        for burst in np.unique(bursts):
            own = np.flatnonzero(bursts == burst)
            distances[own] = self._without(rows[own], projected[own], classes[own])
        return distances

    def _without(self, rows: Floats, projected: Floats, classes: NDArray[np.intp]) -> Floats:
        """Return the distances (g, K) of the rows of one burst, with it left out of S and of the means.

        S without the burst is S − UᵀU, U = [rows − mean; g/√(n_k − g)·their mean], so P becomes
        P + PUᵀ(I − UPUᵀ)⁻¹UP (Woodbury).
        """
        counts, means, weights = self.counts.copy(), self.means, self.weights.copy()
        parts, images, gone = [], [], []
        for k in np.unique(classes):
            own = classes == k
            count, left = int(own.sum()), int(counts[k]) - int(own.sum())
            counts[k] = left
            part, image = rows[own] - means[k], projected[own] - weights[k]
            parts.append(part)
            images.append(image)
            if left == 0:
                gone.append(k)
                continue
            mean, mean_image = part.mean(axis=0), image.mean(axis=0)
            parts.append(count / math.sqrt(left) * mean[None])
            images.append(count / math.sqrt(left) * mean_image[None])
            means[k] -= count / left * mean
            weights[k] -= count / left * mean_image
        u, up = np.concatenate(parts), np.concatenate(images)
        kept = np.setdiff1d(np.arange(len(means)), gone)
        if len(kept) == 0:
            return np.full((len(rows), len(means)), np.inf)
        centre, image = means[kept].mean(axis=0), weights[kept].mean(axis=0)
        spokes, spoke_images, centred = means - centre, weights - image, rows - centre
        core = np.linalg.inv(np.eye(len(u)) - up @ u.T)
        row_parts, spoke_parts = centred @ up.T @ core, spokes @ up.T
        products = centred @ spoke_images.T + row_parts @ spoke_parts.T
        squares = _forms(spokes, spoke_images) + _forms(spoke_parts @ core, spoke_parts)
        freedom = max(self._freedom - len(rows) + len(gone), 1.0)
        trust = _trust(counts)
        distances = freedom / (1 - self._shrinkage()) * (trust**2 * squares - 2 * trust * products)
        distances[:, gone] = np.inf
        return np.asarray(distances)

    def _step(self, k: int, row: Floats, scatter: Floats, sign: int) -> bool:
        count = self.counts[k]
        error = row - self.sums[k] / count
        factor = sign * count / (count + sign)  # S becomes S + factor·error·errorᵀ
        within_error = scatter @ error - self.means.T @ (self.sums @ error)
        self._square += 2 * factor * float(error @ within_error) + factor**2 * float(error @ error) ** 2
        self._trace += factor * float(error @ error)
        self.counts[k] += sign
        self.sums[k] += sign * row
        self._steps += 1
        if self._steps > _MOST_STEPS or self._wanted_ridge() != self.ridge:
            return False
        image = self.precision @ error
        shrink = factor / (1 + factor * float(error @ image))
        scaled = shrink * image
        for start in range(0, len(scaled), _STRIPE):  # in stripes that stay in the cache
            stripe = slice(start, start + _STRIPE)
            self.precision[stripe] -= np.multiply.outer(scaled[stripe], image)
        self.weights -= (self.weights @ error)[:, None] * scaled[None]
        self.weights[k] = self.means[k] @ self.precision
        return True

    @property
    def _freedom(self) -> float:
        return float(max(self.counts.sum() - len(self.counts), 1.0))

    def _shrinkage(self) -> float:
        d, freedom = self.sums.shape[1], self._freedom
        trace, square = self._trace / freedom, self._square / freedom**2
        spread = square - trace**2 / d
        if spread <= 0 or trace <= 0:
            return _MOST_SHRINKAGE
        oracle = ((1 - 2 / d) * square + trace**2) / ((freedom + 1 - 2 / d) * spread)
        return float(min(max(oracle, _LEAST_SHRINKAGE), _MOST_SHRINKAGE))

    def _wanted_ridge(self) -> float:
        alpha, d = self._shrinkage(), self.sums.shape[1]
        if self._trace < 0.5:  # S is made of integers over counts: this is no spread at all
            return 1.0
        exact = alpha / (1 - alpha) * self._trace / d
        return float(2.0 ** (round(_GRID * math.log2(exact)) / _GRID))


def _trust(counts: Floats) -> Floats:
    """Return how far from the background towards its mean each class is believed to lie, shape (K,)."""
    return counts / (counts + _DOUBT)


def _forms(left: Floats, right: Floats) -> Floats:
    """Return the inner products of corresponding rows, shape (n,)."""
    return np.asarray(np.einsum("ij,ij->i", left, right))


def stack(
    counts: dict[str, int], sums: dict[str, NDArray[np.int64]], length: int
) -> tuple[Sequence[str], Floats, Floats]:
    """Return the labels in the order of their names, their counts (K,) and sums (K, length) as floats."""
    labels = sorted(counts)
    if not labels:
        return labels, np.empty(0), np.empty((0, length))
    return labels, np.array([counts[x] for x in labels], float), np.array([sums[x] for x in labels], float)
