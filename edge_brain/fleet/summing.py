"""The exact head of all that a brain has learned, worked out from its codes by many at once.

    codes, some thousand frames at a time ─> heads ─┐
                                             heads ─┴─> added two by two ─> the head

Counts, sums and scatter are integers: who adds what first makes no difference, to the bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edge_brain import head
from edge_brain.brain import Brain
from edge_brain.errors import BrainDamaged
from edge_brain.fleet.crew import Crew

_AT_ONCE = 4096  # frames: their sum has 13 MB whatever they are, their codes with views 16

Codes = Sequence[tuple[bytes, bytes]]


def head_of(brain: Brain, crew: Crew) -> head.Head:
    """Return the exact head of all learned frames of a brain."""
    length = int(brain.store.setting("code_length"))
    summed = crew.summed(part, _pieces(brain, length), added)
    return head.Head(length) if summed is None else summed


def _pieces(brain: Brain, length: int) -> Iterator[tuple[list[str], Codes, int, int, int]]:
    zero_point, views = int(brain.store.setting("zero_point")), brain.store.views
    for coded in brain.store.census.learned_codes(_AT_ONCE):
        yield coded.labels, coded.codes, length, zero_point, views


def part(labels: Sequence[str], codes: Codes, length: int, zero_point: int, views: int) -> head.Head:
    """Return the head of some frames."""
    if any(len(code) != length for code, _ in codes):
        raise BrainDamaged(f"a code has another length than {length}; `edge-brain doctor` tells more")
    learned = head.Head(length)
    learned.learn(labels, head.rows_of(codes, length, zero_point, views))
    return learned


def added(one: head.Head, other: head.Head) -> head.Head:
    """Return the sum of two heads, which stay what they are: it may have to be worked out again elsewhere."""
    both = head.Head(one.length)
    both.merge(one)
    both.merge(other)
    return both
