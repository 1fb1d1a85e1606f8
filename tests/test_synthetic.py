"""The made-up camera: its script, its scenes, its faults."""

from __future__ import annotations

import threading
from collections import defaultdict
from itertools import combinations, islice

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_brain import BadInput, Brain, Shot, extractor, open_source
from edge_brain.capture.script import Script
from edge_brain.capture.spec import Spec
from edge_brain.capture.synthetic import SyntheticReader


def shots(script: str, count: int | None = None) -> list[Shot]:
    with open_source(f"synthetic:{script}") as source:
        return list(islice(source, count))


def script(text: str) -> Script:
    return Script.of(Spec.parse(f"synthetic:{text}"))


def test_a_script_is_read_as_it_is_documented() -> None:
    read = script("mug*3,plate,nothing?fps=20&hold=2&seed=1&lost=3-5,20-21.5&black=9-10&size=640x480&once=1&pace=0")
    assert read.scenes == ("mug", "mug", "mug", "plate", "nothing")
    assert (read.fps, read.hold_s, read.seed, read.width, read.height) == (20, 2, 1, 640, 480)
    assert read.once
    assert not read.waits
    assert read.faults == (("lost", 3, 5), ("lost", 20, 21.5), ("black", 9, 10))
    assert script("a%2Cb*2, c").scenes == ("a,b", "a,b", "c")
    assert script("mug").waits


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mug,,plate", "'' is not a scene"), ("mug*x", "is not a scene"), ("mug*99999", "at most 10000"),
        ("mug?fps=-1", "fps=-1 is not a number"), ("mug?hold=0", "hold=0 is not"),
        ("mug?size=2x2", "each side from 16"), ("mug?frozen=5", "not a span of seconds"),
        ("mug?frozen=5-5", "not a span"), ("mug?speed=3", "no option 'speed'"),
        ("mug?fps", "'fps' is not one option=value"), ("mug?seed=nan", "seed=nan is not"),
    ],
)  # fmt: skip
def test_a_script_that_cannot_be_meant_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        script(text)
    assert reason in str(refused.value)
    assert "mug" in str(refused.value), "what was given"


def test_scenes_follow_one_another_and_the_source_ends() -> None:
    taken = shots("mug*2,plate?fps=4&hold=1&once=1&pace=0")
    assert [shot.number for shot in taken] == list(range(12))
    assert [shot.moment for shot in taken] == [number / 4 for number in range(12)]
    assert [shot.truth for shot in taken] == ["mug"] * 8 + ["plate"] * 4
    assert [shot.burst for shot in taken] == ["scene 0"] * 4 + ["scene 1"] * 4 + ["scene 2"] * 4


def test_without_once_it_begins_anew_with_other_scenes() -> None:
    taken = shots("mug,plate?fps=1&hold=1&pace=0", 6)
    assert [shot.truth for shot in taken] == ["mug", "plate"] * 3
    assert len({shot.burst for shot in taken}) == 6


def test_the_same_script_gives_the_same_pictures_and_another_seed_others() -> None:
    one, again, other = (shots(f"mug,nothing?fps=5&pace=0&seed={seed}", 20) for seed in (1, 1, 2))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(one, again, strict=True))
    assert not any(np.array_equal(a.pixels, b.pixels) for a, b in zip(one, other, strict=True))


def test_pictures_do_not_depend_on_which_were_looked_at() -> None:
    from edge_brain.capture.painter import Painter

    read = script("mug,plate?fps=5&frozen=1-2&size=64x48")
    forwards, single = Painter(read), [Painter(read).paint(number).pixels for number in range(30)]
    for number in (*range(30), *reversed(range(30))):
        assert np.array_equal(forwards.paint(number).pixels, single[number])


def cosines(name: str, seed: int) -> tuple[list[float], list[float], list[float]]:
    """Return the cosines of codes within scenes, between scenes of one name, and between names."""
    coder = extractor.load(name)

    def unit(shot: Shot) -> NDArray[np.float64]:
        root = np.sqrt(coder.code(shot.pixels).astype(float) - coder.zero_point)
        return root / np.linalg.norm(root)

    scenes: dict[str, dict[str, list[NDArray[np.float64]]]] = defaultdict(lambda: defaultdict(list))
    for shot in shots(f"mug*3,plate*3,fork*3?fps=4&hold=1&once=1&pace=0&seed={seed}"):
        scenes[shot.truth or ""][shot.burst or ""].append(unit(shot))
    within = [float(a @ b) for one in scenes.values() for frames in one.values() for a, b in combinations(frames, 2)]
    same = [float(a[0] @ b[0]) for one in scenes.values() for a, b in combinations(one.values(), 2)]
    other = [
        float(a[0] @ b[0]) for one, two in combinations(scenes.values(), 2) for a in one.values() for b in two.values()
    ]
    return within, same, other


@pytest.mark.parametrize(("name", "seed"), [("pixels", 0), ("pixels", 1), ("pixels", 2), ("lite0-224", 0)])
def test_frames_of_a_scene_are_nearly_alike_and_another_scene_of_the_name_less(name: str, seed: int) -> None:
    within, same, other = cosines(name, seed)
    assert min(within) >= 0.96
    assert np.mean(within) > 0.99
    assert max(same) < np.mean(within)
    assert np.mean(same) - np.mean(other) > 0.08


def test_a_brain_learns_the_names_and_knows_them_in_scenes_it_never_saw(brain: Brain) -> None:
    taken = shots("mug*5,plate*5,fork*5,nothing*5?fps=1&hold=1&pace=0", 40)
    brain.tag_many([(shot.pixels, shot.truth) for shot in taken[:20]])
    right = [brain.predict(shot.pixels).label == shot.truth for shot in taken[20:]]
    assert sum(right) >= 16


# ── faults ──────────────────────────────────────────────────────────────────────────────────────


def conditions(text: str, seconds: float) -> list[tuple[str, bool]]:
    """Return state and whether there was a shot, four times a second of made-up time."""
    with open_source(f"synthetic:{text}&fps=4&pace=0") as source:
        found = []
        for _ in range(int(4 * seconds)):
            shot = source.next(0)
            found.append((source.state.condition, shot is not None))
        return found


def test_lost_is_told_at_once_and_heals() -> None:
    assert conditions("mug?lost=1-2", 3) == [("ok", True)] * 4 + [("lost", False)] * 4 + [("ok", True)] * 4


def test_stalled_is_lost_only_after_the_deadline() -> None:
    found = conditions("mug?stalled=1-8", 9)
    assert found[:4] == [("ok", True)] * 4
    assert found[4:24] == [("ok", False)] * 20, "nothing is said for five seconds"
    assert found[24:32] == [("lost", False)] * 8
    assert found[32:] == [("ok", True)] * 4


def test_frozen_and_black_are_told_while_shots_come() -> None:
    frozen = conditions("mug?frozen=1-8", 9)
    assert all(came for _, came in frozen)
    assert {state for state, _ in frozen[:24]} == {"ok"}
    assert {state for state, _ in frozen[24:32]} == {"frozen"}
    assert frozen[32][0] == "ok"
    black = conditions("mug?black=1-4", 5)
    assert [state for state, _ in black] == ["ok"] * 12 + ["black"] * 4 + ["ok"] * 4
    assert shots("mug?black=0-1&fps=1&pace=0", 1)[0].truth is None, "in black nobody knows what is there"


def test_waiting_moves_the_made_up_time_on() -> None:
    with open_source("synthetic:mug?fps=4&pace=0&lost=0-3") as source:
        assert source.next(1.0) is None
        assert source.state.condition == "lost"
        shot = source.next(2.5)
        assert shot is not None
        assert shot.moment == 3.0


def test_in_real_time_what_was_not_fetched_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    from edge_brain import clock

    now = 100.0
    monkeypatch.setattr(clock, "elapsed", lambda: now)
    reader = SyntheticReader(script("mug,plate?fps=10&hold=1&once=1"), started=100.0)
    first = reader.read()
    assert first is not None
    assert first.truth == "mug"
    now += 1.5
    late = reader.read()
    assert late is not None
    assert (late.truth, late.burst) == ("plate", "scene 1")
    now += 1.5
    assert reader.read() is None, "the script is over"


def test_in_real_time_the_script_runs_on_while_the_camera_is_lost() -> None:
    pause = threading.Event()
    with open_source("synthetic:mug,plate?fps=50&hold=0.7&lost=0.2-0.6&once=1", back_off_s=0.02) as source:
        seen = {source.state.condition: source.state.detail}
        truths = set()
        while source.state.condition != "ended":
            shot = source.next(0.02)
            truths.add(shot.truth if shot else None)
            seen[source.state.condition] = source.state.detail
            pause.wait(0.005)
    assert seen.keys() == {"ok", "lost", "ended"}
    assert seen["lost"] == "its script says lost"
    assert truths == {"mug", "plate", None}
