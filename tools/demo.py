"""Show the whole of edge_brain in a minute, on real photographs: tag, watch the score rise, then check it.

What is real: the photographs (they come with scikit-image), the extractor, the brain, the score, the truth
at the end. What is simulated: the camera, which pans, zooms and dims over the photographs, and the operator,
whose tags are played in. Each burst shows a region of a photograph that no other burst shows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from edge_brain import Brain

PHOTOGRAPHS = {
    "brick": "brick",
    "grass": "grass",
    "gravel": "gravel",
    "coins": "coins",
    "coffee": "coffee",
    "cat": "chelsea",
    "rocket": "rocket",
    "astronaut": "astronaut",
    "cameraman": "camera",
    "moon": "moon",
    "page": "page",
    "text": "text",
}
ROWS, COLUMNS = 3, 4  # of the regions that a photograph is cut into
UNSEEN = 4  # regions of each photograph that the operator never tags
FRAMES = 5  # a burst

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Burst:
    """A few frames of one region: uint8 RGB, shape (240, 320, 3) each."""

    label: str
    name: str
    frames: list[Pixels]


def film(label: str, photograph: Pixels, region: tuple[int, int], random: np.random.Generator) -> Burst:
    """Let the camera pan, zoom and dim over one region of a photograph."""
    height, width = photograph.shape[0] // ROWS, photograph.shape[1] // COLUMNS
    top, left = region[0] * height, region[1] * width
    scene = photograph[top : top + height, left : left + width]
    light = random.uniform(0.3, 1.2)
    frames = []
    for _ in range(FRAMES):
        zoom = random.uniform(0.35, 0.8)
        h, w = int(height * zoom), int(width * zoom)
        y, x = random.integers(0, height - h + 1), random.integers(0, width - w + 1)
        seen = Image.fromarray(scene[y : y + h, x : x + w]).resize((320, 240), Image.Resampling.BICUBIC)
        dimmed = np.asarray(seen, np.float32) * light * random.uniform(0.95, 1.05)
        frames.append(np.clip(dimmed, 0, 255).astype(np.uint8))
    return Burst(label, f"{label}, region {region[0]}-{region[1]}", frames)


def bursts_of(label: str, name: str, random: np.random.Generator) -> list[Burst]:
    """Return the bursts of all regions of a photograph, in an order of chance."""
    photograph = np.asarray(Image.fromarray(getattr(skimage.data, name)()).convert("RGB"))
    regions = [(row, column) for row in range(ROWS) for column in range(COLUMNS)]
    return [film(label, photograph, regions[place], random) for place in random.permutation(len(regions))]


def in_turn(bursts: dict[str, list[Burst]]) -> Iterator[Burst]:
    """Yield the bursts as the operator meets them: one of each class, then the next of each."""
    for of_each_class in zip_longest(*bursts.values()):
        yield from (burst for burst in of_each_class if burst)


def scenes(seed: int) -> tuple[list[Burst], list[Burst]]:
    """Return the scenes that the operator tags, as they are met, and those that the brain never sees."""
    random = np.random.default_rng(seed)
    films = {label: bursts_of(label, name, random) for label, name in PHOTOGRAPHS.items()}
    tagged = list(in_turn({label: bursts[UNSEEN:] for label, bursts in films.items()}))
    return tagged, [burst for bursts in films.values() for burst in bursts[:UNSEEN]]


def teach(brain: Brain, bursts: list[Burst], classes: int = len(PHOTOGRAPHS)) -> None:
    """Play in the operator's tags, and print the Brain Score each time all classes had a turn."""
    for number, burst in enumerate(bursts, 1):
        brain.tag_many([(frame, burst.label) for frame in burst.frames], burst=burst.name, who="simulated operator")
        if number % classes == 0 or number == classes // 2:
            score = brain.score()
            figures = " " * 33
            if score.balanced_accuracy is not None and score.interval is not None:
                low, high = score.interval
                figures = f"{score.balanced_accuracy:5.0%}  (90 % sure: {low:4.0%} to {high:4.0%})"
            counts = f"{score.learned} learned, {score.reserved} reserved"
            print(f"  {number:3d} scenes tagged   Brain Score: {score.level:<14} {figures}  {counts}", flush=True)


def truth(brain: Brain, bursts: list[Burst]) -> float:
    """Return the share of frames of unseen bursts that are answered rightly, each class weighing the same."""
    right: dict[str, list[bool]] = {}
    for burst in bursts:
        answers = brain.predict_many(burst.frames)
        right.setdefault(burst.label, []).extend(answer.ranking[0][0] == burst.label for answer in answers)
    return float(np.mean([np.mean(answers) for answers in right.values()]))


def main() -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7, help="of the camera's moves and the order of the regions")
    seed = parser.parse_args().seed
    print("The camera and the operator are simulated; the photographs, the brain and the figures are real.\n")
    tagged, unseen = scenes(seed)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Brain.create(f"{folder}/demo") as brain:
        print(f"The operator tags {len(tagged)} scenes of {len(PHOTOGRAPHS)} things, {FRAMES} frames each:")
        teach(brain, tagged)
        score = brain.score()
        true = truth(brain, unseen)
        for item in score.advice[:3]:
            print(f"      next: {item.message}")
        print(f"\nNow {len(unseen)} scenes that the brain has never seen, {len(unseen) * FRAMES} frames:")
        if score.balanced_accuracy is not None and score.interval is not None:
            low, high = score.interval
            print(f"  the Brain Score said   {score.balanced_accuracy:6.1%}  (90 % sure: {low:.0%} to {high:.0%})")
        print(f"  the truth is           {true:6.1%}")
    print(f"\n{time.monotonic() - started:.0f} seconds, on this machine's CPU, without a network.")


if __name__ == "__main__":
    main()
