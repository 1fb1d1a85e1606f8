"""Files that no camera makes: cut short, damaged, hostile, and so large that they would fill any memory.

python odd.py FOLDER     writes them, in a process of its own: some take memory to be made
"""

from __future__ import annotations

import os
import random
import struct
import sys
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from pictures import scene
from PIL import Image

FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "bmp": "BMP", "gif": "GIF", "tif": "TIFF", "ppm": "PPM"}


def write(folder: Path, *, fuzzed: int, seed: int = 0) -> None:
    """Write the odd files into a folder, among them so many of which some bytes were changed by chance."""
    folder.mkdir(parents=True)
    for name, data in [*_cut_short(), *_disguised(), *_bombs(), *_endless(), *_fuzzed(fuzzed, random.Random(seed))]:
        (folder / name).write_bytes(data)
    for name, data in _giants():
        (folder / name).write_bytes(data)
    os.mkfifo(folder / "fifo.jpg")
    (folder / "folder.jpg").mkdir()
    (folder / "zero.jpg").symlink_to("/dev/zero")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "itself").symlink_to(".")
    (folder / "nowhere.jpg").symlink_to("nowhere at all")
    with (folder / "sparse.jpg").open("wb") as file:
        file.truncate(2**36)


def _whole(picture: Image.Image | None = None, **options: object) -> dict[str, bytes]:
    stored = {}
    for suffix, name in FORMATS.items():
        out = BytesIO()
        (picture or Image.fromarray(scene("odd"))).save(out, name, **(options if name == "JPEG" else {}))
        stored[suffix] = out.getvalue()
    return stored


def _cut_short() -> Iterator[tuple[str, bytes]]:
    for suffix, data in _whole().items():
        for part in (0, 1, 2, 8, 20, len(data) // 3, len(data) // 2, len(data) - 30, len(data) - 3):
            yield f"cut-at-{part}.{suffix}", data[:part]


def _disguised() -> Iterator[tuple[str, bytes]]:
    whole = _whole()
    yield "page.jpg", b"<html><script>alert(1)</script></html>"
    yield "drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    yield "script.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n"
    yield "archive.jpg", b"PK\x03\x04" + bytes(60) + whole["jpg"]
    yield "jpeg-and-page.jpg", whole["jpg"] + b"<script>alert(1)</script>PK\x03\x04"
    yield "png-in-jpeg.jpg", whole["jpg"][:2] + whole["png"] + whole["jpg"][2:]
    for number in range(20):  # EXIF that means nothing
        chance = random.Random(number)
        exif = b"Exif\0\0II*\0\x08\0\0\0" + chance.randbytes(chance.randrange(400))
        yield f"exif-{number}.jpg", b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + whole["jpg"][2:]


def _bombs() -> Iterator[tuple[str, bytes]]:
    """Yield small files whose headers promise giants."""
    whole = _whole()
    for width, height in ((60000, 60000), (10900, 11000), (2**31 - 1, 1), (1, 2**31 - 1), (0, 0)):
        yield f"bomb-{width}-{height}.png", _png(width, height, 2, 0)
        yield f"bomb-{width}-{height}.ppm", b"P6 %d %d 255\n" % (width, height) + bytes(100)
        yield f"bomb-{width}-{height}.bmp", whole["bmp"][:18] + struct.pack("<ii", width, height) + whole["bmp"][26:]
        sides = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
        yield f"bomb-{width}-{height}.gif", whole["gif"][:6] + sides + whole["gif"][10:]
        ifd = _ifd([(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (278, height), (279, 2**31)])
        yield f"bomb-{width}-{height}.tif", b"II*\0" + struct.pack("<I", 8) + ifd
    for progressive in (False, True):
        jpeg = bytearray(_whole(progressive=progressive)["jpg"])
        start = jpeg.index(b"\xff\xc2" if progressive else b"\xff\xc0")
        jpeg[start + 5 : start + 9] = struct.pack(">HH", 10900, 11000)
        yield f"bomb-progressive-{progressive}.jpg", bytes(jpeg)
    sides = (16383 << 14 | 16383).to_bytes(4, "little")
    lossless = b"VP8L" + struct.pack("<I", 30) + b"\x2f" + sides + bytes(25)
    yield "bomb.webp", b"RIFF" + struct.pack("<I", 4 + len(lossless)) + b"WEBP" + lossless
    text = b"tEXt" + b"comment\0" + bytes(100)
    yield "text.png", _png(8, 8, 2, 8, (b"zTXt", b"comment\0\0" + zlib.compress(bytes(2**28), 9)), (text[:4], text[4:]))
    yield "profile.png", _png(8, 8, 2, 8, (b"iCCP", b"profile\0\0" + zlib.compress(bytes(2**28), 9)))


def _endless() -> Iterator[tuple[str, bytes]]:
    gif = BytesIO()
    Image.new("P", (2, 2)).save(gif, "GIF")
    head, _, frame = gif.getvalue().partition(b",")
    yield "frames.gif", head + (b"," + frame[:-1]) * 100_000 + b";"
    pages = [(256, 8), (257, 8), (258, 8), (259, 1), (262, 1), (273, 8), (279, 64)]
    size = len(_ifd(pages))
    chain = b"".join(_ifd(pages, 8 + size * (number + 1)) for number in range(20_000))
    yield "chain.tif", b"II*\0" + struct.pack("<I", 8) + chain
    yield "ring.tif", b"II*\0" + struct.pack("<I", 8) + _ifd(pages, 8)
    yield "nested.tif", b"II*\0" + struct.pack("<I", 8) + _ifd([*pages, (330, 8), (34665, 8)])


def _giants() -> Iterator[tuple[str, bytes]]:
    """Yield honest pictures as large as are accepted, or a little larger."""
    for name, mode, side, suffix, options in (
        ("rgb", "RGB", 4700, "png", {"compress_level": 1}),
        ("rgba", "RGBA", 4500, "png", {"compress_level": 1}),
        ("palette", "P", 8500, "png", {"compress_level": 1}),
        ("grey", "L", 8500, "png", {"compress_level": 1}),
        ("grey-transparent", "LA", 4500, "png", {"compress_level": 1}),
        ("strips", "RGB", 4500, "tif", {"compression": "tiff_lzw"}),
        ("frame", "P", 8500, "gif", {}),
        ("canvas", "RGB", 2400, "webp", {"quality": 30, "method": 0}),
        ("bits", "RGB", 3500, "bmp", {}),
        ("baseline", "RGB", 10900, "jpg", {"quality": 30}),
        ("progressive", "RGB", 3800, "jpg", {"progressive": True, "subsampling": 0}),
    ):
        out = BytesIO()
        Image.new(mode, (side, side)).save(out, FORMATS[suffix], **options)
        yield f"giant-{name}.{suffix}", out.getvalue()
    out = BytesIO()
    Image.fromarray(np.zeros((6000, 6000), np.uint16)).save(out, "PNG", compress_level=1)
    yield "giant-16-bits.png", out.getvalue()


def _fuzzed(number: int, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    whole = list(_whole().items())
    for each in range(number):
        suffix, data = whole[each % len(whole)]
        changed = bytearray(data)
        for _ in range(chance.choice((1, 3, 20))):
            changed[chance.randrange(min(len(data), chance.choice((40, len(data)))))] = chance.randrange(256)
        yield f"fuzzed-{each}.{suffix}", bytes(changed)


def _png(width: int, height: int, colour: int, bits: int, *more: tuple[bytes, bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", width & 0xFFFFFFFF, height & 0xFFFFFFFF, bits or 8, colour, 0, 0, 0)
    rows = zlib.compress(bytes(height * (3 * width + 1)) if width * height < 10000 else bytes(100))
    chunks = [(b"IHDR", head), *more, (b"IDAT", rows), (b"IEND", b"")]
    told = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(told)


def _ifd(tags: list[tuple[int, int]], following: int = 0) -> bytes:
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<H", len(tags)) + entries + struct.pack("<I", following)


if __name__ == "__main__":
    write(Path(sys.argv[1]), fuzzed=int(sys.argv[2]))
