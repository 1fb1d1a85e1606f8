"""The README is run: its commands, its Python, and what it says about files."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import click
import numpy as np
from folders import class_folders
from pictures import scene

from edge_brain import Brain, clock
from edge_brain.cli import main
from edge_brain.files import content_id
from edge_brain.images import encode_jpeg

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text()


# each of which is a program of its own, that `test_examples` runs
EXAMPLES = README.split("### Five examples\n")[1].split("\n## ")[0]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.replace(EXAMPLES, ""), re.MULTILINE | re.DOTALL)


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
        "embedding": lambda name: np.random.default_rng(len(name)).random(1280),
        "X": np.random.default_rng(1).random((8, 32)),
        "y": ["dent", "fine"] * 4,
        "days": range(8),
    }
    assert blocks("python")
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    assert (tmp_path / "pantry" / "brain.db").is_file()


def test_the_five_questions_to_the_database_are_answered(tmp_path: Path):
    with Brain.create(tmp_path / "kitchen", extractor="pixels") as brain:
        tags = [brain.tag(scene("cup", number), "cup", burst="shelf" if number < 3 else None) for number in range(5)]
        brain.retag([tags[4].frame_id], "mug")
        kept, now = encode_jpeg(scene("waits")), clock.now()
        brain.keep_exposures([brain.exposer.expose(kept)])
        roles = Counter(frame.role for frame in brain.store.frames(tagged=True) if frame.label == "cup")
    asked = re.findall(r'^sqlite-utils (kitchen/brain\.db) "([^"]+)"', "\n".join(blocks("sh")), re.MULTILINE)
    classes, bursts, history, changed, waiting = (
        json.loads(subprocess.run(
            [Path(sys.executable).with_name("sqlite-utils"), tmp_path / path, query],
            check=True, capture_output=True, text=True,
        ).stdout)
        for path, query in asked
    )  # fmt: skip
    assert {(row["label"], row["role"]): row["frames"] for row in classes if row["label"] == "cup"} == {
        ("cup", role): count for role, count in roles.items()
    }
    assert (bursts[0]["name"], bursts[0]["frames"]) == ("shelf", 3)
    assert [row["label"] for row in history] == ["mug", *["cup"] * 5]
    assert abs(datetime.fromisoformat(f"{history[0]['at']}+00:00").timestamp() - now) < 3600
    assert changed == [{"id": tags[4].frame_id, "classes": 2}]
    assert [row["id"] for row in waiting] == [content_id(kept)]


def test_what_one_types_first_is_there_and_can_be_run():
    for script in re.findall(r"^(scripts/[\w-]+)", "\n".join(blocks("sh")), re.MULTILINE):
        assert os.access(REPOSITORY / script, os.X_OK), script


def test_what_is_typed_in_the_readme_is_there_to_be_typed():
    """Also what needs a camera, a bucket or a broker: each command, and each option of it, is one of ours."""
    text = "\n".join([*blocks("sh"), *blocks("console")])
    typed = re.findall(r"^(?:\$ )?(?:sudo )?edge-brain ([^#\n]*)", text, re.MULTILINE)
    assert len(typed) > 30
    for line in typed:
        words, command = shlex.split(line.split(";")[0].split(" | ")[0]), main
        options, before = set(), ""
        for word in words:
            options |= {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
            if word.startswith("-") and word != "-":
                assert word.split("=")[0] in options, (line, word)
            elif isinstance(command, click.Group) and word in command.commands and before not in ("--brain", "--label"):
                command = command.commands[word]
            before = word
        assert command is not main, line


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
