"""Views: learned with each frame, early or late to the same bit, and never tested with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from folders import class_folders
from pictures import save, scene

from edge_brain import Brain
from edge_brain import errors as e
from edge_brain.doctor import examine
from edge_brain.exchange.folder import import_folder, tag_files
from edge_brain.exposure import Exposer
from edge_brain.extractor import PixelExtractor
from edge_brain.records import Exposure, Tagging
from edge_brain.region import Region
from edge_brain.store import DATABASE, Store
from edge_brain.views import VIEWS, mirror

CLASSES, SCENES = ("cup", "fork", "mug"), 8
exposer = Exposer(PixelExtractor(), Region())


def exposures(*, views: bool) -> list[tuple[str, Exposure]]:
    return [(label, exposer.expose(scene(label, number), views=views)) for label in CLASSES for number in range(SCENES)]


def taggings(*, views: bool) -> list[Tagging]:
    return [Tagging(exposure, label) for label, exposure in exposures(views=views)]


@pytest.fixture
def early(tmp_path: Path) -> Iterator[Brain]:
    """A brain whose frames came with their views."""
    with Brain.create(tmp_path / "early", extractor="pixels") as brain:
        brain.tag_exposures(taggings(views=True))
        yield brain


def held(brain: Brain) -> int:
    return int(brain.store.database.value("SELECT count(*) FROM view_codes"))


def learned(brain: Brain) -> int:
    return sum(info.learned for info in brain.classes())


def sound(brain: Brain) -> bool:
    return all(finding.ok for finding in examine(brain))


# ── what they are ───────────────────────────────────────────────────────────────────────────────


def test_a_mirror_changes_left_and_right_and_nothing_else() -> None:
    picture = scene("mug")
    assert not np.array_equal(mirror(picture), picture)
    assert np.array_equal(mirror(mirror(picture)), picture)
    assert np.array_equal(mirror(picture)[:, 0], picture[:, -1])


def test_the_middle_is_nine_tenths_of_either_side() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (200, 100, 3), dtype=np.uint8)
    assert np.array_equal(VIEWS["middle"](picture), picture[10:190, 5:95])
    assert VIEWS["middle"](picture[:1, :1]).shape == (1, 1, 3)


def test_views_are_of_the_region_that_the_brain_looks_at() -> None:
    half = Exposer(PixelExtractor(), Region(0.0, 0.0, 0.5, 1.0))
    exposure = half.expose(scene("mug"), views=True)
    of_half = half.extractor.code(mirror(half.decode(exposure.data, "mug").pixels[:, :32]))
    assert exposure.views[: PixelExtractor.length] == of_half.tobytes()
    assert half.views(exposure.data, "mug") == exposure.views


# ── learned alike, early or late ────────────────────────────────────────────────────────────────


def test_only_learned_frames_have_views(early: Brain) -> None:
    assert held(early) == learned(early) == 18
    assert len(early.store.frames()) == 24


def test_views_that_are_made_before_the_next_answer_are_learned_to_the_same_bit(early: Brain, tmp_path: Path) -> None:
    with Brain.create(tmp_path / "late", extractor="pixels") as late:
        late.tag_exposures(taggings(views=False))
        assert held(late) == 0 and late.store.head_rows()[0] == early.store.head_rows()[0]
        answer = late.predict(scene("mug", 50))
        assert held(late) == learned(late)
        assert answer == early.predict(scene("mug", 50))
        assert late.head_digest() == early.head_digest()
        late.retrain()
        assert late.head_digest() == early.head_digest() and sound(late)


@pytest.mark.parametrize(
    "ask",
    [Brain.score, Brain.images, Brain.suspects, Brain.threshold, Brain.head_digest, lambda b: b.predict_exposures([])],
)
def test_nothing_is_answered_before_they_are_learned(tmp_path: Path, ask: Callable[[Brain], object]) -> None:
    with Brain.create(tmp_path / "late", extractor="pixels") as late:
        late.tag_exposures(taggings(views=False))
        ask(late)
        assert held(late) == learned(late)


def test_closing_makes_what_is_still_to_be_made(early: Brain, tmp_path: Path) -> None:
    with Brain.create(tmp_path / "late", extractor="pixels") as late:
        late.tag_exposures(taggings(views=False))
        learner = late._memory.learner()
        assert learner.head.digest() != early.head_digest(), "they stand for their views themselves"
    with Brain.open(tmp_path / "late") as late:
        assert late.head_digest() == early.head_digest()


def test_a_single_tag_is_complete_when_it_returns(brain: Brain) -> None:
    tag = brain.tag(scene("mug"), "mug")
    assert held(brain) == 1
    brain.untag(tag.frame_id)
    assert held(brain) == 1, "they are the picture's, not the tag's"
    brain.retag([tag.frame_id], "cup")
    assert held(brain) == 1 and sound(brain)


def test_a_stored_frame_that_is_tagged_later_gets_them(brain: Brain) -> None:
    label, exposure = exposures(views=False)[0]
    (tag,) = brain.tag_exposures([Tagging(exposure, label)])
    digest = brain.head_digest()
    brain.untag(tag.frame_id)
    brain.store.database.execute("DELETE FROM view_codes")
    brain.retag([tag.frame_id], label)
    assert brain.head_digest() == digest and held(brain) == 1


def test_an_import_makes_them_when_all_is_in(tmp_path: Path) -> None:
    photos = class_folders(tmp_path / "photos", classes=3, bursts=8, frames=2)
    with Brain.create(tmp_path / "one", extractor="pixels") as one:
        import_folder(one, photos)
        assert held(one) == 0
        digest = one.head_digest()
        assert held(one) == learned(one) > 20
        one.retrain()
        assert one.head_digest() == digest


@pytest.mark.parametrize(
    "again", [import_folder, lambda brain, photos: tag_files(brain, [photos / "class-0"], "class-0")]
)
def test_what_a_killed_import_left_behind_the_next_one_makes(
    tmp_path: Path, again: Callable[[Brain, Path], object]
) -> None:
    photos = class_folders(tmp_path / "photos", classes=3, bursts=8, frames=1)
    with Brain.create(tmp_path / "kitchen", extractor="pixels") as brain:
        import_folder(brain, photos)
        brain._closer.forget()  # as a kill does
    with Brain.open(tmp_path / "kitchen") as brain:
        assert len(brain.store.without_views()) == learned(brain) and sound(brain)
        brain.predict(scene("mug"))
        assert brain.store.without_views() != [], "who only asks does not pay for it"
        again(brain, photos)
        brain.score()
        assert brain.store.without_views() == []


def test_a_brain_that_is_open_elsewhere_sees_them_come(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "shared", extractor="pixels") as one, Brain.open(tmp_path / "shared") as other:
        one.tag_exposures(taggings(views=False))
        before = other.head_digest()
        digest = one.head_digest()
        assert before != digest == other.head_digest()
        assert other.predict(scene("cup", 30)) == one.predict(scene("cup", 30))


def test_untagging_takes_a_frame_out_with_its_views(early: Brain) -> None:
    digest = early.head_digest()
    tag = early.tag(scene("mug", 40), "mug", burst="new")
    more = early.tag(scene("mug", 41), "mug", burst="new too")
    assert early.head_digest() != digest
    for each in (tag, more):
        early.untag(each.frame_id)
    assert early.head_digest() == digest


# ── what may go wrong ───────────────────────────────────────────────────────────────────────────


def test_a_frame_whose_picture_is_gone_stands_for_itself(brain: Brain) -> None:
    tags = brain.tag_exposures(taggings(views=False))
    gone = next(tag for tag in tags if tag.role == "learned")
    brain.store.path(brain.store.frame(gone.frame_id)).unlink()
    brain.score()
    assert held(brain) == learned(brain) - 1
    assert [frame.id for frame in brain.store.without_views()] == [gone.frame_id]


def test_a_full_disk_hides_no_answer_and_they_are_made_later(
    early: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise e.StorageFailed("the disk is full")

    with Brain.create(tmp_path / "late", extractor="pixels") as late:
        late.tag_exposures(taggings(views=False))
        with monkeypatch.context() as patch:
            patch.setattr(Store, "add_views", full)
            assert late.predict(scene("mug", 50)).ranking
            assert held(late) == 0
        assert late.head_digest() == early.head_digest()


def test_views_that_were_coded_under_another_contract_are_not_taken(brain: Brain) -> None:
    label, exposure = exposures(views=False)[0]
    brain.store.tag([Tagging(exposure, label)], who="test")
    brain.store.add_views({exposure.id: exposer.views(exposure.data, "mug")}, "another contract")
    assert held(brain) == 0


def test_damaged_views_are_found_and_made_again(early: Brain) -> None:
    digest = early.head_digest()
    with closing(sqlite3.connect(early.folder / DATABASE, isolation_level=None)) as stranger:
        stranger.execute("UPDATE view_codes SET codes = zeroblob(length(codes)) WHERE number = 3")
    found = [finding.detail for finding in examine(early) if not finding.ok]
    assert any("views of frame number" in detail for detail in found)
    with Brain.open(early.folder) as other, pytest.raises(e.BrainDamaged, match="views of frame number"):
        other.score()
    early.retrain()
    assert early.head_digest() == digest and sound(early)


def test_damaged_views_of_a_frame_that_is_not_learned_any_more_are_thrown_away(early: Brain) -> None:
    number = early.store.database.value("SELECT frame FROM view_codes WHERE number = 3")
    (frame_id,) = (frame.id for frame in early.store.frames() if frame.number == number)
    early.untag(frame_id)
    with closing(sqlite3.connect(early.folder / DATABASE, isolation_level=None)) as stranger:
        stranger.execute("UPDATE view_codes SET codes = zeroblob(length(codes)) WHERE number = 3")
    assert not sound(early)
    early.retrain()
    assert sound(early) and early.store.lacks_views(frame_id)


# ── switched off and on ─────────────────────────────────────────────────────────────────────────


def test_a_brain_may_do_without(early: Brain, tmp_path: Path) -> None:
    with Brain.create(tmp_path / "plain", extractor="pixels", views=False) as plain:
        plain.tag_exposures(taggings(views=True))
        assert not plain.views and held(plain) == 0
        digest = plain.head_digest()
        plain.retrain(views=True)
        assert plain.views and plain.head_digest() == early.head_digest() and sound(plain)
        plain.retrain(views=False)
        assert not plain.views and held(plain) == 0 and plain.head_digest() == digest and sound(plain)


def test_another_region_makes_them_anew(early: Brain) -> None:
    digest = early.head_digest()
    early.retrain(region="0,0,0.5,1")
    assert early.head_digest() != digest and held(early) == learned(early) and sound(early)
    early.retrain(region="0,0,1,1")
    assert early.head_digest() == digest


def test_a_picture_of_a_file_is_the_same_seen_from_a_folder_or_alone(brain: Brain, tmp_path: Path) -> None:
    path = save(tmp_path / "photos", "mug/1.jpg", scene("mug"))
    brain.tag(path, "mug")
    digest = brain.head_digest()
    with Brain.create(tmp_path / "other", extractor="pixels") as other:
        import_folder(other, tmp_path / "photos")
        assert other.head_digest() == digest
