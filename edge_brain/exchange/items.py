"""Which picture files there are, and what their folders and a CSV tell of them.

DIR/<class>/…/<picture>     the folder's name is the class; folders inside it belong to it
groups.csv                  file,<burst|track|tile|session|…>: which pictures show one scene
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edge_brain import files, labels
from edge_brain.errors import BadInput
from edge_brain.records import Refused

_BURST_COLUMNS = ("session", "student", "scene", "tile", "track", "burst")  # the coarsest is independent
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


def classified(folder: Path, bursts: str | Path | None) -> tuple[list[Item], list[Refused]]:
    """Return the picture files of a folder for each class, and those that have no class."""
    if not folder.is_dir():
        raise BadInput(f"there is no folder {files.printable(folder)}")
    named = _read_bursts(Path(bursts)) if bursts else {}
    items, refused = list[Item](), list[Refused]()
    for path in files.walk(folder):
        inside = path.relative_to(folder)
        if path.suffix.lower() in _NOT_PICTURES:
            continue
        if len(inside.parts) == 1:
            refused.append(Refused(files.printable(path), "it lies in no folder of a class"))
            continue
        try:
            label = labels.checked(inside.parts[0])
        except BadInput as error:
            refused.append(Refused(files.printable(path), str(error)))
        else:
            items.append(Item(path, label, named.get(inside.as_posix()), inside.relative_to(inside.parts[0])))
    where = files.printable(folder)
    if not items:
        raise BadInput(f"{where} has no pictures in folders: give each class a folder of its own, like {where}/mug/")
    if named and not any(item.burst for item in items):
        raise BadInput(f"no file that {bursts} names is in {where}; its column `file` holds paths like mug/1.jpg")
    return items, refused


def _read_bursts(path: Path) -> dict[str, str]:
    """Return file → burst of a CSV with the columns `file` and one of burst, track, tile, session …"""
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
    return {row["file"]: row[named[0]] for row in rows if row["file"] and row[named[0]]}
