"""Takes in what another device tells: the union of events, and what follows from it here.

    looks ─> frames, codes ─┐
    events, those not here ─┴─> scenes ─> tags ─> head       one transaction, which the caller has opened

Nothing depends on the order in which segments come, on how often they come, or on what is missing between them. Of
two codes of one frame the lesser is taken everywhere, one with views before one without: two runtimes may round
otherwise. A frame of which nobody gave a code under this brain's contract waits: its events are here and do not count.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from edge_brain.database import Database
from edge_brain.errors import BrainDamaged
from edge_brain.outcomes import Merged
from edge_brain.records import Exposure
from edge_brain.replica import Event, Look, Segment
from edge_brain.store import codes, scenes
from edge_brain.store.frames import insert_burst, insert_frame, insert_looks
from edge_brain.store.ledger import Ledger, insert_event

Codes = tuple[bytes, bytes]  # of a frame, and of its views


@dataclass
class Taken:
    """What of a segment is in the database by now."""

    events: list[int] = field(default_factory=list)  # numbers, also of those that were here
    codes: dict[int, Codes] = field(default_factory=dict)  # frame → its codes, where they are of use
    merged: Merged = field(default_factory=lambda: Merged(0, 0, 0))


class Merging:
    """Merges segments in one transaction."""

    def __init__(self, database: Database, ledger: Ledger, contract: Mapping[str, str]) -> None:
        self._database, self._ledger, self._contract = database, ledger, contract
        self._own = str(database.value("SELECT value FROM settings WHERE key = 'device'"))
        self._numbers = dict[str, int]()  # frame id → number
        self._recoded = dict[int, Codes]()

    def merge(self, segment: Segment) -> Taken:
        """Take in what is not here yet."""
        taken, new = Taken(), 0
        frames = sum([self._take_look(look, segment, taken) for look in segment.looks])
        touched = set(self._recoded)
        for event in segment.events:
            number, is_new = self._take_event(event)
            taken.events.append(number)
            if is_new:
                touched.add(self._numbers[event.frame])
                new += 1
            self._ledger.reading = max(self._ledger.reading, event.clock)
        self._settle(touched)
        self._note_device(segment)
        taken.merged = Merged(new, len(segment.events) - new, frames)
        return taken

    def _take_look(self, look: Look, segment: Segment, taken: Taken) -> bool:
        """Take in what is told of a frame; True when it was not here."""
        row = self._database.row("SELECT number, erased, device FROM frames WHERE id = ?", (look.frame,))
        if row is None:
            self._numbers[look.frame] = number = insert_frame(
                self._database,
                _exposure(look),
                look.burst,
                seen=None,
                size=look.size_bytes,
                device=self._unless_own(look.device),
                away=True,
            )
        else:
            self._numbers[look.frame] = number = row["number"]
            self._note_taker(row, look.device)
            if not row["erased"]:
                insert_looks(self._database, number, _exposure(look))
        if look.code and segment.agrees(self._contract):
            self._compare(number, (look.code, look.views))
            taken.codes[number] = look.code, look.views
        return row is None

    def _note_taker(self, frame: sqlite3.Row, told: str) -> None:
        """Note which device took a frame: of two that say so, as the very same picture came to both, the lesser id."""
        if told < (frame["device"] or self._own):
            query = "UPDATE frames SET device = ? WHERE number = ?"
            self._database.execute(query, (self._unless_own(told), frame["number"]))
            self._ledger.refolded |= bool(self._ever_told([frame["number"]]))

    def _unless_own(self, device: str) -> str | None:
        return None if device == self._own else device

    def _compare(self, frame: int, told: Codes) -> None:
        """Note the codes of a frame that are to be taken in place of those that are here."""
        held = self._recoded.get(frame) or codes.held(self._database, frame)
        if held is None or _rank(told) < _rank(held):
            self._recoded[frame] = told

    def _take_event(self, event: Event) -> tuple[int, bool]:
        """Write an event, unless it is here; return its number, and whether it is new."""
        frame = self._numbers.get(event.frame)
        if frame is None:
            frame = self._database.value("SELECT number FROM frames WHERE id = ?", (event.frame,))
            if frame is None:
                raise BrainDamaged(f"an event tells of frame {event.frame}, and nothing else is told of that frame")
            self._numbers[event.frame] = frame
        insert_burst(self._database, event.burst)
        burst = self._database.value("SELECT number FROM bursts WHERE name = ?", (event.burst,))
        fields = (event.device, event.sequence, event.clock, frame, burst, event.label, event.role, event.who)
        here = self._database.value(
            "SELECT number FROM events WHERE device = ? AND sequence = ? AND clock = ? AND frame = ? AND burst = ?"
            " AND coalesce(label, '') = coalesce(?, '') AND coalesce(role, '') = coalesce(?, '') AND who = ?",
            fields,
        )
        return (here, False) if here is not None else (insert_event(self._database, fields), True)

    def _settle(self, touched: set[int]) -> None:
        """Let scenes, codes, tags and head of frames follow from what is here now."""
        moved = list(scenes.unsettled(self._database, touched))
        affected = touched.union(*(scenes.frames_of(self._database, scene) for scene in moved))
        known = self._ever_told(self._recoded)
        self._ledger.refolded |= bool(known) or any(scene.is_news for scene in moved)
        for frame in affected:
            self._ledger.take_back(frame)
        for scene in moved:
            scenes.settle(self._database, scene)
        codes.replace(self._database, set(self._recoded), self._recoded)
        for frame in affected:
            scenes.bring(self._database, frame)
            self._ledger.follow(frame)
        self._recoded.clear()

    def _ever_told(self, frames: Iterable[int]) -> set[int]:
        query = "SELECT 1 FROM events WHERE frame = ? LIMIT 1"
        return {frame for frame in frames if self._database.row(query, (frame,)) is not None}

    def _note_device(self, segment: Segment) -> None:
        clocks = (event.clock for event in segment.events if event.device == segment.device)
        self._database.execute(
            """INSERT INTO devices (id, name, clock) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE
                  SET name = excluded.name, clock = excluded.clock WHERE excluded.clock >= clock""",
            (segment.device, segment.name, max(clocks, default=0)),
        )


def _rank(told: Codes) -> tuple[bool, bytes, bytes]:
    code, views = told
    return not views, code, views


def _exposure(look: Look) -> Exposure:
    return Exposure(
        id=look.frame,
        data=b"",
        suffix=look.suffix,
        width=look.width,
        height=look.height,
        taken_at=look.taken_at,
        source=look.source,
        thumbnail=look.thumbnail,
        code=b"",
        contract="",
        brightness=look.brightness,
        sharpness=look.sharpness,
        reason=look.reason,
    )
