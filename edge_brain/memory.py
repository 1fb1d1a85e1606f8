"""A brain's memory: the learner and the classifier, kept abreast of what the store holds.

    store ─ changes since the last event seen ─> learner ─> classifier ─ kept for the next process ─> store

Other processes tag too; SQLite's data_version tells cheaply whether one did.
"""

from __future__ import annotations

from edge_brain import clock, head
from edge_brain.errors import BrainBusy, StorageFailed
from edge_brain.head import classifier
from edge_brain.head.classifier import Classifier
from edge_brain.learner import Learner
from edge_brain.store import Store

_VIEW = "classifier 2"  # its form
_LEISURE, _LONGEST_S = 10, 1.0  # times as long as it took to follow others, it is not done again; at most so long


class Memory:
    """Makes learner and classifier when they are asked for, and brings them up to date."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._learner: Learner | None = None
        self.event = 0  # the last that the learner has seen
        self._view = 0  # the last views that it has seen
        self._version = -1  # of the database, when we last looked
        self._edition = ""  # of its codes
        self._refolds = 0  # that it has seen
        self._stale = True  # something may have been tagged since
        self._held: classifier.Classifier | None = None  # the store's, which spares us loading all codes
        self._held_state = ""  # the head that it was made of
        self._latest: classifier.Classifier | None = None  # that was asked for
        self._rests_until = 0.0
        self.is_still = False  # another thread follows the others, and keeps for us what it has solved

    def learner(self) -> Learner:
        """Return the learner, abreast of all tags, ours and others'."""
        self._look_for_others()
        if self._learner is None or self._stale:
            with self._store.database.snapshot():
                self._look_for_new_codes()
                if self._learner is None:
                    self._learner = self.new_learner()
                    self.event = self._view = 0
                last, last_view = self._store.last_event(), self._store.last_view()
                if (last, last_view) != (self.event, self._view):
                    self._learner.apply(self._store.changes(self.event, self._view))
            self.event, self._view, self._stale = last, last_view, False
        return self._learner

    def new_learner(self) -> Learner:
        """Return a learner of this store's codes that has learned nothing."""
        length, zero_point = self._store.setting("code_length"), self._store.setting("zero_point")
        return Learner(int(length), int(zero_point), self._store.views)

    def _followed(self) -> classifier.Classifier:
        self._look_for_others()
        if self._learner is None and self._stale:
            with self._store.database.snapshot():
                self._look_for_new_codes()
                state = head.centroids_digest(*self._store.head_rows())
                view = self._store.view(_VIEW, state)
            self._held, self._held_state = (classifier.from_bytes(view), state) if view else (None, "")
            self._stale = False
        return self._held if self._learner is None and self._held else self.learner().classifier()

    def classifier(self, *, at_leisure: bool = False) -> classifier.Classifier:
        """Return the calibrated classifier of what is learned by now, or, at leisure, was a moment ago.

        To follow another's tag costs 60 to 70 ms of 2,000 frames. Ten tags a second left a camera of 30 frames a
        second 24 of them when each was followed, and 28 so (tools/load.py, one run of each).
        """
        now = clock.elapsed()
        rests = (
            at_leisure
            and (self.is_still or now < self._rests_until)
            and self._store.setting("edition") == self._edition
        )
        if rests and self._latest is not None:
            return self._latest
        before, self._latest = self._latest, self._followed()
        if before is not None and before is not self._latest:  # the first after a quiet time is followed at once
            ended = clock.elapsed()
            self._rests_until = ended + min(_LEISURE * (ended - now), _LONGEST_S)
        return self._latest

    def take_solved(self, solved: Classifier, state: str) -> None:
        """Keep a classifier that was solved elsewhere from the head of a state, for this process and the next."""
        self._store.keep_view(_VIEW, state, classifier.to_bytes(solved))
        self.forget()

    def _look_for_others(self) -> None:
        version = self._store.database.data_version()
        if version != self._version:
            self._version, self._stale = version, True

    def _look_for_new_codes(self) -> None:
        edition, refolds = self._store.setting("edition"), self._store.refolds()
        if (edition, refolds) != (self._edition, self._refolds):
            self.forget()
            self._edition, self._refolds = edition, refolds

    def tagged(self) -> None:
        """Take note that this process has tagged something, which data_version does not tell."""
        self._stale, self._latest = True, None

    def catch_up(self) -> None:
        """Go by the solved classifier that the store keeps, if it is of now: to follow 2,000 tags took 1.2 s of CPU."""
        self.is_still = False
        self.forget()

    def forget(self) -> None:
        """Drop everything: the codes themselves have changed."""
        self._learner, self._held, self._held_state, self._stale = None, None, "", True
        self._latest = None

    def keep(self) -> None:
        """Leave the classifier to the next process, if it is news: loading all codes takes longer."""
        if self._learner is None:
            return
        state = head.centroids_digest(self._learner.head.counts, self._learner.head.sums)
        if state == self._held_state:
            return
        known = self._learner.classifier()
        try:
            self._store.keep_view(_VIEW, state, classifier.to_bytes(known))
        except (BrainBusy, StorageFailed):
            return  # it is only a cache: the next process computes it again
        self._held_state = state
