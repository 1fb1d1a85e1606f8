"""What a promise was put through, how often, and what became of it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field

LONG_BEFORE = 60.0  # seconds after which something that should have ended hangs


class Missing(Exception):
    """This machine refuses what a promise is tried with; says what."""


@dataclass
class Tally:
    """The line of a promise in the table."""

    promise: str
    done: str  # what was done to it
    times: int = 0
    lost: int = 0  # what was acknowledged and is not there
    refused: int = 0  # how often we said clearly that it cannot be done
    torn: int = 0  # what is there and is not whole
    wrong: list[str] = field(default_factory=list)  # each of them, and all else that should not be, in words
    figures: dict[str, str] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def lose(self, what: str) -> None:
        """Count something that was acknowledged and is not there."""
        self.lost += 1
        self.wrong.append(f"lost: {what}")

    def tear(self, what: str) -> None:
        """Count something that is not whole."""
        self.torn += 1
        self.wrong.append(f"torn: {what}")

    def end(self) -> Tally:
        """Stop the clock."""
        self.seconds = time.monotonic() - self.began
        return self


def as_root() -> None:
    """Raise Missing where mounting is not to be had."""
    if os.geteuid() != 0:
        raise Missing("only root can mount a disk to be harmed")
