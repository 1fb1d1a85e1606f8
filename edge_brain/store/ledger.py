"""The one way in: an event is written, the tag is the fold over its frame's events, the head follows.

    tag(frame, label) ─> events (append-only) ─fold─> tags ─learned ones─> head (n, s)

All within one transaction that the caller has opened; nothing here begins or ends one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_brain import clock, head, reserve
from edge_brain.database import Database, checksum
from edge_brain.errors import BrainDamaged, TagChanged
from edge_brain.records import Exposure, Role, Tag, Tagging
from edge_brain.store.codes import CODED, checked_code, checked_views, insert_views
from edge_brain.store.frames import Newcomer, delete_empty_burst, held, insert_bursts, insert_frames, insert_looks
from edge_brain.store.order import LATEST_FIRST

_LAST_OF_OURS = 5 * 10**8  # others may tell of greater numbers under our id, after which no more could come
# a frame of another device whose code nobody has given yet: what is said of it does not count
WAITS = "((away OR erased) AND NOT EXISTS (SELECT 1 FROM codes WHERE codes.frame = frames.number))"


class Ledger:
    """What one transaction writes; `close` writes the head's rows and the clock at its end."""

    def __init__(self, database: Database, device: str, zero_point: int, reading: int, *, views: int) -> None:
        self.reading = reading  # of the hybrid clock
        self._database = database
        self._device = device
        self._zero_point = zero_point
        self._views = views  # rows that a learned frame has
        self.refolded = False  # something that was known before counts otherwise: events alone do not say so
        self._moves: dict[str, tuple[int, NDArray[np.int64]]] = {}  # label → change of n and of s

    def tag(self, tagging: Tagging, who: str) -> Tag | None:
        """Tag one frame, keeping it first if it is new; None when that leaves it without a tag."""
        frame = self._kept(tagging)
        before = self._database.value("SELECT label FROM tags WHERE frame = ?", (frame["number"],))
        role: Role | None = self._database.value("SELECT role FROM bursts WHERE number = ?", (frame["burst"],))
        new = before != tagging.label
        if new:
            if role is None and tagging.label is not None:
                role = self._decide_role(frame["burst"], tagging.label, tagging.role)
            self._write_event(frame, tagging.label, role, who)
            after = next(self._fold([frame["number"]]))[0].label
            if role == "learned":
                self._move([(frame["number"], before, after)])
        if isinstance(tagging.frame, Exposure):
            self.add_views(frame["number"], tagging.frame.views)
        if tagging.label is None or role is None:
            return None
        return Tag(frame["id"], tagging.label, role, frame["name"], new)

    def expect(self, labels: Mapping[str, str | None]) -> None:
        """Raise TagChanged unless these frames, by their ids, are in sight and tagged so; None is without a tag."""
        for frame_id, label in labels.items():
            row = held(self._frame_row(frame_id), frame_id)
            now = self._database.value("SELECT label FROM tags WHERE frame = ?", (row["number"],))
            if row["discarded"] is not None or now != label:
                became = "discarded" if row["discarded"] is not None else f"tagged {now!r}" if now else "without a tag"
                thought = "without a tag" if label is None else f"tagged {label!r}"
                raise TagChanged(
                    f"frame {frame_id[:12]} is {became} by now, not {thought}: nothing was changed; look at it again"
                )

    def add_views(self, frame: int, codes: bytes) -> bool:
        """Keep the codes of a learned frame's views, unless it has them; what it stood for itself is unlearned."""
        query = "SELECT label FROM tags WHERE frame = ? AND role = 'learned'"
        label: str | None = self._database.value(query, (frame,))
        held = self._database.row("SELECT 1 FROM view_codes WHERE frame = ?", (frame,))
        if label is None or held is not None or not codes or self._views == 1:
            return False
        self._move([(frame, label, None)])
        insert_views(self._database, {frame: codes})
        self._move([(frame, None, label)])
        return True

    def refold(self) -> None:
        """Make tags and head anew from events and codes."""
        self._database.execute("DELETE FROM tags")
        self._database.execute("DELETE FROM head")
        told = "SELECT number FROM frames WHERE number IN (SELECT frame FROM events) ORDER BY number"
        self.follow([row["number"] for row in self._database.rows(told)])

    def take_back(self, frames: Collection[int]) -> None:
        """Take the tags of frames away, and out of the head, as if nothing had been said of them yet."""
        for rows in self._database.among("SELECT frame, label, role FROM tags WHERE frame IN", frames):
            self._database.execute_many("DELETE FROM tags WHERE frame = ?", [(row["frame"],) for row in rows])
            self._move([(row["frame"], row["label"], None) for row in rows if row["role"] == "learned"])

    def follow(self, frames: Collection[int]) -> None:
        """Tag frames that have no tags as their events say."""
        for folded in self._fold(frames):
            self._move([(each.frame, None, each.label) for each in folded if each.role == "learned"])

    def close(self) -> None:
        """Write what has been gathered: the head's rows and the clock."""
        for label, (count, sums) in self._moves.items():
            row = self._database.row("SELECT count, sums FROM head WHERE label = ?", (label,))
            if row is not None:
                count += row["count"]
                sums = sums + np.frombuffer(row["sums"], "<i8")
            if count == 0:
                self._database.execute("DELETE FROM head WHERE label = ?", (label,))
                continue
            blob = sums.astype("<i8").tobytes()
            self._database.execute(
                "INSERT OR REPLACE INTO head (label, count, sums, crc) VALUES (?, ?, ?, ?)",
                (label, count, blob, head_checksum(label, count, blob)),
            )
        self._database.execute("UPDATE settings SET value = ? WHERE key = 'clock'", (str(self.reading),))
        if self.refolded:
            more = "INSERT INTO settings (key, value) VALUES ('refolds', '1')"
            self._database.execute(f"{more} ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1")

    def keep(self, frame: Exposure, burst: str) -> bool:
        """Keep a frame of a burst without saying what it shows; False when it is kept already."""
        row = self._frame_row(frame.id)
        if row is None:
            self._insert_frame(frame, burst)
        elif row["erased"] or row["away"]:
            self._have_again(row, frame)
        return row is None

    def discard(self, frame_ids: Sequence[str], who: str) -> dict[str, str | None]:
        """Take frames out of sight, untagged, and return what each was tagged as."""
        self.reading = moment = clock.tick(self.reading)  # before the events that untag
        were = dict[str, str | None]()
        for frame_id in frame_ids:
            row = held(self._frame_row(frame_id), frame_id)
            if row["discarded"] is None:
                self.tag(Tagging(frame_id, None), who)
                self._database.execute("UPDATE frames SET discarded = ? WHERE number = ?", (moment, row["number"]))
            were[frame_id] = label_before(self._database, row["number"], row["discarded"] or moment)
        return were

    def restore(self, frame_ids: Sequence[str], who: str) -> dict[str, str | None]:
        """Bring frames back that were discarded, tagged as they were, and return what each is tagged as now."""
        are = dict[str, str | None]()
        for frame_id in frame_ids:
            row = held(self._frame_row(frame_id), frame_id)
            number, moment = row["number"], row["discarded"]
            if moment is not None:
                self._database.execute("UPDATE frames SET discarded = NULL WHERE number = ?", (number,))
                self.tag(Tagging(frame_id, label_before(self._database, number, moment)), who)
            are[frame_id] = self._database.value("SELECT label FROM tags WHERE frame = ?", (number,))
        return are

    def saw(self, frame_ids: Sequence[str]) -> None:
        """Note that the like of these frames is before the camera now; those that are not here are passed over."""
        self.reading = clock.tick(self.reading)
        for frame_id in frame_ids:
            self._database.execute("UPDATE frames SET seen = ? WHERE id = ?", (self.reading, frame_id))

    def _kept(self, tagging: Tagging) -> sqlite3.Row:
        """Return the row of a frame: kept if it is new, and in the burst that is said if it was never tagged."""
        frame_id = tagging.frame if isinstance(tagging.frame, str) else tagging.frame.id
        row = self._frame_row(frame_id)
        if isinstance(tagging.frame, str):
            row = held(row, frame_id)
        elif row is not None and (row["erased"] or row["away"]):
            self._have_again(row, tagging.frame)
        if row is None:
            assert isinstance(tagging.frame, Exposure)
            self._insert_frame(tagging.frame, tagging.burst or frame_id)
        elif tagging.burst in (None, row["name"]) or self._was_told(row["number"]):
            return row
        else:
            self._move_frame(row, tagging.burst)
        row = self._frame_row(frame_id)
        assert row is not None
        return row

    def _was_told(self, frame: int) -> bool:
        return self._database.row("SELECT 1 FROM events WHERE frame = ? LIMIT 1", (frame,)) is not None

    def _move_frame(self, frame: sqlite3.Row, burst: str) -> None:
        insert_bursts(self._database, [burst])
        self._database.execute(
            "UPDATE frames SET burst = (SELECT coalesce(joined, number) FROM bursts WHERE name = ?) WHERE number = ?",
            (burst, frame["number"]),
        )
        delete_empty_burst(self._database, frame["burst"])

    def _frame_row(self, frame_id: str) -> sqlite3.Row | None:
        return self._database.row(
            "SELECT frames.*, bursts.name FROM frames JOIN bursts ON bursts.number = frames.burst WHERE id = ?",
            (frame_id,),
        )

    def _insert_frame(self, frame: Exposure, burst: str) -> None:
        self.reading = clock.tick(self.reading)
        number = self._database.next_number("frames")
        insert_frames(self._database, {number: Newcomer(frame, burst, self.reading)})

    def _have_again(self, row: sqlite3.Row, frame: Exposure) -> None:
        """Take in the picture of a frame that was erased, or is away; somebody has given it, and it is in sight.

        What others said of it counts from now on, where that waited for its code.
        """
        number = row["number"]
        self.take_back([number])
        self._database.execute("DELETE FROM codes WHERE frame = ? AND rough", (number,))
        insert_looks(self._database, {number: frame.code}, {number: frame.thumbnail})
        self._database.execute(
            "UPDATE frames SET bytes = ?, erased = 0, away = 0, discarded = NULL WHERE number = ?",
            (len(frame.data), number),
        )
        if row["away"] and self._was_told(number):
            self.refolded = True
        self.follow([number])

    def _decide_role(self, burst: int, label: str, decided: Role | None) -> Role:
        query = "SELECT role, count(DISTINCT burst) FROM tags WHERE label = ? GROUP BY role"
        counts = {str(row[0]): int(row[1]) for row in self._database.rows(query, (label,))}
        role = decided or reserve.role_of_next_burst(counts.get("learned", 0), counts.get("reserved", 0))
        self._database.execute("UPDATE bursts SET role = ? WHERE number = ?", (role, burst))
        return role

    def _write_event(self, frame: sqlite3.Row, label: str | None, role: Role | None, who: str) -> None:
        self.reading = clock.tick(self.reading)
        device = self._device
        query = "SELECT max(sequence) FROM events WHERE device = ? AND sequence < ?"
        last = self._database.value(query, (device, _LAST_OF_OURS))
        fields = (device, (last or 0) + 1, self.reading, frame["number"], frame["burst"], label, role, who)
        insert_events(self._database, {self._database.next_number("events"): fields})

    def _fold(self, frames: Collection[int]) -> Iterator[list[_Folded]]:
        """Set the tags of frames to what their greatest events say, and yield them, some hundred at a time."""
        query = f"""SELECT frames.number, frames.burst, bursts.role, discarded, {WAITS} AS waits, (
                        SELECT label FROM events WHERE frame = frames.number ORDER BY {LATEST_FIRST} LIMIT 1) AS label
                      FROM frames JOIN bursts ON bursts.number = frames.burst WHERE frames.number IN"""
        for rows in self._database.among(query, frames):
            tagged = [row for row in rows if row["label"] is not None and not row["waits"]]
            bare = [row for row in rows if row["label"] is None or row["waits"]]
            self._database.execute_many("DELETE FROM tags WHERE frame = ?", [(row["number"],) for row in bare])
            self._database.execute_many(
                "INSERT INTO tags (frame, label, role, burst) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (frame) DO UPDATE SET label = excluded.label",
                [(row["number"], row["label"], row["role"], row["burst"]) for row in tagged],
            )
            self._database.execute_many(  # an erased one was tagged on another device, which has its picture
                "UPDATE frames SET discarded = NULL, away = max(away, erased), erased = 0 WHERE number = ?",
                [(row["number"],) for row in tagged if row["discarded"] is not None],
            )
            yield [
                *(_Folded(row["number"], row["label"], row["role"]) for row in tagged),
                *(_Folded(row["number"], None, row["role"]) for row in bare),
            ]

    def _move(self, moves: Sequence[tuple[int, str | None, str | None]]) -> None:
        """Take frames, by number, in the head from one class to another; None is no class."""
        ways = {frame: (before, after) for frame, before, after in moves if before != after}
        for coded in self._database.among(f"{CODED} WHERE codes.frame IN", ways):
            self._move_coded(coded, ways)
        if ways:
            raise BrainDamaged(f"frame number {min(ways)} has no code; `edge-brain retrain` makes it from its picture")

    def _move_coded(self, coded: Sequence[sqlite3.Row], ways: dict[int, tuple[str | None, str | None]]) -> None:
        """Take the frames of these rows the ways that are given for them, which are done then."""
        if not coded:
            return
        codes = [(checked_code(row), checked_views(row)) for row in coded]
        rows = head.rows_of(codes, len(codes[0][0]), self._zero_point, self._views).sum(axis=1, dtype=np.int64)
        places = dict[tuple[str, int], list[int]]()  # label and sign → which of the rows
        for place, row in enumerate(coded):
            for label, sign in zip(ways.pop(row["frame"]), (-1, +1), strict=True):
                if label is not None:
                    places.setdefault((label, sign), []).append(place)
        for (label, sign), own in places.items():
            count, sums = self._moves.get(label, (0, np.zeros(rows.shape[1], np.int64)))
            self._moves[label] = count + sign * len(own), sums + sign * rows[own].sum(axis=0)


@dataclass(frozen=True)
class _Folded:
    """A frame, by number, with what it is tagged as and the role of its burst."""

    frame: int
    label: str | None
    role: Role | None


def insert_events(database: Database, events: Mapping[int, Sequence[object]]) -> None:
    """Write events under these numbers: device, sequence, clock, frame, burst, label, role, who."""
    database.execute_many(
        "INSERT INTO events (number, device, sequence, clock, frame, burst, label, role, who, crc)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, *fields, event_checksum(fields)) for number, fields in events.items()],
    )


def label_before(database: Database, frame: int, reading: int) -> str | None:
    """Return what a frame was tagged as when the hybrid clock read so much."""
    query = f"SELECT label FROM events WHERE frame = ? AND clock < ? ORDER BY {LATEST_FIRST} LIMIT 1"
    label: str | None = database.value(query, (frame, reading))
    return label


def event_checksum(fields: Sequence[object]) -> int:
    """Return the CRC of an event: device, sequence, clock, frame, burst, label, role, who."""
    return checksum(json.dumps(list(fields), ensure_ascii=False).encode())


def head_checksum(label: str, count: int, sums: bytes) -> int:
    """Return the CRC of a row of the head."""
    return checksum(f"{label}\0{count}\0".encode(), sums)
