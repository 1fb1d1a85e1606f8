"""The score's history in a terminal of 80 columns: a plot made of blocks, and the story under it, newest last."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_brain.records import Level, Scored

_WIDTH = 80
_PLOT = 60  # columns between the axis and the levels
_ROWS = 10
_WIDEST = 4  # columns of a score while there are few
_MARKS: dict[Level, str] = {"Still Learning": "·", "Low": "▂", "Good": "▅", "Great": "█"}
_REASONS = 3  # that are told of one line
_DEEDS = 3  # of a line that may be told together with others
_CLASSES = 3  # that are named when lines are told together
_NOTHING = 5e-4  # of the balanced accuracy


def told(lines: Sequence[Scored]) -> Iterator[str]:
    """Yield the plot, where there is a score to plot, and the story."""
    if any(line.balanced_accuracy is not None for line in lines):
        yield from _plot(lines)
        yield ""
    yield from _story(lines)


# ── the plot ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class _Column:
    """Lines that share a column: where their scores and the interval of the last lie, in half rows from below."""

    scores: range
    interval: range
    mark: str

    def cell(self, row: int, empty: str) -> str:
        """Return what stands in a row."""
        lower, upper = 2 * row in self.scores, 2 * row + 1 in self.scores
        if lower or upper:
            return "█" if lower and upper else "▄" if lower else "▀"
        return "░" if 2 * row in self.interval or 2 * row + 1 in self.interval else empty


def _plot(lines: Sequence[Scored]) -> Iterator[str]:
    """Yield the balanced accuracy over the lines, its interval, and the level that each line reached."""
    from edge_brain.score import GOOD, GREAT

    shared = -(-len(lines) // _PLOT)
    bottom = 0.5 if all(line.interval is None or line.interval[0] >= 0.5 for line in lines) else 0.0
    columns = [_column(lines[start : start + shared], bottom) for start in range(0, len(lines), shared)]
    wide = min(_WIDEST, _PLOT // len(columns))
    bands = {
        _half_row(least, bottom) // 2: f" {level} ≥ {least:.0%}"
        for level, least in (("Great", GREAT[0]), ("Good", GOOD[0]))
    }
    for row in reversed(range(_ROWS)):
        empty = "┄" if row in bands else " "
        cells = "".join(wide * column.cell(row, empty) for column in columns).ljust(_PLOT, empty)
        yield f"{bottom + row * (1 - bottom) / _ROWS:4.0%} │{cells}{bands.get(row, '')}".rstrip()
    yield "     │" + "".join(wide * column.mark for column in columns)
    first, last, reach = _day(lines[0]), _day(lines[-1]), wide * len(columns)
    yield "      " + (first if first == last else f"{first}  {last:>{max(reach - len(first) - 2, 0)}}")
    marks = "  ".join(f"{mark} {level}" for level, mark in _MARKS.items())
    yield f"      {marks}  ▀ score  ░ 90 % sure" + (f"  {shared} a column" if shared > 1 else "")


def _column(lines: Sequence[Scored], bottom: float) -> _Column:
    scores = [line.balanced_accuracy for line in lines if line.balanced_accuracy is not None]
    intervals = [line.interval for line in lines if line.interval is not None]
    return _Column(
        _half_rows(min(scores), max(scores), bottom) if scores else range(0),
        _half_rows(*intervals[-1], bottom) if intervals else range(0),
        _MARKS[lines[-1].level],
    )


def _half_rows(low: float, high: float, bottom: float) -> range:
    return range(_half_row(low, bottom), _half_row(high, bottom) + 1)


def _half_row(share: float, bottom: float) -> int:
    return min(int((share - bottom) / (1 - bottom) * 2 * _ROWS + 1e-9), 2 * _ROWS - 1)


# ── the story ───────────────────────────────────────────────────────────────────────────────────


def _story(lines: Sequence[Scored]) -> Iterator[str]:
    """Yield each line with its reasons, under its day; lines that moved nothing are told together."""
    day, level = "", None
    quiet = [_quiet(line, before) for line, before in zip(lines, [None, *lines], strict=False)]
    for _, numbers in groupby(range(len(lines)), lambda number: quiet[number] or number):
        run = [lines[number] for number in numbers]
        if _day(run[0]) != day:
            day = _day(run[0])
            yield day
        yield from _entry(run, changed=level is not None and run[-1].level != level)
        level = run[-1].level


def _quiet(line: Scored, before: Scored | None) -> tuple[str, str, bool] | None:
    """Return who tagged, when, and whether there is a score, of a line that moved nothing; None of any other."""
    if before is None or line.level != before.level or line.reasons or not 0 < len(line.deeds) <= _DEEDS:
        return None
    scored = line.balanced_accuracy is not None
    if scored != (before.balanced_accuracy is not None) or abs(line.change or 0.0) > _NOTHING:
        return None
    who = {deed.who for deed in line.deeds}
    return (min(who), _day(line), scored) if len(who) == 1 and all(d.before is None for d in line.deeds) else None


def _entry(run: Sequence[Scored], *, changed: bool) -> Iterator[str]:
    """Yield a line of the history, or several that were told together, with the greatest reasons."""
    line = run[-1]
    balanced = "–" if line.balanced_accuracy is None else f"{line.balanced_accuracy:.0%}"
    what = _together(run) if len(run) > 1 else line.cause
    who = {deed.who for deed in line.deeds} - {"rename", "merge", "remove"}
    by = f" ({min(who)})" if len(who) == 1 else ""
    now = f"; now {line.level}" if changed else ""
    head = f"{_time(line)}  {line.level:<14}  {balanced:>4}  {_points(line.change):>4}  "
    yield from _wrapped(head, f"{what}{by}{now}")
    shown = line.reasons if len(line.reasons) <= _REASONS + 1 else line.reasons[:_REASONS]
    for reason in shown:
        points = f"{_points(reason.change):>4}  " if len(line.reasons) > 1 else ""
        yield from _wrapped(f"       {points}", reason.message)
    rest = line.reasons[len(shown) :]
    if rest:
        yield f"       {_points(sum(reason.change for reason in rest)):>4}  {len(rest)} more"


def _together(run: Sequence[Scored]) -> str:
    """Tell of tags that moved nothing."""
    tags = Counter[str]()
    for line in run:
        for deed in line.deeds:
            tags[deed.after or ""] += deed.frames
    named = [f"{count} of `{label}`" for label, count in tags.items()]
    which = f"of `{min(tags)}`" if len(tags) == 1 else f"({', '.join(named)})"
    if len(tags) > _CLASSES:
        which = f"of {len(tags)} classes"
    return f"{tags.total()} tags {which} {'gave no score yet' if run[-1].change is None else 'moved nothing'}"


def _wrapped(head: str, text: str) -> Iterator[str]:
    indent = " " * (len(head) if len(head) < 20 else 7)
    yield from textwrap.wrap(text, _WIDTH, initial_indent=head, subsequent_indent=indent, break_on_hyphens=False)


def _points(change: float | None) -> str:
    """Return a change of the balanced accuracy in points, with its sign."""
    if change is None:
        return ""
    points = 100 * change
    text = "±0" if abs(points) < 0.05 else f"{points:+.1f}" if abs(points) < 0.95 else f"{points:+.0f}"
    return text.replace("-", "−")


def _day(line: Scored) -> str:
    return _at(line, "%Y-%m-%d")


def _time(line: Scored) -> str:
    return _at(line, "%H:%M")


def _at(line: Scored, form: str) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(line.at).strftime(form)
