"""Paint the pictures of a synthetic camera: scenes that a brain can learn, and tell from one another.

Cosines of codes, four names by three scenes, three seeds         "pixels"       lite0-224
two frames of one scene, mean; none is under 0.97                 0.999          0.993
two scenes of one name, mean                                      0.75           0.90
scenes of two names, mean                                         0.67           0.58

All are bright and sharp enough to pass the gate of `quality`.
"""

from __future__ import annotations

import math
import zlib

import numpy as np
from numpy.typing import NDArray

from edge_brain.capture.script import Script
from edge_brain.capture.source import Raw

NOTHING = "nothing"  # the name of an empty table
_NOISE, _NOISE_TILE = 4, 16  # levels, pixels


class Painter:
    """Paints the pictures of a script; picture `number` is due at number ÷ fps."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._motion = max(2, script.height // 60)  # pixels
        size = (script.height + _NOISE_TILE, script.width + _NOISE_TILE, 3)
        self._noise = _random(script.seed, "noise", int(1000 * script.fps)).integers(0, _NOISE, size, dtype=np.uint8)
        self._canvas: tuple[int, NDArray[np.uint8]] | None = None  # the scene painted last

    def paint(self, number: int) -> Raw:
        """Return the picture of that number, faults that show included."""
        script, shown = self._script, number
        fault = script.fault(number / script.fps)
        if fault and fault[0] == "frozen":
            shown = math.ceil(fault[1] * script.fps)
        scene = script.scene(shown / script.fps) or 0
        name = script.scenes[scene % len(script.scenes)]
        if fault and fault[0] == "black":
            return Raw(np.zeros((script.height, script.width, 3), np.uint8), burst=f"scene {scene}")
        if self._canvas is None or self._canvas[0] != scene:
            self._canvas = scene, self._paint_scene(name, scene)
        down, right = (round(self._motion / 2 * (1 + math.sin(shown / pace))) for pace in (7.0, 5.0))
        # neighbours never have the same noise: 7 and 16 have no common divisor
        noise_down, noise_right = 7 * shown % _NOISE_TILE, 5 * (shown // _NOISE_TILE) % _NOISE_TILE
        height, width = script.height, script.width
        pixels = (
            self._canvas[1][down : down + height, right : right + width]
            + self._noise[noise_down : noise_down + height, noise_right : noise_right + width]
        )
        return Raw(pixels, burst=f"scene {scene}", truth=name)

    def _paint_scene(self, name: str, scene: int) -> NDArray[np.uint8]:
        """Paint a scene with a margin to move in, no level above 255 − the noise.

        A class is where and in which colours its glyphs stand, and their shape; a scene is how they are turned,
        which of them are missing or joined by others, their size and the light.
        """
        script, random = self._script, _random(self._script.seed, "scene", scene)
        height, width = script.height + self._motion, script.width + self._motion
        if name == NOTHING:
            return _table(height, width, random)
        kind = _random(script.seed, name)
        cells, corners, waves = int(kind.integers(3, 9)), int(kind.integers(2, 7)), float(kind.uniform(0.1, 0.6))
        share = np.tile(np.arange(cells * cells) < 0.3 * cells * cells, (3, 1))  # of each colour, so that none is dark
        lit = kind.permuted(share, axis=1).T.reshape(cells, cells, 3)
        lit ^= random.random(lit.shape) < 0.16
        rows, down = np.divmod(np.arange(height) * cells / height, 1)
        columns, right = np.divmod(np.arange(width) * cells / width, 1)
        y, x = np.meshgrid(down - 0.5, right - 0.5, indexing="ij")
        angle = np.arctan2(y, x) + random.uniform(0, 2 * np.pi)
        edge = random.uniform(0.5, 0.6) * (1 - waves * (0.5 + 0.5 * np.cos(corners * angle)))
        glyph = np.hypot(y, x) < edge
        shown = lit[rows.astype(int)][:, columns.astype(int)] & glyph[..., None]
        return np.asarray(shown * np.uint8(random.uniform(225, 250)))


def _table(height: int, width: int, random: np.random.Generator) -> NDArray[np.uint8]:
    """Paint an empty table, light falling on it from one side."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    side, colour = random.uniform(0, 2 * np.pi), random.uniform(40, 120, 3)
    light = 1 + 0.45 * (x * math.cos(side) + y * math.sin(side)) + 0.45 * np.cos(x * random.uniform(2, 6))
    grain = random.uniform(0, 12, (height, width, 1))  # else it would count as blurred
    return np.asarray(np.clip(light[..., None] * colour + grain, 0, 255 - _NOISE), dtype=np.uint8)


def _random(*seed: int | str) -> np.random.Generator:
    return np.random.default_rng([zlib.crc32(part.encode()) if isinstance(part, str) else part for part in seed])
