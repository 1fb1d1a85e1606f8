"""The score's history: what it became, when, and what was tagged in between."""

from __future__ import annotations

from edge_brain import clock
from edge_brain.database import Database
from edge_brain.records import Score, Scored

_TOLD = 6  # causes that one line spells out


class History:
    """The table `scores`, a line for each score that was taken after something was tagged."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lines(self) -> list[Scored]:
        """Return all lines, oldest first."""
        return [
            Scored(
                at=row["at"],
                level=row["level"],
                accuracy=row["accuracy"],
                balanced_accuracy=row["balanced_accuracy"],
                interval=None if row["low"] is None else (row["low"], row["high"]),
                classes=row["classes"],
                learned=row["learned"],
                reserved=row["reserved"],
                cause=row["cause"],
            )
            for row in self._database.rows("SELECT * FROM scores ORDER BY number")
        ]

    def add(self, score: Score, event: int, edition: str, contract: str) -> None:
        """Add a score that was measured after event `event`, on codes of an edition; no news, no line.

        `contract` tells how the pictures are coded, for the cause of a new edition.
        """
        if not self._is_news(event, edition):
            return
        with self._database.transaction():
            if not self._is_news(event, edition):  # another process was faster
                return
            seen, seen_edition = self._seen()
            causes = [cause for cause in (self._cause(seen, event),) if cause]
            if edition != seen_edition and seen_edition:
                causes.insert(0, f"retrained with {contract}")
            low, high = score.interval or (None, None)
            self._database.execute(
                "INSERT INTO scores (event, edition, at, level, accuracy, balanced_accuracy, low, high,"
                " classes, learned, reserved, cause) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(event, edition, clock.now(), score.level, score.accuracy, score.balanced_accuracy, low, high),
                    *(score.classes, score.learned, score.reserved, ", ".join(causes)),
                ),
            )

    def _is_news(self, event: int, edition: str) -> bool:
        seen, seen_edition = self._seen()
        return event > seen or (event == seen and edition != seen_edition and event > 0)

    def _seen(self) -> tuple[int, str]:
        row = self._database.row("SELECT event, edition FROM scores ORDER BY number DESC LIMIT 1")
        return (0, "") if row is None else (row["event"], row["edition"])

    def _cause(self, after: int, upto: int) -> str:
        rows = self._database.rows(
            "SELECT label, role, who, count(*) AS frames FROM events WHERE number > ? AND number <= ?"
            " GROUP BY label, CASE WHEN label IS NULL THEN NULL ELSE role END, who ORDER BY min(number)",
            (after, upto),
        )
        told = []
        for row in rows:
            frames = f"{row['frames']} frame{'s' if row['frames'] > 1 else ''}"
            by = f" ({row['who']})" if row["who"] in ("rename", "merge", "remove") else ""
            what = f"untagged {frames}" if row["label"] is None else f"{row['role']} {frames} of `{row['label']}`"
            told.append(what + by)
        more = [f"{len(told) - _TOLD} more"] if len(told) > _TOLD else []
        return ", ".join(told[:_TOLD] + more)
