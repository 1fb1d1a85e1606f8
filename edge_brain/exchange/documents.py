"""Lists that lie beside pictures and tell of them: JSON, JSON lines and CSV, as whoever wrote them has spelled them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from edge_brain.errors import BadInput
from edge_brain.exchange.places import Place

_LINES = (".jsonl", ".ndjson")
_ENDINGS = (".json", ".csv", ".tsv", *_LINES)


@dataclass(frozen=True)
class Document:
    """A list, and what is in it: what JSON holds, or a dict for each line."""

    name: str
    value: Any


def may_be_one(name: str) -> bool:
    """Say whether a file may be a list, by the ending of its name."""
    return name.lower().endswith(_ENDINGS)


def read(place: Place, name: str) -> Document:
    """Read a list; BadInput where it is none."""
    called = place.called(name)
    try:
        text = place.document(name).decode("utf-8-sig")
        if name.lower().endswith(".json"):
            return Document(name, json.loads(text))
        if name.lower().endswith(_LINES):
            rows = [json.loads(line) for line in text.split("\n") if line.strip()]
        else:
            rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if name[-4:] == ".tsv" else ","))
    except RecursionError as error:
        raise BadInput(f"{called} cannot be read: lists in lists without end") from error
    except (ValueError, csv.Error) as error:  # of JSON and of UTF-8
        raise BadInput(f"{called} cannot be read: {error}") from error
    if not all(isinstance(row, dict) for row in rows):
        raise BadInput(f'{called} has lines that are no objects; each tells of one picture: {{"file": …, "label": …}}')
    return Document(name, rows)
