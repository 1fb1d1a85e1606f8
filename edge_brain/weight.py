"""How much memory a picture file takes while it is decoded, told from its header before a byte of it is decoded.

A file of a few kilobytes may unfold into gigabytes. What is too heavy for a small device is refused, so that a
process that is fed anything at all stays under 256 MiB; more than half of that is Python, OpenCV, the network and
what was learned. Measured with Pillow 13, peak memory of a process, bytes a pixel.
"""

from __future__ import annotations

from PIL import Image

MOST_BYTES = 90_000_000
LIGHT_BYTES = 16_000_000  # several of these may be decoded at once

_BY_MODE = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}  # as Pillow holds them; all others take 4
_BESIDE = {"WEBP": 11, "AVIF": 5}  # two canvases and a copy; planes
_CONVERTED = 8  # bytes a pixel of what is left when it was reduced
_COEFFICIENT = 2  # bytes
_TILE_WIDTH, _TILE_HEIGHT, _ROWS = 322, 323, 278  # tags of a TIFF


def factor(size: tuple[int, int], at_least: int | None) -> int:
    """Return by how much a picture is reduced whose shorter side is to have so many pixels, at least."""
    return max(1, min(size) // at_least) if at_least else 1


def of(image: Image.Image, size: tuple[int, int], data: bytes, at_least: int | None) -> int:
    """Return the bytes that decoding an opened file takes, which was of this size before it was drafted.

    `data` are the bytes of the file, which are held too.
    """
    drafted = image.size[0] * image.size[1]
    a_pixel = _BY_MODE.get(image.mode, 4) + _BESIDE.get(image.format or "", 0)
    weight = len(data) + a_pixel * drafted + _CONVERTED * drafted // factor(image.size, at_least) ** 2
    if image.format in ("JPEG", "MPO") and (image.info.get("progressive") or _comes_in_scans(image, data)):
        weight += int(_COEFFICIENT * size[0] * size[1] * _components(image))  # libjpeg holds those of all of it
    if image.format == "TIFF":
        weight += _strip(image, *size)
    return weight


def _components(image: Image.Image) -> float:
    """Return how many numbers a pixel of a JPEG has: 3, or 1.5 where colour has half the resolution."""
    samples = [across * down for _, across, down, _ in getattr(image, "layer", ())]
    return sum(samples) / max(samples) if samples else len(image.getbands())


def _comes_in_scans(image: Image.Image, data: bytes) -> bool:
    """Say whether a JPEG's first scan lacks some of its colours, or nobody can tell."""
    place = 2
    while data[place : place + 1] == b"\xff" and place + 4 < len(data):
        if data[place + 1] == 0xDA:  # start of scan: how many colours it has follows its length
            return data[place + 4] < len(image.getbands())
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return True


def _strip(image: Image.Image, width: int, height: int) -> int:
    """Return the bytes of the largest strip or tile of a TIFF, which are held beside the picture."""
    tags = getattr(image, "tag_v2", {})
    across, down = tags.get(_TILE_WIDTH, width), tags.get(_TILE_HEIGHT, tags.get(_ROWS, height))
    a_pixel = 4 + (3 * _COEFFICIENT if image.info.get("compression") in ("jpeg", "tiff_jpeg") else 0)
    return int(a_pixel * min(across, width) * min(down, height))
