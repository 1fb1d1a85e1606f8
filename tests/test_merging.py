"""What devices are told apart from one another comes to the same on all of them, to the bit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from replicas import World, disagreements

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


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_any_history_comes_to_the_same_on_all_devices(once: None, memory: Path, seed: int) -> None:
    world = World(memory / str(seed), seed)
    try:
        assert list(disagreements(world)) == [], f"seed {seed}"
    finally:
        world.close()
