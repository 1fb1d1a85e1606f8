"""Picture quality: light, sharpness and size in figures that mean the same in every scene."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_brain import files, images, quality
from edge_brain.exposure import Exposer
from edge_brain.extractor import PixelExtractor
from edge_brain.images import encode_jpeg
from edge_brain.region import Region


def ramp(contrast: float) -> np.ndarray:
    levels = np.linspace(128 - contrast, 128 + contrast, 200)
    return np.repeat(np.tile(levels, (200, 1))[..., None], 3, axis=2).astype(np.uint8).transpose(1, 0, 2)


def checked(size: int = 16) -> np.ndarray:
    tile = np.kron(np.indices((10, 10)).sum(axis=0) % 2, np.ones((size, size)))
    return np.repeat((40 + 160 * tile)[..., None], 3, axis=2).astype(np.uint8)


def sharpness(pixels: np.ndarray) -> float:
    told = quality.measure(pixels)[1]
    assert told is not None
    return told


def test_brightness_goes_from_black_to_white() -> None:
    assert quality.measure(np.zeros((20, 20, 3), np.uint8))[0] == 0
    assert quality.measure(np.full((20, 20, 3), 255, np.uint8))[0] == pytest.approx(1)


def test_a_step_is_sharp_and_stays_so_at_any_contrast() -> None:
    assert sharpness(checked()) == pytest.approx(0.447, abs=0.02)
    assert sharpness(checked() // 4) == pytest.approx(sharpness(checked()), abs=0.03)


def test_blur_in_one_direction_is_enough_to_be_blurred() -> None:
    shaken = cv2.blur(checked(), (15, 1))
    assert sharpness(shaken) < quality.BLURRED < sharpness(checked())
    assert sharpness(shaken.transpose(1, 0, 2).copy()) == pytest.approx(sharpness(shaken), abs=1e-4)


def test_what_has_nothing_to_be_sharp_is_not_called_sharp() -> None:
    assert sharpness(np.full((160, 160, 3), 90, np.uint8)) == 0
    assert quality.measure(np.full((5, 90, 3), 90, np.uint8))[1] is None


def test_a_picture_is_measured_at_one_size_whatever_its_own() -> None:
    large = np.kron(checked(40), np.ones((2, 2, 1))).astype(np.uint8)  # 800 pixels a side, steps at 80
    small = images.fit(large, 160, 160)
    assert sharpness(large) == pytest.approx(sharpness(small), abs=0.02)
    assert quality.measure(large[:901, :857])[0] == pytest.approx(quality.measure(large)[0], abs=0.02)


def test_faults_are_named_and_what_is_not_known_is_no_fault() -> None:
    assert quality.faults(0.05, 0.2, 40) == ("dark", "blurred", "tiny")
    assert quality.faults(0.5, 0.4, 480) == quality.faults(None, None, 480) == ()


def test_only_the_part_that_is_looked_at_counts() -> None:
    picture = np.zeros((200, 200, 3), np.uint8)
    picture[100:, 100:] = 200
    bright = Exposer(PixelExtractor(), Region.parse("0.5,0.5,0.5,0.5")).expose(encode_jpeg(picture))
    whole = Exposer(PixelExtractor(), Region()).expose(encode_jpeg(picture))
    assert bright.brightness == pytest.approx(200 / 255, abs=0.02)
    assert whole.brightness == pytest.approx(50 / 255, abs=0.02)


def test_blurring_real_pictures_is_seen_across_scenes(data: Path) -> None:
    sharp, blurred = [], []
    paths = [path for inside in sorted((data / "grocery_produce").iterdir()) if inside.is_dir()
             for path in sorted(files.walk(inside))[:2]]  # fmt: skip
    for path in paths:
        pixels = images.decode(path.read_bytes(), at_least=448).pixels
        for values, picture in (
            (sharp, pixels),
            (blurred, cv2.GaussianBlur(pixels, (0, 0), 0.01 * min(pixels.shape[:2]))),
        ):
            values.append(sharpness(picture))
    assert np.mean(np.array(sharp)[:, None] > np.array(blurred)[None]) > 0.98
    assert np.mean(np.array(sharp) > quality.BLURRED) > 0.95 and np.mean(np.array(blurred) < quality.BLURRED) > 0.95
