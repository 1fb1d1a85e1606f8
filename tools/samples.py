"""Find real pictures: `<set>/<class>/<picture>`, and groups.csv that says which of them show one scene.

Refuses to download. The folder is `$EDGE_BRAIN_DATA`, else ../shared/data beside the repository.
"""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path

SCENES = ("burst", "track", "tile", "session", "scene", "student")  # columns of groups.csv


@dataclass(frozen=True)
class Sample:
    """A picture of a set."""

    path: Path
    label: str
    scenes: dict[str, str] = field(default_factory=dict)  # column of groups.csv → scene


def data_folder() -> Path:
    """Return the folder of all sets; it need not exist."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    return Path(os.environ.get("EDGE_BRAIN_DATA") or beside)


def read(folder: Path) -> list[Sample]:
    """Return the pictures of a set in the order of their names, with the scenes that are known."""
    groups: dict[str, dict[str, str]] = {}
    if (folder / "groups.csv").is_file():
        with (folder / "groups.csv").open(newline="", encoding="utf-8") as file:
            groups = {row["file"]: {name: row[name] for name in SCENES if row.get(name)} for row in csv.DictReader(file)}
    return [
        Sample(path, inside.name, groups.get(f"{inside.name}/{path.name}", {}))
        for inside in sorted(path for path in folder.iterdir() if path.is_dir())
        for path in sorted(path for path in inside.iterdir() if path.is_file())
    ]
