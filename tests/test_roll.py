"""The roll keeps book like a plain dictionary, and finds what is alike like a search through all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain.records import Change
from edge_brain.roll import Roll

LENGTH = 16


def change(frame: int, after: str | None, burst: int | None = None) -> Change:
    burst = frame // 3 if burst is None else burst
    return Change(
        frame=frame, id=f"{frame:064x}", burst=burst, burst_name=f"burst {burst:03d}", role="learned", taken_at=None,
        before=None, after=after, code=b"",
    )  # fmt: skip


def row_of(frame: int, length: int = LENGTH) -> np.ndarray:
    return np.random.default_rng(frame).integers(0, 128, length, dtype=np.int8)


def assert_is(roll: Roll, held: dict[int, str]) -> None:
    """Compare all that a roll tells with a dictionary of frame → label."""
    everything = roll.all()
    assert len(roll) == len(held)
    assert [frame.frame for frame in everything.frames] == sorted(held)
    assert [frame.after for frame in everything.frames] == [held[frame] for frame in sorted(held)]
    assert everything.bursts.tolist() == [frame // 3 for frame in sorted(held)]
    assert everything.rows[:, 0].tolist() == [row_of(frame).tolist() for frame in sorted(held)]
    tallies: dict[str, dict[int, int]] = {}
    for frame, label in held.items():
        bursts = tallies.setdefault(label, {})
        bursts[frame // 3] = bursts.get(frame // 3, 0) + 1
    assert roll.tallies == tallies


@given(st.lists(st.tuples(st.integers(0, 11), st.sampled_from(["cup", "mug", None])), max_size=40))
def test_a_roll_keeps_book_like_a_dictionary(steps: list[tuple[int, str | None]]) -> None:
    roll, held = Roll(LENGTH), dict[int, str]()
    for frame, label in steps:
        if label is None and frame not in held:
            continue
        roll.apply(change(frame, label), row_of(frame))
        if label is None:
            del held[frame]
        else:
            held[frame] = label
        assert_is(roll, held)
    for burst in range(4):
        assert [f.frame for f in roll.select({burst}).frames] == [f for f in sorted(held) if f // 3 == burst]


def test_a_roll_grows_and_shrinks_far_beyond_its_first_size() -> None:
    roll, held = Roll(LENGTH), dict[int, str]()
    for frame in range(300):
        roll.apply(change(frame, "mug"), row_of(frame))
        held[frame] = "mug"
    assert_is(roll, held)
    for frame in range(0, 300, 2):
        roll.apply(change(frame, None), row_of(frame))
        del held[frame]
    assert_is(roll, held)


def test_all_is_the_same_object_until_something_changes() -> None:
    roll = Roll(LENGTH)
    roll.apply(change(1, "mug"), row_of(1))
    everything = roll.all()
    assert roll.all() is everything
    roll.apply(change(2, "mug"), row_of(2))
    assert roll.all() is not everything
    assert len(everything.frames) == 1, "what was given out does not change"


# ── which look alike ────────────────────────────────────────────────────────────────────────────


def cosine(left: np.ndarray, right: np.ndarray) -> float:
    left, right = left.astype(float), right.astype(float)
    return float(left @ right / (np.linalg.norm(left) * np.linalg.norm(right)))


def noisy(row: np.ndarray, amount: float, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=len(row)) * amount
    return np.clip(np.rint(row + noise), 0, 127).astype(np.int8)


@pytest.mark.parametrize("length", [192, 1280, 100])
@pytest.mark.parametrize("seed", range(3))
def test_the_alike_are_those_that_a_search_through_all_finds(seed: int, length: int) -> None:
    random = np.random.default_rng(seed)
    scenes = [row_of(1000 * seed + number, length) for number in range(20)]
    roll, held = Roll(length), dict[int, tuple[str, np.ndarray]]()
    for frame in range(200):
        row = noisy(scenes[frame % 20], 9, 1000 * seed + frame)
        held[frame] = ("cup" if frame % 40 < 20 else "mug", row)
        roll.apply(change(frame, held[frame][0]), row)
        if frame % 7 == 6:  # searches in between, and frames that go, must not confuse the sketches
            roll.alike(row, "mug", 0.97)
            gone = int(random.choice(list(held)))
            roll.apply(change(gone, None), held.pop(gone)[1])
    found = 0
    for number in range(100):
        row, label = noisy(scenes[number % 20], number / 2.5, number), ("cup", "mug")[number % 2]
        wanted = {frame: cosine(row, other) for frame, (own, other) in held.items() if own == label}
        told = {frame.frame: likeness for likeness, frame in roll.alike(row, label, 0.97)}
        assert told == pytest.approx({frame: each for frame, each in wanted.items() if each >= 0.97}, abs=1e-5)
        found += bool(told)
    assert 20 <= found <= 80, "of both kinds there are enough"


def test_nothing_is_alike_in_an_empty_roll_or_in_a_class_without_frames() -> None:
    def alike(label: str) -> list[int]:
        return [frame.frame for _, frame in roll.alike(row, label, 0.9)]

    roll, row = Roll(LENGTH), row_of(1)
    assert alike("mug") == []
    roll.apply(change(1, "mug"), row)
    assert (alike("mug"), alike("cup")) == ([1], [])
    roll.apply(change(1, "cup"), row)
    assert (alike("mug"), alike("cup")) == ([], [1])
    roll.apply(change(1, None), row)
    assert (alike("mug"), alike("cup")) == ([], [])


def test_a_black_row_is_like_nothing() -> None:
    roll, black = Roll(LENGTH), np.zeros(LENGTH, np.int8)
    roll.apply(change(1, "mug"), row_of(1))
    assert roll.alike(black, "mug", 0.9) == []


# ── a sample of bursts ──────────────────────────────────────────────────────────────────────────


def test_some_bursts_are_whole_enough_and_always_the_same() -> None:
    def made(order: list[int]) -> Roll:
        roll = Roll(LENGTH)
        for frame in order:
            roll.apply(change(frame, ("cup", "mug")[frame % 2]), row_of(frame))
        return roll

    roll, other = made(list(range(90))), made(list(range(90))[::-1])
    chosen = roll.some_bursts(30)
    assert chosen == other.some_bursts(30)
    assert 30 <= len(roll.select(chosen).frames) < 33
    assert max(chosen) > 20 and min(chosen) < 10, "from all over, not the first ones"
    assert roll.some_bursts(1000) == set(range(30))
    assert roll.some_bursts(0) == Roll(LENGTH).some_bursts(30) == set()


# ── the same on all devices ─────────────────────────────────────────────────────────────────────


def test_frames_stand_and_bursts_are_drawn_by_their_names_whatever_their_numbers() -> None:
    one, other = Roll(LENGTH), Roll(LENGTH)
    for frame in range(120):
        told = change(frame, "cup" if frame % 2 else "mug", frame // 2)
        one.apply(told, row_of(frame))
    for frame in reversed(range(120)):
        told = change(frame, "cup" if frame % 2 else "mug", frame // 2)
        other.apply(replace(told, frame=500 - frame, burst=900 - told.burst), row_of(frame))
    assert [frame.id for frame in one.all().frames] == [frame.id for frame in other.all().frames]
    assert one.all().rows.tolist() == other.all().rows.tolist()
    drawn = one.some_bursts(20)
    assert len(drawn) == 10 and drawn != set(range(10)), "in an order of chance"
    assert {900 - burst for burst in drawn} == other.some_bursts(20)


def test_a_roll_counts_what_each_device_took() -> None:
    roll = Roll(LENGTH)
    for frame in range(6):
        roll.apply(replace(change(frame, "mug"), device="far" if frame > 3 else None), row_of(frame))
    assert roll.taken == {None: {0: 3, 1: 1}, "far": {1: 2}}
    roll.apply(replace(change(4, None), device="far"), row_of(4))
    roll.apply(replace(change(5, None), device="far"), row_of(5))
    assert roll.taken == {None: {0: 3, 1: 1}}
