"""What is installed: the wheel carries the models, and the command starts light."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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


def test_an_unpacked_wheel_works_from_any_folder(wheel: Path, tmp_path: Path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    Image.fromarray(np.full((300, 400, 3), 90, np.uint8)).save(tmp_path / "grey.png")
    program = (
        "import edge_brain, pathlib; from edge_brain import Brain\n"
        "assert pathlib.Path(edge_brain.__file__).is_relative_to(pathlib.Path('site').resolve())\n"
        "with Brain.create('b') as brain: print(brain.tag('grey.png', 'grey').role)"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "learned\n", "")


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
