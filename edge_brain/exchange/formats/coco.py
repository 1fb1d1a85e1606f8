"""COCO's lists, as far as they tell of whole pictures.

    annotations.json    {"images": [{"id": 1, "file_name": "images/1.jpg", …}],
                         "categories": [{"id": 1, "name": "mug"}],
                         "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": …}]}

Boxes are passed over: a picture whose annotations are all of one category is of that class, any other is set aside.
What is written has a box around the whole picture, as many readers ask for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from edge_brain.exchange.documents import Document
from edge_brain.exchange.formats.format import Finder, Format, Layout, Written, as_json, image, text_of
from edge_brain.exchange.items import Entry, Listing
from edge_brain.exchange.places import Place
from edge_brain.outcomes import Refused

_PARTS = ("images", "annotations", "categories")
_ABOUT = "images/ and annotations.json, COCO's, with a class for the whole picture"


def knows(document: Document) -> bool:
    """Say whether a document is such a list."""
    return isinstance(document.value, dict) and all(isinstance(document.value.get(part), list) for part in _PARTS)


def read(place: Place, document: Document) -> Listing:
    """Return what it tells."""
    images, annotations, categories = (
        [each for each in document.value[part] if isinstance(each, dict)] for part in _PARTS
    )
    names = {text_of(each.get("id")): text_of(each.get("name")) for each in categories}
    found = dict[str, dict[str, None]]()
    for each in annotations:
        label = names.get(text_of(each.get("category_id")), "")
        found.setdefault(text_of(each.get("image_id")), {})[label] = None
    finder = Finder(place, (text_of(each.get("file_name")) for each in images))
    entries, refused = list[Entry](), list[Refused]()
    for each in images:
        told = text_of(each.get("file_name"))
        name, shown = finder.find(told), [label for label in found.get(text_of(each.get("id")), ()) if label]
        if name is None:
            refused.append(Refused(told or place.called(document.name), "it is not there, or several have the name"))
        elif len(shown) != 1:
            refused.append(Refused(place.called(name), _why_none(shown)))
        else:
            entries.append(Entry(name, shown[0]))
    return Listing(entries, refused)


def _why_none(shown: Sequence[str]) -> str:
    if not shown:
        return "no class is told of it"
    return f"it shows several classes: {', '.join(shown[:5])}; one class a picture can be learned"


def _lists(told: Sequence[Written]) -> dict[str, bytes]:
    classes = sorted({each.label for each in told})
    number = {label: place for place, label in enumerate(classes, 1)}
    document: dict[str, Any] = {
        "info": {"description": "Exported by edge_brain"},
        "images": [
            {"id": place, "file_name": each.name, "width": each.frame.width, "height": each.frame.height}
            for place, each in enumerate(told, 1)
        ],
        "categories": [{"id": place, "name": label, "supercategory": ""} for label, place in number.items()],
        "annotations": [
            {
                "id": place, "image_id": place, "category_id": number[each.label], "iscrowd": 0, "segmentation": [],
                "bbox": [0, 0, each.frame.width, each.frame.height], "area": each.frame.width * each.frame.height,
            }
            for place, each in enumerate(told, 1)
        ],
    }  # fmt: skip
    return {"annotations.json": as_json(document)}


COCO = Format("coco", _ABOUT, Layout(image, _lists), knows, read)
