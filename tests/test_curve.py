"""The learning curve: ranges, never one number, that hold what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain.curve import Range, Slope, error_after, more_scenes, slope


def test_without_evidence_the_slope_is_the_usual_one() -> None:
    assert slope(0.4, 0.3, 0) == Slope()


def test_much_evidence_gives_the_slope_that_was_seen() -> None:
    seen = slope(0.4, 0.2, 2000)
    assert seen.b == pytest.approx(1.0, abs=0.05) and seen.spread < 0.1
    assert slope(0.4, 0.2, 20).spread > 2 * seen.spread
    assert abs(slope(0.4, 0.4, 2000).b) < 0.05


def test_a_range_is_said_as_one() -> None:
    assert str(Range(10, 25)) == "about 10 to 25"
    assert str(Range(5, None)) == "at least 5"
    assert str(Range(1, 20)) == "up to about 20"


def test_the_range_holds_what_a_known_curve_takes() -> None:
    known = Slope(0.5, 0.05)
    told = more_scenes(0.2, 5000, 0.1, 20, known)  # a quarter of the error takes 16 times, half of it 4 times
    assert told.most is not None and told.least <= 60 <= told.most
    low, high = error_after(0.2, 5000, 4, known)
    assert low <= 0.1 <= high


def test_thin_evidence_and_a_flat_curve_say_at_least() -> None:
    assert more_scenes(0.5, 2, 0.1, 10, Slope()).most is None
    flat = more_scenes(0.4, 1000, 0.2, 50, Slope(0.05, 0.02))
    assert flat.most is None and flat.least >= 100


@given(st.floats(0.02, 0.9), st.floats(1, 500), st.floats(0.02, 0.5), st.integers(1, 200), st.floats(-0.2, 1.5))
def test_a_range_is_never_one_number(error: float, trials: float, wanted: float, scenes: int, b: float) -> None:
    told = more_scenes(error, trials, wanted, scenes, Slope(b, 0.1))
    assert told.least >= 1
    assert told.most is None or told.most > told.least
    low, high = error_after(error, trials, 2, Slope(b, 0.1))
    assert 0 <= low <= high <= 1


def test_what_was_seen_less_often_is_surer_of_less() -> None:
    few, many = (error_after(0.2, trials, 2, Slope(0.5, 0.1)) for trials in (10, 1000))
    assert few[1] - few[0] > 2 * (many[1] - many[0])
    assert np.isfinite(few).all()
