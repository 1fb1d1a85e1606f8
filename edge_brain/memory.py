"""A brain's memory: the learner and the classifier, kept abreast of what the store holds.

    store ─ changes since the last event seen ─> learner ─> classifier ─ kept for the next process ─> store

Other processes tag too; SQLite's data_version tells cheaply whether one did.
"""

from __future__ import annotations

from edge_brain import classifier, head
from edge_brain.errors import BrainBusy, StorageFailed
from edge_brain.learner import Learner
from edge_brain.store import Store

_VIEW = "classifier"


class Memory:
    """Makes learner and classifier when they are asked for, and brings them up to date."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._learner: Learner | None = None
        self.event = 0  # the last that the learner has seen
        self._version = -1  # of the database, when we last looked
        self._held: classifier.Classifier | None = None  # the store's, which spares us loading all codes
        self._held_state = ""  # the head that it was made of

    def learner(self) -> Learner:
        """Return the learner, abreast of all tags, ours and others'."""
        if self._learner is None:
            store = self._store
            self._learner = Learner(int(store.setting("code_length")), int(store.setting("zero_point")))
            self.event, self._version = 0, -1
        version = self._store.database.data_version()
        if version != self._version:
            self._version = version
            self._catch_up(self._learner)
        return self._learner

    def classifier(self) -> classifier.Classifier:
        """Return the calibrated classifier of what is learned by now."""
        if self._learner is not None:
            return self.learner().classifier()
        version = self._store.database.data_version()
        if version != self._version:
            self._version = version
            self._held_state = head.centroids_digest(*self._store.head_rows())
            view = self._store.view(_VIEW, self._held_state)
            self._held = classifier.from_bytes(view) if view else None
        return self._held or self.learner().classifier()

    def tagged(self) -> None:
        """Take note that this process has tagged something, which data_version does not tell."""
        self._version = -1

    def forget(self) -> None:
        """Drop everything: the codes themselves have changed."""
        self._learner, self._held, self._version = None, None, -1

    def keep(self) -> None:
        """Leave the classifier to the next process, if it was calibrated here and is news."""
        if self._learner is None or (known := self._learner.calibrated_classifier) is None:
            return
        state = head.centroids_digest(self._learner.head.counts, self._learner.head.sums)
        if state == self._held_state:
            return
        try:
            self._store.keep_view(_VIEW, state, classifier.to_bytes(known))
        except (BrainBusy, StorageFailed):
            return  # it is only a cache: the next process computes it again
        self._held_state = state

    def _catch_up(self, learner: Learner) -> None:
        last = self._store.last_event()
        if last > self.event:
            learner.apply(self._store.changes(self.event))
            self.event = last
