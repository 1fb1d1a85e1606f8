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
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Document:
    """A list, and what is in it: what JSON holds, or a dict for each line."""

    name: str
    value: Any


def read(place: Place, name: str) -> Document:
    """Read a list; BadInput where it is none."""
    called = place.called(name)
    try:
        data = place.document(name)
        text = data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
        if name.lower().endswith(".json"):
            return Document(name, _json(text))
        if name.lower().endswith(_LINES):
            rows = [_json(line) for line in text.split("\n") if line.strip()]
        else:
            rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))
    except RecursionError as error:
        raise BadInput(f"{called} cannot be read: lists in lists without end") from error
    except (ValueError, csv.Error) as error:  # of JSON and of UTF-8
        raise BadInput(f"{called} cannot be read: {error}") from error
    if not all(isinstance(row, dict) for row in rows):
        raise BadInput(f'{called} has lines that are no objects; each tells of one picture: {{"file": …, "label": …}}')
    return Document(name, rows)


def _json(text: str) -> Any:
    return json.loads(text, parse_constant=lambda _: None)  # NaN and the like are no JSON, and tell nothing


def _delimiter(text: str) -> str:
    """Return what parts the columns of a CSV: a comma, or what is most in its first line where there is none."""
    first = text.partition("\n")[0]
    return "," if "," in first else max(";\t", key=first.count)
