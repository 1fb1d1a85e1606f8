"""Which picture files there are, and what their folders and a CSV tell of them.

DIR/<class>/…/<picture>     the folder's name is the class; folders inside it belong to it
groups.csv                  file,<burst|track|tile|session|…>: which pictures show one scene
bursts.csv                  file,burst,class,role: what an export writes; `class` is what a folder's name spells in per
                            cent, its lines stand in the order in which the pictures are to be tagged, and what lies
                            there besides, from an older export, it does not name
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from edge_brain import files, labels
from edge_brain.errors import BadInput
from edge_brain.exchange import spelling
from edge_brain.outcomes import Refused

_BURST_COLUMNS = ("session", "student", "scene", "tile", "track", "burst")  # the coarsest is independent
EXPORTED = ("file", "burst", "class", "role")  # the columns of an export's list, and of no other
_NOT_PICTURES = {".csv", ".db", ".html", ".ini", ".json", ".jsonl", ".md", ".pdf", ".txt", ".xml", ".yaml", ".yml"}


@dataclass(frozen=True)
class Item:
    """A picture file, its class where that is known, its burst where that is known."""

    path: Path
    label: str = ""
    burst: str | None = None
    inside: Path | None = None  # its path without that of its class's folder

    @property
    def name(self) -> str:
        """The path as text that can be printed and stored."""
        return files.printable(self.path)

    @property
    def own_name(self) -> str:
        """The part of the path that is the picture's own: what numbers are read from."""
        return files.printable(self.inside or self.path)


def picture_files(paths: Iterable[str | Path]) -> list[Path]:
    """Return the files that are named, whatever they are, and those in folders that may be pictures."""
    pictures, asked = list[Path](), [Path(path) for path in paths]
    for path in asked:
        if path.is_dir():
            pictures += [file for file in files.walk(path) if file.suffix.lower() not in _NOT_PICTURES]
        else:
            pictures.append(path)
    if asked and not pictures:
        raise BadInput(f"there is no picture in {', '.join(files.printable(path) for path in asked)}")
    return pictures


@dataclass(frozen=True)
class _Told:
    """What a CSV tells; files by their paths in the folder, folders by their names, both in Unicode's NFC."""

    bursts: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    places: dict[str, int] | None = None  # in which the files are to be tagged, and no others; None: all, as they lie


def classified(folder: Path, bursts: str | Path | None) -> tuple[list[Item], list[Refused]]:
    """Return the picture files of a folder for each class, and those that have no class."""
    if not folder.is_dir():
        raise BadInput(f"there is no folder {files.printable(folder)}")
    told = _read(Path(bursts)) if bursts else _Told()
    found, refused = list[tuple[int, Item]](), list[Refused]()
    for path in files.walk(folder):
        inside = path.relative_to(folder)
        if path.suffix.lower() in _NOT_PICTURES:
            continue
        if len(inside.parts) == 1:
            refused.append(Refused(files.printable(path), "it lies in no folder of a class"))
            continue
        name, top = _normal(inside.as_posix()), inside.parts[0]
        if told.places is not None and name not in told.places:
            refused.append(
                Refused(files.printable(path), f"{bursts} does not name it: add a line, or leave the list out")
            )
            continue
        try:
            label = told.classes.get(_normal(top)) or labels.checked(top)
        except BadInput as error:
            refused.append(Refused(files.printable(path), str(error)))
        else:
            item = Item(path, label, told.bursts.get(name), inside.relative_to(top))
            found.append((told.places[name] if told.places is not None else 0, item))
    items = [item for _, item in sorted(found, key=lambda each: each[0])]
    where = files.printable(folder)
    if not items:
        raise BadInput(f"{where} has no pictures in folders: give each class a folder of its own, like {where}/mug/")
    if told.bursts and not any(item.burst for item in items):
        raise BadInput(f"no file that {bursts} names is in {where}; its column `file` holds paths like mug/1.jpg")
    return items, refused


def _read(path: Path) -> _Told:
    """Read a CSV with the columns `file` and one of burst, track, tile, session …, or the list of an export."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path} cannot be read as CSV: {error}") from error
    columns = [name for name in (rows[0] if rows else ()) if name]
    others = [name for name in columns if name != "file"]
    named = [name for name in _BURST_COLUMNS if name in others] or (others if len(others) == 1 else [])
    if "file" not in columns or not named:
        raise BadInput(
            f"{path} has the columns {', '.join(columns) or 'none'}; "
            f"it needs `file` and one of {', '.join(_BURST_COLUMNS)}"
        )
    told = {_normal(row["file"]): row for row in rows if row["file"]}
    given = {name: row[named[0]] for name, row in told.items() if row[named[0]]}
    if tuple(columns) != EXPORTED:
        return _Told(given)
    classes = _classes_of_folders(path, {name: row["class"] for name, row in told.items() if row["class"]})
    return _Told(given, classes, {name: place for place, name in enumerate(told)})


def _classes_of_folders(path: Path, classes: dict[str, str]) -> dict[str, str]:
    """Return the class of each folder by those of the files in it; raise BadInput where they contradict its name."""
    found = dict[str, str]()
    for name, told in classes.items():
        folder, inside, _ = name.partition("/")
        if not inside:
            continue
        try:
            label = labels.checked(told)
        except BadInput as error:
            raise BadInput(f"{path} gives {name} a class that cannot be one: {error}") from error
        if not spelling.is_spelled(label, folder):
            raise BadInput(
                f"{path} says that {name} is of the class {label!r}, its folder says another; rename the folder to "
                f"`{spelling.spelled(label)}`, or take the columns `class` and `role` away: then folders are classes"
            )
        if found.setdefault(folder, label) != label:
            raise BadInput(f"{path} says of the folder {folder} that it is {found[folder]!r} and that it is {label!r}")
    return found


def _normal(name: str) -> str:
    """Return a name as it is compared: some systems take characters with accents apart."""
    return unicodedata.normalize("NFC", name)
