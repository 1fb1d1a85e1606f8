"""Stores for tests, yours too: one in memory, one that breaks off, one that lies. A seed makes each the same again.

    hub = Memory()
    flaky = Flaky(hub, seed=7, rate=0.3)     three calls in ten break off, before or after the deed
    lying = Lying(hub, seed=7, rate=0.1)     one in ten is not done as it is said to be

A hub that `open_store` would know as one has a marker: `marker.make(Memory())`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

from edge_brain.errors import StoreMissing
from edge_brain.sync.stores.store import Item, checked, checked_folder


class Memory:
    """A store in memory, which two devices of a test may share."""

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self.objects: dict[str, bytes] = {}  # to be looked at, and harmed
        self._adding = threading.Lock()

    def list(self, folder: str) -> Iterator[Item]:
        """Yield all objects below a folder, at any depth, each once."""
        prefix = f"{folder}/" if (folder := checked_folder(folder)) else ""
        yield from [Item(name, len(data)) for name, data in self.objects.copy().items() if name.startswith(prefix)]

    def read(self, name: str) -> bytes:
        """Return the bytes of an object; StoreMissing when there is none."""
        try:
            return self.objects[checked(name)]
        except KeyError as error:
            raise StoreMissing(f"there is no {name} in {self.name}") from error

    def add(self, name: str, data: bytes) -> bool:
        """Put an object; False when one of the name stands there, which stays."""
        checked(name, data)
        with self._adding:
            fresh = name not in self.objects
            if fresh:
                self.objects[name] = bytes(data)
        return fresh

    def replace(self, name: str, data: bytes) -> None:
        """Put an object, whatever stands there."""
        self.objects[checked(name, data)] = bytes(data)

    def size(self, name: str) -> int | None:
        """Return the size of an object in bytes; None when there is none."""
        data = self.objects.get(checked(name))
        return None if data is None else len(data)

    def close(self) -> None:
        """Do nothing: what is in memory stays with this object."""
