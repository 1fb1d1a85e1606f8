"""The learned brain as one TFLite file, for C++, Android and browsers: the extractor with the head's steps behind it.

    image, uint8 (1, h, w, 3) ─> the extractor, as it is ─> code, int8 (1, d)
    code ─ √ ─ L2 norm ─ · 600 ─ round ─ at most 127 ─> row, float32 (1, d)         as `head.quantize` has it
    row ─ · weights ─> nearness, (1, K) ─ softmax, 1/2T ─> probabilities, (1, K)    as `head.classifier` has it
    row, nearness ─> familiarity, (1,)                                              as `head.calibration` has it

What is not in it: to cut the region out and stretch it to the input's size, by area; and to say "unknown" where the
familiarity is under the threshold. Both are told in `edge_brain.json`, in the ZIP behind the model and as metadata.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_brain import __version__, extractor, files, plain
from edge_brain.brain import Brain
from edge_brain.errors import BadInput
from edge_brain.exchange import metadata
from edge_brain.exchange.graph import Graph
from edge_brain.head import LONGEST, SCALE, calibration
from edge_brain.head.classifier import Classifier
from edge_brain.outcomes import ExportedModel

FORMAT = 1
TOLD = "edge_brain.json"
_OUTPUTS = (
    ("probabilities", "How likely each class is, as labels.txt lists them; they add up to 1"),
    ("familiarity", f"How much the picture looks like what was learned; under the threshold in {TOLD}: unknown"),
)


def export_tflite(brain: Brain, path: str | Path, *, familiarity: bool = True) -> ExportedModel:
    """Write what a brain, or a release, has learned into one TFLite file, which answers as `predict` does.

    It takes uint8 RGB, shape (1, height, width, 3), and gives probabilities, float32 (1, classes), and familiarity,
    float32 (1,); without `familiarity` the probabilities alone, as tools want it that know classifiers by their one
    output. A file that stands there is replaced. Raises BadInput for a brain that has learned nothing, or whose codes
    come from no network, and ExtraMissing where ai-edge-litert, whose schema it is written by, is not installed.
    """
    target = Path(path)
    made = model(brain, files.printable(target.stem), familiarity=familiarity)
    files.write_whole(target, made.data)
    return made.told(target)


@dataclass(frozen=True)
class Model:
    """A model, and what it takes and gives."""

    data: bytes
    solved: Classifier
    width: int  # of the picture that goes in, pixels
    height: int

    def told(self, path: Path) -> ExportedModel:
        """Return what was exported to a path."""
        return ExportedModel(
            path=files.printable(path),
            classes=self.solved.labels,
            width=self.width,
            height=self.height,
            threshold=self.solved.calibration.threshold,
            size_bytes=len(self.data),
            sha256=files.content_id(self.data),
        )


def model(brain: Brain, name: str, *, familiarity: bool, shares: bool = False) -> Model:
    """Return the model, which takes uint8, or with `shares` float32 from 0 to 1."""
    solved = brain.solved()
    if not solved.labels:
        raise BadInput("this brain has learned no class: a model of it would answer nothing; tag frames first")
    graph = Graph(extractor.model(brain.extractor))
    height, width = (int(each) for each in graph.input.shape[1:3])
    if shares:
        graph.begin_with_shares()
    else:
        graph.begin_with_bytes()
    outputs = _head(graph, solved)[: 1 + familiarity]
    graph.end_with(*outputs)
    told = _told(brain, solved, width, height)
    described = metadata.Described(
        name, f"Image classifier, learned on the device by edge_brain {__version__}", width, height,
        _OUTPUTS[: len(outputs)], str(FORMAT), "The network in it: Apache License 2.0 (EfficientNet-Lite)",
    )  # fmt: skip
    graph.describe(described.text, **{metadata.NAME: metadata.table(described), "edge_brain": told})
    held = {metadata.LABELS: "".join(f"{label}\n" for label in solved.labels).encode(), TOLD: told}
    return Model(metadata.with_files(graph.to_bytes(), held), solved, width, height)


def _told(brain: Brain, solved: Classifier, width: int, height: int) -> bytes:
    """Return what a host has to know, as JSON."""
    released = brain.released
    told = {
        "format": FORMAT,
        "made_by": f"edge_brain {__version__}",
        "extractor": brain.extractor,
        "labels": solved.labels,
        "unknown_under_familiarity": solved.calibration.threshold,
        "input": {"width": width, "height": height, "channels": "RGB", "region": str(brain.region), "fit": "stretch",
                  "interpolation": "area"},
        "release": None if released is None else plain.plain(replace(released, path=Path(released.path).name)),
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def _head(graph: Graph, solved: Classifier) -> tuple[int, int]:
    """Add the steps of the head; return the numbers of probabilities and familiarity."""
    one, many = (1, solved.weights.shape[1]), (1, len(solved.labels))
    levels = graph.step("DEQUANTIZE", [graph.output], "levels", one)
    unit = graph.step("L2_NORMALIZATION", [graph.step("SQRT", [levels], "roots", one)], "unit", one)
    scaled = graph.step("MUL", [unit, _number(graph, "scale", SCALE)], "scaled", one)
    rounded = graph.step("ROUND", [scaled], "rounded", one)
    row = graph.step("MINIMUM", [rounded, _number(graph, "longest", LONGEST)], "row", one)
    weights, offsets = graph.constant("weights", solved.weights), _constant(graph, "offsets", -solved.offsets)
    nearness = graph.step("FULLY_CONNECTED", [row, weights, offsets], "nearness", many)
    beta = 1 / (2 * solved.calibration.temperature)
    return (
        graph.step("SOFTMAX", [nearness], "probabilities", many, beta=beta),
        _familiarity(graph, solved, row, nearness),
    )


def _familiarity(graph: Graph, solved: Classifier, row: int, nearness: int) -> int:
    told, (one, many) = solved.calibration, ((1, solved.weights.shape[1]), (1, len(solved.labels)))
    last = graph.constant("last", np.array([1], np.int32))
    best = graph.step("REDUCE_MAX", [nearness, last], "best", (1,))
    axes, origin = _constant(graph, "axes", solved.axes.T), _constant(graph, "origin", solved.origin)
    within = graph.step("FULLY_CONNECTED", [nearness, axes, origin], "within", many)
    inside = graph.step("SUM", [graph.step("SQUARE", [within], "within_squared", many), last], "inside", (1,))
    against = graph.step("MUL", [inside, _number(graph, "inside_counts", calibration.INSIDE)], "against", (1,))
    nearer = graph.step("SUB", [best, against], "nearer", (1,))
    near = graph.step("MUL", [nearer, _number(graph, "unit_of_near", 1 / told.unit)], "near", (1,))
    if not np.isfinite(told.usual):
        return near
    away = graph.step("SUB", [row, _constant(graph, "background", solved.background[None])], "away", one)
    outside = graph.step("SUM", [graph.step("SQUARE", [away], "away_squared", one), last], "outside", (1,))
    beyond = graph.step("SUB", [outside, _number(graph, "usual", told.farthest_usual)], "beyond", (1,))
    deviations = graph.step("MUL", [beyond, _number(graph, "a_deviation", 1 / told.deviation)], "deviations", (1,))
    far = graph.step(
        "SQUARE", [graph.step("MAXIMUM", [deviations, _number(graph, "none", 0)], "odd", (1,))], "far", (1,)
    )
    return graph.step("SUB", [near, far], "familiarity", (1,))


def _number(graph: Graph, name: str, value: float) -> int:
    return graph.constant(name, np.array([value], np.float32))


def _constant(graph: Graph, name: str, values: NDArray[np.floating]) -> int:
    return graph.constant(name, np.asarray(values, np.float32))
