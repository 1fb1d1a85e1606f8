"""Supply the pictures to calibrate and to measure the extractor with; all are uint8 RGB, shape (height, width, 3).

Refuses to download: it takes the photographs inside the wheel of scikit-image, and imagenet_small where it lies
(folder `$EDGE_BRAIN_DATA`, else ../shared/data).
"""

import csv
import os
import pathlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import skimage.data
from PIL import Image

PHOTOGRAPHS = (
    "astronaut", "brick", "camera", "cell", "chelsea", "clock", "coffee", "coins", "grass", "gravel",
    "hubble_deep_field", "immunohistochemistry", "moon", "page", "retina", "rocket", "stereo_motorcycle", "text",
)  # fmt: skip
GOLDEN = "astronaut"  # NASA, public domain
SHARED = pathlib.Path(__file__).resolve().parent.parent.parent / "shared" / "data"


@dataclass(frozen=True)
class Labelled:
    """Photographs to measure with: a name, files or arrays, and their ImageNet classes if known."""

    name: str
    pictures: list[pathlib.Path] | list[np.ndarray]
    labels: np.ndarray | None


def photograph(name: str) -> np.ndarray:
    """Return a photograph of scikit-image; grey ones get three equal channels."""
    picture = getattr(skimage.data, name)()
    if isinstance(picture, tuple):  # a stereo pair: the left one
        picture = picture[0]
    return np.stack([picture] * 3, axis=-1) if picture.ndim == 2 else picture


def fit(picture: np.ndarray, side: int) -> np.ndarray:
    """Stretch a picture to side x side pixels by area interpolation, as the input contract says."""
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def windows(picture: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the whole picture, its centre and its four corners, each of 60 % of the sides."""
    height, width = picture.shape[:2]
    h, w = height * 6 // 10, width * 6 // 10
    yield picture
    bottom, right = height - h, width - w
    for top, left in ((bottom // 2, right // 2), (0, 0), (0, right), (bottom, 0), (bottom, right)):
        yield picture[top : top + h, left : left + w]


def calibration_pictures(side: int) -> Iterator[np.ndarray]:
    """Yield what every tensor's range is taken from: photographs, plain, mirrored darker and brighter; black; white."""
    for name in PHOTOGRAPHS:
        for window in windows(photograph(name)):
            view = fit(window, side)
            yield view
            yield (view[:, ::-1] * 0.7).astype(np.uint8)
            yield np.minimum(view[:, ::-1] * 1.3, 255).astype(np.uint8)
    for value in (0, 255):
        yield np.full((side, side, 3), value, np.uint8)


def measuring_set() -> Labelled:
    """Return imagenet_small if the data are there, else the photographs of scikit-image without labels."""
    folder = pathlib.Path(os.environ.get("EDGE_BRAIN_DATA", SHARED)) / "imagenet_small"
    if not (folder / "labels.csv").exists():
        print("not judged: top-1 and cosine, because $EDGE_BRAIN_DATA has no imagenet_small/labels.csv")
        return Labelled("scikit-image photographs", [photograph(name) for name in PHOTOGRAPHS], None)
    with (folder / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    labels = np.array([int(row["class_index"]) for row in rows])
    return Labelled("imagenet_small", [folder / row["file"] for row in rows], labels)


def fitted(pictures: Iterable[pathlib.Path | np.ndarray], side: int) -> list[np.ndarray]:
    """Return pictures, or files of pictures, fitted to side x side pixels."""
    arrays = (p if isinstance(p, np.ndarray) else np.asarray(Image.open(p).convert("RGB")) for p in pictures)
    return [fit(array, side) for array in arrays]
