"""The tools at the desk run: on a tiny set of pictures, and whatever their figures are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from folders import class_folders

REPOSITORY = Path(__file__).resolve().parent.parent


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True)


def test_evaluate_prints_accuracy_beside_other_heads_and_the_score_beside_the_truth(tmp_path: Path):
    pytest.importorskip("sklearn")
    tiny = class_folders(tmp_path / "tiny", classes=2, bursts=12, frames=2)
    lines = ["file,burst"]
    for path in sorted(tiny.rglob("*.jpg")):
        name = path.relative_to(tiny).as_posix()
        lines.append(f"{name},{name.rsplit('-', 1)[0]}")
    (tiny / "groups.csv").write_text("\n".join(lines))
    done = run(REPOSITORY / "tools" / "evaluate.py", tiny, "--quick", "--extractor", "pixels")
    assert done.returncode == 0, done.stderr
    assert "logistic regression" in done.stdout and "interval holds" in done.stdout
    assert "not judged" in done.stdout


def test_suspects_are_measured_beside_those_of_cleanlab(tmp_path: Path):
    pytest.importorskip("cleanlab")
    tiny = class_folders(tmp_path / "tiny", classes=3, bursts=24, frames=1)
    done = run(REPOSITORY / "tools" / "suspects.py", tiny, "--quick", "--extractor", "pixels")
    assert "average precision over cleanlab's best" in done.stdout, done.stderr
    assert "ranges that held" in done.stdout and "sharpness, AUROC" in done.stdout
    assert done.returncode == (1 if "MISSED" in done.stdout else 0)


def test_bench_judges_what_it_measures_by_its_exit_code():
    done = run(REPOSITORY / "tools" / "bench.py", "--only", "help")
    assert "edge-brain --help ÷ import click" in done.stdout, done.stderr
    assert done.returncode == (1 if "MISSED" in done.stdout else 0)
