"""A table of a settings file: its keys are taken, each as its kind reads it; what is wrong is told by its key.

A size is text such as "2 GB", a span of time such as "10m": a bare number would leave its unit to be guessed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from edge_brain.errors import BadInput
from edge_brain.units import size_bytes, span_s

T = TypeVar("T")
Q = TypeVar("Q", int, float)
D = TypeVar("D")


@dataclass(frozen=True)
class Kind(Generic[T]):
    """What a key may hold: what to say it is, and how to read it; None when it is not that."""

    allowed: str
    read: Callable[[Any], T | None]


class Table:
    """One table of the file; its keys are taken, and what is left over is unknown."""

    def __init__(self, values: dict[str, Any], where: str, *, secret: bool = False) -> None:
        """`secret` is for a table in which a password may stand, at the wrong place, too: no value is shown."""
        self._values, self._where, self._secret = dict(values), where, secret
        self._known: list[str] = []

    def take(self, key: str, kind: Kind[T], default: D) -> T | D:
        """Return the value of a key, or the default where it is not given."""
        self._known.append(key)
        return self._read(key, kind) if key in self._values else default

    def need(self, key: str, kind: Kind[T], example: str) -> T:
        """Return the value of a key that has to be given."""
        self._known.append(key)
        if key not in self._values:
            raise BadInput(f"{self._where} lacks {key}; it must be {kind.allowed}, such as {key} = {example}")
        return self._read(key, kind)

    def _read(self, key: str, kind: Kind[T]) -> T:
        given = self._values.pop(key)
        value = kind.read(given)
        if value is None:
            raise BadInput(f"{self._where}: {key} is {self._shown(given)}; it must be {kind.allowed}")
        return value

    def end(self, *tables: str) -> None:
        """Raise BadInput for a key that nobody has taken; `tables` are known, too, and were taken before."""
        for key, value in self._values.items():  # which may be a password, or a table misspelt that holds one
            known = ", ".join([*self._known, *tables])
            raise BadInput(f"{self._where} has {key}, {called(value)}, which is not known; known: {known}")

    def _shown(self, value: Any) -> str:
        hidden = self._secret or "@" in str(value)  # before which a URL has its password
        return "…" if hidden else shown(value)


def whole(least: int, most: int) -> Kind[int]:
    """Return the kind of whole numbers between two, which are of it."""
    return Kind(
        f"a whole number from {least} to {most}",
        lambda value: value if type(value) is int and least <= value <= most else None,
    )


def size(least: int) -> Kind[int]:
    """Return the kind of sizes, in bytes, from the least on."""
    more = f", {least / 10**6:g} MB at least" if least else ""
    return Kind(f'a size such as "500 MB" or "2 GiB"{more}', lambda value: measured(value, size_bytes, least))


def span(least: float) -> Kind[float]:
    """Return the kind of spans of time, in seconds, from the least on."""
    return Kind('a span of time such as "2s", "500ms", "10m" or "1h"', lambda value: measured(value, span_s, least))


def measured(value: Any, read: Callable[[str], Q | None], least: float) -> Q | None:
    """Return what a text measures; None for what is none, or less than the least."""
    number = read(value) if isinstance(value, str) else None
    return number if number is not None and number >= least else None


def one_of(words: tuple[T, ...]) -> Kind[T]:
    """Return the kind of a choice."""
    return Kind("one of " + ", ".join(map(repr, words)), lambda value: value if value in words else None)


def text(value: Any) -> str | None:
    """Return a text of one line that is not empty; None for all else."""
    return value if isinstance(value, str) and value.strip() and value.isprintable() else None


TEXT = Kind("text", text)
YES_NO: Kind[bool] = Kind("true or false", lambda value: value if isinstance(value, bool) else None)


def called(value: Any) -> str:
    """Return what kind of value the file holds, for messages that must not show it."""
    kinds = ((bool, "true or false"), (str, "a text"), (int | float, "a number"), (list, "a list"), (dict, "a table"))
    return next((kind for types, kind in kinds if isinstance(value, types)), "a time")


def shown(value: Any) -> str:
    """Return a value as the file spells it, or nearly, cut where it is long."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
