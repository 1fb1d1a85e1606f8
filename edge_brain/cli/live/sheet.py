"""A sheet of characters in memory, and what a terminal must be sent so that it shows one instead of another.

Only cells that differ are sent: over a slow line the picture of a still camera costs nothing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """What stands in one place: a character, with those that combine with it, and its style."""

    text: str = " "  # empty behind a wide character
    style: str = ""  # parameters of SGR: "1;32"


class Sheet:
    """Rows of cells, written to from the top left corner."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows = [[Cell()] * width for _ in range(height)]

    def write(self, row: int, column: int, text: str, style: str = "", *, width: int | None = None) -> int:
        """Write text into a row, cut where the sheet, or `width`, ends, and return the column behind it."""
        end = self.width if width is None else min(self.width, column + width)
        cells = _cells(text, style)
        if len(cells) > end - column:
            cells = [*_whole(cells[: max(end - column - 1, 0)]), Cell("…", style)][: max(end - column, 0)]
        self.place(row, column, cells)
        return column + len(cells)

    def place(self, row: int, column: int, cells: list[Cell]) -> None:
        """Put cells into a row; those beyond its end are left out."""
        if not (0 <= row < self.height and 0 <= column < self.width and cells):
            return
        own, end = self.rows[row], min(column + len(cells), self.width)
        if not own[column].text:  # no half of a wide character is left on either side
            own[column - 1] = Cell()
        if end < self.width and not own[end].text:
            own[end] = Cell()
        own[column:end] = cells[: end - column]


def wide(text: str) -> int:
    """Return how many cells a text takes."""
    return len(_cells(text, ""))


def changes(before: Sheet | None, after: Sheet) -> str:
    """Return what turns a terminal that shows one sheet (None: nothing known) into one that shows another."""
    parts: list[str] = []
    if before is None or (before.width, before.height) != (after.width, after.height):
        before = Sheet(after.width, after.height)
        parts.append("\x1b[0m\x1b[2J")
    style, at = "", (-1, -1)
    for number, (old, new) in enumerate(zip(before.rows, after.rows, strict=True)):
        if old == new:
            continue
        for column, cell in enumerate(new):
            if cell == old[column]:
                continue
            if at != (number, column):
                parts.append(f"\x1b[{number + 1};{column + 1}H")
            if cell.style != style:
                parts.append(f"\x1b[0;{cell.style}m" if cell.style else "\x1b[0m")
                style = cell.style
            parts.append(cell.text)
            at = number, column + 1
    if style:
        parts.append("\x1b[0m")
    return "".join(parts)


def _cells(text: str, style: str) -> list[Cell]:
    cells: list[Cell] = []
    for character in text:
        if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me"):
            if cells:  # it goes with the character before it
                number = -1 if cells[-1].text else -2
                cells[number] = Cell(cells[number].text + character, style)
            continue
        cells.append(Cell(character if character.isprintable() else "?", style))
        if unicodedata.east_asian_width(character) in ("W", "F"):
            cells.append(Cell("", style))
    return cells


def _whole(cells: list[Cell]) -> list[Cell]:
    """Return cells that were cut off, without half of a wide character at their end."""
    if cells and unicodedata.east_asian_width(cells[-1].text[:1] or " ") in ("W", "F"):
        cells[-1] = Cell(" ", cells[-1].style)
    return cells
