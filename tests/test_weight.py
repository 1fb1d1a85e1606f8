"""Pictures that would fill the memory of a small device are refused by their headers."""

from __future__ import annotations

import struct
from io import BytesIO

import numpy as np
import pytest
from pictures import scene
from PIL import Image

from edge_brain import images, weight
from edge_brain.errors import BadPicture
from edge_brain.images import decode


def stored(mode: str = "RGB", side: int = 64, name: str = "JPEG", **options: object) -> bytes:
    out = BytesIO()
    Image.fromarray(scene("mug")).resize((side, side)).convert(mode).save(out, name, **options)
    return out.getvalue()


def stretched(jpeg: bytes, width: int, height: int) -> bytes:
    """Return a JPEG whose header says that it is larger."""
    start = max(jpeg.find(b"\xff\xc0"), jpeg.find(b"\xff\xc2"))
    return jpeg[: start + 5] + struct.pack(">HH", height, width) + jpeg[start + 9 :]


def weighed(data: bytes, at_least: int | None = 448) -> int:
    with images._quiet():
        image = Image.open(BytesIO(data))
    with image:
        size = image.size
        image.draft(None, (at_least, at_least) if at_least else size)
        return weight.of(image, size, data, at_least)


def test_a_phones_108_megapixels_are_light_and_the_same_as_a_progressive_jpeg_are_not() -> None:
    assert weighed(stretched(stored(), 12000, 9000)) < weight.MOST_BYTES / 3
    progressive = stretched(stored(progressive=True), 12000, 9000)
    assert weighed(progressive) > weight.MOST_BYTES
    with pytest.raises(
        BadPicture, match=r"^mug: too large, 12000x9000 pixels would take \d+ MiB of memory, at most 85"
    ):
        decode(progressive, at_least=448, name="mug")


def test_a_jpeg_whose_colours_come_one_after_the_other_weighs_as_much_as_a_progressive_one() -> None:
    jpeg = bytearray(stretched(stored(), 12000, 9000))
    scan = jpeg.index(b"\xff\xda")
    jpeg[scan + 4] = 1
    assert weighed(bytes(jpeg)) > weight.MOST_BYTES
    assert weighed(bytes(jpeg[:scan])) > weight.MOST_BYTES, "where the scan cannot be found, the worst is meant"


def test_colour_of_half_the_resolution_weighs_half() -> None:
    full, half = (weighed(stretched(stored(progressive=True, subsampling=each), 4000, 4000)) for each in (0, 2))
    assert 1.7 < full / half < 2.1


@pytest.mark.parametrize(("name", "megapixels"), [("PNG", 20), ("WEBP", 5), ("TIFF", 10), ("BMP", 11)])
def test_pictures_of_this_size_are_taken(name: str, megapixels: int) -> None:
    with Image.open(BytesIO(stored(name=name))) as image:
        side = int((megapixels * 10**6) ** 0.5)
        image._size = (side, side)
        assert weight.of(image, (side, side), b"", 448) <= weight.MOST_BYTES


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_picture_converted_band_by_band_is_the_same_as_one_converted_at_once(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = np.random.default_rng(1).integers(0, 65536, (517, 333)).astype(np.uint16)
    picture = Image.fromarray(grey) if mode == "I;16" else Image.fromarray((grey >> 8).astype(np.uint8)).convert(mode)
    out = BytesIO()
    picture.save(out, "PNG", **({"transparency": 3} if mode in ("L", "P") else {}))
    for at_least in (None, 40, 100):
        monkeypatch.setattr(images, "_BAND", 10**6)
        at_once = decode(out.getvalue(), at_least=at_least).pixels
        monkeypatch.setattr(images, "_BAND", 50)
        assert np.array_equal(decode(out.getvalue(), at_least=at_least).pixels, at_once)
