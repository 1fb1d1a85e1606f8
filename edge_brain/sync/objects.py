"""The objects of one hub, as one exchange puts and reads them: what counts is what was read back, whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

from edge_brain import clock, files
from edge_brain.brain import Brain
from edge_brain.errors import HubFull, HubRefused, StoreMissing
from edge_brain.sync.patience import Patient
from edge_brain.sync.stores import Item, Store

_READS = 3  # of an object that is not what its name says: the fault may lie on the way
_READS_BACK = 2  # before one is written over: a whole one is not to be, for a fault on the way
_TRUSTED = 5  # objects in a row that a hub may lose before it is not trusted any more


class Objects:
    """Puts objects and reads them, patiently, and sets aside what the hub refuses, or does not give back."""

    def __init__(self, brain: Brain, store: Store, hub: int, patient: Patient) -> None:
        self._brain, self._store, self._hub, self._patient = brain, store, hub, patient
        self._sharing = brain.store.sharing
        self._broken = 0  # in a row that did not come back
        self.count = Counter[str]()  # bytes "sent" and "read", and whatever else an exchange counts
        self.aside = dict[str, str]()  # name → why

    def list(self, folder: str) -> list[Item]:
        """Return what the hub says that it has in a folder."""
        return self._patient.do(lambda: [*self._store.list(folder)])

    def deliver(self, name: str, data: bytes) -> bool:
        """Put an object into the hub and read it back; False where it had to be set aside."""
        try:
            for attempt in range(_READS):
                put: Callable[[str, bytes], object] = self._store.replace if attempt else self._store.add
                if self._patient.do(partial(put, name, data)) is not False:
                    self.count["sent"] += len(data)
                if any(self._once(name) == data for _ in range(_READS_BACK)):
                    self.well(name)
                    self._broken = 0
                    return True
        except HubFull:
            raise  # nothing more will go in
        except HubRefused as error:
            self.set_aside(name, str(error))
            return False
        self.set_aside(name, "the hub does not give back what it was given")
        self._broken += 1
        if self._broken == _TRUSTED:
            raise HubRefused(
                f"{self._store.name} does not give back what it is given, {_TRUSTED} times in a row: "
                "do not trust it with anything; nothing was taken for sent"
            )
        return False

    def read(self, name: str, sha256: str, *, may_lack: bool = False) -> bytes | None:
        """Return an object that is what its name says; None where it had to be set aside, or need not be there."""
        try:
            for _ in range(_READS):
                data = self._once(name)
                if data is None and may_lack:
                    return None
                if data is not None and files.content_id(data) == sha256:
                    return data
        except HubRefused as error:
            self.set_aside(name, str(error))
            return None
        self.set_aside(name, "it is listed and not there" if data is None else "its bytes are not what its name says")
        return None

    def set_aside(self, name: str, reason: str) -> None:
        """Take note that an object cannot be exchanged, and why."""
        self.aside[name] = reason
        with self._brain.alone:
            self._sharing.set_aside(self._hub, name, reason, clock.now())

    def well(self, name: str) -> None:
        """Take note that an object was exchanged, which may have been set aside before."""
        self.aside.pop(name, None)  # a torn segment of ours is put right when it is told again
        with self._brain.alone:
            self._sharing.no_longer_aside(self._hub, name)

    def _once(self, name: str) -> bytes | None:
        try:
            data = self._patient.do(partial(self._store.read, name))
        except StoreMissing:
            return None
        self.count["read"] += len(data)
        return data
