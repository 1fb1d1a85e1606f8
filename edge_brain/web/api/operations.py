"""What an operation of the API is: how it is asked for, what it takes and answers; the table is its documentation, too.

Operation ─┬─ given (query, JSON, picture), checked ─> call ─> record ─> JSON
└─ openapi.document
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar

from edge_brain.errors import BadInput
from edge_brain.web.workspace import Workspace

T = TypeVar("T")
_ID = re.compile(r"[0-9a-f]{64}")
_MANY = 50_000  # frames in one request


@dataclass(frozen=True)
class Kind(Generic[T]):
    """What a value may be: in words, as JSON Schema, and how it is read; `read` returns None when it is not that."""

    words: str
    schema: Mapping[str, Any]
    read: Callable[[Any], T | None]


@dataclass(frozen=True)
class Field(Generic[T]):
    """A value that an operation takes."""

    kind: Kind[T]
    about: str
    needed: bool = True


@dataclass(frozen=True)
class Given:
    """What came with a request, checked."""

    values: Mapping[str, Any]  # of the query, or of the JSON, by name; None where one is not given
    body: bytes  # the picture, where one is taken

    def __getitem__(self, name: str) -> Any:
        return self.values[name]


@dataclass(frozen=True)
class Operation:
    """One thing that the API does."""

    method: Literal["GET", "POST"]
    path: str  # below /api
    about: str  # one sentence
    call: Callable[[Workspace, Given], Any]
    answers: Any  # the type of what it returns: a record, a list of them, a mapping
    query: Mapping[str, Field[Any]] = field(default_factory=dict)
    json: Mapping[str, Field[Any]] = field(default_factory=dict)
    picture: bool = False  # whether the body is a picture's file
    of_brain: bool = False  # whether the answer changes only when the brain does: then it bears an ETag

    @property
    def name(self) -> str:
        """Its name: the method's of the SDK."""
        return self.path.strip("/").replace("/", "_").replace(".json", "")


def read(fields: Mapping[str, Field[Any]], values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return values by name as their kinds read them; BadInput for what is missing, wrong, or not known."""
    for name in values:
        if name not in fields:
            raise BadInput(f"the {where} has {name!r}, which is not known; known: {', '.join(fields) or 'nothing'}")
    found: dict[str, Any] = {}
    for name, each in fields.items():
        if values.get(name) is None:
            if each.needed:
                raise BadInput(f"the {where} lacks {name!r}: {each.about}; give {each.kind.words}")
            found[name] = None
            continue
        found[name] = each.kind.read(values[name])
        if found[name] is None:
            raise BadInput(f"{name!r} in the {where} is {_shown(values[name])}; it must be {each.kind.words}")
    return found


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _id(value: Any) -> str | None:
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def _ids(value: Any) -> list[str] | None:
    return value if isinstance(value, list) and len(value) <= _MANY and all(map(_id, value)) else None


def _labels(value: Any) -> dict[str, str | None] | None:
    if not isinstance(value, dict) or not 0 < len(value) <= _MANY:
        return None
    fits = all(_id(each) and (label is None or isinstance(label, str)) for each, label in value.items())
    return value if fits else None


def _yes(value: Any) -> bool | None:
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    return value if isinstance(value, bool) else known.get(str(value).lower())


def _count(value: Any) -> int | None:
    return int(value) if re.fullmatch(r"[1-9][0-9]{0,3}", str(value)) and not isinstance(value, bool) else None


def _number(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < 2**31 else None


_ID_SCHEMA = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
TEXT = Kind("text", {"type": "string"}, _text)
ID = Kind("the id of a frame, 64 hex digits", _ID_SCHEMA, _id)
IDS = Kind("a list of frames' ids, 64 hex digits each", {"type": "array", "items": _ID_SCHEMA, "maxItems": _MANY}, _ids)
LABELS = Kind(
    f"an object of 1 to {_MANY:,} frames' ids, 64 hex digits each, with a class or null",
    {"type": "object", "additionalProperties": {"type": ["string", "null"]}, "minProperties": 1,
     "maxProperties": _MANY, "propertyNames": {"pattern": "^[0-9a-f]{64}$"}},
    _labels,
)  # fmt: skip
YES = Kind("true or false", {"type": "boolean"}, _yes)
NUMBER = Kind("a whole number from 1", {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}, _number)
COUNT = Kind("a whole number from 1 to 9999", {"type": "integer", "minimum": 1, "maximum": 9999}, _count)
