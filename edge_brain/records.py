"""The values that cross module borders: frozen, plain Python, nothing computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Role = Literal["learned", "reserved"]
Level = Literal["Still Learning", "Low", "Good", "Great"]
Fault = Literal["dark", "blurred", "tiny"]


@dataclass(frozen=True)
class Exposure:
    """A picture made ready to be kept: its bytes, what is known of it, and its code."""

    id: str  # SHA-256 of the bytes, hex
    data: bytes
    suffix: str  # ".jpg", ".png" …
    width: int  # pixels of the upright picture
    height: int
    taken_at: float | None  # seconds since 1970
    source: str | None  # where it came from: a path, a camera
    thumbnail: bytes  # JPEG, 160 pixels at most
    code: bytes  # int8
    contract: str  # how the picture became a code: extractor's fingerprint and region
    views: bytes = b""  # the codes of its views, one after the other; empty when they are still to be made
    brightness: float | None = None  # mean luma, 0 … 1
    sharpness: float | None = None  # see quality; None when the picture is too small to tell
    reason: str | None = None  # why a camera's frame is kept; None for what a person gives
    moment: float | None = None  # seconds that only go forward, in the process that took it; not stored


@dataclass(frozen=True)
class Tagging:
    """One thing to be said of a frame: this class, or None for no class any more."""

    frame: Exposure | str  # a frame to be kept, or the id of one that is
    label: str | None
    burst: str | None = None  # of a frame that was never tagged; None lets the brain find out
    source: str | None = None  # new frames of one source came one after the other
    role: Role | None = None  # of its burst, where that has none yet; None lets the brain decide


@dataclass(frozen=True)
class Frame:
    """A stored frame."""

    number: int
    id: str
    burst: str
    label: str | None
    role: Role | None
    suffix: str
    bytes: int
    taken_at: float | None
    brightness: float | None = None  # None for a frame of an earlier edge_brain
    sharpness: float | None = None
    source: str | None = None  # the camera, or the path, that it came from
    reason: str | None = None  # why a camera's frame was kept
    side: int = 0  # pixels, the shorter side of the part that is looked at
    device: str | None = None  # that took it; None: this one
    away: bool = False  # its picture is not here: another device has it, or a hub
    width: int = 0  # pixels
    height: int = 0


@dataclass(frozen=True)
class Change:
    """How the tag of a frame differs from what it was: what a brain in memory must learn or unlearn."""

    frame: int  # numbers are this database's, ids and names everyone's
    id: str
    burst: int
    burst_name: str
    role: Role
    taken_at: float | None
    before: str | None
    after: str | None
    code: bytes
    views: bytes = b""  # the codes of its views; empty when they are still to be made
    brightness: float | None = None
    sharpness: float | None = None
    side: int = 0
    device: str | None = None  # that took the frame; None: this one


@dataclass(frozen=True)
class Tag:
    """What became of a frame that was tagged."""

    frame_id: str  # SHA-256 of the stored bytes, hex
    label: str
    role: Role
    burst: str
    new: bool = True  # False when the frame bore this very tag already


@dataclass(frozen=True)
class Prediction:
    """The brain's answer to one picture."""

    label: str | None  # None when unknown
    confidence: float  # probability of the first in the ranking, 0 … 1
    known: bool
    ranking: list[tuple[str, float]]  # every class, most probable first
    familiarity: float  # higher is more like what was learned; about one unit is the spread of known frames
    threshold: float | None  # familiarity below it is unknown; None until there is evidence for one

    @property
    def first(self) -> str | None:
        """The first of the ranking, known or not: what the score counts."""
        return self.ranking[0][0] if self.ranking else None


@dataclass(frozen=True)
class Near:
    """A learned frame that looks like a picture."""

    id: str
    label: str
    burst: str
    likeness: float  # cosine of the codes' rows, 0 … 1; 1 is the same


@dataclass(frozen=True)
class Observation:
    """What has changed before a camera, or with the camera itself."""

    kind: str  # "seen" | "source"
    at: float | None  # wall time, seconds since 1970; None where the source does not know it
    moment: float  # seconds that only go forward: since the source was opened, or the position in a video
    shot: int  # the number of the shot that decided it
    label: str | None  # the class before the camera; None: nothing that the brain knows
    before: str | None  # the class that was there before
    confidence: float  # smoothed probability of the first in the ranking, 0 … 1
    ranking: list[tuple[str, float]]  # every class, smoothed, most probable first
    state: str  # of the source: "ok" | "lost" | "frozen" | "black" | "ended"
    detail: str  # of the state, for people
    rate: float | None  # shots looked at a second, lately
    latency_ms: float | None  # from the shot to the answer, median, lately


@dataclass(frozen=True)
class Kept:
    """A camera's frame that was kept, untagged."""

    id: str
    burst: str
    reason: str  # "every" | "change" | "unsure" | "surprised"
    moment: float  # as of the shot
    taken_at: float | None
    label: str | None  # what the brain took it for; None: nothing that it knows


@dataclass(frozen=True)
class ClassScore:
    """How one class does."""

    accuracy: float | None  # each judged burst weighs the same; None while none is
    right: int  # reserved frames answered rightly
    learned: int  # frames
    reserved: int  # frames
    learned_bursts: int
    reserved_bursts: int
    judged_bursts: int  # reserved, or learned and judged as if they had not been


@dataclass(frozen=True)
class Device:
    """A device that has taken frames of a brain, or said what they show."""

    id: str
    name: str  # for people; the beginning of its id where nobody knows it
    frames: int  # that it took and that are in sight here, those that wait for a code aside
    learned: int
    reserved: int
    last_event: float | None  # wall time, seconds since 1970, of the last that was said on it
    here: bool  # whether it is this one


@dataclass(frozen=True)
class DeviceScore:
    """How right a brain is on the frames that one device took."""

    name: str  # of the device, for people
    here: bool  # whether it is this one
    frames: int  # that it took, also those without a tag
    learned: int  # frames
    reserved: int  # frames
    learned_bursts: int
    reserved_bursts: int
    judged_bursts: int  # as the score's
    right: int  # reserved frames answered rightly
    accuracy: float | None  # each judged burst weighs the same; None while none is
    interval: tuple[float, float] | None  # 90 %, of what half as many further bursts will show
    weakest: str | None  # the class that does worst here; None when nothing is wrong
    elsewhere: float | None  # what other devices are right in, on bursts that show the same classes
    chance: float | None  # how often so few would be right here, were the device like the others


@dataclass(frozen=True)
class Advice:
    """One thing to do next."""

    kind: str  # "changed place" | "suspect" | "weak device" | "add class" | "add frames" | "add scene"
    #            | "reserve small" | "confused" | "unbalanced" | "picture quality" | "unknown device" | "ready"
    labels: tuple[str, ...]
    message: str
    frames: tuple[str, ...] = ()  # ids of frames to look at


@dataclass(frozen=True)
class Image:
    """A stored frame with what it is tagged as and what the brain, not having learned it, takes it for."""

    id: str
    label: str | None
    role: Role | None
    burst: str
    predicted: str | None
    right: bool | None  # None when there is no tag or no answer
    brightness: float | None = None  # mean luma, 0 … 1; None when it was not measured
    sharpness: float | None = None  # an even ramp has 0.2, a step 0.45
    side: int = 0  # pixels, the shorter side of the part that is looked at
    faults: tuple[Fault, ...] = ()  # why the picture should be taken again
    source: str | None = None  # the camera, or the path, that it came from; told by `Brain.images`, as the next
    reason: str | None = None  # why a camera's frame was kept: "every" | "change" | "unsure" | "surprised"
    device: str | None = None  # that took it; None: this one
    away: bool = False  # its picture is not here; told by `Brain.images`

    @property
    def tagged(self) -> str | None:
        """The tag, under the name that stands beside `predicted`."""
        return self.label


@dataclass(frozen=True)
class Suspect:
    """A frame that looks wrongly tagged."""

    id: str
    label: str
    looks_like: str  # the class that it is nearest to, its own aside
    sure: float  # probability that the tag is wrong, 0 … 1
    burst: str
    role: Role


@dataclass(frozen=True)
class ClassInfo:
    """A class and how many frames of it there are."""

    label: str
    learned: int
    reserved: int


@dataclass(frozen=True)
class Score:
    """The Brain Score: measured on frames that the brain which is judged by them never learned."""

    level: Level
    accuracy: float | None  # right ÷ reserved frames
    balanced_accuracy: float | None  # mean over classes, each judged burst weighing the same
    interval: tuple[float, float] | None  # 90 %, of what half as many further bursts will show
    classes: int
    learned: int  # frames
    reserved: int  # frames
    bursts: int  # judged: reserved, or learned and judged as if they had not been
    per_class: Mapping[str, ClassScore]
    advice: Sequence[Advice]  # most useful first
    images: list[Image]  # the reserved frames
    per_device: Mapping[str, DeviceScore] = field(default_factory=dict)  # by id; empty where one device took all


@dataclass(frozen=True)
class Deed:
    """Frames that someone took from one class to another between two scores; None is no class."""

    who: str
    role: Role
    before: str | None
    after: str | None
    frames: int


@dataclass(frozen=True)
class Reason:
    """A part of what changed between two scores."""

    # "lost" | "won" | "joined" | "left" | "retagged" | "class came" | "class went" | "weights" | "anew" | "rest"
    kind: str
    change: float  # of the balanced accuracy: −0.04 is four points down
    frames: int
    labels: tuple[str, ...]  # the class, and the one that it is, or was, taken for
    message: str
    cause: str | None = None  # what is proven to have done it


@dataclass(frozen=True)
class Scored:
    """A line of the score's history: what the score became, and what changed it."""

    at: float  # wall time, seconds since 1970
    level: Level
    accuracy: float | None
    balanced_accuracy: float | None
    interval: tuple[float, float] | None
    classes: int
    learned: int
    reserved: int
    cause: str
    change: float | None  # of the balanced accuracy since the line before
    deeds: list[Deed]  # what `cause` spells out
    reasons: list[Reason]  # greatest first; their changes add up to `change`. Empty where nobody knows
