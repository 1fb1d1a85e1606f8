"""kill −9 at any moment: what was acknowledged is there, what was not is whole or absent, and life goes on."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pictures import save, scene

from edge_brain import Brain, examine
from edge_brain.exchange import folder as folders

CLASSES = ("cup", "fork", "mug")

IMPORT = """
import sys
from edge_brain.brain import Brain
from edge_brain.exchange import folder

class Telling(Brain):
    def tag_exposures(self, *args, **kwargs):
        tags = super().tag_exposures(*args, **kwargs)
        if tags:
            print(*(tag.frame_id for tag in tags), flush=True)
        return tags

folder._BATCH = 8
with Telling.open(sys.argv[1]) as brain:
    print(flush=True)
    folder.import_folder(brain, sys.argv[2], bursts=sys.argv[3])
"""

TAG = """
import sys
from pathlib import Path
from edge_brain import Brain

with Brain.open(sys.argv[1]) as brain:
    print(flush=True)
    for number, path in enumerate(sorted(Path(sys.argv[2]).glob("*/*.jpg"))):
        frame_id = brain.tag(path, path.parent.name).frame_id
        print(frame_id, path.parent.name, flush=True)
        if number % 3 == 2:
            brain.retag([frame_id], "spoon")
            print(frame_id, "spoon", flush=True)
"""

RETRAIN = """
import sys
from itertools import cycle
from edge_brain import Brain

with Brain.open(sys.argv[1]) as brain:
    print(flush=True)
    for region in cycle(["0,0,0.5,1", "0,0,1,1"]):
        brain.retrain(region=region)
        print(region, flush=True)
"""


def run_and_kill(chance: random.Random, program: str, *arguments: object) -> tuple[list[str], bool]:
    """Run a program and kill it at some moment: return the lines it said, and whether it was still running."""
    command = [sys.executable, "-W", "error", "-c", program, *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        said = [process.stdout.readline() for _ in range(1 + chance.randrange(5))]
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        # not `communicate`: it would leave out what came in with the lines above
        rest, complaint = process.stdout.read(), process.stderr.read()
    assert process.returncode in (0, -signal.SIGKILL), complaint
    lines = "".join([*said, rest]).split("\n")[:-1]  # a line that was cut short was not said
    return [line for line in lines if line], process.returncode != 0


def opened_and_sound(folder: Path) -> Brain:
    brain = Brain.open(folder)
    assert [finding for finding in examine(brain) if not finding.ok and finding.check != "free space"] == []
    return brain


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for label in CLASSES:
        for number in range(80):
            save(tmp_path / "pictures", f"{label}/{number}.jpg", scene(label, number))
    return tmp_path / "pictures"


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[Path]:
    Brain.create(tmp_path / "kitchen", extractor="pixels").close()
    return tmp_path / "kitchen"


def tags_of(brain: Brain) -> dict[str, tuple[str | None, str | None, str]]:
    return {frame.id: (frame.label, frame.role, frame.burst) for frame in brain.store.frames()}


def test_an_import_killed_again_and_again_ends_as_one_that_was_left_alone(
    pictures: Path, kitchen: Path, tmp_path: Path
) -> None:
    lines = [f"{label}/{number}.jpg,{label} {number // 5}" for label in CLASSES for number in range(80)]
    bursts = tmp_path / "bursts.csv"
    bursts.write_text("\n".join(["file,burst", *lines]) + "\n")
    chance, acknowledged, kills = random.Random(0), set[str](), 0
    for _ in range(8):
        said, killed = run_and_kill(chance, IMPORT, kitchen, pictures, bursts)
        kills += killed
        acknowledged.update(frame_id for line in said for frame_id in line.split())
        with opened_and_sound(kitchen) as brain:
            frames = tags_of(brain)
            assert all(frames[frame_id][0] for frame_id in acknowledged)
            assert len(frames) % 8 == 0, "a batch is there or it is not"
            tagged = sum(label is not None for label, _, _ in frames.values())
            assert brain.store.last_event() == tagged and tagged % 8 == 0
    assert kills >= 4 and acknowledged, "else nothing was broken off"
    with opened_and_sound(kitchen) as brain, Brain.create(tmp_path / "calm", extractor="pixels") as calm:
        folders.import_folder(brain, pictures, bursts=bursts)
        folders.import_folder(calm, pictures, bursts=bursts)
        assert len(brain.store.frames()) == brain.store.last_event() == 240
        assert tags_of(brain) == tags_of(calm)
        assert brain.head_digest() == calm.head_digest()
    opened_and_sound(kitchen).close()


def test_a_tag_that_was_acknowledged_outlives_a_kill(pictures: Path, kitchen: Path) -> None:
    chance, kills = random.Random(1), 0
    for _ in range(4):
        said, killed = run_and_kill(chance, TAG, kitchen, pictures)
        kills += killed
        acknowledged = dict(line.split() for line in said)
        last = said[-1].split()[0] if said else None
        with opened_and_sound(kitchen) as brain:
            held = {frame.id: frame.label for frame in brain.store.frames()}
            for frame_id, label in acknowledged.items():
                assert held[frame_id] == label or (frame_id == last and held[frame_id] == "spoon")
    assert kills == 4


def test_a_retrain_that_is_killed_is_done_or_not_begun(taught: Brain) -> None:
    digests = {str(taught.region): taught.head_digest()}
    taught.retrain(region="0,0,0.5,1")
    digests[str(taught.region)] = taught.head_digest()
    taught.close()
    chance = random.Random(2)
    for _ in range(4):
        _, killed = run_and_kill(chance, RETRAIN, taught.folder)
        assert killed
        with opened_and_sound(taught.folder) as brain:
            assert brain.head_digest() == digests[str(brain.region)]
            assert brain.predict(scene("mug", 90)).ranking[0][0] == "mug"
