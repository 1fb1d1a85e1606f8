"""Records as what JSON can hold: their fields by the names that the SDK has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


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
