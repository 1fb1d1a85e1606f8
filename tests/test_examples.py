"""The five examples of the README are whole programs, and do what they say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from edge_brain import Brain

pytestmark = pytest.mark.usefixtures("once")

README = Path(__file__).resolve().parent.parent / "README.md"
SECTION = README.read_text().split("### Five examples\n")[1].split("\n## ")[0]
EXAMPLES = dict(re.findall(r"^\*\*(.+?)\*\*.*?^```python\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL))
MOST_LINES = 30


@pytest.fixture
def played(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The names of an example when it has run, in a folder that is empty but for what it made."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(EXAMPLES[request.param], f"README.md, {request.param}", "exec"), names)
    return names


def example(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("played", [name], indirect=True, ids=[name])


def test_there_are_five_and_each_is_short() -> None:
    assert len(EXAMPLES) == 5
    for name, program in EXAMPLES.items():
        assert len(program.splitlines()) <= MOST_LINES, name
        assert "synthetic:" in program and "import Brain" in program, name


@example("A sorting line")
def test_the_sorting_line_pushes_each_bent_part_once_and_no_other(played: dict[str, Any]) -> None:
    began, ended = played["shot"].moment, played["seen"].moment
    # of six scenes of a second the third and the fifth are bent; at the second shot of one two agree
    bent = [start + 0.5 for start in range(int(ended) + 1) if start % 6 in (2, 4) and began < start <= ended - 0.5]
    assert played["pushed"] == bent and len(bent) >= 8


@example("A wildlife box")
def test_the_wildlife_box_keeps_frames_and_writes_down_who_came(played: dict[str, Any]) -> None:
    assert len(played["kept"]) == 20 and {frame.reason for frame in played["kept"]} == {"change"}
    assert [visit.split(" at ")[0] for visit in played["visits"]] == ["fox", "badger"]
    with Brain.open("box") as brain:
        assert brain.untagged() == [] and [info.label for info in brain.classes()] == ["badger", "fox", "nothing"]


@example("The state of a door")
def test_the_door_is_told_each_time_it_opens_and_shuts(played: dict[str, Any]) -> None:
    assert played["diary"] == [(None, "shut"), ("shut", "open")]
    assert played["watching"].ended
    with Brain.open("door") as brain:
        assert (str(brain.region), brain.views, len({image.burst for image in brain.images()})) == (
            "0.1,0.0,0.8,1.0",
            False,
            4,
        )


@example("An app with a button")
def test_the_button_teaches_undoes_and_sees_the_level_rise(played: dict[str, Any]) -> None:
    assert played["display"] in (["Good"], ["Great"]), "from Still Learning, at which it began"
    assert played["lamp"][:3] == ["cup learned", "mug learned", "cup reserved"]
    with Brain.open("desk") as brain:
        untagged = [frame.id for frame in brain.untagged()]
        assert len(untagged) == 1, "the one that was undone"
        assert len(played["lamp"]) == len(brain.images())
        assert [brain.score().level] == played["display"]


@example("A fleet")
def test_the_gates_of_the_fleet_learn_from_each_other_and_run_one_release(played: dict[str, Any]) -> None:
    with Brain.open("gate-1") as one, Brain.open("gate-2") as other:
        assert one.head_digest() == other.head_digest() == played["common"]
        assert len(one.devices()) == 2 and len(one.images()) == 24
        for gate in (one, other):
            assert gate.production is not None and gate.production.current.number == 1
    assert played["answers"] == ["bus", "van"] * 10
