"""The sentences of the score's story: what was done, and what became of the frames that count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edge_brain.records import Deed

_TOLD = 6  # deeds that one line spells out
_OF_A_CLASS = {"rename": "renamed `{0}` to `{1}`", "merge": "merged `{0}` into `{1}`", "remove": "removed `{0}`"}


def done(deeds: Sequence[Deed]) -> list[str]:
    """Tell what was done, first things first."""
    frames = dict[Deed, int]()
    for deed in deeds:
        kind = replace(deed, frames=0)
        if deed.who not in _OF_A_CLASS:
            kind = replace(kind, who="")
        if deed.before is not None:
            kind = replace(kind, role="learned")  # only of frames that were new it is told
        frames[kind] = frames.get(kind, 0) + deed.frames
    more = [f"{len(frames) - _TOLD} more"] if len(frames) > _TOLD else []
    return [_done(replace(kind, frames=count)) for kind, count in list(frames.items())[:_TOLD]] + more


def _done(deed: Deed) -> str:
    if deed.who in _OF_A_CLASS and deed.before is not None:
        return f"{_OF_A_CLASS[deed.who].format(deed.before, deed.after)} ({_frames(deed.frames)})"
    if deed.before is None:
        return f"{deed.role} {_frames(deed.frames)} of `{deed.after}`"
    if deed.after is None:
        return f"untagged {_frames(deed.frames)} of `{deed.before}`"
    return f"retagged {_frames(deed.frames)} from `{deed.before}` to `{deed.after}`"


def cause(deed: Deed) -> str:
    """Name learned frames that changed, as the subject of a sentence."""
    if deed.before is None:
        return f"{_frames(deed.frames)} tagged `{deed.after}`"
    if deed.after is None:
        return f"untagging {_frames(deed.frames)} of `{deed.before}`"
    return f"{_frames(deed.frames)} retagged from `{deed.before}` to `{deed.after}`"


def lost(deed: Deed | None, count: int, label: str, other: str | None) -> str:
    """Tell of frames of a class that were right and are taken for another; the deed did it, if there is one."""
    are = f"{_are(count)} now taken for {_class(other)}."
    if deed is None:
        return f"{_judged(count)} of `{label}` {are}"
    pulled = "pulled `{0}` over" if deed.after == other else "weakened `{0}`"
    return f"{_begin(cause(deed))} {pulled.format(label)}: {count} of its judged frames {are}"


def won(deed: Deed | None, count: int, label: str, other: str | None) -> str:
    """Tell of frames of a class that were taken for another and are right; the deed did it, if there is one."""
    if deed is None:
        return f"{_judged(count)} of `{label}`, taken for {_class(other)} before, {_are(count)} right now."
    if deed.after == label:
        return f"{_begin(cause(deed))} pulled {_judged(count)} of `{label}` from {_class(other)}."
    return f"{_begin(cause(deed))} brought back {_judged(count)} of `{label}`."


def retagged(count: int, label: str, new: str, right: tuple[int, int], *, all_of_it: bool) -> str:
    """Tell of frames that bear another tag; `right` is how many were right under the old one, and are now."""
    whole = "All " if all_of_it else ""
    return (
        f"{whole}{_judged(count)} of `{label}` {_are(count)} tagged `{new}` now: "
        f"{right[0]} right before, {right[1]} since."
    )


def left(count: int, label: str, right: int) -> str:
    """Tell of frames that do not count any more."""
    return f"{_judged(count)} of `{label}` ({right} right) {'does' if count == 1 else 'do'} not count any more."


def joined(count: int, label: str, right: int, level: float, *, easier: bool) -> str:
    """Tell of new frames of a class that is measured already, `level` of it right."""
    came = f"came in {'easier' if easier else 'harder'} than those before, {level:.0%} right"
    return f"{_judged(count, 'new ')} of `{label}` ({right} right) {came}."


def came(label: str, level: float) -> str:
    """Tell of a class that had no judged frame; `level` of it is right."""
    return f"`{label}` is measured from now on; {level:.0%} of it is right."


def went(label: str, level: float) -> str:
    """Tell of a class that has no judged frame any more; `level` of it was right."""
    return f"`{label}` is not measured any more; {level:.0%} of it was right."


def _frames(count: int) -> str:
    return f"{count} frame{'' if count == 1 else 's'}"


def _judged(count: int, which: str = "") -> str:
    return f"{count} {which}judged frame{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _class(label: str | None) -> str:
    return "nothing" if label is None else f"`{label}`"


def _begin(text: str) -> str:
    return text[0].upper() + text[1:]
