"""The exact head, and the metric that follows it: told what is to be held of each frame, asked for both.

Lessons gather until somebody asks. A few of them the metric follows; after many it is solved anew when it is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy, deepcopy

import numpy as np
from numpy.typing import NDArray

from edge_brain import head
from edge_brain.head.metric import Metric, stack

Rows = NDArray[np.int8]
Lesson = tuple[str, Rows]  # label and rows (views, length) of a frame

_FOLLOWED_AT_ONCE = 16  # more lessons than that are cheaper to solve anew


class Lessons:
    """Learns, unlearns and relabels frames."""

    def __init__(self, length: int, views: int) -> None:
        self.length, self.views = length, views
        self._head = head.Head(length)
        self._pending: dict[int, tuple[Lesson | None, Lesson | None]] = {}  # frame → what is held of it, what is due
        self._labels: list[str] = []  # of the metric's classes
        self._metric: Metric | None = None

    @classmethod
    def of(cls, summed: head.Head, views: int) -> Lessons:
        """Return what has been given all the lessons that a head is the sum of."""
        lessons = cls(summed.length, views)
        lessons._head = summed
        return lessons

    def give(self, frame: int, held: Lesson | None, due: Lesson | None) -> None:
        """Take note that of a frame this is due, where that was held; None where it is not learned."""
        before, _ = self._pending.get(frame, (held, None))
        self._pending[frame] = before, due

    def keep_up(self) -> None:
        """Take a solved metric along with what is pending now, so that the next answer need not."""
        if self._metric is not None:
            self._learn_pending()

    @property
    def head(self) -> head.Head:
        """The exact head, all lessons learned."""
        self._learn_pending()
        return self._head

    @property
    def labels(self) -> list[str]:
        """The classes in the order in which the metric has them."""
        return sorted(self.head.counts)

    def metric(self) -> Metric:
        """Return the metric of all that is learned."""
        self._learn_pending()
        if self._metric is None:
            labels, counts, sums = stack(self._head.counts, self._head.sums, self.length)
            self._labels = list(labels)
            self._metric = Metric(counts, sums, self._head.scatter, self.views)
        return self._metric

    def metric_of(
        self, rows: Rows, classes: NDArray[np.intp], kept: NDArray[np.bool_]
    ) -> tuple[Metric | None, NDArray[np.intp]]:
        """Return the metric of some of the learned frames, and which classes it has; None when there are none.

        `rows` (n, views, length) and `classes` (n,) are of all learned frames, `kept` (n,) says which are meant.
        """
        held, own = np.unique(classes[kept], return_inverse=True)
        if not len(held):
            return None, held
        counts, sums = np.bincount(own).astype(np.float64), np.zeros((len(held), self.length))
        np.add.at(sums, own, rows[kept].sum(axis=1, dtype=np.float64))
        fewer = kept if 2 * kept.sum() <= len(kept) else ~kept
        part = head.scatter(rows[fewer].reshape(-1, self.length), self.length)
        return Metric(counts, sums, part if fewer is kept else self.head.scatter - part, self.views), held

    def metric_without(self, rows: Rows, classes: NDArray[np.intp]) -> tuple[Metric | None, NDArray[np.intp]]:
        """Return the metric had some learned frames not been, and which classes it has; None when there are none."""
        labels, counts, sums = stack(self.head.counts, self.head.sums, self.length)
        counts = counts - np.bincount(classes, minlength=len(labels))
        np.subtract.at(sums, classes, rows.sum(axis=1, dtype=np.float64))
        held = np.flatnonzero(counts)
        if not len(held):
            return None, held
        left = self.head.scatter - head.scatter(rows.reshape(-1, self.length), self.length)
        return Metric(counts[held], sums[held], left, self.views), held

    def instead(self, steps: Iterable[tuple[int, Lesson | None, Lesson | None]]) -> Lessons:
        """Return a copy to which other lessons were given: frame, what is held of it, what is due."""
        other = copy(self)
        other._head, other._metric, other._pending = deepcopy(self.head), deepcopy(self._metric), {}
        for frame, held, due in steps:
            other.give(frame, held, due)
        return other

    def _learn_pending(self) -> None:
        """Bring the head up to date, and take the metric along where that is cheaper than solving it anew."""
        steps = [(held, due) for held, due in self._pending.values() if not _same(held, due)]
        self._pending.clear()
        if self._metric is None or len(steps) > _FOLLOWED_AT_ONCE:
            self._metric = None
            self._learn(steps)
            return
        for held, due in steps:
            self._follow(held, due)
            self._learn([(held, due)])

    def _learn(self, steps: Sequence[tuple[Lesson | None, Lesson | None]]) -> None:
        """Take out of the head what it holds of frames, and put in what is due."""
        moved, come, gone = list[tuple[str, str, Rows]](), list[Lesson](), list[Lesson]()
        for held, due in steps:
            if held and due and np.array_equal(held[1], due[1]):
                moved.append((held[0], due[0], due[1]))
                continue
            come += [due] if due else []
            gone += [held] if held else []
        if moved:
            old, new, rows = zip(*moved, strict=True)
            self._head.relabel(old, new, np.stack(rows))
        if come:
            self._head.learn([label for label, _ in come], np.stack([rows for _, rows in come]))
        if gone:
            self._head.unlearn([label for label, _ in gone], np.stack([rows for _, rows in gone]))

    def _follow(self, held: Lesson | None, due: Lesson | None) -> None:
        """Take the metric along with one frame, or drop it: a class comes or goes, or its ridge has to move."""
        known = self._metric
        alone = held is not None and self._head.counts.get(held[0]) == 1
        if known is None or alone or (due is not None and due[0] not in self._labels):
            self._metric = None
            return
        followed = True
        if held is not None:
            followed = known.unlearn(self._labels.index(held[0]), held[1].astype(np.float64))
        if due is not None and followed:
            followed = known.learn(self._labels.index(due[0]), due[1].astype(np.float64))
        if not followed:
            self._metric = None


def _same(held: Lesson | None, due: Lesson | None) -> bool:
    """Say whether of a frame just that is held which is due."""
    if held is None or due is None:
        return held is due
    return held[0] == due[0] and np.array_equal(held[1], due[1])
