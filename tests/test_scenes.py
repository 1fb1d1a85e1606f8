"""Scenes that nobody recorded: found by times and numbers where the pictures bear them out, and by likeness."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from edge_brain.scenes import find
from edge_brain.scenes.shots import Shot

CLASSES = ("cup", "fork", "mug")
DIMENSIONS = 512
NOON = 1_700_000_000.0


def direction(*seed: object) -> np.ndarray:
    """Return a random direction, the same for the same seed."""
    drawn = np.random.default_rng(zlib.crc32(repr(seed).encode())).standard_normal(DIMENSIONS)
    return drawn / np.linalg.norm(drawn)


def whole(vector: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(600 * vector / np.linalg.norm(vector)), -127, 127).astype(np.int8)


def shot(
    label: str, scene: object, number: int, name: str, taken_at: float | None = None, *, alike: float = 0.93,
    of_class: float = 0.6, outline: object = None,
) -> Shot:  # fmt: skip
    """Return a picture whose cosine is `alike` with others of its scene and `of_class` with others of its class."""
    own = np.sqrt(1 - alike) * direction(label, scene, number)
    row = np.sqrt(of_class) * direction(label) + np.sqrt(alike - of_class) * direction(label, scene) + own
    return Shot(
        id=f"{label}/{name}", label=label, name=name, taken_at=taken_at, row=whole(row),
        outline=whole(direction("outline", label, scene, number if outline is None else outline)),
    )  # fmt: skip


def sizes(shots: Sequence[Shot]) -> list[int]:
    """Return how many scenes of one picture, of two, … were found; 0 of none."""
    bursts = find(shots).bursts
    counts = [bursts.count(burst) for burst in set(bursts)]
    return [counts.count(size) for size in range(max(counts) + 1)]


def parted(shots: Sequence[Shot], scenes: Sequence[object]) -> None:
    """Assert that the bursts found are the scenes, picture for picture."""
    bursts = find(shots).bursts
    first: dict[object, str] = {}
    assert bursts == [first.setdefault(scene, burst) for scene, burst in zip(scenes, bursts, strict=True)]
    assert len(set(bursts)) == len(first)


def series(pictures: int, scenes: int, **kind: float) -> tuple[list[Shot], list[object]]:
    """Return scenes of so many pictures each, in every class, and which scene each picture shows; no names yet."""
    told = [
        (shot(label, scene, number, "", **kind), (label, scene))
        for label in CLASSES for scene in range(scenes) for number in range(pictures)
    ]  # fmt: skip
    return [each for each, _ in told], [scene for _, scene in told]


def named(shots: Iterable[Shot], names: Iterable[str]) -> list[Shot]:
    return [replace(each, id=f"{each.label}/{name}", name=name) for each, name in zip(shots, names, strict=False)]


# ── likeness ────────────────────────────────────────────────────────────────────────────────────


def test_independent_photographs_are_each_a_scene_of_its_own_though_their_numbers_run_on() -> None:
    shots = [shot(label, number, 0, f"{number:04}.jpg") for label in CLASSES for number in range(40)]
    assert sizes(shots) == [0, 120]


def test_a_class_of_look_alikes_does_not_become_one_scene() -> None:
    shots = [shot(label, number, 0, f"{number:04}.jpg", of_class=0.88) for label in CLASSES for number in range(40)]
    assert sizes(shots) == [0, 120]


def test_near_duplicates_are_one_scene_wherever_they_lie() -> None:
    names = [f"{zlib.crc32(bytes([number])):08x}.jpg" for number in range(90)]
    shots, scenes = series(3, 10, alike=0.98)
    parted(named(shots, names), scenes)


def test_pictures_that_are_much_more_alike_than_others_of_their_class_are_near_duplicates() -> None:
    names = [f"{zlib.crc32(bytes([number])):08x}.jpg" for number in range(180)]
    shots, scenes = series(2, 30, alike=0.93, of_class=0.3)
    parted(named(shots, names), scenes)


def test_another_exposure_of_a_view_is_the_same_scene_by_its_outline() -> None:
    shots = [
        shot(label, scene, number, f"{'abc'[number]}{'zyxwvuts'[scene]}.jpg", alike=0.85, outline=0)
        for label in CLASSES for scene in range(8) for number in range(3)
    ]  # fmt: skip
    assert sizes(shots) == [0, 0, 0, 24]
    assert set(find(shots).ties.values()) == {"likeness"}


def test_before_one_background_outlines_tell_nothing() -> None:
    shots = [
        replace(shot(label, number, 0, f"{number}.jpg"), outline=whole(direction("a conveyor")))
        for label in CLASSES for number in range(20)
    ]  # fmt: skip
    assert sizes(shots) == [0, 60]


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "spelled", ["{number}.jpg", "exposure{exposure}_tile{number:06}.png", "{number}-{exposure}.jpg"]
)
def test_gaps_between_numbers_part_scenes(spelled: str) -> None:
    shots, scenes = series(6, 8)
    names = [
        spelled.format(number=5000 * scene + 20 * exposure, exposure=exposure + 1)
        for _ in CLASSES for scene in range(8) for exposure in range(6)
    ]  # fmt: skip
    parted(named(shots, names), scenes)
    assert set(find(named(shots, names)).ties.values()) == {"numbers"}


def test_where_gaps_part_scenes_a_picture_that_shows_nothing_belongs_to_its_neighbours() -> None:
    shots, scenes = series(6, 8)
    shots = named(
        shots, [f"{900 * scene + exposure}.jpg" for _ in CLASSES for scene in range(8) for exposure in range(6)]
    )
    shots = [replace(each, row=whole(direction("nothing", place))) if place % 30 == 5 else each
             for place, each in enumerate(shots)]  # fmt: skip
    parted(shots, scenes)


def test_a_number_of_the_scene_in_a_name_or_a_folder_parts_scenes() -> None:
    shots, scenes = series(5, 9, alike=0.8)
    for spelled in ("{0:05}_{1:05}.png", "track {0}/frame {1}.png"):
        parted(named(shots, [spelled.format(s, n) for _ in CLASSES for s in range(9) for n in range(5)]), scenes)


def test_a_number_that_many_scenes_share_joins_nothing() -> None:
    """The cameras have a number; what counts are the pictures' own."""
    shots, scenes = series(6, 10)
    names = [
        f"camera{scene % 2}_{10 * scene + number:04}.jpg" for _ in CLASSES for scene in range(10) for number in range(6)
    ]
    found = find(named(shots, names)).bursts
    assert max(found.count(burst) for burst in found) <= 12, "no more than two that look a little alike"
    for scene in set(scenes):
        assert len({burst for burst, own in zip(found, scenes, strict=True) if own == scene}) == 1


def test_numbers_that_run_on_leave_it_to_the_pictures_where_a_scene_ends() -> None:
    shots, scenes = series(5, 12)
    shots = named(shots, [f"IMG_{number}.JPG" for _ in CLASSES for number in range(1000, 1060)])
    found = find(shots).bursts
    for scene in set(scenes):
        assert len({burst for burst, own in zip(found, scenes, strict=True) if own == scene}) == 1
    assert len(set(found)) >= 30, "of 36: one in twenty that follow each other look alike by chance"


def test_the_name_of_the_class_in_a_name_hides_no_number() -> None:
    shots, scenes = series(4, 6)
    names = [f"{label}{500 * scene + number}.jpg" for label in CLASSES for scene in range(6) for number in range(4)]
    parted(named(shots, names), scenes)


def test_numbers_of_any_length_are_read() -> None:
    shots, _ = series(2, 4)
    assert len(find(named(shots, [f"{10**400 + number}.jpg" for number in range(24)])).bursts) == 24


# ── time ────────────────────────────────────────────────────────────────────────────────────────


def in_time(shots: Sequence[Shot], times: Iterable[float | None]) -> list[Shot]:
    return [replace(each, taken_at=taken) for each, taken in zip(shots, times, strict=True)]


def hashed(shots: Sequence[Shot]) -> list[Shot]:
    """Give the shots names that tell nothing."""
    return named(shots, (f"{zlib.crc32(repr(place).encode()):08x}.jpg" for place in range(len(shots))))


def test_pauses_part_scenes() -> None:
    shots, scenes = series(5, 10, alike=0.8)
    times = [NOON + 600 * scene + 4 * number for _ in CLASSES for scene in range(10) for number in range(5)]
    parted(in_time(hashed(shots), times), scenes)
    assert set(find(in_time(hashed(shots), times)).ties.values()) == {"time"}


def test_a_few_pictures_taken_moments_apart_are_one_scene_while_they_are_alike() -> None:
    one = shot("mug", "table", 0, "a.jpg", NOON, alike=0.85)
    moments_later = shot("mug", "table", 1, "b.jpg", NOON + 20, alike=0.85)
    elsewhere = shot("mug", "shelf", 0, "c.jpg", NOON + 25, alike=0.85)
    parted([one, moments_later, elsewhere], ["table", "table", "shelf"])
    parted([one, replace(moments_later, taken_at=NOON + 300)], ["table", "table, later"])


def test_the_same_view_on_another_day_is_another_scene() -> None:
    days = [shot("mug", "door", day, f"{day}.jpg", NOON + 86400 * day, alike=0.99, outline=0) for day in range(30)]
    assert sizes(days) == [0, 30]
    assert sizes([replace(each, taken_at=None) for each in days])[-1] == 1, "who knows?"


def test_classes_that_were_taken_in_turn_are_parted_each_by_itself() -> None:
    """One walks past all things again and again, and photographs each twice: three walks are no proof of sessions."""
    shots = [
        shot(label, walk, number, f"{label}{walk}{number}", NOON + 3600 * walk + 10 * place + 2 * number)
        for walk in range(3) for place, label in enumerate(CLASSES) for number in range(2)
    ]  # fmt: skip
    assert sizes(shots) == [0, 0, 9]


def test_a_second_in_which_everything_was_taken_is_no_time() -> None:
    shots, _ = series(1, 40)
    assert sizes(in_time(hashed(shots), [NOON] * 120)) == [0, 120]


def test_times_at_which_files_were_written_are_no_times() -> None:
    shots, _ = series(1, 60, of_class=0.78)
    assert sizes(in_time(hashed(shots), [NOON + place / 2 for place in range(180)])) == [0, 180]


@pytest.mark.parametrize("jump", [-7200.0, 20 * 365 * 86400.0], ids=["back", "by years"])
def test_a_clock_that_is_set_parts_no_scene(jump: float) -> None:
    shots, scenes = series(6, 8, alike=0.95)
    numbers = [(scene, number) for _ in CLASSES for scene in range(8) for number in range(6)]
    shots = named(shots, [f"{10 * scene + number}.jpg" for scene, number in numbers])
    set_at = (4, 3)  # in the middle of the fifth scene
    times = [NOON + 900 * s + 2 * n + (jump if (s, n) >= set_at else 0.0) for s, n in numbers]
    parted(in_time(shots, times), scenes)


# ── sessions ────────────────────────────────────────────────────────────────────────────────────


def signs(students: int, signs_: int, *, hand: float, step: int = 11) -> list[Shot]:
    """Return pictures of students who make all signs one after the other, with numbers that run on over the classes."""
    told = []
    for student in range(students):
        for sign in range(signs_):
            each = shot(f"sign {sign}", student, 0, f"IMG_{1000 + step * student + sign}.jpg", of_class=0.75, alike=0.9)
            row = each.row / 600 + hand * direction("hand of", student)
            told.append(replace(each, row=whole(row), taken_at=NOON + 200 * student + 4 * sign))
    return told


@pytest.mark.parametrize("known_by", ["time", "numbers"])
def test_a_session_that_cuts_across_the_classes_is_one_burst(known_by: str) -> None:
    shots = signs(20, 6, hand=0.5)
    if known_by == "numbers":
        shots = [replace(each, taken_at=None) for each in shots]
    found = find(shots)
    parted(shots, [place // 6 for place in range(120)])
    assert set(found.ties.values()) == {known_by}


def test_few_sessions_are_not_joined_for_nothing_could_be_reserved() -> None:
    assert sizes(signs(7, 6, hand=0.5)) == [0, 42]


def test_what_was_taken_in_one_go_but_shows_nothing_in_common_is_no_session() -> None:
    assert sizes(signs(20, 6, hand=0.0)) == [0, 120]


def test_numbers_dealt_at_random_over_the_classes_make_no_session() -> None:
    chance = random.Random(0)
    numbers = chance.sample(range(300), 240)
    shots = [shot(CLASSES[number % 3], number, 0, f"{number}.jpg") for number in numbers]
    assert sizes(shots) == [0, 240]


# ── in general ──────────────────────────────────────────────────────────────────────────────────


def test_no_picture_one_and_two() -> None:
    assert find([]).bursts == []
    one, other = shot("mug", 0, 0, "1.jpg"), shot("mug", 1, 0, "2.jpg")
    assert find([one]).bursts == ["mug/1.jpg"] and find([one]).ties == {}
    assert find([other, one]).bursts == ["mug/2.jpg", "mug/1.jpg"]
    assert find([other, shot("mug", 1, 1, "3.jpg", alike=0.99), shot("cup", 1, 0, "1.jpg")]).bursts == [
        "mug/2.jpg", "mug/2.jpg", "cup/1.jpg",
    ]  # fmt: skip


def test_pictures_that_show_nothing_at_all_are_no_trouble() -> None:
    blank = np.zeros(DIMENSIONS, np.int8)
    assert len(find([Shot(str(n), "mug", f"{n}.jpg", None, blank, blank) for n in range(30)]).bursts) == 30


def test_the_order_in_which_the_pictures_come_makes_no_difference() -> None:
    shots = [*signs(20, 6, hand=0.5)]
    walks, _ = series(5, 12)
    for told in (shots, named(walks, [f"{number}.jpg" for _ in CLASSES for number in range(60)])):
        expected = dict(zip((each.id for each in told), find(told).bursts, strict=True))
        for seed in range(3):
            mixed = random.Random(seed).sample(told, len(told))
            assert dict(zip((each.id for each in mixed), find(mixed).bursts, strict=True)) == expected


def test_bursts_that_are_known_stay_as_they_are_and_take_in_what_belongs_to_them() -> None:
    shots, scenes = series(6, 8)
    shots = named(shots, [f"{900 * scene + n}.jpg" for _ in CLASSES for scene in range(8) for n in range(6)])
    known = [replace(each, burst=f"{scene}") if place % 6 == 2 else each
             for place, (each, scene) in enumerate(zip(shots, scenes, strict=True))]  # fmt: skip
    assert find(known).bursts == [f"{scene}" for scene in scenes]
    halved = [replace(each, burst="left" if place % 6 < 3 else "right") for place, each in enumerate(shots)]
    assert find(halved).bursts == [each.burst for each in halved]


@pytest.mark.parametrize("tagged", [1, 7, 30, 100, 143])
def test_what_is_found_again_after_some_of_it_was_tagged_is_the_same(tagged: int) -> None:
    shots, _ = series(6, 8)
    shots = named(shots, [f"{number}.jpg" for _ in CLASSES for number in range(48)])
    bursts = find(shots).bursts
    again = [replace(each, burst=bursts[place]) if place < tagged else each for place, each in enumerate(shots)]
    assert find(again).bursts == bursts
