"""The README's picture of a report can be taken anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def test_the_picture_is_taken_of_the_demos_brain(chromium: str, tmp_path: Path):
    pytest.importorskip("skimage")
    command = [sys.executable, str(REPOSITORY / "tools" / "screenshots.py"), "--scenes", "24"]
    done = subprocess.run([*command, "--output", str(tmp_path / "report.png")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "report.png") as picture:
        assert picture.width > 1_000 and picture.height > 800
        assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 50, "a picture, not an empty page"
    assert (tmp_path / "report.png").stat().st_size < 200_000
