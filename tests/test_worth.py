"""Which bursts come first: typical ones of what is new and what is in doubt; whole, and every one of them."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import again, scene

from edge_brain import Brain, worth
from edge_brain.head import classifier
from edge_brain.records import Frame
from edge_brain.worth import doubts, order

LENGTH = 200
NONE = np.zeros((0, LENGTH), np.int8)


def crowd(kind: int, count: int, spread: float = 0.3) -> np.ndarray:
    """Return rows (count, LENGTH) of one kind: about its own direction, the first one nearest to it."""
    middle = np.random.default_rng([1, kind]).random(LENGTH)
    noise = np.random.default_rng([2, kind]).normal(0, 1, (count, LENGTH)) * spread
    noise[0] *= 0.1
    return np.clip(40 * (middle + noise), 0, 127).astype(np.int8)


def even(rows: np.ndarray) -> np.ndarray:
    return np.ones(len(rows), np.float32)


def each_its_own(rows: np.ndarray) -> np.ndarray:
    return np.arange(len(rows))


def test_the_first_bursts_are_one_of_each_kind_the_commonest_first() -> None:
    rows = np.concatenate([crowd(0, 6), crowd(1, 12), crowd(2, 3)])
    kinds = np.repeat([0, 1, 2], [6, 12, 3])
    told = order(rows, each_its_own(rows), NONE, even(rows))
    assert sorted(told) == list(range(21)), "every burst comes, once"
    assert kinds[told[:3]].tolist() == [1, 0, 2]
    assert told[:3] == [6, 0, 18], "of each kind the most typical one"


def test_what_is_like_a_tagged_frame_comes_last() -> None:
    rows = np.concatenate([crowd(0, 6), crowd(1, 6)])
    told = order(rows, each_its_own(rows), crowd(0, 8), even(rows))
    assert all(place >= 6 for place in told[:2])


def test_what_is_in_doubt_comes_before_what_is_sure() -> None:
    rows = np.concatenate([crowd(0, 6), crowd(1, 6)])
    for doubted in (0, 1):
        doubt = np.repeat(np.array([0.2, 0.2], np.float32), 6)
        doubt[6 * doubted : 6 * doubted + 6] = 0.9
        assert order(rows, each_its_own(rows), NONE, doubt)[0] // 6 == doubted


def test_a_long_burst_weighs_no_more_than_a_short_one() -> None:
    rows = np.concatenate([crowd(0, 1).repeat(20, axis=0), crowd(1, 4)])
    bursts = np.array([0] * 20 + [1, 2, 3, 4])
    assert order(rows, bursts, NONE, even(rows))[0] == 1


def test_frames_of_a_burst_may_come_apart_from_each_other() -> None:
    rows = np.concatenate([crowd(0, 4), crowd(1, 4), crowd(2, 4)])
    bursts = np.tile([0, 1, 2, 3], 3)
    together = np.argsort(bursts, kind="stable")
    assert order(rows, bursts, NONE, even(rows)) == order(rows[together], bursts[together], NONE, even(rows))


def test_the_order_is_the_same_each_time_and_that_of_coming_where_worth_is_the_same() -> None:
    row = crowd(0, 1)
    assert order(row.repeat(7, axis=0), np.arange(7), NONE, np.ones(7, np.float32)) == list(range(7))
    twins = np.concatenate([crowd(0, 5), crowd(0, 5)])
    told = order(twins, np.arange(10), NONE, even(twins))
    assert sorted(told[:5]) == list(range(5)) and told[5:] == [5, 6, 7, 8, 9]
    assert order(np.zeros((4, LENGTH), np.int8), np.arange(4), NONE, np.ones(4, np.float32)) == [0, 1, 2, 3]
    assert order(NONE, np.arange(0), NONE, np.ones(0, np.float32)) == []
    assert order(NONE, np.arange(0), row, np.ones(0, np.float32)) == []


def test_the_worth_that_falls_burst_by_burst_is_what_counting_anew_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, tagged = np.concatenate([crowd(kind, 8, 0.6) for kind in range(5)]), crowd(5, 9, 0.6)
    bursts, doubt = np.arange(40) // 2, np.random.default_rng(3).random(40).astype(np.float32)
    monkeypatch.setattr(worth, "_AT_ONCE", 7)
    told = order(rows, bursts, tagged, doubt)
    units = np.concatenate([rows, tagged]).astype(float)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    units -= units.mean(axis=0)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    likeness = np.stack([(units[:40] @ units[:40][bursts == burst].T).max(axis=1) for burst in range(20)], axis=1)
    near = np.maximum((units[:40] @ units[40:].T).max(axis=1), 0)
    for place in told:
        gains = (doubt[:, None] * np.maximum(likeness - near[:, None], 0)).sum(axis=0)
        assert gains[place] >= gains.max() - 1e-4
        near = np.maximum(near, likeness[:, place])


def test_of_very_many_some_are_ordered_and_the_others_follow_as_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worth, "_MOST", 10)
    rows = np.concatenate([crowd(0, 15), crowd(1, 15)])
    told = order(rows, each_its_own(rows), NONE, even(rows))
    assert sorted(told) == list(range(30))
    assert sorted(told[:10]) == list(range(0, 30, 3))
    assert sorted(place // 15 for place in told[:2]) == [0, 1]
    assert told[10:] == sorted(told[10:])


def test_doubt_is_one_less_the_margin(taught: Brain) -> None:
    codes = [taught.look(scene(label, 50))[0] for label in ("cup", "fork")]
    rows = taught._rows(codes, taught._memory.learner().length)
    known = taught._memory.learner().classifier(calibrated=False)
    told = doubts(known, rows).tolist()
    for answer, doubt in zip(known.answers(rows.astype(np.float32)), told, strict=True):
        (_, first), (_, second), *_ = answer.ranking
        assert doubt == pytest.approx(1 - (first - second), abs=1e-5)
    assert doubts(classifier.nothing(rows.shape[1]), rows).tolist() == [1.0, 1.0], "who knows nothing doubts all"


# ── of a brain ──────────────────────────────────────────────────────────────────────────────────


def keep(brain: Brain, label: str, number: int, frames: int = 1) -> None:
    """Keep a burst of frames, untagged."""
    burst = f"{label} {number}"
    brain.keep_exposures(
        [brain.exposer.expose(again(scene(label, number), each)) for each in range(frames)], burst=burst
    )


def kinds(frames: list[Frame]) -> list[str]:
    """Return the bursts in the order in which their frames come, each as often as it begins."""
    bursts = [frame.burst for frame in frames]
    return [burst for place, burst in enumerate(bursts) if place == 0 or bursts[place - 1] != burst]


def test_a_brain_that_knows_nothing_asks_for_one_of_each_kind_first(brain: Brain) -> None:
    for label, number in [("cup", 0), ("cup", 1), ("cup", 2), ("fork", 0), ("mug", 0), ("mug", 1)]:
        keep(brain, label, number)
    assert {burst.split()[0] for burst in kinds(brain.untagged(useful_first=True))[:3]} == {"cup", "fork", "mug"}


def test_bursts_stay_together_and_every_frame_is_told_in_the_order_it_came(taught: Brain) -> None:
    for number in range(30, 34):
        for label in ("cup", "spoon", "fork"):
            keep(taught, label, number, frames=3)
    taught.keep_exposures([taught.exposer.expose(again(scene("cup", 30), 9))], burst="cup 30")
    waiting, useful = taught.untagged(), taught.untagged(useful_first=True)
    assert sorted(useful, key=lambda frame: frame.number) == waiting
    assert len(kinds(useful)) == 12, "whole bursts, also that whose last frame came apart"
    for burst in kinds(useful):
        own = [frame.number for frame in useful if frame.burst == burst]
        assert own == sorted(own)
    assert taught.untagged(useful_first=True) == useful
    assert useful != waiting


def test_what_the_brain_does_not_know_yet_comes_before_what_it_knows(taught: Brain) -> None:
    for number in range(30, 33):
        for label in ("cup", "spoon", "fork"):
            keep(taught, label, number)
    first = taught.untagged(useful_first=True)[0]
    assert first.burst.startswith("spoon")
    taught.relabel({first.id: "spoon"})
    assert first.id not in {frame.id for frame in taught.untagged(useful_first=True)}


def test_asking_changes_nothing_and_one_that_was_untagged_waits_again(taught: Brain) -> None:
    assert taught.untagged(useful_first=True) == []
    keep(taught, "spoon", 1)
    before = taught.store.last_event(), taught.head_digest(), taught.store.frames(), taught.history()
    assert taught.untagged(useful_first=True) == taught.untagged()
    assert (taught.store.last_event(), taught.head_digest(), taught.store.frames(), taught.history()) == before
    tagged = taught.store.frames(tagged=True)[0].id
    taught.untag(tagged)
    assert tagged in {frame.id for frame in taught.untagged(useful_first=True)}
