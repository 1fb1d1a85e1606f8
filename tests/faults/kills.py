"""kill −9 at every write, fsync, rename and unlink of each act."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from acts import ACTS, Act, do
from exchanges import EXCHANGES
from nursery import Nursery
from states import State, is_one_of, state_of, unsound
from tally import Tally
from tracing import Point, harm, points, spread


@dataclass(frozen=True)
class Prepared:
    """An act, what stands before it, and the states that it goes through, one for each thing it says."""

    act: Act
    before: Path
    states: list[State | None]

    def copy(self, name: str) -> Path:
        """Return a place of its own, as it is before the act."""
        place = self.before.parent / name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.before, place)
        return place


def prepare(act: Act, place: Path) -> Prepared:
    """Make what stands before an act, and do the act once, undisturbed."""
    act.prepare(place / "before")
    prepared = Prepared(act, place / "before", [state_of(place / "before" / "kitchen")])
    calm = prepared.copy("calm")
    do(act, calm, lambda _: prepared.states.append(state_of(calm / "kitchen")))
    assert [*unsound(calm / "kitchen"), *act.unsound(calm), *act.unfinished(calm)] == []
    return prepared


def kills(place: Path, *, most: int | None = None) -> Tally:
    """Kill each act at up to `most` of the moments at which it changes its folder, and look what is left."""
    tally = Tally("what was acknowledged survives kill −9", "each act killed at its writes, fsyncs, renames, unlinks")
    return _killed(ACTS, place, most, tally)


def killed_syncs(place: Path, *, most: int | None = None) -> Tally:
    """Kill a sync with a hub in a folder at up to `most` of the moments at which it changes the brain or the hub."""
    tally = Tally("a killed sync leaves brain and hub whole", "a sync killed at its writes, fsyncs, renames, unlinks")
    return _killed(EXCHANGES, place, most, tally)


def _killed(acts: Mapping[str, Act], place: Path, most: int | None, tally: Tally) -> Tally:
    with Nursery() as nursery:
        for act in acts.values():
            prepared = prepare(act, place / act.name)
            moments = points(nursery, act.name, prepared.copy("counted"))
            for moment in spread(moments, most):
                _kill(nursery, prepared, moment, tally)
            tally.figures[act.name] = f"{len(moments)} moments"
    return tally.end()


def _kill(nursery: Nursery, prepared: Prepared, moment: Point, tally: Tally) -> None:
    where = f"{prepared.act.name}, killed at {moment}"
    harmed = prepared.copy("harmed")
    ended = harm(nursery, prepared.act.name, harmed, moment, "signal=KILL")
    tally.times += 1
    if not ended.killed:
        tally.wrong.append(f"{where}: it survived")
    judge(prepared, harmed, len(ended.said), tally, where)


def judge(prepared: Prepared, harmed: Path, said: int, tally: Tally, where: str, *, copies_wait: bool = False) -> None:
    """Look what is left of an act that had said so much; then do it again, and look whether it ends as it should."""
    kitchen = harmed / "kitchen"
    found = [*unsound(kitchen), *prepared.act.unsound(harmed)]
    for what in found:
        tally.tear(f"{where}: {what}")
    if found:
        return
    if not is_one_of(state_of(kitchen), prepared.states, said, copies_wait=copies_wait):
        tally.lose(f"{where}: what is there is neither what was acknowledged nor that and what was under way")
    do(prepared.act, harmed, lambda _: None)
    for what in (*unsound(kitchen), *prepared.act.unsound(harmed), *prepared.act.unfinished(harmed)):
        tally.tear(f"{where}, done again: {what}")
    if state_of(kitchen) != prepared.states[-1]:
        tally.lose(f"{where}, done again: it ends in another state")
