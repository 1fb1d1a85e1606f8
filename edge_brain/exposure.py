"""From any picture to a frame that can be kept: path, bytes, PIL image or uint8 RGB array.

One rule: a code is the extractor's answer to the stored bytes, so that it can be made again. Pictures
that come as pixels are therefore kept as JPEG, and coded from what that JPEG shows. A code that comes from outside
counts as it came; where it comes alone, the stored bytes hold it (see `coded`).
"""

from __future__ import annotations

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from edge_brain import coded, files, images, own, quality
from edge_brain import extractor as extractors
from edge_brain import views as looks
from edge_brain.coded import CodeLike
from edge_brain.errors import BadInput, BadPicture
from edge_brain.extractor import Extractor
from edge_brain.own import Codes, Given
from edge_brain.records import Exposure
from edge_brain.region import Region

PlainPicture: TypeAlias = "str | Path | bytes | PILImage.Image | NDArray[np.uint8]"
PictureLike: TypeAlias = "PlainPicture | Coded"
ExtractorLike: TypeAlias = "str | Given"  # by its name, or itself

_SUFFIXES = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "PPM": ".ppm"}


@dataclass(frozen=True)
class Coded:
    """A code that was made elsewhere, as `Brain.tag_code` takes it, and its picture, if that is here.

    It goes wherever a picture goes: `brain.tag_many([(Coded(code), "mug"), …])`.
    """

    code: CodeLike
    picture: PlainPicture | None = None


class Exposer:
    """Makes exposures under one input contract: an extractor and a region of the picture."""

    def __init__(self, extractor: Extractor, region: Region) -> None:
        self.contract = extractors.spelled(extractor.fingerprint, str(region))
        self.extractor = extractor
        self._region = region
        # twice the input's size, so that a JPEG decoded at a fraction of its size still gives the same code, and
        # no less than a thumbnail; what an app's own extractor makes of a fraction nobody knows
        enough = max(images.THUMBNAIL, int(2 * extractor.side / min(region.width, region.height)))
        self._at_least = enough if extractor.side else None

    def code(self, picture: PictureLike) -> NDArray[np.int8]:
        """Return the code of a picture that is not to be kept."""
        if isinstance(picture, Coded):
            return np.frombuffer(self._given(picture), np.int8)
        if isinstance(picture, str | Path | bytes):
            data = self._bytes(picture)
            if coded.is_packed(data):
                return np.frombuffer(self._unpacked(data, _name(picture)), np.int8)
            pixels = self.decode(data, _name(picture)).pixels
        else:
            pixels = images.as_pixels(picture)
        return self.extractor.code(self._region.crop(pixels))

    def decode(self, data: bytes, name: str) -> images.Picture:
        """Return what the bytes of a picture show, as large as this contract needs it."""
        return images.decode(data, at_least=self._at_least, name=name)

    def views(self, data: bytes, name: str) -> bytes:
        """Return the codes of the views of a stored picture, one after the other; of a code that came alone, none."""
        if coded.is_packed(data):
            return b""
        return self._views(self._region.crop(self.decode(data, name).pixels))

    def expose(self, picture: PictureLike, source: str | None = None, *, views: bool = False) -> Exposure:
        """Return a picture ready to be kept; `source` says where it came from, else its path does.

        With `views` those are coded, too, which costs a run of the network each.
        """
        given: bytes | None = None
        if isinstance(picture, Coded):
            given = self._given(picture)
            picture = coded.packed(given, self.contract) if picture.picture is None else picture.picture
        data, came_from = self._bytes(picture), source or (str(picture) if isinstance(picture, str | Path) else None)
        if coded.is_packed(data):
            return self._alone(data, _name(picture, source), came_from)
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
            code=self.extractor.code(seen).tobytes() if given is None else given,
            contract=self.contract,
            views=self._views(seen) if views else b"",
            brightness=brightness,
            sharpness=sharpness,
        )

    def _alone(self, data: bytes, name: str, came_from: str | None) -> Exposure:
        """Return what is kept of a code that came alone, from its packed bytes."""
        return Exposure(
            id=files.content_id(data),
            data=data,
            suffix=coded.SUFFIX,
            width=1,  # of the picture nothing is known
            height=1,
            taken_at=None,
            source=None if came_from is None else files.printable(came_from),
            thumbnail=b"",
            code=self._unpacked(data, name),
            contract=self.contract,
        )

    def _given(self, picture: Coded) -> bytes:
        return coded.as_bytes(picture.code, self.extractor.length, self.extractor.zero_point)

    def _unpacked(self, data: bytes, name: str) -> bytes:
        return coded.unpacked(data, self.contract, self.extractor.length, name)

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

    def _bytes(self, picture: PlainPicture) -> bytes:
        if isinstance(picture, bytes):
            return picture
        return self.read(picture) if isinstance(picture, str | Path) else images.encode_jpeg(images.as_pixels(picture))


def _name(picture: PictureLike, source: str | None = None) -> str:
    """Return what to call a picture in an error."""
    return files.printable(picture if isinstance(picture, str | Path) else source or "picture")


def load_exposer(wanted: Mapping[str, str], *, threads: int, given: Given | None = None) -> Exposer:
    """Load the extractor that a contract names, and return the exposer that has it; `given` is an app's own.

    Raises ExtractorMismatch when the one of that name here, or the one that is given, is another.
    """
    region = Region.parse(wanted["region"])
    if own.is_own(wanted["fingerprint"]):
        return Exposer(own.Outside(wanted, given), region)
    extractors.check(wanted["extractor"], wanted["fingerprint"])
    return Exposer(extractors.load(wanted["extractor"], threads=threads), region)


def contract(extractor: ExtractorLike, region: Region, *, views: bool) -> dict[str, str]:
    """Return the settings that say how a picture becomes a code, and in which views it is learned.

    Where only codes come, there is no picture to be cut or mirrored: a region raises BadInput, and there are no views.
    """
    if isinstance(extractor, Codes):
        views = False
        if region != Region():
            raise BadInput(f"region {region}: {extractor.name!r} gives codes, of whatever it looked at; leave it out")
    told = extractors.contract(extractor) if isinstance(extractor, str) else own.contract(extractor)
    if not isinstance(extractor, str) and extractor.name in extractors.names():
        raise BadInput(f"{extractor.name!r} is an extractor that edge_brain brings; give yours another name")
    return {**told, "region": str(region), "views": looks.SETTING if views else ""}
