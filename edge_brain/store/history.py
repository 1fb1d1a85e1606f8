"""The score's history: a line for each score that was taken after something changed, and what did it.

Beside the lines, in the view `answers`, stands what each frame that counts was taken for at the last of them.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from edge_brain.database import Database, checksum
from edge_brain.records import Deed, Reason, Scored
from edge_brain.store.order import LATEST_FIRST

ANSWERS = "answers"  # the view; a retrain must not take it away, or nobody knows what it changed
_DEEDS = 6  # that are kept of one line
_DIGITS = 6  # of a reason's change

# What each event did to its frame. Those of other devices may come late, so `before` is what stood here then.
_DONE = f"""
    SELECT who, role, before, after, count(*) AS frames FROM (
        SELECT number, who, role, label AS after,
               (SELECT label FROM events AS earlier WHERE earlier.frame = events.frame
                   AND earlier.number < events.number ORDER BY {LATEST_FIRST} LIMIT 1) AS before
          FROM events WHERE number > ? AND number <= ?)
  GROUP BY who, role, before, after ORDER BY min(number)"""


@dataclass(frozen=True)
class Last:
    """Where the history ends: line, event and edition of the codes that it was measured at; 0 before the first."""

    number: int
    event: int
    edition: str
    balanced_accuracy: float | None


class History:
    """The table `scores`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lines(self) -> list[Scored]:
        """Return all lines, oldest first."""
        lines, before = list[Scored](), None
        for row in self._database.rows("SELECT * FROM scores ORDER BY number"):
            balanced = row["balanced_accuracy"]
            deeds, reasons = _read(row["story"])
            line = Scored(
                at=row["at"],
                level=row["level"],
                accuracy=row["accuracy"],
                balanced_accuracy=balanced,
                interval=None if row["low"] is None else (row["low"], row["high"]),
                classes=row["classes"],
                learned=row["learned"],
                reserved=row["reserved"],
                cause=row["cause"],
                change=None if balanced is None or before is None else balanced - before,
                deeds=deeds,
                reasons=reasons,
            )
            lines.append(line)
            before = balanced
        return lines

    def last(self) -> Last:
        """Return where the history ends."""
        query = "SELECT number, event, edition, balanced_accuracy FROM scores ORDER BY number DESC LIMIT 1"
        row = self._database.row(query)
        return Last(0, 0, "", None) if row is None else Last(*row)

    def answers(self) -> tuple[str, bytes] | None:
        """Return by which version the frames that count were answered at the last line, and the answers."""
        row = self._database.row("SELECT state, value, crc FROM views WHERE name = ?", (ANSWERS,))
        if row is None or row["crc"] != checksum(row["value"]):
            return None  # the next line lacks its reasons, no more
        return row["state"], zlib.decompress(row["value"])

    def deeds(self, after: int, upto: int) -> list[Deed]:
        """Return what the events of these numbers did, first things first."""
        return [Deed(**dict(row)) for row in self._database.rows(_DONE, (after, upto))]

    def add(self, line: Scored, event: int, edition: str, *, after: Last, answers: tuple[str, bytes] | None) -> None:
        """Add a line that was measured after `event` on codes of an edition, unless another process was faster.

        `answers` are the version that gave them and what to keep of them; None when they are as before.
        """
        low, high = line.interval or (None, None)
        with self._database.transaction():
            if self.last() != after:
                return
            self._database.execute(
                "INSERT INTO scores (event, edition, at, level, accuracy, balanced_accuracy, low, high,"
                " classes, learned, reserved, cause, story) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(event, edition, line.at, line.level, line.accuracy, line.balanced_accuracy, low, high),
                    *(line.classes, line.learned, line.reserved, line.cause, _written(line.deeds, line.reasons)),
                ),
            )
            if answers is not None:
                version, packed = answers[0], zlib.compress(answers[1], 1)
                self._database.execute(
                    "INSERT OR REPLACE INTO views (name, state, value, crc) VALUES (?, ?, ?, ?)",
                    (ANSWERS, version, packed, checksum(packed)),
                )


def _written(deeds: Sequence[Deed], reasons: Sequence[Reason]) -> str:
    told = [asdict(replace(reason, change=round(reason.change, _DIGITS))) for reason in reasons]
    story = {"deeds": [asdict(deed) for deed in deeds[:_DEEDS]], "reasons": told}
    return json.dumps(story, ensure_ascii=False, separators=(",", ":"))


def _read(story: str | None) -> tuple[list[Deed], list[Reason]]:
    """Return what a line keeps of deeds and reasons; one that was written before there were any has none."""
    if story is None:
        return [], []
    kept = json.loads(story)
    reasons = [Reason(**{**reason, "labels": tuple(reason["labels"])}) for reason in kept["reasons"]]
    return [Deed(**deed) for deed in kept["deeds"]], reasons
