"""A brain as scikit-learn knows classifiers: the same answers by other names."""

from __future__ import annotations

import os
import pickle
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pictures import save, scene

from edge_brain import Brain, BrainClassifier
from edge_brain import errors as e
from edge_brain.extractor import PixelExtractor

pytestmark = pytest.mark.usefixtures("once")

LABELS = ("cup", "fork", "mug")
Y = [label for label in LABELS for _ in range(6)]
PICTURES = np.stack([scene(label, number) for label in LABELS for number in range(6)])
ASKED = np.stack([scene(label, 50) for label in ("mug", "cup", "fork", "mug")])


def codes(pictures: NDArray[np.uint8]) -> NDArray[np.int8]:
    return np.stack([PixelExtractor().code(each) for each in pictures])


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where brains without a folder are: in memory where that can be, for what the disk does is tried elsewhere."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.fixture
def learner(temporary: Path) -> Iterator[BrainClassifier]:
    """A classifier of pictures that knows nothing yet."""
    learner = BrainClassifier(extractor="pixels")
    yield learner
    learner.close()


# ── what scikit-learn asks of estimators ────────────────────────────────────────────────────────


def test_the_checks_of_scikit_learn_hold_but_for_those_that_are_named() -> None:
    from sklearn.utils.estimator_checks import check_estimator

    with pytest.warns(UserWarning, match="does not inherit"):
        told = check_estimator(BrainClassifier(), on_fail=None, on_skip=None)
    failed = {each["check_name"]: str(each["exception"]) for each in told if each["status"] == "failed"}
    assert failed.keys() == {
        "check_classifiers_train", "check_estimators_dtypes", "check_estimators_pickle", "check_supervised_y_2d"
    }  # fmt: skip
    assert "has no direction" in failed["check_estimators_dtypes"]
    assert "in a temporary folder" in failed["check_estimators_pickle"]
    assert sum(each["status"] == "passed" for each in told) > 40


def test_it_goes_into_a_pipeline_a_search_and_a_validation() -> None:
    from sklearn.base import clone, is_classifier
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    line = make_pipeline(FunctionTransformer(lambda X: X[:, :, ::-1]), BrainClassifier(extractor="pixels"))
    assert is_classifier(line)
    assert line.fit(PICTURES, Y).predict(ASKED).tolist() == ["mug", "cup", "fork", "mug"]
    line[-1].close()
    embeddings = codes(PICTURES).astype(np.float32) + 128
    assert cross_val_score(BrainClassifier(), embeddings, Y, cv=2).mean() > 0.8
    search = GridSearchCV(BrainClassifier(extractor="pixels"), {"views": [True, False]}, cv=2).fit(PICTURES, Y)
    assert search.best_params_.keys() == {"views"} and search.predict(ASKED).tolist() == ["mug", "cup", "fork", "mug"]
    twin = clone(search.best_estimator_)
    assert twin.get_params() == search.best_estimator_.get_params() and not hasattr(twin, "classes_")
    search.best_estimator_.close()


def test_it_runs_without_scikit_learn(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    told = run(
        "import sys; sys.modules['sklearn'] = None\n"
        "import numpy as np\nfrom edge_brain import BrainClassifier\n"
        "X = np.eye(4)[[0, 1] * 3] + np.linspace(0, 0.9, 24).reshape(6, 4)\n"
        "learner = BrainClassifier()\n"
        "try:\n    learner.predict(X)\nexcept ValueError as error:\n    print(error)\n"
        "print(learner.fit(X, ['a', 'b'] * 3, groups=range(6)).predict(np.eye(4)[:2]))"
    ).stdout
    assert told == "this BrainClassifier has no brain yet: call `fit` or `partial_fit` first\n['a' 'b']\n"


# ── the brain behind it ─────────────────────────────────────────────────────────────────────────


def test_its_probabilities_are_those_of_the_brain(learner: BrainClassifier) -> None:
    shares = learner.fit(PICTURES, Y).predict_proba(ASKED)
    assert learner.classes_.tolist() == list(LABELS)
    assert np.allclose(shares.sum(axis=1), 1)
    answers = learner.brain_.predict_many(list(ASKED))
    assert [dict(zip(LABELS, row, strict=True)) for row in shares.tolist()] == [dict(each.ranking) for each in answers]
    assert learner.predictions(ASKED) == answers
    assert learner.predict(ASKED).tolist() == [answer.first for answer in answers] == ["mug", "cup", "fork", "mug"]
    assert learner.score(ASKED, ["mug", "cup", "fork", "cup"]) == 0.75


def test_groups_are_bursts_and_whole_ones_are_reserved(learner: BrainClassifier) -> None:
    days = [f"day {number // 2}" for number in range(18)]
    learner.fit(PICTURES, Y, groups=days)
    images = learner.brain_.images()
    assert {image.burst for image in images} == set(days)
    assert all(len({image.role for image in images if image.burst == day}) == 1 for day in days)
    assert learner.brain_.score().reserved == 6


def test_it_is_taught_bit_by_bit_what_a_brain_is_taught(tmp_path: Path, learner: BrainClassifier) -> None:
    learner.partial_fit(PICTURES[:1], Y[:1], classes=LABELS, groups=[0])
    assert learner.classes_.tolist() == list(LABELS)
    assert learner.predict_proba(ASKED).tolist() == [[1, 0, 0]] * 4
    for start in range(1, 18, 4):
        part = slice(start, start + 4)
        learner.partial_fit(PICTURES[part], Y[part], groups=range(18)[part])
    with Brain.create(tmp_path / "kitchen", extractor="pixels") as brain:
        for number, (picture, label) in enumerate(zip(PICTURES, Y, strict=True)):
            brain.tag(picture, label, burst=str(number))
        assert learner.brain_.head_digest() == brain.head_digest()


def test_pictures_come_in_any_form_and_codes_as_int8_or_floats(tmp_path: Path, learner: BrainClassifier) -> None:
    paths = [save(tmp_path, f"{number}.jpg", each) for number, each in enumerate(PICTURES)]
    learner.fit(paths, Y)
    by_path = learner.brain_.head_digest()
    assert learner.predict([str(path) for path in paths[::6]]).tolist() == list(LABELS)
    assert learner.fit(np.array([str(path) for path in paths]), Y).brain_.head_digest() == by_path
    assert learner.predict(list(ASKED)).tolist() == learner.predict(ASKED).tolist()
    coded = BrainClassifier().fit(codes(PICTURES), Y)
    assert coded.predict(codes(ASKED)).tolist() == ["mug", "cup", "fork", "mug"]
    assert coded.predict((codes(ASKED).astype(float) + 128).tolist()).tolist() == ["mug", "cup", "fork", "mug"]
    assert coded.brain_.extractor == "features" and coded.n_features_in_ == 192
    coded.close()


def test_classes_are_what_was_given(learner: BrainClassifier) -> None:
    numbers = np.array([LABELS.index(label) * 10 for label in Y])
    answers = learner.fit(PICTURES, numbers).predict(ASKED)
    assert (answers.dtype, answers.tolist()) == (numbers.dtype, [20, 0, 10, 20])
    learner.brain_.tag(scene("knife"), "knife")
    with pytest.raises(e.BadInput, match="the classes knife besides numbers: give y as text"):
        learner.predict(ASKED)


def test_whole_numbers_are_the_same_classes_in_a_new_object_and_as_floats(tmp_path: Path) -> None:
    numbers = np.array([LABELS.index(label) * 10 for label in Y])
    BrainClassifier(tmp_path / "kitchen", extractor="pixels").fit(PICTURES, numbers.astype(float)).close()
    again = BrainClassifier(tmp_path / "kitchen")
    assert again.predict(ASKED).tolist() == [20, 0, 10, 20]
    again.partial_fit([scene("knife")], [30.0])
    assert (again.classes_.tolist(), again.classes_.dtype.kind) == ([0, 10, 20, 30], "i")
    again.close()


def test_a_brain_in_a_folder_answers_at_once_in_another_object(tmp_path: Path) -> None:
    from sklearn.pipeline import make_pipeline

    taught = BrainClassifier(tmp_path / "kitchen", extractor="pixels").fit(PICTURES, Y)
    wanted = taught.predict_proba(ASKED)
    taught.close()
    for ask in (BrainClassifier(tmp_path / "kitchen"), make_pipeline(BrainClassifier(tmp_path / "kitchen"))):
        assert ask.predict(ASKED).tolist() == ["mug", "cup", "fork", "mug"]
        assert (ask.predict_proba(ASKED) == wanted).all()
    with pytest.raises(ValueError, match="has no brain yet"):
        BrainClassifier(tmp_path / "none").predict(ASKED)
    assert not (tmp_path / "none").exists()


def test_the_classes_of_the_first_call_bind_the_later_ones(learner: BrainClassifier) -> None:
    learner.partial_fit(PICTURES, Y, classes=[*LABELS, "plate"])
    digest = learner.brain_.head_digest()
    with pytest.raises(e.BadInput, match="y holds 'knife', which `classes` does not"):
        learner.partial_fit([scene("knife")], ["knife"])
    with pytest.raises(e.BadInput, match=r"`classes` are \['knife'\], and were .*'plate'\] before"):
        learner.partial_fit([scene("knife")], ["knife"], classes=["knife"])
    assert learner.brain_.head_digest() == digest
    assert learner.partial_fit([scene("plate")], ["plate"]).classes_.tolist() == [*LABELS, "plate"]


@pytest.mark.parametrize("place", ["a temporary folder", "a new folder", "a folder with something in it"])
def test_a_new_brain_that_cannot_be_taught_leaves_the_former_one_and_nothing_else(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    learner = BrainClassifier(extractor="pixels").fit(PICTURES, Y)
    folder, standing = tmp_path / "place" / "new", set(temporary.iterdir())
    if place != "a temporary folder":
        learner.set_params(folder=folder)
        folder.parent.mkdir()
    if place == "a folder with something in it":
        folder.mkdir()
        (folder / "notes.txt").write_text("mine")

    def fail(*_: Any, **__: Any) -> None:
        raise e.StorageFailed("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(Brain, "tag_exposures", fail)
        with pytest.raises(e.StorageFailed, match="the disk is full"):
            learner.fit(PICTURES[:6], Y[:6])
    assert set(temporary.iterdir()) == standing
    left = [path.name for path in folder.parent.rglob("*")] if folder.parent.exists() else []
    assert left == (["new", "notes.txt"] if place == "a folder with something in it" else [])
    assert learner.predict(ASKED).tolist() == ["mug", "cup", "fork", "mug"]
    learner.close()


def test_a_folder_that_is_taken_is_refused_before_a_picture_is_looked_at(tmp_path: Path) -> None:
    BrainClassifier(tmp_path / "kitchen", extractor="pixels").fit(PICTURES, Y).close()
    with pytest.raises(e.BrainExists):
        BrainClassifier(tmp_path / "kitchen").fit([b"no picture"], ["cup"])


def test_a_brain_in_a_folder_stays_and_is_gone_on_with(tmp_path: Path) -> None:
    learner = BrainClassifier(tmp_path / "kitchen", extractor="pixels").fit(PICTURES, Y)
    wanted = learner.predict_proba(ASKED)
    copy = pickle.loads(pickle.dumps(learner))
    assert (copy.predict_proba(ASKED) == wanted).all()
    copy.close()
    with pytest.raises(e.BrainExists):
        learner.fit(PICTURES, Y)
    assert (learner.predict_proba(ASKED) == wanted).all(), "it is still the brain of before"
    learner.close()
    again = BrainClassifier(tmp_path / "kitchen").partial_fit([scene("knife")], ["knife"])
    assert again.classes_.tolist() == ["cup", "fork", "knife", "mug"]
    assert again.predict(ASKED).tolist() == ["mug", "cup", "fork", "mug"]
    again.close()


def test_a_brain_without_a_folder_goes_with_its_classifier(temporary: Path) -> None:
    learner = BrainClassifier(extractor="pixels").fit(PICTURES, Y)
    assert len(list(temporary.iterdir())) == 1
    learner.fit(PICTURES, Y)
    assert len(list(temporary.iterdir())) == 1
    with pytest.raises(e.BadInput, match=r"temporary folder .* give a folder"):
        pickle.dumps(learner)
    del learner
    assert list(temporary.iterdir()) == []


REFUSED: dict[str, tuple[Any, Any, str]] = {
    "a picture that is none": ([PICTURES[0], b"none"], ["cup", "mug"], "not a picture edge_brain reads"),
    "another length": (np.ones((2, 100)), ["cup", "mug"], "X has 100 features, but BrainClassifier is expecting 192"),
    "one row": (PICTURES[0], ["cup"], r"X has the shape \(64, 64, 3\): give pictures"),
    "rows of several lengths": ([[0.5] * 192, [0.5] * 100], ["cup", "mug"], "rows of X are not of one length"),
    "words for numbers": (np.full((2, 192), "one", object), ["cup", "mug"], "X holds what is no number: could not"),
    "classes in lists": (PICTURES[:2], [["cup"], ["cup", "mug"]], "y is not one class for each row"),
    "negative": (np.full((2, 192), -1.0), ["cup", "mug"], "Negative values in data"),
    "too few classes": (PICTURES[:2], ["cup"], r"inconsistent numbers of samples: \[2, 1, 2\]"),
    "no class": (PICTURES[:2], ["cup", " "], "a label must not be empty"),
    "half a class": (PICTURES[:2], [0.5, 1.5], "Unknown label type: continuous"),
    "a class that will never come": (PICTURES[:2], ["cup", "knife"], "y holds 'knife', which `classes` does not"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_changes_nothing(learner: BrainClassifier, tmp_path: Path, what: str) -> None:
    X, y, said = REFUSED[what]
    learner.fit(PICTURES, Y)
    digest, images = learner.brain_.head_digest(), learner.brain_.images()
    with pytest.raises(ValueError, match=said):
        learner.partial_fit(X, y, classes=LABELS if what == "a class that will never come" else None)
    assert (learner.brain_.head_digest(), learner.brain_.images()) == (digest, images)
    if what not in ("another length", "a class that will never come"):
        with pytest.raises(ValueError, match=said):
            BrainClassifier(tmp_path / "new", extractor="pixels").fit(X, y)
        assert not (tmp_path / "new").exists()
