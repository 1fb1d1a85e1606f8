"""The ways in which people keep pictures and their classes, one module each; here is found out which one it is.

a list that is named, or lies at the top, and is known  ─> the format that knows it
train/ beside validation/ or test/, with lists or classes in them  ─> each by itself; but train is reserved
else                                                    ─> a folder for each class
"""

from __future__ import annotations

import re
from collections import Counter
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
from edge_brain.exchange.formats.format import Format, Layout, Written, role_of
from edge_brain.exchange.formats.labelstudio import LABELSTUDIO
from edge_brain.exchange.formats.tables import CSV, IMAGEFOLDER, JSONL, METADATA
from edge_brain.exchange.items import Listing
from edge_brain.exchange.places import OF_COCO, Place, may_be_list, may_be_picture
from edge_brain.outcomes import Refused

__all__ = ["FORMATS", "Format", "Layout", "Written", "named", "read"]

_Reading: TypeAlias = Callable[[Place], Listing]
FORMATS = {each.name: each for each in (FOLDER, FIFTYONE, LABELSTUDIO, COCO, CSV, JSONL, IMAGEFOLDER, TEACHABLE)}
_ROWS = (CSV, JSONL, IMAGEFOLDER)
# tables that are looked for: others may be of anything, and have to be named
_TABLES = (*METADATA, "labels.csv", "labels.jsonl")
_LISTS = (*_TABLES, "labels.json", "tasks.json", "annotations.json")  # what is called so is one, also when it is torn
_OLDER = re.compile(r"(.*)-\d+(\.json)")  # what an export calls a list that it has written before


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
        reading = _known(documents.read(place, listed), wanted)
        if reading is None:
            raise BadInput(
                f"{place.called(listed)} is no list of pictures, as {' or '.join(each.name for each in wanted)} has "
                "it; a table needs a column `file`, and one called `label`"
            )
        return _with_parts(reading(place))
    if (told := _by_list(place, wanted)) is not None:
        return _with_parts(told)
    if splits := _splits(place):
        return _joined([(split, _by_list_or_folders(place.below(split), wanted)) for split in splits])
    return _by_folders(place, wanted)


def _by_list(place: Place, wanted: Sequence[Format]) -> Listing | None:
    """Return what the list at the top of a place tells; None where none is known."""
    if not any(each.read for each in wanted):
        return None
    found, unread = dict[str, _Reading](), list[Refused]()
    tops = [name for name in place.names() if "/" not in name]
    for name in tops:
        older = _OLDER.fullmatch(name)
        if not (name in _TABLES or name.lower().endswith(".json")) or (older and f"{older[1]}{older[2]}" in tops):
            continue
        try:
            document = documents.read(place, name)
        except BadInput as error:
            if name in _LISTS:
                raise
            unread.append(Refused(place.called(name), str(error)))  # a stray: nobody has called it a list of pictures
            continue
        if reading := _known(document, wanted if name in _TABLES else [each for each in wanted if each not in _ROWS]):
            found[name] = reading
    if len(found) > 1:
        raise BadInput(f"{place.called()} has several lists, {', '.join(found)}: give the one that is meant")
    if unread and not found and len({name.split("/")[0] for name in place.names() if "/" in name}) < 2:
        raise BadInput(unread[0].reason)  # without it all would be of one class
    return next(iter(found.values()))(place) if found else None


def _by_list_or_folders(place: Place, wanted: Sequence[Format]) -> Listing:
    told = _by_list(place, wanted)
    return _by_folders(place, wanted) if told is None else told


def _by_folders(place: Place, wanted: Sequence[Format]) -> Listing:
    if not any(each.by_folders for each in wanted):
        raise BadInput(f"{place.called()} has no list as {wanted[0].name} has it: {wanted[0].about}")
    names = place.names()
    within = [name for name in names if name.startswith(f"{OF_COCO}/")]
    if len(wanted) > 1 and within and not any(map(may_be_picture, within)) and any(map(may_be_list, within)):
        raise BadInput(f"{place.called()} has its lists in {OF_COCO}/: give the one that is meant, {within[0]}")
    return folders.read(place)


def _known(document: Document, wanted: Sequence[Format]) -> _Reading | None:
    """Return how to read a place by a document; None where it is no list of pictures."""
    for each in wanted:
        if each.read and each.knows(document):
            read = each.read
            return lambda place: read(place, document)
    return None


def _splits(place: Place) -> list[str]:
    """Return the folders at the top that are parts, where one is to train with and one to test with, and no class lies
    beside them. What lies open in a part, where it is not told of by a list, is a stray.
    """
    parts = [name.split("/") for name in place.names() if "/" in name and (may_be_picture(name) or may_be_list(name))]
    shown = Counter((top, len(rest) > 1) for top, *rest in parts if may_be_picture(rest[-1]))
    listed = {top for top, *rest in parts if len(rest) == 1 and may_be_list(rest[0])}
    tops = dict.fromkeys(top for top, *rest in parts if may_be_picture(rest[-1]))
    are_parts = all(role_of(top) and (top in listed or shown[top, True] > shown[top, False]) for top in tops)
    return list(tops) if are_parts and {role_of(top) for top in tops} == {"learned", "reserved"} else []


def _with_parts(told: Listing) -> Listing:
    """Return a listing whose entries have the role of the part that they lie in, where nothing else is told."""
    entries = [replace(each, role=each.role or role_of(each.name.split("/")[0])) for each in told.entries]
    return replace(told, entries=entries)


def _joined(parts: Sequence[tuple[str, Listing]]) -> Listing:
    """Return the listings of parts as one, each entry with the role of its part."""
    entries = [
        replace(entry, name=f"{split}/{entry.name}", role=role_of(split))
        for split, part in parts
        for entry in part.entries
    ]
    return Listing(entries, [each for _, part in parts for each in part.refused])
