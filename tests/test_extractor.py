"""The extractors that ship: what they are, that they are whole, and that they answer as they did at the desk."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge_brain import config, extractor, images
from edge_brain.errors import BadInput, ExtractorMismatch

MODELS = config.models_folder()
MANIFEST: dict[str, Any] = json.loads((MODELS / "manifest.json").read_text())
SHIPPED = list(MANIFEST["extractors"])


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_extractor_gives_its_golden_code(name: str) -> None:
    loaded, entry = extractor.load(name), MANIFEST["extractors"][name]
    golden = images.decode((MODELS / MANIFEST["golden"]["file"]).read_bytes())
    code = loaded.code(golden.pixels)
    assert (code.dtype, code.shape) == (np.int8, (1280,))
    got, wanted = (
        levels.astype(float) - loaded.zero_point
        for levels in (code, np.frombuffer(base64.b64decode(entry["golden_code"]), np.int8))
    )
    assert got @ wanted / np.linalg.norm(got) / np.linalg.norm(wanted) > 0.99
    assert np.array_equal(loaded.code(golden.pixels), code)
    assert loaded.runtime in config.RUNTIMES
    upside_down = loaded.code(np.ascontiguousarray(golden.pixels[::-1])).astype(float) - loaded.zero_point
    assert upside_down @ wanted / np.linalg.norm(upside_down) / np.linalg.norm(wanted) < 0.95, "it does look"


@pytest.mark.parametrize("name", SHIPPED)
def test_the_manifest_says_what_the_file_is(name: str) -> None:
    entry = MANIFEST["extractors"][name]
    data = (MODELS / entry["file"]).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
    assert len(data) < 4 * 2**20
    assert len(base64.b64decode(entry["golden_code"])) == entry["code"]["length"] == 1280
    assert extractor.contract(name) == {
        "extractor": name,
        "fingerprint": f"{name}:{entry['sha256'][:16]}",
        "code_length": "1280",
        "zero_point": str(entry["code"]["zero_point"]),
    }


def test_the_golden_picture_is_the_one_described() -> None:
    data = (MODELS / MANIFEST["golden"]["file"]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == MANIFEST["golden"]["sha256"]
    assert MANIFEST["source"]["licence"] == "Apache-2.0"


def test_the_default_comes_first_and_the_stand_in_last() -> None:
    assert extractor.names() == ["lite0-224", "lite0-192", "pixels"]
    with pytest.raises(BadInput, match="there is no extractor 'resnet'; choose one of lite0-224, lite0-192, pixels"):
        extractor.load("resnet")


def test_a_brain_is_bound_to_the_fingerprint() -> None:
    for name in extractor.names():
        extractor.check(name, extractor.contract(name)["fingerprint"])
    with pytest.raises(ExtractorMismatch, match=r"lite0-224:0000.*here is lite0-224:[0-9a-f]{16}; `edge-brain retrain"):
        extractor.check("lite0-224", "lite0-224:0000")
    with pytest.raises(ExtractorMismatch, match="resnet:1234, here is none of that name"):
        extractor.check("resnet", "resnet:1234")


def test_the_stand_in_is_the_picture_itself() -> None:
    pixels = extractor.load("pixels")
    assert set(pixels.code(np.zeros((50, 40, 3), np.uint8))) == {-128}
    assert set(pixels.code(np.full((50, 40, 3), 255, np.uint8))) == {127}
    small = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    assert np.array_equal(pixels.code(small).astype(int) + 128, small.reshape(-1))
    assert pixels.code(small).shape == (pixels.length,)


def test_models_that_are_missing_or_changed_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert extractor.damage() == []
    shutil.copytree(MODELS, tmp_path / "models")
    monkeypatch.setattr(config, "models_folder", lambda: tmp_path / "models")
    assert extractor.damage() == []
    model = tmp_path / "models" / "lite0-192.tflite"
    data = bytearray(model.read_bytes())
    data[len(data) // 2] ^= 1
    model.write_bytes(data)
    (tmp_path / "models" / "golden.png").unlink()
    assert extractor.damage() == ["golden.png is missing", "lite0-192.tflite differs from its checksum"]


def test_a_wish_for_a_runtime_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_BRAIN_RUNTIME", "tensorflow")
    with pytest.raises(BadInput, match="EDGE_BRAIN_RUNTIME is 'tensorflow'"):
        extractor.load("lite0-224")


def test_the_wish_for_threads_is_honoured_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_BRAIN_THREADS", "many")
    with pytest.raises(BadInput, match="EDGE_BRAIN_THREADS is 'many'"):
        extractor.load("lite0-192")
    assert extractor.load("lite0-192", threads=1).runtime in config.RUNTIMES, "an argument needs no wish"


def test_a_real_runtime_keeps_quiet(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    program = (
        "import numpy; from edge_brain.extractor import load;"
        "print(load('lite0-192').code(numpy.zeros((9, 9, 3), numpy.uint8)).shape)"
    )
    said = run(program)
    assert (said.stdout, said.stderr) == ("(1280,)\n", "")
