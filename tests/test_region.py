"""A region is written in fractions, lies inside the picture, and cuts out its part to the pixel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_brain.errors import BadInput
from edge_brain.region import Region

Pixels = NDArray[np.uint8]


def scene(width: int = 96, height: int = 64) -> Pixels:
    """A picture that differs from each side: red grows rightwards, green downwards, one corner blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width)
    pixels[..., 1] = np.linspace(0, 255, height)[:, None]
    pixels[: height // 2, : width // 4, 2] = 255
    return pixels


def test_a_region_round_trips_through_text() -> None:
    for region in (Region(), Region(0.1, 0.2, 0.5, 0.5), Region(1 / 3, 0.7, 1e-3, 0.3)):
        assert Region.parse(str(region)) == region
    assert Region.parse(" 0.1, 0.2, 0.5, 0.5 ") == Region(0.1, 0.2, 0.5, 0.5)
    assert str(Region.parse("0,0,1,1")) == "0.0,0.0,1.0,1.0"


@pytest.mark.parametrize("text", ["", "0.1,0.2,0.5", "0,0,1,1,1", "a,b,c,d", "0;0;1;1"])
def test_text_that_is_no_region_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="give x,y,width,height") as caught:
        Region.parse(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "-0.1,0,0.5,0.5",
        "1,0,0.5,0.5",
        "0,0,0,1",
        "0.6,0,0.5,1",
        "0,0.6,1,0.5",
        "nan,0,1,1",
        "0,0,inf,1",
        "10,10,50,50",
    ],
)
def test_a_region_outside_the_picture_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="not inside the picture; give x,y,width,height"):
        Region.parse(text)


def test_a_region_crops_its_part() -> None:
    pixels = scene(100, 50)
    assert np.array_equal(Region(0.1, 0.2, 0.5, 0.4).crop(pixels), pixels[10:30, 10:60])
    assert np.array_equal(Region().crop(pixels), pixels)
    assert Region(0.5, 0, 0.5, 1).crop(pixels).flags.c_contiguous


fractions = st.floats(0, 1, exclude_max=True)


@given(
    x=fractions,
    y=fractions,
    width=fractions,
    height=fractions,
    size=st.tuples(st.integers(1, 40), st.integers(1, 40)),
)
def test_a_crop_is_never_empty(x: float, y: float, width: float, height: float, size: tuple[int, int]) -> None:
    region = Region(x, y, max(width * (1 - x), 1e-12), max(height * (1 - y), 1e-12))
    cropped = region.crop(scene(*size))
    assert 1 <= cropped.shape[0] <= size[1] and 1 <= cropped.shape[1] <= size[0]


@pytest.mark.parametrize("width", [7, 10, 33, 640])
def test_regions_that_touch_share_no_pixel_and_leave_none_out(width: int) -> None:
    thirds = [Region(k / 3, 0, 1 / 3, 1).crop(scene(width, 4)) for k in range(3)]
    assert np.array_equal(np.concatenate(thirds, axis=1), scene(width, 4))
