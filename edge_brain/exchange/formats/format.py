"""What a format is: how it is known, how it is read, and how it is laid out where it is written, too."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from edge_brain.exchange.documents import Document
from edge_brain.exchange.items import Listing
from edge_brain.exchange.places import Place, inside, normal
from edge_brain.records import Frame, Role

_ROLES: dict[str, Role] = {
    "learned": "learned", "train": "learned", "training": "learned",
    "reserved": "reserved", "val": "reserved", "valid": "reserved", "validation": "reserved", "dev": "reserved",
    "test": "reserved", "testing": "reserved", "eval": "reserved",
}  # fmt: skip


@dataclass(frozen=True)
class Written:
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
    lists: Callable[
        [Sequence[Written]], dict[str, bytes]
    ]  # by their paths; of what was written, in the order of tagging
    has_list: bool = True  # that names the pictures which count, and no others


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
    """Return the role that a split is: train (train2017) is learned, validation and test are reserved; else None."""
    return _ROLES.get(split.strip().lower().rstrip("0123456789"))


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
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value).strip() if isinstance(value, str) or is_number else ""


class Finder:
    """Finds the pictures that a list names: by the path, else by the name alone where nothing else has that."""

    def __init__(self, place: Place, told: Iterable[str] = ()) -> None:
        """Take a place, and all names that the list tells, of which some may be paths on another machine."""
        self._place, self._told = place, Counter(_last(each) for each in told)
        self._lying: dict[str, list[str]] | None = None

    def lying(self, told: str) -> str | None:
        """Return the path of a picture that lies where the list says; None where it does not."""
        name = inside(told)
        if name is None or self._place.has(name):
            return name
        return next((each for each in self._alike(name) if normal(each) == normal(name)), None)

    def find(self, told: str) -> str | None:
        """Return the path of a picture by where the list says, else by its name; None where several could be meant."""
        if (exact := self.lying(told)) is not None:
            return exact
        alike = self._alike(told)
        return alike[0] if len(alike) == 1 == self._told[_last(told)] else None

    def _alike(self, told: str) -> list[str]:
        if self._lying is None:
            self._lying = {}
            for name in self._place.names():
                self._lying.setdefault(_last(name), []).append(name)
        return self._lying.get(_last(told), [])


def _last(told: str) -> str:
    return normal(told.replace("\\", "/").rpartition("/")[2])
