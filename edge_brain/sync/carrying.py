"""Carries objects to a hub and from it: what was put counts once it was read back, what was read once it is whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from edge_brain import files
from edge_brain.errors import StoreMissing
from edge_brain.sync.patience import Patient
from edge_brain.sync.stores import Store

_TRIES = 3  # to put an object, or to read one that is not what its name says: the fault may lie on the way
_READS_BACK = 2  # before one is written over: a whole one is not to be, for a fault on the way

NOT_THERE, CHANGED = "it is listed and not there", "its bytes are not what its name says"
NOT_GIVEN_BACK = "the hub does not give back what it was given"


class Carrier:
    """Carries the objects of one hub, patiently; what the hub raises passes through."""

    def __init__(self, store: Store, patient: Patient) -> None:
        self._store, self._patient = store, patient
        self.sent_bytes = self.read_bytes = 0

    def put(self, name: str, data: bytes) -> bool:
        """Put an object, and say whether the hub gave it back whole."""
        for attempt in range(_TRIES):
            put: Callable[[str, bytes], object] = self._store.replace if attempt else self._store.add
            if self._patient.do(partial(put, name, data)) is not False:
                self.sent_bytes += len(data)
            if any(self._once(name) == data for _ in range(_READS_BACK)):
                return True
        return False

    def whole(self, name: str, sha256: str, *, may_lack: bool = False) -> bytes | str:
        """Return an object that is what its name says, or why there is none: NOT_THERE or CHANGED.

        One that may be lacking is not asked for again when it is.
        """
        why = NOT_THERE
        for _ in range(_TRIES):
            data = self._once(name)
            if data is None and may_lack:
                return NOT_THERE
            if data is not None and files.content_id(data) == sha256:
                return data
            why = NOT_THERE if data is None else CHANGED
        return why

    def _once(self, name: str) -> bytes | None:
        try:
            data = self._patient.do(partial(self._store.read, name))
        except StoreMissing:
            return None
        self.read_bytes += len(data)
        return data
