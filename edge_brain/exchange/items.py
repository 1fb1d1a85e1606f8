"""Which picture files come in, and what is told of each: by folders, by a list, by a CSV of scenes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edge_brain import files, labels
from edge_brain.errors import BadInput
from edge_brain.exchange.bursts import Told
from edge_brain.exchange.places import Packed, Place, may_be_picture, normal
from edge_brain.outcomes import Refused
from edge_brain.records import Role


@dataclass(frozen=True)
class Item:
    """A picture file, its class where that is known, its burst where that is known."""

    path: Path | Packed
    label: str = ""
    burst: str | None = None
    inside: str | None = None  # its path without that of its class's folder
    role: Role | None = None  # of its burst, where that has none yet and somebody has decided it

    @property
    def name(self) -> str:
        """The path as text that can be printed and stored."""
        return files.printable(str(self.path))

    @property
    def own_name(self) -> str:
        """The part of the path that is the picture's own: what numbers are read from."""
        return files.printable(self.inside) if self.inside else self.name


@dataclass(frozen=True)
class Entry:
    """What a list, or a folder, tells of one picture."""

    name: str  # its path in the place
    label: str  # as it is told: a folder's name may spell it
    role: Role | None = None
    burst: str | None = None
    inside: str | None = None


@dataclass(frozen=True)
class Listing:
    """What is told of the pictures of a place, in the order in which they are to be tagged."""

    entries: list[Entry]
    refused: list[Refused]


def picture_files(paths: Iterable[str | Path]) -> list[Path]:
    """Return the files that are named, whatever they are, and those in folders that may be pictures."""
    pictures, asked = list[Path](), [Path(path) for path in paths]
    for path in asked:
        if path.is_dir():
            pictures += [file for file in files.walk(path) if may_be_picture(file.name)]
        else:
            pictures.append(path)
    if asked and not pictures:
        raise BadInput(f"there is no picture in {', '.join(files.printable(path) for path in asked)}")
    return pictures


def told_of(place: Place, listing: Listing, told: Told) -> tuple[list[Item], list[Refused]]:
    """Return the pictures of a place with all that is told of them, by it and by a CSV, and what is set aside.

    Raises BadInput where the two contradict each other.
    """
    found, refused, spelled = list[tuple[int, Item]](), list(listing.refused), dict[str, str]()
    decided = any(entry.role == "reserved" for entry in listing.entries)  # else there is nothing to test with
    for entry in listing.entries:
        name, called = normal(entry.name), place.called(entry.name)
        if told.places is not None and name not in told.places:
            refused.append(Refused(called, f"{told.path} does not name it: add a line, or leave the list out"))
            continue
        agreed = told.class_of(name, entry.label, spelled)
        try:
            label = labels.checked(agreed or entry.label)
            burst = told.bursts.get(name) or (labels.checked(entry.burst, "burst") if entry.burst else None)
        except BadInput as error:
            refused.append(Refused(called, str(error)))
        else:
            item = Item(place.at(entry.name), label, burst, entry.inside, entry.role if decided else None)
            found.append((told.places[name] if told.places is not None else 0, item))
    items = [item for _, item in sorted(found, key=lambda each: each[0])]
    if told.bursts and items and not any(item.burst for item in items):
        raise BadInput(
            f"no file that {told.path} names is in {place.called()}; its column `file` holds paths like mug/1.jpg"
        )
    return items, refused
