"""The head is integers: whatever the order, the way or the machine, the same rows give the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from edge_brain.head import Head, centroids_digest, quantize

LENGTH = 6
labels = st.sampled_from(["cup", "fork", "mug"])
rows = arrays(np.int8, LENGTH, elements=st.integers(-127, 127))
lessons = st.lists(st.tuples(labels, rows), max_size=12)


def taught(lessons: list[tuple[str, np.ndarray]], length: int = LENGTH) -> Head:
    """Return a head that learned all in one go."""
    head = Head(length)
    if lessons:
        head.learn([label for label, _ in lessons], np.stack([row for _, row in lessons]))
    return head


def state(head: Head) -> tuple[Any, ...]:
    return dict(head.counts), {label: sums.tolist() for label, sums in head.sums.items()}, head.scatter.tolist()


def some_rows(count: int, length: int = LENGTH, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(-127, 128, (count, length), dtype=np.int8)


# ── rows ────────────────────────────────────────────────────────────────────────────────────────


@given(arrays(np.int8, array_shapes(min_dims=1, max_dims=2, max_side=40)), st.sampled_from([-128, -100, 0, 10]))
def test_a_row_is_as_large_as_its_code_and_never_negative(codes: np.ndarray, zero_point: int) -> None:
    quantized = quantize(codes, zero_point)
    assert (quantized.dtype, quantized.shape) == (np.int8, codes.shape)
    assert quantized.min() >= 0 and quantized.max() <= 127


@given(st.integers(0, 2**32 - 1), st.sampled_from([192, 1280]))
def test_a_row_has_a_length_near_600(seed: int, length: int) -> None:
    codes = np.random.default_rng(seed).integers(-128, 128, length, dtype=np.int8)
    quantized = quantize(codes, -128)
    assert quantized.max() < 127, "nothing was clipped"
    assert np.linalg.norm(quantized.astype(float)) == pytest.approx(600, rel=0.01)


def test_a_row_is_600_times_the_root_of_each_share() -> None:
    levels = np.array([0, 1, 4, 9, 16, 70])  # of 100
    assert quantize((levels - 128).astype(np.int8), -128).tolist() == [0, 60, 120, 127, 127, 127]
    many = np.zeros(400, np.int8)
    many[:100] = 3  # a hundred shares of 1 in 100
    assert quantize(many, 0).tolist() == [60] * 100 + [0] * 300


@pytest.mark.parametrize("code", [np.full(192, -128, np.int8), np.zeros((0, 192), np.int8)], ids=["black", "none"])
def test_a_code_without_any_level_is_a_row_of_zeros(code: np.ndarray) -> None:
    assert not quantize(code, -128).any()
    assert quantize(code, -128).shape == code.shape


def test_levels_below_the_zero_point_count_as_none() -> None:
    assert quantize(np.array([-128, -1, 0, 5], np.int8), 0).tolist() == [0, 0, 0, 127]


@given(arrays(np.int8, st.tuples(st.integers(1, 6), st.just(20))))
def test_each_code_is_quantized_by_itself(codes: np.ndarray) -> None:
    assert quantize(codes, -128).tolist() == [quantize(code, -128).tolist() for code in codes]


# ── learning and unlearning ─────────────────────────────────────────────────────────────────────


def test_a_head_counts_and_sums_by_class_and_scatters_over_all() -> None:
    head = taught(
        [("mug", np.arange(6, dtype=np.int8)), ("cup", np.full(6, -2, np.int8)), ("mug", np.ones(6, np.int8))]
    )
    assert head.counts == {"mug": 2, "cup": 1}
    assert head.sums["mug"].tolist() == [1, 2, 3, 4, 5, 6]
    assert head.sums["cup"].tolist() == [-2] * 6
    expected = np.outer(range(6), range(6)) + 4 + 1
    assert np.array_equal(head.scatter, expected)


@given(lessons, lessons)
def test_unlearning_restores_the_head_to_the_bit(known: list[tuple[str, np.ndarray]], more: list[Any]) -> None:
    head = taught(known)
    before = head.digest(), state(head)
    for label, row in more:
        head.learn([label], row[None])
    if more:
        head.unlearn([label for label, _ in more], np.stack([row for _, row in more]))
    assert (head.digest(), state(head)) == before


@given(st.data())
def test_any_history_gives_the_digest_of_a_rebuild(data: st.DataObject) -> None:
    head, held = Head(LENGTH), list[tuple[str, np.ndarray]]()
    for _ in range(data.draw(st.integers(0, 12), "steps")):
        doing = data.draw(st.sampled_from(["learn", "unlearn", "relabel", "merge"] if held else ["learn", "merge"]))
        if doing in ("learn", "merge"):
            new = data.draw(st.lists(st.tuples(labels, rows), min_size=1, max_size=4))
            if doing == "merge":
                head.merge(taught(new))
            else:
                head.learn([label for label, _ in new], np.stack([row for _, row in new]))
            held += new
        else:
            places = data.draw(st.sets(st.integers(0, len(held) - 1), min_size=1))
            chosen = [held[place] for place in places]
            old, stacked = [label for label, _ in chosen], np.stack([row for _, row in chosen])
            if doing == "unlearn":
                head.unlearn(old, stacked)
                held = [lesson for place, lesson in enumerate(held) if place not in places]
            else:
                new_labels = [data.draw(labels) for _ in chosen]
                head.relabel(old, new_labels, stacked)
                for place, label in zip(places, new_labels, strict=True):
                    held[place] = (label, held[place][1])
    shuffled = data.draw(st.permutations(held))
    assert head.digest() == taught(shuffled).digest()
    assert head.counts == taught(shuffled).counts, "a class without rows is gone"


@given(lessons, st.integers(0, 12))
def test_merging_parts_gives_the_whole(all_of_it: list[tuple[str, np.ndarray]], cut: int) -> None:
    first, second = taught(all_of_it[:cut]), taught(all_of_it[cut:])
    other_way, untouched = taught(all_of_it[cut:]), second.digest()
    other_way.merge(first)
    first.merge(second)
    assert first.digest() == other_way.digest() == taught(all_of_it).digest()
    first.learn(["mug"], some_rows(1))
    assert second.digest() == untouched, "what was merged shares nothing with what it was merged into"


@pytest.mark.parametrize("count", [1, 2, 1023, 1024, 1025, 3000])
def test_sums_beyond_a_block_of_1024_rows_are_still_exact(count: int) -> None:
    extreme = np.where(some_rows(count, 16) % 5 == 0, -126, 127).astype(np.int8)
    head = taught([("mug", row) for row in extreme], 16)
    whole = extreme.astype(np.int64)
    assert np.array_equal(head.scatter.astype(np.int64), whole.T @ whole)
    assert np.array_equal(head.sums["mug"], whole.sum(axis=0))
    one_by_one = Head(16)
    for row in extreme:
        one_by_one.learn(["mug"], row[None])
    assert one_by_one.digest() == head.digest()


def test_a_float32_product_of_as_many_rows_would_not_be_exact() -> None:
    """So the test above would notice if the blocks were given up."""
    extreme = np.where(some_rows(3000, 16) % 5 == 0, -126, 127).astype(np.int8)
    whole, single = extreme.astype(np.int64), extreme.astype(np.float32)
    assert not np.array_equal((single.T @ single).astype(np.int64), whole.T @ whole)


@pytest.mark.parametrize("classes", [0, 1, 2, 1000])
def test_any_number_of_classes_comes_and_goes(classes: int) -> None:
    head, names = Head(LENGTH), [f"class {number}" for number in range(classes)]
    head.learn(names, some_rows(classes))
    assert sorted(head.counts) == sorted(head.sums) == sorted(names)
    assert head.digest() == taught(list(zip(names, some_rows(classes), strict=True))[::-1]).digest()
    head.unlearn(names, some_rows(classes))
    assert head.counts == {} and head.sums == {}
    assert head.digest() == Head(LENGTH).digest()


def test_unlearning_what_was_not_learned_is_refused_and_changes_nothing() -> None:
    head = taught([("mug", some_rows(1)[0]), ("cup", some_rows(1)[0])])
    before = state(head)
    for asked in (["fork"], ["mug", "mug"], ["cup", "fork"]):
        with pytest.raises(ValueError, match=f"class '{asked[-1]}' holds [01] frames, not [12]"):
            head.unlearn(asked, some_rows(len(asked)))
        with pytest.raises(ValueError, match="frames, not"):
            head.relabel(asked, ["spoon"] * len(asked), some_rows(len(asked)))
        assert state(head) == before


def test_relabelling_moves_rows_and_leaves_the_scatter() -> None:
    head = taught([("mug", row) for row in some_rows(3)])
    scatter = head.scatter.copy()
    head.relabel(["mug", "mug"], ["cup", "mug"], some_rows(3)[:2])
    assert head.counts == {"mug": 2, "cup": 1}
    assert head.sums["cup"].tolist() == some_rows(3)[0].tolist()
    assert np.array_equal(head.scatter, scatter)


# ── digests ─────────────────────────────────────────────────────────────────────────────────────


def test_the_digest_tells_every_difference() -> None:
    one, other = some_rows(2)
    heads = [
        taught([]),
        taught([("mug", one)]),
        taught([("cup", one)]),
        taught([("mug", other)]),
        taught([("mug", one), ("mug", one)]),
        taught([("mug", one), ("cup", other)]),
        taught([("mug", other), ("cup", one)]),
        taught([("mug", one), ("mug", other)]),
    ]
    assert len({head.digest() for head in heads}) == len(heads)


def test_the_digest_knows_the_scatter_and_that_of_the_centroids_does_not() -> None:
    flat = taught([("mug", np.full(LENGTH, 2, np.int8)), ("mug", np.full(LENGTH, 2, np.int8))])
    spread = taught([("mug", np.full(LENGTH, 1, np.int8)), ("mug", np.full(LENGTH, 3, np.int8))])
    assert centroids_digest(flat.counts, flat.sums) == centroids_digest(spread.counts, spread.sums)
    assert flat.digest() != spread.digest()


def test_the_digest_is_that_of_every_other_machine() -> None:
    head = taught([("mug", np.arange(6, dtype=np.int8)), ("чашка", np.full(6, -2, np.int8))])
    assert head.digest() == "eb2fa38686a6433d76951d37b20136e826bcc6fab3900082fbe15683d12122b2"
