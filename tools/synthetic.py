"""Large brains without large data: made-up codes that look like the extractor's, and a folder of JPEGs.

A code has a part that all share, one of its class, one of its scene and one of its own; half of its levels are
zero. The cosines come out as on real sets: 0.55 between classes, 0.7 within, 0.93 within a scene.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from photographs import PHOTOGRAPHS, photograph
from PIL import Image

from edge_brain import Brain, files, images
from edge_brain.records import Exposure, Tagging
from edge_brain.views import VIEWS

CLASSES = 20
_A_SCENE = 4  # frames
_BATCH = 250  # frames a transaction
SHARED, CLASS, SCENE, OWN = 0.9, 0.55, 0.5, 0.3  # how much each part weighs
_LEVELS = 11.0  # what the weight 1 becomes


class Scenes:
    """Endless made-up exposures: scene after scene of four frames, class after class."""

    def __init__(self, length: int, contract: str, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._length, self._contract = length, contract
        self._shared = self._part(SHARED)
        self._classes = [self._part(CLASS) for _ in range(CLASSES)]
        self._jpeg = images.encode_jpeg(self._random.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        self._numbers, self._scenes = count(), count()

    def taggings(self, frames: int, *, named: bool) -> Iterator[Tagging]:
        """Yield so many frames to be tagged; `named` gives the bursts, else each is a scene that the brain finds."""
        scene, burst = self._part(SCENE), ""
        for index in range(frames):
            if index % _A_SCENE == 0 or not named:
                number = next(self._scenes)
                scene, burst = self._part(SCENE), f"scene {number}"
            kind = number % CLASSES
            mixed = self._shared + self._classes[kind] + scene + self._part(OWN)
            views = b"".join(self._code(mixed + self._part(OWN)) for _ in VIEWS)
            yield Tagging(self._exposure(self._code(mixed), views), f"class {kind:02}", burst if named else None)

    def _part(self, weight: float) -> NDArray[np.float64]:
        return weight * self._random.standard_normal(self._length)

    def _code(self, mixed: NDArray[np.float64]) -> bytes:
        return as_codes(mixed).tobytes()

    def _exposure(self, code: bytes, views: bytes) -> Exposure:
        data = self._jpeg + b"%d" % next(self._numbers)  # what follows a JPEG's end is not looked at
        return Exposure(files.content_id(data), data, ".jpg", 8, 8, None, None, self._jpeg, code, self._contract, views)


def as_codes(mixed: NDArray[np.floating]) -> NDArray[np.int8]:
    """Return what parts that were added up are as codes, of the same shape."""
    positive = np.maximum(mixed, 0)
    return (np.minimum(np.rint(_LEVELS * positive * np.sqrt(positive)), 255) - 128).astype(np.int8)


class GrowingBrain:
    """A brain of made-up frames that grows to any size it is asked for; a context that closes it."""

    def __init__(self, folder: Path, frames: int = 0, *, seed: int = 0) -> None:
        self.brain = Brain.create(folder)
        self.scenes = Scenes(int(self.brain.store.setting("code_length")), self.brain.store.contract, seed)
        while frames > 0:
            taggings = list(self.scenes.taggings(min(_BATCH, frames), named=True))
            frames -= len(self.brain.tag_exposures(taggings))

    def __enter__(self) -> GrowingBrain:
        return self

    def __exit__(self, *error: object) -> None:
        self.brain.close()


def write_jpegs(folder: Path, files_: int, *, width: int = 640, height: int = 480, classes: int = 5) -> list[Path]:
    """Write crops of scikit-image's photographs as JPEGs into a folder for each class; return their paths."""
    random = np.random.default_rng(0)
    photographs = [photograph(name) for name in PHOTOGRAPHS]
    paths = []
    for number in range(files_):
        picture = photographs[random.integers(len(photographs))]
        share = random.uniform(0.4, 0.9)
        high, wide = int(picture.shape[0] * share), int(picture.shape[1] * share)
        top, left = random.integers(picture.shape[0] - high), random.integers(picture.shape[1] - wide)
        crop = Image.fromarray(np.ascontiguousarray(picture[top : top + high, left : left + wide, :3]))
        path = folder / f"class {number % classes}" / f"{number:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        crop.resize((width, height), Image.Resampling.BICUBIC).save(path, "JPEG", quality=90)
        paths.append(path)
    return paths
