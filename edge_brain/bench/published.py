"""What others have published, to stand beside what was measured here: each figure with what it was measured on.

They are no race. The networks, the boards and what is counted differ, which `what` and `where` say; none of these
figures includes a write that survives a power cut.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Published:
    """A figure of somebody else."""

    what: str
    where: str
    least_ms: float
    most_ms: float  # the same where one figure is given
    source: str
    beside: tuple[str, ...]  # which of our costs, added up, it stands beside


PUBLISHED = (
    Published(
        "a run of EfficientNet-Lite0, int8",
        "Pixel 4, CPU, 4 threads",
        6.5,
        6.5,
        "github.com/tensorflow/tpu, models/official/efficientnet/lite/README.md",
        ("embed",),
    ),
    Published(
        "a run of MobileNet v2, int8, XNNPACK",
        "Raspberry Pi 4, 64 bits, all cores",
        17.0,
        17.0,
        "github.com/google/XNNPACK, README.md, 2022-02-08",
        ("embed",),
    ),
    Published(
        "imprinting, an image of 200 made-up ones (987 ms)",
        "Raspberry Pi 4 with an Edge TPU",
        987.3 / 200,
        987.3 / 200,
        "github.com/google-coral/pycoral, benchmarks/reference/imprinting_reference_training_rp4b.csv",
        ("tag",),
    ),
    Published(
        "training a classifier anew (Frigate)",
        "a CPU with AVX",
        60_000.0,
        180_000.0,
        "docs.frigate.video, State Classification",
        ("tag", "score"),
    ),
    Published(
        "training ResNet-18",
        "Jetson Nano, GPU",
        4 * 3_600_000.0,
        8 * 3_600_000.0,
        "github.com/dusty-nv/jetson-inference, docs/pytorch-cat-dog.md and pytorch-plants.md",
        ("tag", "score"),
    ),
)
