"""A store that takes no more than so many bytes a second, up and down together: the line is other people's, too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from edge_brain import clock
from edge_brain.errors import BadInput
from edge_brain.sync.stores.store import Item, Store


class Allowance:
    """Bytes that may be spent: so many come in each second, and one second's worth at most is saved up.

    Of what is read one knows only afterwards how much it was. So more may be spent than is there, and who comes
    next waits until that is paid.
    """

    def __init__(
        self,
        rate_bytes_s: float,
        *,
        elapsed: Callable[[], float] = clock.elapsed,
        sleep: Callable[[float], None] = clock.sleep,
    ) -> None:
        if not rate_bytes_s > 0:
            raise BadInput(f"a limit of {rate_bytes_s} bytes a second lets nothing through: give one above 0")
        self._rate, self._elapsed, self._sleep = rate_bytes_s, elapsed, sleep
        self._left, self._at = rate_bytes_s, elapsed()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Wait until all that was spent is paid."""
        while (owed := -self._now()) > 0:
            self._sleep(owed / self._rate)

    def spend(self, size_bytes: int) -> None:
        """Take so many bytes out."""
        self._now(size_bytes)

    def _now(self, spent: int = 0) -> float:
        with self._lock:
            now = self._elapsed()
            self._left = min(self._rate, self._left + self._rate * (now - self._at)) - spent
            self._at = now
            return self._left


class Throttled:
    """Any store, slowed down. What is listed counts by the length of its names."""

    def __init__(
        self,
        store: Store,
        rate_bytes_s: float,
        *,
        elapsed: Callable[[], float] = clock.elapsed,
        sleep: Callable[[float], None] = clock.sleep,
    ) -> None:
        self.name = store.name
        self._store = store
        self._allowance = Allowance(rate_bytes_s, elapsed=elapsed, sleep=sleep)

    def list(self, folder: str) -> Iterator[Item]:
        """Yield all objects below a folder, at any depth, each once."""
        self._allowance.wait()
        for item in self._store.list(folder):
            self._allowance.spend(len(item.name))
            yield item

    def read(self, name: str) -> bytes:
        """Return the bytes of an object; StoreMissing when there is none."""
        self._allowance.wait()
        data = self._store.read(name)
        self._allowance.spend(len(data))
        return data

    def add(self, name: str, data: bytes) -> bool:
        """Put an object, whole or not at all; False when one of the name stands there, which stays."""
        self._allowance.wait()
        self._allowance.spend(len(data))
        return self._store.add(name, data)

    def replace(self, name: str, data: bytes) -> None:
        """Put an object, whole or not at all, whatever stands there."""
        self._allowance.wait()
        self._allowance.spend(len(data))
        self._store.replace(name, data)

    def size(self, name: str) -> int | None:
        """Return the size of an object in bytes; None when there is none."""
        self._allowance.wait()
        return self._store.size(name)

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()
