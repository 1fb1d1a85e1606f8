"""The Brain Score: each burst weighs the same, the interval is honest, and levels begin just where they say."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain.records import Image, Score
from edge_brain.score import expected, measure

ENOUGH = (5, 2)  # learned frames and bursts of a class


def images(label: str, bursts: dict[str, str]) -> list[Image]:
    """Return reserved frames: for each burst a word of R for right and w for wrong answers."""
    return [
        Image(f"{label} {burst} {number}", label, "reserved", burst, label if answer == "R" else "?", answer == "R")
        for burst, answers in bursts.items()
        for number, answer in enumerate(answers)
    ]


def scenes(label: str, right: int, wrong: int = 0) -> list[Image]:
    """Return reserved bursts of one frame each, of this class alone."""
    return images(label, {f"{label} {n}": "R" if n < right else "w" for n in range(right + wrong)})


def score(*parts: list[Image], learned: tuple[int, int] = ENOUGH) -> Score:
    together = [image for part in parts for image in part]
    return measure(together, {image.label or "": learned for image in together})


# ── the figures ─────────────────────────────────────────────────────────────────────────────────


def test_nine_of_ten_is_90_percent() -> None:
    assert score(scenes("mug", 4, 1), scenes("cup", 5)).accuracy == 0.9


def test_each_burst_weighs_the_same_however_many_frames_it_has() -> None:
    told = score(images("mug", {"long": "RRRRRRRRR", "short": "w"}))
    assert told.accuracy == 0.9
    assert told.balanced_accuracy == told.per_class["mug"].accuracy == 0.5
    assert (told.per_class["mug"].right, told.per_class["mug"].reserved) == (9, 10)


def test_each_class_weighs_the_same_however_many_bursts_it_has() -> None:
    told = score(scenes("mug", 30), scenes("cup", 1, 1))
    assert told.balanced_accuracy == 0.75
    assert told.accuracy == 31 / 32


def test_a_burst_is_as_right_as_its_frames() -> None:
    assert score(images("mug", {"a": "RRw", "b": "R"})).balanced_accuracy == pytest.approx((2 / 3 + 1) / 2)


def test_a_class_is_told_in_full() -> None:
    told = measure(images("mug", {"a": "RRw", "b": "R"}), {"mug": (7, 3), "cup": (2, 1)})
    mug, cup = told.per_class["mug"], told.per_class["cup"]
    assert (mug.learned, mug.learned_bursts, mug.reserved, mug.reserved_bursts, mug.right) == (7, 3, 4, 2, 3)
    assert (cup.accuracy, cup.learned, cup.learned_bursts, cup.reserved, cup.right) == (None, 2, 1, 0, 0)
    assert list(told.per_class) == ["cup", "mug"]
    assert (told.classes, told.learned, told.reserved) == (2, 9, 4)


def test_a_class_that_has_only_reserved_frames_is_counted() -> None:
    told = measure(scenes("mug", 2), {})
    assert (told.classes, told.learned, told.per_class["mug"].learned) == (1, 0, 0)


def test_nothing_to_measure_gives_no_figures() -> None:
    for told in (measure([], {}), measure([], {"mug": (5, 2), "cup": (5, 2)})):
        assert (told.accuracy, told.balanced_accuracy, told.interval, told.level) == (
            None,
            None,
            None,
            "Still Learning",
        )


def test_no_answer_is_not_right() -> None:
    unanswered = [replace(image, predicted=None, right=None) for image in scenes("mug", 1)]
    assert score(unanswered, scenes("mug", 1)).accuracy == 0.5


def test_learned_bursts_that_were_left_out_weigh_as_much_as_reserved_ones() -> None:
    left_out = [replace(image, role="learned") for image in images("mug", {"c": "w", "d": "RRRR", "e": "Rw"})]
    told = measure(images("mug", {"a": "RR", "b": "R"}), {"mug": (7, 3)}, left_out)
    mug = told.per_class["mug"]
    assert told.balanced_accuracy == mug.accuracy == (1 + 1 + 0 + 1 + 0.5) / 5
    assert (told.accuracy, mug.right, mug.reserved, mug.reserved_bursts) == (1.0, 3, 3, 2), "of reserved frames alone"
    assert (told.bursts, mug.judged_bursts) == (5, 5)
    assert told.interval == pytest.approx(expected(0.7, 5))
    assert told.images == images("mug", {"a": "RR", "b": "R"})


def test_a_learned_burst_that_is_all_its_class_has_says_nothing() -> None:
    alone = [replace(image, role="learned", predicted=None, right=None) for image in scenes("cup", 1)]
    told = measure(scenes("mug", 2), {"mug": (5, 2), "cup": (1, 1)}, alone)
    assert told.per_class["cup"].accuracy is None
    assert (told.balanced_accuracy, told.bursts) == (1.0, 2)


# ── the interval ────────────────────────────────────────────────────────────────────────────────


@given(st.floats(0, 1), st.floats(0.5, 2000))
def test_an_interval_holds_its_share(share: float, bursts: float) -> None:
    low, high = expected(share, bursts)
    one = 1 / max(1, round(bursts / 2))  # it is made of whole bursts
    assert 0 <= low < share + one and share - one < high <= 1 and low < high


@pytest.mark.parametrize("share", [0.0, 0.35, 0.8, 1.0])
def test_an_interval_shrinks_with_more_bursts(share: float) -> None:
    widths = [high - low for low, high in (expected(share, bursts) for bursts in (6, 24, 96, 384))]
    assert widths == sorted(widths, reverse=True) and widths[-1] < 0.15


@pytest.mark.parametrize("share", [0.35, 0.8, 0.95])
def test_nine_times_of_ten_half_as_many_further_bursts_lie_inside(share: float) -> None:
    random = np.random.default_rng(0)
    for bursts in (20, 60, 200):
        told, further = (random.binomial(count, share, 2000) / count for count in (bursts, bursts // 2))
        intervals = [expected(each, bursts) for each in told]
        inside = np.mean([low <= later <= high for (low, high), later in zip(intervals, further, strict=True)])
        assert inside >= 0.88, (bursts, inside)
    assert inside <= 0.96, "and with many bursts not much more often"


def test_the_interval_counts_bursts_and_not_frames() -> None:
    one_each = score(images("mug", {str(n): "R" for n in range(10)}))
    nine_each = score(images("mug", {str(n): "RRRRRRRRR" for n in range(10)}))
    assert one_each.interval == nine_each.interval == pytest.approx(expected(1, 10))


def test_a_session_that_shows_several_classes_is_one_trial() -> None:
    sessions = {f"session {n}": "R" for n in range(6)}
    shared = score(*(images(label, sessions) for label in ("cup", "fork", "mug")))
    apart = score(*(scenes(label, 6) for label in ("cup", "fork", "mug")))
    assert shared.balanced_accuracy == apart.balanced_accuracy == 1
    assert shared.interval == pytest.approx(expected(1, 6))
    assert apart.interval == pytest.approx(expected(1, 18))


def test_unequal_classes_are_worth_fewer_trials_than_they_have_bursts() -> None:
    told = score(scenes("mug", 2), scenes("cup", 18))
    assert told.interval == pytest.approx(expected(1, 1 / (2 * 0.25**2 + 18 * (1 / 36) ** 2)))
    assert told.interval[0] < expected(1, 20)[0]  # type: ignore[index]


answers = st.dictionaries(st.sampled_from("abcdef"), st.text("Rw", min_size=1, max_size=4), min_size=1)


@given(st.dictionaries(st.sampled_from(["cup", "fork", "mug"]), answers, min_size=1), st.randoms())
def test_any_score_is_in_order(classes: dict[str, dict[str, str]], shuffler: random.Random) -> None:
    together = [image for label, bursts in classes.items() for image in images(label, bursts)]
    told = measure(together, {})
    assert told.accuracy is not None and told.balanced_accuracy is not None and told.interval is not None
    assert 0 <= told.interval[0] <= told.balanced_accuracy + 1e-12 <= told.interval[1] + 2e-12 <= 1 + 2e-12
    assert min(own.accuracy or 0 for own in told.per_class.values()) <= told.balanced_accuracy + 1e-12
    shuffler.shuffle(together)
    again = measure(together, {})
    assert (again.accuracy, again.level) == (told.accuracy, told.level)
    assert again.balanced_accuracy == pytest.approx(told.balanced_accuracy)


# ── levels, just at their borders ───────────────────────────────────────────────────────────────


def two(right: int) -> list[list[Image]]:
    return [scenes("cup", right), scenes("mug", right)]


def test_the_least_that_is_not_still_learning() -> None:
    assert score(*two(3)).level == "Low", "six of six may be chance"


@pytest.mark.parametrize(
    "told",
    [
        score(scenes("mug", 40)),
        score(*two(3), learned=(4, 2)),
        score(scenes("cup", 30), scenes("mug", 1)),
        score(scenes("cup", 3), scenes("mug", 2)),
        score(*(images(label, {str(n): "R" for n in range(5)}) for label in ("cup", "mug"))),
        measure(scenes("cup", 30), {"cup": ENOUGH, "mug": ENOUGH}),
        measure([*scenes("cup", 30), *scenes("mug", 30)], {"cup": ENOUGH}),
    ],
    ids=[
        "one class", "four learned frames", "one reserved burst", "five bursts", "five sessions of both classes",
        "nothing reserved of a class", "nothing learned of a class",
    ],
)  # fmt: skip
def test_too_little_is_still_learning_however_right_it_is(told: Score) -> None:
    assert told.accuracy == 1
    assert told.level == "Still Learning"


@pytest.mark.parametrize(
    ("parts", "level"),
    [
        # balanced accuracy
        ([scenes("cup", 75, 25), scenes("mug", 75, 25)], "Good"),
        ([scenes("cup", 75, 25), scenes("mug", 74, 26)], "Low"),
        ([scenes("cup", 180, 20), scenes("mug", 180, 20)], "Great"),
        ([scenes("cup", 180, 20), scenes("mug", 179, 21)], "Good"),
        # the interval's lower end, of half as many further bursts
        ([*two(10)], "Great"),  # 8 of 10
        ([*two(9)], "Good"),  # 7 of 9
        ([*two(5)], "Good"),  # 3 of 5
        ([*two(4)], "Low"),  # 2 of 4
        ([scenes("cup", 31, 9), scenes("mug", 31, 9)], "Good"),  # 25 of 40
        ([scenes("cup", 20, 6), scenes("mug", 20, 6)], "Low"),  # 15 of 26
        # the weakest class
        ([scenes("cup", 50), scenes("fork", 50), scenes("mug", 50, 50)], "Good"),
        ([scenes("cup", 50), scenes("fork", 50), scenes("mug", 49, 51)], "Low"),
        ([*(scenes(label, 50) for label in "abcd"), scenes("mug", 70, 30)], "Great"),
        ([*(scenes(label, 50) for label in "abcd"), scenes("mug", 69, 31)], "Good"),
        # and nothing at all
        ([scenes("cup", 0, 9), scenes("mug", 0, 9)], "Low"),
    ],
)
def test_levels_begin_just_where_they_say(parts: list[list[Image]], level: str) -> None:
    assert score(*parts).level == level
