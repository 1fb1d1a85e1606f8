"""The metric that the head learns: within-class covariance, shrunk, inverted; and exact leaving-out.

This is linear discriminant analysis with a covariance shrunk towards the identity. With the scatter
S = Q − Σ s_k s_kᵀ/r_k of r rows, ν = r − K degrees of freedom and d features, the shrunk covariance is

    (S/ν + (tr S/νd)·I)/2  =  (S + λI)/2ν,     λ = tr S/d

half what was seen, half a round cloud of the same size: for all numbers of frames that were measured neither a half
nor twice that λ is better, nor the weight of Chen, Wiesel, Eldar and Hero (2010), which is less and needs a floor.
λ is rounded to a grid of 2^¼: between two steps of the grid a row changes S by a term of rank one, and `precision`
follows it.

A class of few frames is not where its mean lies. Of n frames the mean is drawn to the background by n/(n + 2), the
background being the mean of all means so trusted; and its distance is relieved of a part of what its mean's error
adds, τ/n with τ = e/(ν − e) and e = tr PS, the dimensions in effect (the bias of discriminant analysis: Moran and
Murphy, "A closer look at two alternative methods of statistical discrimination", 1979).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from edge_brain.head import leaving
from edge_brain.head.precision import MOST_TERMS, Precision

Floats = NDArray[np.float64]

# Over clothing, produce, hand signs, tiles and cifar at 1, 2, 5, 10, 20 a class the drawing gains 1.5, 0.9, 0.8, 0.4
# and 0.0 points, and 11 where counts are 50, 10 and 2; there the relief gains another 5 (3 of them balanced).
_DOUBT = 2.0  # frames
_RELIEF = 0.5
_LEAST_LEFT = 0.03  # of the degrees of freedom: as few as that are never left for τ
_GRID = 4  # steps of λ to a doubling


class Metric:
    """P = (S + λI)⁻¹ and the class means, solved from the exact state and following single changes of it."""

    def __init__(self, counts: Floats, sums: Floats, scatter: Floats, views: int = 1) -> None:
        """Solve for counts (K,), sums (K, d) and scatter Q (d, d); every count is at least 1.

        `counts` are frames; sums and scatter are of `views` rows for each.
        """
        self.views = views
        self.counts = counts.astype(np.float64) * views  # rows
        self.sums = sums.astype(np.float64)
        within = scatter - (self.sums / self.counts[:, None]).T @ self.sums if len(counts) else scatter.copy()
        self._trace = float(np.trace(within))
        self.ridge = self._wanted_ridge()
        self.precision = Precision(within, self.ridge)
        self.weights: Floats = self.precision.images(self.means)
        self._frames: tuple[int, ...] = ()  # whose rows (n, d) and images, rows · P, are followed
        self._rows = self._images = np.empty((0, self.sums.shape[1]))
        self._step = 0  # of the precision, that these images are abreast of

    @property
    def means(self) -> Floats:
        """The class means, shape (K, d)."""
        return self.sums / self.counts[:, None]

    @property
    def centre(self) -> Floats:
        """The background, shape (d,): the mean of all class means, each so far as it is trusted."""
        return np.asarray(self._shares() @ self.means)

    def discriminants(self) -> tuple[Floats, Floats]:
        """Return weights W (K, d) and offsets b (K,): b − x·W is the distance of row x to each class.

        It is the squared Mahalanobis distance to the class, its mean drawn towards the background as far as few
        frames make it uncertain, less that to the background.
        """
        trust, (spokes, images) = self._trust(self.counts), self._spokes()
        weights = 2 * self._scale * trust[:, None] * images
        relief = self._relief(self.counts, self.precision.trace, self._freedom)
        return weights, weights @ self.centre + self._scale * (trust**2 * _forms(spokes, images) - relief)

    def spread(self) -> float:
        """Return the mean squared distance of the classes from the background, which sets the scale of all."""
        return float(self._scale * _forms(*self._spokes()).mean()) if len(self.counts) else 0.0

    def axes(self) -> tuple[Floats, Floats]:
        """Return A (K, K) and o (K,): o − D·A is where a row with distances D (K,) lies in the space the classes span.

        The squares of these coordinates add up to its squared distance from the background within that space.
        """
        trust, (spokes, images) = self._trust(self.counts), self._spokes()
        products = self._scale * spokes @ images.T
        relief = self._scale * self._relief(self.counts, self.precision.trace, self._freedom) / trust
        root = np.linalg.cholesky(np.linalg.inv(leaving.regular((products + products.T) / 2)))
        return root / (2 * trust)[:, None], ((trust * np.diag(products) - relief) / 2) @ root

    def learn(self, k: int, rows: Floats) -> bool:
        """Follow the rows (views, d) of a frame that class k has learned. False: solve anew."""
        return self._follow(k, rows, +1)

    def unlearn(self, k: int, rows: Floats) -> bool:
        """Follow the rows of a frame that class k, holding at least two, has unlearned. False: solve anew."""
        return self._follow(k, rows, -1)

    def leave_out(
        self, rows: Floats, classes: NDArray[np.intp], bursts: NDArray[np.intp], *, frames: Sequence[int] = ()
    ) -> Floats:
        """Return what each frame's distances would be had its whole burst never been learned.

        `rows` (n, views, d) are of learned frames, the first of each the frame as it is; `classes` (n,) are their
        classes, `bursts` (n,) numbers; all frames of a burst must be given. The answer (n, K) is relative to the
        background, like `discriminants`; infinite for a class that would be gone. Exact but for λ, which is held. The
        rows of `frames`, the numbers of (n,) frames, are followed, so that after single changes the next call costs
        little.
        """
        distances = np.empty((len(classes), len(self.counts)))
        for members, left_out in self._left_out(rows, classes, bursts, frames):
            distances[members] = self._distances(left_out)
        return distances

    def leave_out_inside(
        self, rows: Floats, classes: NDArray[np.intp], bursts: NDArray[np.intp], *, frames: Sequence[int] = ()
    ) -> Floats:
        """Return, with the same arguments, how far (n,), squared, frames lie from the background where classes do."""
        within = np.empty(len(classes))
        for members, left_out in self._left_out(rows, classes, bursts, frames, whole=True):
            within[members] = leaving.inside(left_out)[:, :: self.views] * 2 * self._freedom_of(left_out)[:, None]
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
        """Yield the places (b, g) of the frames of bursts of one size, and their products when they are left out."""
        if not len(classes):
            return
        flat, own_class = rows.reshape(len(classes) * self.views, -1), classes.repeat(self.views)
        images = self._followed(flat, frames) if frames else self.precision.images(flat)
        (spokes, spoke_images), shares = self._spokes(), self._shares()
        inner, own = flat @ self.weights.T, self.means @ self.weights.T  # of rows with means, of means with means
        errors = images - self.weights[own_class]
        cross = inner - own[own_class]
        cross -= (cross @ shares)[:, None]
        for members in _by_size(bursts):
            places = (members[:, :, None] * self.views + np.arange(self.views)).reshape(len(members), -1)
            belong = own_class[places]
            of_rows = np.einsum("bgd,bhd->bgh", images[places], flat[places])
            with_mean = np.take_along_axis(inner[places], belong[:, None].repeat(places.shape[1], axis=1), axis=2)
            gram = of_rows - with_mean - with_mean.swapaxes(1, 2) + own[belong[:, :, None], belong[:, None]]
            yield (
                members,
                leaving.leave_out(
                    gram,
                    cross[places],
                    spokes @ spoke_images.T,
                    belong,
                    self.counts,
                    doubt=_DOUBT * self.views,
                    images=errors[places],
                    whole=whole,
                ),
            )

    def _distances(self, left_out: leaving.LeftOut) -> Floats:
        """Return the distances (b, g, K) of the frames of bursts that are left out."""
        freedom = self._freedom_of(left_out)
        traces = self.precision.trace + left_out.trace
        relief = self._relief(left_out.left, traces[:, None], freedom[:, None])
        trust = self._trust(left_out.left)
        products = left_out.products[:, :: self.views]
        distances = (trust**2 * left_out.squares - relief)[:, None] - 2 * trust[:, None] * products
        return np.where(left_out.gone[:, None], np.inf, distances * 2 * freedom[:, None, None])

    def _freedom_of(self, left_out: leaving.LeftOut) -> Floats:
        """Return the degrees of freedom (b,) that are left without each burst."""
        return np.asarray(np.maximum(self._freedom - left_out.products.shape[1] + left_out.gone.sum(axis=1), 1.0))

    def _followed(self, rows: Floats, frames: Sequence[int]) -> Floats:
        """Return rows · P of these frames; those that were asked for last time have been followed since."""
        places = {frame: place for place, frame in enumerate(self._frames)}
        known = np.array([places.get(frame, -1) for frame in frames], np.intp)
        new, old = (
            (np.flatnonzero(part)[:, None] * self.views + np.arange(self.views)).ravel()
            for part in (known < 0, known >= 0)
        )
        before = (known[known >= 0][:, None] * self.views + np.arange(self.views)).ravel()
        images = np.empty_like(rows)
        images[old] = self.precision.abreast(self._rows[before], self._images[before], self._step)
        images[new] = self.precision.images(rows[new])
        self._frames, self._rows, self._images, self._step = tuple(frames), rows, images, self.precision.steps
        return images

    def _follow(self, k: int, rows: Floats, sign: int) -> bool:
        if self.precision.steps + len(rows) > MOST_TERMS:
            return False
        images = self.precision.images(rows)
        for place, row in enumerate(rows):
            count = self.counts[k]
            error, image = row - self.sums[k] / count, images[place] - self.weights[k]
            factor = sign * count / (count + sign)  # S becomes S + factor·error·errorᵀ
            shrink = self.precision.change(error, image, factor)
            self._trace += factor * float(error @ error)
            self.weights -= shrink * np.multiply.outer(self.weights @ error, image)
            images -= shrink * np.multiply.outer(rows @ image, image)
            self.counts[k] += sign
            self.sums[k] += sign * row
            self.weights[k] += sign / (count + sign) * (1 - shrink * float(image @ error)) * image
        return self._wanted_ridge() == self.ridge

    def _spokes(self) -> tuple[Floats, Floats]:
        """Return the class means less the background, shape (K, d), and their images."""
        shares = self._shares()
        return self.means - shares @ self.means, self.weights - shares @ self.weights

    def _shares(self) -> Floats:
        """Return the weights (K,) of the class means in the background."""
        trust = self._trust(self.counts)
        return np.asarray(trust / trust.sum())

    def _trust(self, counts: Floats) -> Floats:
        """Return how far from the background towards its mean each class of so many rows is believed to lie."""
        return leaving.trust(counts, _DOUBT * self.views)

    def _relief(self, counts: Floats, trace: float | Floats, freedom: float | Floats) -> Floats:
        """Return what classes of so many rows, shape (…, K), are relieved of, where `trace` is tr P: nought on average.

        Classes of like counts are not relieved, so that distances mean what they did.
        """
        effective, trust = self.sums.shape[1] - self.ridge * trace, self._trust(counts)
        error = effective / np.maximum(freedom - effective, _LEAST_LEFT * freedom)
        relief = _RELIEF * self.views * error * trust**2 / np.maximum(counts, 1.0)
        usual = (trust * relief).sum(axis=-1, keepdims=True) / np.maximum(trust.sum(axis=-1, keepdims=True), 1e-12)
        return np.asarray(relief - usual)

    @property
    def _freedom(self) -> float:
        return float(max(self.counts.sum() - len(self.counts), 1.0))

    @property
    def _scale(self) -> float:
        """What turns products with P into products with the inverse of the shrunk covariance."""
        return 2 * self._freedom

    def _wanted_ridge(self) -> float:
        if self._trace < 0.5:  # S is made of integers over counts: this is no spread at all
            return 1.0
        return float(2.0 ** (round(_GRID * math.log2(self._trace / self.sums.shape[1])) / _GRID))


def _by_size(bursts: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Yield the places of the frames of bursts, shape (bursts, frames of each), for each size that there is.

    The bursts come in the order of their first frames, whatever their numbers: sums are rounded by their order.
    """
    _, first, burst, sizes = np.unique(bursts, return_index=True, return_inverse=True, return_counts=True)
    came = np.argsort(first)
    burst, sizes = np.argsort(came)[burst], sizes[came]
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
