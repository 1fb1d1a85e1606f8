"""Why the score moved: the parts add up, each says what is so, and none says more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain.records import Deed, Reason
from edge_brain.story import Flip, flips, points_to, reasons, renamed
from edge_brain.story.standing import Standing, standing

NAMES = ("cup", "fork", "mug", "plate")
Frames = dict[int, tuple[int, str, str | None]]  # number → burst, tag, what it was taken for


def stand(frames: Frames, names: tuple[str, ...] = NAMES, weights: list[float] | None = None) -> Standing:
    bursts, tagged, taken = zip(*frames.values(), strict=True)
    return standing(names, list(frames), bursts, tagged, taken, None if weights is None else np.array(weights))


def accuracy(told: Standing) -> float:
    return float(told.weights @ told.right)


def why(before: Frames, after: Frames, causes: dict[int, Deed] | None = None, **names: tuple[str, ...]) -> list[Reason]:
    one, other = stand(before, names.get("old", NAMES)), stand(after, names.get("new", NAMES))
    return reasons(one, other, accuracy(other) - accuracy(one), causes or {})


def told(found: list[Reason]) -> list[tuple[float, str]]:
    """Return the points of each reason, and its message."""
    return [(round(100 * reason.change, 1), reason.message) for reason in found]


def learned(before: str | None, after: str | None, frames: int = 1) -> Deed:
    return Deed("", "learned", before, after, frames)


def frames_of(numbers: range, label: str, taken: str | None = None) -> Frames:
    """Return frames that are a burst each, taken for what they are tagged as, or for something else."""
    return {number: (number, label, taken or label) for number in numbers}


# ── any two standings ───────────────────────────────────────────────────────────────────────────


@st.composite
def some_frames(draw: st.DrawFn) -> Frames:
    numbers = sorted(draw(st.sets(st.integers(1, 20), min_size=1, max_size=15)))
    answers = st.sampled_from([*NAMES, None])
    return {n: (n % 6, draw(st.sampled_from(NAMES)), draw(answers)) for n in numbers}


@st.composite
def weighed(draw: st.DrawFn) -> Standing:
    frames = draw(some_frames())
    weights = [draw(st.floats(0.01, 1)) for _ in frames]
    return stand(frames, weights=[weight / sum(weights) for weight in weights])


@given(weighed(), weighed())
def test_the_parts_add_up_to_the_change_whatever_the_weights_are(before: Standing, after: Standing) -> None:
    change = accuracy(after) - accuracy(before)
    assert sum(reason.change for reason in reasons(before, after, change, {})) == pytest.approx(change, abs=1e-5)


@given(some_frames(), some_frames())
def test_while_bursts_and_classes_weigh_the_same_all_of_a_change_has_its_reason(before: Frames, after: Frames) -> None:
    one, other = stand(before), stand(after)
    change = accuracy(other) - accuracy(one)
    found = reasons(one, other, change, {})
    assert sum(reason.change for reason in found) == pytest.approx(change, abs=1e-5)
    assert "weights" not in {reason.kind for reason in found}


@given(some_frames(), some_frames())
def test_flips_weigh_what_they_weighed_before_and_what_was_lost_costs(before: Frames, after: Frames) -> None:
    one, other = stand(before), stand(after)
    weights = dict(zip(before, one.weights.tolist(), strict=True))
    same = [n for n in before if n in after and before[n][1] == after[n][1]]
    right = {n: (before[n][2] == before[n][1], after[n][2] == after[n][1]) for n in same}
    turned = {n: weights[n] * (is_now - was) for n, (was, is_now) in right.items() if was != is_now}
    assert {flip.frame: flip.change for flip in flips(one, other)} == pytest.approx(turned)
    assert [list(after)[flip.place] for flip in flips(one, other)] == [flip.frame for flip in flips(one, other)]
    for reason in reasons(one, other, accuracy(other) - accuracy(one), {}):
        assert reason.kind != "lost" or reason.change < 0
        assert reason.kind != "won" or reason.change > 0


@given(some_frames(), some_frames(), st.permutations(range(20)))
def test_the_order_of_the_frames_does_not_matter(before: Frames, after: Frames, order: list[int]) -> None:
    def shuffled(frames: Frames) -> Frames:
        return {n: frames[n] for n in sorted(frames, key=lambda n: order[n - 1])}

    assert dict(told_by_message(why(before, after))) == pytest.approx(
        dict(told_by_message(why(shuffled(before), shuffled(after))))
    )


def told_by_message(found: list[Reason]) -> list[tuple[str, float]]:
    return [(reason.message, reason.change) for reason in found if reason.kind != "rest"]


@given(some_frames())
def test_nothing_new_has_no_reason(frames: Frames) -> None:
    assert why(frames, frames) == []


@given(some_frames(), some_frames())
def test_other_names_for_all_classes_change_no_part(before: Frames, after: Frames) -> None:
    new = {name: f"new {name}" for name in NAMES}
    other = {n: (burst, new[tag], taken and new[taken]) for n, (burst, tag, taken) in after.items()}
    stay = {tag for n, (_, tag, _) in before.items() if n in after}
    retagged = any(n in after and after[n][1] != tag for n, (_, tag, _) in before.items())
    came = {tag for _, tag, _ in after.values()} - stay
    if retagged or came or {tag for _, tag, _ in before.values()} - stay:
        return  # nobody can know what such a class was called
    plain = why(before, after)
    called = why(before, other, new=tuple(new.values()))
    assert [round(r.change, 6) for r in called] == [round(r.change, 6) for r in plain]
    assert [r.frames for r in called] == [r.frames for r in plain]


def test_what_the_weights_do_not_explain_is_told_as_such() -> None:
    frames = stand(frames_of(range(4), "cup"))
    found = reasons(frames, frames, 0.25, {})
    assert told(found) == [(25.0, "Scenes and classes weigh otherwise than before.")]
    assert found[0].kind == "weights"


def test_other_weights_of_the_same_frames_are_no_flip() -> None:
    frames: Frames = {1: (1, "cup", "cup"), 2: (2, "cup", "mug")}
    found = reasons(stand(frames), stand(frames, weights=[0.9, 0.1]), 0.4, {})
    assert [reason.kind for reason in found] == ["weights"]


def test_when_no_frame_is_left_of_those_that_counted_nothing_is_compared() -> None:
    found = why(frames_of(range(1, 3), "cup"), frames_of(range(5, 7), "cup", "mug"))
    assert told(found) == [(-100.0, "None of the frames that counted before counts now.")]


def test_of_many_reasons_the_smallest_are_told_together() -> None:
    names = tuple(f"class {number:02}" for number in range(30))
    before = {n: (n, names[n], names[n]) for n in range(30)}
    after = {n: (n, names[n], names[0] if n % 2 else names[n]) for n in range(30)}
    found = why(before, after, old=names, new=names)
    assert len(found) == 8
    assert (found[-1].kind, found[-1].frames, found[-1].message) == ("rest", 8, "8 smaller reasons together.")
    assert sum(reason.change for reason in found) == pytest.approx(-0.5)


# ── in words ────────────────────────────────────────────────────────────────────────────────────

RIPE: Frames = frames_of(range(5), "ripe") | frames_of(range(5, 10), "unripe")
FRUIT = ("ripe", "rotten", "unripe")


def turned(frames: Frames, numbers: range, taken: str) -> Frames:
    return {n: (burst, tag, taken if n in numbers else was) for n, (burst, tag, was) in frames.items()}


PULLED = turned(RIPE, range(5, 9), "ripe")
SENTENCES = {
    "frames of a class pull those of another over": (
        RIPE, PULLED, learned(None, "ripe", 3),
        "3 frames tagged `ripe` pulled `unripe` over: 4 of its judged frames are now taken for `ripe`.",
    ),
    "one frame pulls one": (
        RIPE, turned(RIPE, range(5, 6), "ripe"), learned(None, "ripe"),
        "1 frame tagged `ripe` pulled `unripe` over: 1 of its judged frames is now taken for `ripe`.",
    ),
    "frames that changed their class pull": (
        RIPE, PULLED, learned("rotten", "ripe", 2),
        "2 frames retagged from `rotten` to `ripe` pulled `unripe` over: "
        "4 of its judged frames are now taken for `ripe`.",
    ),
    "a class that lost frames loses more": (
        RIPE, PULLED, learned("unripe", None, 3),
        "Untagging 3 frames of `unripe` weakened `unripe`: 4 of its judged frames are now taken for `ripe`.",
    ),
    "nobody knows why": (RIPE, PULLED, None, "4 judged frames of `unripe` are now taken for `ripe`."),
    "untagging brings back": (
        PULLED, RIPE, learned("ripe", None),
        "Untagging 1 frame of `ripe` brought back 4 judged frames of `unripe`.",
    ),
    "a class that learns gets its own back": (
        PULLED, RIPE, learned(None, "unripe", 2),
        "2 frames tagged `unripe` pulled 4 judged frames of `unripe` from `ripe`.",
    ),
    "frames that are tagged rightly at last get others back": (
        PULLED, RIPE, learned("ripe", "unripe", 2),
        "2 frames retagged from `ripe` to `unripe` pulled 4 judged frames of `unripe` from `ripe`.",
    ),
    "it got better and nobody knows why": (
        PULLED, RIPE, None, "4 judged frames of `unripe`, taken for `ripe` before, are right now.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "deed", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_it_is_told_that(before: Frames, after: Frames, deed: Deed | None, sentence: str) -> None:
    causes = {} if deed is None else dict.fromkeys(range(10), deed)
    (reason,) = why(before, after, causes, old=FRUIT, new=FRUIT)
    assert reason.message == sentence
    assert (reason.cause is None) == (deed is None)
    assert reason.kind == ("lost" if after is not RIPE else "won")
    assert reason.labels == ("unripe", "ripe")


def test_flips_of_one_class_by_different_causes_are_told_apart() -> None:
    found = why(RIPE, PULLED, {5: learned(None, "ripe", 3)}, old=FRUIT, new=FRUIT)
    assert told(found) == [
        (-30.0, "3 judged frames of `unripe` are now taken for `ripe`."),
        (-10.0, "3 frames tagged `ripe` pulled `unripe` over: 1 of its judged frames is now taken for `ripe`."),
    ]


def test_new_frames_are_beside_those_before_them() -> None:
    before = RIPE | {9: (9, "unripe", "ripe")}
    after = before | {20: (20, "unripe", "ripe"), 21: (21, "unripe", "unripe"), 22: (22, "ripe", "ripe")}
    assert told(why(before, after, old=FRUIT, new=FRUIT)) == [
        (-4.3, "2 new judged frames of `unripe` (1 right) came in harder than those before, 80% right."),
    ]
    assert told(why(before, before | {20: (20, "unripe", "unripe")}, old=FRUIT, new=FRUIT)) == [
        (1.7, "1 new judged frame of `unripe` (1 right) came in easier than those before, 80% right."),
    ]


def test_frames_that_go_are_told_as_gone() -> None:
    before = RIPE | {9: (9, "unripe", "ripe"), 8: (8, "unripe", "ripe")}
    assert told(why(before, {n: frame for n, frame in before.items() if n != 9}, old=FRUIT, new=FRUIT)) == [
        (7.5, "1 judged frame of `unripe` (0 right) does not count any more."),
    ]


def test_a_frame_that_is_tagged_otherwise_is_told_once() -> None:
    after = RIPE | {9: (9, "ripe", "unripe")}
    (reason,) = why(RIPE, after, old=FRUIT, new=FRUIT)
    assert reason.message == "1 judged frame of `unripe` is tagged `ripe` now: 1 right before, 0 since."
    assert reason.labels == ("unripe", "ripe")
    assert reason.change == pytest.approx(-1 / 12)


def test_a_class_that_becomes_part_of_another_is_told_in_one_sentence() -> None:
    before = RIPE | frames_of(range(10, 12), "rotten", "ripe")
    after = RIPE | {10: (10, "ripe", "ripe"), 11: (11, "ripe", "ripe")}
    assert told(why(before, after, old=FRUIT, new=("ripe", "unripe"))) == [
        (33.3, "All 2 judged frames of `rotten` are tagged `ripe` now: 0 right before, 2 since."),
    ]


def test_a_class_that_comes_or_goes_changes_the_mean() -> None:
    more = RIPE | {10: (10, "rotten", "ripe"), 11: (11, "rotten", "rotten")}
    assert told(why(RIPE, more, old=FRUIT, new=FRUIT)) == [
        (-16.7, "`rotten` is measured from now on; 50% of it is right."),
    ]
    assert told(why(more, RIPE, old=FRUIT, new=FRUIT)) == [
        (16.7, "`rotten` is not measured any more; 50% of it was right."),
    ]


def test_a_class_with_another_name_is_the_same_class() -> None:
    after = {
        n: (b, "green" if t == "unripe" else t, "green" if a == "unripe" else a) for n, (b, t, a) in PULLED.items()
    }
    one, other = stand(RIPE, FRUIT), stand(after, ("green", "ripe", "rotten"))
    assert renamed(one, other) == {"unripe": "green"}
    assert told(why(RIPE, after, old=FRUIT, new=("green", "ripe", "rotten"))) == [
        (-40.0, "4 judged frames of `green` are now taken for `ripe`."),
    ]


def test_a_class_of_which_only_a_part_has_another_name_is_not_renamed() -> None:
    after = RIPE | {9: (9, "green", "green")}
    assert renamed(stand(RIPE, FRUIT), stand(after, ("green", *FRUIT))) == {}


def test_a_deed_points_to_the_class_it_fed_and_away_from_the_one_it_starved() -> None:
    flip = Flip(0, 1, "unripe", was="unripe", now="ripe", change=-0.1)
    for before, after, points in (
        (None, "ripe", True), ("unripe", None, True), ("unripe", "rotten", True), ("rotten", "ripe", True),
        (None, "unripe", False), (None, "rotten", False), ("ripe", None, False), ("rotten", None, False),
    ):  # fmt: skip
        assert points_to(learned(before, after), flip) is points, (before, after)
    silent = Flip(0, 1, "unripe", was=None, now="unripe", change=0.1)
    assert not points_to(learned(None, "ripe"), silent) and points_to(learned(None, "unripe"), silent)
