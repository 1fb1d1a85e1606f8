"""What doctor asks of a database: SQLite's own check, every checksum, and what must always hold."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edge_brain import backups, coded, schema
from edge_brain.database import Database, checksum
from edge_brain.store.codes import code_checksum
from edge_brain.store.ledger import WAITS, event_checksum, head_checksum
from edge_brain.store.order import EARLIEST_FIRST, LATEST_FIRST
from edge_brain.store.salvage import event_of

_LEARNED = "SELECT label, count(*) FROM tags WHERE role = 'learned' GROUP BY label"
_INVARIANTS = {
    "a tag has another role than its burst": """
        SELECT 1 FROM tags JOIN bursts ON bursts.number = tags.burst WHERE tags.role IS NOT bursts.role""",
    "a tag has another burst than its frame": """
        SELECT 1 FROM tags JOIN frames ON frames.number = tags.frame WHERE tags.burst IS NOT frames.burst""",
    "an event is of another scene than its frame": """
        SELECT 1 FROM events JOIN frames ON frames.number = frame JOIN bursts ON bursts.number = events.burst
         WHERE coalesce(joined, bursts.number) IS NOT frames.burst""",
    "a burst has another role than its scene": """
        SELECT 1 FROM bursts JOIN bursts AS main ON main.number = bursts.joined
         WHERE bursts.role IS NOT main.role OR main.joined NOT NULL""",
    "the role of a scene is not what its first event says": f"""
        SELECT 1 FROM bursts AS main WHERE joined IS NULL AND role IS NOT (
            SELECT events.role FROM events JOIN bursts ON bursts.number = burst
             WHERE main.number IN (bursts.number, joined) ORDER BY {EARLIEST_FIRST} LIMIT 1)""",
    "a frame has no code": """
        SELECT 1 FROM frames
         WHERE NOT erased AND NOT away AND NOT EXISTS (SELECT 1 FROM codes WHERE frame = frames.number)""",
    "a frame has no thumbnail, or an erased one has": f"""
        SELECT 1 FROM frames
         WHERE erased = EXISTS (SELECT 1 FROM thumbnails WHERE frame = frames.number)
           AND (erased OR NOT away AND suffix <> '{coded.SUFFIX}')""",
    "an erased frame is not discarded": "SELECT 1 FROM frames WHERE erased AND discarded IS NULL",
    "a tagged frame is discarded": """
        SELECT 1 FROM tags JOIN frames ON frames.number = tags.frame WHERE discarded IS NOT NULL""",
    "a tag is not what its frame's last event says": f"""
        SELECT 1 FROM frames LEFT JOIN tags ON tags.frame = frames.number
         WHERE NOT {WAITS} AND tags.label IS NOT (SELECT label FROM events WHERE frame = frames.number
                                   ORDER BY {LATEST_FIRST} LIMIT 1)""",
    "a class has other learned frames than the head counts": f"""
        SELECT * FROM ({_LEARNED} EXCEPT SELECT label, count FROM head)
         UNION ALL SELECT * FROM (SELECT label, count FROM head EXCEPT {_LEARNED})""",
}


def damage(database: Database) -> Iterator[str]:
    """Yield what does not hold in the database: SQLite's own check, checksums, and the invariants."""
    for row in database.rows("PRAGMA integrity_check"):
        if row[0] != "ok":
            yield f"integrity check: {row[0]}"
    if missing := schema.missing_tables(database):
        yield f"the tables {', '.join(sorted(missing))} are missing"
        return
    if missing := schema.missing_settings(database):
        yield f"the settings {', '.join(sorted(missing))} are missing"
    for row in database.rows("PRAGMA foreign_key_check"):
        yield f"a row of {row[0]} points to one of {row[2]} that is not there"
    for row in database.rows("SELECT * FROM events"):
        if row["crc"] != event_checksum(tuple(row)[1:-1]):
            yield f"event {row['number']} differs from its checksum"
    for row in database.rows("SELECT * FROM codes"):
        if row["crc"] != code_checksum(row["frame"], row["code"]):
            yield f"the code of frame number {row['frame']} differs from its checksum"
    for row in database.rows("SELECT * FROM view_codes"):
        if row["crc"] != code_checksum(row["frame"], row["codes"]):
            yield f"the views of frame number {row['frame']} differ from their checksum"
    for row in database.rows("SELECT frame, jpeg, crc FROM thumbnails WHERE crc IS NOT NULL"):
        if row["crc"] != code_checksum(row["frame"], row["jpeg"]):
            yield f"the thumbnail of frame number {row['frame']} differs from its checksum"
    for row in database.rows("SELECT * FROM head"):
        if row["crc"] != head_checksum(row["label"], row["count"], row["sums"]):
            yield f"the head's row of class {row['label']!r} differs from its checksum"
    for row in database.rows("SELECT name, value, crc FROM views"):
        if row["crc"] != checksum(row["value"]):
            yield f"the view {row['name']} differs from its checksum"
    for name, query in _INVARIANTS.items():
        count = database.value(f"SELECT count(*) FROM ({query})")
        if count:
            yield f"{count} × {name}"


def lacking(database: Database, folder: Path) -> int:
    """Return how many events stand in the segments of a brain's folder and not in its database."""
    told = {
        (event.device, event.sequence, event.clock)
        for segment in backups.segments(folder)
        for entry in backups.entries(segment)
        if entry is not None and (event := event_of(entry)) is not None
    }
    return len(told - {tuple(row) for row in database.rows("SELECT device, sequence, clock FROM events")})
