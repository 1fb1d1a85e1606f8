"""What a brain keeps: frames, events, tags, head, scores and settings, in SQLite, pictures beside it.

Frames are addressed by their SHA-256 outside and by a small number inside. Pictures are written before
the transaction that names them, so a row never points to a file that is not there.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_brain import backups, extractor, files, head, schema
from edge_brain.database import Database, checksum
from edge_brain.errors import (
    BrainDamaged,
    BrainExists,
    BrainNotFound,
    EdgeBrainError,
    ExtractorMismatch,
    StorageFailed,
    UnknownFrame,
)
from edge_brain.images import Region
from edge_brain.records import Change, Exposure, Frame, Tag, Tagging
from edge_brain.store import checks
from edge_brain.store import codes as codes_of
from edge_brain.store.codes import checked_code, checked_views
from edge_brain.store.history import ANSWERS, History
from edge_brain.store.ledger import Ledger, head_checksum

DATABASE = "brain.db"
_STANDS = "there is a brain in {} already; open it, or choose another folder"
_EVENTS_A_BACKUP = 500
_FRAMES = """SELECT frames.number, frames.id, bursts.name, tags.label, tags.role, suffix, bytes, taken_at,
                    brightness, sharpness, width, height
               FROM frames JOIN bursts ON bursts.number = frames.burst
          LEFT JOIN tags ON tags.frame = frames.number"""


class Store:
    """Frames, events, tags and head of one brain, in SQLite."""

    def __init__(self, folder: Path) -> None:
        """Open the store that stands in `folder`."""
        if not (folder / DATABASE).is_file():
            raise BrainNotFound(f"there is no brain in {folder}; `edge-brain init {folder}` makes one")
        self.folder = folder
        self.database = Database(folder / DATABASE)
        schema.migrate(self.database)
        self.history = History(self.database)
        self.closed = self._tagged = False
        self._uncopied: int | None = None  # the event after which the segment lacks some

    @classmethod
    def create(cls, folder: Path, settings: dict[str, str]) -> Store:
        """Make a store; the database appears whole or not at all."""
        target, unborn = folder / DATABASE, folder / f".{DATABASE}-{uuid.uuid4().hex}"
        if target.exists():
            raise BrainExists(_STANDS.format(folder))
        try:
            for name in ("frames", "backups"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            database = Database(unborn)
            schema.migrate(database)
            with database.transaction():
                device = uuid.uuid4().hex[:16]
                for key, value in {"device": device, "clock": "0", "edition": "1", **settings}.items():
                    database.execute("INSERT INTO settings (key, value) VALUES (?, ?)", (key, value))
            database.fold()  # what is still in its log would not come along
            database.close()
            files.put_first(unborn, target)
        except FileExistsError as error:
            raise BrainExists(_STANDS.format(folder)) from error
        except OSError as error:
            raise StorageFailed(f"{folder} cannot hold a brain: {error.strerror or error}") from error
        finally:
            with suppress(OSError):
                unborn.unlink(missing_ok=True)
        return cls(folder)

    def setting(self, key: str) -> str:
        """Return a setting; every brain has all of them from its creation."""
        value = self.database.value("SELECT value FROM settings WHERE key = ?", (key,))
        if value is None:
            raise BrainDamaged(f"{self.database.path} lacks its setting {key!r}; restore it from backups/")
        return str(value)

    @property
    def contract(self) -> str:
        """How this brain's pictures become codes, in one line."""
        query = "SELECT value FROM settings WHERE key IN ('fingerprint', 'region') ORDER BY key"
        fingerprint, region = (row["value"] for row in self.database.rows(query))
        return extractor.spelled(fingerprint, region)

    @property
    def views(self) -> int:
        """How many rows a learned frame has: one, or one for itself and one for each view."""
        return 1 + len(self.setting("views").split())

    def _region(self) -> Region:
        return Region.parse(self.setting("region"))

    # ── tagging ─────────────────────────────────────────────────────────────────────────────────

    def tag(self, taggings: Sequence[Tagging], *, who: str) -> list[Tag | None]:
        """Keep the frames that are new and tag them all, in one transaction; None for one that was untagged.

        When it returns, everything is on the disk. What a frame bears already is not written again.
        """
        for tagging in taggings:
            if isinstance(tagging.frame, Exposure):
                self.keep_picture(tagging.frame)
        with self.database.transaction():
            before = self.last_event()
            self.check_contract([tagging.frame for tagging in taggings])
            ledger = self._ledger()
            tags = [ledger.tag(tagging, who) for tagging in taggings]
            ledger.close()
        self._tagged = True
        self._copy_events(before)
        return tags

    def keep(self, exposures: Sequence[Exposure], burst: str | None = None) -> None:
        """Keep frames that nobody has told the class of yet, in one transaction.

        They are of one burst, where it is given, else each is one of its own as yet.
        """
        for exposure in exposures:
            self.keep_picture(exposure)
        with self.database.transaction():
            self.check_contract(exposures)
            ledger = self._ledger()
            for exposure in exposures:
                ledger.keep(exposure, burst or exposure.id)

    def keep_picture(self, exposure: Exposure) -> None:
        """Write a picture's bytes to the disk, durably, unless they are there; any thread may, ahead of `tag`."""
        files.write_once(files.frame_path(self.folder, exposure.id, exposure.suffix), exposure.data)

    def check_contract(self, frames: Sequence[Exposure | str]) -> None:
        """Raise ExtractorMismatch when an exposure was coded otherwise than this brain's frames are by now."""
        contract = self.contract
        for frame in frames:
            if isinstance(frame, Exposure) and frame.contract != contract:
                raise ExtractorMismatch(
                    f"the picture was coded as {frame.contract}, the brain meanwhile changed to {contract}; "
                    "nothing was changed, try again"
                )

    def _copy_events(self, before: int) -> None:
        """Append the events after `before`, and any that could not be appended earlier, to the segment."""
        start = min(before, self._uncopied if self._uncopied is not None else before)
        try:
            backups.append_segment(self.folder, self._event_lines(after=start))
            self._uncopied = None
        except OSError:  # the tag is safe in the database; its copy is made with the next one
            self._uncopied = start

    def add_views(self, codes: Mapping[str, bytes], contract: str) -> None:
        """Keep the codes of the views of learned frames (by id), coded under a contract, in one transaction.

        Frames that have them by now, or are not learned any more, and codes of another contract are passed over.
        """
        with self.database.transaction():
            if contract != self.contract:
                return
            ledger = self._ledger()
            added = [ledger.add_views(self.frame(frame_id).number, views) for frame_id, views in codes.items()]
            if any(added):
                ledger.close()

    def rebuild(self, codes: Mapping[int, tuple[bytes, bytes]], contract: Mapping[str, str]) -> list[Frame]:
        """Make tags and head anew under a contract, in one transaction, with new codes of frames (by number).

        Does nothing but return the frames that need new codes, or codes of their views, while any does: all, when
        the contract is another than the present one; else those whose codes are damaged, and learned ones without
        views where the contract wants them.
        """
        with self.database.transaction():
            same = all(self.setting(key) == value for key, value in contract.items() if key != "views")
            sound = codes_of.whole(self.database) if same else set[int]()
            wanted = [frame for frame in self.frames() if frame.number not in sound]
            without = self.without_views() if contract.get("views") and same else []
            if lacking := [frame for frame in {*wanted, *without} if frame.number not in codes]:
                return sorted(lacking, key=lambda frame: frame.number)
            if not same or contract.get("views") == "":
                self.database.execute("DELETE FROM view_codes")
            codes_of.replace(self.database, {frame.number for frame in wanted}, codes)
            for key, value in {**contract, "edition": str(int(self.setting("edition")) + 1)}.items():
                self.database.execute("UPDATE settings SET value = ? WHERE key = ?", (value, key))
            self.database.execute("DELETE FROM views WHERE name <> ?", (ANSWERS,))
            ledger = self._ledger()
            ledger.refold()
            ledger.close()
        return []

    def _ledger(self) -> Ledger:
        zero_point, reading = int(self.setting("zero_point")), int(self.setting("clock"))
        return Ledger(self.database, self.setting("device"), zero_point, reading, views=self.views)

    # ── reading ─────────────────────────────────────────────────────────────────────────────────

    def last_event(self) -> int:
        """Return the number of the last event, 0 before the first: what a view that follows has seen."""
        return int(self.database.value("SELECT coalesce(max(number), 0) FROM events"))

    def last_view(self) -> int:
        """Return the number of the views that came last, 0 before the first."""
        return int(self.database.value("SELECT coalesce(max(number), 0) FROM view_codes"))

    def changes(self, since: int, views_since: int | None = None) -> list[Change]:
        """Return the frames whose tag is another than after event `since` (0: all that are tagged).

        With `views_since` also those that have got their views after these. Ask within a `snapshot`, together with
        `last_event` and `last_view`, or an event between the two counts twice.
        """
        changed = self.database.rows(
            """SELECT frames.number AS frame, frames.id, frames.burst, bursts.name, bursts.role, taken_at,
                      brightness, sharpness, width, height,
                      (SELECT label FROM events WHERE frame = frames.number AND number <= :since
                        ORDER BY clock DESC, device DESC LIMIT 1) AS before, tags.label AS after,
                      code, codes.crc, view_codes.codes AS views, view_codes.crc AS views_crc
                 FROM frames
                 JOIN bursts ON bursts.number = frames.burst
                 JOIN codes ON codes.frame = frames.number
            LEFT JOIN tags ON tags.frame = frames.number
            LEFT JOIN view_codes ON view_codes.frame = frames.number
                WHERE frames.number IN (SELECT frame FROM events WHERE number > :since) AND after IS NOT before
                   OR frames.number IN (SELECT frame FROM view_codes WHERE number > :views_since) AND after NOT NULL
             ORDER BY frames.number""",
            {"since": since, "views_since": views_since},
        )
        region = self._region()
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
            )
            for row in changed
        ]

    def learned_rows(self) -> tuple[list[str], head.Row]:
        """Return labels and rows, int8 (n, views, length), of all learned frames, from their codes."""
        changes = [change for change in self.changes(0) if change.role == "learned"]
        length, zero_point = int(self.setting("code_length")), int(self.setting("zero_point"))
        codes = [(change.code, change.views) for change in changes]
        return [change.after or "" for change in changes], head.rows_of(codes, length, zero_point, self.views)

    def lacks_views(self, frame_id: str) -> bool:
        """Say whether the views of a frame are still to be made."""
        query = "SELECT 1 FROM view_codes JOIN frames ON frames.number = view_codes.frame WHERE id = ?"
        return self.database.row(query, (frame_id,)) is None

    def without_views(self) -> list[Frame]:
        """Return the learned frames whose views are still to be made."""
        has_none = "WHERE tags.role = 'learned' AND frames.number NOT IN (SELECT frame FROM view_codes)"
        region = self._region()
        return [_frame(row, region) for row in self.database.rows(f"{_FRAMES} {has_none} ORDER BY frames.number")]

    def frames(self, *, tagged: bool | None = None) -> list[Frame]:
        """Return the stored frames in the order they came; all, or those that are (not) tagged."""
        condition = {None: "", True: "WHERE tags.label IS NOT NULL", False: "WHERE tags.label IS NULL"}[tagged]
        region = self._region()
        return [_frame(row, region) for row in self.database.rows(f"{_FRAMES} {condition} ORDER BY frames.number")]

    def untold(self) -> set[str]:
        """Return the ids of the frames that were kept and never tagged."""
        query = "SELECT id FROM frames WHERE NOT EXISTS (SELECT 1 FROM events WHERE frame = frames.number)"
        return {row["id"] for row in self.database.rows(query)}

    def frame(self, frame_id: str) -> Frame:
        """Return one frame by its id."""
        row = self.database.row(f"{_FRAMES} WHERE frames.id = ?", (frame_id,))
        if row is None:
            raise UnknownFrame(f"this brain holds no frame {frame_id!r}; `edge-brain images` lists those it holds")
        return _frame(row, self._region())

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
        """Return a frame's thumbnail, JPEG."""
        return bytes(self.database.value("SELECT jpeg FROM thumbnails WHERE frame = ?", (frame.number,)))

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

    # ── views ──────────────────────────────────────────────────────────────────────────────────

    def view(self, name: str, state: str) -> bytes | None:
        """Return a cached view, if it was made of this state and is whole."""
        row = self.database.row("SELECT value, crc FROM views WHERE name = ? AND state = ?", (name, state))
        return bytes(row["value"]) if row is not None and row["crc"] == checksum(row["value"]) else None

    def keep_view(self, name: str, state: str, value: bytes) -> None:
        """Keep a view for the next process; it can always be made again."""
        with self.database.transaction():
            self.database.execute(
                "INSERT OR REPLACE INTO views (name, state, value, crc) VALUES (?, ?, ?, ?)",
                (name, state, value, checksum(value)),
            )

    # ── checks ──────────────────────────────────────────────────────────────────────────────────

    def damage(self) -> Iterator[str]:
        """Yield what does not hold in the database."""
        return checks.damage(self.database)

    def backup(self) -> Path:
        """Write a whole copy of the database into backups/, keep the last three, and begin a new segment."""
        return backups.add(self.folder, self.last_event(), self.database.backup)

    def close(self) -> None:
        """Close the database; a whole copy is made first when this process tagged and much is not in one."""
        try:
            if self._tagged and self.last_event() - backups.last_covered(self.folder) >= _EVENTS_A_BACKUP:
                self.backup()
        except (OSError, EdgeBrainError):
            pass  # the second line of defence; what was tagged is safe, and the next process tries again
        finally:
            self.database.close()
            self.closed = True

    def _event_lines(self, after: int) -> list[str]:
        rows = self.database.rows(
            """SELECT device, sequence, clock, frames.id AS frame, bursts.name AS burst, label, events.role, who
                 FROM events JOIN frames ON frames.number = frame JOIN bursts ON bursts.number = events.burst
                WHERE events.number > ? ORDER BY events.number""",
            (after,),
        )
        return [json.dumps(dict(row), ensure_ascii=False) for row in rows]


def _frame(row: sqlite3.Row, region: Region) -> Frame:
    """Return the frame that a row of the query _FRAMES holds."""
    return Frame(*(*tuple(row)[:-2], _side(row, region)))


def _side(row: sqlite3.Row, region: Region) -> int:
    """Return the shorter side, pixels, of the part of a frame that is looked at."""
    return int(min(row["width"] * region.width, row["height"] * region.height))
