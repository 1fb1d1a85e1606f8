"""Why the score moved: the way from one standing to the next, a step at a time; the steps add up to the change.

    flips     frames that count both times under the same tag and are answered otherwise, by the old weights
    leaving   frames that do not count any more, or under another tag: group after group, out of the old standing
    weights   those that stay, weighed as they are now: nothing, while bursts and classes weigh the same
    joining   frames that are new, or were tagged otherwise: group after group, into the new standing

A class that only got another name is the same class. What was tagged is not seen here: `causes` brings what is
proven of it, and a reason names no other cause.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge_brain.records import Deed, Reason
from edge_brain.story import telling
from edge_brain.story.standing import Floats, Mask, Places, Standing

_TOLD = 8  # reasons of one change; the smallest are summed up
_NOTHING = 5e-7  # changes are kept to six digits
_Move = tuple[str | None, str | None]  # from a class, to a class; None: does not count


@dataclass(frozen=True)
class Flip:
    """A frame that was right and is not, or is right and was not."""

    place: int  # in the later standing
    frame: int
    label: str
    was: str | None
    now: str | None
    change: float  # of the balanced accuracy


@dataclass(frozen=True)
class _Step:
    """What the leaving or joining of some frames of a class did."""

    change: float
    frames: int
    right: int
    level: float  # how right their class was before, or, if there was none, is
    alone: bool  # they are all that the class had, or has


def renamed(before: Standing, after: Standing) -> dict[str, str]:
    """Return old name → new name of the classes that are the same but for their names."""
    old, new = set(before.names) - set(after.names), set(after.names) - set(before.names)
    if not old or not new:
        return {}
    tagged = dict(zip(after.frames.tolist(), after.tagged.tolist(), strict=True))
    became: dict[str, set[str]] = {}
    for frame, place in zip(before.frames.tolist(), before.tagged.tolist(), strict=True):
        if frame in tagged:
            became.setdefault(before.names[place], set()).add(after.names[tagged[frame]])
    return {name: min(names) for name, names in became.items() if name in old and len(names) == 1 and names <= new}


def flips(before: Standing, after: Standing) -> list[Flip]:
    """Return the frames that count both times under the same tag and are right only one time."""
    return list(_Pair(before, after).flips())


def points_to(deed: Deed, flip: Flip) -> bool:
    """Say whether a deed on learned frames goes the way of a flip: it fed the one class, or starved the other."""
    fed, starved = deed.after == flip.now, deed.before == flip.was
    return (fed and flip.now is not None) or (starved and flip.was is not None)


def reasons(before: Standing, after: Standing, change: float, causes: Mapping[int, Deed]) -> list[Reason]:
    """Return why the balanced accuracy changed by `change`, greatest part first; the parts add up to it.

    `causes` tells of flipped frames, by number, the deed that is proven to have flipped them.
    """
    pair = _Pair(before, after)
    if len(pair.stay_before):
        found = [*_flipped(pair.flips(), causes), *pair.moves()]
        rest = change - sum(reason.change for reason in found)
        found.append(Reason("weights", rest, len(after.frames), (), "Scenes and classes weigh otherwise than before."))
    else:
        found = [Reason("anew", change, len(after.frames), (), "None of the frames that counted before counts now.")]
    found = sorted((each for each in found if abs(each.change) > _NOTHING), key=lambda each: -abs(each.change))
    if len(found) > _TOLD:
        small = found[_TOLD - 1 :]
        message = f"{len(small)} smaller reasons together."
        found[_TOLD - 1 :] = [Reason("rest", sum(s.change for s in small), sum(s.frames for s in small), (), message)]
    return found


class _Pair:
    """Two standings side by side, the classes of both by the same names."""

    def __init__(self, before: Standing, after: Standing) -> None:
        now = renamed(before, after)
        old = [now.get(name, name) for name in before.names]
        self._names = (*after.names, *sorted({*old} - {*after.names}))
        of_name = {name: place for place, name in enumerate(self._names)}
        places = np.array([*(of_name[name] for name in old), -1], np.intp)  # the last is where −1 points to
        tagged, taken = places[before.tagged], places[before.taken]
        self._before = Standing(self._names, before.frames, before.bursts, tagged, taken, before.weights)
        self._after = after
        _, ours, theirs = np.intersect1d(before.frames, after.frames, assume_unique=True, return_indices=True)
        same = tagged[ours] == after.tagged[theirs]
        self.stay_before, self.stay_after = ours[same], theirs[same]
        self._from, self._to = ours[~same], theirs[~same]  # places of those that were tagged otherwise

    def flips(self) -> Iterator[Flip]:
        """Yield the frames that stay and flip."""
        before, after = self._before, self._after
        changes = before.weights[self.stay_before] * (after.right[self.stay_after] - before.right[self.stay_before])
        for index in np.flatnonzero(changes).tolist():
            ours, theirs = int(self.stay_before[index]), int(self.stay_after[index])
            yield Flip(
                place=theirs,
                frame=int(after.frames[theirs]),
                label=self._names[after.tagged[theirs]],
                was=self._name(before.taken[ours]),
                now=self._name(after.taken[theirs]),
                change=float(changes[index]),
            )

    def moves(self) -> Iterator[Reason]:
        """Yield what the frames did that left, joined, or changed their class."""
        right = self._before.right.copy()
        right[self.stay_before] = self._after.right[self.stay_after]
        left, joined = self._groups()
        leaving = _steps(self._before, right, np.ones(len(right), np.bool_), left, stay=False)
        stays = np.zeros(len(self._after.frames), np.bool_)
        stays[self.stay_after] = True
        joining = _steps(self._after, self._after.right, stays, joined, stay=True)
        for move in sorted({*left, *joined}, key=str):
            yield _moved(move, leaving.get(move), joining.get(move))

    def _groups(self) -> tuple[dict[_Move, list[int]], dict[_Move, list[int]]]:
        """Return move → places in the old, and in the new standing."""
        left, joined = dict[_Move, list[int]](), dict[_Move, list[int]]()
        for ours, theirs in zip(self._from.tolist(), self._to.tolist(), strict=True):
            move = self._names[self._before.tagged[ours]], self._names[self._after.tagged[theirs]]
            left.setdefault(move, []).append(ours)
            joined.setdefault(move, []).append(theirs)
        for ours in _others(len(self._before.frames), self.stay_before, self._from):
            left.setdefault((self._names[self._before.tagged[ours]], None), []).append(ours)
        for theirs in _others(len(self._after.frames), self.stay_after, self._to):
            joined.setdefault((None, self._names[self._after.tagged[theirs]]), []).append(theirs)
        return left, joined

    def _name(self, place: int) -> str | None:
        return None if place < 0 else self._names[place]


def _others(count: int, *known: Places) -> list[int]:
    """Return the places under `count` that are not known."""
    others = np.ones(count, np.bool_)
    for places in known:
        others[places] = False
    return [int(place) for place in np.flatnonzero(others)]


def _steps(
    standing: Standing, right: Floats, part: Mask, groups: Mapping[_Move, Sequence[int]], *, stay: bool
) -> dict[_Move, _Step]:
    """Let groups of frames, each of one class, into a part of a standing or out of it, one after another."""
    steps = {}
    value = standing.mean(right, part)
    for move, places in sorted(groups.items(), key=str):
        own = standing.tagged == standing.tagged[places[0]]
        before = own & part
        part[places] = stay
        since, then = own & part, standing.mean(right, part)
        level = standing.mean(right, before if before.any() else since)
        alone = not (before & since).any()
        steps[move] = _Step(then - value, len(places), int(right[places].sum()), level, alone)
        value = then
    return steps


def _flipped(flips: Iterator[Flip], causes: Mapping[int, Deed]) -> Iterator[Reason]:
    """Yield what flips of the same classes by the same deed did."""
    groups: dict[tuple[str, str | None, str | None, Deed | None], list[Flip]] = {}
    for flip in flips:
        groups.setdefault((flip.label, flip.was, flip.now, causes.get(flip.frame)), []).append(flip)
    for (label, was, now, deed), own in groups.items():
        kind, other, tell = ("won", was, telling.won) if now == label else ("lost", now, telling.lost)
        labels = (label,) if other is None else (label, other)
        cause = None if deed is None else telling.cause(deed)
        change = sum(flip.change for flip in own)
        yield Reason(kind, change, len(own), labels, tell(deed, len(own), label, other), cause)


def _moved(move: _Move, left: _Step | None, joined: _Step | None) -> Reason:
    """Return what the frames did that left a class, joined one, or went from one to another."""
    old, new = move
    if new is None or joined is None:
        assert old is not None and left is not None, "what has not joined a class has left one"
        return _left(old, left)
    if old is None or left is None:
        return _joined(new, joined)
    message = telling.retagged(left.frames, old, new, (left.right, joined.right), all_of_it=left.alone)
    return Reason("retagged", left.change + joined.change, left.frames, (old, new), message)


def _left(label: str, step: _Step) -> Reason:
    if step.alone:
        return Reason("class went", step.change, step.frames, (label,), telling.went(label, step.level))
    return Reason("left", step.change, step.frames, (label,), telling.left(step.frames, label, step.right))


def _joined(label: str, step: _Step) -> Reason:
    if step.alone:
        return Reason("class came", step.change, step.frames, (label,), telling.came(label, step.level))
    message = telling.joined(step.frames, label, step.right, step.level, easier=step.change > 0)
    return Reason("joined", step.change, step.frames, (label,), message)
