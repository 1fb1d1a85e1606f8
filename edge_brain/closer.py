"""Looks closer at frames that were learned as they are: makes their views, and has them learned, too.

An import must not wait for views, so they are made when all is in, before the next answer or when the brain is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from edge_brain.errors import BadPicture, BrainBusy, ExtractorMismatch, StorageFailed, UnknownFrame
from edge_brain.exposure import Exposer
from edge_brain.records import Tag, Tagging
from edge_brain.store import Store

_AT_ONCE = 32  # frames whose views are kept in one transaction


class Closer:
    """Knows which learned frames this process still has to make views of."""

    def __init__(self, store: Store, exposer: Callable[[], Exposer], added: Callable[[], None]) -> None:
        """Take the views of a store's frames from an exposer, and tell when some were added."""
        self._store, self._exposer, self._added = store, exposer, added
        self._pending: list[str] = []

    def note(self, tags: Sequence[Tag | None], taggings: Sequence[Tagging]) -> None:
        """Note which of the frames that were tagged are learned and came without their views."""
        if self._store.views == 1:
            return
        self._pending += [
            tag.frame_id
            for tag, tagging in zip(tags, taggings, strict=True)
            if tag is not None and tag.role == "learned" and not getattr(tagging.frame, "views", b"")
        ]

    def take_up(self) -> None:
        """Note all learned frames without views, also those that another process has left so."""
        self._pending = [frame.id for frame in self._store.without_views()] if self._store.views > 1 else []

    def forget(self) -> None:
        """Leave what was noted to others, or to nobody: all are made."""
        self._pending.clear()

    def look(self) -> None:
        """Make the views of the frames that were noted; later, where all that is read is to be of one moment."""
        while self._pending and not self._store.closed and not self._store.database.is_within:
            some = self._pending[:_AT_ONCE]
            made = {frame_id: self.views(frame_id) for frame_id in filter(self._store.lacks_views, some)}
            codes = {frame_id: views for frame_id, views in made.items() if views}
            try:
                self._store.add_views(codes, self._exposer().contract)
            except (BrainBusy, StorageFailed):
                return  # they are tried again before the next answer
            del self._pending[: len(some)]
            self._added()

    def views(self, frame_id: str) -> bytes:
        """Return the codes of the views of a stored frame, made now; empty where its picture cannot be used.

        That one is gone or damaged, which `doctor` tells, and stands for itself; or somebody has erased it; or the
        extractor is an app's own, which this process was not given.
        """
        with suppress(BadPicture, ExtractorMismatch, OSError, UnknownFrame):
            path = self._store.path(self._store.frame(frame_id))
            return self._exposer().views(path.read_bytes(), path.name)
        return b""
