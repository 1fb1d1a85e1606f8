"""What wrong answers have in common: pairs, groups, and what is shown of many."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import get_args

import pytest

from edge_brain.records import Fault, Image
from edge_brain.report import mistakes

_numbers = count()


def image(label: str, predicted: str | None, burst: str | None = None) -> Image:
    frame_id = f"{next(_numbers):064}"
    right = None if predicted is None else label == predicted
    return Image(frame_id, label, "reserved", burst or frame_id, predicted, right)


def test_a_pair_counts_both_ways_and_shows_a_picture_of_each_side() -> None:
    wrong, other_way = image("cup", "bowl"), image("bowl", "cup")
    images = [image("cup", "cup"), wrong, image("cup", "bowl"), other_way, image("fork", "fork")]
    (pair,) = mistakes.pairs(images)
    assert (pair.one.label, pair.one.taken, pair.one.reserved, pair.one.example) == ("cup", 2, 3, wrong)
    assert (pair.other.label, pair.other.taken, pair.other.reserved, pair.other.example) == ("bowl", 1, 1, other_way)


def test_the_side_that_is_never_wrong_shows_a_right_picture_or_none() -> None:
    right = image("bowl", "bowl")
    (pair,) = mistakes.pairs([image("cup", "bowl"), right])
    assert (pair.other.taken, pair.other.example) == (0, right)
    (pair,) = mistakes.pairs([image("cup", "bowl")])
    assert (pair.other.reserved, pair.other.example) == (0, None)


def test_the_most_confused_pair_comes_first() -> None:
    images = [image("a", "b"), image("c", "d"), image("d", "c"), image("c", "d")]
    assert [(pair.one.label, pair.other.label) for pair in mistakes.pairs(images)] == [("c", "d"), ("a", "b")]


def test_wrong_images_are_grouped_by_class_taken_for_and_by_scene() -> None:
    images = [image("cup", "bowl", "s1"), image("cup", "fork", "s1"), image("mug", "bowl"), image("bowl", "bowl")]
    groups = mistakes.shared(images)
    assert [(group.kind, group.name, len(group.images), group.alike) for group in groups] == [
        ("taken for", "bowl", 2, 3),
        ("scene", "s1", 2, 2),
    ]
    assert mistakes.rest(images, groups) == []


def test_what_shares_nothing_is_the_rest() -> None:
    alone = image("cup", "bowl")
    images = [alone, image("bowl", "bowl"), image("fork", "fork")]
    assert mistakes.shared(images) == []
    assert mistakes.rest(images, []) == [alone]


@pytest.mark.parametrize("fault", get_args(Fault))
def test_faulty_images_are_a_group_when_they_are_wrong_more_often_than_the_others(fault: Fault) -> None:
    faulty = [
        replace(each, faults=(fault,)) for each in (image("cup", "bowl"), image("fork", "mug"), image("mug", "mug"))
    ]
    others = [image("cup", "cup") for _ in range(6)]
    (group,) = mistakes.shared([*faulty, *others])
    assert (group.kind, len(group.images), group.alike) == (fault, 2, 3)
    wrong = [image("cup", str(number)) for number in range(30)]
    assert mistakes.shared([*faulty, *others, *wrong]) == []


def test_when_all_images_are_wrong_nothing_divides_by_zero() -> None:
    images = [image("cup", "bowl", "s"), image("cup", "bowl", "s")]
    assert [group.kind for group in mistakes.shared(images)] == ["taken for", "scene"]


def test_an_image_without_an_answer_is_neither_right_nor_wrong() -> None:
    images = [image("cup", None), image("cup", None)]
    assert (mistakes.pairs(images), mistakes.shared(images)) == ([], [])
    assert mistakes.rest(images, []) == []


def test_of_many_images_all_wrong_ones_are_shown_and_some_right_ones_of_each_class() -> None:
    cups, forks = [image("cup", "cup") for _ in range(9)], [image("fork", "fork") for _ in range(9)]
    wrong = [image("fork", "cup") for _ in range(3)]
    shown = mistakes.chosen([*cups, *forks, *wrong], 7)
    assert shown[:3] == wrong
    assert [image.label for image in shown[3:]] == ["cup", "fork", "cup", "fork"]
    assert mistakes.chosen(cups, 9) == cups
