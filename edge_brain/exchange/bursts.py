"""A CSV beside pictures, of which those that show one scene are told.

groups.csv                  file,<burst|track|tile|session|…>: which pictures show one scene
bursts.csv                  file,burst,class,role: what an export writes; `class` is what a folder's name spells in per
                            cent, its lines stand in the order in which the pictures are to be tagged, and what lies
                            there besides, from an older export, it does not name
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from edge_brain import labels
from edge_brain.errors import BadInput
from edge_brain.exchange import spelling
from edge_brain.exchange.places import Archive, Place, normal

COLUMNS = ("session", "student", "scene", "tile", "track", "burst")  # the coarsest is independent
EXPORTED = ("file", "burst", "class", "role")  # the columns of an export's list, and of no other
LIST = "bursts.csv"  # what an export calls it


@dataclass(frozen=True)
class Told:
    """What a CSV tells, by the paths of files in Unicode's NFC."""

    path: str = ""
    bursts: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    places: dict[str, int] | None = None  # in which the files are to be tagged, and no others; None: all, as they lie

    def class_of(self, name: str, spelled: str, seen: dict[str, str]) -> str | None:
        """Return the class of a file, whose folder or list spells it so; BadInput where these contradict each other.

        `seen` holds what was found of each spelling so far.
        """
        label = self.classes.get(name)
        if label is None:
            return None
        if not spelling.is_spelled(label, spelled):
            raise BadInput(
                f"{self.path} says that {name} is of the class {label!r}, its folder says another; rename the "
                f"folder to `{spelling.spelled(label)}`, or take the columns `class` and `role` away: then folders "
                "are classes"
            )
        if seen.setdefault(spelled, label) != label:
            raise BadInput(
                f"{self.path} says of the folder {spelled} that it is {seen[spelled]!r} and that it is {label!r}"
            )
        return label


def read(path: Path) -> Told:
    """Read a CSV with the columns `file` and one of burst, track, tile, session …, or the list of an export."""
    try:
        return _read(path.read_bytes(), str(path))
    except OSError as error:
        raise BadInput(f"{path} cannot be read as CSV: {error.strerror or error}") from error


def lying_in(place: Place) -> Told:
    """Read the list of an export that lies in a ZIP, to which nobody has added anything since; else tell nothing."""
    if not (isinstance(place, Archive) and place.has(LIST)):
        return Told()
    data = place.document(LIST)
    return _read(data, place.called(LIST)) if data.startswith((",".join(EXPORTED) + "\n").encode()) else Told()


def _read(data: bytes, called: str) -> Told:
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{called} cannot be read as CSV: {error}") from error
    columns = [name for name in (rows[0] if rows else ()) if name]
    others = [name for name in columns if name != "file"]
    named = [name for name in COLUMNS if name in others] or (others if len(others) == 1 else [])
    if "file" not in columns or not named:
        raise BadInput(
            f"{called} has the columns {', '.join(columns) or 'none'}; it needs `file` and one of {', '.join(COLUMNS)}"
        )
    told = {normal(row["file"]): row for row in rows if row["file"]}
    given = {name: row[named[0]] for name, row in told.items() if row[named[0]]}
    if tuple(columns) != EXPORTED:
        return Told(called, given)
    classes = {name: _class(called, name, row["class"]) for name, row in told.items() if row["class"]}
    return Told(called, given, classes, {name: place for place, name in enumerate(told)})


def _class(path: str, name: str, label: str) -> str:
    try:
        return labels.checked(label)
    except BadInput as error:
        raise BadInput(f"{path} gives {name} a class that cannot be one: {error}") from error


def written(lines: Iterable[Sequence[object]]) -> bytes:
    """Return the list of an export: file, burst, class and role of each picture."""
    return as_csv(EXPORTED, lines)


def as_csv(head: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(lines)
    return text.getvalue().encode()
