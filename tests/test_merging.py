"""What devices are told apart from one another comes to the same on all of them, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from replicas import World, best_codes, everything, reckoned, standing_of

HISTORIES = 100  # of these; tools/torture.py tries more


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where there is one: what is tried here is not the disk."""
    import shutil
    import tempfile

    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=shared if shared.is_dir() else tmp_path))
    yield folder
    shutil.rmtree(folder)


def assert_converges(folder: Path, seed: int) -> None:
    world = World(folder / str(seed), seed)
    try:
        world.live(world.random.randint(5, 40))
        world.tell_all()
        stores = [device.store for device in world.devices]
        for store in stores:
            assert {event for _, event in everything(store)} == world.events, (
                f"seed {seed}: nothing lost, nothing twice"
            )
            assert list(store.damage()) == []
        expected = reckoned(world.events, best_codes(stores))
        for store in stores:
            assert standing_of(store) == expected, f"seed {seed}"
    finally:
        world.close()


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_any_history_comes_to_the_same_on_all_devices(once: None, memory: Path, seed: int) -> None:
    assert_converges(memory, seed)
