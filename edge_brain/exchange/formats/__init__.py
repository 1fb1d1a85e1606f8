"""The ways in which people keep pictures and their classes, one module each; here is found out which one it is.

a list that is named, or lies at the top, and is known  ─> the format that knows it
train/, validation/ with such lists or with classes     ─> each by itself; the second is reserved
else                                                    ─> a folder for each class
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from edge_brain.errors import BadInput
from edge_brain.exchange import documents
from edge_brain.exchange.documents import Document
from edge_brain.exchange.formats import folders
from edge_brain.exchange.formats.coco import COCO
from edge_brain.exchange.formats.fiftyone import FIFTYONE
from edge_brain.exchange.formats.folders import FOLDER, TEACHABLE
from edge_brain.exchange.formats.format import Format, Layout, Told, role_of
from edge_brain.exchange.formats.labelstudio import LABELSTUDIO
from edge_brain.exchange.formats.tables import CSV, IMAGEFOLDER, JSONL, METADATA
from edge_brain.exchange.items import Listing
from edge_brain.exchange.places import Place, may_be_picture
from edge_brain.records import Role

__all__ = ["FORMATS", "Format", "Layout", "Told", "named", "read"]

_Reading: TypeAlias = Callable[[Place], Listing]
FORMATS = {each.name: each for each in (FOLDER, FIFTYONE, LABELSTUDIO, COCO, CSV, JSONL, IMAGEFOLDER, TEACHABLE)}
_TABLES = (
    *METADATA,
    "labels.csv",
    "labels.jsonl",
)  # that are looked for; others may be of anything, and are to be named


def named(form: str) -> Format:
    """Return a format by its name."""
    if form not in FORMATS:
        raise BadInput(f"there is no format {form!r}; known are {', '.join(FORMATS)}")
    return FORMATS[form]


def read(place: Place, listed: str = "", form: str | None = None) -> Listing:
    """Return what is told of the pictures in a place: by the list `listed`, or by what is found.

    `form` says which format it is. Raises BadInput where nothing is known, or where several lists could be meant.
    """
    wanted = [named(form)] if form else list(FORMATS.values())
    if listed:
        found = _known(documents.read(place, listed), wanted)
        if found is None:
            raise BadInput(
                f"{place.called(listed)} is no list of pictures, as {' or '.join(each.name for each in wanted)} has "
                "it; a table needs a column `file`, and one called `label`"
            )
        return found(place)
    if splits := _splits(place):
        return _joined([(split, role_of(split), _read(place.below(split), wanted)) for split in splits])
    return _read(place, wanted)


def _read(place: Place, wanted: Sequence[Format]) -> Listing:
    """Read the list that lies at the top of a place; where there is none, folders are classes."""
    found = dict[str, _Reading]()
    if any(each.read for each in wanted):
        tops = [name for name in place.names() if "/" not in name]
        lists = [name for name in tops if name in _TABLES or name.lower().endswith(".json")]
        readings = {name: _known(documents.read(place, name), wanted) for name in lists}
        found = {name: reading for name, reading in readings.items() if reading}
    if len(found) > 1:
        raise BadInput(f"{place.called()} has several lists, {', '.join(found)}: give the one that is meant")
    if found:
        return next(iter(found.values()))(place)
    if not any(each.by_folders for each in wanted):
        raise BadInput(f"{place.called()} has no list as {wanted[0].name} has it: {wanted[0].about}")
    return folders.read(place)


def _known(document: Document, wanted: Sequence[Format]) -> _Reading | None:
    """Return how to read a place by a document; None where it is no list of pictures."""
    for each in wanted:
        if each.read and each.knows(document):
            read = each.read
            return lambda place: read(place, document)
    return None


def _splits(place: Place) -> list[str]:
    """Return the folders at the top where they are parts that others train with and test with, and hold classes."""
    names = [name.split("/") for name in place.names() if "/" in name]
    tops = {parts[0] for parts in names}
    roles = {top: role_of(top) for top in tops}
    if None in roles.values() or "learned" not in roles.values():
        return []
    told = {parts[0] for parts in names if len(parts) == 2 and documents.may_be_one(parts[1])}
    flat = {parts[0] for parts in names if len(parts) == 2 and may_be_picture(parts[1])}
    return sorted(tops) if flat <= told else []


def _joined(parts: Sequence[tuple[str, Role | None, Listing]]) -> Listing:
    """Return the listings of parts as one, each entry with the role of its part."""
    entries = [
        replace(entry, name=f"{split}/{entry.name}", role=role) for split, role, part in parts for entry in part.entries
    ]
    return Listing(entries, [each for _, _, part in parts for each in part.refused])
