"""What a camera app runs here, beside what is being taught, and what differs between the two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge_brain.outcomes import Production, Released
from edge_brain.records import Level
from edge_brain.web.workspace import Workspace

_NAMED = 5  # how many classes are named


@dataclass(frozen=True)
class Staging:
    """The brain as it is being taught."""

    level: Level
    balanced_accuracy: float | None
    classes: list[str]
    head_digest: str


@dataclass(frozen=True)
class Beside:
    """Production and staging."""

    production: Production | None  # None where nothing ever was in production
    staging: Staging
    same: bool  # whether both answer the same, to the bit
    differences: list[str]  # in words
    pins: list[str]  # public keys, one of which must have signed what is put into production; empty: nobody must


def beside(space: Workspace) -> Beside:
    """Return what is in production beside what is taught."""
    brain, score = space.brain, space.pulse.latest.score
    with brain.alone:
        labels, digest, pins = [each.label for each in brain.classes()], brain.head_digest(), brain.pins()
        production = brain.production
    staging = Staging(score.level, score.balanced_accuracy, labels, digest)
    current = production.current if production else None
    same = current is not None and current.head_digest == digest
    return Beside(production, staging, same, list(_differences(current, staging)) if current else [], pins)


def _differences(current: Released, staging: Staging) -> Iterator[str]:
    if current.head_digest == staging.head_digest:
        yield "Nothing was learned since: both answer the same."
        return
    runs, taught = set(current.classes), set(staging.classes)
    if new := sorted(taught - runs):
        yield f"What is taught knows {_listed(new)} besides."
    if gone := sorted(runs - taught):
        yield f"What is taught knows {_listed(gone)} no more."
    if runs == taught:
        yield "Both know the same classes; what is taught has learned other frames."


def _listed(labels: Sequence[str]) -> str:
    named = ", ".join(f"`{label}`" for label in labels[:_NAMED])
    return named + (f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else "")
