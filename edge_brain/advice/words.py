"""The words that advice is made of: counts, lists of names, ids, ranges."""

from __future__ import annotations

from collections.abc import Sequence

from edge_brain.curve import Range
from edge_brain.records import Image

NAMED = 3  # classes, frames and the like that one sentence spells out


def scenes(more: Range) -> str:
    """Return a range of scenes in words."""
    return f"{more} more scenes" if more != Range(1, None) else "at least 1 more scene"


def count(number: int, one: str) -> str:
    """Return a number of things, one or more of them."""
    return f"{number} {one if number == 1 else one + ('es' if one.endswith('s') else 's')}"


def was(number: int) -> str:
    """Return the verb for so many."""
    return "was" if number == 1 else "were"


def ids(ids: Sequence[str]) -> str:
    """Return the beginnings of ids, as commands take them."""
    return ", ".join(each[:12] for each in ids)


def some(images: Sequence[Image]) -> tuple[str, ...]:
    """Return the ids of the first few images."""
    return tuple(image.id for image in images[:NAMED])


def in_a_row(words: Sequence[str], *, quoted: bool = True) -> str:
    """Return some words in a row, as many as can be read."""
    told = [f"`{word}`" if quoted else word for word in words[:NAMED]]
    if len(words) > NAMED:
        told.append(f"{len(words) - NAMED} more")
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
