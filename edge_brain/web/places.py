"""Places for something of which there are only so many at one time: streams, large bodies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator


class Places:
    """So many places."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)

    def take(self) -> bool:
        """Take a place; False when none is free."""
        return self._free.acquire(blocking=False)

    def give_back(self) -> None:
        """Give a place back."""
        self._free.release()


class Held:
    """A stream that gives its place back when it is closed, also when it was never begun."""

    def __init__(self, stream: Iterator[bytes], give_back: Callable[[], None]) -> None:
        self._stream, self._give_back = stream, give_back

    def __iter__(self) -> Iterator[bytes]:
        return self._stream

    def __next__(self) -> bytes:
        return next(self._stream)

    def close(self) -> None:
        """End the stream, and give the place back, once."""
        give_back, self._give_back = self._give_back, _nothing
        if isinstance(self._stream, Generator):
            self._stream.close()
        give_back()


def _nothing() -> None: ...
