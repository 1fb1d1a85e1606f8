"""Codes of frames and of their views, and thumbnails: rows that know their frame and guard themselves by a checksum."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping

from edge_brain.database import Database, checksum
from edge_brain.errors import BrainDamaged

# a frame of another device that came without a thumbnail
UNSEEN = "(away AND NOT EXISTS (SELECT 1 FROM thumbnails WHERE frame = frames.number))"

# codes with those of the views, as `checked_code` and `checked_views` take them
CODES = "codes.frame, code, codes.crc, view_codes.codes AS views, view_codes.crc AS views_crc"
CODED = f"SELECT {CODES} FROM codes LEFT JOIN view_codes ON view_codes.frame = codes.frame"


def whole(database: Database) -> set[int]:
    """Return the numbers of the frames whose code, and whose views' where they have some, is what was written."""
    sound = {
        row["frame"]
        for row in database.rows("SELECT frame, code, crc FROM codes")
        if row["crc"] == code_checksum(row["frame"], row["code"])
    }
    return sound - {
        row["frame"]
        for row in database.rows("SELECT frame, codes, crc FROM view_codes")
        if row["crc"] != code_checksum(row["frame"], row["codes"])
    }


def replace(
    database: Database,
    wanted: set[int],
    codes: Mapping[int, tuple[bytes, bytes]],
    rough: Collection[int] = (),
) -> None:
    """Replace the codes of frames by number: that of a frame and that of its views; the first only where wanted."""
    database.execute_many("DELETE FROM view_codes WHERE frame = ?", [(number,) for number in codes])
    given = {number: code for number, (code, _) in codes.items() if number in wanted}
    database.execute_many("DELETE FROM codes WHERE frame = ?", [(number,) for number in given])
    insert_codes(database, given, rough)
    insert_views(database, {number: of_views for number, (_, of_views) in codes.items() if of_views})


def delete_of_erased(database: Database) -> None:
    """Delete the codes of erased frames, and of their views: no brain in memory has those learned any more."""
    for table in ("codes", "view_codes"):
        database.execute(f"DELETE FROM {table} WHERE frame IN (SELECT number FROM frames WHERE erased)")


def delete_of_unseen(database: Database, sound: set[int]) -> bool:
    """Delete the codes, but the sound ones, of frames of which nothing is here to make them anew; say if any went."""
    coded = f"SELECT number FROM frames WHERE {UNSEEN} AND number IN (SELECT frame FROM codes)"
    gone = {row["number"] for row in database.rows(coded)} - sound
    for number in gone:
        for table in ("codes", "view_codes"):
            database.execute(f"DELETE FROM {table} WHERE frame = ?", (number,))
    return bool(gone)


def held(database: Database, frames: Collection[int]) -> dict[int, tuple[bytes, bytes]]:
    """Return the codes of frames and of their views, of those that have some: no damaged ones, and no rough ones."""
    query = f"{CODED} WHERE NOT rough AND codes.frame IN"
    sound = dict[int, tuple[bytes, bytes]]()
    for rows in database.among(query, frames):
        for row in rows:
            if is_sound(row):
                sound[row["frame"]] = bytes(row["code"]), bytes(row["views"] or b"")
    return sound


def insert_codes(database: Database, codes: Mapping[int, bytes], rough: Collection[int] = ()) -> None:
    """Keep the codes of frames by number; a rough one is made from the thumbnail, as the picture is away."""
    rows = [(number, code, code_checksum(number, code), int(number in rough)) for number, code in codes.items()]
    database.execute_many("INSERT INTO codes (frame, code, crc, rough) VALUES (?, ?, ?, ?)", rows)


def insert_views(database: Database, codes: Mapping[int, bytes]) -> None:
    """Keep the codes of the views of frames by number."""
    rows = [(number, of_views, code_checksum(number, of_views)) for number, of_views in codes.items()]
    database.execute_many("INSERT INTO view_codes (frame, codes, crc) VALUES (?, ?, ?)", rows)


def insert_thumbnails(database: Database, thumbnails: Mapping[int, bytes]) -> None:
    """Keep the thumbnails of frames by number."""
    rows = [(number, jpeg, code_checksum(number, jpeg)) for number, jpeg in thumbnails.items()]
    database.execute_many("INSERT INTO thumbnails (frame, jpeg, crc) VALUES (?, ?, ?)", rows)


def checked_code(row: sqlite3.Row) -> bytes:
    """Return the code of a row with frame, code and crc; raise BrainDamaged when the checksum fails."""
    if row["crc"] != code_checksum(row["frame"], row["code"]):
        raise BrainDamaged(
            f"the code of frame number {row['frame']} differs from its checksum; "
            "`edge-brain retrain` makes it again from its picture"
        )
    return bytes(row["code"])


def checked_views(row: sqlite3.Row) -> bytes:
    """Return the views of a row with frame, views and views_crc, empty where it has none; as `checked_code` does."""
    if row["views"] is None:
        return b""
    if row["views_crc"] != code_checksum(row["frame"], row["views"]):
        raise BrainDamaged(
            f"the views of frame number {row['frame']} differ from their checksum; "
            "`edge-brain retrain` makes them again from its picture"
        )
    return bytes(row["views"])


def is_sound(row: sqlite3.Row) -> bool:
    """Say whether code and views of a row are what was written."""
    try:
        checked_code(row), checked_views(row)
    except BrainDamaged:
        return False
    return True


def code_checksum(frame: int, code: bytes) -> int:
    """Return the CRC of a code, or of a thumbnail; it knows the frame, so that swapped ones are found too."""
    return checksum(b"%d" % frame, code)
