"""What hubs are known to hold of this brain; what they are not known to hold, `owed` tells.

A segment is known once it was read back whole: its events and codes are told, then, until the hub loses it. Of two
segments that tell the same each counts, so that either may be lost.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass

from edge_brain.database import Database
from edge_brain.replica import CONTRACT, Event, Look, spelled
from edge_brain.store.codes import code_checksum, held
from edge_brain.store.ledger import WAITS


@dataclass(frozen=True)
class Heard:
    """Where a segment stands."""

    hub: int
    name: str  # of the object


class Sharing:
    """The hubs of one brain."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ── who we are ──────────────────────────────────────────────────────────────────────────────

    def own_devices(self) -> list[str]:
        """Return the id of this device, and those that it had before, oldest last."""
        query = "SELECT value FROM settings WHERE key IN ('device', 'former') ORDER BY key"
        return " ".join(str(row["value"]) for row in self._database.rows(query)).split()

    def names(self) -> dict[str, str]:
        """Return the names of the other devices that were heard of, by id."""
        return {row["id"]: row["name"] for row in self._database.rows("SELECT id, name FROM devices ORDER BY id")}

    def classes(self, *, own: bool) -> set[str]:
        """Return the classes that this device has ever told of, or those that others have."""
        devices = self.own_devices()
        query = f"""SELECT DISTINCT label FROM events
                     WHERE label NOT NULL AND device {"IN" if own else "NOT IN"} ({", ".join("?" * len(devices))})"""
        return {row["label"] for row in self._database.rows(query, devices)}

    def holds(self, events: Sequence[Event]) -> bool:
        """Say whether all these events are here."""
        query = """SELECT 1 FROM events JOIN frames ON frames.number = frame JOIN bursts ON bursts.number = events.burst
                    WHERE events.device = ? AND sequence = ? AND clock = ? AND frames.id = ? AND bursts.name = ?
                      AND label IS ? AND events.role IS ? AND who = ?"""
        return all(self._database.row(query, astuple(event)) is not None for event in events)

    # ── hubs ────────────────────────────────────────────────────────────────────────────────────

    def hub(self, hub_id: str, place: str) -> int:
        """Return the number of a hub, and note where it is by now."""
        with self._database.transaction():
            query = "INSERT INTO hubs (id, place) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET place = excluded.place"
            self._database.execute(query, (hub_id, place))
            return int(self._database.value("SELECT number FROM hubs WHERE id = ?", (hub_id,)))

    def forget(self, hub: int) -> None:
        """Forget what a hub is known to hold: all is looked at, and told, once more."""
        with self._database.transaction():
            for table in ("segment_events", "segment_frames"):
                query = f"DELETE FROM {table} WHERE segment IN (SELECT number FROM segments WHERE hub = ?)"
                self._database.execute(query, (hub,))
            for table in ("segments", "hub_pictures", "refusals"):
                self._database.execute(f"DELETE FROM {table} WHERE hub = ?", (hub,))

    def synced(self, hub: int, at: float, aside: Collection[str] = ()) -> None:
        """Note when all was exchanged with a hub, seconds since 1970, but for what is aside; nothing else is."""
        with self._database.transaction():
            self._database.execute("UPDATE hubs SET synced = ? WHERE number = ?", (at, hub))
            for name in self.aside(hub).keys() - set(aside):
                self._database.execute("DELETE FROM refusals WHERE hub = ? AND name = ?", (hub, name))

    def hubs(self) -> list[tuple[int, str, str, float | None]]:
        """Return number, id, place and the time of the last whole exchange of each hub."""
        query = "SELECT number, id, place, synced FROM hubs ORDER BY coalesce(synced, 0) DESC, number"
        return [(row["number"], row["id"], row["place"], row["synced"]) for row in self._database.rows(query)]

    def wished(self, hub_id: str, wish: str, *, told_anew: bool) -> None:
        """Note what is to be exchanged with a hub, in one line; what was under way may have to be told anew."""
        with self._database.transaction():
            if told_anew:
                self.call_back(hub_id)
            query = "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)"
            self._database.execute(query, (f"sync {hub_id}", wish))

    def wish(self, hub_id: str) -> str | None:
        """Return what was noted last; None where nothing was."""
        value: str | None = self._database.value("SELECT value FROM settings WHERE key = ?", (f"sync {hub_id}",))
        return value

    def refused(self, hub_id: str) -> dict[str, str]:
        """Return which releases of a hub were refused, by name, and what was so then."""
        return dict(
            json.loads(
                self._database.value("SELECT value FROM settings WHERE key = ?", (_refused_key(hub_id),)) or "{}"
            )
        )

    def note_refused(self, hub_id: str, name: str, then: str) -> None:
        """Note that a release was refused, and what was so then."""
        with self._database.transaction():
            kept = {each: so for each, so in self.refused(hub_id).items() if so == then}
            query = "INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)"
            self._database.execute(query, (_refused_key(hub_id), json.dumps({**kept, name: then})))

    # ── segments ────────────────────────────────────────────────────────────────────────────────

    def known(self, hub: int) -> set[str]:
        """Return the names of the segments of a hub that need not be read (again)."""
        query = "SELECT name FROM segments WHERE hub = ? AND NOT (taken = 0 AND contract = ?)"
        return {row["name"] for row in self._database.rows(query, (hub, self._contract()))}

    def note(
        self, heard: Heard, contract: str, events: Sequence[int], codes: Mapping[int, tuple[bytes, bytes]]
    ) -> None:
        """Note that a segment is known, with the events and codes in it; within a transaction."""
        self._database.execute(
            """INSERT INTO segments (hub, name, contract, taken) VALUES (?, ?, ?, ?)
               ON CONFLICT (hub, name) DO UPDATE SET contract = excluded.contract, taken = excluded.taken""",
            (heard.hub, heard.name, contract, contract == self._contract()),
        )
        query = "SELECT number FROM segments WHERE hub = ? AND name = ?"
        segment = self._database.value(query, (heard.hub, heard.name))
        query = "INSERT OR IGNORE INTO segment_events VALUES (?, ?)"
        self._database.execute_many(query, [(event, segment) for event in events])
        rows = [
            (frame, segment, code_checksum(frame, code), code_checksum(frame, views) if views else 0)
            for frame, (code, views) in codes.items()
        ]
        self._database.execute_many("INSERT OR REPLACE INTO segment_frames VALUES (?, ?, ?, ?)", rows)

    def goes(self, hub: int, name: str, data: bytes) -> None:
        """Keep a segment that is on its way: what comes of it there may have to be mended, with the same bytes."""
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO under_way (hub, name, data) VALUES (?, ?, ?)", (hub, name, data)
            )

    def under_way(self, hub: int) -> list[tuple[str, bytes]]:
        """Return names and bytes of the segments that were on their way and are not known to have arrived."""
        query = "SELECT name, data FROM under_way WHERE hub = ? ORDER BY name"
        return [(row["name"], row["data"]) for row in self._database.rows(query, (hub,))]

    def arrived(self, hub: int, name: str) -> None:
        """Note that a segment was read back."""
        with self._database.transaction():
            self._database.execute("DELETE FROM under_way WHERE hub = ? AND name = ?", (hub, name))

    def call_back(self, hub_id: str | None = None) -> None:
        """Keep no bytes any more of what is under way, to one hub or all; within a transaction.

        What stands there under such a name may be torn by now, and is known no more: it is read again.
        """
        query = "SELECT hub, name FROM under_way JOIN hubs ON hubs.number = hub WHERE ? IN (hubs.id, '')"
        for row in self._database.rows(query, (hub_id or "",)):
            self._forget(row["hub"], row["name"])
            self._database.execute("DELETE FROM under_way WHERE hub = ? AND name = ?", (row["hub"], row["name"]))

    def told(self, hub: int, name: str, events: Sequence[int], looks: Sequence[Look]) -> None:
        """Note that a hub was seen to hold a segment of ours, by reading it back."""
        with self._database.transaction():
            self._database.execute("DELETE FROM under_way WHERE hub = ? AND name = ?", (hub, name))
            codes = dict[int, tuple[bytes, bytes]]()
            for look in looks:
                number = self._database.value("SELECT number FROM frames WHERE id = ?", (look.frame,))
                if number is not None and look.code:  # else it was dropped meanwhile
                    codes[number] = look.code, look.views
            self.note(Heard(hub, name), self._contract(), events, codes)

    def lost(self, hub: int, names: Collection[str]) -> None:
        """Note that a hub lists these segments no more: what they told is to be told again.

        A hub that has gone back to what it was has lost pictures, too: of none it is known any more that it is there.
        """
        with self._database.transaction():
            if names:
                self._database.execute("DELETE FROM hub_pictures WHERE hub = ?", (hub,))
            for name in names:
                self._forget(hub, name)

    def all_known(self, hub: int) -> set[str]:
        """Return the names of all segments of a hub that were read once."""
        return {row["name"] for row in self._database.rows("SELECT name FROM segments WHERE hub = ?", (hub,))}

    def read_again(self) -> None:
        """Let segments be read again whose codes are of use now, or were dropped; within a transaction."""
        self._database.execute("UPDATE segments SET taken = 0")

    # ── pictures ────────────────────────────────────────────────────────────────────────────────

    def wanted(self, *, untagged_only: bool) -> list[tuple[str, str]]:
        """Return id and suffix of the frames in sight whose pictures are away: all, or those that wait for a tag."""
        which = "AND NOT EXISTS (SELECT 1 FROM tags WHERE frame = frames.number)" if untagged_only else ""
        query = f"SELECT id, suffix FROM frames WHERE away AND NOT erased AND discarded IS NULL {which} ORDER BY number"
        return [(row["id"], row["suffix"]) for row in self._database.rows(query)]

    def is_in_sight(self, frame_id: str) -> bool:
        """Say whether a frame is here, and neither discarded nor erased."""
        query = "SELECT 1 FROM frames WHERE id = ? AND discarded IS NULL AND NOT erased"
        return self._database.row(query, (frame_id,)) is not None

    def code(self, frame_id: str) -> bytes | None:
        """Return the code of a frame, None where none came, or is whole, or it is of a thumbnail alone."""
        number = self._database.value("SELECT number FROM frames WHERE id = ?", (frame_id,))
        return next((code for code, _ in held(self._database, [number]).values()), None)

    def held_since(self, hub: int, before: float) -> list[tuple[str, str]]:
        """Return id and suffix of the pictures here that a hub was seen to hold before some time."""
        query = """SELECT id, suffix FROM frames JOIN hub_pictures ON hub_pictures.frame = frames.number
                    WHERE hub = ? AND at <= ? AND NOT away AND NOT erased ORDER BY frames.number"""
        return [(row["id"], row["suffix"]) for row in self._database.rows(query, (hub, before))]

    def waiting(self) -> int:
        """Return how many frames wait for a code: what is said of them does not count yet."""
        return int(self._database.value(f"SELECT count(*) FROM frames WHERE NOT erased AND {WAITS}"))

    def away(self) -> int:
        """Return how many frames in sight have their pictures elsewhere."""
        query = "SELECT count(*) FROM frames WHERE away AND NOT erased AND discarded IS NULL"
        return int(self._database.value(query))

    def unsent(self, hub: int) -> list[tuple[str, str, int, bool]]:
        """Return id, suffix, bytes and whether it is tagged, of the pictures here that a hub is not known to hold."""
        rows = self._database.rows(
            """SELECT id, suffix, bytes, tags.frame NOT NULL AS tagged
                 FROM frames LEFT JOIN tags ON tags.frame = frames.number
                WHERE NOT away AND NOT erased AND discarded IS NULL
                  AND NOT EXISTS (SELECT 1 FROM hub_pictures WHERE frame = frames.number AND hub = ?)
             ORDER BY frames.number""",
            (hub,),
        )
        return [(row["id"], row["suffix"], row["bytes"], bool(row["tagged"])) for row in rows]

    def sent(self, hub: int, frame_id: str, at: float) -> None:
        """Note that a hub was seen to hold a picture, by reading it back."""
        with self._database.transaction():
            query = "INSERT OR REPLACE INTO hub_pictures SELECT number, ?, ? FROM frames WHERE id = ?"
            self._database.execute(query, (hub, at, frame_id))

    def unsend(self, hub: int, frame_id: str) -> None:
        """Note that a hub does not hold a picture any more."""
        with self._database.transaction():
            query = "DELETE FROM hub_pictures WHERE hub = ? AND frame = (SELECT number FROM frames WHERE id = ?)"
            self._database.execute(query, (hub, frame_id))

    # ── what was set aside ──────────────────────────────────────────────────────────────────────

    def set_aside(self, hub: int, name: str, reason: str, at: float) -> None:
        """Note that something cannot be exchanged with a hub, and why; at, seconds since 1970."""
        with self._database.transaction():
            query = "INSERT OR REPLACE INTO refusals (hub, name, reason, at) VALUES (?, ?, ?, ?)"
            self._database.execute(query, (hub, name, reason, at))

    def no_longer_aside(self, hub: int, name: str) -> None:
        """Note that something could be exchanged after all."""
        with self._database.transaction():
            self._database.execute("DELETE FROM refusals WHERE hub = ? AND name = ?", (hub, name))

    def aside(self, hub: int) -> dict[str, str]:
        """Return the reasons of what was set aside, by name."""
        query = "SELECT name, reason FROM refusals WHERE hub = ? ORDER BY name"
        return {row["name"]: row["reason"] for row in self._database.rows(query, (hub,))}

    def _forget(self, hub: int, name: str) -> None:
        row = self._database.row("SELECT number FROM segments WHERE hub = ? AND name = ?", (hub, name))
        if row is not None:
            self._database.execute("DELETE FROM segment_events WHERE segment = ?", (row["number"],))
            self._database.execute("DELETE FROM segment_frames WHERE segment = ?", (row["number"],))
            self._database.execute("DELETE FROM segments WHERE number = ?", (row["number"],))

    def _contract(self) -> str:
        query = f"SELECT key, value FROM settings WHERE key IN ({', '.join('?' * len(CONTRACT))})"
        return spelled({row["key"]: row["value"] for row in self._database.rows(query, CONTRACT)})


def _refused_key(hub_id: str) -> str:
    return f"refused {hub_id}"
