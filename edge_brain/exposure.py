"""From any picture to a frame that can be kept: path, bytes, PIL image or uint8 RGB array.

One rule: a code is the extractor's answer to the stored bytes, so that it can be made again. Pictures
that come as pixels are therefore kept as JPEG, and coded from what that JPEG shows.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from edge_brain import extractor as extractors
from edge_brain import files, images, quality
from edge_brain import views as looks
from edge_brain.errors import BadPicture
from edge_brain.extractor import Extractor
from edge_brain.records import Exposure
from edge_brain.region import Region

PictureLike: TypeAlias = "str | Path | bytes | PILImage.Image | NDArray[np.uint8]"

_SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "PPM": ".ppm"}


class Exposer:
    """Makes exposures under one input contract: an extractor and a region of the picture."""

    def __init__(self, extractor: Extractor, region: Region) -> None:
        self.contract = extractors.spelled(extractor.fingerprint, str(region))
        self.extractor = extractor
        self._region = region
        # twice the input's size, so that a JPEG decoded at a fraction of its size still gives the same code, and
        # no less than a thumbnail
        self._at_least = max(images.THUMBNAIL, int(2 * extractor.side / min(region.width, region.height)))

    def code(self, picture: PictureLike) -> NDArray[np.int8]:
        """Return the code of a picture that is not to be kept."""
        if isinstance(picture, str | Path | bytes):
            pixels = self.decode(self._bytes(picture), _name(picture)).pixels
        else:
            pixels = images.as_pixels(picture)
        return self.extractor.code(self._region.crop(pixels))

    def decode(self, data: bytes, name: str) -> images.Picture:
        """Return what the bytes of a picture show, as large as this contract needs it."""
        return images.decode(data, at_least=self._at_least, name=name)

    def views(self, data: bytes, name: str) -> bytes:
        """Return the codes of the views of a stored picture, one after the other."""
        return self._views(self._region.crop(self.decode(data, name).pixels))

    def expose(self, picture: PictureLike, source: str | None = None, *, views: bool = False) -> Exposure:
        """Return a picture ready to be kept; `source` says where it came from, else its path does.

        With `views` those are coded, too, which costs a run of the network each.
        """
        data, came_from = self._bytes(picture), source or (str(picture) if isinstance(picture, str | Path) else None)
        decoded = self.decode(data, _name(picture, source))
        seen = self._region.crop(decoded.pixels)
        brightness, sharpness = quality.measure(seen)
        return Exposure(
            id=files.content_id(data),
            data=data,
            suffix=_SUFFIXES.get(decoded.format, f".{decoded.format.lower()}"),
            width=decoded.width,
            height=decoded.height,
            taken_at=decoded.taken_at,
            source=None if came_from is None else files.printable(came_from),
            thumbnail=images.thumbnail(decoded.pixels),
            code=self.extractor.code(seen).tobytes(),
            contract=self.contract,
            views=self._views(seen) if views else b"",
            brightness=brightness,
            sharpness=sharpness,
        )

    def _views(self, pixels: NDArray[np.uint8]) -> bytes:
        return b"".join(self.extractor.code(view(pixels)).tobytes() for view in looks.VIEWS.values())

    @staticmethod
    def read(path: str | Path) -> bytes:
        """Return the bytes of a picture file."""
        name = files.printable(path)
        try:
            if not stat.S_ISREG(Path(path).stat().st_mode):
                raise BadPicture(f"{name} is no regular file")
            with Path(path).open("rb") as file:
                data = file.read(images.MAX_BYTES + 1)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            reason = error.strerror if isinstance(error, OSError) else error
            raise BadPicture(f"{name} cannot be read: {reason}") from error
        if len(data) > images.MAX_BYTES:
            raise BadPicture(f"{name} is larger than {images.MAX_BYTES >> 20} MiB; give a smaller picture")
        return data

    def _bytes(self, picture: PictureLike) -> bytes:
        if isinstance(picture, bytes):
            return picture
        return self.read(picture) if isinstance(picture, str | Path) else images.encode_jpeg(images.as_pixels(picture))


def _name(picture: PictureLike, source: str | None = None) -> str:
    """Return what to call a picture in an error."""
    return files.printable(picture if isinstance(picture, str | Path) else source or "picture")


def load_exposer(extractor: str, region: Region, *, threads: int) -> Exposer:
    """Load an extractor by its name, and return the exposer that has it."""
    return Exposer(extractors.load(extractor, threads=threads), region)


def contract(extractor: str, region: Region, *, views: bool) -> dict[str, str]:
    """Return the settings that say how a picture becomes a code, and in which views it is learned."""
    return {**extractors.contract(extractor), "region": str(region), "views": looks.SETTING if views else ""}
