"""Stores for tests, yours too: one in memory, one that breaks off, one that lies. A seed makes each the same again.

    hub = Memory()
    marker.make(hub)                         what `open_store` knows a hub by
    flaky = Flaky(hub, seed=7, rate=0.3)     three calls in ten break off; flaky.rate = 0 mends it
    lying = Lying(hub, seed=7, rate=0.1)     one in ten is not as it is said to be; lying.lies tells which

What comes when depends on the seed and on the calls before, so use each from one thread.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence

from edge_brain.errors import HubUnreachable, StoreMissing
from edge_brain.sync.stores.store import Item, Store, checked, checked_folder


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


class Flaky:
    """Any store, over a line that breaks off: each call may, before the deed or after it, and a read may be torn.

    Of `faults`: `before` and `after` raise HubUnreachable there; `stall` lets `stall_s` pass (by `sleep`, which
    does nothing unless another is given) and then raises it; `torn` gives a read that ends in the midst.
    """

    FAULTS = ("before", "after", "stall", "torn")

    def __init__(
        self,
        store: Store,
        seed: int,
        *,
        rate: float = 0.2,
        faults: Sequence[str] = FAULTS,
        stall_s: float = 30.0,
        sleep: Callable[[float], None] = lambda _: None,
    ) -> None:
        self.name = store.name
        self.rate = rate  # may be changed: 0 mends the line, 1 cuts it
        self.broken = 0  # how many calls broke off, or were torn
        self._store, self._chance, self._faults = store, random.Random(seed), tuple(faults)
        self._stall_s, self._sleep = stall_s, sleep

    def list(self, folder: str) -> Iterator[Item]:
        """Yield all objects below a folder, or some of them and then raise."""
        fault = self._fault()
        self._before(fault)
        for item in self._store.list(folder):
            if fault in ("after", "torn") and self._chance.random() < 0.5:
                raise self._cut()
            yield item
        self._after(fault)

    def read(self, name: str) -> bytes:
        """Return the bytes of an object, or the first of them, or raise."""
        fault = self._fault()
        self._before(fault)
        data = self._store.read(name)
        self._after(fault)
        return data[: self._chance.randrange(len(data))] if fault == "torn" and data else data

    def add(self, name: str, data: bytes) -> bool:
        """Put an object, or raise, having put it or not."""
        fault = self._fault()
        self._before(fault)
        added = self._store.add(name, data)
        self._after(fault)
        return added

    def replace(self, name: str, data: bytes) -> None:
        """Put an object whatever stands there, or raise, having put it or not."""
        fault = self._fault()
        self._before(fault)
        self._store.replace(name, data)
        self._after(fault)

    def size(self, name: str) -> int | None:
        """Return the size of an object, or raise."""
        fault = self._fault()
        self._before(fault)
        size = self._store.size(name)
        self._after(fault)
        return size

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def _fault(self) -> str:
        breaks = self._chance.random() < self.rate
        self.broken += breaks
        return self._chance.choice(self._faults) if breaks else ""

    def _before(self, fault: str) -> None:
        if fault == "stall":
            self._sleep(self._stall_s)
        if fault in ("before", "stall"):
            raise self._cut()

    def _after(self, fault: str) -> None:
        if fault == "after":
            raise self._cut()

    def _cut(self) -> HubUnreachable:
        return HubUnreachable(f"{self.name} does not answer: the line is flaky")


class Lying:
    """Any store whose word is not to be trusted: what it says it has kept may not be there, or be something else.

    Of `kinds`: `nothing` says yes to an `add` and keeps nothing; `else` keeps other bytes; `forgets` keeps it, gives
    it back a few times and then has never heard of it; `lists` lists an object that is not there.
    """

    KINDS = ("nothing", "else", "forgets", "lists")

    def __init__(self, store: Store, seed: int, *, rate: float = 0.2, kinds: Sequence[str] = KINDS) -> None:
        self.name = store.name
        self.rate = rate  # may be changed: 0 makes it honest from now on; what it has forgotten stays so
        self.lies: list[str] = []  # "nothing frames/ab/…", as they come
        self._store, self._chance, self._kinds = store, random.Random(seed), frozenset(kinds)
        self._leaves: dict[str, int] = {}  # name → how often it is still known

    def list(self, folder: str) -> Iterator[Item]:
        """Yield all objects below a folder but those that are forgotten, and perhaps one that is not there."""
        last: Item | None = None
        for item in self._store.list(folder):
            if self._knows(item.name, forgets=False):
                last = item
                yield item
        if last is not None and self._tells("lists"):
            invented = _invented(last.name)
            self.lies.append(f"lists {invented}")
            yield Item(invented, last.size_bytes)

    def read(self, name: str) -> bytes:
        """Return the bytes that are kept under a name; StoreMissing when there are none, or not any more."""
        if not self._knows(name):
            raise StoreMissing(f"there is no {name} in {self.name}")
        return self._store.read(name)

    def add(self, name: str, data: bytes) -> bool:
        """Say that an object was put; what comes of it is another matter."""
        if not self._knows(name):
            del self._leaves[name]
            self._store.replace(name, data)
            return True
        if self._tells("nothing"):
            self.lies.append(f"nothing {name}")
            return self._store.size(name) is None
        if self._tells("else"):
            self.lies.append(f"else {name}")
            return self._store.add(name, self._otherwise(data))
        if self._tells("forgets"):
            self.lies.append(f"forgets {name}")
            self._leaves[name] = self._chance.randrange(1, 4)
        return self._store.add(name, data)

    def replace(self, name: str, data: bytes) -> None:
        """Say that an object was put whatever stood there; it may be another one."""
        self._leaves.pop(name, None)
        if self._tells("else"):
            self.lies.append(f"else {name}")
            data = self._otherwise(data)
        self._store.replace(name, data)

    def size(self, name: str) -> int | None:
        """Return the size of what is kept under a name; None when there is nothing, or not any more."""
        return self._store.size(name) if self._knows(name) else None

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def _tells(self, kind: str) -> bool:
        return kind in self._kinds and self._chance.random() < self.rate

    def _knows(self, name: str, *, forgets: bool = True) -> bool:
        """Say whether an object is not forgotten; each time it is asked for it comes nearer to that."""
        left = self._leaves.get(name)
        if left is not None and forgets:
            self._leaves[name] = max(0, left - 1)
        return left is None or left > 0

    def _otherwise(self, data: bytes) -> bytes:
        """Return bytes that are like these: cut short, or with one of them changed."""
        if not data or self._chance.random() < 0.5:
            return data[: len(data) // 2] or b"?"
        place = self._chance.randrange(len(data))
        return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def _invented(name: str) -> str:
    """Return a name that looks like another: its digits are others, its folder and its suffix are the same."""
    folder, slash, leaf = name.rpartition("/")
    stem, dot, suffix = leaf.partition(".")
    return folder + slash + stem.translate(str.maketrans("0123456789abcdef", "123456789abcdef0")) + dot + suffix
