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
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_brain import leaving

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
        self._frames: tuple[int, ...] = ()  # whose rows (n, d) and images, rows · P, are followed
        self._rows = self._images = np.empty((0, self.sums.shape[1]))

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

    def axes(self) -> tuple[Floats, Floats]:
        """Return A (K, K) and o (K,): o − D·A is where a row with distances D (K,) lies in the space the classes span.

        The squares of these coordinates add up to its squared distance from the background within that space.
        """
        trust, scale = _trust(self.counts), self._freedom / (1 - self._shrinkage())
        spokes, images = self.means - self.means.mean(axis=0), self.weights - self.weights.mean(axis=0)
        products = scale * spokes @ images.T
        root = np.linalg.cholesky(np.linalg.inv(leaving.regular((products + products.T) / 2)))
        return root / (2 * trust)[:, None], (trust * np.diag(products) / 2) @ root

    def learn(self, k: int, row: Floats, scatter: Floats) -> bool:
        """Follow a row, shape (d,), that class k has learned; `scatter` is Q before. False: solve anew."""
        return self._step(k, row, scatter, +1)

    def unlearn(self, k: int, row: Floats, scatter: Floats) -> bool:
        """Follow a row that class k, holding at least two, has unlearned; `scatter` is Q before. False: solve anew."""
        return self._step(k, row, scatter, -1)

    def leave_out(
        self, rows: Floats, classes: NDArray[np.intp], bursts: NDArray[np.intp], *, frames: Sequence[int] = ()
    ) -> Floats:
        """Return what each row's distances would be had its whole burst never been learned.

        `rows` (n, d) are learned rows, `classes` (n,) their classes, `bursts` (n,) numbers; all rows of a
        burst must be given. The answer (n, K) is relative to the background, like `discriminants`;
        infinite for a class that would be gone. Exact but for λ, which is held. The rows of `frames`, the
        numbers of (n,) frames, are followed, so that after single changes the next call costs little.
        """
        distances = np.empty((len(rows), len(self.counts)))
        for members, left_out in self._left_out(rows, classes, bursts, frames):
            distances[members] = self._distances(left_out)
        return distances

    def leave_out_inside(
        self, rows: Floats, classes: NDArray[np.intp], bursts: NDArray[np.intp], *, frames: Sequence[int] = ()
    ) -> Floats:
        """Return, with the same arguments, each row's squared distance (n,) from the background, as `axes` have it."""
        within = np.empty(len(rows))
        for members, left_out in self._left_out(rows, classes, bursts, frames, whole=True):
            within[members] = leaving.inside(left_out) * self._scale(left_out)[..., 0]
        return within

    def _left_out(
        self,
        rows: Floats,
        classes: NDArray[np.intp],
        bursts: NDArray[np.intp],
        frames: Sequence[int],
        *,
        whole: bool = False,
    ) -> Iterator[tuple[NDArray[np.intp], leaving.LeftOut]]:
        """Yield the places (b, g) of the rows of bursts of one size, and what these are when they are left out."""
        if not len(rows):
            return
        images = self._followed(rows, frames) if frames else rows @ self.precision
        means, centre = self.means, self.means.mean(axis=0)
        inner, own = rows @ self.weights.T, means @ self.weights.T  # of rows with means, of means with means
        spokes = (means - centre) @ (self.weights - self.weights.mean(axis=0)).T
        cross = inner - inner.mean(axis=1, keepdims=True) - (own - own.mean(axis=1, keepdims=True))[classes]
        for members in _by_size(bursts):
            places = classes[members]
            of_rows = np.einsum("bgd,bhd->bgh", images[members], rows[members])
            with_mean = np.take_along_axis(inner[members], places[:, None].repeat(members.shape[1], axis=1), axis=2)
            gram = of_rows - with_mean - with_mean.swapaxes(1, 2) + own[places[:, :, None], places[:, None]]
            yield members, leaving.leave_out(gram, cross[members], spokes, places, self.counts, whole=whole)

    def _distances(self, left_out: leaving.LeftOut) -> Floats:
        """Return the distances (b, g, K) of the rows of bursts that are left out."""
        trust = _trust(left_out.left)[:, None]
        distances = trust**2 * left_out.squares[:, None] - 2 * trust * left_out.products
        return np.where(left_out.gone[:, None], np.inf, distances * self._scale(left_out))

    def _scale(self, left_out: leaving.LeftOut) -> Floats:
        """Return what turns products into distances, shape (b, 1, 1), once bursts are left out."""
        size = left_out.products.shape[1]
        freedom = np.maximum(self._freedom - size + left_out.gone.sum(axis=1), 1.0)[:, None, None]
        return np.asarray(freedom / (1 - self._shrinkage()))

    def _followed(self, rows: Floats, frames: Sequence[int]) -> Floats:
        """Return rows · P of these frames; those that were asked for last time have been followed since."""
        places = {frame: place for place, frame in enumerate(self._frames)}
        known = np.array([places.get(frame, -1) for frame in frames], np.intp)
        new, old = np.flatnonzero(known < 0), np.flatnonzero(known >= 0)
        images = np.empty_like(rows)
        images[old] = self._images[known[old]]
        images[new] = rows[new] @ self.precision
        self._frames, self._rows, self._images = tuple(frames), rows, images
        return images

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
        self._images -= (self._rows @ image)[:, None] * scaled[None]
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


def _by_size(bursts: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Yield the places of the rows of bursts, shape (bursts, rows of each), for each size that there is."""
    _, burst, sizes = np.unique(bursts, return_inverse=True, return_counts=True)
    order, starts = np.argsort(burst, kind="stable"), np.cumsum(sizes) - sizes
    for size in np.unique(sizes):
        yield order[starts[sizes == size][:, None] + np.arange(size)]


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
