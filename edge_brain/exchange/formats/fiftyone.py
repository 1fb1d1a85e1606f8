"""FiftyOne's image classification datasets.

labels.json    {"classes": ["cup", "mug"], "labels": {"1": 0, "2": "mug"}}
data/1.jpg     a picture is named by its file without the ending, or by its path in data/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edge_brain.exchange.documents import Document
from edge_brain.exchange.formats.format import Format, Layout, Written, as_json, text_of
from edge_brain.exchange.items import Entry, Listing
from edge_brain.exchange.places import Place
from edge_brain.outcomes import Refused
from edge_brain.records import Frame

_ABOUT = "data/ and labels.json, FiftyOne's image classification"


def knows(document: Document) -> bool:
    """Say whether a document is such a list."""
    return isinstance(document.value, dict) and isinstance(document.value.get("labels"), dict)


def read(place: Place, document: Document) -> Listing:
    """Return what it tells."""
    classes = document.value.get("classes")
    entries, refused, files = list[Entry](), list[Refused](), _by_key(place)
    for key, target in document.value["labels"].items():
        label, name = _label(target, classes if isinstance(classes, list) else []), files.get(key)
        if name is None:
            refused.append(Refused(place.called(f"data/{key}"), "it is not there, or several files have the name"))
        elif label is None:
            refused.append(Refused(place.called(name), f"{place.called(document.name)} tells no one class of it"))
        else:
            entries.append(Entry(name, label))
    return Listing(entries, refused)


def _by_key(place: Place) -> dict[str, str | None]:
    """Return the files by what the list may call them; None for what could be several."""
    found = dict[str, str | None]()
    for name in place.names():
        path = name.removeprefix("data/")
        for key in {path, path.rpartition(".")[0]}:
            found[key] = None if key in found else name
    return found


def _label(target: Any, classes: Sequence[Any]) -> str | None:
    if isinstance(target, dict):
        target = target.get("label")
    if isinstance(target, int) and not isinstance(target, bool) and classes:
        return text_of(classes[target]) or None if 0 <= target < len(classes) else None
    return text_of(target) or None


def _name(frame: Frame, _: str) -> str:
    return f"data/{frame.id}{frame.suffix}"


def _lists(told: Sequence[Written]) -> dict[str, bytes]:
    classes = sorted({each.label for each in told})
    number = {label: place for place, label in enumerate(classes)}
    return {"labels.json": as_json({
        "classes": classes, "labels": {each.frame.id: number[each.label] for each in told},
    })}  # fmt: skip


FIFTYONE = Format("fiftyone", _ABOUT, Layout(_name, _lists), knows, read)
