"""What the distances of rows would be had their whole burst never been learned: exact, from inner products alone.

S without a burst is S − EᵀAE, E its rows less their class means and A = I + Σ 1ₖ1ₖᵀ/(rows left of class k), so the
inverse P becomes P + PEᵀ(A⁻¹ − EPEᵀ)⁻¹EP (Woodbury), and every mean moves by a combination of rows of E. All that is
needed are products with P of these rows and of the spokes, the class means less their mean. Bursts of one size are
done at once. The means weigh in their mean as far as they are trusted.

    gram    EPEᵀ (b, g, g)    cross   EPsⱼ (b, g, K)    spokes  sₖPsⱼ (K, K)    own  classes (b, g)    counts  (K,)
    images  EP (b, g, d)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LEAST = 1e-6  # of the mean square: directions in which the spokes differ less say nothing


@dataclass(frozen=True)
class LeftOut:
    """Products in the metric of what learned all but the burst, for b bursts of g rows and K classes."""

    left: Floats  # (b, K): rows that each class still has
    gone: NDArray[np.bool_]  # (b, K): classes that had no other rows
    squares: Floats  # (b, K): of the spokes
    products: Floats  # (b, g, K): of the rows, less the mean of means, with the spokes
    trace: Floats  # (b,): by how much that of P grows
    spokes: Floats | None  # (b, K, K): of the spokes with each other, if they were asked for


def trust(counts: Floats, doubt: float) -> Floats:
    """Return how far from the background towards its mean each class is believed to lie: 0 without a row, at most 1."""
    return np.asarray(counts / (counts + doubt))


def leave_out(
    gram: Floats,
    cross: Floats,
    spokes: Floats,
    own: NDArray[np.intp],
    counts: Floats,
    *,
    doubt: float,
    images: Floats,
    whole: bool = False,
) -> LeftOut:
    """Return the products of bursts that are left out, those of all spokes with `whole`.

    Products of classes that are gone mean nothing.
    """
    left, gone, kept, member = _kept(own, counts, doubt)
    moves = member / np.where(left > 0, left, np.inf)[:, None]  # mean k moves by −Σ of its rows of E, so weighted
    centre_moves = np.einsum("bgk,bk->bg", moves, kept)
    shifts = centre_moves[:, None] - moves.swapaxes(1, 2)  # spoke j moves by shifts[j] · E, (b, K, g)
    weighted = np.eye(own.shape[1]) + moves @ member.swapaxes(1, 2)  # A
    inverse = np.linalg.solve(np.eye(own.shape[1]) - weighted @ gram, weighted)

    lean = kept @ spokes  # the mean of the spokes as they weigh now, in products
    centre = np.einsum("bk,bk->b", lean, kept)[:, None]
    crossed = cross - np.einsum("bgk,bk->bg", cross, kept)[..., None]
    touching = crossed + gram @ shifts.swapaxes(1, 2)  # EP(moved spokes), (b, g, K)
    corrected = inverse @ touching
    squares = (
        np.diagonal(spokes)
        - lean
        - lean
        + centre
        + np.einsum("bkg,bgk->bk", shifts, crossed + touching)
        + np.einsum("bgk,bgk->bk", touching, corrected)
    )
    of_own = np.take_along_axis(crossed, own[:, None].repeat(own.shape[1], axis=1), axis=2)  # EPs of each row's class
    seen = gram + of_own + np.einsum("bgh,bh->bg", gram, centre_moves)[..., None]  # EP(rows − mean of means)
    products = (
        touching
        + (spokes[own] - np.take_along_axis(lean, own, axis=1)[..., None] - lean[:, None] + centre[..., None])
        + of_own.swapaxes(1, 2) @ shifts.swapaxes(1, 2)
        + np.einsum("bg,bgk->bk", centre_moves, touching)[:, None]
        + seen.swapaxes(1, 2) @ corrected
    )
    all_spokes = None
    if whole:  # (b, K, K), which of hundreds of classes and bursts takes longer than all else
        base = spokes - lean[:, :, None] - lean[:, None] + centre[..., None]
        all_spokes = base + shifts @ touching + crossed.swapaxes(1, 2) @ shifts.swapaxes(1, 2)
        all_spokes += touching.swapaxes(1, 2) @ corrected
    trace = np.einsum("bgh,bgh->b", inverse, images @ images.swapaxes(1, 2))  # both are symmetric
    return LeftOut(left, gone, squares, products, trace, all_spokes)


def _kept(own: NDArray[np.intp], counts: Floats, doubt: float) -> tuple[Floats, NDArray[np.bool_], Floats, Floats]:
    """Return the rows left and the classes gone, (b, K), the weights of the means in their mean, and who is whose."""
    member = np.eye(len(counts))[own]
    taken = member.sum(axis=1)
    left = counts - taken
    gone = (left <= 0) & (taken > 0)
    kept = np.where(gone, 0.0, trust(left, doubt))
    return left, gone, kept / np.maximum(kept.sum(axis=1, keepdims=True), 1e-12), member


def inside(left_out: LeftOut) -> Floats:
    """Return how far, squared, the rows (b, g) lie from the mean of means in the space that the kept spokes span."""
    if left_out.spokes is None:
        raise ValueError("the products of all spokes were not asked for")
    kept = (~left_out.gone).astype(np.float64)
    spokes = left_out.spokes * kept[:, :, None] * kept[:, None]
    products = left_out.products * kept[:, None]
    spokes[:, np.arange(kept.shape[1]), np.arange(kept.shape[1])] += 1.0 - kept
    products = products.swapaxes(1, 2)
    return np.asarray(np.einsum("bkg,bkg->bg", products, np.linalg.solve(regular(spokes), products)))


def regular(spokes: Floats) -> Floats:
    """Return products of spokes, shape (…, K, K), with what makes them invertible and changes nothing that they say.

    Spokes, so weighted, add up to nought: what is added along ones meets only that null space.
    """
    scale = np.trace(spokes, axis1=-2, axis2=-1)[..., None, None] / spokes.shape[-1]
    return np.asarray(spokes + np.maximum(scale, 1e-9) * (1.0 + _LEAST * np.eye(spokes.shape[-1])))
