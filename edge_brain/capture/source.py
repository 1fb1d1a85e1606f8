"""What every source is: a thing that gives shots, says how it is, and is closed.

open_source(spec) ─> Source ─ next(timeout) ─> Shot | None
                       │  └─ state: ok, lost, frozen, black, ended
                       ├─ Video, Folder, Simulated     wait for us, each in the module of its name
                       └─ Live ─ opens, and opens again ─> Reader ─ read() ─> Raw      one subclass a kind of device
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Condition = Literal["ok", "lost", "frozen", "black", "ended"]


@dataclass(frozen=True)
class State:
    """How a source is."""

    condition: Condition
    detail: str = ""  # why, for people


@dataclass(frozen=True)
class Shot:
    """A picture that a source has given."""

    pixels: NDArray[np.uint8]  # RGB, shape (height, width, 3)
    number: int  # counts from 0; where one is missing, a picture was passed over
    moment: float  # seconds that only go forward: since the source was opened, or the position in a video
    taken_at: float | None = None  # seconds since 1970; None where nobody knows
    burst: str | None = None  # what the source knows of scenes: a change of it is a change of scene
    data: bytes | None = None  # the very file that it came as, where it came as one
    truth: str | None = None  # what it shows, which only a synthetic source can tell


class Source(ABC):
    """A camera, stream, video or folder that was opened."""

    name: str  # as it is stored with frames: the spec, passwords taken out
    live: bool  # a live one shows what is now and passes over the rest; any other waits for us

    @property
    @abstractmethod
    def state(self) -> State:
        """How the source is now."""

    @abstractmethod
    def next(self, timeout_s: float = 1.0) -> Shot | None:
        """Return the next shot, of a live source the newest; None at the end, and when none comes in `timeout_s`."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the device; may be called twice."""

    def __iter__(self) -> Iterator[Shot]:
        """Yield shots until the source has ended; a lost one is waited for."""
        while self.state.condition != "ended":
            shot = self.next()
            if shot is not None:
                yield shot

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Raw:
    """What a reader reads: pixels, or the file of a picture that is decoded only when somebody looks."""

    pixels: NDArray[np.uint8] | None = None  # RGB, shape (height, width, 3), C-contiguous
    data: bytes | None = None
    burst: str | None = None
    truth: str | None = None


class Reader(ABC):
    """An open device, read by one thread."""

    @abstractmethod
    def read(self) -> Raw | None:
        """Wait for the next picture and return it; None at the end.

        Raises SourceLost, its message the reason alone, when there are no more, or none comes in time.
        """

    @abstractmethod
    def stop(self) -> None:
        """Make a `read` that waits in another thread end soon; returns at once."""

    def close(self) -> None:
        """Let go of the device."""
        self.stop()
