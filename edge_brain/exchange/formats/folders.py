"""A folder for each class: DIR/<class>/…/<picture>, where folders inside a class belong to it.

Teachable Machine's name the classes once more in `labels.txt`, a number before each.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from edge_brain.errors import BadInput
from edge_brain.exchange import bursts
from edge_brain.exchange.formats.format import Format, Layout, Written
from edge_brain.exchange.items import Entry, Listing
from edge_brain.exchange.places import Place, may_be_picture
from edge_brain.outcomes import Refused
from edge_brain.records import Frame

LABELS = "labels.txt"


def read(place: Place) -> Listing:
    """Return what the folders tell; BadInput where there are no pictures in any."""
    entries, refused = list[Entry](), list[Refused]()
    for name in place.names():
        top, _, inside = name.partition("/")
        if not may_be_picture(name):
            continue
        if inside:
            entries.append(Entry(name, top, inside=inside))
        else:
            refused.append(Refused(place.called(name), "it lies in no folder of a class"))
    if not entries:
        where = place.called()
        raise BadInput(
            f"{where} has no pictures in folders: give each class a folder of its own, like {where}/mug/{_model(place)}"
        )
    return Listing(entries, refused)


def _model(place: Place) -> str:
    """Return what to say of a trained model that somebody takes for the pictures that it was trained with."""
    if not place.has(LABELS):
        return ""
    lines = place.document(LABELS).decode("utf-8", "replace").split("\n")
    classes = [re.sub(r"^\d+ ", "", line.strip()) for line in lines if line.strip()]
    return (
        f". It holds a model of the classes {', '.join(classes[:10])}: pictures are what is learned from; bring those "
        "that it was trained with"
    )


def _by_class(frame: Frame, folder: str) -> str:
    return f"{folder}/{frame.id}{frame.suffix}"


def _list(told: Sequence[Written]) -> dict[str, bytes]:
    return {bursts.LIST: bursts.written((each.name, each.frame.burst, each.label, each.role) for each in told)}


def _with_labels(told: Sequence[Written]) -> dict[str, bytes]:
    classes = sorted({each.label for each in told})
    text = "".join(f"{number} {label}\n" for number, label in enumerate(classes))
    return {**_list(told), LABELS: text.encode()}


FOLDER = Format("folder", "a folder for each class, and bursts.csv", Layout(_by_class, _list), by_folders=True)
TEACHABLE = Format(
    "teachable", "a folder for each class, and labels.txt, as for Teachable Machine", Layout(_by_class, _with_labels),
    by_folders=True,
)  # fmt: skip
