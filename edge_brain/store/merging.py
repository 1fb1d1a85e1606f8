"""Takes in what other devices tell: the union of events, and what follows from it here.

    looks ─> frames, codes ─┐
    events, those not here ─┴─> scenes ─> tags ─> head       one transaction, which the caller has opened

Nothing depends on the order in which segments come, on how often they come, or on what is missing between them. Of
two codes of one frame the lesser is taken everywhere, one with views before one without: two runtimes may round
otherwise. A frame of which nobody gave a code under this brain's contract waits: its events are here and do not count.

Segments are taken in many at once: what is here is asked for once, the rest is decided in memory and written once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from edge_brain.database import Database
from edge_brain.errors import BrainDamaged
from edge_brain.outcomes import Merged
from edge_brain.records import Exposure
from edge_brain.replica import Event, Look, Segment
from edge_brain.store import codes, scenes
from edge_brain.store.frames import Newcomer, insert_bursts, insert_frames, insert_looks
from edge_brain.store.ledger import Ledger, insert_events

_LATEST_OF_OURS = 2**61  # reading that ours follows, in the year 3084: others take later ones yet from us
Codes = tuple[bytes, bytes]  # of a frame, and of its views
Fields = tuple[str, int, int, int, int, str | None, str | None, str]  # of an event, as `insert_events` takes them


@dataclass
class Taken:
    """What of a segment is in the database by now."""

    events: list[int] = field(default_factory=list)  # numbers, also of those that were here
    codes: dict[int, Codes] = field(default_factory=dict)  # frame → its codes, where they are of use
    merged: Merged = field(default_factory=lambda: Merged(0, 0, 0))


@dataclass
class _Frame:
    """A frame that is here, or is about to be."""

    number: int
    device: str  # that took it
    erased: bool = False


class Merging:
    """Merges segments in one transaction; each has its own."""

    def __init__(self, database: Database, ledger: Ledger, contract: Mapping[str, str]) -> None:
        self._database, self._ledger, self._contract = database, ledger, contract
        self._own = str(database.value("SELECT value FROM settings WHERE key = 'device'"))
        self._frames = dict[str, _Frame]()  # by id
        self._free = database.next_number("frames")
        self._new = dict[int, Look]()
        self._retaken = dict[int, str]()  # frame that was here → the device that took it, in place of another
        self._thumbnails = dict[int, bytes]()
        self._recoded = dict[int, Codes]()

    def merge(self, segments: Sequence[Segment]) -> list[Taken]:
        """Take in what is not here yet, and return what of each segment is here then."""
        looks = {look.frame for each in segments for look in each.looks}
        self._look_up(looks | {event.frame for each in segments for event in each.events})
        counts = [sum([self._take_look(look) for look in each.looks]) for each in segments]
        taken = [Taken(codes=self._codes_of(each)) for each in segments]
        self._compare(taken)
        self._write_frames()
        told = self._ever_told({*self._recoded, *self._retaken})
        touched = self._take_events(segments, taken)
        self._settle(touched.union(self._recoded), news=bool(told))
        for each, own, frames in zip(segments, taken, counts, strict=True):
            own.merged = Merged(own.merged.events, len(each.events) - own.merged.events, frames)
            self._note_device(each)
        return taken

    # ── frames ──────────────────────────────────────────────────────────────────────────────────

    def _look_up(self, ids: Collection[str]) -> None:
        for rows in self._database.among("SELECT number, id, erased, device FROM frames WHERE id IN", ids):
            for row in rows:
                self._frames[row["id"]] = _Frame(row["number"], row["device"] or self._own, bool(row["erased"]))

    def _take_look(self, look: Look) -> bool:
        """Note what of a frame is to be written; True when it was not here."""
        frame, is_new = self._frames.get(look.frame), look.frame not in self._frames
        if frame is None:
            frame = self._frames[look.frame] = _Frame(self._free, look.device)
            self._new[frame.number] = look
            self._free += 1
        elif look.device < frame.device:  # the very same picture came to both: all take the lesser id
            frame.device = look.device
            if frame.number not in self._new:
                self._retaken[frame.number] = look.device
        if look.thumbnail and not frame.erased:
            self._thumbnails.setdefault(frame.number, look.thumbnail)
        return is_new

    def _codes_of(self, segment: Segment) -> dict[int, Codes]:
        """Return the codes in a segment that are of use here, by frame."""
        if not segment.agrees(self._contract):
            return {}
        return {self._frames[look.frame].number: (look.code, look.views) for look in segment.looks if look.code}

    def _compare(self, taken: Sequence[Taken]) -> None:
        """Note the codes of frames that are to be taken in place of those that are here."""
        told = {frame for own in taken for frame in own.codes}
        best = codes.held(self._database, told.difference(self._new))
        for own in taken:
            for frame, given in own.codes.items():
                if frame not in best or _rank(given) < _rank(best[frame]):
                    best[frame] = self._recoded[frame] = given

    def _write_frames(self) -> None:
        devices = {frame.number: frame.device for frame in self._frames.values()}
        newcomers = {
            number: Newcomer(
                _exposure(look), look.burst, None, look.size_bytes, self._unless_own(devices[number]), away=True
            )
            for number, look in self._new.items()
        }
        insert_frames(self._database, newcomers)
        insert_looks(self._database, {}, self._thumbnails)
        retaken = [(self._unless_own(device), number) for number, device in self._retaken.items()]
        self._database.execute_many("UPDATE frames SET device = ? WHERE number = ?", retaken)

    def _unless_own(self, device: str) -> str | None:
        return None if device == self._own else device

    def _ever_told(self, frames: Collection[int]) -> set[int]:
        """Return which of some frames events that are here tell of."""
        rows = self._database.among("SELECT DISTINCT frame FROM events WHERE frame IN", frames)
        return {row["frame"] for some in rows for row in some}

    # ── events ──────────────────────────────────────────────────────────────────────────────────

    def _take_events(self, segments: Sequence[Segment], taken: Sequence[Taken]) -> set[int]:
        """Write the events that are not here, note the numbers of all, and return the frames that new ones tell of."""
        events = [event for segment in segments for event in segment.events]
        bursts = insert_bursts(self._database, {event.burst for event in events})
        numbers = self._events_here({event.frame for event in events})
        free = first = self._database.next_number("events")
        new = list[Fields]()
        for segment, own in zip(segments, taken, strict=True):
            before = len(new)
            for event in segment.events:
                fields = self._fields(event, bursts[event.burst])
                number = numbers.setdefault(fields, free)
                if number == free:
                    new.append(fields)
                    free += 1
                own.events.append(number)
                self._ledger.reading = max(self._ledger.reading, min(event.clock, _LATEST_OF_OURS))
            own.merged = Merged(len(new) - before, 0, 0)
        insert_events(self._database, dict(enumerate(new, first)))
        return {fields[3] for fields in new}

    def _fields(self, event: Event, burst: int) -> Fields:
        frame = self._frames.get(event.frame)
        if frame is None:
            raise BrainDamaged(f"an event tells of frame {event.frame}, and nothing else is told of that frame")
        return event.device, event.sequence, event.clock, frame.number, burst, event.label, event.role, event.who

    def _events_here(self, ids: Collection[str]) -> dict[Fields, int]:
        """Return the numbers of all events that are here of some frames."""
        frames = [frame.number for each in ids if (frame := self._frames.get(each)) and frame.number not in self._new]
        query = """SELECT device, sequence, clock, frame, burst, label, role, who, number FROM events
                    WHERE frame IN"""
        rows = (tuple(row) for some in self._database.among(query, frames) for row in some)
        return {fields: number for *each, number in rows for fields in [tuple(each)]}

    # ── what follows ────────────────────────────────────────────────────────────────────────────

    def _settle(self, touched: set[int], *, news: bool) -> None:
        """Let scenes, codes, tags and head of frames follow from what is here now.

        It is news when frames that were told of before count otherwise.
        """
        moved = scenes.unsettled(self._database, touched)
        affected = sorted(touched | scenes.frames_of(self._database, moved))
        self._ledger.refolded |= news or any(scene.is_news for scene in moved)
        self._ledger.take_back(affected)
        scenes.settle(self._database, moved)
        codes.replace(self._database, set(self._recoded), self._recoded)
        scenes.bring(self._database, affected)
        self._ledger.follow(affected)

    def _note_device(self, segment: Segment) -> None:
        clocks = (event.clock for event in segment.events if event.device == segment.device)
        self._database.execute(
            """INSERT INTO devices (id, name, clock) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE
                  SET name = excluded.name, clock = excluded.clock WHERE excluded.clock >= clock""",
            (segment.device, segment.name, max(clocks, default=0)),
        )


def _rank(told: Codes) -> tuple[bool, bytes, bytes]:
    code, views = told
    return not views, code, views


def _exposure(look: Look) -> Exposure:
    """Return what is told of a frame but its code, which is compared first, and its thumbnail."""
    return Exposure(
        id=look.frame,
        data=b"",
        suffix=look.suffix,
        width=look.width,
        height=look.height,
        taken_at=look.taken_at,
        source=look.source,
        thumbnail=b"",
        code=b"",
        contract="",
        brightness=look.brightness,
        sharpness=look.sharpness,
        reason=look.reason,
    )
