"""See whether an exported TFLite model answers as the brain does, on real pictures, in the runtime that is here.

    python tools/agreement.py                 brains of four sets, their models, and 1,000 pictures that none has seen
    python tools/agreement.py --keep DIR      the same; releases and models stay there, for another runtime:
    EDGE_BRAIN_RUNTIME=tflite-runtime python tools/agreement.py --of DIR

`predict` decodes, cuts and stretches by itself; the model is given pixels that Pillow and OpenCV have prepared, and is
run by the bare interpreter. Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from figures import Figure, Neighbours, at_least, at_most, place, report

from edge_brain import Brain, config, extractor, images
from edge_brain.records import Prediction

SETS = ("cifar10", "clothing", "grocery_produce", "sign_digits")
ASKED, QUICK = 250, 25  # pictures of each set
TAUGHT = 12  # pictures a class
AGREE, APART = 99.5, 0.02  # the bars: per cent of first answers that are the same; probability
_MODULES = {"litert": "ai_edge_litert.interpreter", "tflite-runtime": "tflite_runtime.interpreter"}


def main() -> int:
    """Print the report; the exit code is 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} pictures of each set in place of {ASKED}")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--keep", type=Path, help="keep releases and models in this folder")
    where.add_argument("--of", type=Path, help="ask the releases and models in this folder, and make none")
    chosen = parser.parse_args()
    count, neighbours = QUICK if chosen.quick else ASKED, Neighbours()
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = chosen.of or chosen.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        figures = [figure for name in SETS for figure in compared(name, folder, count, make=chosen.of is None)]
    print(place(config.threads(), config.wanted_runtime() or "litert", extractor.names()[0]))
    return report(figures, neighbours)


def compared(name: str, folder: Path, count: int, *, make: bool) -> Iterator[Figure]:
    """Yield how well a model and the release that it was made of agree, on pictures that neither has seen."""
    taught, asked = divided(_data() / name, count)
    frozen, model = folder / f"{name}.brain", folder / f"{name}.tflite"
    if make:
        teach(taught, frozen, model)
    with Brain.open(frozen) as brain:
        wanted = brain.predict_many(asked)
        given = answers(model, asked)
    labels = sorted({label for each in wanted for label, _ in each.ranking})
    same = [labels[int(shares.argmax())] == each.first for each, (shares, _) in zip(wanted, given, strict=True)]
    apart = [differences(each, labels, shares) for each, (shares, _) in zip(wanted, given, strict=True)]
    far = [abs(each.familiarity - familiarity) for each, (_, familiarity) in zip(wanted, given, strict=True)]
    yield at_least(f"{name}: the same first answer", 100 * float(np.mean(same)), AGREE, " %", f"{len(same)} pictures")
    remark = f"to be exact {max(apart):.5f}; familiarity {max(far):.3f}"
    yield at_most(f"{name}: probabilities apart, at most", max(apart), APART, remark=remark)


def divided(folder: Path, count: int) -> tuple[list[tuple[Path, str]], list[Path]]:
    """Return pictures to teach, with their classes, and others to ask about, in an order that means nothing."""
    by_class = defaultdict[str, list[Path]](list)
    for path in sorted(folder.glob("*/*.jp*g")) + sorted(folder.glob("*/*.png")):
        by_class[path.parent.name].append(path)
    mixed = {label: sorted(paths, key=_mixed) for label, paths in by_class.items()}
    taught = [(path, label) for label, paths in mixed.items() for path in paths[:TAUGHT]]
    rest = sorted((path for paths in mixed.values() for path in paths[TAUGHT:]), key=_mixed)
    return taught, rest[:count]


def _data() -> Path:
    return Path(os.environ.get("EDGE_BRAIN_DATA") or "../shared/data")


def _mixed(path: Path) -> str:
    return hashlib.sha256(path.name.encode()).hexdigest()


def teach(taught: Sequence[tuple[Path, str]], frozen: Path, model: Path) -> None:
    """Make a release of a brain that has learned some pictures, and a model of that."""
    from edge_brain import export_tflite

    with tempfile.TemporaryDirectory() as scratch, Brain.create(Path(scratch) / "brain") as brain:
        brain.tag_many(list(taught))
        frozen.unlink(missing_ok=True)
        brain.release(frozen)
    with Brain.open(frozen) as released:
        export_tflite(released, model)


def answers(model: Path, asked: Sequence[Path]) -> list[tuple[Any, float]]:
    """Return probabilities and familiarity that a model gives for pictures, by the bare interpreter."""
    module = importlib.import_module(_MODULES[config.wanted_runtime() or "litert"])
    interpreter = module.Interpreter(model_path=str(model), num_threads=config.threads())
    interpreter.allocate_tensors()
    (taken,), (shares, familiarity) = interpreter.get_input_details(), interpreter.get_output_details()
    given = []
    for path in asked:
        pixels = images.decode(path.read_bytes(), name=path.name).pixels
        interpreter.set_tensor(taken["index"], images.fit(pixels, taken["shape"][2], taken["shape"][1])[None])
        interpreter.invoke()
        told = interpreter.get_tensor(shares["index"])[0], interpreter.get_tensor(familiarity["index"])[0]
        given.append((told[0], float(told[1])))
    return given


def differences(answer: Prediction, labels: Sequence[str], shares: Any) -> float:
    """Return by how much the probabilities of one picture differ at most."""
    wanted = dict(answer.ranking)
    return float(np.abs(shares - [wanted[label] for label in labels]).max())


if __name__ == "__main__":
    raise SystemExit(main())
