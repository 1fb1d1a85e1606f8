"""Which burst is learned, which is kept in reserve, and what makes two pictures one scene."""

from __future__ import annotations

import pytest

from edge_brain.reserve import is_same_scene, role_of_next_burst


def roles(bursts: int) -> str:
    learned = reserved = 0
    told = ""
    for _ in range(bursts):
        role = role_of_next_burst(learned, reserved)
        learned, reserved = learned + (role == "learned"), reserved + (role == "reserved")
        told += role[0]
    return told


def test_the_first_burst_is_learned_the_second_reserved_then_every_fourth() -> None:
    assert roles(18) == "lrlllrlllrlllrlllr"


@pytest.mark.parametrize("bursts", [8, 20, 100, 1001])
def test_about_a_quarter_is_in_reserve(bursts: int) -> None:
    assert 0.2 <= roles(bursts).count("r") / bursts <= 0.3


def test_a_class_that_has_nothing_learned_learns_first() -> None:
    assert role_of_next_burst(0, 0) == role_of_next_burst(0, 3) == "learned"


def test_a_class_that_has_too_much_in_reserve_learns_until_it_is_a_quarter() -> None:
    assert [role_of_next_burst(learned, 3) for learned in (1, 8, 9, 10)] == ["learned"] * 3 + ["reserved"]


@pytest.mark.parametrize(
    ("cosine", "gap_s", "next_to", "same"),
    [
        (0.90, None, True, True),  # one after the other, nobody knows how much later
        (0.89, None, True, False),
        (0.97, None, False, True),  # of another source, or another time
        (0.96, None, False, False),
        (0.80, 0.0, True, True),  # moments later
        (0.80, 30.0, True, True),
        (0.79, 1.0, True, False),
        (0.80, 30.1, True, False),  # after a pause
        (0.97, 30.1, True, True),
        (0.97, 3600.0, True, True),
        (0.96, 31.0, True, False),
        (1.00, 3600.1, True, False),  # another visit
        (1.00, 3600.1, False, False),
        (0.97, 5.0, False, True),
        (0.96, 5.0, False, False),
    ],
)
def test_how_alike_one_scene_must_be(cosine: float, gap_s: float | None, next_to: bool, same: bool) -> None:
    assert is_same_scene(cosine, gap_s, next_to=next_to) is same
