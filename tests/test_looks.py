"""How a frame looks: brighter is brighter, a blurred one is less sharp, whatever its size."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from pictures import scene
from reports import darkened

from edge_brain.errors import BadPicture
from edge_brain.images import encode_jpeg
from edge_brain.report.looks import measure


def test_brightness_is_the_mean_luma_from_0_to_1() -> None:
    for grey in (0, 128, 255):
        looks = measure(encode_jpeg(np.full((40, 60, 3), grey, np.uint8)))
        assert looks.brightness == pytest.approx(grey / 255, abs=0.01)
        assert looks.sharpness == pytest.approx(0, abs=0.1)
    picture = scene("cup")
    assert measure(encode_jpeg(darkened(picture))).brightness < measure(encode_jpeg(picture)).brightness / 3


def test_a_blurred_picture_is_less_sharp() -> None:
    picture = scene("cup")
    blurred = np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8)
    assert measure(encode_jpeg(blurred)).sharpness < measure(encode_jpeg(picture)).sharpness / 4


def test_a_picture_of_one_pixel_is_measured() -> None:
    looks = measure(encode_jpeg(np.full((1, 1, 3), 255, np.uint8)))
    assert (looks.brightness, looks.sharpness) == (1.0, 0.0)


def test_a_damaged_thumbnail_is_refused() -> None:
    with pytest.raises(BadPicture, match="thumbnail"):
        measure(b"no picture")
