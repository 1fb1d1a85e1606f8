"""The extractor: a picture in, an int8 code out.

`models/manifest.json` says what there is and under which contract: RGB, the whole region stretched to
the input size by area interpolation, pixel − 128. A brain is bound to an extractor's fingerprint.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_brain import config, images, own, runtime
from edge_brain.errors import BadInput, ExtractorMismatch


class Extractor(Protocol):
    """What a brain needs of an extractor."""

    name: str
    fingerprint: str  # changes when the codes do
    length: int  # of a code
    zero_point: int  # the code's level zero
    runtime: str  # what runs it
    side: int  # shorter side, pixels, that a picture should have at least; 0: it is looked at as large as it came

    def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return the code, int8 (length,), of uint8 RGB pixels, shape (height, width, 3), of any size."""
        ...


class TFLiteExtractor:
    """A quantized TFLite network from `models/`, loaded in a runtime that gave the golden code."""

    def __init__(self, name: str, *, threads: int | None = None) -> None:
        folder = config.models_folder()
        entry = _entry(name)
        self.name = name
        self.fingerprint = _fingerprint(name, entry)
        self.length: int = entry["code"]["length"]
        self.zero_point: int = entry["code"]["zero_point"]
        self._width: int = entry["input"]["width"]
        self._height: int = entry["input"]["height"]
        self.side = min(self._width, self._height)
        golden = images.decode((folder / _manifest()["golden"]["file"]).read_bytes(), name="golden picture")
        proof = runtime.Proof(
            pixels=images.fit(golden.pixels, self._width, self._height),
            code=np.frombuffer(base64.b64decode(entry["golden_code"]), np.int8),
            zero_point=self.zero_point,
        )
        self._network = runtime.load(
            folder / entry["file"], proof, threads=threads or config.threads(), wanted=config.wanted_runtime()
        )
        self.runtime = self._network.runtime

    def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return the code, int8 (length,), of uint8 RGB pixels, shape (height, width, 3), of any size."""
        return self._network(images.fit(pixels, self._width, self._height))


class PixelExtractor:
    """A stand-in without a network, for tests of apps: the code is the picture itself, shrunk to 8 × 8."""

    name = "pixels"
    fingerprint = "pixels:1"
    length = 8 * 8 * 3
    zero_point = -128
    side = 8
    runtime = "none"

    def code(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return the code, int8 (192,), of uint8 RGB pixels, shape (height, width, 3), of any size."""
        return np.asarray((images.fit(pixels, 8, 8) ^ np.uint8(128)).view(np.int8).reshape(-1))


def names() -> list[str]:
    """Return the extractors that one can choose, the default first."""
    manifest = _manifest()
    default = manifest["default"]
    return [default, *(name for name in manifest["extractors"] if name != default), PixelExtractor.name]


def contract(name: str) -> dict[str, str]:
    """Return what a brain that is bound to this extractor must know of it, without loading it."""
    if name == PixelExtractor.name:
        fingerprint, length, zero = PixelExtractor.fingerprint, PixelExtractor.length, PixelExtractor.zero_point
    else:
        entry = _entry(name)
        fingerprint, length, zero = _fingerprint(name, entry), entry["code"]["length"], entry["code"]["zero_point"]
    return {"extractor": name, "fingerprint": fingerprint, "code_length": str(length), "zero_point": str(zero)}


def spelled(fingerprint: str, region: str) -> str:
    """Return in one line how pictures become codes: what an exposure and its brain must agree on."""
    return f"{fingerprint} {region}"


def agree(exposed: Iterable[str], contract: str) -> None:
    """Raise ExtractorMismatch when a picture was coded otherwise than a brain's frames are by now, as `spelled`."""
    for each in exposed:
        if each != contract:
            raise ExtractorMismatch(
                f"the picture was coded as {each}, the brain meanwhile changed to {contract}; "
                "nothing was changed, try again"
            )


def check(name: str, fingerprint: str) -> None:
    """Raise ExtractorMismatch unless the extractor of that name here has the fingerprint that codes were made with.

    One of an app's own need not be here: codes of it are told and asked without it.
    """
    if own.is_own(fingerprint):
        return
    here = contract(name)["fingerprint"] if name in names() else "none of that name"
    if here != fingerprint:
        raise ExtractorMismatch(
            f"the codes of this brain were made by extractor {fingerprint}, here is {here}; "
            f"`edge-brain retrain --extractor {names()[0]}` codes every stored frame anew"
        )


def load(name: str, *, threads: int | None = None) -> TFLiteExtractor | PixelExtractor:
    """Load an extractor by its name in `models/manifest.json`."""
    return PixelExtractor() if name == PixelExtractor.name else TFLiteExtractor(name, threads=threads)


def model(name: str) -> bytes:
    """Return the file of an extractor's network; BadInput for one that has none."""
    if name == PixelExtractor.name:
        raise BadInput("the extractor 'pixels' is no network: `edge-brain retrain --extractor` takes another")
    if name not in names():
        raise BadInput(f"the network {name!r} is not here, only its codes are: no model can be made of it")
    path: Path = config.models_folder() / _entry(name)["file"]
    return path.read_bytes()


def damage() -> list[str]:
    """Return what is wrong with the shipped models: files that are missing or not the ones described."""
    folder = config.models_folder()
    wrong = []
    for entry in [_manifest()["golden"], *_manifest()["extractors"].values()]:
        path = folder / entry["file"]
        if not path.is_file():
            wrong.append(f"{path.name} is missing")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
            wrong.append(f"{path.name} differs from its checksum")
    return wrong


@lru_cache(maxsize=1)
def _manifest() -> dict[str, Any]:
    path: Path = config.models_folder() / "manifest.json"
    manifest: dict[str, Any] = json.loads(path.read_text())
    return manifest


def _entry(name: str) -> dict[str, Any]:
    entries: dict[str, dict[str, Any]] = _manifest()["extractors"]
    if name not in entries:
        raise BadInput(f"there is no extractor {name!r}; choose one of {', '.join(names())}")
    return entries[name]


def _fingerprint(name: str, entry: dict[str, Any]) -> str:
    return f"{name}:{entry['sha256'][:16]}"
