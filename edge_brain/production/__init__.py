"""Production: the release that a device's camera app runs, while its brain is tagged on. In a brain's folder:

    production/production.json             which release answers, which did before; replaced whole, by one rename
    production/00000007-<sha256>.brain     the two releases, byte for byte as they were made

    a file, bytes ─ taking: may it answer here? ─> shelf: the file, durably, then production.json ─> all who run it

Whenever the power goes, production.json is the old one or the new one, and the releases that either names are whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NAME = re.compile(r"(?:.*/)?([0-9]{8,10})-([0-9a-f]{64})\.brain")


@dataclass(frozen=True)
class Entry:
    """A release in production, now or before."""

    number: int
    sha256: str  # of the file, hex
    signed_by: str | None  # the public key, hex, by which its signature was right when it was taken
    since: float  # wall time, seconds since 1970, at which it was put there

    @property
    def name(self) -> str:
        """The name of its file, here and in a hub's releases/."""
        return name_of(self.number, self.sha256)


@dataclass(frozen=True)
class Standing:
    """What production.json says."""

    current: Entry
    previous: Entry | None
    highest: int  # the greatest number that was ever taken


def name_of(number: int, sha256: str) -> str:
    """Return the name of a release's file."""
    return f"{number:08d}-{sha256}.brain"


def named(name: str) -> tuple[int, str] | None:
    """Return number and SHA-256 of a file so named, wherever it lies; None for another name."""
    found = _NAME.fullmatch(name)
    return (int(found[1]), found[2]) if found and int(found[1]) else None


def which(names: Iterable[str], above: int) -> list[str]:
    """Return those names of releases, such as a hub's, that are worth fetching: greater numbers, the greatest first.

    `above` is `Production.highest`, or 0: what was taken once and rolled back is not to come again by itself.
    """
    wanted = [(told[0], name) for name in names if (told := named(name)) is not None and told[0] > above]
    return [name for _, name in sorted(wanted, reverse=True)]
