"""The objects of one hub, as one exchange puts and reads them: what counts is what was read back, whole."""

from __future__ import annotations

from collections import Counter

from edge_brain import clock
from edge_brain.brain import Brain
from edge_brain.errors import HubFull, HubRefused
from edge_brain.sync import carrying
from edge_brain.sync.carrying import Carrier
from edge_brain.sync.patience import Patient
from edge_brain.sync.stores import Item, Store

_TRUSTED = 5  # objects in a row that a hub may lose before it is not trusted any more


class Objects:
    """Puts objects and reads them, patiently, and sets aside what the hub refuses, or does not give back."""

    def __init__(self, brain: Brain, store: Store, hub: int, patient: Patient) -> None:
        self._brain, self._store, self._hub, self._patient = brain, store, hub, patient
        self._sharing = brain.store.sharing
        self._broken = 0  # in a row that did not come back
        self.carrier = Carrier(store, patient)
        self.count = Counter[str]()  # what an exchange counts
        self.aside = dict[str, str]()  # name → why

    @property
    def hub_name(self) -> str:
        """What the hub is called in front of people."""
        return self._store.name

    def list(self, folder: str) -> list[Item]:
        """Return what the hub says that it has in a folder."""
        return self._patient.do(lambda: [*self._store.list(folder)])

    def deliver(self, name: str, data: bytes) -> bool:
        """Put an object into the hub and read it back; False where it had to be set aside."""
        try:
            if self.carrier.put(name, data):
                self.well(name)
                self._broken = 0
                return True
        except HubFull:
            raise  # nothing more will go in
        except HubRefused as error:
            self.set_aside(name, str(error))
            return False
        self.set_aside(name, carrying.NOT_GIVEN_BACK)
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
            data = self.carrier.whole(name, sha256, may_lack=may_lack)
        except HubRefused as error:
            self.set_aside(name, str(error))
            return None
        if isinstance(data, bytes):
            return data
        if not (may_lack and data == carrying.NOT_THERE):
            self.set_aside(name, data)
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
