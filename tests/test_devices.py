"""How each device does, beside the score of all: the figures, the chance that it is one, and what is advised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from edge_brain import devices
from edge_brain.advice import advise
from edge_brain.records import Advice, Device, DeviceScore, Image, Level, Score
from edge_brain.score import expected, measure

HERE, FAR = "aaaa000000000000", "bbbb000000000000"


def site(device: str | None, label: str, right: int, wrong: int, frames: int = 1) -> list[Image]:
    """Return the reserved frames of so many bursts of a class that a device took."""
    return [
        Image(f"{device} {label} {burst} {frame}", label, "reserved", f"{device} {label} {burst}",
              label if burst < right else "?", burst < right, device=device)
        for burst in range(right + wrong) for frame in range(frames)
    ]  # fmt: skip


def told(images: Sequence[Image], *names: str) -> dict[str, DeviceScore]:
    """Return how this device, "shed", and others do, each of the name that is its id."""
    held = [
        Device(HERE, "shed", 9, 0, 0, None, here=True),
        *(Device(name, name, 9, 0, 0, None, False) for name in names),
    ]
    counts: dict[str | None, dict[int, int]] = {}
    for number, image in enumerate(images):
        counts.setdefault(image.device, {})[number] = 1
    return devices.measure(held, {}, counts, images, [])


# ── the figures ─────────────────────────────────────────────────────────────────────────────────


def test_one_device_has_no_figures_of_its_own() -> None:
    assert told(site(None, "cup", 3, 1)) == {}


def test_each_burst_of_a_device_weighs_the_same_and_the_interval_is_the_scores_own() -> None:
    images = site(None, "cup", 3, 1) + site(FAR, "cup", 5, 1, frames=2) + site(FAR, "mug", 1, 1, frames=9)
    here, far = told(images, FAR).values()
    assert (here.accuracy, here.judged_bursts, here.right, here.reserved) == (0.75, 4, 3, 4)
    assert (far.accuracy, far.judged_bursts, far.right, far.reserved) == (6 / 8, 8, 5 * 2 + 9, 6 * 2 + 2 * 9)
    assert far.interval == expected(6 / 8, 8)
    assert (here.weakest, far.weakest) == ("cup", "mug")
    assert (here.here, far.here) == (True, False)


def test_a_burst_that_shows_all_classes_is_one_burst() -> None:
    session = [replace(image, burst="walk") for image in site(FAR, "cup", 1, 0) + site(FAR, "mug", 0, 1)]
    far = told(site(None, "cup", 1, 0) + session, FAR)[FAR]
    assert (far.judged_bursts, far.accuracy, far.weakest) == (1, 0.5, "mug")
    assert far.elsewhere is None and far.chance is None, "nowhere else does a burst show the same"


def test_a_frame_without_an_answer_says_nothing() -> None:
    images = [replace(image, predicted=None, right=None) for image in site(FAR, "cup", 0, 5)]
    far = told(site(None, "cup", 4, 0) + images, FAR)[FAR]
    assert (far.accuracy, far.interval, far.judged_bursts, far.weakest, far.chance) == (None, None, 0, None, None)


def test_where_nothing_is_wrong_no_class_is_weakest() -> None:
    assert told(site(None, "cup", 4, 0) + site(FAR, "cup", 4, 0), FAR)[FAR].weakest is None


def test_the_chance_is_that_of_fishers_test() -> None:
    far = told(site(None, "cup", 19, 1) + site(FAR, "cup", 2, 3), FAR)[FAR]
    right, bursts, own = 21, 25, 5
    ways = sum(math.comb(right, hits) * math.comb(bursts - right, own - hits) for hits in range(3) if own - hits <= 4)
    assert far.chance == pytest.approx(ways / math.comb(bursts, own))
    assert far.elsewhere == 0.95


def test_a_device_that_shows_the_hard_class_is_not_called_weak_for_it() -> None:
    """It is right in 50 % and the others in 90: but so are they, of that class."""
    images = site(None, "cup", 40, 0) + site(None, "mug", 5, 5) + site(FAR, "mug", 6, 6) + site(FAR, "cup", 2, 0)
    far = told(images, FAR)[FAR]
    assert far.accuracy == 8 / 14
    assert far.elsewhere == pytest.approx((12 * 0.5 + 2) / 14)
    assert far.chance is not None and far.chance > 0.3


def test_among_devices_that_are_alike_few_are_called_weak() -> None:
    random, alarms, draws = np.random.default_rng(0), 0, 200
    for _ in range(draws):
        images = list[Image]()
        for device in (None, *"bcdef"):
            for label, sure in (("cup", 0.95), ("mug", 0.7)):
                bursts = int(random.integers(1, 12))
                right = int(random.binomial(bursts, sure))
                images += site(device, label, right, bursts - right)
        alarms += any(each.kind == "weak device" for each in advise(score(images, told(images, *"bcdef"), "Good")))
    assert alarms <= 0.1 * draws


def test_a_device_that_is_much_worse_is_found_as_a_rule() -> None:
    random, found, draws = np.random.default_rng(0), 0, 100
    for _ in range(draws):
        images = list[Image]()
        for device, sure in ((None, 0.95), (FAR, 0.6)):
            right = int(random.binomial(20, sure))
            images += site(device, "cup", right, 20 - right)
        found += any(each.kind == "weak device" for each in advise(score(images, told(images, FAR), "Good")))
    assert found >= 0.75 * draws


# ── what is advised ─────────────────────────────────────────────────────────────────────────────


def score(images: Sequence[Image], per_device: dict[str, DeviceScore], level: Level = "Great") -> Score:
    labels = {image.label or "" for image in images}
    measured = measure(list(images), dict.fromkeys(labels, (20, 10)))
    return replace(measured, level=level, per_device=per_device)


def advice(images: Sequence[Image], level: Level = "Great") -> list[Advice]:
    return advise(score(images, told(images, FAR), level))


GREAT_HERE = site(None, "cup", 40, 0) + site(None, "mug", 40, 0)


def test_a_great_brain_says_first_that_it_is_weak_at_one_site() -> None:
    first, second, *_ = advice(GREAT_HERE + site(FAR, "cup", 4, 0) + site(FAR, "mug", 3, 5))
    assert first.kind == "weak device" and first.labels == ("mug",)
    assert first.message == (
        f"At `{FAR}` the brain is right in 58% of the 12 scenes it was judged by (90%: 17% to 100%), elsewhere in 100% "
        "of scenes of the same classes: tag more scenes there, of `mug` above all."
    )
    assert first.frames == (f"{FAR} mug 3 0", f"{FAR} mug 4 0", f"{FAR} mug 5 0"), "some that it gets wrong there"
    assert second.kind == "ready", "its level is what it is"


def test_it_is_said_when_the_weak_one_is_this_device() -> None:
    (weak,) = (each for each in advice(site(None, "cup", 2, 8) + site(FAR, "cup", 40, 0)) if each.kind == "weak device")
    assert weak.message.startswith("At `shed` (this device) the brain is right in 20% of the 10 scenes")


@pytest.mark.parametrize("level", ["Low", "Good"])
def test_what_holds_at_all_but_one_site_is_told_before_what_all_need(level: Level) -> None:
    kinds = [each.kind for each in advice(site(None, "cup", 30, 6) + site(FAR, "cup", 2, 10), level)]
    assert kinds[0] == "weak device" and len(kinds) > 1


def test_two_bursts_say_nothing_of_a_site() -> None:
    images = GREAT_HERE + site(FAR, "cup", 0, 2)
    assert told(images, FAR)[FAR].chance == pytest.approx(0.0, abs=0.01), "though that would be rare"
    assert [each.kind for each in advice(images)] == ["ready"]


def test_a_site_a_little_under_the_others_is_not_worth_a_word() -> None:
    images = site(None, "cup", 395, 5) + site(FAR, "cup", 360, 40)
    assert told(images, FAR)[FAR].chance == pytest.approx(0.0, abs=1e-4)
    assert "weak device" not in [each.kind for each in advice(images)]


def test_of_devices_without_a_tag_it_is_said_that_nobody_knows() -> None:
    first, ready = advice(GREAT_HERE)
    assert first.kind == "unknown device"
    assert first.message == (
        f"None of the 9 frames that `{FAR}` took is tagged: how right the brain is there, nobody knows. Tag a few "
        "scenes of each class there."
    )
    assert ready.kind == "ready"


def test_a_brain_that_is_still_learning_is_told_what_it_lacks_and_nothing_of_sites() -> None:
    kinds = {each.kind for each in advice(site(None, "cup", 2, 0) + site(FAR, "cup", 0, 5), "Still Learning")}
    assert not kinds & {"weak device", "unknown device"}
