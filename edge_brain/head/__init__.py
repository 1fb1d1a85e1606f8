"""The head's exact state: counts, sums and a scatter matrix, all integers.

    code  int8 (1280,)   levels v = code − zero point ≥ 0, as the extractor gave them
    row   int8 (1280,)   q = min(round(√v · 600/√Σv), 127): ‖√v‖² = Σv is an integer
    state n_k = frames, s_k = Σ rows, for each class k;  Q = Σ row rowᵀ over all classes

A frame has one row, or, where a brain looks at each in several views, a row for each view.

Integer sums do not depend on order or machine, so learning, unlearning, relabelling and merging are
exact, and a head that was taught frame by frame equals one that was rebuilt, to the bit. This module
refuses to round: what is estimated from the state (means, covariance, answers) is `metric`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.int8]

SCALE = 600.0  # length of a row
LONGEST = 127  # greatest number of a row
_ROOTS = np.sqrt(np.arange(256))  # of all levels; √ and · are rounded alike on every IEEE machine
_BLOCK = 512  # rows
_STRIPE = 64
_FEW = 8  # rows
_EXACT_ROWS = 1024  # 1024 · 127² < 2²⁴: a float32 product of so many int8 rows is still exact


def quantize(codes: NDArray[np.int8], zero_point: int) -> Row:
    """Return the rows, int8 of the same shape, that the head sums for these codes.

    The square root tames the few features that would dominate (Hellinger's kernel: Arandjelović and
    Zisserman, "Three things everyone should know to improve object retrieval", 2012).
    """
    stacked = np.atleast_2d(codes)
    rows = np.empty(stacked.shape, np.int8)
    for start in range(0, len(stacked), _BLOCK):  # in blocks, so that floats of all rows are never held at once
        block = slice(start, start + _BLOCK)
        levels = np.maximum(stacked[block].astype(np.int16) - zero_point, 0)
        factors = SCALE / np.sqrt(np.maximum(levels.sum(axis=1, keepdims=True), 1))
        rows[block] = np.minimum(np.rint(_ROOTS[levels] * factors), LONGEST)
    return rows.reshape(codes.shape)


def plain_rows(codes: Iterable[bytes], length: int, zero_point: int) -> Row:
    """Return the rows, int8 (n, length), of codes as they are stored."""
    return quantize(np.frombuffer(b"".join(codes), np.int8).reshape(-1, length), zero_point)


def rows_of(codes: Iterable[tuple[bytes, bytes]], length: int, zero_point: int, views: int) -> Row:
    """Return the rows, int8 (n, views, length), of frames: the code of each, and the codes of its other views.

    While these are still to be made the frame itself stands for them.
    """
    whole = [code + (others or code * (views - 1)) if views > 1 else code for code, others in codes]
    return plain_rows(whole, length, zero_point).reshape(-1, views, length)


class Head:
    """Counts, sums and scatter of the learned rows; `learn` and `unlearn` undo each other exactly."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.counts: dict[str, int] = {}
        self.sums: dict[str, NDArray[np.int64]] = {}
        # float64 holds integers up to 2^53 exactly: 5·10^11 frames. It saves a copy before each solve.
        self.scatter: NDArray[np.float64] = np.zeros((length, length))

    def learn(self, labels: Sequence[str], rows: Row) -> None:
        """Add frames, rows int8 (n, length) or (n, views, length), to the classes at their places in `labels`."""
        self._move(labels, rows, +1)
        _add_outer(self.scatter, rows.reshape(-1, self.length), +1)

    def unlearn(self, labels: Sequence[str], rows: Row) -> None:
        """Take frames that were learned under these labels out again."""
        self._move(labels, rows, -1)
        _add_outer(self.scatter, rows.reshape(-1, self.length), -1)

    def relabel(self, old: Sequence[str], new: Sequence[str], rows: Row) -> None:
        """Move frames from their old classes to new ones; the scatter does not know labels."""
        self._move(old, rows, -1)
        self._move(new, rows, +1)

    def merge(self, other: Head) -> None:
        """Add all that another head has learned."""
        for label, count in other.counts.items():
            self.counts[label] = self.counts.get(label, 0) + count
            self.sums[label] = self.sums.get(label, 0) + other.sums[label]
        self.scatter += other.scatter

    def digest(self) -> str:
        """Return the SHA-256, hex, of the whole integer state; the same for the same learned frames."""
        sha = hashlib.sha256(centroids_digest(self.counts, self.sums).encode())
        sha.update(self.scatter.astype("<i8").tobytes())
        return sha.hexdigest()

    def _move(self, labels: Sequence[str], rows: Row, sign: int) -> None:
        grouped: dict[str, list[int]] = {}
        for index, label in enumerate(labels):
            grouped.setdefault(label, []).append(index)
        for label, places in grouped.items():
            if sign < 0 and self.counts.get(label, 0) < len(places):
                raise ValueError(f"class {label!r} holds {self.counts.get(label, 0)} frames, not {len(places)}")
        for label, places in grouped.items():
            self.counts[label] = self.counts.get(label, 0) + sign * len(places)
            self.sums[label] = self.sums.get(label, 0) + sign * _sum(rows[places])
            if self.counts[label] == 0:
                del self.counts[label], self.sums[label]


def _sum(rows: Row) -> NDArray[np.int64]:
    """Return the sum (length,) of all rows of frames."""
    return np.asarray(rows.reshape(-1, rows.shape[-1]).sum(axis=0, dtype=np.int64))


def centroids_digest(counts: Mapping[str, int], sums: Mapping[str, NDArray[np.int64]]) -> str:
    """Return the SHA-256, hex, of counts and sums, classes in the order of their names."""
    sha = hashlib.sha256()
    for label in sorted(counts):
        sha.update(f"{label}\0{counts[label]}\0".encode())
        sha.update(sums[label].astype("<i8").tobytes())
    return sha.hexdigest()


def scatter(rows: Row, length: int) -> NDArray[np.float64]:
    """Return Σ row rowᵀ of rows, int8 (n, length): exact integers, shape (length, length)."""
    summed = np.zeros((length, length))
    _add_outer(summed, rows, +1)
    return summed


def _add_outer(scatter: NDArray[np.float64], rows: Row, sign: int) -> None:
    """Add sign · Σ row rowᵀ, exact integers, to a scatter matrix, shape (length, length)."""
    if len(rows) < _FEW:
        few = rows.astype(np.float64)
        for start in range(0, len(scatter), _STRIPE):  # in stripes that stay in the cache
            stripe = slice(start, start + _STRIPE)
            scatter[stripe] += (sign * few[:, stripe].T) @ few
        return
    for start in range(0, len(rows), _EXACT_ROWS):
        block = rows[start : start + _EXACT_ROWS].astype(np.float32)
        scatter += (sign * block.T) @ block
