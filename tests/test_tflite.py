"""The exported model answers as the brain does, in a runtime that knows nothing of us."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from flatbuffers.table import Table
from numpy.typing import NDArray
from pictures import scene

from edge_brain import BadInput, Brain, ExtraMissing, Prediction, config, export_lobe, export_tflite, images
from edge_brain.cli import main
from edge_brain.exchange import graph

LABELS = ("cup", "fork", "mug")
PICTURES = [scene(label, number) for label in LABELS for number in range(40, 50)]


@pytest.fixture(scope="module", autouse=True)
def written_by_its_schema() -> None:
    pytest.importorskip("ai_edge_litert", reason="a classic machine has no schema to write a model by")


@pytest.fixture(scope="module")
def kitchen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brain]:
    """A brain with the shipped network that knows three classes, well enough for a threshold."""
    with Brain.create(tmp_path_factory.mktemp("tflite") / "kitchen", views=False) as brain:
        brain.tag_many([(scene(label, number), label) for label in LABELS for number in range(30)])
        yield brain


@pytest.fixture(scope="module")
def model(kitchen: Brain) -> Path:
    path = kitchen.folder.with_name("kitchen.tflite")
    export_tflite(kitchen, path)
    return path


def interpreted(model: Path) -> Any:
    """Return an interpreter of a model, by the runtime that brains here have."""
    classic = config.wanted_runtime() == "tflite-runtime"
    module = import_module("tflite_runtime.interpreter" if classic else "ai_edge_litert.interpreter")
    interpreter = module.Interpreter(model_path=str(model))
    interpreter.allocate_tensors()
    return interpreter


def asked(model: Path) -> list[list[NDArray[Any]]]:
    """Return all that a model gives for each of the pictures."""
    interpreter = interpreted(model)
    (taken,), given = interpreter.get_input_details(), interpreter.get_output_details()
    assert taken["dtype"] == np.uint8
    answers = []
    for picture in PICTURES:
        pixels = images.fit(images.as_pixels(picture), taken["shape"][2], taken["shape"][1])
        interpreter.set_tensor(taken["index"], pixels[None])
        interpreter.invoke()
        answers.append([interpreter.get_tensor(each["index"]) for each in given])
    return answers


def told(model: Path) -> tuple[list[str], dict[str, Any]]:
    """Return the labels, and what a host has to know."""
    with zipfile.ZipFile(model) as behind:
        return behind.read("labels.txt").decode().splitlines(), json.loads(behind.read("edge_brain.json"))


def agree(model: Path, answers: list[Prediction]) -> None:
    labels, _ = told(model)
    for answer, (shares, *rest) in zip(answers, asked(model), strict=True):
        wanted = dict(answer.ranking)
        assert shares.shape == (1, len(labels)) and labels[int(shares.argmax())] == answer.first
        assert np.abs(shares[0] - [wanted[label] for label in labels]).max() < 0.02
        for familiarity in rest:
            assert familiarity.shape == (1,)
            assert abs(familiarity[0] - answer.familiarity) < 0.02 * (1 + abs(answer.familiarity))


def test_a_model_gives_what_the_brain_gives(kitchen: Brain, model: Path) -> None:
    agree(model, kitchen.predict_many(PICTURES))
    labels, host = told(model)
    assert labels == list(LABELS) == host["labels"] and host["release"] is None
    assert host["unknown_under_familiarity"] == kitchen.threshold() is not None
    assert host["input"]["region"] == str(kitchen.region) and host["input"]["width"] == 224


def test_a_release_gives_the_same_model_but_for_what_it_is(kitchen: Brain, tmp_path: Path) -> None:
    kitchen.release(tmp_path / "1.brain")
    with Brain.open(tmp_path / "1.brain") as released:
        done = export_tflite(released, tmp_path / "released.tflite")
        agree(tmp_path / "released.tflite", released.predict_many(PICTURES))
    assert done.classes == LABELS and done.size_bytes == (tmp_path / "released.tflite").stat().st_size
    _, host = told(tmp_path / "released.tflite")
    assert host["release"]["number"] == 1 and host["release"]["path"] == "1.brain"


def test_a_brain_of_one_class_and_one_without_a_threshold_have_models_too(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "young", extractor="lite0-192", views=False) as young:
        young.tag(scene("cup"), "cup")
        export_tflite(young, tmp_path / "young.tflite")
        assert told(tmp_path / "young.tflite")[1]["unknown_under_familiarity"] is None
        agree(tmp_path / "young.tflite", young.predict_many(PICTURES))


def test_the_same_brain_gives_the_same_bytes_and_every_constant_lies_even(kitchen: Brain, model: Path) -> None:
    before = model.read_bytes()
    export_tflite(kitchen, model)
    assert model.read_bytes() == before
    read = graph.Graph(before).schema.Model.GetRootAs(before, 0)
    for number in range(read.BuffersLength()):
        if read.Buffers(number).DataLength():
            assert read.Buffers(number).DataAsNumpy().__array_interface__["data"][0] % 4 == 0
            start = read.Buffers(number)._tab
            assert start.Vector(start.Offset(4)) % 16 == 0


def test_tools_that_know_one_output_get_one(kitchen: Brain, tmp_path: Path) -> None:
    export_tflite(kitchen, tmp_path / "single.tflite", familiarity=False)
    assert {len(given) for given in asked(tmp_path / "single.tflite")} == {1}
    agree(tmp_path / "single.tflite", kitchen.predict_many(PICTURES))


def test_a_folder_for_lobes_readers_is_read_as_they_do_and_answers_as_the_brain_does(
    kitchen: Brain, tmp_path: Path
) -> None:
    done = export_lobe(kitchen, tmp_path / "lobe")
    signature = json.loads((tmp_path / "lobe" / "signature.json").read_bytes())
    labels = signature["classes"]["Label"]
    assert signature["format"] == "tf_lite" and labels == list(LABELS) == list(done.classes)
    assert (tmp_path / "lobe" / "labels.txt").read_text().splitlines() == labels
    interpreter = interpreted(tmp_path / "lobe" / signature["filename"])
    taken = {each["name"]: each for each in interpreter.get_input_details()}[signature["inputs"]["Image"]["name"]]
    given = {each["name"]: each for each in interpreter.get_output_details()}[
        signature["outputs"]["Confidences"]["name"]
    ]
    assert taken["dtype"] == np.float32 and list(taken["shape"][1:]) == signature["inputs"]["Image"]["shape"][1:]
    for picture, answer in zip(PICTURES, kitchen.predict_many(PICTURES), strict=True):
        pixels = images.fit(images.as_pixels(picture), done.width, done.height)
        interpreter.set_tensor(taken["index"], (pixels / 255.0)[None].astype(np.float32))
        interpreter.invoke()
        shares = interpreter.get_tensor(given["index"])[0]
        wanted = dict(answer.ranking)
        assert labels[int(shares.argmax())] == answer.first
        assert np.abs(shares - [wanted[label] for label in labels]).max() < 0.02


def test_a_model_for_lobe_replaces_such_a_one_and_nothing_else(kitchen: Brain, tmp_path: Path) -> None:
    for _ in range(2):
        export_lobe(kitchen, tmp_path / "lobe")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "labels.txt").write_text("three years of work")
    for place in (tmp_path / "mine", tmp_path / "mine" / "labels.txt", kitchen.folder):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(BadInput, match="holds no model for Lobe"):
            export_lobe(kitchen, place)
        assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "mine" / "labels.txt").read_text() == "three years of work"


def test_what_cannot_be_exported_is_told_and_leaves_what_stood(
    tmp_path: Path, kitchen: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    stood = tmp_path / "stood.tflite"
    stood.write_bytes(b"it")
    with Brain.create(tmp_path / "pixels", extractor="pixels") as brain:
        with pytest.raises(BadInput, match="has learned no class"):
            export_tflite(brain, stood)
        brain.tag(scene("cup"), "cup")
        with pytest.raises(BadInput, match="'pixels' is no network"):
            export_tflite(brain, stood)
    monkeypatch.setitem(__import__("sys").modules, "ai_edge_litert", None)
    with pytest.raises(ExtraMissing, match="pip install ai-edge-litert"):
        export_tflite(kitchen, stood)
    assert stood.read_bytes() == b"it"


def test_the_command_says_what_it_wrote(kitchen: Brain, tmp_path: Path) -> None:
    def typed(*arguments: object) -> Any:
        return CliRunner().invoke(main, ["--brain", str(kitchen.folder), "export", *map(str, arguments)])

    done = typed("--format", "tflite", "-o", tmp_path / "a.tflite")
    assert done.exit_code == 0 and "3 classes, 4." in done.stderr and "takes uint8 RGB of 224 × 224" in done.stderr
    said = json.loads(typed("--format", "tflite", "-o", tmp_path / "a.tflite", "--json").stdout)
    assert said["classes"] == list(LABELS) and said["threshold"] == kitchen.threshold()
    assert typed("--format", "tflite", "-o", "-").exit_code == 2
    assert typed("--single-output", "-o", tmp_path / "folder").exit_code == 2


def test_what_androids_tools_read_of_a_model_is_there(model: Path) -> None:
    data = model.read_bytes()
    read = graph.Graph(data).schema.Model.GetRootAs(data, 0)
    kept = {read.Metadata(n).Name().decode(): read.Metadata(n).Buffer() for n in range(read.MetadataLength())}
    held = read.Buffers(kept["TFLITE_METADATA"]).DataAsNumpy().tobytes()
    assert held[4:8] == b"M001"
    root = Table(held, int.from_bytes(held[:4], "little"))
    subgraph = only(root, 3)
    picture, (shares, familiarity) = only(subgraph, 2), several(subgraph, 3)
    assert [text(each, 0) for each in (picture, shares, familiarity)] == ["image", "probabilities", "familiarity"]
    assert text(only(shares, 6), 0) == "labels.txt" and text(root, 7) == "1.0.0"
    assert json.loads(read.Buffers(kept["edge_brain"]).DataAsNumpy().tobytes()) == told(model)[1]


def several(table: Table, field: int) -> list[Table]:
    """Return the tables in a vector, which is a field of another."""
    offset = table.Offset(4 + 2 * field)
    return [Table(table.Bytes, table.Indirect(table.Vector(offset) + 4 * n)) for n in range(table.VectorLen(offset))]


def only(table: Table, field: int) -> Table:
    (found,) = several(table, field)
    return found


def text(table: Table, field: int) -> str:
    return str(table.String(table.Pos + table.Offset(4 + 2 * field)).decode())
