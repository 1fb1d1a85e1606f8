"""Real pictures to measure with: folders that have a folder for each class, exposed once, with their scenes."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_brain import Brain, files
from edge_brain.records import Exposure

_COLUMNS = ("session", "student", "tile", "track", "burst")  # the coarsest is independent
_RUNS = {"video_scenes": 5}  # sets of consecutive frames: so many frames are a scene
_MEMORY = Path("/dev/shm")  # a brain that is thrown away need not wait for a disk

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Pictures:
    """A data set, exposed once: each picture with its class and its scene ("" where nobody recorded it)."""

    name: str
    exposures: list[Exposure]
    labels: NDArray[np.str_]
    bursts: NDArray[np.str_]
    groups: list[dict[str, str]]  # what groups.csv says of each

    def __len__(self) -> int:
        return len(self.exposures)

    @property
    def scenes(self) -> NDArray[np.str_]:
        """The scene of each picture; one that belongs to none is a scene of its own."""
        return np.array([burst or each.id for burst, each in zip(self.bursts.tolist(), self.exposures, strict=True)])

    def codes(self, chosen: Indices) -> list[bytes]:
        """Return the codes of some pictures."""
        return [self.exposures[index].code for index in chosen]

    def levels(self, chosen: Indices, zero_point: int) -> NDArray[np.float64]:
        """Return the codes' levels, shape (n, 1280)."""
        codes = np.stack([np.frombuffer(code, np.int8) for code in self.codes(chosen)])
        return codes.astype(np.float64) - zero_point


@contextmanager
def new_brain(extractor: str | None) -> Iterator[Brain]:
    """Make a brain that is gone afterwards."""
    where = _MEMORY if _MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=where) as folder,
        Brain.create(Path(folder) / "brain", extractor=extractor) as brain,
    ):
        yield brain


def load(folder: Path, brain: Brain) -> Pictures:
    """Expose all pictures of a folder that has a folder for each class; the same picture twice counts once."""
    groups, run = _groups(folder / "groups.csv"), _RUNS.get(folder.name)
    found: dict[str, tuple[Exposure, str, str, dict[str, str]]] = {}
    for inside in sorted(path for path in folder.iterdir() if path.is_dir()):
        for place, path in enumerate(files.walk(inside)):
            exposure = brain.exposer.expose(path, str(path), views=brain.views)
            own = groups.get(path.relative_to(folder).as_posix(), {})
            burst = f"{inside.name} {place // run}" if run else _burst(own)
            found.setdefault(exposure.id, (exposure, inside.name, burst, own))
    exposures, labels, bursts, told = zip(*found.values(), strict=True)
    return Pictures(folder.name, list(exposures), np.array(labels), np.array(bursts), list(told))


def _groups(path: Path) -> dict[str, dict[str, str]]:
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def _burst(groups: dict[str, str]) -> str:
    return next((groups[name] for name in _COLUMNS if groups.get(name)), "")
