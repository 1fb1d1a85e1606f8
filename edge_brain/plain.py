"""Records as what JSON can hold, and back: their fields by the names that the SDK has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")


def all_plain(answer: Any) -> Any:
    """Return a record, or a list of records, as what JSON can hold."""
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        return [plain(each) for each in answer]
    return plain(answer)


def plain(value: Any) -> Any:
    """Return a record as what JSON can hold."""
    from dataclasses import asdict  # a command that prints no JSON need not load it

    fields: dict[str, Any] = asdict(value)
    if hasattr(value, "tagged"):
        fields["tagged"] = value.tagged
    if "advice" in fields:
        fields["advice"] = [asdict(each) for each in value.advice]
    if "images" in fields:
        fields["images"] = [plain(image) for image in value.images]
    return fields


def record(kind: type[T], value: Any) -> T:
    """Return the record that `plain` turned into JSON, whoever wrote that; ValueError when it is none of that kind.

    What an earlier edge_brain did not tell yet has its default.
    """
    made: T = _made(kind, value)
    return made


def _made(kind: Any, value: Any) -> Any:
    """Return a value of a kind: a record, a plain type, or a list, tuple, mapping or choice of such."""
    import math
    from collections.abc import Mapping, Sequence
    from dataclasses import MISSING, fields, is_dataclass
    from types import NoneType, UnionType
    from typing import Literal, Union, get_args, get_origin, get_type_hints

    form, of = get_origin(kind), get_args(kind)
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
        kinds = get_type_hints(kind)
        told = [field for field in fields(kind) if field.name in value]
        needed = [field for field in fields(kind) if field.default is field.default_factory is MISSING]
        if missing := [field.name for field in needed if field not in told]:
            raise ValueError(f"{kind.__name__} lacks {', '.join(missing)}")
        return kind(**{field.name: _made(kinds[field.name], value[field.name]) for field in told})
    if form in (UnionType, Union):
        return None if value is None and NoneType in of else _made(of[0], value)
    if form is Literal and value in of:
        return value
    if form in (list, Sequence) and isinstance(value, list):
        return [_made(of[0], each) for each in value]
    if form is tuple and isinstance(value, list):
        kinds_of = of[:1] * len(value) if of[-1] is ... else of
        return tuple(_made(each, one) for each, one in zip(kinds_of, value, strict=True))
    if form is Mapping and isinstance(value, dict):
        return {_made(of[0], key): _made(of[1], each) for key, each in value.items()}
    if kind is float and type(value) in (float, int) and math.isfinite(value):
        return float(value)
    if kind in (int, str, bool) and type(value) is kind:
        return value
    raise ValueError(f"{str(value)[:40]!r} is no {getattr(kind, '__name__', kind)}")
