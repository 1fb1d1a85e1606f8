"""What comes of what was done, as it is returned: an import, an export, a release, a repair, what went to make room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edge_brain.records import Image, Level, Score


@dataclass(frozen=True)
class Refused:
    """An input that was left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Scenes:
    """How many scenes an import found that nobody had named, by what most of each was found."""

    by_time: int = 0
    by_numbers: int = 0  # in the names of the files
    by_likeness: int = 0
    alone: int = 0  # of one picture each


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    learned: int
    reserved: int
    already: int  # frames that the brain held before, left as they are
    refused: list[Refused]
    scenes: Scenes


@dataclass(frozen=True)
class Exported:
    """What an export did."""

    frames: int  # written
    already: int  # that were there before, byte for byte
    refused: list[Refused]


@dataclass(frozen=True)
class ExportedModel:
    """A TFLite file that answers as the brain does."""

    path: str
    classes: tuple[str, ...]  # in the order of the probabilities
    width: int  # of the picture that goes in, pixels
    height: int
    threshold: (
        float | None
    )  # under which familiarity the answer is "unknown"; None: never, there is too little evidence
    size_bytes: int
    sha256: str  # of the file, hex


@dataclass(frozen=True)
class Released:
    """A release: a brain as it was, in one file that only answers."""

    path: str
    number: int  # later ones of a brain have greater ones
    name: str  # of the brain: its folder's
    taught_at: float  # wall time, seconds since 1970: of the last tag
    level: Level
    classes: tuple[str, ...]
    head_digest: str  # SHA-256, hex, of the exact state of the head
    size_bytes: int
    sha256: str  # of the file, hex
    expires_at: float | None = None  # wall time, seconds since 1970, from which no device takes it; None: never
    balanced_accuracy: float | None = None  # of its score
    signed_by: str | None = None  # the public key, hex, by which its signature was found right; None: nobody looked


@dataclass(frozen=True)
class Taken:
    """What became of a release that was to be put into production."""

    released: Released
    changed: bool  # False when it was there already
    notes: tuple[str, ...]  # what nobody vouches for: that it is unsigned, say


@dataclass(frozen=True)
class Production:
    """What a camera app runs that was told to run what is in production."""

    current: Released | None  # what answers; None when nothing of it is whole
    since: float | None  # wall time at which it was put there
    expired: bool  # by the wall clock of now: it answers all the same
    previous: Released | None  # what `rollback` puts back; None when there is none, or it is not whole
    highest: int  # the greatest number that was ever taken
    trouble: str | None  # what is not whole, and what answers in its place


@dataclass(frozen=True)
class Merged:
    """What came of what another device told."""

    events: int  # that were not here
    already: int  # that were
    frames: int  # that were not here


@dataclass(frozen=True)
class Synced:
    """What was exchanged with a hub; all that was sent was read back."""

    hub: str  # where it is
    hub_id: str
    device: str  # by which id this device is known there
    forked_from: str | None  # the id that another machine has, too: this one has another since now
    events_sent: int
    events_taken: int  # that were not here
    frames_taken: int  # that were not here; their pictures stay where they are
    pictures_sent: int
    pictures_fetched: int
    pictures_thinned: int
    sent_bytes: int
    read_bytes: int  # also of what was read back
    release: Taken | None  # that came and was put into production
    waiting: int  # frames of others whose codes are made otherwise: what is said of them does not count yet
    strange: list[str]  # classes of others, the first time with a hub, where they have none of those here
    retried: int  # failures that were passed over
    aside: list[Refused]  # what could not be exchanged, and why; it is tried again the next time


@dataclass(frozen=True)
class HubStatus:
    """How it stands with a hub."""

    place: str  # where it was the last time
    id: str
    synced_at: float | None  # wall time, seconds since 1970, of the last exchange that came to its end
    events_to_send: int
    pictures_to_send: int  # by `send`; of "doubtful" as many as there might be
    aside: list[Refused]
    send: str  # as it was wished the last time: "events" | "tagged" | "doubtful" | "all"
    fetch: str  # likewise: "none" | "untagged" | "all"
    thin_after_s: float | None  # likewise; None: pictures stay
    limit: float | None  # likewise: bytes a second
    releases: bool  # likewise: whether the newest one is put into production


@dataclass(frozen=True)
class SyncStatus:
    """How it stands with a device among others."""

    device: str  # its id, by which hubs and other devices know it
    name: str  # what it is called
    hubs: list[HubStatus]  # that it was synced with, the last first
    away: int  # frames whose pictures are not here: another device has them, or they were thinned
    waiting: int  # frames of others whose codes are made otherwise: what is said of them does not count yet


@dataclass(frozen=True)
class Built:
    """What a hub of many devices was folded into, and what was taken in for it."""

    folder: str  # of the common brain
    hub: str  # where it is
    hub_id: str
    score: Score  # without the frames that it was measured on
    segments: int  # that were read
    devices: int  # that have said something, or taken a frame, by now
    events: int  # that were not here
    frames: int  # that were not here; their pictures stay where they are
    waiting: int  # frames whose codes are made otherwise: what is said of them does not count yet
    forked: list[str]  # ids that two machines have: the events of both are here
    ahead: dict[str, float]  # devices whose clocks are ahead of the clock here, by id: seconds
    aside: list[Refused]  # what could not be taken in, and why; it is tried again the next time


@dataclass(frozen=True)
class Recoded:
    """What came of coding the pictures of a hub anew."""

    hub: str  # where it is
    extractor: str
    frames: int  # that were coded now
    already: int  # that were before
    lacking: int  # whose pictures are not in the hub
    segments: int  # that were put into the hub
    aside: list[Refused]  # pictures and segments that could not be used, and why; they are tried again the next time


@dataclass(frozen=True)
class DeviceReport:
    """How one device stands beside the others."""

    id: str
    name: str  # for people; the beginning of its id where nobody knows it
    frames: int  # that it took and that are in sight here
    learned: int
    reserved: int
    events: int  # that it said
    last_event: float | None  # wall time, seconds since 1970, of the last that was said on it, by its clock
    ahead_s: float  # that its clock was ahead of the clock here by
    missing: int  # numbers up to that of its last event under which nothing is here
    doubled: int  # numbers that were given twice, as another machine had the same id
    classes: dict[str, int]  # frames that it took, by class
    lacks: list[str]  # classes that others have
    accuracy: float | None  # on reserved frames that it took, each burst weighing the same
    elsewhere: float | None  # what the others are right in, on bursts that show the same classes
    weakest: str | None  # the class that does worst here


@dataclass(frozen=True)
class Tested:
    """How the brain did on a folder of pictures that it did not learn."""

    accuracy: float | None
    balanced_accuracy: float | None
    per_class: Mapping[str, tuple[int, int]]  # label: (right, tried)
    images: list[Image]
    refused: list[Refused]
    overlapping: int  # pictures that the brain holds already: left out of the figures


@dataclass(frozen=True)
class Drop:
    """A line of what was dropped to make room."""

    at: float  # wall time, seconds since 1970
    why: str  # "stray" | "discarded" | "near-duplicate" | "untagged"
    frames: int
    bytes: int


@dataclass(frozen=True)
class Holding:
    """How much a brain holds."""

    frames: int  # tagged, untagged and discarded
    frames_bytes: int  # of their files
    discarded: int  # of these frames
    discarded_bytes: int
    database_bytes: int
    events: int
    away: int = 0  # frames whose pictures are not here: on another device, or in a hub
    waiting: int = 0  # of these, those that count for nothing until somebody tells their code


@dataclass(frozen=True)
class Dropped:
    """What was dropped when room was made in a brain's folder, and whether that was enough."""

    by_reason: Mapping[str, tuple[int, int]]  # why → frames and bytes; empty when there was room
    used_bytes: int  # of the brain's folder, afterwards
    free_bytes: int  # of the file system, afterwards
    enough: bool
    message: str  # what to do, when it was not; else empty


@dataclass(frozen=True)
class Erased:
    """What was deleted for good."""

    frames: int
    bytes: int  # of their files
    aside: tuple[str, ...]  # folders of what `doctor --repair` has set aside, where thumbnails of theirs may lie
    hubs: tuple[str, ...] = ()  # that some of these pictures were sent to, or came from: they keep them


@dataclass(frozen=True)
class Repaired:
    """What became of a damaged brain."""

    sound: bool  # True when there was nothing to repair: then nothing was changed
    aside: str | None  # the folder, inside the brain's, in which the damaged database lies now
    events: Mapping[str, int]  # where from → how many tags
    frames: Mapping[str, int]  # where from → how many frames
    lost: list[Refused]  # what could not be brought back, or not be used


@dataclass(frozen=True)
class Finding:
    """One thing that doctor looked at."""

    check: str
    ok: bool
    detail: str
