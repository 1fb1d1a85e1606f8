"""What a camera has noted beside a picture: which way up it was held, and when."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime

from PIL import Image

_TURN = {  # by EXIF orientation; 1 stands
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING = tuple(_TURN[number] for number in (5, 6, 7, 8))  # what is stored lies on its side


def read(image: Image.Image) -> tuple[Image.Transpose | None, float | None]:
    """Return how a picture has to be turned, None where it stands, and when it was taken, seconds since 1970."""
    turn, taken_at = None, None
    with suppress(Exception):  # whatever broken EXIF raises, the picture is whole; what was read counts
        exif = image.getexif()
        turn = exif.get(0x0112)
        detail = exif.get_ifd(0x8769)
        taken_at = _seconds(detail.get(0x9003), detail.get(0x9291), detail.get(0x9011))  # DateTimeOriginal
        if taken_at is None:
            taken_at = _seconds(exif.get(0x0132), detail.get(0x9290), detail.get(0x9010))  # DateTime
    return _TURN.get(turn) if isinstance(turn, int) else None, taken_at


def _seconds(stamp: object, fraction: object, offset: object) -> float | None:
    """Read "2024:05:31 18:04:09", perhaps with fraction "25" and offset "+02:00"; None if it is nonsense."""
    time, part, zone = (str(value).strip("\0 ") for value in (stamp, fraction, offset))
    zone = zone if re.fullmatch(r"[+-]\d\d:\d\d", zone) else "+00:00"
    try:
        seconds = datetime.strptime(time + zone, "%Y:%m:%d %H:%M:%S%z").timestamp()
    except ValueError:  # no time, zeros, the 31st of February
        return None
    if re.fullmatch(r"\d{1,9}", part):
        seconds += float(f"0.{part}")
    return seconds if seconds >= 0 else None
