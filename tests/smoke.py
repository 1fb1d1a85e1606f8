"""What an installed edge_brain does on the machine that it is installed on: tag, tell, ask, give, freeze, measure.

    python tests/smoke.py [RUNTIME NUMPY]    by the Python that it is installed for, from any folder
    python tests/smoke.py litert 2           it must run in that runtime, beside that numpy

It is no part of the suite, and needs nothing but what the wheel has brought. A line is printed for each thing that was
tried; what does not hold ends it with a traceback.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

import edge_brain
from edge_brain import Brain, config, extractor
from edge_brain.bench import pictures

# The head of twelve bursts of small pictures under the extractor "pixels": their codes are sums of whole numbers, so
# it is the same to the bit on every machine. Codes of the network differ a little between runtimes and processors.
DIGEST = "0ffb0cb3df4f2379ce52013b85f216b44b1429d399acb72a78224136d3919c38"
BURSTS, FRAMES = 4, 2  # of each of three classes
LABELS = ("kind 0", "kind 1", "kind 2")


def it_is_the_installed_one_that_is_tried() -> str:
    package = Path(edge_brain.__file__).resolve().parent
    assert package.is_relative_to(Path(sys.prefix).resolve()), f"{package} is not installed in {sys.prefix}"
    assert config.models_folder().is_relative_to(package), "the models lie in the wheel"
    return f"{edge_brain.__version__} in {package.parent.name}"


def a_runtime_runs_the_golden_picture() -> str:
    assert extractor.damage() == []
    loaded = [extractor.load(name) for name in extractor.names() if name != "pixels"]  # each proves itself, or raises
    found = [loaded[0].runtime, np.__version__.partition(".")[0]]
    assert sys.argv[1:] in ([], found), f"{' and numpy '.join(found)}, not {' and numpy '.join(sys.argv[1:])}"
    return f"{', '.join(each.name for each in loaded)} in {loaded[0].runtime}, numpy {np.__version__}"


def whole_numbers_teach_the_same_head_on_every_machine() -> str:
    with Brain.create("exact", extractor="pixels") as brain:
        for kind, label in enumerate(LABELS):
            for scene in range(BURSTS):
                for pixels in pictures.burst(kind, scene, FRAMES, width=64, height=64):
                    Image.fromarray(pixels).save("one.png")
                    brain.tag("one.png", label, burst=f"{kind} {scene}")
        assert brain.head_digest() == DIGEST, brain.head_digest()
    return DIGEST[:16]


def threads_that_ask_one_connection_at_once_get_their_own_answers() -> str:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    with Brain.open("exact") as brain, ThreadPoolExecutor(4) as threads:
        # each asks the database what the extractor is; Python 3.13 mixed the answers up, and it was none, or another
        names = {each.extractor.name for each in threads.map(lambda _: brain.new_exposer(threads=1), range(1000))}
    sys.setswitchinterval(interval)
    assert names == {"pixels"}, names
    return "1000 times"


def a_brain_is_taught_by_folders_of_pictures() -> str:
    for kind, label in enumerate(LABELS):
        Path("photos", label).mkdir(parents=True)
        for scene in range(BURSTS):
            for frame, pixels in enumerate(pictures.burst(kind, scene, FRAMES, width=320, height=240)):
                Image.fromarray(pixels).save(Path("photos", label, f"{scene}-{frame}.jpg"), quality=90)
    rows = [f"{path.relative_to('photos')},{path.parent.name} {path.name[0]}" for path in Path("photos").rglob("*.jpg")]
    Path("bursts.csv").write_text("\n".join(["file,burst", *rows]) + "\n")
    typed("init", "kitchen", brain=None)
    told = typed("import", "photos", "--bursts", "bursts.csv")
    assert told.startswith("Brain Score: "), told
    return told.splitlines()[0]


def it_is_scored_and_answers() -> str:
    score = json.loads(typed("score", "--json"))
    assert score["classes"] == 3 and score["learned"] + score["reserved"] == 3 * BURSTS * FRAMES, score
    assert score["learned"] > score["reserved"] > 0 and 0 <= score["accuracy"] <= 1, score
    answers = [json.loads(line) for line in typed("predict", "--json", "photos").splitlines()]
    right = sum(each["ranking"][0][0] == Path(each["path"]).parent.name for each in answers)
    assert right >= 0.9 * len(answers) > 0, f"{right} of {len(answers)} pictures right"
    return f"{right} of {len(answers)} right"


def a_retrain_comes_to_the_same_head_to_the_bit() -> str:
    with Brain.open("kitchen") as brain:
        before = brain.head_digest()
    assert typed("retrain").splitlines()[-1] == f"head {before}"
    return before[:16]


def what_is_exported_and_imported_teaches_the_same() -> str:
    typed("export", "-o", "out")
    typed("init", "copy", "--extractor", "pixels", brain=None)
    typed("import", "out", "--bursts", "out/bursts.csv", brain="copy")
    with Brain.open("kitchen") as brain, Brain.open("copy") as copy:
        kept, copied = ({each.id: each.label for each in one.images()} for one in (brain, copy))
    assert kept == copied and len(kept) == 3 * BURSTS * FRAMES
    return f"{len(kept)} frames"


def a_release_answers_as_the_brain_does() -> str:
    typed("release", "-o", "kitchen.brain")
    one = next(Path("photos").rglob("*.jpg"))
    assert typed("predict", "--json", one, brain="kitchen.brain") == typed("predict", "--json", one)
    return f"{Path('kitchen.brain').stat().st_size // 1000} kB"


def the_doctor_finds_nothing_wrong() -> str:
    findings = json.loads(typed("doctor", "--json"))["findings"]
    assert [each for each in findings if not each["ok"] and each["check"] != "free space"] == [], findings
    return next(str(each["detail"]) for each in findings if each["check"] == "versions")


def it_is_measured() -> str:
    done = json.loads(typed("bench", "--quick", "--extractor", "pixels", "--json"))
    costs = {name: (cost["p50_ms"], cost["p95_ms"]) for name, cost in done["costs"].items()}
    assert all(0 < p50 <= p95 for p50, p95 in costs.values()), costs
    return ", ".join(f"{name} {p50:.0f} ms" for name, (p50, _) in costs.items())


def typed(*arguments: object, brain: str | None = "kitchen") -> str:
    """Type a command as a person does, and return what it said."""
    command = [Path(sys.executable).with_name("edge-brain"), *(("--brain", brain) if brain else ()), *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


STEPS: tuple[Callable[[], str], ...] = (
    it_is_the_installed_one_that_is_tried,
    a_runtime_runs_the_golden_picture,
    whole_numbers_teach_the_same_head_on_every_machine,
    threads_that_ask_one_connection_at_once_get_their_own_answers,
    a_brain_is_taught_by_folders_of_pictures,
    it_is_scored_and_answers,
    a_retrain_comes_to_the_same_head_to_the_bit,
    what_is_exported_and_imported_teaches_the_same,
    a_release_answers_as_the_brain_does,
    the_doctor_finds_nothing_wrong,
    it_is_measured,
)

if __name__ == "__main__":
    print(f"Python {platform.python_version()}, {platform.machine()}")
    assert "Usage:" in typed("--help", brain=None)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for step in STEPS:
            print(f"ok  {step.__name__.replace('_', ' ')}: {step()}", flush=True)
    print(f"{len(STEPS)} passed, 0 failed")
