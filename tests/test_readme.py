"""The README is run: its commands, its Python, and what it says about files."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
from folders import class_folders

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_commands_of_the_readme_run_one_after_the_other(tmp_path: Path):
    photos = class_folders(tmp_path / "photos", classes=3, bursts=3, frames=1)
    for folder, name in zip(sorted(photos.iterdir()), ("mug", "plate", "spoon"), strict=True):
        folder.rename(photos / name)
    more = class_folders(tmp_path / "unsorted", classes=1, bursts=3, frames=1, seed=3)
    (tmp_path / "more").mkdir()
    names = ("mug-1.jpg", "mug-2.jpg", "what-is-it.jpg")
    for file, name in zip(sorted(more.rglob("*.jpg")), names, strict=True):
        shutil.copy(file, tmp_path / "more" / name)
    lines = [line[2:] for block in blocks("console") for line in block.splitlines() if line.startswith("$ ")]
    assert len(lines) >= 5
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", "\n".join(lines)],
        cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Brain Score: ") == 4
    assert "what-is-it.jpg\t" in done.stdout


def test_the_python_of_the_readme_runs_as_one_program(tmp_path: Path, monkeypatch):
    photos = class_folders(tmp_path / "photos", classes=2, bursts=3, frames=1)
    folders = dict(zip(("mug", "plate"), sorted(photos.iterdir()), strict=True))
    monkeypatch.chdir(tmp_path)
    names = {
        "pictures": lambda name: sorted(folders[name].iterdir()),
        "frame": np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8),
    }
    assert blocks("python")
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    assert (tmp_path / "pantry" / "brain.db").is_file()


def test_what_one_types_first_is_there_and_can_be_run():
    for script in re.findall(r"^(scripts/[\w-]+)", "\n".join(blocks("sh")), re.MULTILINE):
        assert os.access(REPOSITORY / script, os.X_OK), script


def test_the_pictures_of_the_readme_are_there_and_small():
    pictures = re.findall(r"!\[[^\]]{20,}\]\((\S+)\)", README)
    assert pictures == [f"tools/screenshots/{name}.png" for name in ("workspace", "review", "report")]
    for picture in pictures:
        assert (REPOSITORY / picture).stat().st_size < 200_000, picture


def test_the_commands_that_stand_beside_figures_are_there():
    figures = README.split("## Figures")[1].split("## Develop")[0]
    tools = set(re.findall(r"`python (tools/\w+\.py)", figures))
    assert tools == {f"tools/{name}.py" for name in ("build_extractor", "evaluate", "bench", "torture", "sabotage")}
    for tool in tools:
        assert (REPOSITORY / tool).is_file(), tool
    assert figures.count("\n| ") > 20, "the tables of results"
