"""What a hub is not known to hold of this brain: events, and codes of frames; and what is told of a frame."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from edge_brain.database import Database
from edge_brain.errors import UnknownFrame
from edge_brain.replica import Event, Look
from edge_brain.store.codes import checked_code, checked_views, is_sound
from edge_brain.store.sharing import Sharing

Place = tuple[str, int, int]  # of an event: device, sequence, number


class Owed:
    """What one brain owes the hubs that it knows."""

    def __init__(self, database: Database, sharing: Sharing) -> None:
        self._database, self._sharing = database, sharing

    def events(self, hub: int, *, own: bool, most: int, after: Place = ("", 0, 0)) -> list[tuple[int, Event]]:
        """Return the first events, with their numbers, that a hub is not known to hold, in the order of their devices.

        Either those of this device, or those that others gave it; after one, by device, sequence and number.
        """
        own_devices = self._sharing.own_devices()
        rows = self._database.rows(
            f"""SELECT events.number, events.device, sequence, clock, frames.id, bursts.name, label, events.role, who
                  FROM events JOIN frames ON frames.number = frame JOIN bursts ON bursts.number = events.burst
                 WHERE events.device {"IN" if own else "NOT IN"} ({", ".join("?" * len(own_devices))})
                   AND (events.device, sequence, events.number) > (?, ?, ?)
                   AND NOT EXISTS (SELECT 1 FROM segment_events JOIN segments ON segments.number = segment
                                    WHERE event = events.number AND hub = ?)
              ORDER BY events.device, sequence, events.number LIMIT ?""",
            (*own_devices, *after, hub, most),
        )
        return [(row[0], Event(*tuple(row)[1:])) for row in rows]

    def count(self, hub: int) -> int:
        """Return how many events a hub is not known to hold."""
        query = """SELECT count(*) FROM events WHERE NOT EXISTS (
                       SELECT 1 FROM segment_events JOIN segments ON segments.number = segment
                        WHERE event = events.number AND hub = ?)"""
        return int(self._database.value(query, (hub,)))

    def codes(self, hub: int) -> list[tuple[int, str, bool]]:
        """Return number, id and whether it was ever tagged, of the frames whose codes a hub is not known to hold."""
        rows = self._database.rows(
            """SELECT frames.number, frames.id, frames.number IN (SELECT frame FROM events) AS told
                 FROM frames JOIN codes ON codes.frame = frames.number
            LEFT JOIN view_codes ON view_codes.frame = frames.number
                WHERE NOT rough AND NOT erased AND (discarded IS NULL OR told) AND NOT EXISTS (
                      SELECT 1 FROM segment_frames JOIN segments ON segments.number = segment
                       WHERE segment_frames.frame = frames.number AND hub = ?
                         AND code_crc = codes.crc AND views_crc = coalesce(view_codes.crc, 0))
             ORDER BY frames.number""",
            (hub,),
        )
        return [(row["number"], row["id"], bool(row["told"])) for row in rows]

    def looks(self, frame_ids: Sequence[str], thumbnails: Collection[str]) -> list[Look]:
        """Return what is known of frames, with the thumbnails of those that may be shown."""
        own = self._sharing.own_devices()[0]
        return [self._look(frame_id, own, frame_id in thumbnails) for frame_id in frame_ids]

    def _look(self, frame_id: str, own: str, shown: bool) -> Look:
        row = self._database.row(
            """SELECT frames.*, bursts.name, code, codes.crc, rough, view_codes.codes AS views,
                      view_codes.crc AS views_crc, frames.number AS frame, jpeg
                 FROM frames JOIN bursts ON bursts.number = frames.burst
            LEFT JOIN codes ON codes.frame = frames.number LEFT JOIN view_codes ON view_codes.frame = frames.number
            LEFT JOIN thumbnails ON thumbnails.frame = frames.number WHERE frames.id = ?""",
            (frame_id,),
        )
        if row is None:
            raise UnknownFrame(f"this brain holds no frame {frame_id!r} any more")
        coded = row["code"] is not None and not row["rough"] and is_sound(row)  # of a damaged one doctor tells
        return Look(
            frame=frame_id,
            device=row["device"] or own,
            burst=row["name"],
            suffix=row["suffix"],
            width=row["width"],
            height=row["height"],
            size_bytes=row["bytes"],
            taken_at=row["taken_at"],
            brightness=row["brightness"],
            sharpness=row["sharpness"],
            source=row["source"],
            reason=row["reason"],
            code=checked_code(row) if coded else b"",
            views=checked_views(row) if coded else b"",
            thumbnail=bytes(row["jpeg"]) if shown and row["jpeg"] is not None else b"",
        )
