"""What stands where on the screen, for a window of any size.

Brain Score: Good · 82% (90 % sure: 70% to 91%) · 3 classes · …
sees mug 93%, then fork 5%
usb:0 · ok
┌─────────────┐  1 mug    12 + 3
│ the picture │  2 fork    9 + 4
└─────────────┘  …
burst 4: 2 × mug
what came of the last key, or the name that is typed
the keys
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edge_brain.cli.common import score_line
from edge_brain.cli.live.entry import Entry
from edge_brain.cli.live.sheet import Cell, Sheet, wide
from edge_brain.records import Prediction, Score
from edge_brain.tagging import KeyedClass, Session

LEAST_WIDTH, LEAST_HEIGHT = 30, 8
_ABOVE, _BELOW = 3, 3  # rows
_LINES = 4  # of what is said; it may cover the foot of the picture
_BOLD, _DIM, _RED, _REVERSE = "1", "2", "1;31", "7"
_LEVELS = {"Still Learning": "1;33", "Low": "1;31", "Good": "1;32", "Great": "1;92"}
_PROMPT = "class: "

Paint = Callable[[NDArray[np.uint8], int, int], list[list[Cell]]]


def page(session: Session, size: tuple[int, int], *, paint: Paint | None, entry: Entry | None, coloured: bool) -> Sheet:
    """Return the sheet that shows a session; `paint` draws its picture, `entry` is a name that is being typed."""
    sheet = Sheet(*size)
    if sheet.width < LEAST_WIDTH or sheet.height < LEAST_HEIGHT:
        sheet.write(0, 0, f"{LEAST_WIDTH}x{LEAST_HEIGHT} at least; q quits")
        return sheet
    _score(sheet, session.score, coloured=coloured)
    sheet.write(1, 0, _thought(session.prediction), _BOLD)
    _source(sheet, session, coloured=coloured)
    column = _picture(sheet, session, paint) if paint is not None else 0
    _classes(sheet, session, column)
    said = [] if entry is not None else textwrap.wrap(session.said, sheet.width)[:_LINES]
    top = sheet.height - 1 - max(len(said), 1)
    for number, line in enumerate([session.place, *said]):
        style = "" if number == 0 else _red(coloured) if session.trouble else _BOLD
        sheet.place(top - 1 + number, 0, [Cell()] * sheet.width)
        sheet.write(top - 1 + number, 0, line, style)
    if entry is not None:
        _typed(sheet, entry)
    _help(sheet, session, typing=entry is not None)
    return sheet


def _red(coloured: bool) -> str:
    return _RED if coloured else _REVERSE


def _score(sheet: Sheet, score: Score, *, coloured: bool) -> None:
    """Write the Brain Score, in less words where there is little room."""
    figures = f" · {score.learned} learned · {score.reserved} reserved"
    if score.balanced_accuracy is not None and score.interval is not None:
        figures = f" · {score.balanced_accuracy:.0%} ({score.interval[0]:.0%} to {score.interval[1]:.0%})"
    head = f"Brain Score: {score.level}"
    ways = [(head, score_line(score).removeprefix(head)), (head, figures), (score.level, figures)]
    head, rest = next((each for each in ways if wide("".join(each)) <= sheet.width), ways[-1])
    end = sheet.write(0, 0, head, _LEVELS[score.level] if coloured else _BOLD)
    sheet.write(0, end, rest)


def _thought(prediction: Prediction | None) -> str:
    if prediction is None:
        return "sees nothing yet"
    if not prediction.ranking:
        return "nothing is learned yet"
    (first, sure), *others = prediction.ranking
    then = f", then {others[0][0]} {others[0][1]:.0%}" if others else ""
    return f"sees {first} {sure:.0%}{then}" if prediction.known else f"unknown; most like {first} {sure:.0%}{then}"


def _source(sheet: Sheet, session: Session, *, coloured: bool) -> None:
    state = session.state
    told, style = "", ""
    if state is not None and state.condition != "ok":
        told = state.condition.upper() + (f": {state.detail}" if state.detail else "")
        style = _red(coloured)
    if session.paused:
        told, style = f"HELD {told}".rstrip(), style or _REVERSE
    if not told:
        sheet.write(2, 0, session.title + ("" if state is None else " · ok"), _DIM)
        return
    end = sheet.write(2, 0, told, style)
    sheet.write(2, end, f" · {session.title}", _DIM)


def _picture(sheet: Sheet, session: Session, paint: Paint) -> int:
    """Draw the picture, and return the column behind it."""
    height, width = sheet.height - _ABOVE - _BELOW, sheet.width // 2
    if session.pixels is None:
        return 0
    rows = paint(session.pixels, width, height)
    for number, row in enumerate(rows):
        sheet.place(_ABOVE + number, 0, row)
    return len(rows[0]) + 2


def _classes(sheet: Sheet, session: Session, column: int) -> None:
    """List the classes with their keys, in as many columns as fit; those that do not are counted."""
    classes, height = session.classes, sheet.height - _ABOVE - _BELOW
    if not classes:
        sheet.write(_ABOVE, column, "no class yet: + begins one")
        return
    lines = [_class_line(each) for each in classes]
    broad = min(max(wide(line) for line in lines), sheet.width - column)
    abreast = max(1, (sheet.width - column + 2) // (broad + 2))
    room = abreast * height
    if len(lines) > room:
        lines = [*lines[: room - 1], f"… {len(lines) - room + 1} more"]
    seen = session.prediction.label if session.prediction is not None else None
    for number, line in enumerate(lines):
        style = _REVERSE if number < len(classes) and classes[number].label == seen else ""
        sheet.write(_ABOVE + number % height, column + number // height * (broad + 2), line, style, width=broad)


def _class_line(each: KeyedClass) -> str:
    return f"{each.key or '+'} {each.label}  {each.learned}+{each.reserved}"


def _typed(sheet: Sheet, entry: Entry) -> None:
    """Show the name that is typed, its end when it is long, with a cursor."""
    room = sheet.width - len(_PROMPT) - 2
    start = max(0, entry.cursor - room)
    while wide(entry.text[start : entry.cursor]) > room:
        start += 1
    row, end = sheet.height - 2, len(_PROMPT)
    sheet.write(row, 0, _PROMPT, _BOLD)
    end = sheet.write(row, end, entry.text[start : entry.cursor])
    end = sheet.write(row, end, entry.text[entry.cursor : entry.cursor + 1] or " ", _REVERSE)
    sheet.write(row, end, entry.text[entry.cursor + 1 :])


def _help(sheet: Sheet, session: Session, *, typing: bool) -> None:
    keys = [("+", "class"), ("u", "undo"), ("q", "quit"), *session.help]
    if typing:
        keys = [("Enter", "tags"), ("Tab", "completes"), ("Esc", "leaves")]
    spaced = "  " if sum(len(key) + len(what) + 3 for key, what in keys) <= sheet.width else " "
    column = 0
    for key, what in keys:
        column = sheet.write(sheet.height - 1, column, key, _BOLD)
        column = sheet.write(sheet.height - 1, column, f" {what}{spaced}", _DIM)
