"""Who counts: the weights of the score, handed down to a part of the frames, and bytes that come back the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain.records import Image
from edge_brain.score import measure
from edge_brain.story.standing import Standing, from_bytes, standing, to_bytes

NAMES = ("cup", "fork", "mug")


@st.composite
def standings(draw: st.DrawFn, least: int = 1) -> Standing:
    """Frames of three classes and five bursts, each weighed as the score does or by any weights."""
    numbers = sorted(draw(st.sets(st.integers(1, 30), min_size=least, max_size=12)))
    rows = [
        (draw(st.integers(1, 5)), draw(st.sampled_from(NAMES)), draw(st.sampled_from([*NAMES, None]))) for _ in numbers
    ]
    weights = None
    if draw(st.booleans()):
        some = np.array([draw(st.floats(0.01, 1)) for _ in numbers])
        weights = some / some.sum()
    bursts, tagged, taken = zip(*rows, strict=True) if rows else ((), (), ())
    return standing(NAMES, numbers, bursts, tagged, taken, weights)


def by_the_score(told: Standing, part: list[bool]) -> float | None:
    images = [
        Image(str(number), NAMES[tag], "reserved", str(burst), "", bool(right))
        for number, tag, burst, right, there in zip(
            told.frames, told.tagged, told.bursts, told.right, part, strict=True
        )
        if there
    ]
    return measure(images, {}).balanced_accuracy


@given(st.data())
def test_a_part_is_as_right_as_the_score_of_that_part_alone(data: st.DataObject) -> None:
    told = data.draw(standings())
    weighed = standing(
        NAMES,
        told.frames.tolist(),
        told.bursts,
        [NAMES[tag] for tag in told.tagged],
        [None if answer < 0 else NAMES[answer] for answer in told.taken],
    )
    part = data.draw(st.lists(st.booleans(), min_size=len(told.frames), max_size=len(told.frames)).filter(any))
    assert weighed.mean(weighed.right, np.array(part)) == pytest.approx(by_the_score(weighed, part))


@given(standings())
def test_all_of_it_is_the_weight_of_what_is_right(told: Standing) -> None:
    assert told.mean(told.right, np.ones(len(told.frames), bool)) == pytest.approx(told.weights @ told.right)


@given(standings(least=0))
def test_the_bytes_give_the_standing_back(told: Standing) -> None:
    again = from_bytes(to_bytes(told))
    assert again.names == told.names
    for column in ("frames", "bursts", "tagged", "taken", "weights"):
        assert np.array_equal(getattr(again, column), getattr(told, column))
        assert getattr(again, column).dtype == getattr(told, column).dtype


def test_a_burst_leaves_its_weight_to_its_frames_then_to_its_class_then_to_the_others() -> None:
    told = standing(
        ("cup", "mug"), range(5), [1, 1, 2, 3, 4], ["cup", "cup", "cup", "mug", "mug"], [None] * 5,
        np.array([0.1, 0.3, 0.2, 0.3, 0.1]),
    )  # fmt: skip

    def shares(*there: int) -> list[float]:
        part = np.isin(np.arange(5), there)
        return [round(told.mean(np.eye(5)[frame], part), 6) for frame in there]

    assert shares(1, 2, 3, 4) == [0.4, 0.2, 0.3, 0.1]
    assert shares(0, 3, 4) == [0.6, 0.3, 0.1]
    assert shares(0, 2) == pytest.approx([2 / 3, 1 / 3])


def test_a_class_that_is_not_known_cannot_be_tagged() -> None:
    with pytest.raises(KeyError):
        standing(NAMES, [1], [1], ["plate"], [None])
