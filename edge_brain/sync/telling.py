"""What a brain has to tell a hub, in segments that are small enough to be sent in one go.

Events go in the order of their numbers, a device at a time, with what is known of their frames; then codes that no
event carries: of frames that nobody tagged, and those that came, or changed, later. All stands under the id that this
device has now, also what others said: what stands there and is news to it was said by a machine with the same id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from edge_brain import files
from edge_brain.brain import Brain
from edge_brain.replica import Event, Look, Segment
from edge_brain.store.owed import Place
from edge_brain.sync import names, segments

_EVENTS, _LOOKS = 400, 200  # at most in one segment: some 700 KiB with codes of 1,280 numbers and thumbnails


@dataclass(frozen=True)
class Telling:
    """A segment that is to be sent."""

    name: str
    data: bytes
    events: tuple[int, ...]  # their numbers in this brain
    looks: Sequence[Look]


def events(brain: Brain, hub: int, shown: Collection[str], *, own: bool) -> Iterator[Telling]:
    """Yield what a hub lacks of the events of this device, or of others."""
    place: Place = ("", 0, 0)
    while due := _due(brain, hub, place, own=own):
        telling = _telling(brain, due, shown)
        number, last = due[len(telling.events) - 1]
        place = last.device, last.sequence, number
        yield telling


def codes(brain: Brain, hub: int, shown: Collection[str], untagged: Collection[str]) -> Iterator[Telling]:
    """Yield the codes that a hub lacks: of tagged frames, and of those untagged ones that may be told of."""
    with brain.alone:
        lacking = [
            (number, frame_id) for number, frame_id, told in brain.store.owed.codes(hub) if told or frame_id in untagged
        ]
    for start in range(0, len(lacking), _LOOKS):
        part = lacking[start : start + _LOOKS]
        with brain.alone, brain.store.database.snapshot():
            held = [frame_id for _, frame_id in part if brain.store.holds(frame_id)]
            looks = [look for look in brain.store.owed.looks(held, shown) if look.code]  # else it is damaged
        yield from _in_pieces(brain, looks, [number for number, _ in part])


def _due(brain: Brain, hub: int, after: Place, *, own: bool) -> list[tuple[int, Event]]:
    """Return the first events of one device that a hub lacks."""
    with brain.alone:
        due = brain.store.owed.events(hub, own=own, most=_EVENTS, after=after)
    return [each for each in due if each[1].device == due[0][1].device]


def _telling(brain: Brain, due: Sequence[tuple[int, Event]], shown: Collection[str]) -> Telling:
    """Return as many of the events as go into one segment."""
    told = [event for _, event in due]
    with brain.alone, brain.store.database.snapshot():
        ids = list(dict.fromkeys(event.frame for event in told))
        segment = _segment(brain, told, brain.store.owed.looks(ids, shown))
    data = segments.to_bytes(segment)
    if len(data) > segments.MOST_BYTES and len(due) > 1:
        return _telling(brain, due[: len(due) // 2], shown)
    name = names.SegmentName(names.EVENTS, segment.device, told[0].sequence, told[-1].sequence, files.content_id(data))
    return Telling(str(name), data, tuple(number for number, _ in due), segment.looks)


def _in_pieces(brain: Brain, looks: Sequence[Look], numbers: Sequence[int]) -> Iterator[Telling]:
    if not looks:
        return
    with brain.alone:
        segment = _segment(brain, (), looks)
    data = segments.to_bytes(segment)
    if len(data) > segments.MOST_BYTES and len(looks) > 1:
        half = len(looks) // 2
        yield from _in_pieces(brain, looks[:half], numbers[:half])
        yield from _in_pieces(brain, looks[half:], numbers[half:])
        return
    name = names.SegmentName(names.CODES, segment.device, numbers[0], numbers[-1], files.content_id(data))
    yield Telling(str(name), data, (), looks)


def _segment(brain: Brain, told: Sequence[Event], looks: Sequence[Look]) -> Segment:
    """Return a segment that this device tells, whoever said what is in it."""
    return Segment(brain.store.sharing.own_devices()[0], brain.device_name, brain.store.codes_contract(), told, looks)
