"""What a format is: how it is known, how it is read, and how it is laid out where it is written, too."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from edge_brain.exchange.documents import Document
from edge_brain.exchange.items import Listing
from edge_brain.exchange.places import Place, inside
from edge_brain.records import Frame, Role

_ROLES: dict[str, Role] = {
    "learned": "learned", "train": "learned", "training": "learned",
    "reserved": "reserved", "val": "reserved", "valid": "reserved", "validation": "reserved", "dev": "reserved",
    "test": "reserved", "testing": "reserved", "eval": "reserved",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A picture that is written, and what is told of it."""

    name: str  # its path among what is written
    frame: Frame

    @property
    def label(self) -> str:
        """Its class."""
        return self.frame.label or ""

    @property
    def role(self) -> Role:
        """Its role."""
        return self.frame.role or "learned"


@dataclass(frozen=True)
class Layout:
    """How pictures and lists lie where they are written."""

    name: Callable[[Frame, str], str]  # the path of a frame's picture; the second names a folder as its class
    lists: Callable[[Sequence[Told]], dict[str, bytes]]  # by their paths; of what was written, in the order of tagging


@dataclass(frozen=True)
class Format:
    """A way in which people keep pictures and their classes."""

    name: str
    about: str
    layout: Layout
    knows: Callable[[Document], bool] = lambda document: False  # a list of its own
    read: Callable[[Place, Document], Listing] | None = None  # None: it has no list
    by_folders: bool = False  # where there is no list, folders are classes


def role_of(split: str) -> Role | None:
    """Return the role that a split is: train is learned, validation and test are reserved; None for any other word."""
    return _ROLES.get(split.strip().lower())


def image(frame: Frame, _: str) -> str:
    """Return the path of a picture where a list tells its class."""
    return f"images/{frame.id}{frame.suffix}"


def split_of(frame: Frame) -> str:
    """Return the part that a frame belongs to, as others call it."""
    return "validation" if frame.role == "reserved" else "train"


def as_json(value: Any) -> bytes:
    """Return a list as the bytes of its file."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def text_of(value: Any) -> str:
    """Return what a list tells as text: a number as it is counted; nothing for what is neither."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value).strip() if isinstance(value, str) or is_number else ""


class Finder:
    """Finds pictures that a list names by paths of another machine: by the path, else by the name, where one has it."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._by_name: dict[str, list[str]] | None = None

    def find(self, told: str) -> str | None:
        """Return the path of a picture in the place; None where it is not there, or where several have the name."""
        exact = inside(told)
        if exact is not None and self._place.has(exact):
            return exact
        if self._by_name is None:
            self._by_name = {}
            for name in self._place.names():
                self._by_name.setdefault(name.rpartition("/")[2], []).append(name)
        alike = self._by_name.get(told.replace("\\", "/").rpartition("/")[2], ())
        return alike[0] if len(alike) == 1 else None
