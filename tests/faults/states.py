"""What a brain holds, in one value that can be compared, and what is not whole about its folder."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from edge_brain import Brain, backups, examine, files
from edge_brain.errors import EdgeBrainError

_FRAME = re.compile(r"[0-9a-f]{64}\.[a-z]{3,4}")
_UNBORN = re.compile(r"\.new-[0-9a-f]+(-wal|-shm|-journal)?")  # what a kill may leave, and the next sweep removes


@dataclass(frozen=True)
class State:
    """What an act has changed, when it is done."""

    frames: tuple[tuple[str | None, ...], ...]
    discarded: tuple[tuple[str | None, ...], ...]
    head: str
    region: str
    copied: int  # the last event in a whole copy
    waiting: int  # learned frames whose views are still to be made
    production: tuple[int | None, ...] | None  # the number that answers, the one before, the greatest that was taken


def state_of(folder: Path) -> State | None:
    """Return what the brain in a folder holds; None where there is none."""
    if not (folder / "brain.db").exists():
        return None
    with closing(Brain.open(folder).store) as store:
        brain = Brain(store)
        seen, unseen = (
            tuple(sorted((frame.id, frame.burst, frame.label, frame.role) for frame in some))
            for some in (store.frames(), store.discarded())
        )
        copied, waiting = backups.last_covered(folder), len(store.without_views())
        return State(seen, unseen, brain.head_digest(), str(brain.region), copied, waiting, _production(brain))


def _production(brain: Brain) -> tuple[int | None, ...] | None:
    told = brain.production
    if told is None:
        return None
    return *(each and each.number for each in (told.current, told.previous)), told.highest


def is_one_of(state: State | None, states: Sequence[State | None], said: int, *, copies_wait: bool = False) -> bool:
    """Say whether a state is what was acknowledged when so much was said, or that and what was under way.

    Views may wait, and the head with them: that it is the sum of what is learned, doctor sees. On a disk that fails
    copies may wait, too: they are the second line of defence, and must not hold up the first.
    """
    wanted = states[said : said + 2]
    if state is None:
        return None in wanted
    copied = {each.copied for each in wanted if each}  # on the way, or not yet
    held = {(each.frames, each.discarded, each.region, each.production) for each in wanted if each}
    return (
        (state.frames, state.discarded, state.region, state.production) in held
        and (copies_wait or state.copied in copied)
        and (state.waiting > 0 or state.head in {each.head for each in states if each})
    )


def unsound(folder: Path) -> Iterator[str]:
    """Yield what is not whole: what doctor finds, files that are not what they are called, backups that are no use."""
    if not (folder / "brain.db").exists():
        return
    try:
        with closing(Brain.open(folder).store) as store:
            for finding in examine(Brain(store)):
                if not finding.ok and finding.check != "free space":
                    yield f"{finding.check}: {finding.detail}"
            events, production = store.last_event(), Brain(store).production
        if production is not None:
            if production.trouble:
                yield f"production: {production.trouble}"
            with Brain.open(folder, production=True) as running:
                if running.released != production.current:
                    yield "what runs is not what is in production"
    except EdgeBrainError as error:
        yield f"it does not open: {error}"
        return
    for path in (path for path in folder.rglob("*") if path.is_file() and not _UNBORN.fullmatch(path.name)):
        place = path.relative_to(folder).parts[0]
        if place == "frames":
            if not _FRAME.fullmatch(path.name) or files.content_id(path.read_bytes()) != path.stem:
                yield f"{path.name} is not what its name says"
        elif place == "production" and path.suffix == ".brain":
            if not path.stem.endswith(files.content_id(path.read_bytes())):
                yield f"{path.name} is not what its name says"
        elif path.name in ("settings.json", "production.json"):
            json.loads(path.read_text())
        elif place == "backups":
            yield from _useless(path, events)
        elif path.name not in ("brain.db", "brain.db-wal", "brain.db-shm", "ballast") and "damaged-" not in place:
            yield f"nobody knows what {path.relative_to(folder)} is"


def _useless(path: Path, events: int) -> Iterator[str]:
    """Yield what is wrong with a backup or a segment of events."""
    number = int(re.sub(r"\D", "", path.stem))
    if number > events:
        yield f"{path.name} is of events that the brain does not have"
    if path.suffix == ".jsonl":
        for line in path.read_bytes().splitlines(keepends=True):
            if not line.endswith(b"\n") or "crc" not in json.loads(line):
                yield f"{path.name} has half a line"
        return
    with closing(sqlite3.connect(path)) as copy:
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            yield f"{path.name} is not whole"
        elif copy.execute("SELECT max(number) FROM events").fetchone() != (number,):
            yield f"{path.name} does not hold the events that its name says"
