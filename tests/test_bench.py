"""The bench measures what it says, tells it consistently, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from edge_brain import bench, clock, images
from edge_brain.bench import Benched, pictures
from edge_brain.bench.published import PUBLISHED
from edge_brain.board import Strain
from edge_brain.cli import main
from edge_brain.errors import BadInput, StorageFailed

pytestmark = pytest.mark.usefixtures("once")
README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
COSTS = ["decode", "embed", "predict", "tag", "score"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def done(place: Path) -> Benched:
    return bench.measure(place, extractor="pixels", quick=True, threads=1)


def test_each_cost_has_a_median_not_above_its_95th_percentile(done: Benched) -> None:
    assert list(done.costs) == COSTS
    for name, cost in done.costs.items():
        assert 0 < cost.p50_ms <= cost.p95_ms, name
    assert {done.costs[name].times for name in ("decode", "embed", "predict", "score")} == {39}, "but the first"
    assert 0 < done.costs["tag"].times < 39, "reserved frames are left out"


@pytest.mark.parametrize(
    ("taken", "p50", "p95"),
    [([7.0], 7.0, 7.0), ([3.0, 1.0, 2.0], 2.0, 3.0), ([float(n) for n in range(100, 0, -1)], 50.0, 95.0)],
)
def test_percentiles_are_of_the_nearest_rank(taken: list[float], p50: float, p95: float) -> None:
    assert bench.cost(taken) == bench.Cost(p50, p95, len(taken))


def test_predicting_and_tagging_hold_what_they_consist_of(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    decode = images.decode

    def slow(*args: object, **kwargs: object) -> images.Picture:
        nonlocal now
        now += 1.0
        return decode(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(images, "decode", slow)
    monkeypatch.setattr(clock, "elapsed", lambda: now)
    costs = bench.measure(place, extractor="pixels", quick=True, threads=1).costs
    told = {name: (cost.p50_ms, cost.p95_ms) for name, cost in costs.items()}
    second, none = (1000.0, 1000.0), (0.0, 0.0)
    assert told == {"decode": second, "embed": none, "predict": second, "tag": second, "score": none}


def test_it_says_what_was_measured_where_and_with_what(done: Benched) -> None:
    assert (done.extractor, done.runtime, done.threads, done.quick) == ("pixels", "none", 1, True)
    assert done.board.name and done.file_system and clock.was_set(done.at)
    assert done.picture_bytes > 100_000 and done.database_bytes > 500
    assert done.peak_memory_bytes and done.peak_memory_bytes > 2**24


@pytest.mark.parametrize(("runtime", "quick"), [("litert", True), ("none", False), ("none", True)])
def test_nothing_published_stands_beside_a_quick_look_or_pixels(done: Benched, runtime: str, quick: bool) -> None:
    assert bench.compared(done.costs, runtime, quick) == done.comparisons == []


def test_a_published_figure_has_its_source_and_stands_beside_what_a_network_took(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "_SCENES", 1)
    done = bench.measure(place, extractor="lite0-192", threads=1)
    assert [each.published for each in done.comparisons] == list(PUBLISHED)
    for each in done.comparisons:
        assert each.here_ms == sum(done.costs[name].p50_ms for name in each.published.beside) > 0
        assert 0 < each.published.least_ms <= each.published.most_ms
        assert each.published.what and each.published.where and "." in each.published.source


def test_nothing_is_left_behind_however_it_ends(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def stop(done: int, of: int) -> None:
        assert [path.name.startswith("edge-brain-bench-") for path in tmp_path.iterdir()] == [True]
        if done == 3:
            raise Enough(of)

    with pytest.raises(Enough, match="80"):
        bench.measure(tmp_path, extractor="pixels", quick=True, progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_will_not_do_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no folder to measure in; give one"):
        bench.measure(tmp_path / "nowhere")
    with pytest.raises(StorageFailed, match="nothing can be written in /proc"):
        bench.measure("/proc")


def test_pictures_are_the_same_on_every_machine() -> None:
    first, second = pictures.burst(0, 0, 2, width=64, height=48)
    assert first.shape == (48, 64, 3) and first.dtype == np.uint8 and not np.array_equal(first, second)
    assert (int(first.sum()), int(second.sum())) == (778_945, 750_210)


def test_the_command_prints_markdown_with_date_board_and_sources(place: Path) -> None:
    result = CliRunner().invoke(main, ["--brain", str(place), "bench", "--quick", "--extractor", "pixels"])
    assert result.exit_code == 0, result.output
    assert re.search(r"`edge-brain bench --quick`, \d{4}-\d\d-\d\d$", result.stdout, re.MULTILINE)
    rows = [line.split(" | ") for line in result.stdout.splitlines() if line.startswith("| ")]
    assert [row[0].removeprefix("| ").partition(":")[0] for row in rows[1:6]] == COSTS
    assert "published" not in result.stdout and "Sources" not in result.stdout
    assert "slowed down meanwhile" in result.stdout and list(place.iterdir()) == []


def table(done: Benched, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(bench, "measure", lambda *_, **__: done)
    result = CliRunner().invoke(main, ["bench"])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_prints_published_figures_where_there_are_comparisons(
    done: Benched, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = table(replace(done, comparisons=bench.compared(done.costs, "litert", quick=False)), monkeypatch)
    for each in PUBLISHED:
        assert each.what in printed and each.source in printed


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((), ("throttled",), "yes: throttled"),
        (("under-voltage",), ("under-voltage", "throttled"), "yes: throttled"),
        (("under-voltage",), ("under-voltage",), "nobody can say: it was so before"),
        ((), (), "no"),
        (None, None, "nobody says here"),
    ],
)
def test_the_command_prints_whether_the_machine_was_slowed_down_and_why(
    done: Benched,
    before: tuple[str, ...] | None,
    after: tuple[str, ...] | None,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, last = (Strain(None, None, None, None if was is None else (), was) for was in (before, after))
    told = replace(done, before=first, after=last, throttled=bench.throttled(first, last))
    assert f"| slowed down meanwhile | {said} |\n" in table(told, monkeypatch)


def test_every_field_of_the_json_stands_in_the_readme(
    done: Benched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = replace(done, comparisons=bench.compared(done.costs, "litert", quick=False))
    monkeypatch.setattr(bench, "measure", lambda *_, **__: done)
    result = CliRunner().invoke(main, ["bench", "--json", "-o", str(tmp_path / "bench.json")])
    assert (result.exit_code, result.stdout) == (0, ""), result.output
    told = json.loads((tmp_path / "bench.json").read_text())
    assert list(told) == [field.name for field in fields(Benched)]
    documented = README.split("`bench --json`")[1].split("\n\n")[0]
    parts = (told, told["board"], told["before"], told["costs"]["tag"], told["comparisons"][0])
    for name in {key for part in (*parts, told["comparisons"][0]["published"]) for key in part}:
        assert f"`{name}`" in documented, name


def test_a_release_is_no_place_to_measure_in(tmp_path: Path) -> None:
    file = tmp_path / "kitchen.brain"
    file.write_bytes(os.urandom(10))
    result = CliRunner().invoke(main, ["--brain", str(file), "bench", "--quick"])
    assert result.exit_code == 1 and "is no folder to measure in" in result.output
