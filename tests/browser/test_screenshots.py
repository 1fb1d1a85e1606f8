"""The README's pictures can be taken anew."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parent.parent.parent


def test_the_pictures_are_taken_of_the_demos_brain(chromium: str, tmp_path: Path):
    pytest.importorskip("skimage")
    command = [sys.executable, str(REPOSITORY / "tools" / "screenshots.py"), "--scenes", "24"]
    done = subprocess.run([*command, "--output", str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    taken = sorted(tmp_path.glob("*.png"))
    kept = sorted((REPOSITORY / "tools" / "screenshots").glob("*.png"))
    assert [path.name for path in taken] == [path.name for path in kept]
    for path in taken:
        with Image.open(path) as picture:
            assert picture.width > 1_000 and picture.height > 800
            assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 50, "a picture, not an empty page"
        assert path.stat().st_size < 200_000
