"""What is written down once more in backups/: each event as it comes, now and then the whole, and the settings.

It is the second line of defence: what could not be copied is safe in the database, and is copied with the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge_brain import backups, schema
from edge_brain.errors import StorageFailed
from edge_brain.records import Exposure
from edge_brain.store.devices import Devices
from edge_brain.store.pins import Pins
from edge_brain.store.reading import Reader


class Copies:
    """Copies what one store holds."""

    def __init__(self, store: Reader) -> None:
        self._store, self._folder = store, store.folder
        self._uncopied: int | None = None  # the event after which the segment lacks some

    def events(self, before: int) -> None:
        """Append the events after `before`, and any that could not be appended earlier, to the segment."""
        start = before if self._uncopied is None else min(before, self._uncopied)
        try:
            backups.append_segment(self._folder, self._store.event_entries(after=start))
            self._uncopied = None
        except OSError:
            self._uncopied = start

    def kept(self, exposures: Sequence[Exposure], burst: str | None) -> None:
        """Append frames that were kept to the segment, so that their bursts are known whatever happens."""
        entries = [_kept_entry(each, burst or each.id) for each in exposures]
        with suppress(OSError):
            backups.append_segment(self._folder, entries, lasting=False)

    def settings(self) -> None:
        """Write down how pictures become codes."""
        kept = {key: self._store.setting(key) for key in sorted(schema.SETTINGS - {"device", "clock"})}
        kept |= {"released": str(last)} if (last := self._store.last_release()) else {}
        kept |= {"name": name} if (name := Devices(self._store.database).given_name()) else {}
        kept |= {"pins": pins} if (pins := Pins(self._store.database, self.settings).stored()) != "0" else {}
        with suppress(StorageFailed):
            backups.keep_settings(self._folder, kept)

    def whole(self) -> Path:
        """Copy the whole database, keep the last three such copies, and begin a new segment."""
        self.settings()
        return backups.add(self._folder, self._store.last_event(), self._store.database.backup)


def _kept_entry(exposure: Exposure, burst: str) -> dict[str, Any]:
    return {
        "frame": exposure.id,
        "burst": burst,
        "source": exposure.source,
        "reason": exposure.reason,
        "taken_at": exposure.taken_at,
        "suffix": exposure.suffix,
    }
