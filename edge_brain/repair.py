"""Brings a brain back whose database is damaged or gone: sets it aside whole, and builds another from what is left.

    brain.db, row by row ─┐                     ┌─ damaged-1/  what was brain.db, for good
    backups/brain-*.db   ─┼─> events, frames ─> ┤
    backups/events-*     ─┤   settings          └─ brain.db    appears whole or not at all
    frames/              ─┘

Nothing is taken that a checksum does not vouch for where there is one, and what could not be brought back is told.
The damaged files stay in their place until the new database is finished, so that whoever is killed begins again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from edge_brain import backups, files, schema
from edge_brain.database import Database
from edge_brain.errors import BrainBusy, BrainDamaged, BrainNotFound, BrainTooNew, EdgeBrainError, StorageFailed
from edge_brain.outcomes import Refused, Repaired
from edge_brain.own import Given
from edge_brain.salvager import Salvager
from edge_brain.store import DATABASE, checks, mending, remains
from edge_brain.store.opening import ASIDE, asides
from edge_brain.store.salvage import Wreck, with_new_header

_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")  # in this order: without the first there is no brain


def repair(folder: str | Path, *, threads: int | None = None, extractor: Given | None = None) -> Repaired:
    """Set a damaged database aside and build it anew; one that is sound is left as it is, and that is said.

    `extractor` is an app's own, for pictures whose codes are nowhere: without it those frames are lost, and told.

    Raises BrainBusy, and changes nothing, when another process has the brain open.
    """
    home = Path(folder)
    if not (home / DATABASE).is_file() and not remains(home):
        raise BrainNotFound(f"there is no brain in {home}, nor anything left of one")
    with _alone(home):
        _sweep(home)
        if is_sound(home):
            return Repaired(sound=True, aside=None, events={}, frames={}, lost=[])
        with ExitStack() as stack:
            salvager = Salvager(home, threads=threads, given=extractor)
            for name, wreck in _wrecks(home, stack, salvager.lost):
                salvager.take(name, wreck)
            salvager.take_segments()
            fresh = stack.enter_context(files.unborn(home))
            _build(fresh, home, salvager)
            aside = _set_aside(home)
            files.put_first(fresh, home / DATABASE)
        if salvager.left_over:
            aside = _set_segments_aside(home, aside)
        return Repaired(False, aside, dict(salvager.events_from), dict(salvager.frames_from), salvager.lost)


def _sweep(home: Path) -> None:
    """Remove what killed writers have left, those of an earlier edge_brain, too: nobody else is here."""
    files.sweep_below(home)
    for left in (*home.glob(f".{DATABASE}-*"), *home.glob("backups/.brain-*")):
        files.remove(left)


def is_sound(home: Path) -> bool:
    """Say whether the database of a brain that nobody has open holds all that it must, and what backups/ tell."""
    path = home / DATABASE
    if not path.is_file():
        return False
    try:
        version = _version(path)
        if version > len(schema.MIGRATIONS):
            raise BrainTooNew(f"{path} is of schema {version}: it was written by a newer edge_brain; install that one")
        if 0 < version < len(schema.MIGRATIONS):
            earlier = Database(path)
            try:
                schema.bring_up(earlier)  # as opening it does
            finally:
                earlier.close()
        database = Database(path, sealed=True)
        try:
            return not any(checks.damage(database)) and not checks.lacking(database, home)
        finally:
            database.close()
    except BrainDamaged:
        return False


def _version(path: Path) -> int:
    database = Database(path, sealed=True)
    try:
        return schema.version(database)
    finally:
        database.close()


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    try:
        handle = files.hold(home, alone=True)
    except BlockingIOError as error:
        raise BrainBusy(
            f"another process has the brain in {home} open; stop it, then repair. Nothing was changed"
        ) from error
    except OSError as error:
        raise StorageFailed(f"{home} cannot be opened: {error.strerror or error}") from error
    try:
        yield
    finally:
        os.close(handle)


def _wrecks(home: Path, stack: ExitStack, lost: list[Refused]) -> Iterator[tuple[str, Wreck]]:
    """Yield the databases that can be read at all: the damaged one, then the copies, newest first."""
    damaged = home / DATABASE
    if not damaged.is_file():  # gone, or the repair that set it aside was killed
        aside = [each / DATABASE for each in asides(home) if (each / DATABASE).is_file()]
        damaged = aside[-1] if aside else damaged
    for name, path in [("the damaged database", damaged), *((each.name, each) for each in backups.copies(home)[::-1])]:
        if not path.is_file():
            continue
        try:
            wreck = _opened(path, home, stack)
        except EdgeBrainError as error:
            if path != damaged:
                lost.append(Refused(str(path.relative_to(home)), f"nothing of it can be read: {error}"))
            continue
        stack.callback(wreck.close)
        yield name, wreck


def _opened(path: Path, home: Path, stack: ExitStack) -> Wreck:
    try:
        return Wreck(path)
    except EdgeBrainError:
        scratch = stack.enter_context(files.unborn(home))
        if not with_new_header(path, scratch):
            raise
        return Wreck(scratch)


def _build(fresh: Path, home: Path, salvager: Salvager) -> None:
    database = mending.rebuild(
        fresh, salvager.settings, salvager.frames(), salvager.events(), salvager.reading, salvager.told
    )
    try:
        with suppress(OSError):  # StorageFailed among them: the second line of defence must not hold up the first
            last, covered = salvager.events_from.total(), backups.last_covered(home)
            backups.keep_settings(home, salvager.settings)
            backups.add(home, last if last >= covered else covered + 1, database.backup)
        database.fold()  # what is still in its log would not come along
    finally:
        database.close()
    with fresh.open("rb") as file:
        os.fsync(file.fileno())


def _set_aside(home: Path) -> str | None:
    """Move the damaged database and what belongs to it into a folder of its own; return its name.

    A log that is left beside no database belongs to the one that was set aside last, by somebody who was killed; it
    must go before there is a new one, which SQLite would take it for the log of.
    """
    standing = [home / name for name in _FILES if (home / name).exists()]
    last = next(iter(asides(home)[::-1]), None)
    if not standing:
        return last.name if last else None
    unfilled = last is not None and not any(last.iterdir())
    following = standing[0].name != DATABASE and not any((last / path.name).exists() for path in standing if last)
    aside = last if last is not None and (unfilled or following) else _new_aside(home)
    _move(standing, aside)
    return aside.name


def _set_segments_aside(home: Path, name: str | None) -> str:
    """Move the segments away, too: they tell of tags that could not be brought back, and would for ever."""
    aside = home / name if name else _new_aside(home)
    _move(backups.segments(home), aside)
    return aside.name


def _new_aside(home: Path) -> Path:
    numbers = [int(path.name.removeprefix(ASIDE)) for path in asides(home)]
    aside = home / f"{ASIDE}{max(numbers, default=0) + 1}"
    aside.mkdir()
    return aside


def _move(paths: Sequence[Path], aside: Path) -> None:
    try:
        for path in paths:
            path.rename(aside / path.name)
        for folder in {aside, aside.parent, *(path.parent for path in paths)}:
            files.sync_folder(folder)
    except OSError as error:
        raise StorageFailed(f"{aside.parent} cannot be tidied: {error.strerror or error}; repair it again") from error
