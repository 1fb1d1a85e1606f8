"""Deletes for good what was discarded: nothing of it that can be looked at stays in the brain's folder.

    thumbnails go, frames are marked ─ commit ─ files go ─ a fresh whole copy, older ones go ─ rows go ─ commit

Killed in between, the marks say what is still to go, and the next time goes on with it. What events refer to stays:
row and code of a frame that was ever tagged. One that never was vanishes altogether, unless a hub is known: what that
holds may tell of it again, and the row says that it is not wanted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_brain import files
from edge_brain.database import Database
from edge_brain.errors import BadInput
from edge_brain.store.frames import delete_frame
from edge_brain.store.sharing import Sharing
from edge_brain.store.thinning import SPARE

_AT_ONCE = 64  # files that go while others wait for the lock


@dataclass(frozen=True)
class Going:
    """A frame whose picture is to be deleted."""

    number: int
    id: str
    suffix: str
    bytes: int  # of its file; 0 where that is not here


class Erasing:
    """The discarded frames of one brain, to be deleted for good."""

    def __init__(self, folder: Path, database: Database, sharing: Sharing) -> None:
        self._folder, self._database, self._sharing = folder, database, sharing

    def begin(self, frame_ids: Sequence[str] | None) -> None:
        """Delete the thumbnails of what is discarded, all or these, and mark it: nobody can bring it back any more."""
        with self._database.transaction():
            query = "SELECT number, id FROM frames WHERE discarded IS NOT NULL AND NOT erased"
            numbers = {row["id"]: row["number"] for row in self._database.rows(query)}
            for frame_id in numbers if frame_ids is None else frame_ids:
                if frame_id not in numbers:
                    raise BadInput(
                        f"frame {frame_id[:12]} is not discarded, or not any more: nothing was erased; look again"
                    )
                self._database.execute("DELETE FROM thumbnails WHERE frame = ?", (numbers[frame_id],))
                self._database.execute("UPDATE frames SET erased = 1 WHERE number = ?", (numbers[frame_id],))
            self._sharing.call_back()  # thumbnails are in them, too; their events are told again

    def going(self) -> list[Going]:
        """Return what is marked, and whose file may still be here, also by one that was killed."""
        query = "SELECT number, id, suffix, bytes * (1 - away) FROM frames WHERE erased AND bytes > 0 ORDER BY number"
        return [Going(*row) for row in self._database.rows(query)]

    def remove_files(self, going: Sequence[Going]) -> None:
        """Remove the pictures, durably, but of those that somebody has given again meanwhile."""
        for start in range(0, len(going), _AT_ONCE):
            with self._database.transaction():
                still = [each for each in going[start : start + _AT_ONCE] if self._is_going(each.number)]
                files.remove_durably(files.frame_path(self._folder, each.id, each.suffix) for each in still)

    def hubs(self, going: Sequence[Going]) -> tuple[str, ...]:
        """Return where the hubs are that were seen to hold one of these pictures, or its thumbnail."""
        of_frame = """SELECT 1 FROM hub_pictures WHERE hub = hubs.number AND frame = ?
                  UNION SELECT 1 FROM segment_frames JOIN segments ON segments.number = segment
                         WHERE hub = hubs.number AND frame = ?"""
        query = f"SELECT place FROM hubs WHERE EXISTS ({of_frame})"
        held = {row["place"] for each in going for row in self._database.rows(query, (each.number, each.number))}
        return tuple(sorted(held))

    def finish(self, going: Sequence[Going]) -> tuple[int, int]:
        """Take the marks away, and what nothing refers to; return how many pictures went, and their bytes."""
        with self._database.transaction():
            gone = [each for each in going if self._is_going(each.number)]
            for each in gone:
                self._database.execute("UPDATE frames SET bytes = 0 WHERE number = ?", (each.number,))
            # after a repair the hubs are not known any more, but that there were some
            nobody_tells = (
                "NOT EXISTS (SELECT 1 FROM hubs) AND NOT EXISTS (SELECT 1 FROM settings WHERE key = 'former')"
            )
            query = f"SELECT number, burst FROM frames WHERE erased AND bytes = 0 AND {SPARE} AND {nobody_tells}"
            for row in self._database.rows(query):
                delete_frame(self._database, row["number"], row["burst"])
        return len(gone), sum(each.bytes for each in gone)

    def _is_going(self, number: int) -> bool:
        return self._database.row("SELECT 1 FROM frames WHERE number = ? AND erased", (number,)) is not None
