"""From any picture to a frame that can be kept: path, bytes, PIL image or uint8 RGB array.

One rule: a code is the extractor's answer to the stored bytes, so that it can be made again. Pictures
that come as pixels are therefore kept as JPEG, and coded from what that JPEG shows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from edge_brain import extractor as extractors
from edge_brain import files, images
from edge_brain.errors import BadPicture
from edge_brain.extractor import Extractor
from edge_brain.records import Exposure

PictureLike: TypeAlias = "str | Path | bytes | PILImage.Image | NDArray[np.uint8]"

_SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "PPM": ".ppm"}


class Exposer:
    """Makes exposures under one input contract: an extractor and a region of the picture."""

    def __init__(self, extractor: Extractor, region: images.Region) -> None:
        self.contract = _spelled(extractor.fingerprint, region)
        self.extractor = extractor
        self._region = region
        # twice the input's size, so that a JPEG decoded at a fraction of its size still gives the same code
        self._at_least = int(2 * extractor.side / min(region.width, region.height))

    def code(self, picture: PictureLike) -> NDArray[np.int8]:
        """Return the code of a picture that is not to be kept."""
        if isinstance(picture, str | Path | bytes):
            data, name = (picture, "picture") if isinstance(picture, bytes) else (self.read(picture), str(picture))
            pixels = self._decode(data, name).pixels
        else:
            pixels = images.as_pixels(picture)
        return self.extractor.code(self._region.crop(pixels))

    def expose(self, picture: PictureLike, source: str | None = None) -> Exposure:
        """Return a picture ready to be kept."""
        if isinstance(picture, str | Path | bytes):
            data = picture if isinstance(picture, bytes) else self.read(picture)
        else:
            data = images.encode_jpeg(images.as_pixels(picture))
        decoded = self._decode(data, source or "picture")
        return Exposure(
            id=files.content_id(data),
            data=data,
            suffix=_SUFFIXES.get(decoded.format, f".{decoded.format.lower()}"),
            width=decoded.width,
            height=decoded.height,
            taken_at=decoded.taken_at,
            source=source,
            thumbnail=images.thumbnail(decoded.pixels),
            code=self.extractor.code(self._region.crop(decoded.pixels)).tobytes(),
            contract=self.contract,
        )

    @staticmethod
    def read(path: str | Path) -> bytes:
        """Return the bytes of a picture file."""
        path = Path(path)
        try:
            if path.stat().st_size > images.MAX_BYTES:
                raise BadPicture(f"{path} is larger than {images.MAX_BYTES >> 20} MiB; give a smaller picture")
            return path.read_bytes()
        except OSError as error:
            raise BadPicture(f"{path} cannot be read: {error.strerror or error}") from error

    def _decode(self, data: bytes, name: str) -> images.Picture:
        return images.decode(data, at_least=self._at_least, name=name)


def load_exposer(extractor: str, region: images.Region, *, threads: int) -> Exposer:
    """Load an extractor by its name, and return the exposer that has it."""
    return Exposer(extractors.load(extractor, threads=threads), region)


def contract(extractor: str, region: images.Region) -> dict[str, str]:
    """Return the settings that say how a picture becomes a code."""
    settings = extractors.contract(extractor)
    return {**settings, "region": str(region), "contract": _spelled(settings["fingerprint"], region)}


def _spelled(fingerprint: str, region: images.Region) -> str:
    return f"{fingerprint} {region}"
