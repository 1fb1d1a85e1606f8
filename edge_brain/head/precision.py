"""The inverse of a covariance that follows changes of rank one without being solved anew.

    P = (S + λI)⁻¹,  S becomes S + f·e·eᵀ:  P becomes P − c·a·aᵀ,  a = Pe,  c = f/(1 + f·e·a)

(Sherman and Morrison). The terms c·a·aᵀ are kept aside and added to the matrix 32 at a time: a change costs one
pass over the matrix for the image of its vector, and that only because someone else has to ask for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_TERMS = 512  # after so many one had better solve anew: their rounding stays near 1e-12
_ASIDE = 32
_STRIPE = 64  # rows of a matrix
_SMALL = 160  # length of a matrix that is inverted in one piece


class Precision:
    """P, asked for images of rows and told of changes of S."""

    def __init__(self, within: Floats, ridge: float) -> None:
        """Invert S + λI; `within` is S, shape (d, d), and is used up."""
        within[np.diag_indices_from(within)] += ridge
        self._solid = inverse(within)
        self.trace = float(np.trace(self._solid))
        self.steps = 0  # terms so far
        self._added = 0  # those that the matrix holds
        self._vectors: Floats = np.empty((_ASIDE, len(within)))
        self._factors: Floats = np.empty(_ASIDE)

    def images(self, rows: Floats) -> Floats:
        """Return rows · P, shape (n, d)."""
        return self.abreast(rows, rows @ self._solid, self._added)

    def abreast(self, rows: Floats, images: Floats, step: int) -> Floats:
        """Return rows · P from what it was at an earlier step."""
        vectors, factors = self._vectors[step : self.steps], self._factors[step : self.steps]
        return np.asarray(images - ((rows @ vectors.T) * factors) @ vectors if len(vectors) else images)

    def change(self, vector: Floats, image: Floats, factor: float) -> float:
        """Follow S + factor · vector vectorᵀ, given vector · P; return c: P has become P − c·image imageᵀ."""
        shrink = factor / (1 + factor * float(vector @ image))
        if self.steps == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.empty_like(self._vectors)])
            self._factors = np.concatenate([self._factors, np.empty_like(self._factors)])
        self._vectors[self.steps], self._factors[self.steps] = image, shrink
        self.steps += 1
        self.trace -= shrink * float(image @ image)
        if self.steps - self._added == _ASIDE:
            self._add()
        return shrink

    def _add(self) -> None:
        vectors = self._vectors[self._added : self.steps]
        scaled = vectors * self._factors[self._added : self.steps, None]
        for start in range(0, len(self._solid), _STRIPE):  # in stripes that stay in the cache
            stripe = slice(start, start + _STRIPE)
            self._solid[stripe] -= scaled[:, stripe].T @ vectors
        self._added = self.steps


def inverse(matrix: Floats) -> Floats:
    """Return the inverse of a symmetric positive definite matrix, by halves: a third of the time of `numpy.linalg.inv`.

    With A, B, D its quarters and F = (D − BᵀA⁻¹B)⁻¹ (Schur's complement), the quarters of the inverse are
    A⁻¹ + A⁻¹BFBᵀA⁻¹, −A⁻¹BF and F.
    """
    length = len(matrix)
    if length <= _SMALL:
        return np.asarray(np.linalg.inv(matrix))
    half = length // 2
    first, across = inverse(matrix[:half, :half]), matrix[:half, half:]
    reach = first @ across
    last = inverse(matrix[half:, half:] - across.T @ reach)
    turned = reach @ last
    whole = np.empty_like(matrix)
    whole[:half, :half], whole[half:, half:] = first + turned @ reach.T, last
    whole[:half, half:], whole[half:, :half] = -turned, -turned.T
    return whole
