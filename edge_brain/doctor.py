"""Look a brain over: does everything that it promises still hold? It reads, and changes nothing."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np

from edge_brain import __version__, extractor, files, head
from edge_brain.brain import Brain
from edge_brain.errors import EdgeBrainError
from edge_brain.outcomes import Finding
from edge_brain.production.shelf import Shelf

_LEAST_FREE_BYTES = 200 * 2**20
_NAMED = 5  # how many damaged things are named


_LookedAt = Iterator[str | None]  # what is wrong; None: one thing more was looked at, and is well


def examine(brain: Brain, *, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
    """Return what was looked at and what was found; the brain is sound when every finding is ok.

    `progress` is told (things looked at, things in all); what it raises ends the examination.
    """
    checks: dict[str, Callable[[Brain], _LookedAt]] = {
        "database": lambda brain: brain.store.damage(),
        "backups": _backups,
        "head equals its codes": _head,
        "frame files": _files,
        "extractor": _extractor,
        "models": lambda brain: iter(extractor.damage()),
        "free space": lambda brain: lacking_space(brain.folder),
    }
    findings, steps, of = [], count(1), len(checks) + _frames(brain)

    def step() -> None:
        if progress:
            progress(next(steps), of)

    for name, check in checks.items():
        wrong = _found(check(brain), step)
        step()
        detail = "; ".join(wrong[:_NAMED]) + (f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else "")
        findings.append(Finding(name, not wrong, detail or "ok"))
    if production := _production(brain):
        findings.append(production)
    told = {"dropped": _dropped, "discarded": _discarded, "away": _away, "versions": _versions}
    return [*findings, *(Finding(name, True, tell(brain)) for name, tell in told.items())]


def _found(looked_at: _LookedAt, step: Callable[[], None]) -> list[str]:
    """Return what a check finds, up to and with the damage that it cannot get past."""
    found = []
    try:
        for wrong in looked_at:
            if wrong is None:
                step()
            else:
                found.append(wrong)
    except EdgeBrainError as error:
        found.append(str(error))
    return found


def _frames(brain: Brain) -> int:
    try:
        return brain.store.thinning.holding().frames
    except EdgeBrainError:  # which a check tells
        return 0


def _head(brain: Brain) -> Iterator[str]:
    store = brain.store
    counts, sums = store.head_rows()
    labels, rows = store.learned_rows()
    made = head.Head(int(store.setting("code_length")))
    if labels:
        made.learn(labels, rows)
    if head.centroids_digest(counts, sums) != head.centroids_digest(made.counts, made.sums):
        yield "the stored head is not the sum of the learned codes; `edge-brain retrain` mends it"


def _backups(brain: Brain) -> Iterator[str]:
    if lacking := brain.store.lacking():
        yield f"{lacking} tags in backups/ are not in the database; `edge-brain doctor --repair` brings them back"


def _files(brain: Brain) -> _LookedAt:
    for frame in brain.store.frames(discarded=None):
        if frame.away:
            yield None
            continue
        path = brain.store.path(frame)
        try:
            if not path.is_file():
                yield f"{path.name} is missing (its code and thumbnail are kept)"
            elif path.stat().st_size != frame.bytes or files.content_id(path.read_bytes()) != frame.id:
                yield f"{path.name} is not what its name says"
        except OSError as error:  # one that the disk does not give must not hide what is wrong with others
            yield f"{path.name} cannot be read: {error.strerror or error}"
        yield None


def _extractor(brain: Brain) -> Iterator[str]:
    _ = brain.exposer  # loads the network and runs the golden picture, or raises
    yield from ()


def _production(brain: Brain) -> Finding | None:
    """Return how what is in production is; None where nothing ever was."""
    try:
        told = Shelf(brain.folder).told(anew=True)
    except EdgeBrainError as error:
        return Finding("production", False, str(error))
    return None if told is None else Finding("production", told.trouble is None, told.trouble or "ok")


def lacking_space(folder: Path) -> Iterator[str]:
    """Yield what is wrong with the space that is left on the disk of a brain's folder, if anything is."""
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        yield f"{free >> 20} MiB are free, at least {_LEAST_FREE_BYTES >> 20} are wanted"


def _dropped(brain: Brain) -> str:
    try:
        drops = brain.drops()
    except EdgeBrainError:
        return "cannot be told"
    if not drops:
        return "ok"
    frames, size = sum(drop.frames for drop in drops), sum(drop.bytes for drop in drops)
    return f"{frames} untagged frames, {size / 2**20:.1f} MiB, went to make room; no tagged one ever does"


def _discarded(brain: Brain) -> str:
    try:
        held, going = len(brain.discarded()), brain.store.erasing()
    except EdgeBrainError:
        return "cannot be told"
    told = [f"{held} frames can be brought back, or erased"] * (held > 0)
    told += [f"{going} were not erased to the end: `edge-brain discard --erase` goes on with it"] * (going > 0)
    return "; ".join(told) or "ok"


def _away(brain: Brain) -> str:
    try:
        holding = brain.store.thinning.holding()
    except EdgeBrainError:
        return "cannot be told"
    told = [f"{holding.away} pictures are on other devices, or in a hub"] * (holding.away > 0)
    told += [f"{holding.waiting} of these frames wait for a code, and do not count until then"] * (holding.waiting > 0)
    return "; ".join(told) or "ok"


def _versions(brain: Brain) -> str:
    try:
        runtime = f"{brain.extractor} in {brain.exposer.extractor.runtime}"
    except EdgeBrainError:
        runtime = "no runtime"
    return (
        f"{runtime}, edge_brain {__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"SQLite {sqlite3.sqlite_version}, {platform.machine()}"
    )
