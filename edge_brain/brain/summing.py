"""What a brain too large to be held does with the sum of all that it has learned, which others have worked out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from edge_brain import advice, head
from edge_brain import devices as devices_of
from edge_brain.abridged import Abridged
from edge_brain.brain.opened import one_at_a_time
from edge_brain.brain.producing import Producing
from edge_brain.devices import Taken
from edge_brain.errors import BrainBusy, BrainDamaged, StorageFailed
from edge_brain.head.classifier import Classifier
from edge_brain.learner import Learner, image_of
from edge_brain.records import Change, DeviceScore, Image, Score
from edge_brain.roll import Roll, Tally

_HELD = 50_000  # learned frames, some 900 MB, up to which a release is made of what memory holds
_AT_ONCE = 4096  # frames


@dataclass(frozen=True)
class _Found:
    """What comes of the exact head of a brain, and of which moment it is."""

    score: Score
    left_out: list[Image]
    learner: Abridged
    state: str  # of the head
    event: int  # the last


class Summing(Producing):
    """Scores itself, and keeps a classifier, without ever holding all its codes."""

    @one_at_a_time
    def take_sums(self, summed: head.Head) -> Score:
        """Take the exact head of all learned frames, solve it, keep the classifier, and return the Brain Score.

        It comes to what `score` comes to, in bounded memory; its advice is what such a score alone tells. Raises
        BrainDamaged, and keeps nothing, when the head is another than the one that is stored, in any bit.
        """
        with self.store.database.snapshot():
            found = self._found(summed)
        return self._kept(found)

    def _looked_at(self) -> tuple[Score, Learner]:
        """Return the score, and the learner that it is of: of many frames one that has never held them all."""
        learned = sum(frames for (_, role), frames in self.store.census.classes().items() if role == "learned")
        if learned <= _HELD:
            return super()._looked_at()
        length, views = int(self.store.setting("code_length")), self.store.views
        summed = head.Head(length)
        with self.store.database.snapshot():
            for coded in self.store.census.learned_codes(_AT_ONCE):
                summed.learn(coded.labels, head.rows_of(coded.codes, length, self._zero_point, views))
            found = self._found(summed)
        return self._kept(found), found.learner

    def _found(self, summed: head.Head) -> _Found:
        """Return what is found of the exact head of all learned frames, as they are in this moment."""
        state, event = head.centroids_digest(*self.store.head_rows()), self.store.last_event()
        if head.centroids_digest(summed.counts, summed.sums) != state:
            raise BrainDamaged(
                f"what the codes in {self.folder} add up to is not the head that is stored there; "
                "`edge-brain doctor` tells more, `edge-brain retrain` mends it"
            )
        census = self.store.census
        tallies = census.tallies("learned"), census.tallies("reserved")
        learner = Abridged(summed, self._zero_point, self.store.views, *tallies)
        learner.hold(census.learned_in(learner.wanted()))
        for changes in census.reserved():
            learner.judge(changes)
        measured, left_out = self._measured(learner)
        return _Found(replace(measured, advice=advice.advise(measured)), left_out, learner, state, event)

    def _kept(self, found: _Found) -> Score:
        """Return the score, after it and the classifier were written down."""
        self._memory.take_solved(found.learner.classifier(), found.state)
        with suppress(BrainBusy, StorageFailed):  # the history is told later; a full disk must not hide the score
            self._chronicle.add(found.score, found.left_out, found.learner, found.event)
        return found.score

    @one_at_a_time
    def reserved_by_device(self) -> dict[str, DeviceScore]:
        """Return how right the brain is on the reserved frames that each device took, by its id; in bounded memory."""
        self._closer.look()
        solved = self._solved()
        with self.store.database.snapshot():
            census = self.store.census
            images = [image for changes in census.reserved() for image in self._judged(changes, solved)]
            devices = self.store.devices.all()
            learned, reserved = (_taken(census.tallies(role)) for role in ("learned", "reserved"))
        return devices_of.measure(devices, learned, reserved, images, ())

    def _judged(self, changes: Sequence[Change], solved: Classifier) -> list[Image]:
        codes = [change.code for change in changes]
        answers = solved.nearest(self._rows(codes, solved.weights.shape[1]).astype(np.float32))
        return [image_of(*each) for each in zip(changes, answers, strict=True)]


def _taken(tallies: Iterable[Tally]) -> Taken:
    """Return by device how many frames each burst has."""
    roll = Roll(1)
    for tally in tallies:
        roll.count(tally)
    return roll.taken
