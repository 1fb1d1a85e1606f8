"""The history in a terminal: 80 columns, a plot that shows what it says, a story that is no longer than it must be."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain.cli.history import told
from edge_brain.records import Deed, Level, Reason, Scored

NOON = 1_717_243_200.0  # 2024-06-01 12:00 UTC


@pytest.fixture(autouse=True, scope="module")
def utc() -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


def line(
    share: float | None = 0.5,
    change: float | None = 0.0,
    *,
    level: Level = "Low",
    at: float = NOON,
    label: str = "mug",
    who: str = "cli",
    interval: tuple[float, float] | None = None,
    reasons: tuple[Reason, ...] = (),
    cause: str = "learned 1 frame of `mug`",
    before: str | None = None,
) -> Scored:
    around = interval or (None if share is None else (max(0.0, share - 0.2), min(1.0, share + 0.1)))
    deeds = [Deed(who, "learned", before, label, 1)]
    return Scored(at, level, share, share, around, 3, 18, 6, cause, change, deeds, list(reasons))


def reason(change: float, message: str) -> Reason:
    return Reason("lost", change, 1, ("mug", "cup"), message)


def plot(*lines: Scored) -> list[str]:
    return list(told(lines))[: list(told(lines)).index("")]


def story(*lines: Scored) -> list[str]:
    whole = list(told(lines))
    return whole[whole.index("") + 1 :] if "" in whole else whole


# ── the plot ────────────────────────────────────────────────────────────────────────────────────


def test_one_score_is_a_plot_too() -> None:
    assert plot(line(0.62, None, interval=(0.42, 0.71))) == [
        " 90% │" + "┄" * 60 + " Great ≥ 90%",
        " 80% │",
        " 70% │░░░░" + "┄" * 56 + " Good ≥ 75%",
        " 60% │▄▄▄▄",
        " 50% │░░░░",
        " 40% │░░░░",
        " 30% │",
        " 20% │",
        " 10% │",
        "  0% │",
        "     │▂▂▂▂",
        "      2024-06-01",
        "      · Still Learning  ▂ Low  ▅ Good  █ Great  ▀ score  ░ 90 % sure",
    ]


def test_where_all_lies_in_the_upper_half_the_plot_shows_it_larger() -> None:
    drawn = plot(line(0.78, None, interval=(0.62, 0.84), level="Good"), line(1.0, interval=(0.9, 1.0), level="Great"))
    assert [row[:5] for row in drawn[:10]] == [f" {percent}% " for percent in range(95, 45, -5)]
    assert drawn[0] == " 95% │    ▀▀▀▀"
    assert drawn[1].startswith(" 90% │┄┄┄┄░░░░┄┄")
    assert drawn[4].startswith(" 75% │▀▀▀▀┄┄┄┄┄┄")
    assert drawn[7].startswith(" 60% │░░░░") and drawn[8] == " 55% │"
    assert drawn[10] == "     │▅▅▅▅████"


def test_lines_without_a_score_leave_a_gap() -> None:
    drawn = plot(line(None, None, level="Still Learning"), line(0.62, None, interval=(0.42, 0.71)))
    assert drawn[3] == " 60% │    ▄▄▄▄"
    assert drawn[10] == "     │····▂▂▂▂"


def test_while_there_is_no_score_there_is_no_plot() -> None:
    assert story(line(None, None, level="Still Learning"))[0] == "2024-06-01"
    assert list(told([])) == []


def test_five_hundred_scores_share_columns_that_show_how_far_they_went() -> None:
    shares = [0.5 + 0.4 * (number % 9 == 4) for number in range(500)]
    drawn = plot(*(line(share, at=NOON + 7200 * number) for number, share in enumerate(shares)))
    assert drawn[-1].endswith("9 a column")
    assert drawn[-2] == "      2024-06-01                                    2024-07-13"
    assert {len(row) for row in (drawn[10], drawn[4])} == {6 + 56}
    assert drawn[2][6:61] == "█" * 55, "each column has seen both 50 and 90 %"


@given(st.lists(st.tuples(st.none() | st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 0.5)), min_size=1, max_size=150))
def test_the_plot_keeps_within_80_columns_and_shows_each_score(rows: list[tuple[float | None, float, float]]) -> None:
    lines = [
        line(share, None, interval=None if share is None else (share * low, share + (1 - share) * high))
        for share, low, high in rows
    ]
    whole = list(told(lines))
    assert max(map(len, whole)) <= 80
    if len(lines) <= 60 and any(share is not None for share, _, _ in rows):
        wide = min(4, 60 // len(lines))
        for number, (share, _, _) in enumerate(rows):
            column = "".join(row[6:].ljust(60)[number * wide] for row in whole[:10])
            assert sum(mark in "▀▄█" for mark in column) == (share is not None)


# ── the story ───────────────────────────────────────────────────────────────────────────────────


def test_each_line_tells_when_what_and_why_newest_last() -> None:
    pulled = "3 frames tagged `ripe` pulled `unripe` over: 4 of its judged frames are now taken for `ripe`."
    assert story(
        line(0.75, None, level="Good", cause="learned 12 frames of `unripe`"),
        line(0.71, -0.04, at=NOON + 60, cause="learned 3 frames of `ripe`", reasons=(reason(-0.04, pulled),)),
        line(0.714, 0.004, at=NOON + 86400, cause="untagged 3 frames of `ripe`", who="anna", before="ripe"),
    ) == [
        "2024-06-01",
        "12:00  Good             75%        learned 12 frames of `unripe` (cli)",
        "12:01  Low              71%    −4  learned 3 frames of `ripe` (cli); now Low",
        "       3 frames tagged `ripe` pulled `unripe` over: 4 of its judged frames are",
        "       now taken for `ripe`.",
        "2024-06-02",
        "12:00  Low              71%  +0.4  untagged 3 frames of `ripe` (anna)",
    ]


def test_of_several_reasons_each_has_its_points_and_small_ones_are_summed_up() -> None:
    many = tuple(reason(-0.05 + 0.02 * number, f"reason {number}.") for number in range(6))
    told_of = story(line(0.5, None), line(0.5, 0.0, reasons=many))
    assert told_of[2:] == [
        "12:00  Low              50%    ±0  learned 1 frame of `mug` (cli)",
        "         −5  reason 0.",
        "         −3  reason 1.",
        "         −1  reason 2.",
        "         +9  3 more",
    ]
    assert len(story(line(0.5, None), line(0.5, 0.0, reasons=many[:4]))) == 2 + 1 + 4


def test_tags_that_moved_nothing_are_told_together() -> None:
    tags = [line(at=NOON + 60 * number) for number in range(15)]
    assert story(line(change=None), *tags[1:]) == [
        "2024-06-01",
        "12:00  Low              50%        learned 1 frame of `mug` (cli)",
        "12:14  Low              50%    ±0  14 tags of `mug` moved nothing (cli)",
    ]


def test_they_are_told_together_by_person_day_level_and_score() -> None:
    apart = [
        line(None, None, level="Still Learning"),
        line(None, None, level="Still Learning"),
        line(None, None, level="Still Learning", label="cup"),
        line(0.5, None, level="Still Learning"),
        line(level="Low"),
        line(),
        line(label="cup"),
        line(who="anna"),
        line(who="anna", at=NOON + 86400),
        *(line(who="anna", at=NOON + 86400, label=label) for label in ("a", "b", "c")),
        line(who="anna", at=NOON + 86400, before="cup", cause="retagged 1 frame from `cup` to `mug`"),
    ]
    assert story(*apart) == [
        "2024-06-01",
        "12:00  Still Learning     –        learned 1 frame of `mug` (cli)",
        "12:00  Still Learning     –        2 tags (1 of `mug`, 1 of `cup`) gave no score",
        "       yet (cli)",
        "12:00  Still Learning   50%        learned 1 frame of `mug` (cli)",
        "12:00  Low              50%    ±0  learned 1 frame of `mug` (cli); now Low",
        "12:00  Low              50%    ±0  2 tags (1 of `mug`, 1 of `cup`) moved nothing",
        "       (cli)",
        "12:00  Low              50%    ±0  learned 1 frame of `mug` (anna)",
        "2024-06-02",
        "12:00  Low              50%    ±0  4 tags of 4 classes moved nothing (anna)",
        "12:00  Low              50%    ±0  retagged 1 frame from `cup` to `mug` (anna)",
    ]


def test_a_line_that_moved_up_and_down_is_told_alone() -> None:
    both = (reason(0.1, "up."), reason(-0.1, "down."))
    assert len(story(line(change=None), line(), line(reasons=both), line())) == 1 + 4 + 2
