"""The releases of a hub: one is put there for every device to take, and the newest comes into production here."""

from __future__ import annotations

from edge_brain import __version__, clock, files, production
from edge_brain.brain import Brain
from edge_brain.errors import (
    BadInput,
    BrainDamaged,
    BrainTooNew,
    ExtraMissing,
    HubRefused,
    ReleaseRefused,
    RuntimeMissing,
)
from edge_brain.outcomes import Taken
from edge_brain.release import form, signing
from edge_brain.sync import names
from edge_brain.sync.objects import Objects


class Releases:
    """The releases of one hub, for one brain."""

    def __init__(self, brain: Brain, objects: Objects, hub_id: str, hub: int) -> None:
        self._brain, self._objects, self._hub_id, self._hub = brain, objects, hub_id, hub
        self._sharing = brain.store.sharing

    def publish(self, data: bytes) -> None:
        """Put a release into the hub, for every device to take; it may be refused there, as it may be here."""
        number = form.from_bytes(data, "the release").manifest.number
        name = f"{names.RELEASES}/{production.name_of(number, files.content_id(data))}"
        there = [item.name for item in self._objects.list(names.RELEASES)]
        above = [each for each in production.which(there, number - 1) if each != name]
        if (greatest := next((each for each in map(self._number_of, above) if each), 0)) and name not in there:
            raise HubRefused(
                f"{self._objects.hub_name} holds release {greatest} by now, so no device would take number {number}: "
                f"`edge-brain release --number {greatest + 1}`, and publish that"
            )
        if not self._objects.deliver(name, data):
            raise HubRefused(f"{self._objects.hub_name} did not take the release: {self._objects.aside[name]}")

    def _number_of(self, name: str) -> int | None:
        """Return the number of a release in the hub that devices would take; a name alone says nothing of that."""
        number, sha256 = production.named(name) or (0, "")
        data, pins = self._objects.read(name, sha256), self._brain.pins()
        if data is None:
            return None
        try:
            signer, told = signing.checked(data, name), form.from_bytes(data, name)
        except (BadInput, BrainDamaged, BrainTooNew, ReleaseRefused, ExtraMissing):
            return None
        return number if told.manifest.number == number and (not pins or signer in pins) else None

    def bring(self) -> Taken | None:
        """Put the newest release of the hub that may answer here into production; return what came of it.

        One that was refused is not brought again that day, unless keys or edge_brain have changed.
        """
        stands, today = self._brain.production, self._today()
        listed = [item.name for item in self._objects.list(names.RELEASES)]
        with self._brain.alone:
            before, refused = self._sharing.aside(self._hub), self._sharing.refused(self._hub_id)
        for name in production.which(listed, stands.highest if stands else 0):
            if refused.get(name) == today and name in before:  # it is not brought again and again for that
                self._objects.set_aside(name, before[name])
                continue
            number, sha256 = production.named(name) or (0, "")
            data = self._objects.read(name, sha256)
            if data is None:
                continue
            try:
                taken = self._brain.take_release(data, number=number)
            except (ReleaseRefused, ExtraMissing, RuntimeMissing) as error:
                self._objects.set_aside(name, str(error))
                if isinstance(error, ReleaseRefused):
                    with self._brain.alone:
                        self._sharing.note_refused(self._hub_id, name, today)
                continue
            self._objects.well(name)
            return taken
        return None

    def _today(self) -> str:
        """Return what hardly changes but if a release is to be judged anew: keys, edge_brain, and the day."""
        return " ".join([clock.stamp(clock.now())[:10], __version__, *self._brain.pins()])
