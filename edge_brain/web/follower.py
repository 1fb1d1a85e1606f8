"""A thread that follows something, and the latest that it knows of it, for many others that wait for newer."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

T = TypeVar("T")
_LEAVE_S = 20.0  # for what is under way to come to a step's end: a share that hangs must not hold the server


class Follower(ABC, Generic[T]):
    """Follows, from `start` to `close`; a subclass says what, and calls `tell` when there is something new."""

    def __init__(self, first: T) -> None:
        self._latest = first
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self.follow, name=type(self).__name__.lower(), daemon=True)

    @property
    def latest(self) -> T:
        """What is known now."""
        return self._latest

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    def wait(self, after: T | None, timeout_s: float) -> T | None:
        """Return what is known, as soon as it is another than `after`; None when it is not in time, or at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._latest is not after, timeout_s)
            return None if self._closed or self._latest is after else self._latest

    def tell(self, news: T) -> None:
        """Let all who wait know."""
        with self._changed:
            self._latest = news
            self._changed.notify_all()

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def close(self) -> None:
        """End, and wake all who wait; may be called twice, and before `start`. What hangs is left behind."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.hurry()
        if self._thread.ident is not None:
            self._thread.join(_LEAVE_S)

    @abstractmethod
    def follow(self) -> None:
        """Follow until `closed`."""

    def hurry(self) -> None:
        """Let `follow` not wait for what it waits for."""
