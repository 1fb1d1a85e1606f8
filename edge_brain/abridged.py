"""A learner that holds what a score and a classifier need, of a brain that is too large to be held.

    the exact head, summed elsewhere ─┬─> classifier, calibrated on some learned bursts ─┐
    how many frames each burst has ───┘   reserved frames, judged as they come by ───────┴─> score

It comes to the same as a learner that holds every frame: which bursts stand for all hangs on the tallies alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from edge_brain import head
from edge_brain.learner import WITNESSES, Learner, image_of
from edge_brain.lessons import Lessons
from edge_brain.records import Change, Image
from edge_brain.roll import Tally


class Abridged(Learner):
    """Knows all learned frames by their sum, and the reserved ones by what they were taken for."""

    is_abridged = True

    def __init__(
        self, summed: head.Head, zero_point: int, views: int, learned: Iterable[Tally], reserved: Iterable[Tally]
    ) -> None:
        """Take the exact head of all learned frames, and how many frames of each role there are."""
        super().__init__(summed.length, zero_point, views)
        self._lessons = Lessons.of(summed, views)
        for roll, tallies in ((self.learned, learned), (self.reserved, reserved)):
            for tally in tallies:
                roll.count(tally)
        self._judged: list[tuple[Change, Image]] = []

    def wanted(self) -> set[int]:
        """Return the learned bursts that have to be held before anything is asked."""
        return self.learned.some_bursts(WITNESSES)

    def hold(self, changes: Sequence[Change]) -> None:
        """Hold learned frames of the bursts that are wanted."""
        for change, rows in zip(changes, self._whole(changes), strict=True):
            self.learned.hold(_bare(change), rows)

    def judge(self, changes: Sequence[Change]) -> None:
        """Take note of what some of the reserved frames are taken for."""
        rows = self._whole(changes)[:, 0].astype("float32")
        answers = self.classifier(calibrated=False).nearest(rows)
        self._judged += [(_bare(each), image_of(each, answer)) for each, answer in zip(changes, answers, strict=True)]

    def reserved_images(self) -> list[Image]:
        """Return the reserved frames that were judged."""
        return [image for _, image in self._in_order()]

    def reserved_frames(self) -> list[Change]:
        """Return the reserved frames, in the order of their images."""
        return [change for change, _ in self._in_order()]

    def _in_order(self) -> list[tuple[Change, Image]]:
        """Return what was judged as a roll has it: by names that mean the same everywhere."""
        return sorted(self._judged, key=lambda judged: (judged[0].burst_name, judged[0].id))


def _bare(change: Change) -> Change:
    """Return a change without the codes, which take up most of its room."""
    return replace(change, code=b"", views=b"")
