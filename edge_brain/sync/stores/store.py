"""What a store is: bytes under names, in and out. What each call does, and what its errors mean, is part of it.

An object of a hub is small, is written once and says in its name what it is; whoever reads it holds it against that.
So a store need not be clever: it has no locks, no listing that is a snapshot, no way to delete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from edge_brain.errors import BadInput, HubRefused

MARKER = "edge_brain_hub.json"  # the name of the object by which a hub is known as one
MOST_BYTES = 128 * 2**20  # of an object: it is held in memory
_MOST_LETTERS = 120
_PART = "[a-z0-9](?:[a-z0-9_.-]*[a-z0-9_-])?"  # no part begins or ends with a dot: FAT drops it
_NAME = re.compile(f"{_PART}(?:/{_PART})*")


@dataclass(frozen=True)
class Item:
    """An object of a hub, as it is listed."""

    name: str
    size_bytes: int


class Store(Protocol):
    """Where the objects of a hub lie. Several threads may use one store at once.

    A name is of parts with slashes between them: lower-case ASCII letters, digits, `_`, `-` and `.`, at most 120
    characters in all, no part with a dot at its beginning or end. What has another name is not ours, and not listed.

    Any call may raise HubUnreachable (it may go better the next time; whether an `add` or `replace` that raises
    it has come to pass is not known, but if so then whole) and HubRefused (it will not go better by itself).
    BadInput is for a name, or for bytes, that no hub holds.
    """

    @property
    def name(self) -> str:
        """What the hub is called in front of people: a path, s3://bucket/folder; no password is in it."""

    def list(self, folder: str) -> Iterator[Item]:
        """Yield all objects below a folder (`events`, `events/0123…`; "" is the whole hub), at any depth, each once.

        They come in no order. One that is added meanwhile may be missing. An error may come in the midst.
        """

    def read(self, name: str) -> bytes:
        """Return the bytes of an object, from where it lies rather than from memory; StoreMissing when there is none.

        What is torn where it lies may come back so: hold it against its name.
        """

    def add(self, name: str, data: bytes) -> bool:
        """Put an object, whole or not at all, and for good; False when one of the name stands there, which stays.

        Whether that is the same, or has been torn since, is for the caller to see.
        """

    def replace(self, name: str, data: bytes) -> None:
        """Put an object, whole or not at all, whatever stands there: to mend one that is not what its name says."""

    def size(self, name: str) -> int | None:
        """Return the size of an object in bytes; None when there is none."""

    def close(self) -> None:
        """Let go of what is held; may be called twice."""


def checked(name: str, data: bytes = b"") -> str:
    """Return the name of an object; raises BadInput when no hub can hold it, or so many bytes."""
    if not is_legal(name):
        raise BadInput(
            f"{name!r} is no name of an object in a hub: lower-case letters, digits, _, - and ., up to {_MOST_LETTERS}"
        )
    if len(data) > MOST_BYTES:
        raise BadInput(f"{name} has {len(data):,} bytes; an object of a hub has at most {MOST_BYTES:,}")
    return name


def checked_folder(folder: str) -> str:
    """Return the name of a folder without the slash at its end; "" is the whole hub."""
    return checked(folder.removesuffix("/")) if folder else ""


def is_legal(name: str) -> bool:
    """Say whether a hub can hold an object of this name."""
    return len(name) <= _MOST_LETTERS and _NAME.fullmatch(name) is not None


def held_to_most(what: str, size_bytes: int) -> None:
    """Raise HubRefused when what lies in a hub is larger than any object of one."""
    if size_bytes > MOST_BYTES:
        raise HubRefused(
            f"{what} has {size_bytes:,} bytes, and no object of a hub has more than {MOST_BYTES:,}: it is not ours"
        )
