"""The face: what apps may rely on, whatever was tagged before, and whoever else has the brain open."""

from __future__ import annotations

import io
import json
import subprocess
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pictures import again, changed, save, scene
from PIL import Image

from edge_brain import Brain, advice, backups, clock, examine, images, memory
from edge_brain import errors as e
from edge_brain.exposure import Exposer
from edge_brain.extractor import PixelExtractor
from edge_brain.files import content_id
from edge_brain.head import Head, rows_of
from edge_brain.images import encode_jpeg
from edge_brain.records import Frame, Score, Tagging
from edge_brain.region import Region
from edge_brain.store import Store

Run = Callable[..., subprocess.CompletedProcess[str]]
CLASSES = ("cup", "fork", "mug")


def row_of(picture: bytes, region: Region | None = None) -> np.ndarray:
    """Return the rows (views, length) of a picture's stored bytes, without any brain."""
    exposure = Exposer(PixelExtractor(), region or Region()).expose(picture, views=True)
    return rows_of([(exposure.code, exposure.views)], PixelExtractor.length, PixelExtractor.zero_point, 3)[0]


def made_at_once(frames: list[tuple[str, bytes]], region: Region | None = None) -> str:
    """Return the digest of a head that learned these (label, stored bytes) in one go."""
    head = Head(PixelExtractor.length)
    if frames:
        head.learn([label for label, _ in frames], np.stack([row_of(data, region) for _, data in frames]))
    return head.digest()


def rebuilt(brain: Brain) -> str:
    """Return the digest of a head that learned in one go all frames that are tagged and learned now."""
    learned = [frame for frame in brain.store.frames(tagged=True) if frame.role == "learned"]
    return made_at_once([(frame.label or "", brain.picture(frame.id)) for frame in learned], brain.region)


def snapshot(brain: Brain) -> tuple[list[Frame], int, str]:
    """Return what must not change when a call is refused: frames, the last event, the head."""
    return brain.store.frames(), brain.store.last_event(), brain.head_digest()


def large(picture: np.ndarray) -> np.ndarray:
    """Return a picture five times as large."""
    return picture.repeat(5, axis=0).repeat(5, axis=1)


def assert_sound(brain: Brain) -> None:
    wrong = [finding for finding in examine(brain) if not finding.ok and finding.check != "free space"]
    assert wrong == []


# ── any history ─────────────────────────────────────────────────────────────────────────────────


@cache
def pool() -> list[tuple[str, bytes, np.ndarray]]:
    """Some pictures, near-duplicates among them: id, bytes, row."""
    pixels = [scene(label, number) for label in CLASSES for number in range(4)]
    pixels += [again(picture) for picture in pixels[:4]]
    return [(content_id(data), data, row_of(data)) for data in map(encode_jpeg, pixels)]


either = st.integers(0, 1)
names = st.sampled_from([*CLASSES, "spoon"])


class AnyHistory(RuleBasedStateMachine):
    """Two brains on one folder, doing anything in turns, beside a model of plain dictionaries."""

    @initialize()
    def begin(self) -> None:
        self.home = tempfile.TemporaryDirectory()
        self.folder = Path(self.home.name) / "kitchen"
        self.brains = [Brain.create(self.folder, extractor="pixels"), Brain.open(self.folder)]
        self.tags: dict[str, str | None] = {}
        self.roles: dict[str, str] = {}

    def teardown(self) -> None:
        if hasattr(self, "brains"):
            assert_sound(self.brains[0])
            assert {frame.id: frame.label for frame in self.brains[1].store.frames()} == self.tags
            for brain in self.brains:
                brain.close()
            self.home.cleanup()

    @rule(which=either, number=st.integers(0, 15), label=names, burst=st.sampled_from([None, "walk", "table"]))
    def tag(self, which: int, number: int, label: str, burst: str | None) -> None:
        frame_id, data, _ = pool()[number]
        tag = self.brains[which].tag(data, label, burst=burst)
        assert (tag.frame_id, tag.label) == (frame_id, label)
        assert tag.new == (self.tags.get(frame_id) != label)
        assert tag.role == self.roles.setdefault(frame_id, tag.role), "a role is for good"
        self.tags[frame_id] = label

    @precondition(lambda self: self.tags)
    @rule(which=either, number=st.integers(0, 99), label=st.none() | names)
    def retag(self, which: int, number: int, label: str | None) -> None:
        frame_id = sorted(self.tags)[number % len(self.tags)]
        self.brains[which].retag([frame_id], label)
        self.tags[frame_id] = label

    @rule(which=either, label=names, new=names)
    def rename(self, which: int, label: str, new: str) -> None:
        if new in self.tags.values():
            with pytest.raises(e.BadInput):
                self.brains[which].rename_class(label, new)
        elif label not in self.tags.values():
            with pytest.raises(e.UnknownClass):
                self.brains[which].rename_class(label, new)
        else:
            self.brains[which].rename_class(label, new)
            self.tags = {frame: new if old == label else old for frame, old in self.tags.items()}

    @rule(which=either, label=names, into=names)
    def merge(self, which: int, label: str, into: str) -> None:
        if label == into:
            with pytest.raises(e.BadInput, match="into itself"):
                self.brains[which].merge_classes(label, into)
        elif {label, into} <= set(self.tags.values()):
            self.brains[which].merge_classes(label, into)
            self.tags = {frame: into if old == label else old for frame, old in self.tags.items()}
        else:
            with pytest.raises(e.UnknownClass):
                self.brains[which].merge_classes(label, into)

    @rule(which=either, label=names)
    def remove(self, which: int, label: str) -> None:
        if label in self.tags.values():
            self.brains[which].remove_class(label)
            self.tags = {frame: None if old == label else old for frame, old in self.tags.items()}
        else:
            with pytest.raises(e.UnknownClass):
                self.brains[which].remove_class(label)

    @rule(which=either)
    def retrain(self, which: int) -> None:
        self.brains[which].retrain()

    @rule(which=either)
    def reopen(self, which: int) -> None:
        self.brains[which].close()
        self.brains[which] = Brain.open(self.folder)

    @rule(which=either, number=st.integers(0, 15))
    def predict(self, which: int, number: int) -> None:
        answer = self.brains[which].predict(pool()[number][1])
        learned = {self.tags[frame] for frame, role in self.roles.items() if role == "learned"} - {None}
        assert {label for label, _ in answer.ranking} == learned

    @invariant()
    def both_heads_are_what_learning_at_once_gives(self) -> None:
        learned = [(self.tags[id], row) for id, _, row in pool() if self.roles.get(id) == "learned" and self.tags[id]]
        head = Head(PixelExtractor.length)
        if learned:
            head.learn([str(label) for label, _ in learned], np.stack([row for _, row in learned]))
        assert [brain.head_digest() for brain in self.brains] == [head.digest()] * 2

    @invariant()
    def both_know_the_same_classes(self) -> None:
        counts: dict[str, dict[str, int]] = {}
        for frame, label in self.tags.items():
            if label is not None:
                counts.setdefault(label, {"learned": 0, "reserved": 0})[self.roles[frame]] += 1
        for brain in self.brains:
            assert {c.label: {"learned": c.learned, "reserved": c.reserved} for c in brain.classes()} == counts


AnyHistory.TestCase.settings = settings(max_examples=25, stateful_step_count=20)
TestAnyHistoryGivesTheHeadOfARebuild = AnyHistory.TestCase


def taught_in(order: list[int], classes: tuple[str, ...]) -> tuple[str, dict[str, str | None]]:
    """Return the digest and the roles of a brain that was shown four scenes a class, and then more of them."""
    with tempfile.TemporaryDirectory() as home, Brain.create(Path(home, "kitchen"), extractor="pixels") as brain:
        for number in range(4):  # first comes, first reserved: that much order matters, within a class
            for label in classes:
                brain.tag(scene(label, number), label, burst=f"{label} {number}")
        for place in order:
            label, number = CLASSES[place % 3], place // 3
            brain.tag(again(scene(label, number % 4), number), label, burst=f"{label} {number % 4}")
        return brain.head_digest(), {frame.id: frame.role for frame in brain.store.frames()}


@cache
def taught_in_order() -> tuple[str, dict[str, str | None]]:
    return taught_in(list(range(24)), CLASSES)


@settings(max_examples=8)
@given(st.permutations(range(24)), st.permutations(CLASSES))
def test_the_order_of_tagging_does_not_matter_to_the_head(order: list[int], classes: list[str]) -> None:
    assert taught_in(order, tuple(classes)) == taught_in_order()


def test_untagging_restores_the_head_to_the_bit(taught: Brain) -> None:
    before, frames = taught.head_digest(), taught.store.frames()
    tag = taught.tag(scene("mug", 99), "mug")
    assert tag.role == "learned"
    assert taught.head_digest() != before
    taught.untag(tag.frame_id)
    assert taught.head_digest() == before == rebuilt(taught)
    assert taught.store.frames()[:-1] == frames
    with Brain.open(taught.folder) as reopened:
        assert reopened.head_digest() == before
        assert reopened.picture(tag.frame_id), "the picture stays"


def test_a_frame_that_was_untagged_comes_back_with_the_role_it_had(brain: Brain) -> None:
    tags = [brain.tag(scene("mug", number), "mug") for number in range(2)]
    assert [tag.role for tag in tags] == ["learned", "reserved"]
    for tag in tags:
        brain.untag(tag.frame_id)
    assert brain.classes() == []
    for number, tag in reversed(list(enumerate(tags))):
        assert brain.tag(scene("mug", number), "cup").role == tag.role


# ── life ────────────────────────────────────────────────────────────────────────────────────────


def test_creating_over_a_brain_is_refused_and_leaves_it_as_it_was(taught: Brain) -> None:
    before = snapshot(taught)
    with pytest.raises(e.BrainExists, match="already") as caught:
        Brain.create(taught.folder, extractor="pixels")
    assert isinstance(caught.value, FileExistsError)
    assert snapshot(taught) == before
    assert not [path for path in taught.folder.iterdir() if path.name.startswith(".")], "nothing half-made is left"


def test_opening_nothing_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(e.BrainNotFound, match="edge-brain init") as caught:
        Brain.open(tmp_path / "nowhere")
    assert isinstance(caught.value, FileNotFoundError)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_extractor_is_refused_and_makes_nothing(tmp_path: Path) -> None:
    with pytest.raises(e.BadInput, match="there is no extractor 'mobilenet'; choose one of lite0-224"):
        Brain.create(tmp_path / "kitchen", extractor="mobilenet")
    with pytest.raises(e.BadInput, match="not inside the picture"):
        Brain.create(tmp_path / "kitchen", extractor="pixels", region="0.5,0,0.6,1")
    assert list(tmp_path.iterdir()) == []


def test_a_brain_may_be_closed_twice(brain: Brain) -> None:
    with Brain.open(brain.folder) as other:
        other.tag(scene("mug"), "mug")
        other.close()


def test_a_folder_that_cannot_be_made_is_our_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(e.StorageFailed):
        Brain.create(tmp_path / "file" / "kitchen", extractor="pixels")
    assert (tmp_path / "file").read_text() == "not a folder"


def test_a_new_brain_knows_nothing_and_says_so(brain: Brain) -> None:
    answer = brain.predict(scene("mug"))
    assert (answer.label, answer.known, answer.confidence, answer.ranking) == (None, False, 0.0, [])
    score = brain.score()
    assert (score.level, score.accuracy, score.interval, score.classes) == ("Still Learning", None, None, 0)
    assert (brain.classes(), brain.images(), brain.history()) == ([], [], [])
    assert brain.threshold() is None
    assert_sound(brain)


def test_a_brain_of_one_class_answers_with_it(brain: Brain) -> None:
    brain.tag(scene("mug"), "mug")
    answer = brain.predict(scene("mug", 1))
    assert (answer.label, answer.confidence) == ("mug", 1.0)


# ── teaching ────────────────────────────────────────────────────────────────────────────────────


def test_what_is_tagged_is_recognised_at_once(taught: Brain) -> None:
    for label in CLASSES:
        answers = taught.predict_many([scene(label, number) for number in range(20, 25)])
        assert [answer.ranking[0][0] for answer in answers] == [label] * 5
        for answer in answers:
            assert sum(share for _, share in answer.ranking) == pytest.approx(1)
            assert answer.confidence == answer.ranking[0][1] == max(share for _, share in answer.ranking)


def test_one_picture_is_the_same_frame_as_path_and_as_bytes(brain: Brain, tmp_path: Path) -> None:
    path = save(tmp_path, "mug.jpg", scene("mug"))
    first = brain.tag(path, "mug")
    assert first.frame_id == content_id(path.read_bytes())
    assert brain.picture(first.frame_id) == path.read_bytes()
    for same in (str(path), path.read_bytes()):
        assert brain.tag(same, "mug").frame_id == first.frame_id
        assert not brain.tag(same, "mug").new
    assert len(brain.store.frames()) == brain.store.last_event() == 1


def test_one_picture_is_the_same_frame_as_array_and_as_pil_image(brain: Brain) -> None:
    first = brain.tag(scene("mug"), "mug")
    assert brain.tag(Image.fromarray(scene("mug")), "mug").frame_id == first.frame_id
    assert brain.picture(first.frame_id)[:2] == b"\xff\xd8", "pixels are kept as JPEG"
    assert len(brain.store.frames()) == 1


def test_every_form_of_a_picture_gets_the_same_answer(taught: Brain, tmp_path: Path) -> None:
    file, picture = io.BytesIO(), scene("fork", 50)
    Image.fromarray(picture).save(file, "PNG")
    (tmp_path / "fork.png").write_bytes(file.getvalue())
    forms = [picture, Image.fromarray(picture), file.getvalue(), tmp_path / "fork.png", str(tmp_path / "fork.png")]
    first, *others = taught.predict_many(forms)
    assert first.label == "fork"
    for other in others:
        assert other.label == "fork"
        assert dict(other.ranking) == pytest.approx(dict(first.ranking))


def test_tagging_many_is_all_or_nothing(taught: Brain) -> None:
    before, files = snapshot(taught), sorted(taught.folder.glob("frames/*/*"))
    with pytest.raises(e.BadPicture) as caught:
        taught.tag_many([(scene("mug", 30), "mug"), (b"no picture at all", "mug"), (scene("mug", 31), "mug")])
    assert isinstance(caught.value, ValueError)
    assert snapshot(taught) == before
    assert sorted(taught.folder.glob("frames/*/*")) == files


@pytest.mark.parametrize("label", ["", "  ", "a\nb", "x" * 101])
def test_a_label_that_cannot_be_meant_is_refused_everywhere(taught: Brain, label: str) -> None:
    before = snapshot(taught)
    for refused in (
        lambda: taught.tag(scene("mug", 30), label),
        lambda: taught.retag([before[0][0].id], label),
        lambda: taught.rename_class("mug", label),
    ):
        with pytest.raises(e.BadInput):
            refused()
    assert snapshot(taught) == before


def test_frames_and_classes_that_are_not_there_are_refused(taught: Brain) -> None:
    before, known = snapshot(taught), taught.store.frames()[0].id
    with pytest.raises(e.UnknownFrame, match="holds no frame 'f00d'"):
        taught.untag("f00d")
    with pytest.raises(e.UnknownFrame):
        taught.retag([known, "f00d"], "spoon")  # the first must not be retagged either
    with pytest.raises(e.UnknownFrame):
        taught.picture("f00d")
    with pytest.raises(e.UnknownClass, match="no class 'spoon'; it has 'cup', 'fork', 'mug'"):
        taught.remove_class("spoon")
    with pytest.raises(e.UnknownClass):
        taught.merge_classes("mug", "spoon")
    with pytest.raises(e.BadInput, match="there is a class 'cup' already"):
        taught.rename_class("mug", "cup")
    assert snapshot(taught) == before


def test_merging_a_class_into_another_is_what_tagging_it_so_gives(taught: Brain) -> None:
    roles = {frame.id: frame.role for frame in taught.store.frames()}
    assert taught.merge_classes("mug", "cup") == 8
    assert [info.label for info in taught.classes()] == ["cup", "fork"]
    assert taught.head_digest() == rebuilt(taught)
    assert {frame.id: frame.role for frame in taught.store.frames()} == roles


def test_a_frame_is_found_by_the_beginning_of_its_id(taught: Brain) -> None:
    frames = taught.store.frames()
    assert taught.frame_id(frames[3].id[:12]) == frames[3].id
    with pytest.raises(e.UnknownFrame, match="24 frames"):
        taught.frame_id("")
    with pytest.raises(e.UnknownFrame, match="no frame"):
        taught.frame_id("%")


def test_a_segment_that_cannot_be_written_loses_no_tag_and_hides_none(
    taught: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backups, "append_segment", full)
    tag = taught.tag(scene("mug", 60), "mug")  # it is committed: segments are the second line of defence
    assert taught.store.frame(tag.frame_id).label == "mug"
    assert taught.head_digest() == rebuilt(taught)


# ── bursts ──────────────────────────────────────────────────────────────────────────────────────


def test_a_near_duplicate_of_a_reserved_frame_joins_its_burst(brain: Brain) -> None:
    brain.tag(scene("mug", 0), "mug")
    reserved = brain.tag(scene("mug", 1), "mug")
    assert reserved.role == "reserved"
    before = brain.head_digest()
    for number in range(3):
        twin = brain.tag(again(scene("mug", 1), number), "mug")
        assert (twin.burst, twin.role) == (reserved.burst, "reserved")
    assert brain.head_digest() == before == rebuilt(brain), "nothing of it was learned"


def test_a_near_duplicate_finds_its_burst_on_another_day_too(brain: Brain) -> None:
    tags = [brain.tag(scene("mug", number), "mug") for number in range(2)]
    assert [tag.role for tag in tags] == ["learned", "reserved"]
    for number, tag in enumerate(tags):
        with Brain.open(brain.folder) as next_day:
            twin = next_day.tag(again(scene("mug", number)), "mug")
            assert (twin.burst, twin.role) == (tag.burst, tag.role)


def test_near_duplicates_that_come_together_are_one_burst(brain: Brain) -> None:
    tags = brain.tag_many([(again(scene("mug"), number), "mug") for number in range(4)])
    assert len({tag.burst for tag in tags}) == 1


def test_a_near_duplicate_of_a_frame_with_a_named_burst_joins_it_in_the_same_call(brain: Brain) -> None:
    brain.tag(scene("mug", 0), "mug")
    exposures = [brain.exposer.expose(picture) for picture in (scene("mug", 1), again(scene("mug", 1)))]
    named, twin = brain.tag_exposures([Tagging(exposures[0], "mug", burst="shelf"), Tagging(exposures[1], "mug")])
    assert (named.burst, named.role) == ("shelf", "reserved")
    assert (twin.burst, twin.role) == ("shelf", "reserved")


def test_what_follows_a_picture_that_is_here_already_joins_the_burst_it_has(brain: Brain) -> None:
    brain.tag(scene("mug", 0), "mug")
    reserved = brain.tag(scene("mug", 1), "mug", burst="shelf")
    assert reserved.role == "reserved"
    brain.untag(reserved.frame_id)
    with Brain.open(brain.folder) as next_day:
        assert next_day.tag(scene("mug", 1), "mug", source="camera:0").burst == "shelf"
        twin = next_day.tag(again(scene("mug", 1)), "mug", source="camera:0")
        assert (twin.burst, twin.role) == ("shelf", "reserved")


def test_other_scenes_start_bursts_of_their_own(brain: Brain) -> None:
    tags = [brain.tag(scene("mug", number), "mug") for number in range(6)]
    assert len({tag.burst for tag in tags}) == 6
    assert [tag.role for tag in tags] == ["learned", "reserved", "learned", "learned", "learned", "reserved"]


def test_a_burst_that_is_named_is_believed(brain: Brain) -> None:
    first = brain.tag(scene("mug", 0), "mug", burst="table")
    assert brain.tag(scene("cup", 7), "cup", burst="table").role == first.role
    assert brain.tag(again(scene("mug", 0)), "mug", burst="shelf").burst == "shelf"
    assert {frame.burst for frame in brain.store.frames()} == {"table", "shelf"}


def test_pictures_of_one_source_are_one_burst_while_they_look_alike(
    brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    for name in ("now", "elapsed"):
        monkeypatch.setattr(clock, name, lambda: now)
    first = brain.tag(scene("mug"), "mug", source="camera:0")
    alike, alike_too = changed(scene("mug"), 8, 1), changed(scene("mug"), 8, 2)
    now += 20
    assert brain.tag(alike, "mug", source="camera:0").burst == first.burst
    now += 20
    assert brain.tag(scene("cup"), "cup", source="camera:0").burst != first.burst, "the scene has changed"
    now += 1
    assert brain.tag(alike_too, "mug", source="camera:0").burst != first.burst, "its last picture showed another scene"


def test_a_pause_ends_a_burst_and_another_source_begins_one(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    for name in ("now", "elapsed"):
        monkeypatch.setattr(clock, name, lambda: now)
    first = brain.tag(scene("mug"), "mug", source="camera:0")
    assert brain.tag(changed(scene("mug"), 8, 1), "mug", source="camera:1").burst != first.burst
    now += 31
    later = brain.tag(changed(scene("mug"), 8, 2), "mug", source="camera:0")
    assert later.burst != first.burst
    now += 31
    assert brain.tag(again(changed(scene("mug"), 8, 2)), "mug", source="camera:0").burst == later.burst


def test_after_an_hour_the_same_view_is_another_visit(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    for name in ("now", "elapsed"):
        monkeypatch.setattr(clock, name, lambda: now)
    first = brain.tag(scene("mug"), "mug", source="camera:0")
    now += 3601
    second = brain.tag(again(scene("mug"), 1), "mug", source="camera:0")
    assert second.burst != first.burst
    assert (first.role, second.role) == ("learned", "reserved")


def test_a_wall_clock_that_jumps_between_two_pictures_of_a_source_does_not_make_two_scenes(
    brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1717156800.0
    monkeypatch.setattr(clock, "now", lambda: now)
    first = brain.tag(scene("mug"), "mug", source="camera:0")
    for number, jump in enumerate((10 * 365 * 86400.0, -20 * 365 * 86400.0)):
        now += jump
        later = brain.tag(changed(scene("mug"), 3, number), "mug", source="camera:0")
        assert (later.burst, later.role) == (first.burst, first.role)


def test_a_near_duplicate_of_this_visit_counts_though_one_of_another_visit_is_nearer(
    brain: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    for name in ("now", "elapsed"):
        monkeypatch.setattr(clock, name, lambda: now)
    view, alike = scene("mug"), changed(scene("mug"), 1)
    yesterday = brain.tag(view, "mug", source="camera:0")
    now += 86_400
    today = brain.tag(alike, "mug", source="camera:0")
    assert (yesterday.role, today.role) == ("learned", "reserved")
    now += 60
    brain.tag(scene("cup"), "cup", source="camera:0")  # the camera looked away, and back
    now += 60
    dimmer = (view * 0.98).astype(np.uint8)  # nearer to yesterday's view than to today's
    back = brain.tag(dimmer, "mug", source="camera:0")
    assert (back.burst, back.role) == (today.burst, "reserved")


def test_pictures_of_one_call_came_one_after_the_other(brain: Brain) -> None:
    alike = changed(scene("mug"), 4)
    together = brain.tag_many([(scene("mug"), "mug"), (alike, "mug")])
    assert together[0].burst == together[1].burst
    apart = [brain.tag(picture, "fork") for picture in (scene("fork"), changed(scene("fork"), 4))]
    assert apart[0].burst != apart[1].burst


# ── extractor and region ────────────────────────────────────────────────────────────────────────


def pretend_another_extractor(brain: Brain) -> None:
    brain.store.database.execute("UPDATE settings SET value = 'pixels:0' WHERE key = 'fingerprint'")


def test_codes_of_another_extractor_are_refused_with_both_names_until_retrain(taught: Brain) -> None:
    before = snapshot(taught)
    pretend_another_extractor(taught)
    with Brain.open(taught.folder) as brain:
        for refused in (lambda: brain.predict(scene("mug")), lambda: brain.tag(scene("mug", 70), "mug")):
            with pytest.raises(e.ExtractorMismatch, match=r"pixels:0.*pixels:1.*edge-brain retrain --extractor"):
                refused()
        assert snapshot(brain) == before
        assert "extractor" in [finding.check for finding in examine(brain) if not finding.ok]
        told: list[tuple[int, int]] = []
        brain.retrain(extractor="pixels", progress=lambda done, total: told.append((done, total)))
        assert told == [(done, 24) for done in range(1, 25)]
        assert snapshot(brain) == before
        assert brain.predict(scene("mug")).label == "mug"
        assert_sound(brain)


def left_and_right(left: str, right: str, number: int) -> np.ndarray:
    return np.concatenate([scene(left, number), scene(right, number)], axis=1)


def test_only_the_region_is_looked_at(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "right", extractor="pixels", region="0.5,0,0.5,1") as brain:
        assert brain.region == Region(0.5, 0, 0.5, 1)
        for number in range(4):
            for label in ("mug", "cup"):
                brain.tag(left_and_right("table", label, number), label)
        for label in ("mug", "cup"):
            seen = brain.predict(left_and_right("table", label, 9))
            assert seen.ranking[0][0] == label
            assert brain.predict(left_and_right("shelf", label, 9)) == seen, "what is outside makes no difference"
        assert brain.head_digest() == rebuilt(brain)


def test_retraining_with_another_region_makes_every_code_anew(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "left", extractor="pixels", region="0,0,0.5,1") as brain:
        for number in range(4):
            brain.tag(left_and_right("cup", "mug", number), "mug", burst=str(number))
        before = brain.head_digest()
        brain.retrain(region="0.5,0,0.5,1")
        assert brain.head_digest() == rebuilt(brain) != before
        assert_sound(brain)
        brain.retrain(region=Region(0, 0, 0.5, 1))
        assert brain.head_digest() == before


def test_a_brain_that_is_open_elsewhere_follows_a_retrain_with_another_region(tmp_path: Path) -> None:
    with (
        Brain.create(tmp_path / "left", extractor="pixels", region="0,0,0.5,1") as brain,
        Brain.open(tmp_path / "left") as other,
    ):
        for number in range(4):
            other.tag(left_and_right("cup", "mug", number), "mug", burst=str(number))
        brain.retrain(region="0.5,0,0.5,1")
        assert other.head_digest() == brain.head_digest()
        other.tag(left_and_right("cup", "mug", 9), "mug")
        assert other.head_digest() == brain.head_digest() == rebuilt(brain)


def test_a_brain_that_is_open_elsewhere_follows_a_retrain_with_another_extractor(taught: Brain) -> None:
    with Brain.open(taught.folder) as other:
        assert other.predict(scene("mug", 80)).label == "mug"
        taught.retrain(extractor="lite0-192")
        fresh = large(scene("fork", 81))
        assert dict(other.predict(fresh).ranking) == pytest.approx(dict(taught.predict(fresh).ranking), abs=1e-3)
        tag = other.tag(fresh, "fork")
        code = other.store.code(other.store.frame(tag.frame_id))
        assert len(code) == int(other.store.setting("code_length")) == 1280
        assert other.head_digest() == taught.head_digest()
        assert_sound(taught)


def test_a_frame_that_comes_while_retraining_gets_a_code_of_the_new_kind(tmp_path: Path) -> None:
    with (
        Brain.create(tmp_path / "left", extractor="pixels", region="0,0,0.5,1") as brain,
        Brain.open(tmp_path / "left") as other,
    ):
        brain.tag(left_and_right("cup", "mug", 0), "mug")

        def meanwhile(done: int, total: int) -> None:
            assert other.tag(left_and_right("cup", "fork", 5), "fork").role == "learned"

        brain.retrain(region="0.5,0,0.5,1", progress=meanwhile)
        assert brain.head_digest() == rebuilt(brain)


def test_a_picture_that_was_coded_before_a_retrain_elsewhere_is_refused(taught: Brain) -> None:
    frame = taught.exposer.expose(large(scene("mug", 70)))
    with Brain.open(taught.folder) as other:
        other.retrain(extractor="lite0-192")
        before = snapshot(other)
        with pytest.raises(e.ExtractorMismatch, match=r"pixels:1.*lite0-192:.*nothing was changed, try again"):
            taught.tag_exposures([Tagging(frame, "mug")])
        assert snapshot(other) == before
        taught.tag_exposures([Tagging(taught.exposer.expose(large(scene("mug", 70))), "mug")])
        assert taught.head_digest() == other.head_digest() != before[2]


def test_a_brain_that_wakes_up_while_another_retrains_follows(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    last_event = Store.last_event

    def after_a_retrain(store: Store) -> int:
        monkeypatch.setattr(Store, "last_event", last_event)
        taught.retrain(extractor="lite0-192")
        return last_event(store)

    with Brain.open(taught.folder) as other:
        monkeypatch.setattr(Store, "last_event", after_a_retrain)
        other.head_digest()
        assert other.head_digest() == taught.head_digest()


def test_a_picture_that_is_looked_at_while_another_retrains_gets_an_answer_or_our_error(
    taught: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict_codes = Brain.predict_codes

    def after_a_retrain(brain: Brain, codes: list[bytes]) -> object:
        monkeypatch.setattr(Brain, "predict_codes", predict_codes)
        taught.retrain(extractor="lite0-192")
        return predict_codes(brain, codes)

    with Brain.open(taught.folder) as other:
        monkeypatch.setattr(Brain, "predict_codes", after_a_retrain)
        with suppress(e.ExtractorMismatch):
            assert other.predict(large(scene("mug", 90))).ranking
        assert other.predict(large(scene("mug", 90))).ranking == taught.predict(large(scene("mug", 90))).ranking


def test_retraining_mends_a_head_and_a_code_that_were_damaged(taught: Brain) -> None:
    before, frame = snapshot(taught), taught.store.frames()[0]
    code = taught.store.code(frame)
    taught.store.database.execute("UPDATE codes SET code = zeroblob(192) WHERE frame = ?", (frame.number,))
    taught.store.database.execute("UPDATE head SET count = count + 1 WHERE label = 'mug'")
    with Brain.open(taught.folder) as brain:
        with pytest.raises(e.BrainDamaged, match="edge-brain retrain"):
            brain.head_digest()
        brain.retrain()
        assert brain.store.code(frame) == code
        assert snapshot(brain) == before
        assert_sound(brain)


def test_retraining_while_a_picture_is_damaged_changes_nothing(taught: Brain) -> None:
    before, frame = snapshot(taught), taught.store.frames()[5]
    taught.store.path(frame).write_bytes(b"no picture")
    with pytest.raises(e.BadPicture):
        taught.retrain(region="0,0,0.5,1")
    assert snapshot(taught) == before
    assert taught.region == Region()
    taught.retrain()  # every code is there: no picture is needed
    assert snapshot(taught) == before


# ── asking ──────────────────────────────────────────────────────────────────────────────────────


def test_the_score_hears_reserved_frames_and_learned_ones_that_are_left_out(taught: Brain) -> None:
    score = taught.score()
    assert (score.classes, score.learned, score.reserved, score.bursts) == (3, 18, 6, 24)
    assert [image.role for image in score.images] == ["reserved"] * 6, "but only reserved ones are shown"
    assert score.accuracy == score.balanced_accuracy == 1.0
    assert score.level == "Great"
    assert set(score.per_class) == set(CLASSES)
    told = [(own.learned, own.learned_bursts, own.reserved, own.judged_bursts) for own in score.per_class.values()]
    assert told == [(6, 6, 2, 8)] * 3


def test_a_learned_scene_that_the_others_contradict_lowers_the_score(taught: Brain) -> None:
    stranger = taught.tag(scene("fork", 50), "cup", burst="stranger")
    assert stranger.role == "learned"
    score = taught.score()
    assert score.accuracy == 1.0, "every reserved frame is still right"
    assert score.per_class["cup"].accuracy == pytest.approx(8 / 9)


def swapped(brain: Brain) -> str:
    """Tag many scenes of two classes, one frame wrongly, and return that frame's id."""
    pairs = [(scene(label, number), label) for label in ("cup", "mug") for number in range(30)]
    tags = brain.tag_many(pairs)
    wrong = next(tag for tag in tags if tag.role == "learned" and tag.label == "cup")
    brain.retag([wrong.frame_id], "mug")
    return wrong.frame_id


def test_the_frame_that_is_tagged_wrongly_is_the_first_suspect(brain: Brain) -> None:
    wrong = swapped(brain)
    first = brain.suspects()[0]
    assert (first.id, first.label, first.looks_like, first.role) == (wrong, "mug", "cup", "learned")
    assert first.sure > 0.5
    assert len(brain.suspects(precision=0)) == 60, "all of them, ranked"
    (told,) = (advice for advice in brain.score().advice if advice.kind == "suspect")
    assert told.frames == (wrong,)
    brain.retag([wrong], "cup")
    assert wrong not in {each.id for each in brain.suspects()}


def test_a_score_does_no_work_for_advice_until_it_is_looked_at(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Score] = []
    monkeypatch.setattr(advice, "advise", lambda score, *_: asked.append(score) or [])
    score = taught.score()
    assert not asked
    assert list(score.advice) == [] and list(score.advice) == []
    assert len(asked) == 1


def test_advice_that_is_looked_at_after_the_next_tag_still_describes_its_own_score(brain: Brain) -> None:
    swapped(brain)
    score = brain.score()
    brain.tag(scene("fork"), "fork")
    brain.score()
    assert list(score.advice) == advice.advise(score), "what the score alone tells"
    assert not [label for each in score.advice for label in each.labels if label == "fork"]


def test_advice_can_be_read_when_the_brain_is_closed(brain: Brain) -> None:
    wrong = swapped(brain)
    score = brain.score()
    brain.close()
    assert wrong in {frame for each in score.advice for frame in each.frames}


def test_what_is_wrong_with_a_picture_is_kept_with_it(brain: Brain) -> None:
    dark = brain.tag(scene("mug") // 20, "mug")
    bright = brain.tag(scene("mug", 1), "mug")
    brain.untag(bright.frame_id)
    with Brain.open(brain.folder) as reopened:
        told = {image.id: image for image in reopened.images()}
    assert told[dark.frame_id].faults == ("dark", "tiny")
    assert told[bright.frame_id].faults == ("tiny",)
    assert told[dark.frame_id].brightness == pytest.approx(0.02, abs=0.02) and told[dark.frame_id].side == 64


def test_a_wrong_tag_on_a_reserved_frame_lowers_the_score_and_no_head(taught: Brain) -> None:
    before, digest = taught.score(), taught.head_digest()
    reserved = before.images[0]
    taught.retag([reserved.id], "mug" if reserved.label != "mug" else "cup")
    after = taught.score()
    assert after.accuracy == pytest.approx(5 / 6)
    assert taught.head_digest() == digest


def test_the_history_tells_what_the_score_became_and_why(brain: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1717156800.0)
    brain.tag_many([(scene("mug", number), "mug") for number in range(3)])
    first = brain.score()
    brain.score()  # nothing was tagged since: no line
    brain.tag(scene("cup"), "cup")
    brain.untag(brain.store.frames()[0].id)
    second = brain.score()
    lines = brain.history()
    assert [line.cause for line in lines] == [
        "learned 2 frames of `mug`, reserved 1 frame of `mug`",
        "learned 1 frame of `cup`, untagged 1 frame of `mug`",
    ]
    for line, score in zip(lines, (first, second), strict=True):
        assert line.at == 1717156800.0
        figures = (line.level, line.accuracy, line.balanced_accuracy, line.classes, line.learned, line.reserved)
        assert figures == (
            score.level, score.accuracy, score.balanced_accuracy, score.classes, score.learned, score.reserved,
        )  # fmt: skip
        assert line.interval == (None if score.interval is None else pytest.approx(score.interval))
    with Brain.open(brain.folder) as reopened:
        assert reopened.history() == lines


def test_a_busy_brain_still_tells_its_score(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise e.BrainBusy("locked")

    with Brain.open(taught.folder) as brain:
        monkeypatch.setattr(brain.store.history, "add", busy)
        assert brain.score().level == "Great"
        assert brain.history() == []


def test_images_are_all_frames_in_the_order_they_came(taught: Brain) -> None:
    untagged = taught.store.frames()[4]
    taught.untag(untagged.id)
    told = taught.images()
    assert [image.id for image in told] == [frame.id for frame in taught.store.frames()]
    for image, frame in zip(told, taught.store.frames(), strict=True):
        assert (image.label, image.role, image.burst) == (frame.label, frame.role, frame.burst)
        assert image.tagged == image.label
        if image.id == untagged.id:
            assert (image.predicted, image.right) == ("cup", None)
        else:
            assert image.right is (image.predicted == image.label)


def test_a_learned_frame_is_told_as_if_its_burst_had_never_been_learned(brain: Brain) -> None:
    for number in range(4):
        brain.tag(scene("mug", number), "mug", burst=f"mug {number}")
        brain.tag(scene("cup", number), "cup", burst=f"cup {number}")
    liar = brain.tag(scene("cup", 9), "mug", burst="liar")
    assert liar.role == "learned"
    image = next(image for image in brain.images() if image.id == liar.frame_id)
    assert (image.label, image.predicted, image.right) == ("mug", "cup", False)


def test_a_frame_whose_burst_is_all_of_its_class_has_no_answer(brain: Brain) -> None:
    brain.tag(scene("mug"), "mug")
    brain.tag(scene("cup"), "cup")
    assert [(image.predicted, image.right) for image in brain.images()] == [(None, None)] * 2


def test_a_picture_whose_file_is_gone_still_has_its_thumbnail(brain: Brain) -> None:
    tag = brain.tag(large(scene("mug")), "mug")
    whole = images.decode(brain.picture(tag.frame_id))
    brain.store.path(brain.store.frame(tag.frame_id)).unlink()
    small = images.decode(brain.picture(tag.frame_id))
    assert whole.width == 320 and small.width <= 160
    assert np.array_equal(images.fit(small.pixels, 8, 8) > 100, images.fit(whole.pixels, 8, 8) > 100)


# ── several at once ─────────────────────────────────────────────────────────────────────────────


def test_two_brains_on_one_folder_see_each_others_tags_without_reopening(taught: Brain) -> None:
    with Brain.open(taught.folder) as other:
        assert other.head_digest() == taught.head_digest()
        tag = other.tag(scene("spoon"), "spoon")
        assert taught.predict(scene("spoon", 1)).ranking[0][0] == "spoon"
        assert "spoon" in [info.label for info in taught.classes()]
        taught.untag(tag.frame_id)
        assert "spoon" not in dict(other.predict(scene("spoon", 1)).ranking)
        assert other.head_digest() == taught.head_digest() == rebuilt(taught)


def test_tags_that_came_and_went_elsewhere_leave_nothing_behind(taught: Brain) -> None:
    before = taught.head_digest()
    with Brain.open(taught.folder) as other:
        other.untag(other.tag(scene("spoon"), "spoon").frame_id)
    assert taught.head_digest() == before
    assert dict(taught.predict(scene("mug")).ranking).keys() == set(CLASSES)


TAG_ONE = """
import sys
from edge_brain import Brain
with Brain.open(sys.argv[1]) as brain:
    for path in sys.argv[3:]:
        print(brain.tag(path, sys.argv[2]).frame_id, flush=True)
"""


def test_a_brain_sees_what_another_process_tagged(taught: Brain, tmp_path: Path, run: Run) -> None:
    path = save(tmp_path, "spoon.jpg", scene("spoon"))
    with Brain.open(taught.folder) as only_predicts:
        assert only_predicts.predict(scene("spoon", 1)).ranking[0][0] != "spoon"
        assert run(TAG_ONE, taught.folder, "spoon", path).stdout.split() == [content_id(path.read_bytes())]
        assert only_predicts.predict(scene("spoon", 1)).ranking[0][0] == "spoon"
    assert taught.predict(scene("spoon", 1)).ranking[0][0] == "spoon"
    assert taught.head_digest() == rebuilt(taught)


def test_processes_that_tag_at_the_same_time_lose_nothing(brain: Brain, tmp_path: Path, run: Run) -> None:
    paths = {c: [save(tmp_path, f"{c}/{n}.jpg", scene(c, n)) for n in range(12)] for c in CLASSES}
    said: dict[str, list[str]] = {}

    def tag(label: str) -> None:
        said[label] = run(TAG_ONE, brain.folder, label, *paths[label]).stdout.split()

    threads = [threading.Thread(target=tag, args=(label,)) for label in CLASSES]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {frame.id: frame.label for frame in brain.store.frames()} == {
        content_id(path.read_bytes()): label for label in CLASSES for path in paths[label]
    }
    assert [info.learned + info.reserved for info in brain.classes()] == [12] * 3
    assert brain.store.last_event() == 36
    segment = (brain.folder / "backups" / "events-00000000.jsonl").read_text().splitlines()
    assert {json.loads(line)["sequence"] for line in segment} == set(range(1, 37))
    assert brain.head_digest() == rebuilt(brain)
    assert_sound(brain)


def test_a_tag_that_comes_while_a_brain_catches_up_is_learned_once(
    taught: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Brain.open(taught.folder) as other:
        taught.head_digest()
        assert other.tag(scene("mug", 40), "mug").role == "learned"
        last_event = Store.last_event

        def then_another_tags(store: Store) -> int:
            last = last_event(store)
            monkeypatch.setattr(Store, "last_event", last_event)
            assert other.tag(scene("cup", 41), "cup").role == "learned"
            return last

        monkeypatch.setattr(Store, "last_event", then_another_tags)
        taught.head_digest()
        assert other.tag(scene("fork", 42), "fork").role == "learned"
        assert taught.head_digest() == other.head_digest() == rebuilt(taught)


def test_a_frame_that_comes_while_images_are_listed_disturbs_nothing(
    taught: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Brain.open(taught.folder) as other:
        learner = memory.Memory.learner

        def then_another_tags(held: memory.Memory) -> object:
            known = learner(held)
            monkeypatch.setattr(memory.Memory, "learner", learner)
            other.tag(scene("mug", 41), "mug")
            return known

        monkeypatch.setattr(memory.Memory, "learner", then_another_tags)
        assert len(taught.images()) in (24, 25)


def test_threads_may_predict_while_one_tags(brain: Brain) -> None:
    brain.tag(scene("mug"), "mug")
    stop, failed, answered = threading.Event(), list[BaseException](), 0

    def predict() -> None:
        nonlocal answered
        try:
            while not stop.is_set():
                answer = brain.predict(scene("mug", 50))
                assert sum(share for _, share in answer.ranking) == pytest.approx(1)
                answered += 1
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=predict) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(40):
            tag = brain.tag(scene(CLASSES[number % 3], number), CLASSES[number % 3])
            if number % 5 == 4:
                brain.untag(tag.frame_id)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == [] and answered > 0
    assert brain.head_digest() == rebuilt(brain)


# ── the classifier that is kept ─────────────────────────────────────────────────────────────────


def no_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("codes were loaded")

    monkeypatch.setattr(Store, "changes", refuse)


def test_the_next_process_predicts_without_loading_codes(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    with Brain.open(taught.folder) as other:
        wanted = other.predict(scene("mug", 90))
    no_codes(monkeypatch)
    with Brain.open(taught.folder) as brain:
        assert brain.predict(scene("mug", 90)) == wanted
        assert brain.threshold() == wanted.threshold
        with pytest.raises(RuntimeError, match="codes were loaded"):
            brain.head_digest()  # so the trap is armed


def test_a_classifier_of_other_tags_is_not_used(taught: Brain) -> None:
    with Brain.open(taught.folder) as other:
        other.predict(scene("mug", 90))
    taught.tag(scene("spoon"), "spoon")
    with Brain.open(taught.folder) as brain:
        assert brain.predict(scene("spoon", 1)).ranking[0][0] == "spoon"


def test_a_kept_classifier_is_dropped_when_another_process_tags(taught: Brain) -> None:
    with Brain.open(taught.folder) as other:
        other.predict(scene("mug", 90))
    with Brain.open(taught.folder) as brain:
        assert "spoon" not in dict(brain.predict(scene("spoon", 1)).ranking)
        taught.tag(scene("spoon"), "spoon")
        assert brain.predict(scene("spoon", 1)).ranking[0][0] == "spoon"


def test_a_kept_classifier_that_is_damaged_is_made_again(taught: Brain) -> None:
    with Brain.open(taught.folder) as other:
        wanted = other.predict(scene("mug", 90))
    database = taught.store.database
    assert database.value("SELECT count(*) FROM views") == 1
    database.execute("UPDATE views SET value = zeroblob(length(value))")
    with Brain.open(taught.folder) as brain:
        again = brain.predict(scene("mug", 90))
        assert again.label == wanted.label
        assert dict(again.ranking) == pytest.approx(dict(wanted.ranking))


# ── the real network ────────────────────────────────────────────────────────────────────────────


def test_the_shipped_network_learns_on_the_spot(tmp_path: Path) -> None:
    def stripes(across: bool, period: int) -> np.ndarray:
        wave = (np.arange(256) // period % 2 * 200).astype(np.uint8)
        picture = np.broadcast_to(wave if across else wave[:, None], (256, 256))
        return np.ascontiguousarray(np.stack([picture] * 3, axis=2))

    with Brain.create(tmp_path / "stripes") as brain:
        assert brain.extractor == "lite0-224"
        for period in (8, 20):
            brain.tag(stripes(True, period), "across", burst=f"across {period % 2}")
            brain.tag(stripes(False, period), "down", burst=f"down {period % 2}")
        assert brain.predict(stripes(True, 14)).label == "across"
        assert brain.predict(stripes(False, 14)).label == "down"
        assert len(brain.store.code(brain.store.frames()[0])) == 1280


# ── fixed cameras, twins, and what came later ───────────────────────────────────────────────────


def test_a_fixed_camera_that_sees_things_come_and_go_gives_each_class_its_own_scenes(brain: Brain) -> None:
    view = scene("mug")
    mug = brain.tag(view, "mug", source="camera:0")
    cup = brain.tag(changed(view, 4), "cup", source="camera:0")
    assert mug.burst != cup.burst
    assert brain.tag(again(view), "mug", source="camera:0").burst == mug.burst


def test_the_twin_of_a_reserved_frame_is_reserved_whatever_burst_it_is_said_to_be_in(brain: Brain) -> None:
    brain.tag(scene("mug", 1), "mug", burst="morning")
    reserved = brain.tag(scene("mug", 2), "mug", burst="noon")
    twin = scene("mug", 2)
    twin[0, 0] = 255 - twin[0, 0]
    told = brain.tag(twin, "mug", burst="evening")
    assert told.frame_id != reserved.frame_id
    assert (told.burst, told.role) == ("noon", "reserved")


def test_retraining_with_another_region_stands_in_the_history(taught: Brain) -> None:
    taught.score()
    taught.retrain(region="0,0,0.5,1")
    taught.score()
    assert [line.cause for line in taught.history()][1:] == ["retrained with pixels:1 0.0,0.0,0.5,1.0"]


def test_what_is_remembered_of_sources_does_not_grow_with_the_tags(brain: Brain) -> None:
    for number in range(300):
        brain.tag(scene("mug", number % 3), "mug", source=f"camera:{number}")
    assert len(brain._memory.learner().sightings._scenes) <= 256


@pytest.mark.parametrize("wrong", ["", " ", "a\nb", 5])
def test_the_name_of_a_burst_is_checked(brain: Brain, wrong: object) -> None:
    with pytest.raises(e.BadInput, match="a burst"):
        brain.tag(scene("mug"), "mug", burst=wrong)  # type: ignore[arg-type]
    assert brain.store.frames() == []


def test_a_frame_whose_picture_is_gone_is_coded_from_its_thumbnail(taught: Brain) -> None:
    frame = taught.store.frames()[0]
    taught.store.path(frame).unlink()
    taught.retrain(region="0,0,0.5,1")
    assert taught.exposer.code(taught.store.thumbnail(frame)).tobytes() == taught.store.code(frame)


def test_of_two_who_relabel_a_frame_as_they_have_seen_it_one_is_told_that_it_came_too_late(taught: Brain):
    frame = taught.images()[0].id
    with Brain.open(taught.folder) as other, ThreadPoolExecutor(2) as pool:

        def race(brain: Brain, seen: str | None, label: str) -> bool:
            try:
                brain.relabel({frame: label}, expected={frame: seen})
            except e.TagChanged:
                return False
            return True

        for number in range(25):
            seen, labels = taught.store.frame(frame).label, [f"one {number}", f"other {number}"]
            won = list(pool.map(race, (taught, other), (seen, seen), labels))
            assert won.count(True) == 1
            assert taught.store.frame(frame).label == labels[won.index(True)]
