"""What is sent to a terminal, and what its keys are: no process, a screen in memory."""

from __future__ import annotations

import numpy as np
import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import again, scene

from edge_brain.cli.live.entry import Entry
from edge_brain.cli.live.picture import Painter
from edge_brain.cli.live.sheet import Sheet, changes, wide


def sheet(*lines: str, width: int = 12, style: str = "") -> Sheet:
    made = Sheet(width, len(lines))
    for row, line in enumerate(lines):
        made.write(row, 0, line, style)
    return made


def text(made: Sheet) -> list[str]:
    return ["".join(cell.text for cell in row) for row in made.rows]


# ── sheets ──────────────────────────────────────────────────────────────────────────────────────

WRITING = st.tuples(
    st.integers(0, 3), st.integers(0, 11), st.text("ab茶碗é×…", max_size=9), st.sampled_from(["", "1", "31"])
)


@given(st.lists(st.lists(WRITING, max_size=4), min_size=1, max_size=5))
def test_a_terminal_shows_the_sheet_whatever_it_showed_before(drawings: list[list[tuple[int, int, str, str]]]) -> None:
    screen = pyte.Screen(12, 4)
    stream = pyte.Stream(screen)
    before = None
    for drawing in drawings:
        made = Sheet(12, 4)
        for row, column, words, style in drawing:
            made.write(row, column, words, style)
        stream.feed("\x1b[?7l" + changes(before, made))
        assert [line.rstrip() for line in screen.display] == [line.rstrip() for line in text(made)]
        before = made


def test_only_what_differs_is_sent() -> None:
    one, other = sheet("mug 1+0", "said"), sheet("mug 2+0", "said")
    assert changes(one, one) == ""
    assert changes(one, other) == "\x1b[1;5H2"
    assert changes(sheet("mug"), sheet("mug", style="1")) == "\x1b[1;1H\x1b[0;1mmug\x1b[0m"
    assert changes(one, sheet("mug", width=5)).startswith("\x1b[0m\x1b[2J"), "another size is drawn anew"


def test_what_does_not_fit_is_cut_and_says_so() -> None:
    assert text(sheet("a very long line", width=8)) == ["a very …"]
    assert text(sheet("abc茶碗", width=5)) == ["abc …"], "no half of a wide character"
    made = Sheet(8, 1)
    assert made.write(0, 6, "mug") == 8 and made.write(0, 9, "mug") == 9
    assert text(made) == ["      m…"]


def test_characters_take_the_room_that_they_take() -> None:
    assert [wide(each) for each in ("mug", "茶碗", "e\u0301te\u0301", "")] == [3, 4, 3, 0]
    assert text(sheet("e\u0301x\x1b[2J", width=8)) == ["e\u0301x?[2J  "], "a label cannot steer the terminal"


# ── pictures ────────────────────────────────────────────────────────────────────────────────────


def half(red: int, green: int, blue: int) -> np.ndarray:
    """A picture of one colour, its lower half black."""
    made = np.zeros((8, 8, 3), np.uint8)
    made[:4] = red, green, blue
    return made


def test_half_blocks_show_two_pixels_each() -> None:
    ((cell,),) = Painter("true").paint(half(10, 200, 30), 1, 1)
    assert cell.text == "▀" and cell.style == "38;2;10;200;30;48;2;0;0;0"
    for colour, number in (((255, 0, 0), 196), ((255, 255, 255), 231), ((128, 128, 128), 244), ((95, 135, 175), 67)):
        ((cell,),) = Painter("256").paint(half(*colour), 1, 1)
        assert cell.style == f"38;5;{number};48;5;16"


def test_without_colours_the_darker_is_the_emptier() -> None:
    rows = Painter("none").paint(half(255, 255, 255), 4, 2)
    assert ["".join(cell.text for cell in row) for row in rows] == ["@@@@", "    "]
    assert {cell.style for row in rows for cell in row} == {""}


@pytest.mark.parametrize(("shape", "room", "size"), [((90, 160), (40, 18), (40, 11)), ((160, 90), (40, 18), (20, 18))])
def test_a_picture_keeps_its_proportions(shape: tuple[int, int], room: tuple[int, int], size: tuple[int, int]) -> None:
    rows = Painter("true").paint(np.zeros((*shape, 3), np.uint8), *room)
    assert (len(rows[0]), len(rows)) == size


def test_the_noise_of_a_camera_changes_nothing() -> None:
    painter, picture = Painter("true"), scene("mug")
    first = painter.paint(picture, 40, 18)
    assert painter.paint(again(picture, 1), 40, 18) == first
    assert painter.paint(scene("mug", 1), 40, 18) != first


# ── what is typed ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("keys", "typed"),
    [
        (["m", "u", "g"], "mug"),
        (["m", "g", "left", "u"], "mug"),
        (["x", "m", "home", "delete", "end", "u"], "mu"),
        (["backspace", "a", "b", "left", "left", "left", "backspace", "delete"], "b"),
        (["a", "b", "left", "clear"], "b"),
        (["m", "tab"], "mug"),
        (["z", "tab", "up", "escape", "\x02"], "z"),
    ],
)
def test_a_line_is_edited(keys: list[str], typed: str) -> None:
    entry = Entry(["cup", "mug", "mutton"])
    for key in keys:
        entry.press(key)
    assert entry.text == typed and 0 <= entry.cursor <= len(typed)
