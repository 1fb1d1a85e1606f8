"""Order that does not trust the wall clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain import clock

IN_2024 = 1717156800.0
TEN_YEARS = 10 * 365 * 86400.0


def test_a_reading_carries_the_wall_time() -> None:
    assert clock.wall_time(clock.tick(0, IN_2024)) == IN_2024
    assert clock.wall_time(clock.tick(0, IN_2024 + 0.001)) == pytest.approx(IN_2024 + 0.001, abs=1e-6)


def test_a_device_that_wakes_up_in_1970_still_counts_on() -> None:
    assert clock.tick(0, 0.0) == 1
    assert clock.tick(1, 0.0) == 2
    assert clock.tick(0, -5.0) == 1


def test_a_clock_that_jumps_back_ten_years_counts_on_from_where_it_was() -> None:
    before = clock.tick(0, IN_2024)
    after = [before]
    for second in range(100):
        after.append(clock.tick(after[-1], IN_2024 - TEN_YEARS + second))
    assert after == [before + step for step in range(101)]
    assert clock.wall_time(after[-1]) == IN_2024
    assert clock.tick(after[-1], IN_2024 + 1) == clock.tick(0, IN_2024 + 1), (
        "and is the wall clock again when that is later"
    )


def test_what_happens_within_a_millisecond_is_counted() -> None:
    first = clock.tick(0, IN_2024)
    assert [clock.tick(first, IN_2024), clock.tick(first + 1, IN_2024)] == [first + 1, first + 2]


def test_more_than_the_counter_holds_runs_into_the_next_millisecond() -> None:
    first = clock.tick(0, IN_2024)
    assert clock.wall_time(first + 2**16) == IN_2024 + 0.001
    assert clock.tick(first + 2**16, IN_2024) == first + 2**16 + 1


@given(st.lists(st.floats(-1e9, 1e11)))
def test_whatever_the_wall_clock_does_what_is_later_counts_as_later(walls: list[float]) -> None:
    reading = 0
    for wall in walls:
        later = clock.tick(reading, wall)
        assert later > reading
        assert clock.wall_time(later) >= wall - 0.0011
        reading = later
    assert reading < 2**63, "SQLite holds it"


def test_without_a_wall_time_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: IN_2024)
    assert clock.tick(0) == clock.tick(0, IN_2024)
