"""Records as what JSON can hold: their fields by the names that the SDK has."""

from __future__ import annotations

from typing import Any


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
