"""What every session of tagging is: keys of classes, the score, what the brain thinks, and undo.

    press(key) ─> a class's key: tag what is shown ─> said, done ─> undo
               └> a command: undo, and what each session has of its own

What a key did is on the disk when `said` tells it. A key that fails changes nothing; `said` tells why.
"""

from __future__ import annotations

import string
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_brain import labels
from edge_brain.brain import Brain
from edge_brain.capture.source import State
from edge_brain.errors import EdgeBrainError
from edge_brain.records import Prediction, Score, Tagging

WHO = "live"
COMMANDS = "nqsu"  # letters that are no class's key
KEYS = string.digits[1:] + "".join(letter for letter in string.ascii_lowercase if letter not in COMMANDS)


@dataclass(frozen=True)
class KeyedClass:
    """A class with its key, and how many frames of it there are."""

    key: str | None  # None where all keys are given away: such a class is tagged by its name
    label: str
    learned: int
    reserved: int


@dataclass(frozen=True)
class Done:
    """What one key tagged, and all that it takes to undo it."""

    label: str
    burst: str
    were: Mapping[str, str | None]  # by the frame's id: its class before
    go_back: Callable[[], object]  # to where the session stood


class Session(ABC):
    """Tags what is shown, one key a class."""

    prediction: Prediction | None = None  # what the brain thinks of what is shown

    def __init__(self, brain: Brain) -> None:
        self.brain = brain
        self.said = ""  # what came of the last key
        self.trouble = False  # whether that was an error
        self.done: list[Done] = []  # can be undone, the last first
        self.commands: dict[str, Callable[[], str]] = {"u": self.undo}
        self.score: Score = brain.score()
        self._labels: list[str] = []  # in the order of their keys
        self._counts: dict[str, tuple[int, int]] = {}  # learned and reserved frames
        self.event = -1  # the last one that was seen
        self.refresh()

    # ── shown ───────────────────────────────────────────────────────────────────────────────────

    @property
    @abstractmethod
    def title(self) -> str:
        """Where the pictures come from."""

    @property
    @abstractmethod
    def help(self) -> tuple[tuple[str, str], ...]:
        """Its own commands: (key, what it does), the most needed first."""

    @property
    @abstractmethod
    def place(self) -> str:
        """The burst, in words."""

    @property
    @abstractmethod
    def pixels(self) -> NDArray[np.uint8] | None:
        """The picture that is shown, uint8 RGB, shape (height, width, 3)."""

    @property
    def state(self) -> State | None:
        """How the source is; None where there is none."""
        return None

    @property
    def paused(self) -> bool:
        """Whether the picture stands still because a person wants it to."""
        return False

    @property
    def classes(self) -> list[KeyedClass]:
        """The classes, in the order in which they got their keys."""
        keys = dict(zip(self._labels, KEYS, strict=False))
        return [KeyedClass(keys.get(label), label, *self._counts.get(label, (0, 0))) for label in self._labels]

    @property
    def tagged(self) -> int:
        """How many frames were tagged and not undone."""
        return len({frame for each in self.done for frame in each.were})

    @property
    def bursts(self) -> list[str]:
        """The bursts that were tagged, in order."""
        return list(dict.fromkeys(each.burst for each in self.done))

    # ── done ────────────────────────────────────────────────────────────────────────────────────

    def press(self, key: str) -> None:
        """Do what a key stands for."""
        known = dict(zip(KEYS, self._labels, strict=False))
        if key in known:
            self.name(known[key])
        elif key in self.commands:
            self.attempt(self.commands[key])
        elif len(key) == 1 and key.isprintable():
            self.attempt(lambda: f"`{key}` is no class's key; + begins a class")

    def name(self, label: str) -> None:
        """Tag what is shown with a class that may be a new one."""
        self.attempt(lambda: self.tag(labels.checked(label)))

    def attempt(self, act: Callable[[], str | None]) -> None:
        """Do something, and keep what is to be said of it: what it returned, or why it failed."""
        said = None
        try:
            said = act()
            self.refresh()
        except EdgeBrainError as error:  # a full disk, a frame that went: the person is told, and may try again
            self.said, self.trouble = f"{said}; {error}" if said else str(error), True
        else:
            if said is not None:
                self.said, self.trouble = said, False

    def refresh(self) -> None:
        """See what was tagged since the last look, here or by others."""
        event = self.brain.store.last_event()
        if event == self.event:
            return
        self.score = self.brain.score()
        infos = self.brain.classes()
        self._counts = {info.label: (info.learned, info.reserved) for info in infos}
        self._labels += [info.label for info in infos if info.label not in self._labels]
        self.event = event
        self.think()

    @abstractmethod
    def step(self, passed_s: float) -> None:
        """Go on by so many seconds: look again, where there is something new to see."""

    @abstractmethod
    def think(self) -> None:
        """Ask the brain again what is shown: it has changed."""

    @abstractmethod
    def tag(self, label: str) -> str:
        """Tag what is shown, and say what was done."""

    def undo(self) -> str:
        """Take back what the last key tagged, that is not taken back yet: each frame is again what it was."""
        if not self.done:
            return "nothing to undo"
        last = self.done[-1]
        self.brain.tag_exposures([Tagging(frame, label) for frame, label in last.were.items()], who=WHO)
        self.done.pop()
        last.go_back()
        return f"undone: {in_words(len(last.were))} of `{last.label}`{_again(last.were)}"


def in_words(count: int) -> str:
    """Return a number of frames with its noun."""
    return f"{count} {'frame' if count == 1 else 'frames'}"


def _again(were: Mapping[str, str | None]) -> str:
    """Say what frames are again, where they were something."""
    labels = sorted({label for label in were.values() if label is not None})
    return f", again {' and '.join(f'`{label}`' for label in labels)}" if labels else ""
