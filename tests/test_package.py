"""What is installed: the wheel carries the models, and the command starts light; smoke.py tries it installed."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path

import numpy as np
import pytest
import smoke
from packaging.requirements import Requirement

from edge_brain import extractor

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(folder), str(REPOSITORY)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_carries_the_models_their_licence_the_templates_and_nothing_else(wheel: Path):
    names = zipfile.ZipFile(wheel).namelist()
    for model in ("lite0-224.tflite", "lite0-192.tflite", "manifest.json", "golden.png", "LICENSE", "NOTICE.md"):
        assert f"edge_brain/models/{model}" in names
    for file in (REPOSITORY / "edge_brain" / "report" / "templates").iterdir():
        assert f"edge_brain/report/templates/{file.name}" in names
    assert all(name.startswith(("edge_brain/", "edge_brain-")) for name in names)
    assert wheel.name.endswith("-py3-none-any.whl")


@pytest.mark.parametrize(
    ("machine", "modern"),
    [("x86_64", True), ("aarch64", True), ("armv8l", False), ("armv7l", False), ("armv6l", False)],
)
def test_a_32_bit_arm_is_asked_for_the_classic_set_and_others_for_the_modern(wheel: Path, machine: str, modern: bool):
    told = HeaderParser().parsestr(
        zipfile.ZipFile(wheel).read(f"{wheel.name[: -len('-py3-none-any.whl')]}.dist-info/METADATA").decode()
    )
    where = {"platform_machine": machine, "python_version": "3.11", "extra": ""}
    asked = [
        each
        for each in map(Requirement, told.get_all("Requires-Dist", []))
        if each.marker is None or each.marker.evaluate(where)
    ]
    newest = {
        name: all(each.specifier.contains("99") for each in asked if each.name == name)
        for name in ("numpy", "opencv-python-headless")
    }
    assert newest == dict.fromkeys(newest, modern)
    names = {each.name for each in asked}
    assert ("ai-edge-litert" in names, "tflite-runtime" in names) == (modern, not modern)


def test_smoke_tells_another_runtime_and_another_numpy_than_it_was_called_with(monkeypatch: pytest.MonkeyPatch):
    runtime, numpy = extractor.load("lite0-192").runtime, np.__version__.partition(".")[0]
    for arguments in ([], [runtime, numpy]):
        monkeypatch.setattr(sys, "argv", ["smoke.py", *arguments])
        assert runtime in smoke.a_runtime_runs_the_golden_picture()
    for arguments in ([{"litert": "tflite-runtime"}.get(runtime, "litert"), numpy], [runtime, "3"], [runtime]):
        monkeypatch.setattr(sys, "argv", ["smoke.py", *arguments])
        with pytest.raises(AssertionError, match=f"{runtime} and numpy {numpy}, not {arguments[0]}"):
            smoke.a_runtime_runs_the_golden_picture()


@pytest.mark.parametrize(("way", "minor"), [("classic", 12), ("classic", 9), ("modern", 9)])
def test_a_way_that_this_python_cannot_go_is_refused_before_anything_is_built(tmp_path: Path, way: str, minor: int):
    python, asked = tmp_path / "python", tmp_path / "asked"
    python.write_text(f'#!/bin/sh\necho "$*" >>{asked}\necho {minor}\n')
    python.chmod(0o755)
    environment = {**os.environ, "PYTHON": str(python)}
    told = subprocess.run([REPOSITORY / "scripts" / "try-wheel", way], env=environment, capture_output=True, text=True)
    assert told.returncode == 2 and f"{way} needs another Python than 3.{minor}" in told.stderr
    assert len(asked.read_text().splitlines()) == 1, "its version, and nothing else"


def test_help_loads_neither_numpy_nor_opencv_nor_a_runtime():
    program = (
        "import sys; from edge_brain.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'cv2', 'PIL', 'sqlite3', 'sqlite_utils', 'ai_edge_litert', 'tflite_runtime', 'paho'}\n"
        "print('LOADED', heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith("LOADED set()")
