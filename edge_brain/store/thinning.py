"""Takes frames that nobody ever tagged out of a brain, to make room; a tagged one is never touched.

    rows, codes, thumbnails go, their files are noted in `leavings` ─ commit ─ files go, notes go ─ commit

Killed in between, the notes say what is still to go. Both halves hold the write lock, so that whoever keeps the
same picture meanwhile does it before, and the frame stays, or after, and writes the file again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_brain import files
from edge_brain.database import Database
from edge_brain.outcomes import Holding
from edge_brain.store.codes import code_checksum
from edge_brain.store.frames import delete_frame
from edge_brain.store.ledger import WAITS

_NEVER_TAGGED = "NOT EXISTS (SELECT 1 FROM events WHERE events.frame = frames.number)"
# the newest stays, so that its number is never another frame's
SPARE = f"{_NEVER_TAGGED} AND number < (SELECT max(number) FROM frames)"
_AT_ONCE = 500  # numbers in one query


@dataclass(frozen=True)
class Spare:
    """A frame that may be dropped."""

    number: int
    id: str
    burst: int
    suffix: str
    bytes: int  # of its file; 0 where that is away
    sharpness: float
    discarded: int  # 1 for one that a person has taken out of sight
    away: int  # 1 for one whose picture is elsewhere: only its rows would go


class Thinning:
    """The untagged frames of one brain, as candidates to be dropped."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder, self._database = folder, database

    def spare(self) -> list[Spare]:
        """Return the frames that may be dropped, those first that were last seen longest ago."""
        query = f"""SELECT number, id, burst, suffix, bytes * (1 - away), coalesce(sharpness, -1),
                           discarded IS NOT NULL, away
                   FROM frames WHERE {SPARE} AND NOT erased ORDER BY coalesce(seen, 0), number"""
        return [Spare(*row) for row in self._database.rows(query)]

    def tagged(self) -> list[int]:
        """Return the numbers of the frames that were ever tagged."""
        return [row["frame"] for row in self._database.rows("SELECT DISTINCT frame FROM events ORDER BY frame")]

    def codes(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Return the codes of frames by their numbers; those that are damaged, or gone by now, are not among them."""
        held: dict[int, bytes] = {}
        for start in range(0, len(numbers), _AT_ONCE):
            part = numbers[start : start + _AT_ONCE]
            query = f"SELECT frame, code, crc FROM codes WHERE frame IN ({', '.join('?' * len(part))})"
            for row in self._database.rows(query, part):
                if row["crc"] == code_checksum(row["frame"], row["code"]):
                    held[row["frame"]] = row["code"]
        return held

    def drop(self, spare: Sequence[Spare], why: str, at: float) -> tuple[int, int]:
        """Drop frames, but those that were tagged meanwhile; return how many went, and bytes of their files."""
        frames = size = 0
        with self._database.transaction():
            for each in spare:
                if self._database.row(f"SELECT 1 FROM frames WHERE number = ? AND {SPARE}", (each.number,)) is None:
                    continue
                path = files.frame_path(self._folder, each.id, each.suffix)
                size += path.stat().st_size if path.is_file() else 0
                frames += 1
                self._take_out(each)
            if frames:
                self._note(why, frames, size, at)
        self.clear_leavings()
        return frames, size

    def _take_out(self, spare: Spare) -> None:
        delete_frame(self._database, spare.number, spare.burst)
        self._database.execute("INSERT OR REPLACE INTO leavings (id, suffix) VALUES (?, ?)", (spare.id, spare.suffix))

    def take_away(self, frame_ids: Sequence[str]) -> tuple[int, int]:
        """Take away the files of frames, which another place holds; return how many went, and their bytes."""
        frames = size = 0
        with self._database.transaction():
            for frame_id in frame_ids:
                row = self._database.row("SELECT suffix, bytes FROM frames WHERE id = ? AND NOT away", (frame_id,))
                if row is None:
                    continue
                self._database.execute("UPDATE frames SET away = 1 WHERE id = ?", (frame_id,))
                query = "INSERT OR REPLACE INTO leavings (id, suffix) VALUES (?, ?)"
                self._database.execute(query, (frame_id, row["suffix"]))
                frames, size = frames + 1, size + row["bytes"]
        self.clear_leavings()
        return frames, size

    def clear_leavings(self) -> None:
        """Take away the files of frames that were dropped, unless one was kept again.

        Folders are not synced: what a power cut brings back is a file without a row, which does no harm.
        """
        here = "SELECT 1 FROM frames WHERE frames.id = leavings.id AND NOT away"
        query = f"SELECT id, suffix, EXISTS ({here}) AS here FROM leavings"
        if not self._database.row("SELECT 1 FROM leavings LIMIT 1"):
            return
        with self._database.transaction():
            for row in self._database.rows(query):
                if not row["here"]:
                    files.remove(files.frame_path(self._folder, row["id"], row["suffix"]))
            self._database.execute("DELETE FROM leavings")

    def clear_strays(self, at: float) -> tuple[int, int]:
        """Take away the picture files of no frame; return how many went, and their bytes.

        They are of writers that were killed, or failed on a full disk, before their row came. One that is just about
        to write its row waits for the lock that is held here, and then looks for its file once more.
        """
        frames, size, held = 0, 0, "SELECT 1 FROM frames WHERE id = ? AND bytes > 0 AND NOT away"
        known = {row["id"] for row in self._database.rows("SELECT id FROM frames WHERE bytes > 0 AND NOT away")}
        strays = [path for path in self._folder.glob("frames/??/*") if path.stem not in known]
        with self._database.transaction():
            for path in strays:
                if path.name.startswith(".") or self._database.row(held, (path.stem,)):
                    continue
                size += path.stat().st_size if path.is_file() else 0
                files.remove(path)
                frames += 1
            if frames:
                self._note("stray", frames, size, at)
        return frames, size

    def _note(self, why: str, frames: int, size: int, at: float) -> None:
        line = "INSERT INTO drops (at, why, frames, bytes) VALUES (?, ?, ?, ?)"
        self._database.execute(line, (at, why, frames, size))

    def holding(self) -> Holding:
        """Return how much there is, from the rows alone: no folder is walked through."""
        row = self._database.row(
            f"""SELECT count(*) AS frames, coalesce(sum(bytes * (1 - away)), 0) AS frames_bytes,
                      count(discarded) AS discarded,
                      coalesce(sum(CASE WHEN discarded IS NOT NULL THEN bytes * (1 - away) END), 0) AS discarded_bytes,
                      (SELECT count(*) FROM events) AS events, coalesce(sum(away), 0) AS away,
                      count(CASE WHEN {WAITS} THEN 1 END) AS waiting
                 FROM frames WHERE NOT erased"""
        )
        return Holding(**dict(row or {}), database_bytes=self.database_bytes())

    def held_bytes(self) -> int:
        """Return how much pictures and database hold together."""
        return (
            int(self._database.value("SELECT coalesce(sum(bytes), 0) FROM frames WHERE NOT away"))
            + self.database_bytes()
        )

    def database_bytes(self) -> int:
        """Return how much the database holds: its file is longer, by what was dropped and what comes next goes into."""
        pages, unused, size = (
            int(self._database.value(f"PRAGMA {name}")) for name in ("page_count", "freelist_count", "page_size")
        )
        return (pages - unused) * size
