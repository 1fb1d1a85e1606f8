"""Wall clocks that nobody can rely on: 1970, before it, ten years back and forth, 2106; a day of acts under each."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from pictures import changed, scene
from states import state_of, unsound
from tally import Tally

from edge_brain import Brain, clock

TEN_YEARS = 10 * 365 * 86400.0
IN_2024, IN_2106 = 1717156800.0, 2.0**32
CLASSES = ("cup", "fork", "mug")

Wall = Callable[[int, random.Random], float]  # seconds since 1970 when the clock is asked for the n-th time
CALM: Wall = lambda number, chance: IN_2024 + number  # noqa: E731
WALLS: dict[str, Wall] = {
    "stands at 1970": lambda number, chance: 0.0,
    "runs from before 1970": lambda number, chance: number - 40.0,
    "runs over 2106": lambda number, chance: IN_2106 - 20 + number,
    "runs backwards": lambda number, chance: IN_2024 - 3600.0 * number,
    "jumps back ten years, and forth": lambda number, chance: IN_2024 + number - (number // 7 % 2) * TEN_YEARS,
    "jumps anywhere": lambda number, chance: chance.uniform(-TEN_YEARS, IN_2106 + TEN_YEARS),
}


@contextmanager
def wall_clock(wall: Wall, seed: int) -> Iterator[None]:
    """Let the clock, which is the only thing that reads time, show what it is told."""
    chance, asked, now = random.Random(seed), count(), clock.now
    clock.now = lambda: wall(next(asked), chance)
    try:
        yield
    finally:
        clock.now = now


def clocks(place: Path, *, rounds: int = 1, acts: int = 15) -> Tally:
    """Do the same acts under each clock; tags, bursts, roles and head must come out as under a calm one."""
    tally = Tally(
        "no clock can change what was tagged", "the same acts in 1970, 2106, jumping back and forth ten years"
    )
    for seed in range(rounds):
        with wall_clock(CALM, seed):
            _live(place / f"calm {seed}", seed, acts)
        wanted = state_of(place / f"calm {seed}")
        for name, wall in WALLS.items():
            folder, where = place / f"{name} {seed}", f"a clock that {name}"
            with wall_clock(wall, seed):
                said = _live(folder, seed, acts)
            tally.times += 1
            _look(folder, said, tally, where)
            if state_of(folder) != wanted:
                tally.lose(f"{where}: tags, bursts or head are not those under a calm clock")
    return tally.end()


def _live(folder: Path, seed: int, acts: int) -> dict[str, str | None]:
    """Let a brain be used, over three processes' lives, and return which class each frame was last given."""
    chance, said, number = random.Random(seed), dict[str, str | None](), count()
    Brain.create(folder, extractor="pixels").close()
    for _ in range(3):
        with Brain.open(folder) as brain:
            for _ in range(acts):
                label = chance.choice(CLASSES)
                view = scene(label, next(number))
                for picture in (view, changed(view, 3, 1), changed(view, 3, 2)):  # what a camera shows of one scene
                    said[brain.tag(picture, label, source="camera:0").frame_id] = label
                other = brain.tag(scene(label, next(number)), label).frame_id
                for last in (chance.choice(CLASSES), None, chance.choice(CLASSES)):
                    brain.retag([other], last)
                    said[other] = last
            brain.score()
            brain.store.backup()
    return said


def _look(folder: Path, said: dict[str, str | None], tally: Tally, where: str) -> None:
    for what in unsound(folder):
        tally.tear(f"{where}: {what}")
    with Brain.open(folder) as brain:
        held = {frame.id: frame.label for frame in brain.store.frames()}
        readings = [row["clock"] for row in brain.store.database.rows("SELECT clock FROM events ORDER BY number")]
        lives = len(brain.history())
    for frame_id, label in said.items():
        if held.get(frame_id) != label:
            tally.lose(f"{where}: {frame_id} is {held.get(frame_id)}, not {label}")
    if readings != sorted(set(readings)):
        tally.wrong.append(f"{where}: the order of events is not the order in which they came")
    if lives != 3:
        tally.wrong.append(f"{where}: the history has {lives} lines of 3")
    for segment in (folder / "backups").glob("*.jsonl"):
        copied = [json.loads(line)["clock"] for line in segment.read_text().splitlines()]
        if copied != sorted(copied):
            tally.wrong.append(f"{where}: {segment.name} is not in the order in which things came")
