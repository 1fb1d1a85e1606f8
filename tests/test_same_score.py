"""Devices that were told the same have the same score, to the last bit; and a brain that is open follows."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from replicas import SETTINGS, Device, World, everything, exposure, segment
from test_merging import memory as memory

from edge_brain import Brain
from edge_brain.records import Tagging
from edge_brain.replica import Segment
from edge_brain.store import Store

HISTORIES = 20


def in_common(brain: Brain) -> dict[str, Any]:
    """Return what of a score must be the same on all devices, in names: which one this is, and what is in sight, not.

    The threshold, too.
    """
    score, own = brain.score(), brain.store.devices.own_id()
    images = [replace(image, device=image.device or own) for image in score.images]
    devices = {
        device: replace(each, here=False, frames=0, name="")
        for device, each in score.per_device.items()
        if each.learned + each.reserved
    }
    threshold = brain.threshold()
    return {**vars(score), "advice": None, "images": images, "per_device": devices, "threshold": threshold}


@pytest.mark.parametrize("seed", range(1000, 1000 + HISTORIES))
def test_any_history_comes_to_the_same_score(once: None, memory: Path, seed: int) -> None:
    world = World(memory / str(seed), seed)
    try:
        world.live(world.random.randint(20, 60))
        world.tell_all()
        brains = [Brain(device.store) for device in world.devices]
        first, *others = map(in_common, brains)
        assert all(other == first for other in others), f"seed {seed}"
    finally:
        world.close()


@pytest.mark.parametrize("seed", range(2000, 2000 + HISTORIES))
def test_a_brain_that_is_open_follows_every_merge(once: None, memory: Path, seed: int) -> None:
    """Roles that turn, codes that are replaced, frames that have waited for one: it has what a fresh one has."""
    world = World(memory / str(seed), seed)
    try:
        world.live(world.random.randint(20, 50))
        open_ones = {device.store.folder: Brain(device.store) for device in world.devices}
        for brain in open_ones.values():
            brain.score()

        def compare(device: Device) -> None:
            follower, fresh = open_ones[device.store.folder], Brain(device.store)
            follower._memory.tagged()  # as `Brain.merge` does
            assert follower.head_digest() == fresh.head_digest(), f"seed {seed}"
            assert follower._memory.learner().reserved.taken == fresh._memory.learner().reserved.taken, f"seed {seed}"
            assert follower._memory.learner().learned.taken == fresh._memory.learner().learned.taken, f"seed {seed}"

        world.tell_all(compare)
        for brain in open_ones.values():
            ours, theirs = in_common(brain), in_common(Brain(brain.store))
            assert ours.pop("threshold") == pytest.approx(theirs.pop("threshold"), abs=1e-6), f"seed {seed}"
            assert ours == theirs, f"seed {seed}"
    finally:
        world.close()


# ── many frames, so that there is a threshold ───────────────────────────────────────────────────


@pytest.fixture
def told(memory: Path) -> Iterator[tuple[Brain, Brain, list[Segment]]]:
    """Two devices that have tagged other pictures, some of them the same, and all that they have to tell."""
    stores = [Store.create(memory / name, SETTINGS) for name in ("one", "two")]
    for number in range(72):
        label = ("cup", "fork", "mug")[number % 3]
        for store in stores[number % 2 :][: 1 + (number % 7 == 0)]:
            burst = f"{label} {number // 6}"
            store.tag([Tagging(exposure(number, False), label, burst)], who="test")
    segments = []
    for store in stores:
        events = [event for _, event in everything(store)]
        segments += [segment(store, events[start : start + 10]) for start in range(0, len(events), 10)]
    yield Brain(stores[0]), Brain(stores[1]), segments
    for store in stores:
        store.close()


def test_devices_that_took_part_and_that_did_not_have_the_same_score_and_threshold(
    once: None, memory: Path, told: tuple[Brain, Brain, list[Segment]]
) -> None:
    one, two, segments = told
    three = Brain(Store.create(memory / "three", SETTINGS))
    figures = []
    for seed, brain in enumerate((one, two, three)):
        for each in random.Random(seed).sample(segments, len(segments)):
            brain.merge(each)
        figures.append((in_common(Brain(brain.store)), brain.head_digest()))
    three.close()
    assert figures[0][0]["threshold"] is not None, "there is enough evidence for a threshold"
    assert len(figures[0][0]["per_device"]) == 2
    assert figures[0] == figures[1] == figures[2]


def test_the_score_of_a_brain_does_not_depend_on_who_was_first(
    once: None, memory: Path, told: tuple[Brain, Brain, list[Segment]]
) -> None:
    *_, segments = told
    scores = []
    for name, order in (("there", segments), ("back", segments[::-1])):
        with Brain(Store.create(memory / name, SETTINGS)) as brain:
            for each in order:
                brain.merge(each)
            scores.append(in_common(Brain(brain.store)))
    assert scores[0] == scores[1]
