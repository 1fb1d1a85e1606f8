"""The tools at the desk run: on a tiny set of pictures, and whatever their figures are."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from folders import class_folders

REPOSITORY = Path(__file__).resolve().parent.parent


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *map(str, command)], capture_output=True, text=True)


def write_groups(folder: Path) -> None:
    """Write a groups.csv that says which pictures of a folder show one scene."""
    lines = ["file,burst"]
    for path in sorted(folder.rglob("*.jpg")):
        name = path.relative_to(folder).as_posix()
        lines.append(f"{name},{name.rsplit('-', 1)[0]}")
    (folder / "groups.csv").write_text("\n".join(lines))


def test_evaluate_prints_accuracy_beside_other_heads_and_the_score_beside_the_truth(tmp_path: Path):
    pytest.importorskip("sklearn")
    tiny = class_folders(tmp_path / "tiny", classes=2, bursts=12, frames=2)
    write_groups(tiny)
    command = (REPOSITORY / "tools" / "evaluate.py", tiny, "--quick", "--extractor", "pixels")
    done = run(*command, "--only", "accuracy", "--only", "honesty", "--only", "bursts")
    assert "logistic regression" in done.stdout and "interval holds" in done.stdout, done.stderr
    assert done.returncode == (1 if "MISSED" in done.stdout else 0)


def test_a_bar_that_is_known_to_be_missed_must_be_named_and_be_missed():
    script = """
from figures import at_least, report
figures = [at_least("met", 2.0, 1.0), at_least("missed", 0.0, 1.0)]
codes = [report(figures, known_missed=names) for names in ([], ["missed"], ["met", "missed"], ["missed", "gone"])]
print("codes", codes)
"""
    assert "codes [1, 0, 1, 1]" in with_tools(script).stdout


def with_tools(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run Python that imports from the tools, in a process of its own: they have a `pictures`, too."""
    path = os.pathsep.join([str(REPOSITORY / "tools"), str(REPOSITORY)])
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path})


def test_confidence_judges_calibration_the_unknown_and_refusals(tmp_path: Path):
    script = """
import sys
from pathlib import Path
from confidence import confidence
from pictures import load, new_brain
with new_brain("pixels") as brain:
    tiny = load(Path(sys.argv[1]), brain)
for figure in confidence([tiny], [10, 0.7], 2, "pixels", tiny.codes(range(5))):
    print(figure.name, figure.value, figure.bar, figure.met)
"""
    done = with_tools(script, class_folders(tmp_path / "tiny", classes=5, bursts=12, frames=2))
    assert done.returncode == 0, done.stderr
    assert "tiny | 10 a class" in done.stdout and "tiny | 70% of the scenes" in done.stdout
    for told in ("expected calibration error", "AUROC of familiarity", "known frames refused"):
        assert told in done.stdout


def test_the_measures_of_confidence_have_their_known_values():
    script = """
import numpy as np
from confidence import auroc, calibration_error
print(auroc(np.array([3.0, 2.0]), np.array([1.0, 2.0])), auroc(np.array([1.0]), np.array([])))
print(round(calibration_error(np.array([0.95, 0.95, 0.55, 1.0]), np.array([True, False, True, True])), 6))
"""
    done = with_tools(script)
    assert done.stdout.split() == ["0.875", "nan", "0.3375"], done.stderr


def test_suspects_are_measured_beside_those_of_cleanlab_where_it_is_installed(tmp_path: Path):
    tiny = class_folders(tmp_path / "tiny", classes=3, bursts=24, frames=1)
    done = run(REPOSITORY / "tools" / "evaluate.py", tiny, "--quick", "--only", "suspects", "--extractor", "pixels")
    compared = "over cleanlab's best" if find_spec("cleanlab") else "cleanlab is not installed"
    assert "suspects, tiny, any class: average precision" in done.stdout, done.stderr
    assert compared in done.stdout
    assert "ranges that held" in done.stdout and "sharpness, AUROC" in done.stdout
    assert done.returncode == (1 if "MISSED" in done.stdout else 0)


def test_bursts_prints_what_is_found_beside_the_scenes_and_the_score_beside_the_truth(tmp_path: Path):
    tiny = class_folders(tmp_path / "tiny", classes=2, bursts=12, frames=2)
    write_groups(tiny)
    alone = class_folders(tmp_path / "alone", classes=2, bursts=12, frames=1)
    command = (REPOSITORY / "tools" / "evaluate.py", tiny, alone, "--quick")
    done = run(*command, "--only", "bursts", "--extractor", "pixels")
    assert done.returncode == (1 if "MISSED" in done.stdout else 0), done.stderr
    found = [[cell.strip() for cell in line.split("|")] for line in done.stdout.splitlines()]
    (tiny_line,) = (cells for cells in found if cells[1:4] == ["tiny", "48", "24"])
    assert tiny_line[7] == "0 of 24", "no scene is split"
    assert ["tiny", "given"] in [cells[1:3] for cells in found] and ["tiny", "hidden"] in [
        cells[1:3] for cells in found
    ]
    assert "alone: photographs joined with another" in done.stdout


def test_queue_order_compares_what_is_learned_by_the_order_of_the_queue(tmp_path: Path):
    tiny = class_folders(tmp_path / "tiny", classes=3, bursts=24, frames=1)
    done = run(REPOSITORY / "tools" / "evaluate.py", tiny, "--quick", "--only", "queue", "--extractor", "pixels")
    assert done.returncode == (1 if "MISSED" in done.stdout else 0), done.stderr
    found = [[cell.strip() for cell in line.split("|")][1:3] for line in done.stdout.splitlines()]
    for order in ("useful first", "by chance", "as they came"):
        assert found.count(["tiny", order]) == found.count(["mean", order]) == 2, "of an even pool and an uneven one"
    assert "even pool, useful first: points over by chance, mean" in done.stdout


def test_bench_judges_what_it_measures_by_its_exit_code():
    done = run(REPOSITORY / "tools" / "bench.py", "--only", "help")
    assert "edge-brain --help ÷ import click" in done.stdout, done.stderr
    assert done.returncode == (1 if "MISSED" in done.stdout else 0)


def test_torture_prints_what_became_of_a_promise():
    done = run(REPOSITORY / "tools" / "torture.py", "names", "--quick")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no name leads outside the brain's folder" in done.stdout and "0 lost, 0 torn" in done.stdout


def test_beside_tells_what_a_camera_loses_while_its_service_syncs(once: None):
    done = run(REPOSITORY / "tools" / "beside.py", "--events", "60", "--pictures", "6", "--seconds", "1")
    assert "camera of 5 a second: looked at beside a sync" in done.stdout, done.stderr
    assert done.stdout.count(" events taken in, ") == 2
    assert done.returncode == (1 if "MISSED" in done.stdout else 0)


def test_bad_network_prints_what_was_done_to_the_line_and_what_came_of_it(once: None):
    done = run(REPOSITORY / "tools" / "bad_network.py", "--hub", "webdav", "--cuts", "2", "--every", "3000")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 lost, 0 torn, 0 wrong" in done.stdout and "events acknowledged" in done.stdout


def test_load_tells_what_pages_and_tags_do_to_one_another(once: None):
    done = run(REPOSITORY / "tools" / "load.py", "--seconds", "3", "--frames", "60")
    assert done.returncode == (1 if "MISSED" in done.stdout else 0), done.stderr
    for told in ("idle with 20 pages open", "news on an open page, the worst", "beside ÷ alone"):
        assert told in done.stdout
    assert re.search(r"a tag's answer, median +\S* *\d+ ms.* [1-9]\d* tags", done.stdout), done.stdout


def test_a_hub_of_made_up_devices_is_folded_and_nothing_is_lost(once: None):
    pytest.importorskip("distributed")
    done = run(REPOSITORY / "tools" / "fleet_sim.py", "--quick")
    assert done.returncode == 0 and "WRONG" not in done.stdout, done.stdout + done.stderr
    row = next(line for line in done.stdout.splitlines() if line.startswith("| 10 "))
    assert re.fullmatch(r"\| 10 +\| 3,\d{3} +\| 2,\d{3} +\| \d+ MB +\|.* MB \|.*\|", row)
