"""Pictures as people bring them: every format and orientation, damaged, hostile, or simply not pictures."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, JpegImagePlugin, features

from edge_brain.errors import BadInput, BadPicture
from edge_brain.images import (
    MAX_BYTES,
    MAX_PIXELS,
    as_pixels,
    decode,
    encode_jpeg,
    fit,
    outline,
    thumbnail,
)

Pixels = NDArray[np.uint8]
AVIF = "avif" in features.modules and features.check("avif")  # from Pillow 11.3, where it was built in
REPOSITORY = Path(__file__).resolve().parent.parent

# What becomes of each file of `_odd`: the upright (width, height), or a word of the reason it is refused for.
ODD: dict[str, tuple[int, int] | str] = {
    "16bit.cropped.tif": (64, 64),
    "avif_hopper.avif": (128, 128),
    "avif_hopper.heif": "HEIC",
    "blp_blp1_jpeg.blp": "not a picture",
    "bmp_b_badfilesize.bmp": (127, 64),
    "bmp_b_badwidth.bmp": "too large",
    "bmp_q_rgba32.bmp": (127, 64),
    "broken.png": "not a picture",
    "broken_data_stream.png": "damaged",
    "broken_exif_dpi.jpg": (100, 100),
    "decompression_bomb.gif": "too large",
    "decompression_bomb.ico": "not a picture",
    "decompression_bomb_extents.gif": (100, 100),
    "dispose_bgnd.gif": (100, 100),
    "dispose_prev.gif": (100, 100),
    "exif_gps_typeerror.jpg": (800, 531),
    "exif_typeerror.jpg": (800, 531),
    "flower.jpg": (480, 360),
    "flower.webp": (480, 360),
    "flower2.jpg": (300, 225),
    "hopper.bmp": (128, 128),
    "hopper.gif": (128, 128),
    "hopper.jpg": (128, 128),
    "hopper.png": (128, 128),
    "hopper.ppm": (128, 128),
    "hopper.tif": (128, 128),
    "hopper.webp": (128, 128),
    "hopper_16bit_qtables.jpg": (128, 128),
    "hopper_bad_exif.jpg": (500, 500),
    "hopper_gray.jpg": (128, 128),
    "hopper_orientation_2.jpg": (128, 128),
    "hopper_orientation_3.jpg": (128, 128),
    "hopper_orientation_4.jpg": (128, 128),
    "hopper_orientation_5.jpg": (128, 128),
    "hopper_orientation_6.jpg": (128, 128),
    "hopper_orientation_6.webp": (128, 128),
    "hopper_orientation_7.jpg": (128, 128),
    "hopper_orientation_8.jpg": (128, 128),
    "hopper_webp_bits.ppm": (128, 128),
    "i_trns.png": (64, 64),
    "icc_profile.png": (57, 57),
    "icc_profile_big.jpg": (425, 250),
    "imagedraw_wide_line_dot.png": (100, 100),
    "invalid-exif.jpg": (200, 200),
    "iptc.jpg": (640, 480),
    "iss634.apng": (245, 245),
    "iss634.gif": (245, 245),
    "l_trns.png": (64, 64),
    "made_108MP_gray.jpg": (12000, 9000),
    "made_16bit_gray.png": (400, 533),
    "made_1x1.png": (1, 1),
    "made_4000x3.jpg": (4000, 3),
    "made_900MP_1bit.png": "too large",
    "made_bitflips.jpg": (400, 533),
    "made_empty.jpg": "empty",
    "made_exif_rot6_photo.jpg": (533, 400),
    "made_png_named.jpg": (400, 533),
    "made_progressive.jpg": (400, 533),
    "made_text.jpg": "not a picture",
    "made_truncated_60pct.jpg": "damaged",
    "made_truncated_header_200B.jpg": "damaged",
    "multiple_exif.jpg": (1, 1),
    "no_palette.gif": (1, 1),
    "orientation_rectangle.jpg": (1, 2),
    "p_trns_single.png": (64, 64),
    "photo_exif6_n02951585_can_opener.jpg": (294, 392),
    "photoshop-200dpi-broken.jpg": (200, 200),
    "pil123rgba.png": (162, 150),
    "pil_sample_cmyk.jpg": (100, 100),
    "pil_sample_rgb.jpg": (100, 100),
    "rgb_trns.png": (64, 64),
    "sugarshack.mpo": (640, 480),
    "sugarshack_bad_mpo_header.jpg": (640, 480),
    "tiff_16bit_RGB.tiff": (100, 40),
    "tiff_strip_cmyk_jpeg.tif": (100, 100),
    "transparent.png": (200, 150),
    "truncated_app14.jpg": (100, 100),
    "truncated_end_chunk.png": "damaged",
    "truncated_exif_dpi.jpg": (480, 640),
    "truncated_image.png": "damaged",
    "truncated_jpeg.jpg": "damaged",
    "xmp_test.jpg": (2000, 1072),
}

# EXIF orientation: which side of the upright picture the first stored row and the first stored column are.
SIDES = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


def scene(width: int = 96, height: int = 64) -> Pixels:
    """A picture that differs from each side: red grows rightwards, green downwards, one corner blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.linspace(0, 255, width)
    pixels[..., 1] = np.linspace(0, 255, height)[:, None]
    pixels[: height // 2, : width // 4, 2] = 255
    return pixels


def texture(width: int, height: int) -> Pixels:
    """Something like a photo: coarse colour patches, with edges and a little grain."""
    rng = np.random.default_rng(7)
    coarse = Image.fromarray(rng.integers(30, 220, (height // 60, width // 60, 3), np.uint8))
    pixels = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    pixels[height // 3 : height // 2, width // 4 : width // 2] //= 3
    noisy: Pixels = np.clip(pixels + rng.integers(-6, 7, pixels.shape), 0, 255).astype(np.uint8)
    return noisy


def saved(picture: Image.Image | Pixels, format: str, **options: object) -> bytes:
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def difference(one: Pixels, other: Pixels) -> float:
    assert one.shape == other.shape
    return float(np.abs(one.astype(int) - other).mean())


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and then has no pixels."""
    start = bytearray(saved(scene()[..., 0], "PNG")[:45])  # signature, IHDR, the beginning of IDAT
    start[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")

    start[29:33] = zlib.crc32(start[12:29]).to_bytes(4, "big")
    return bytes(start)


ROTATED = Image.Exif()
ROTATED[0x0112] = 6
ROTATED[0x0132] = "2024:05:31 12:00:00"
BROKEN_EXIF = b"Exif\0\0II*\0\x08\0\0\0\x09\0\x12\x01\x03\0"

# --- files -----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("file", ODD)
def test_every_odd_file_decodes_or_says_why_not(data: Path, file: str) -> None:
    expected = ODD[file] if AVIF or file != "avif_hopper.avif" else "not a picture"
    stored = (data / "_odd" / file).read_bytes()
    if isinstance(expected, str):
        with pytest.raises(BadPicture) as caught:
            decode(stored, at_least=448, name=file)
        message = str(caught.value)
        assert message.startswith(f"{file}: ") and expected in message
        assert message.count(";") == 1, "a reason, then what to do"
        return
    picture = decode(stored, at_least=448, name=file)
    assert (picture.width, picture.height) == expected
    assert picture.pixels.dtype == np.uint8 and picture.pixels.flags.c_contiguous
    height, width = picture.pixels.shape[:2]
    assert abs(width / height - expected[0] / expected[1]) < 0.01 * expected[0] / expected[1]
    assert min(width, height) >= min(448, *expected)


def test_the_table_names_every_odd_file(data: Path) -> None:
    names = {file.name for file in (data / "_odd").iterdir()} - {"ODD.csv", "SOURCE.md"}
    assert names == set(ODD)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_rotated_portraits_all_stand_upright(data: Path, orientation: int) -> None:
    upright = decode((data / "_odd" / "hopper.jpg").read_bytes()).pixels
    turned = decode((data / "_odd" / f"hopper_orientation_{orientation}.jpg").read_bytes()).pixels
    assert difference(upright, turned) < 6 < difference(upright, upright[::-1])


def test_a_16_bit_photo_looks_like_its_8_bit_original(data: Path) -> None:
    deep = decode((data / "_odd" / "made_16bit_gray.png").read_bytes()).pixels
    colour = decode((data / "_odd" / "made_png_named.jpg").read_bytes()).pixels
    grey = np.asarray(Image.fromarray(colour).convert("L"))
    assert np.array_equal(deep, np.repeat(grey[..., None], 3, axis=2))


def test_the_first_picture_of_a_stereo_photo_counts(data: Path) -> None:
    stored = (data / "_odd" / "sugarshack.mpo").read_bytes()
    whole, small = decode(stored), decode(stored, at_least=200)
    assert whole.format == "MPO" and small.pixels.shape == (240, 320, 3)
    assert difference(fit(whole.pixels, 160, 120), fit(small.pixels, 160, 120)) < 2


def test_a_photo_decoded_small_fits_like_the_whole_one(data: Path) -> None:
    stored = (data / "_odd" / "xmp_test.jpg").read_bytes()
    whole, small = decode(stored), decode(stored, at_least=448)
    assert whole.pixels.shape == (1072, 2000, 3) and small.pixels.shape == (536, 1000, 3)
    assert (small.width, small.height) == (2000, 1072)
    assert difference(fit(whole.pixels, 224, 224), fit(small.pixels, 224, 224)) < 1


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_108_megapixels_decode_in_little_memory(data: Path) -> None:
    program = (
        "import sys; from edge_brain.images import decode\n"
        "def peak(): return int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) // 1024\n"
        "stored = open(sys.argv[1], 'rb').read(); before = peak()\n"
        "picture = decode(stored, at_least=448); print(picture.width, picture.height, peak() - before)"
    )
    file = str(data / "_odd" / "made_108MP_gray.jpg")
    run = [sys.executable, "-c", program, file]
    width, height, megabytes = map(int, subprocess.check_output(run, cwd=REPOSITORY).split())
    assert (width, height) == (12000, 9000) and megabytes < 64


# --- upright ---------------------------------------------------------------------------------------------

LOSSLESS: dict[str, dict[str, object]] = {"PNG": {}, "TIFF": {}, "WEBP": {"lossless": True}}


@pytest.mark.parametrize("orientation", SIDES)
@pytest.mark.parametrize("format", ["JPEG", *LOSSLESS])
def test_an_exif_rotated_photo_stands_upright(format: str, orientation: int) -> None:
    first_row, first_column = SIDES[orientation]
    upright = stored = scene()
    if "right" in (first_row, first_column):
        stored = stored[:, ::-1]
    if "bottom" in (first_row, first_column):
        stored = stored[::-1]
    if first_row in ("left", "right"):
        stored = stored.transpose(1, 0, 2)
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = LOSSLESS.get(format, {"quality": 100, "subsampling": 0})
    file = saved(np.ascontiguousarray(stored), format, exif=exif, **options)

    picture = decode(file)

    assert (picture.width, picture.height, picture.format) == (96, 64, format)
    assert picture.pixels.flags.c_contiguous
    if format in LOSSLESS:
        assert np.array_equal(picture.pixels, upright)
    else:
        assert difference(picture.pixels, upright) < 2
    with Image.open(io.BytesIO(file)) as opened:
        assert np.array_equal(as_pixels(opened), picture.pixels)


def test_a_rotated_photo_decoded_small_keeps_its_upright_size() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode(saved(texture(900, 600), "JPEG", exif=exif), at_least=150)
    assert (picture.width, picture.height) == (600, 900)
    assert picture.pixels.shape == (225, 150, 3)


@pytest.mark.parametrize("orientation", [0, 9, 77])
def test_an_orientation_that_does_not_exist_is_none(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert np.array_equal(decode(saved(scene(), "PNG", exif=exif)).pixels, scene())


@pytest.mark.parametrize(
    "exif", [BROKEN_EXIF, b"Exif\0\0", b"Exif\0\0MM", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0\xff" * 9]
)
@pytest.mark.filterwarnings("error")
def test_broken_exif_does_not_stop_a_good_picture(exif: bytes) -> None:
    picture = decode(saved(scene(), "JPEG", exif=exif))
    assert picture.pixels.shape == (64, 96, 3) and picture.taken_at is None


# --- colours ---------------------------------------------------------------------------------------------


def test_cmyk_becomes_rgb() -> None:
    red = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    for format in ("JPEG", "TIFF"):
        assert difference(decode(saved(red, format)).pixels, np.full((16, 16, 3), (255, 0, 0), np.uint8)) < 3


@pytest.mark.parametrize("format", ["PNG", "TIFF", "PPM"])
def test_16_bit_grey_keeps_its_upper_8_bits(format: str) -> None:
    levels = np.arange(0, 65536, 257, dtype=np.uint16).reshape(16, 16)
    pixels = decode(saved(Image.fromarray(levels), format)).pixels
    assert np.array_equal(pixels[..., 0].ravel(), np.arange(256))
    assert np.array_equal(pixels[..., 0], pixels[..., 2])


@pytest.mark.parametrize("mode", ["I", "F"])
def test_32_bit_numbers_are_refused_for_their_white_is_unknown(mode: str) -> None:
    image = Image.new(mode, (8, 8), 1)
    with pytest.raises(BadPicture, match=r"^height\.tif: .*white.*; save it with 8 or 16 bits"):
        decode(saved(image, "TIFF"), name="height.tif")
    with pytest.raises(BadPicture, match="white"):
        as_pixels(image)


def test_transparency_lies_over_white() -> None:
    clear = np.full((4, 4, 4), (200, 0, 0, 0), np.uint8)
    clear[0, 0] = (200, 0, 0, 255)
    clear[1, 1] = (200, 0, 0, 51)
    expected = np.full((4, 4, 3), 255, np.uint8)
    expected[0, 0] = (200, 0, 0)
    expected[1, 1] = (244, 204, 204)  # a fifth of the colour, four fifths of white
    assert np.array_equal(decode(saved(Image.fromarray(clear), "PNG")).pixels, expected)
    assert np.array_equal(decode(saved(Image.fromarray(clear), "WEBP", lossless=True)).pixels, expected)


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_colour_becomes_white(mode: str) -> None:
    image = Image.new("RGB", (8, 8), (10, 10, 10))
    image.paste((90, 90, 90), (0, 0, 8, 4))
    image = image.quantize(4) if mode == "P" else image.convert(mode)
    pixels = decode(saved(image, "PNG", transparency=image.getpixel((0, 0)))).pixels
    assert pixels[0, 0].tolist() == [255] * 3 and pixels[7, 7].tolist() == [10] * 3


def test_grey_and_palette_with_alpha_lie_over_white() -> None:
    grey = Image.new("LA", (2, 1), (90, 0))
    grey.putpixel((1, 0), (90, 255))
    palette = Image.new("PA", (2, 1), (1, 0))
    palette.putpalette([0, 0, 0, 90, 90, 90])
    palette.putpixel((1, 0), (1, 255))
    for image in (grey, palette):
        assert as_pixels(image).tolist() == [[[255] * 3, [90] * 3]]


def test_a_transparent_level_of_16_bits_lies_over_white() -> None:
    levels = np.full((4, 4), 9000, np.uint16)
    levels[0] = 300
    pixels = decode(saved(Image.fromarray(levels), "PNG", transparency=300)).pixels
    assert pixels[0, 0].tolist() == [255] * 3 and pixels[3, 3].tolist() == [9000 >> 8] * 3


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "RGBX", "YCbCr", "HSV", "CMYK"])
def test_other_modes_become_rgb(mode: str) -> None:
    pixels = as_pixels(Image.new("RGB", (5, 3), (200, 200, 200)).convert(mode))
    assert pixels.shape == (3, 5, 3) and pixels.dtype == np.uint8
    assert np.abs(pixels.astype(int) - 200).max() <= 1


def test_one_bit_becomes_black_and_white() -> None:
    bits = Image.new("1", (16, 8))
    bits.paste(1, (8, 0, 16, 8))
    for format in ("PNG", "TIFF", "PPM", "BMP"):
        pixels = decode(saved(bits, format), at_least=4).pixels  # averaged two by two
        assert pixels.shape == (4, 8, 3)
        assert np.array_equal(pixels[..., 1], [[0] * 4 + [255] * 4] * 4)


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_frame_of_an_animation_counts(format: str) -> None:
    red, blue = (Image.new("RGB", (20, 10), colour) for colour in ("red", "blue"))
    stored = saved(red, format, save_all=True, append_images=[blue], **LOSSLESS.get(format, {}))
    with Image.open(io.BytesIO(stored)) as opened:
        assert getattr(opened, "n_frames", 1) == 2
    assert np.array_equal(decode(stored).pixels, np.full((10, 20, 3), (255, 0, 0), np.uint8))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF"])
def test_each_accepted_format_decodes(format: str) -> None:
    if format == "AVIF" and not AVIF:
        pytest.skip("this Pillow reads no AVIF")
    picture = decode(saved(scene(), format))
    assert picture.format == format
    assert difference(picture.pixels, scene()) < 12  # a GIF has 256 colours


@pytest.mark.parametrize("format", ["ICO", "TGA", "PCX", "JPEG2000", "EPS"])
def test_other_formats_are_refused_by_name_and_reason(format: str) -> None:
    with pytest.raises(BadPicture, match=r"^mug\.xyz: not a picture .*it accepts JPEG, PNG, .*; convert it"):
        decode(saved(scene(), format), name="mug.xyz")


def test_the_picture_of_an_iphone_is_refused_with_what_to_do() -> None:
    for brands in (b"heic\0\0\0\0mif1heic", b"mif1\0\0\0\0mif1MiHBheic"):
        with pytest.raises(BadPicture, match=r"^IMG_1\.HEIC: an HEIC picture.*save it as JPEG.*Most Compatible"):
            decode(b"\0\0\0\x18ftyp" + brands + bytes(40), name="IMG_1.HEIC")
    with pytest.raises(BadPicture) as caught:
        decode(b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif" + bytes(40), name="mug.avif")
    assert "HEIC" not in str(caught.value)


# --- small decoding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(1920, 1080), (1344, 1343), (700, 1900), (447, 448), (120, 3000)])
def test_decoding_small_never_falls_below_what_is_wanted(format: str, size: tuple[int, int]) -> None:
    picture = decode(saved(texture(*size), format), at_least=224)
    assert (picture.width, picture.height) == size
    assert min(min(size), 224) <= min(picture.pixels.shape[:2]) < max(448, min(size) // 8 + 1)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_decoding_small_looks_the_same_to_the_extractor(format: str) -> None:
    stored = saved(texture(2400, 1800), format)
    whole, small = decode(stored), decode(stored, at_least=448)
    assert small.pixels.size * 9 <= whole.pixels.size
    one, other = fit(whole.pixels, 224, 224), fit(small.pixels, 224, 224)
    assert difference(one, other) < 0.7
    assert np.abs(one.astype(int) - other).max() <= 12


def test_a_small_picture_is_never_enlarged() -> None:
    assert decode(saved(scene(1, 1), "PNG"), at_least=448).pixels.shape == (1, 1, 3)
    assert decode(saved(scene(4000, 3), "JPEG"), at_least=448).pixels.shape == (3, 4000, 3)


# --- refusals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM"])
@pytest.mark.parametrize("at_least", [None, 20])
def test_half_a_file_is_refused(format: str, at_least: int | None) -> None:
    stored = saved(texture(180, 120), format)
    with pytest.raises(BadPicture, match=r"^half: (damaged|not a picture)") as caught:
        decode(stored[: len(stored) // 2], at_least=at_least, name="half")
    assert caught.value.__cause__ is not None


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "BMP"])
def test_bytes_left_over_do_no_harm(format: str) -> None:
    stored = saved(scene(), format)
    assert np.array_equal(decode(stored + b"left over" * 100).pixels, decode(stored).pixels)


def test_too_many_pixels_are_refused_from_the_header() -> None:
    with pytest.raises(BadPicture, match=r"^poster: too large, 12001x10000 pixels, over 120,000,000; scale"):
        decode(png_header(12001, 10000), name="poster")  # has no pixels: decoding it would say "damaged"
    with pytest.raises(BadPicture, match=r"^poster: too large, over 120,000,000 pixels"):
        decode(png_header(30000, 30000), name="poster")
    with pytest.raises(BadPicture, match=r"^poster: damaged"):
        decode(png_header(100, 100), name="poster")
    assert MAX_PIXELS == 12000 * 10000


def test_too_many_bytes_are_refused_before_they_are_read() -> None:
    with pytest.raises(BadPicture, match=r"^film: too large, 67,108,865 of at most 67,108,864 bytes"):
        decode(bytes(MAX_BYTES + 1), name="film")


def test_an_empty_file_is_called_empty() -> None:
    with pytest.raises(BadPicture, match=r"^mug\.jpg: empty, 0 bytes; copy it again"):
        decode(b"", name="mug.jpg")


def raising(error: type[BaseException]) -> Callable[..., None]:
    def method(*given: object) -> None:
        raise error

    return method


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError, "too large for the memory of this device"),
        (Image.DecompressionBombError, "too large, over"),
        (OSError, "damaged"),
        (SyntaxError, "damaged"),
        (struct.error, "damaged"),
        (zlib.error, "damaged"),
        (KeyError, "damaged"),
        (AssertionError, r"damaged or cut short \(AssertionError\)"),
        (ZeroDivisionError, "damaged"),
    ],
)
def test_whatever_pillow_raises_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception], reason: str
) -> None:
    stored = saved(scene(), "JPEG")
    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load", raising(error))
    with pytest.raises(BadPicture, match=f"^mug: {reason}") as caught:
        decode(stored, name="mug")
    assert isinstance(caught.value.__cause__, error)


def test_an_interrupt_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = saved(scene(), "JPEG")
    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "load", raising(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        decode(stored)


@pytest.mark.parametrize("error", [SyntaxError, ValueError, struct.error, KeyError, ZeroDivisionError])
def test_whatever_exif_raises_stops_no_good_picture(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    stored = saved(scene(), "PNG", exif=ROTATED)
    monkeypatch.setattr(Image.Exif, "get_ifd", raising(error))
    picture = decode(stored)
    assert (picture.width, picture.height) == (64, 96), "the orientation, read before, counts"
    assert picture.taken_at is None


def test_decoding_leaves_pillow_and_the_warnings_as_they_were() -> None:
    stored = saved(scene(), "JPEG", exif=BROKEN_EXIF)
    with pytest.warns(UserWarning, match="Corrupt EXIF"), Image.open(io.BytesIO(stored)) as opened:
        opened.getexif()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        before = list(warnings.filters), Image.MAX_IMAGE_PIXELS
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(decode, [stored, saved(scene(), "TIFF"), saved(scene(), "PNG")] * 50))
        with pytest.raises(BadPicture):
            decode(png_header(10000, 9000))
        assert (list(warnings.filters), Image.MAX_IMAGE_PIXELS) == before
    assert heard == []


SMALL = {format: saved(texture(120, 80), format, exif=ROTATED) for format in ("JPEG", "PNG", "WEBP", "TIFF")}


@settings(deadline=None, max_examples=300)
@given(
    format=st.sampled_from(sorted(SMALL)),
    keep=st.floats(0, 1),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), max_size=12),
    early=st.booleans(),
)
def test_damaged_bytes_are_a_picture_or_a_refusal(
    format: str, keep: float, flips: list[tuple[float, int]], early: bool
) -> None:
    stored = bytearray(SMALL[format])
    for place, bit in flips:
        stored[int(place * (min(700, len(stored)) if early else len(stored)))] ^= 1 << bit
    if not flips:
        stored = stored[: int(keep * len(stored))]
    try:
        picture = decode(bytes(stored), at_least=32, name="damaged")
    except BadPicture as error:
        assert str(error).startswith("damaged: ")
    else:
        assert picture.pixels.dtype == np.uint8
        assert picture.pixels.ndim == 3 and picture.pixels.shape[2] == 3 and picture.pixels.size > 0


# --- when it was taken -----------------------------------------------------------------------------------


def dated(detail: dict[int, object], main: dict[int, object] | None = None) -> float | None:
    exif = Image.Exif()
    for tag, value in (main or {}).items():
        exif[tag] = value
    exif.get_ifd(0x8769).update(detail)
    return decode(saved(scene(), "JPEG", exif=exif)).taken_at


NOON = 1717156800.0  # 2024-05-31 12:00:00 UTC


def test_the_time_taken_comes_from_exif() -> None:
    assert dated({0x9003: "2024:05:31 12:00:00"}) == NOON
    assert dated({0x9003: "2024:05:31 12:00:00", 0x9291: "25"}) == NOON + 0.25
    assert dated({0x9003: "2024:05:31 12:00:00", 0x9291: "250", 0x9011: "+02:00"}) == NOON - 7200 + 0.25
    assert dated({0x9003: "2024:05:31 12:00:00"}, {0x0132: "2025:01:01 00:00:00"}) == NOON
    assert dated({}, {0x0132: "2024:05:31 12:00:00"}) == NOON
    assert dated({0x9290: "5"}, {0x0132: "2024:05:31 12:00:00"}) == NOON + 0.5
    assert dated({0x9003: "0000:00:00 00:00:00"}, {0x0132: "2024:05:31 12:00:00"}) == NOON


@pytest.mark.parametrize(
    "stamp",
    [
        "",
        "    :  :     :  :  ",
        "0000:00:00 00:00:00",
        "2023:02:30 10:00:00",
        "yesterday",
        "0001:01:01 00:00:00",
    ],
)
def test_a_time_that_is_nonsense_is_none(stamp: str) -> None:
    assert dated({0x9003: stamp}) is None


def test_a_picture_without_exif_has_no_time() -> None:
    assert decode(saved(scene(), "JPEG")).taken_at is None


# --- arrays and PIL images -------------------------------------------------------------------------------


def test_an_rgb_array_is_returned_itself() -> None:
    pixels = scene()
    assert as_pixels(pixels) is pixels


def test_a_strided_array_becomes_contiguous() -> None:
    pixels = as_pixels(scene()[:, ::-1])
    assert pixels.flags.c_contiguous and np.array_equal(pixels, scene()[:, ::-1])


@pytest.mark.parametrize(
    ("given", "said", "hint"),
    [
        (np.zeros((480, 640), np.float32), "float32 array of shape (480, 640)", "astype(numpy.uint8)"),
        (np.zeros((480, 640), np.uint8), "uint8 array of shape (480, 640)", "COLOR_GRAY2RGB"),
        (np.zeros((480, 640, 1), np.uint8), "(480, 640, 1)", "COLOR_GRAY2RGB"),
        (np.zeros((480, 640, 4), np.uint8), "(480, 640, 4)", "COLOR_RGBA2RGB"),
        (np.zeros((3, 480, 640), np.uint8), "(3, 480, 640)", "colour last"),
        (np.zeros((2, 480, 640, 3), np.uint8), "(2, 480, 640, 3)", "one picture at a time"),
        (np.zeros((0, 640, 3), np.uint8), "(0, 640, 3)", "empty"),
        (np.zeros((), np.uint8), "shape ()", "height comes first"),
        (np.zeros((4, 4, 3), bool), "bool array", "astype(numpy.uint8)"),
        ([[1, 2, 3]], "got a list", "expected a PIL image"),
        (None, "got a NoneType", "expected a PIL image"),
    ],
)
def test_another_array_is_refused_with_what_it_is_and_what_to_do(given: object, said: str, hint: str) -> None:
    with pytest.raises(BadInput) as caught:
        as_pixels(given)  # type: ignore[arg-type]
    message = str(caught.value)
    assert said in message and hint in message and "uint8 RGB array of shape (height, width, 3)" in message


def test_a_pil_image_that_does_not_load_is_refused() -> None:
    stored = saved(texture(180, 120), "JPEG")
    with (
        Image.open(io.BytesIO(stored[: len(stored) // 2])) as opened,
        pytest.raises(BadPicture, match="damaged"),
    ):
        as_pixels(opened)


# --- encoding --------------------------------------------------------------------------------------------


def test_an_encoded_jpeg_keeps_full_colour_and_nothing_else() -> None:
    pixels = texture(180, 120)
    stored = encode_jpeg(pixels)
    with Image.open(io.BytesIO(stored)) as opened:
        assert JpegImagePlugin.get_sampling(opened) == 0  # 4:4:4
        assert not opened.getexif()
    assert difference(decode(stored).pixels, pixels) < 3
    assert encode_jpeg(pixels) == stored
    assert len(encode_jpeg(pixels, quality=50)) < len(stored)


def test_a_picture_too_wide_for_jpeg_is_refused() -> None:
    with pytest.raises(BadInput, match="65501x1 pixels"):
        encode_jpeg(np.zeros((1, 65501, 3), np.uint8))


def test_an_outline_is_that_of_another_exposure_and_not_that_of_another_view() -> None:
    def likeness(one: Pixels, other: Pixels) -> float:
        left, right = (outline(thumbnail(picture)).astype(float) for picture in (one, other))
        return float(left @ right / np.linalg.norm(left) / np.linalg.norm(right))

    chance = np.random.default_rng(0)
    view, elsewhere = (fit(chance.integers(0, 256, (9, 12, 3), np.uint8), 640, 480) for _ in range(2))
    assert likeness(view, (0.3 * view).astype(np.uint8)) > 0.98
    assert likeness(view, np.minimum(1.3 * view, 255).astype(np.uint8)) > 0.9
    assert likeness(view, 255 - view) < -0.9
    assert abs(likeness(view, elsewhere)) < 0.4


def test_a_picture_that_shows_nothing_has_no_outline() -> None:
    plain = outline(thumbnail(np.full((480, 640, 3), 128, np.uint8)))
    assert plain.shape == (512,) and plain.dtype == np.int8 and not plain.any()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (160, 120)),
        ((480, 640), (120, 160)),
        ((100, 50), (100, 50)),
        ((4000, 3), (160, 1)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_thumbnail_fits_its_side_and_is_never_enlarged(size: tuple[int, int], expected: tuple[int, int]) -> None:
    picture = decode(thumbnail(scene(*size)))
    assert (picture.width, picture.height) == expected


# --- fitting ---------------------------------------------------------------------------------------------


def test_fitting_averages_areas() -> None:
    board = np.indices((448, 448)).sum(axis=0) % 2 * 200
    fitted = fit(np.repeat(board[..., None], 3, axis=2).astype(np.uint8), 224, 224)
    assert fitted.dtype == np.uint8 and np.array_equal(fitted, np.full((224, 224, 3), 100, np.uint8))


@pytest.mark.parametrize("size", [(4000, 3), (3, 4000)])
def test_fitting_averages_the_side_that_shrinks_while_the_other_grows(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    assert fit(noise, 224, 224).std() < 20 < noise.std()


def test_fitting_keeps_what_fits() -> None:
    assert np.array_equal(fit(scene(), 96, 64), scene())
    assert fit(scene(1, 1), 224, 224).shape == (224, 224, 3)
    assert fit(scene(), 30, 20).shape == (20, 30, 3)


def test_importing_loads_no_opencv() -> None:
    program = "import sys, edge_brain.images; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, env={**os.environ}).returncode == 0
