"""Tables: CSV, JSON lines, and the metadata files of Hugging Face's image folders; a line for each picture.

    labels.csv        file,label,burst,split
    labels.jsonl      {"file": "images/1.jpg", "label": "mug", "burst": "shelf", "split": "train"}
    metadata.jsonl    {"file_name": "1.jpg", "label": "mug"}

Columns are known by the names that people give them. Files are paths from where the list lies. Without a label the
folder in which a picture lies is its class. `split` train is learned, validation and test are reserved; so says `role`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from edge_brain.errors import BadInput
from edge_brain.exchange import bursts
from edge_brain.exchange.documents import Document
from edge_brain.exchange.formats.format import Finder, Format, Layout, Written, image, role_of, split_of, text_of
from edge_brain.exchange.items import Entry, Listing
from edge_brain.exchange.places import Place, inside
from edge_brain.outcomes import Refused
from edge_brain.records import Frame

METADATA = ("metadata.csv", "metadata.jsonl")  # of an image folder
_FILE = ("file", "file_name", "filename", "filepath", "file_path", "path", "image", "image_path")
_LABEL = ("label", "class", "class_name", "category", "tag")
_SPLIT = ("role", "split", "subset", "set")
_SPELLINGS = {"file": _FILE, "label": _LABEL, "burst": bursts.COLUMNS, "role": _SPLIT}
_COLUMNS = ("file", "label", "burst", "split")


def knows(document: Document) -> bool:
    """Say whether a document is a table of pictures."""
    rows = document.value
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        return False
    return _column(rows[0], _FILE) is not None


def read(place: Place, document: Document) -> Listing:
    """Return what a table tells."""
    called, finder, told = place.called(document.name), Finder(place), [_told(row) for row in document.value]
    entries, refused = list[Entry](), list[Refused]()
    for number, row in enumerate(told, 1):
        if (name := finder.lying(row["file"])) is None:
            leads = "it is not there" if inside(row["file"]) else "it leads elsewhere, or nowhere"
            what = row["file"] or f"{called}, line {number}"
            refused.append(Refused(what, f"{leads}; files are paths from where the list lies"))
        elif not (label := row.get("label", name.rpartition("/")[0].rpartition("/")[2])):
            refused.append(Refused(place.called(name), f"{called} tells no class of it"))
        else:
            entries.append(Entry(name, label, role_of(row.get("role", "")), row.get("burst")))
    if not entries and "label" not in told[0]:
        columns = ", ".join(str(name) for name in document.value[0] if name)
        raise BadInput(f"{called} has the columns {columns}; it needs one of {', '.join(_LABEL)}")
    return Listing(entries, refused)


def _told(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what a line tells, by the names of our own columns."""
    found = {name: _column(row, spellings) for name, spellings in _SPELLINGS.items()}
    return {"file": "", **{name: text_of(row[column]) for name, column in found.items() if column}}


def _column(row: Mapping[str, Any], wanted: Sequence[str]) -> str | None:
    """Return the first column of these, however it is written."""
    there = {str(name).strip().lower(): name for name in row if name}
    return next((there[name] for name in wanted if name in there), None)


# ── written ─────────────────────────────────────────────────────────────────────────────────────


def _lines(told: Sequence[Written]) -> list[tuple[str, str, str, str]]:
    return [(each.name, each.label, each.frame.burst, split_of(each.frame)) for each in told]


def _as_csv(told: Sequence[Written]) -> dict[str, bytes]:
    return {"labels.csv": bursts.as_csv(_COLUMNS, _lines(told))}


def _as_jsonl(told: Sequence[Written]) -> dict[str, bytes]:
    lines = (json.dumps(dict(zip(_COLUMNS, line, strict=True)), ensure_ascii=False) + "\n" for line in _lines(told))
    return {"labels.jsonl": "".join(lines).encode()}


def _by_split(frame: Frame, folder: str) -> str:
    return f"{split_of(frame)}/{folder}/{frame.id}{frame.suffix}"


CSV = Format("csv", "images/ and labels.csv, with a line for each picture", Layout(image, _as_csv), knows, read)
JSONL = Format("jsonl", "images/ and labels.jsonl, with a line for each picture", Layout(image, _as_jsonl), knows, read)
IMAGEFOLDER = Format(
    "imagefolder", "train/ and validation/, with a folder for each class, as Hugging Face's datasets load it",
    Layout(_by_split, lambda told: {}, has_list=False), knows, read, by_folders=True,
)  # fmt: skip
