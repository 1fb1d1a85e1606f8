"""Turn stored bytes, PIL images and camera frames into upright uint8 RGB, and that back into JPEG.

    bytes ──────────────> decode ────┐
    PIL image, ndarray ─> as_pixels ─┴─> Region.crop ─> fit ─> what the extractor sees
                                     └─> encode_jpeg, thumbnail ─> bytes

The only module that decodes, and only with Pillow: OpenCV 4.10 to 4.11 complete a damaged JPEG with pixels
of an earlier picture. A damaged, cut short or too large file is refused: half a picture is never learned.
What becomes of a file is fixed: first frame of an animation, upright by EXIF, transparency over white, the
upper 8 of 16 bits, CMYK by Pillow's plain formula, no colour management. No paths and no BGR in here.
"""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from edge_brain import exif, weight
from edge_brain.errors import BadInput, BadPicture

MAX_BYTES = 64 * 2**20  # of one file
MAX_PIXELS = 120_000_000  # of one picture, width times height: a phone's 108 million pass
THUMBNAIL = 160  # pixels, the longer side
_BAND = 512  # rows that are converted at once
_GRID = 16  # points of an outline, across and down
_FLAT = 8.0  # length of what noise makes of a picture that shows nothing
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF")  # Pillow opens MPO as a kind of JPEG

_HEIC = re.compile(rb"....ftyp(?:hei[csmx]|hev[csmx]|mif1(?=.{4,60}hei[csmx]))", re.DOTALL)  # a brand of HEIF
_quiet_lock = threading.Lock()
_heavy_lock = threading.Lock()  # threads that import decode one heavy picture at a time


@dataclass(frozen=True)
class Picture:
    """A decoded picture and what its file said about it."""

    pixels: NDArray[np.uint8]  # RGB, shape (height, width, 3), upright, C-contiguous; see `at_least`
    width: int  # of the upright original
    height: int
    format: str  # as Pillow names it: "JPEG", "MPO", "PNG", …
    taken_at: float | None  # seconds since 1970, by EXIF, as UTC if that gives no offset: for differences


def decode(data: bytes, *, at_least: int | None = None, name: str = "picture") -> Picture:
    """Decode the bytes of one picture file.

    `at_least` is the shorter side wanted, in pixels: a larger picture may come scaled down, but not below it,
    and a JPEG is decoded small (108 megapixels in 9 MB and 0.05 s, not 1.1 GB and 2 s). None: full size.
    Raises BadPicture, its message beginning with `name`, for anything but a whole picture within the limits.
    """
    if not data:
        raise BadPicture(f"{name}: empty, 0 bytes; copy it again from where it came")
    if len(data) > MAX_BYTES:
        raise BadPicture(f"{name}: too large, {len(data):,} of at most {MAX_BYTES:,} bytes; save it smaller")
    if _HEIC.match(data):
        reason = "an HEIC picture, as iPhones take them, which edge_brain does not read"
        raise BadPicture(
            f"{name}: {reason}; save it as JPEG, or choose Settings > Camera > Formats > Most Compatible on the iPhone"
        )
    with _refusing(name), _quiet():
        image = Image.open(BytesIO(data), formats=_readers())
    pixels, (width, height), taken_at = _upright(image, at_least, name, data)
    return Picture(pixels, width, height, image.format or "", taken_at)


def as_pixels(picture: Image.Image | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give upright, C-contiguous uint8 RGB, shape (height, width, 3), of a PIL image or of such an array.

    A contiguous array is returned itself. Raises BadInput for other arrays and BadPicture as `decode` does.
    """
    if isinstance(picture, Image.Image):
        return _upright(picture, None, "PIL image")[0]
    wanted = "expected a PIL image or a uint8 RGB array of shape (height, width, 3)"
    if not isinstance(picture, np.ndarray):
        raise BadInput(f"got a {type(picture).__name__}: {wanted}")
    if picture.dtype == np.uint8 and picture.ndim == 3 and picture.shape[2] == 3 and picture.size:
        return np.ascontiguousarray(picture)
    raise BadInput(f"got a {picture.dtype} array of shape {picture.shape}: {wanted}; {_hint(picture)}")


def _hint(array: NDArray[np.generic]) -> str:
    """Say what most likely makes such an array of this one."""
    if not array.size:
        return "this one is empty: did the camera give a frame?"
    if array.dtype != np.uint8:
        return "bring the values to 0…255 and convert with .astype(numpy.uint8)"
    if array.ndim == 2 or array.shape[2:] == (1,):
        return "a grey one becomes RGB with cv2.cvtColor(frame, cv2.COLOR_GRAY2RGB)"
    if array.shape[2:] == (4,):
        return "drop the fourth channel with cv2.cvtColor(frame, cv2.COLOR_RGBA2RGB), or COLOR_BGRA2RGB"
    return "height comes first, colour last, one picture at a time"


def encode_jpeg(pixels: NDArray[np.uint8], quality: int = 95) -> bytes:
    """Encode uint8 RGB, shape (height, width, 3), as JPEG, full colour resolution (4:4:4), no metadata.

    The same pixels give the same bytes, as long as Pillow is the same.
    """
    height, width = pixels.shape[:2]
    if max(height, width) > 65_500:  # libjpeg's JPEG_MAX_DIMENSION
        raise BadInput(f"{width}x{height} pixels: a JPEG's side has at most 65,500; scale it down first")
    out = BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


@cache
def blank() -> bytes:
    """Return a small grey JPEG that stands for a picture which is not here."""
    return encode_jpeg(np.full((120, 160, 3), 96, np.uint8))


def thumbnail(pixels: NDArray[np.uint8], side: int = THUMBNAIL) -> bytes:
    """Encode as a JPEG whose longer side has at most `side` pixels; a smaller picture keeps its size."""
    height, width = pixels.shape[:2]
    scale = min(1.0, side / max(height, width))
    return encode_jpeg(fit(pixels, max(1, round(width * scale)), max(1, round(height * scale))), quality=80)


def outline(thumbnail: bytes) -> NDArray[np.int8]:
    """Return how the brightness of a thumbnail rises to the right and downwards, int8 (512,) of one length.

    Another exposure of the same view has the same; a cosine of 0.8 between two is rarely chance.
    """
    grey = fit(decode(thumbnail, at_least=2 * _GRID).pixels, _GRID + 1, _GRID + 1).astype(np.float32).mean(axis=2)
    rises = np.concatenate([np.diff(grey, axis=1)[:-1].ravel(), np.diff(grey, axis=0)[:, :-1].ravel()])
    rises -= rises.mean()
    return np.clip(np.rint(600 * rises / max(float(np.linalg.norm(rises)), _FLAT)), -127, 127).astype(np.int8)


def fit(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Stretch uint8 RGB, or luma, to this width and height, averaging areas: the extractor's input contract."""
    import cv2  # 0.15 s on a desk: only where a picture is resized

    # INTER_AREA averages only when no side grows, else it picks pixels (noise of 4000x3 to 224x224 keeps
    # a deviation of 72; averaged it has 17). So first the sides that shrink, then those that grow.
    for size in ((min(width, pixels.shape[1]), min(height, pixels.shape[0])), (width, height)):
        if size != (pixels.shape[1], pixels.shape[0]):
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return pixels


def luma(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the luma, shape (height, width), of uint8 RGB, by the weights that JPEG has (Rec. 601)."""
    import cv2

    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


@cache
def _readers() -> tuple[str, ...]:
    """Name those of our formats that this build of Pillow reads.

    Their plug-ins are imported one by one: for a format it does not know, `Image.open` imports all fifty.
    """
    Image.preinit()  # BMP, GIF, JPEG, PNG, PPM
    lacking = set()
    for name, plugin in (("WEBP", "WebP"), ("TIFF", "Tiff"), ("AVIF", "Avif")):
        try:
            if not getattr(import_module(f"PIL.{plugin}ImagePlugin"), "SUPPORTED", True):
                lacking.add(name)
        except ImportError:  # an older Pillow, without AVIF
            lacking.add(name)
    return tuple(name for name in FORMATS if name not in lacking)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Pillow's warnings (a large picture, odd EXIF): what they warn of is decided here.

    Python's warning filters belong to the whole process, so one thread at a time changes and restores them.
    """
    with _quiet_lock, warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn what Pillow raises into BadPicture.

    Every Exception: on hostile bytes its parsers raise OSError, SyntaxError, ValueError, TypeError,
    LookupError, RuntimeError, struct.error, zlib.error, MemoryError and what the next release adds, and one
    unreadable file must not end the import of a thousand.
    """
    try:
        yield
    except BadPicture:
        raise
    except UnidentifiedImageError as error:
        accepted = ", ".join(_readers())
        reason = f"not a picture edge_brain reads, or damaged at its start (it accepts {accepted})"
        raise BadPicture(f"{name}: {reason}; convert it first") from error
    except Image.DecompressionBombError as error:
        raise BadPicture(f"{name}: too large, over {MAX_PIXELS:,} pixels; scale it down first") from error
    except MemoryError as error:
        raise BadPicture(f"{name}: too large for the memory of this device; scale it down first") from error
    except Exception as error:
        reason = f"damaged or cut short ({str(error) or type(error).__name__})"
        raise BadPicture(f"{name}: {reason}; copy it again from where it came") from error


def _upright(
    image: Image.Image, at_least: int | None, name: str, data: bytes = b""
) -> tuple[NDArray[np.uint8], tuple[int, int], float | None]:
    """Load an opened image: its pixels, (width, height) of the upright original, and when it was taken."""
    size = image.size
    if size[0] * size[1] > MAX_PIXELS:
        reason = f"too large, {size[0]}x{size[1]} pixels, over {MAX_PIXELS:,}"
        raise BadPicture(f"{name}: {reason}; scale it down first")
    with _refusing(name):
        if image.format in ("JPEG", "MPO") and at_least:
            image.draft(None, (at_least, at_least))  # halved up to three times while decoding
        drafted = image.size != size
        heavy = weight.of(image, size, data, at_least) if data else 0
        if heavy > weight.MOST_BYTES:
            reason = f"{size[0]}x{size[1]} pixels would take {heavy >> 20} MiB of memory, at most "
            raise BadPicture(f"{name}: too large, {reason}{weight.MOST_BYTES >> 20} are given; scale it down first")
        with _alone_with_memory() if heavy > weight.LIGHT_BYTES else nullcontext():
            pixels, turn, taken_at = _loaded(image, at_least, name)
        if not drafted:
            size = image.size  # a TIFF turns itself upright
    return pixels, size[::-1] if turn in exif.LYING else size, taken_at


@contextmanager
def _alone_with_memory() -> Iterator[None]:
    """Let one thread at a time decode a heavy picture, after what is free was given back to the system.

    Else it lies in holes beside the picture: 743 odd files, tagged and imported, took 266 MiB and not 242.
    """
    import ctypes

    with _heavy_lock:
        with suppress(AttributeError, OSError):  # a C library other than GNU's has no such call
            ctypes.CDLL(None).malloc_trim(0)
        yield


def _loaded(
    image: Image.Image, at_least: int | None, name: str
) -> tuple[NDArray[np.uint8], Image.Transpose | None, float | None]:
    """Decode an opened image, drafted if it may be: its upright pixels, how it was turned, and when it was taken."""
    # a JPEG warns when opened only: threads decode in parallel
    with nullcontext() if image.format in ("JPEG", "MPO") else _quiet():
        image.load()
    with _quiet():
        turn, taken_at = exif.read(image)
    image = _in_bands(image, weight.factor(image.size, at_least), name)
    if turn is not None:
        image = image.transpose(turn)
    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    return np.ascontiguousarray(image.convert("RGB"), dtype=np.uint8), turn, taken_at


def _in_bands(image: Image.Image, factor: int, name: str) -> Image.Image:
    """Convert a loaded image of any mode to L, RGB or RGBA, and reduce it; some rows at a time, to save memory."""
    width, height = image.size
    rows = factor * max(1, _BAND // factor)
    done: Image.Image | None = None
    for top in range(0, height, rows):
        band = image if height <= rows else image.crop((0, top, width, min(height, top + rows)))
        band = _eight_bit(band, image.format, name)
        band = band.reduce(factor) if factor > 1 else band
        if height <= rows:
            return band
        done = done or Image.new(band.mode, (band.width, -(-height // factor)))
        done.paste(band, (0, top // factor))
    return done or image


def _eight_bit(image: Image.Image, format: str | None, name: str) -> Image.Image:
    """Convert a loaded image of any mode, or a part of one, to L, RGB or RGBA."""
    mode, transparent = image.mode, image.info.get("transparency")
    if mode.startswith("I;16") or (mode == "I" and format in ("PNG", "PPM")):
        # Pillow's own conversion clips: all above 255 of 65,535 would be white
        levels = np.asarray(image)
        return Image.fromarray(np.where(levels == transparent, 255, levels >> 8).astype(np.uint8))
    if mode in ("I", "F"):  # to guess the white from each picture would make two frames of one scene differ
        reason = "its pixels are 32-bit numbers, which do not say what is white"
        raise BadPicture(f"{name}: {reason}; save it with 8 or 16 bits a channel first")
    if transparent is not None or mode in ("P", "PA", "LA", "La", "RGBa"):
        return image.convert("RGBA")
    if mode in ("L", "RGB", "RGBA"):
        return image
    return image.convert("L" if mode == "1" else "RGB")
