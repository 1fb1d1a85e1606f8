"""The command line, run as a person runs it; one process for each command only where that matters."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from folders import class_folders

from edge_brain.cli import main
from edge_brain.files import content_id

REPOSITORY = Path(__file__).resolve().parent.parent


def run(folder: Path, *arguments: object, code: int = 0, data: bytes | None = None) -> Result:
    result = CliRunner().invoke(main, ["--brain", str(folder), *map(str, arguments)], input=data)
    assert result.exit_code == code, result.output
    return result


def commands(group: click.Group = main, prefix: str = "") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in group.commands.items():
        found.append((prefix + name, command))
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix}{name} ")
    return found


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return class_folders(tmp_path / "photos", classes=3, bursts=8, frames=2)


@pytest.fixture
def kitchen(tmp_path: Path, photos: Path) -> Path:
    folder = tmp_path / "kitchen"
    run(folder, "init", folder, "--extractor", "pixels")
    run(folder, "import", photos)
    return folder


@pytest.mark.parametrize(("name", "command"), commands(), ids=[name for name, _ in commands()])
def test_every_command_has_help_and_stands_in_the_readme(name: str, command: click.Command):
    assert command.help and len(command.help) > 20
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            assert parameter.help, f"{name} {parameter.opts} has no help"
    assert f"`{name.split()[-1]}" in (REPOSITORY / "README.md").read_text(), f"the README does not know `{name}`"


def test_the_score_is_the_first_line_of_every_command_that_changes_the_brain(tmp_path: Path, photos: Path):
    brain = tmp_path / "brain"
    label, *others = sorted(folder.name for folder in photos.iterdir())
    one = next((photos / label).iterdir())
    for arguments in (
        ["init", brain, "--extractor", "pixels"],
        ["import", photos],
        ["untag", one],
        ["tag", "--label", label, one],
        ["classes", "rename", label, "first"],
        ["classes", "merge", "first", others[0]],
        ["classes", "remove", others[0], "--yes"],
        ["retrain"],
        ["retrain", "--no-views"],
    ):
        assert run(brain, *arguments).stdout.startswith("Brain Score: "), arguments


def test_importing_twice_adds_nothing(kitchen: Path, photos: Path):
    before = run(kitchen, "score", "--json").stdout
    assert "48 were here already" in run(kitchen, "import", photos).stdout
    assert run(kitchen, "score", "--json").stdout == before


def test_an_import_says_by_what_it_found_the_scenes(tmp_path: Path, photos: Path):
    brain = tmp_path / "brain"
    run(brain, "init", brain, "--extractor", "pixels")
    told = run(brain, "import", photos).stdout.splitlines()
    assert re.fullmatch(r"found (\d+) scenes: \1 by file numbers; give --bursts if you know better", told[2])
    assert len(told) == 3 and "found" not in run(brain, "import", photos).stdout
    one = min((photos / "class-0").iterdir())
    assert "found" not in run(brain, "tag", "--label", "cup", one).stdout
    kept = [json.loads(line) for line in run(brain, "images", "--json").stdout.splitlines()]
    assert len({image["burst"] for image in kept}) == int(told[2].split()[1])


def test_a_refused_file_is_listed_and_counted_while_the_others_are_learned(kitchen: Path, photos: Path):
    broken = photos / "class-0" / "broken.jpg"
    broken.write_bytes(next((photos / "class-0").iterdir()).read_bytes()[:300])
    result = run(kitchen, "tag", "--label", "class-0", broken, "--burst", "b", code=3)
    assert "1 file refused" in result.stderr and "broken.jpg" in result.stderr
    assert result.stdout.startswith("Brain Score: ")


def test_predict_answers_for_files_folders_and_standard_input(kitchen: Path, photos: Path):
    picture = next((photos / "class-1").iterdir())
    lines = run(kitchen, "predict", "--json", photos / "class-1").stdout.splitlines()
    assert len(lines) == 16
    answer = json.loads(run(kitchen, "predict", "--json", picture).stdout)
    assert answer["path"] == str(picture)
    assert answer["ranking"][0][0] == "class-1" and answer["confidence"] == answer["ranking"][0][1]
    piped = json.loads(run(kitchen, "predict", "--json", "-", data=picture.read_bytes()).stdout)
    assert piped["ranking"] == answer["ranking"] and piped["path"] == "-"


def test_score_json_carries_the_fields_of_the_score_by_the_same_names(kitchen: Path):
    score = json.loads(run(kitchen, "score", "--json").stdout)
    assert score["level"] in ("Still Learning", "Low", "Good", "Great")
    assert (score["classes"], score["learned"], score["reserved"]) == (3, 36, 12)
    right = sum(image["right"] for image in score["images"])
    assert score["accuracy"] == right / 12
    assert set(score["per_class"]) == {"class-0", "class-1", "class-2"}
    assert {"id", "label", "tagged", "role", "burst", "predicted", "right"} <= set(score["images"][0])
    suspects = [json.loads(line) for line in run(kitchen, "images", "--suspect", "--json").stdout.splitlines()]
    assert [each["id"] for each in score["suspects"]] == [each["id"] for each in suspects]
    assert score["moved"] == json.loads(run(kitchen, "score", "--history", "--json").stdout.splitlines()[-1])


def test_images_json_has_one_object_a_frame_and_can_be_narrowed(kitchen: Path):
    every = [json.loads(line) for line in run(kitchen, "images", "--json").stdout.splitlines()]
    assert len(every) == 48
    reserved = run(kitchen, "images", "--json", "--role", "reserved", "--class", "class-2").stdout.splitlines()
    wanted = [i for i in every if i["role"] == "reserved" and "class-2" in (i["label"], i["predicted"])]
    assert [json.loads(line) for line in reserved] == wanted


def test_images_wrong_lists_just_those_that_are_taken_for_something_else(kitchen: Path, photos: Path):
    run(kitchen, "tag", "--label", "class-0", next((photos / "class-1").iterdir()))
    every = [json.loads(line) for line in run(kitchen, "images", "--json").stdout.splitlines()]
    wrong = [json.loads(line) for line in run(kitchen, "images", "--json", "--wrong").stdout.splitlines()]
    assert wrong == [image for image in every if image["right"] is False] != []


def test_images_suspect_lists_what_looks_wrongly_tagged_the_most_suspicious_first(tmp_path: Path):
    brain = tmp_path / "brain"
    run(brain, "init", brain, "--extractor", "pixels")
    photos = class_folders(tmp_path / "many", classes=2, bursts=30, frames=1)
    one, other = sorted(photos.iterdir())
    moved = sorted(one.iterdir())[0]
    moved.rename(other / "wrong.jpg")
    run(brain, "import", photos)
    assert run(brain, "images", "--suspect", "--role", "none").stdout == ""
    told = [json.loads(line) for line in run(brain, "images", "--suspect", "--json").stdout.splitlines()]
    assert (told[0]["label"], told[0]["looks_like"]) == (other.name, one.name)
    assert told[0]["sure"] > 0.5 and set(told[0]) >= {"id", "role", "burst", "predicted", "brightness", "faults"}
    first = run(brain, "images", "--suspect").stdout.splitlines()[0]
    assert first.startswith(told[0]["id"][:12]) and f"looks like {one.name}" in first and "% sure" in first
    advice = json.loads(run(brain, "score", "--json").stdout)["advice"]
    assert told[0]["id"] in {frame for each in advice for frame in each["frames"]}


def test_test_tries_the_brain_and_learns_nothing(kitchen: Path, tmp_path: Path):
    before = run(kitchen, "score", "--json").stdout
    other = class_folders(tmp_path / "other", classes=3, bursts=3, frames=1, seed=5)
    tested = json.loads(run(kitchen, "test", "--json", other).stdout)
    assert {label: tried for label, (_, tried) in tested["per_class"].items()} == dict.fromkeys(tested["per_class"], 3)
    assert tested["accuracy"] == sum(i["right"] for i in tested["images"]) / 9
    assert run(kitchen, "score", "--json").stdout == before


def test_details_show_every_class(kitchen: Path):
    details = run(kitchen, "score", "--details").stdout
    for word in ("images learned               36", "class-0", "class-1", "class-2", "90 % interval"):
        assert word in details


def test_the_history_is_a_plot_and_a_story(kitchen: Path, photos: Path):
    run(kitchen, "classes", "rename", "class-0", "zero")
    run(kitchen, "tag", "--label", "class-2", photos / "class-1")
    text = run(kitchen, "score", "--history").stdout
    assert max(map(len, text.splitlines())) <= 80
    plot, story = text.split("\n\n")
    assert "░" in plot and "┄ Good ≥ 75%" in plot
    assert "(import)" in story and "renamed `class-0` to `zero` (16 frames)" in story
    assert "retagged 16 frames from `class-1` to `class-2`" in story.replace("\n       ", " ")


def test_the_history_as_json_has_a_line_for_each_change_and_parts_that_add_up(kitchen: Path, photos: Path):
    reserved = {image["id"] for image in json.loads(run(kitchen, "score", "--json").stdout)["images"]}
    picture = next(path for path in (photos / "class-1").iterdir() if content_id(path.read_bytes()) in reserved)
    run(kitchen, "tag", "--label", "class-2", picture)
    run(kitchen, "classes", "merge", "class-1", "class-2")
    first, second, third = (
        json.loads(line) for line in run(kitchen, "score", "--history", "--json").stdout.splitlines()
    )
    assert first["change"] is None and first["reasons"] == []
    assert first["deeds"][0] == {"who": "import", "role": "learned", "before": None, "after": "class-0", "frames": 12}
    assert second["deeds"] == [{"who": "cli", "role": "reserved", "before": "class-1", "after": "class-2", "frames": 1}]
    assert third["change"] == third["balanced_accuracy"] - second["balanced_accuracy"]
    assert sum(reason["change"] for reason in third["reasons"]) == pytest.approx(third["change"], abs=1e-5)
    assert {"kind", "change", "frames", "labels", "message", "cause"} == set(third["reasons"][0])


def test_a_brain_that_was_never_tagged_has_no_history(tmp_path: Path):
    run(tmp_path, "init", tmp_path / "new", "--extractor", "pixels")
    result = run(tmp_path / "new", "score", "--history")
    assert result.stdout == "" and "nothing has been tagged" in result.stderr


def test_untag_takes_ids_beginnings_of_ids_and_files(kitchen: Path, photos: Path):
    ids = [json.loads(line)["id"] for line in run(kitchen, "images", "--json").stdout.splitlines()]
    picture = sorted((photos / "class-2").iterdir())[-1]
    run(kitchen, "untag", ids[0], ids[1][:20], picture)
    untagged = run(kitchen, "images", "--role", "none", "--json").stdout.splitlines()
    assert len(untagged) == 3


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["untag", "ffff"], 1, "no frame whose id begins 'ffff'"),
        (["classes", "rename", "nothing", "new"], 1, "no class 'nothing'"),
        (["classes", "rename", "class-0", "class-1"], 1, "merge"),
        (["tag", "missing.jpg", "--label", "x"], 2, "does not exist"),
        (["tag", "--label", "  ", "."], 1, "must not be empty"),
        (["retrain", "--roi", "0,0,2,2"], 1, "region"),
        (["retrain", "--extractor", "resnet"], 1, "lite0-224"),
    ],
)
def test_a_mistake_is_told_in_one_line_and_changes_nothing(kitchen: Path, arguments: list[str], code: int, word: str):
    before = run(kitchen, "images", "--json").stdout
    result = run(kitchen, *arguments, code=code)
    assert word in result.stderr and "Traceback" not in result.stderr
    assert run(kitchen, "images", "--json").stdout == before


def test_a_folder_without_a_brain_is_an_error_that_says_what_to_do(tmp_path: Path):
    result = run(tmp_path, "score", code=1)
    assert "edge-brain init" in result.stderr


def test_doctor_is_clean_and_says_so_by_its_exit_code(kitchen: Path):
    assert json.loads(run(kitchen, "doctor", "--json").stdout)["ok"] is True
    frame = next((kitchen / "frames").rglob("*.jpg"))
    frame.write_bytes(b"something else")
    assert "is not what its name says" in run(kitchen, "doctor", code=4).stdout


def test_options_can_be_given_as_variables(kitchen: Path, photos: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EDGE_BRAIN", str(kitchen))
    monkeypatch.setenv("EDGE_BRAIN_TAG_LABEL", "from-a-variable")
    result = CliRunner().invoke(main, ["tag", str(next((photos / "class-0").iterdir()))])
    assert result.exit_code == 0, result.output
    assert "from-a-variable" in CliRunner().invoke(main, ["classes", "list"]).stdout


def test_every_option_is_a_variable_by_the_name_that_is_typed(monkeypatch: pytest.MonkeyPatch):
    def walk(context: click.Context, words: str) -> Iterator[str]:
        for option in context.command.params:
            if isinstance(option, click.Option) and not option.is_eager:
                (typed,) = [name[2:] for name in option.opts if name.startswith("--")]
                variable = f"{words}_{typed}".upper().replace("-", "_")
                with monkeypatch.context() as patch:
                    patch.setenv(variable, "given")
                    assert option.resolve_envvar_value(context) == "given", variable
                yield variable
        for name, command in getattr(context.command, "commands", {}).items():
            yield from walk(click.Context(command, parent=context, info_name=name), f"{words}_{name}")

    found = [*walk(click.Context(main, info_name="edge-brain", auto_envvar_prefix="EDGE_BRAIN"), "EDGE_BRAIN")]
    assert len({*found}) == len(found) > 50
    assert {"EDGE_BRAIN_WATCH_MQTT", "EDGE_BRAIN_CAPTURE_EVERY", "EDGE_BRAIN_SERVICE_STATUS_JSON"} <= {*found}


def test_an_option_of_another_name_inside_can_be_given_as_a_variable(kitchen: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EDGE_BRAIN_SCORE_JSON", "1")
    assert json.loads(run(kitchen, "score").stdout)["level"]
    monkeypatch.setenv("EDGE_BRAIN_WATCH_MQTT", "no broker")
    assert "a broker is given as mqtt://" in run(kitchen, "watch", "synthetic:mug?once=1", code=1).stderr


def test_what_an_import_refuses_is_told_though_several_networks_were_loaded(tmp_path: Path, photos: Path):
    (photos / "class-0" / "zero.jpg").write_bytes(b"")
    command = [sys.executable, "-c", "from edge_brain.cli import main; main()", "--brain", str(tmp_path / "real")]
    subprocess.run([*command, "init", str(tmp_path / "real")], check=True, capture_output=True)
    done = subprocess.run([*command, "--threads", "4", "import", str(photos)], capture_output=True, text=True)
    assert done.returncode == 3
    assert done.stderr.startswith("1 file refused:\n") and "zero.jpg" in done.stderr
