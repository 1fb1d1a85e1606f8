"""Whose frames a brain holds: what each device is called, what it took, and when something was last said on it."""

from __future__ import annotations

from edge_brain import clock, config
from edge_brain.database import Database
from edge_brain.records import Device
from edge_brain.store.ledger import WAITS

_NAMED = 8  # digits of an id that stand for a name
_LONGEST = 64  # characters of a name that are told: others chose it


class Devices:
    """This device, and those that it has heard of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def own_id(self) -> str:
        """Return the id of this device."""
        return str(self._database.value("SELECT value FROM settings WHERE key = 'device'"))

    def own_name(self) -> str:
        """Return what this device is called, for people: as it was told, else the name of the machine."""
        return self.given_name() or config.host_name()

    def given_name(self) -> str | None:
        """Return the name that this device was given."""
        name: str | None = self._database.value("SELECT value FROM settings WHERE key = 'name'")
        return name

    def give_name(self, name: str) -> None:
        """Call this device so from now on."""
        with self._database.transaction():
            self._database.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('name', ?)", (name,))

    def name_of(self, device: str) -> str:
        """Return what a device is called; the beginning of its id where nobody knows."""
        if device == self.own_id():
            return self.own_name()
        return _line(self._database.value("SELECT name FROM devices WHERE id = ?", (device,)) or "") or device[:_NAMED]

    def several(self) -> bool:
        """Say whether others were ever heard of, or this one had another id: cheaply, as each score asks."""
        others = "SELECT EXISTS (SELECT 1 FROM devices) OR EXISTS (SELECT 1 FROM settings WHERE key = 'former')"
        return bool(self._database.value(others))

    def all(self) -> list[Device]:
        """Return this device, and then the others in the order of their names."""
        own, rows = self.own_id(), self._database.rows("SELECT id, name FROM devices")
        names = {row["id"]: _line(row["name"]) for row in rows} | {own: self.own_name()}
        last, taken = self._last(), self._taken(own)
        told = [
            Device(
                device,
                names.get(device) or device[:_NAMED],
                *taken.get(device, (0, 0, 0)),
                last_event=clock.wall_time(last[device]) if device in last else None,
                here=device == own,
            )
            for device in {own, *taken, *last}  # not who only told codes, as whoever coded a hub anew
        ]
        return sorted(told, key=lambda each: (not each.here, each.name, each.id))

    def _last(self) -> dict[str, int]:
        """Return the reading of the clock at the last event of each device."""
        query = "SELECT device, max(clock) AS clock FROM events GROUP BY device"
        return {row["device"]: row["clock"] for row in self._database.rows(query)}

    def _taken(self, own: str) -> dict[str, tuple[int, int, int]]:
        """Return how many frames each device took, and how many of those are learned, and reserved."""
        rows = self._database.rows(
            f"""SELECT coalesce(device, ?) AS id, count(*) AS frames,
                       count(CASE tags.role WHEN 'learned' THEN 1 END) AS learned,
                       count(CASE tags.role WHEN 'reserved' THEN 1 END) AS reserved
                  FROM frames LEFT JOIN tags ON tags.frame = frames.number
                 WHERE discarded IS NULL AND NOT erased AND NOT {WAITS} GROUP BY 1""",
            (own,),
        )
        return {row["id"]: (row["frames"], row["learned"], row["reserved"]) for row in rows}


def _line(name: str) -> str:
    """Return a name that another device gave itself as one printable line."""
    return "".join(each if each.isprintable() else "?" for each in name)[:_LONGEST].strip()
