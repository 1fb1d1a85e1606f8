"""Tries again what may go better the next time, a little later each time, and by chance, so that not all do at once."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from edge_brain.errors import BrainTooNew, HubRefused, HubUnreachable

_Answer = TypeVar("_Answer")


def chance(least: float = 0.0, most: float = 1.0) -> float:
    """Return a number by chance: what many devices do by it they do not do at once."""
    return random.uniform(least, most)


@dataclass(frozen=True)
class Patience:
    """How often something is tried, and how long it is waited in between."""

    tries: int = 6
    first_s: float = 0.2
    longest_s: float = 20.0

    def pause_s(self, failures: int, chance: float) -> float:
        """Return how long to wait after so many failures, one after another; `chance` 0 … 1 (full jitter).

        Brooker, "Exponential backoff and jitter", 2015.
        """
        return min(self.longest_s, self.first_s * 2.0 ** (failures - 1)) * chance


class Patient:
    """Does things patiently; whoever sets `stop` ends the waiting."""

    def __init__(self, patience: Patience, stop: threading.Event | None = None) -> None:
        self._patience, self._stop = patience, stop or threading.Event()
        self.failures = 0  # that were passed over

    def do(self, act: Callable[[], _Answer]) -> _Answer:
        """Do something, and again while the hub cannot be reached; the last failure is raised.

        What will not go better is believed when it was heard twice: a byte that was flipped on the way can say so, too.
        """
        failures, refused = 0, False
        while True:
            try:
                return act()
            except (HubRefused, BrainTooNew):
                if refused:
                    raise
                refused = True
            except HubUnreachable:
                failures += 1
                if failures >= self._patience.tries:
                    raise
                if self._stop.wait(self._patience.pause_s(failures, chance())):
                    raise
            self.failures += 1

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass; HubUnreachable when it shall be waited no longer."""
        if self._stop.wait(seconds):
            raise HubUnreachable("it was broken off")
