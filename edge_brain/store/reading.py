"""What is read of a brain: settings, frames, changes of tags, codes, the head. Nothing here writes."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_brain import clock, coded, extractor, files, head, images
from edge_brain.database import Database, checksum
from edge_brain.errors import BrainDamaged, UnknownFrame
from edge_brain.outcomes import Drop
from edge_brain.records import Change, Frame
from edge_brain.region import Region
from edge_brain.store.codes import UNSEEN, checked_code, checked_views
from edge_brain.store.frames import held
from edge_brain.store.ledger import WAITS, head_checksum, label_before
from edge_brain.store.order import LATEST_FIRST

_CHANGES = f"""SELECT frames.number AS frame, frames.id, frames.burst, bursts.name, bursts.role, taken_at,
                     brightness, sharpness, width, height, frames.device,
                     (SELECT label FROM events WHERE frame = frames.number AND number <= :since
                       ORDER BY {LATEST_FIRST} LIMIT 1) AS before, tags.label AS after,
                     code, codes.crc, view_codes.codes AS views, view_codes.crc AS views_crc
                FROM frames
                JOIN bursts ON bursts.number = frames.burst
                JOIN codes ON codes.frame = frames.number
           LEFT JOIN tags ON tags.frame = frames.number
           LEFT JOIN view_codes ON view_codes.frame = frames.number"""
_FRAMES = """SELECT frames.number, frames.id, bursts.name, tags.label, tags.role, suffix, bytes, taken_at,
                    brightness, sharpness, source, reason, frames.device, frames.away, width, height, frames.erased
               FROM frames JOIN bursts ON bursts.number = frames.burst
          LEFT JOIN tags ON tags.frame = frames.number"""
_LACKS_VIEWS = "frames.number NOT IN (SELECT frame FROM view_codes)"


class Reader:
    """Frames, events, tags and head of one brain, as they are."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder, self.database = folder, database

    def setting(self, key: str) -> str:
        """Return a setting; every brain has all of them from its creation."""
        value = self.database.value("SELECT value FROM settings WHERE key = ?", (key,))
        if value is None:
            raise BrainDamaged(
                f"{self.database.path} lacks its setting {key!r}; `edge-brain doctor --repair` brings it back"
            )
        return str(value)

    @property
    def contract(self) -> str:
        """How this brain's pictures become codes, in one line."""
        query = "SELECT value FROM settings WHERE key IN ('fingerprint', 'region') ORDER BY key"
        fingerprint, region = (row["value"] for row in self.database.rows(query))
        return extractor.spelled(fingerprint, region)

    def codes_contract(self) -> dict[str, str]:
        """Return how this brain's codes are made, for devices that are told of them."""
        keys = ("code_length", "extractor", "fingerprint", "region", "views", "zero_point")
        return {key: self.setting(key) for key in keys}

    @property
    def views(self) -> int:
        """How many rows a learned frame has: one, or one for itself and one for each view."""
        return 1 + len(self.setting("views").split())

    def _region(self) -> Region:
        return Region.parse(self.setting("region"))

    def last_event(self) -> int:
        """Return the number of the last event, 0 before the first: what a view that follows has seen."""
        return int(self.database.value("SELECT coalesce(max(number), 0) FROM events"))

    def taught_at(self) -> float:
        """Return the wall time, seconds since 1970, of the last event; 0 before the first."""
        return clock.wall_time(self.database.value("SELECT coalesce(max(clock), 0) FROM events"))

    def last_release(self) -> int:
        """Return the greatest number that a release of this brain has, 0 before the first."""
        return int(self.database.value("SELECT value FROM settings WHERE key = 'released'") or 0)

    def unseen(self) -> set[int]:
        """Return the numbers of the frames of which neither a picture nor a thumbnail is here."""
        return {row["number"] for row in self.database.rows(f"SELECT number FROM frames WHERE {UNSEEN}")}

    def told_by_code(self) -> list[str]:
        """Return the ids of the frames that were told by their codes alone, discarded ones and others' among them."""
        query = "SELECT id FROM frames WHERE suffix = ? AND NOT erased ORDER BY number"
        return [row["id"] for row in self.database.rows(query, (coded.SUFFIX,))]

    def refolds(self) -> int:
        """Return how often what was known before has changed by what others told: events alone do not say so."""
        return int(self.database.value("SELECT value FROM settings WHERE key = 'refolds'") or 0)

    def last_view(self) -> int:
        """Return the number of the views that came last, 0 before the first."""
        return int(self.database.value("SELECT coalesce(max(number), 0) FROM view_codes"))

    def changes(self, since: int, views_since: int | None = None) -> list[Change]:
        """Return the frames whose tag is another than after event `since` (0: all that are tagged).

        With `views_since` also those that have got their views after these. Ask within a `snapshot`, together with
        `last_event` and `last_view`, or an event between the two counts twice.
        """
        return self._changes(
            """frames.number IN (SELECT frame FROM events WHERE number > :since) AND after IS NOT before
            OR frames.number IN (SELECT frame FROM view_codes WHERE number > :views_since) AND after NOT NULL""",
            since,
            views_since,
        )

    def ever_tagged(self) -> list[Change]:
        """Return all frames that have a role, each as if it were tagged only now: `after` is None where it is not."""
        return self._changes("frames.number IN (SELECT frame FROM events) AND NOT frames.erased")

    def tagged(self, numbers: Collection[int]) -> list[Change]:
        """Return some hundred frames that are tagged, by their numbers, each as if it were tagged only now."""
        return self._changes(f"frames.number IN ({', '.join(map(str, numbers))})", since=-1)

    def _changes(self, which: str, since: int = 0, views_since: int | None = None) -> list[Change]:
        query, region = f"{_CHANGES} WHERE {which} ORDER BY frames.number", self._region()
        return [
            Change(
                frame=row["frame"],
                id=row["id"],
                burst=row["burst"],
                burst_name=row["name"],
                role=row["role"],
                taken_at=row["taken_at"],
                before=row["before"],
                after=row["after"],
                code=checked_code(row),
                views=checked_views(row),
                brightness=row["brightness"],
                sharpness=row["sharpness"],
                side=_side(row, region),
                device=row["device"],
            )
            for row in self.database.rows(query, {"since": since, "views_since": views_since})
        ]

    def learned_rows(self) -> tuple[list[str], head.Row]:
        """Return labels and rows, int8 (n, views, length), of all learned frames, from their codes."""
        changes = [change for change in self.changes(0) if change.role == "learned"]
        length, zero_point = int(self.setting("code_length")), int(self.setting("zero_point"))
        codes = [(change.code, change.views) for change in changes]
        return [change.after or "" for change in changes], head.rows_of(codes, length, zero_point, self.views)

    def lacks_views(self, frame_id: str) -> bool:
        """Say whether the views of a frame are still to be made."""
        query = f"SELECT 1 FROM frames WHERE id = ? AND suffix <> ? AND {_LACKS_VIEWS}"
        return self.database.row(query, (frame_id, coded.SUFFIX)) is not None

    def without_views(self) -> list[Frame]:
        """Return the learned frames whose views are still to be made, and whose pictures are here."""
        due, region = f"tags.role = 'learned' AND NOT away AND suffix <> ? AND {_LACKS_VIEWS}", self._region()
        rows = self.database.rows(f"{_FRAMES} WHERE {due} ORDER BY frames.number", (coded.SUFFIX,))
        return [_frame(row, region) for row in rows]

    def frames(self, *, tagged: bool | None = None, discarded: bool | None = False) -> list[Frame]:
        """Return the stored frames in the order they came; all, or those that are (not) tagged, or (not) discarded.

        Frames of other devices are among them, but those that wait for a code.
        """
        told = {None: "1", True: "tags.label IS NOT NULL", False: "tags.label IS NULL"}[tagged]
        kept = {None: "1", True: "discarded IS NOT NULL", False: "discarded IS NULL"}[discarded]
        query = f"{_FRAMES} WHERE {told} AND {kept} AND NOT erased AND NOT {WAITS} ORDER BY frames.number"
        region = self._region()
        return [_frame(row, region) for row in self.database.rows(query)]

    def in_order_of_tagging(self) -> list[Frame]:
        """Return the tagged frames in the order in which they were first tagged."""
        first = "SELECT min(number) FROM events WHERE frame = frames.number AND label IS NOT NULL"
        query = f"{_FRAMES} WHERE tags.label IS NOT NULL ORDER BY ({first})"
        region = self._region()
        return [_frame(row, region) for row in self.database.rows(query)]

    def discarded(self) -> list[Frame]:
        """Return what was discarded and can be brought back, latest first, each with the tag it would have again."""
        rows = self.database.rows(
            """SELECT frames.id, frames.number, discarded, role FROM frames JOIN bursts ON bursts.number = burst
                WHERE discarded IS NOT NULL AND NOT erased ORDER BY discarded DESC, frames.number DESC"""
        )
        frames, told = {frame.id: frame for frame in self.frames(discarded=True)}, list[Frame]()
        for row in rows:
            if row["id"] not in frames:  # it waits for a code: a retrain has taken the one that it had
                continue
            label = label_before(self.database, row["number"], row["discarded"])
            told.append(replace(frames[row["id"]], label=label, role=row["role"] if label is not None else None))
        return told

    def erasing(self) -> int:
        """Return of how many erased frames the file, or a copy of the thumbnail, may still be here."""
        return int(self.database.value("SELECT count(*) FROM frames WHERE erased AND bytes > 0"))

    def untold(self) -> set[str]:
        """Return the ids of the frames that were kept and never tagged."""
        query = "SELECT id FROM frames WHERE NOT EXISTS (SELECT 1 FROM events WHERE frame = frames.number)"
        return {row["id"] for row in self.database.rows(query)}

    def last_of(self, source: str, most: int = 64) -> list[tuple[str, str, bytes]]:
        """Return id, burst and code of the frames that came from a source last, the newest last."""
        rows = self.database.rows(
            """SELECT frames.id, bursts.name, codes.frame, code, crc
                 FROM frames JOIN bursts ON bursts.number = frames.burst JOIN codes ON codes.frame = frames.number
                WHERE source = ? ORDER BY frames.number DESC LIMIT ?""",
            (source, most),
        )
        return [(row["id"], row["name"], checked_code(row)) for row in reversed(rows)]

    def frame(self, frame_id: str) -> Frame:
        """Return one frame by its id."""
        row = self.database.row(f"{_FRAMES} WHERE frames.id = ?", (frame_id,))
        return _frame(held(row, frame_id), self._region())

    def frame_id(self, beginning: str) -> str:
        """Return the id of the one frame whose id begins so."""
        found = self.database.rows("SELECT id FROM frames WHERE substr(id, 1, ?) = ?", (len(beginning), beginning))
        if len(found) != 1:
            held = "no frame" if not found else f"{len(found)} frames"
            raise UnknownFrame(f"this brain holds {held} whose id begins {beginning!r}; `edge-brain images` lists them")
        return str(found[0]["id"])

    def holds(self, frame_id: str) -> bool:
        """Say whether a frame of that id is stored."""
        return self.database.row("SELECT 1 FROM frames WHERE id = ?", (frame_id,)) is not None

    def burst_of(self, frame_id: str) -> str | None:
        """Return the burst of a frame that was tagged once, for good; None while it is open."""
        query = (
            "SELECT name FROM bursts JOIN frames ON frames.burst = bursts.number"
            " WHERE frames.id = ? AND EXISTS (SELECT 1 FROM events WHERE frame = frames.number)"
        )
        name: str | None = self.database.value(query, (frame_id,))
        return name

    def path(self, frame: Frame) -> Path:
        """Return where a frame's stored bytes lie."""
        return files.frame_path(self.folder, frame.id, frame.suffix)

    def code(self, frame: Frame) -> bytes:
        """Return a frame's code; one whose checksum fails raises BrainDamaged."""
        row = self.database.row("SELECT frame, code, crc FROM codes WHERE frame = ?", (frame.number,))
        if row is None:
            raise BrainDamaged(f"frame {frame.id} has no code; `edge-brain retrain` makes it from its picture")
        return checked_code(row)

    def thumbnail(self, frame: Frame) -> bytes:
        """Return a frame's thumbnail, JPEG; a blank one where the picture has not left its device, or there is none."""
        jpeg = self.database.value("SELECT jpeg FROM thumbnails WHERE frame = ?", (frame.number,))
        if jpeg is None and (frame.away or frame.suffix == coded.SUFFIX):
            return images.blank()
        if jpeg is None:
            self.frame(frame.id)  # raises UnknownFrame when it went meanwhile
            raise BrainDamaged(f"frame {frame.id} has no thumbnail; `edge-brain doctor` tells what else is wrong")
        return bytes(jpeg)

    def head_rows(self) -> tuple[dict[str, int], dict[str, NDArray[np.int64]]]:
        """Return counts and sums of the head as they are stored; a damaged row raises BrainDamaged."""
        counts, sums = {}, {}
        for row in self.database.rows("SELECT label, count, sums, crc FROM head"):
            if row["crc"] != head_checksum(row["label"], row["count"], row["sums"]):
                raise BrainDamaged(
                    f"the head's row of class {row['label']!r} differs from its checksum; `edge-brain retrain` mends it"
                )
            counts[row["label"]] = row["count"]
            sums[row["label"]] = np.frombuffer(row["sums"], "<i8").astype(np.int64)
        return counts, sums

    def view(self, name: str, state: str) -> bytes | None:
        """Return a cached view, if it was made of this state and is whole."""
        row = self.database.row("SELECT value, crc FROM views WHERE name = ? AND state = ?", (name, state))
        return bytes(row["value"]) if row is not None and row["crc"] == checksum(row["value"]) else None

    def event_entries(self, after: int) -> list[dict[str, Any]]:
        """Return the events after one, in names that mean something elsewhere, with what else is known of the frame."""
        rows = self.database.rows(
            """SELECT events.device, sequence, clock, frames.id AS frame, bursts.name AS burst, label, events.role, who,
                      source, reason, taken_at, suffix
                 FROM events JOIN frames ON frames.number = frame JOIN bursts ON bursts.number = events.burst
                WHERE events.number > ? ORDER BY events.number""",
            (after,),
        )
        return [dict(row) for row in rows]

    def drops(self) -> list[Drop]:
        """Return what was dropped to make room, a line each time, oldest first."""
        return [Drop(*row) for row in self.database.rows("SELECT at, why, frames, bytes FROM drops ORDER BY number")]


def _frame(row: sqlite3.Row, region: Region) -> Frame:
    """Return the frame that a row of the query _FRAMES holds."""
    *fields, device, away, width, height, _ = tuple(row)
    return Frame(*(*fields, _side(row, region), device, bool(away), width, height))


def _side(row: sqlite3.Row, region: Region) -> int:
    """Return the shorter side, pixels, of the part of a frame that is looked at."""
    return int(min(row["width"] * region.width, row["height"] * region.height))
