"""A decision takes agreement, and holds."""

from __future__ import annotations

import pytest

from edge_brain.records import Prediction
from edge_brain.smoothing import Smoother


def answer(label: str | None) -> Prediction:
    first = label or "mug"
    ranking = [(first, 0.8), ("cup" if first != "cup" else "mug", 0.2)]
    return Prediction(label, 0.8, label is not None, ranking, 0.0, None)


def decisions(smoother: Smoother, labels: str) -> list[str | None]:
    names = {"m": "mug", "c": "cup", "-": None}
    return [smoother.label for each in labels if smoother.take(answer(names[each]))]


def test_nothing_is_decided_before_four_of_five_agree() -> None:
    smoother = Smoother(5)
    assert decisions(smoother, "mmm") == []
    assert decisions(smoother, "m") == ["mug"]


def test_answers_that_waver_change_nothing() -> None:
    smoother = Smoother(5)
    assert decisions(smoother, "mmmmmcmcmccmcmmccmcmc") == ["mug"]


def test_what_is_outvoted_loses_its_place() -> None:
    assert decisions(Smoother(5), "mmmmmccccmmmm") == ["mug", "cup", "mug"]


def test_nothing_known_is_an_answer_like_any_other() -> None:
    smoother = Smoother(5)
    assert decisions(smoother, "----") == [], "nothing was there before, either"
    assert decisions(smoother, "mmmm----") == ["mug", None]


def test_where_one_has_to_agree_each_answer_decides() -> None:
    assert decisions(Smoother(1), "mc-c") == ["mug", "cup", None, "cup"]


def test_the_ranking_is_the_mean_of_the_last_answers() -> None:
    smoother = Smoother(4)
    decisions(smoother, "ccccmmmc")
    assert smoother.ranking() == [("mug", pytest.approx(0.65)), ("cup", pytest.approx(0.35))]
