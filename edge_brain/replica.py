"""What devices tell one another: events, what is known of the frames that they speak of, and segments of both.

In names that mean the same everywhere: ids of frames and names of bursts, never the numbers of one database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge_brain.records import Role

# what must be the same for codes of one device to be of use on another
CONTRACT = ("code_length", "fingerprint", "region", "views", "zero_point")


@dataclass(frozen=True)
class Event:
    """Somebody said what a frame shows, or that it shows no class; never changed, in no replica twice."""

    device: str
    sequence: int  # 1, 2, 3 … on that device; twice where its card was cloned
    clock: int  # reading of the hybrid clock
    frame: str  # id
    burst: str
    label: str | None
    role: Role  # of the burst, as that device knew it
    who: str


@dataclass(frozen=True)
class Look:
    """What is known of a frame without its picture."""

    frame: str  # id
    device: str  # that took it
    burst: str
    suffix: str
    width: int  # pixels of the upright picture
    height: int
    size_bytes: int  # of the picture's file
    taken_at: float | None
    brightness: float | None
    sharpness: float | None
    source: str | None
    reason: str | None
    code: bytes = b""  # int8; empty where it was never made, or nobody has it
    views: bytes = b""
    thumbnail: bytes = b""  # JPEG; empty where it is not to leave its device


@dataclass(frozen=True)
class Segment:
    """A piece of what a device has to tell."""

    device: str
    name: str  # of the device, for people
    contract: Mapping[str, str]  # how the codes in it were made
    events: Sequence[Event]  # in the order of their numbers
    looks: Sequence[Look]

    def agrees(self, contract: Mapping[str, str]) -> bool:
        """Say whether the codes in it are of use under a contract."""
        return spelled(self.contract) == spelled(contract)


def spelled(contract: Mapping[str, str]) -> str:
    """Return in one line what of a contract must be the same."""
    return " · ".join(f"{key} {contract.get(key) or 'none'}" for key in CONTRACT)
