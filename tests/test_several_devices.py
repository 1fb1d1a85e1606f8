"""What a person sees of a brain that several devices have taught: who took what, how it does, what is not here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from folders import save
from pictures import scene
from replicas import everything, segment
from test_cli import run
from test_room import disk as disk
from test_room import made

from edge_brain import Brain, config, examine, export_folder, import_folder, report_html
from edge_brain.errors import BadInput
from edge_brain.records import Tagging
from edge_brain.repair import repair
from edge_brain.replica import Segment
from edge_brain.tagging.queue import Queue

LABELS = ("cup", "fork", "mug")
WRONG = {"cup": "mug", "fork": "cup", "mug": "fork"}


def told_by(far: Brain, *, thumbnails: bool = True) -> Segment:
    """Return all that a device has to tell."""
    whole = segment(far.store, [event for _, event in everything(far.store)], [f.id for f in far.store.frames()])
    looks = whole.looks if thumbnails else [replace(look, thumbnail=b"") for look in whole.looks]
    return replace(whole, name=far.device_name, looks=looks)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Brain]:
    """A brain on another device that has two scenes of each class, and four pictures that nobody tagged."""
    with Brain.create(tmp_path / "far", extractor="pixels") as far:
        far.device_name = "greenhouse-2"
        far.tag_many([(scene(label, 100 + number), label) for label in LABELS for number in range(2)])
        far.keep_exposures([far.exposer.expose(scene("cup", 200 + number)) for number in range(4)])
        yield far


@pytest.fixture
def merged(taught: Brain, far: Brain) -> Brain:
    """The brain that knows three classes, to which the other device has told what it has."""
    taught.device_name = "shed"
    taught.merge(told_by(far))
    return taught


def away_of(brain: Brain) -> list[str]:
    return [frame.id for frame in brain.store.frames() if frame.away]


# ── who took what ───────────────────────────────────────────────────────────────────────────────


def test_a_device_is_called_as_its_machine_until_it_is_given_a_name(brain: Brain, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(config, "host_name", lambda: "raspberrypi")
    assert brain.device_name == "raspberrypi"
    brain.device_name = " greenhouse-2 "
    with Brain.open(brain.folder) as again:
        assert again.device_name == "greenhouse-2"
    for bad in ("", "two\nlines", "x" * 101):
        with pytest.raises(BadInput, match="device's name"):
            brain.device_name = bad
    assert brain.device_name == "greenhouse-2"
    assert '"name": "greenhouse-2"' in (brain.folder / "backups" / "settings.json").read_text()


def test_a_repair_brings_the_name_back(brain: Brain):
    brain.device_name = "greenhouse-2"
    brain.tag(scene("cup"), "cup")
    brain.close()
    for path in brain.folder.glob("brain.db*"):
        path.unlink()
    repair(brain.folder)
    with Brain.open(brain.folder) as again:
        assert again.device_name == "greenhouse-2"


def test_a_brain_tells_which_devices_took_its_frames(merged: Brain, far: Brain):
    here, there = merged.devices()
    assert (here.name, here.here, here.frames, here.learned, here.reserved) == ("shed", True, 24, 18, 6)
    assert (there.name, there.here, there.frames, there.learned, there.reserved) == ("greenhouse-2", False, 10, 3, 3)
    assert there.id == far.store.setting("device")
    assert there.last_event == far.store.taught_at() and here.last_event is not None
    assert [(each.id, each.frames) for each in far.devices()] == [(there.id, 10)]


def test_a_name_that_another_device_gave_itself_is_one_printable_line(taught: Brain, far: Brain):
    taught.merge(replace(told_by(far), name="shed\x1b[2J\nnext"))
    assert taught.devices()[1].name == "shed?[2J?next"


def test_what_was_taken_before_a_fork_was_noticed_stays_the_old_devices(merged: Brain, far: Brain):
    old = merged.store.setting("device")
    assert merged.score().per_device[old].here
    new = merged.store.become_new_device()
    merged.merge(told_by(far))
    devices = {each.id: each for each in merged.devices()}
    assert (devices[new].frames, devices[old].frames, devices[old].here) == (0, 24, False)
    score = merged.score().per_device
    assert new not in score and (score[old].learned, score[old].here) == (18, False), "an open brain follows"


def test_a_picture_that_came_to_two_devices_is_the_same_ones_on_both(brain: Brain, far: Brain):
    for each in (brain, far):
        each.tag(scene("spoon"), "spoon")
    for one, other in ((brain, far), (far, brain)):
        one.score()
        one.merge(told_by(other))
    first = min(each.store.setting("device") for each in (brain, far))
    for each in (brain, far):
        (spoon,) = (frame for frame in each.store.frames() if frame.label == "spoon")
        assert (spoon.device or each.store.setting("device"), spoon.away) == (first, False)


# ── beside the score ────────────────────────────────────────────────────────────────────────────


def test_a_brain_of_one_device_has_no_figures_of_devices(taught: Brain):
    assert taught.score().per_device == {}


def test_beside_the_score_each_device_has_its_own(merged: Brain, far: Brain):
    score, whole = merged.score(), merged.images()
    here, there = score.per_device[merged.store.setting("device")], score.per_device[far.store.setting("device")]
    assert (here.name, here.learned, here.reserved, here.learned_bursts, here.reserved_bursts) == ("shed", 18, 6, 18, 6)
    assert (there.frames, there.learned, there.reserved, there.reserved_bursts) == (10, 3, 3, 3)
    assert here.judged_bursts + there.judged_bursts == score.bursts
    own = [image for image in whole if image.device == far.store.setting("device") and image.label]
    assert there.accuracy == sum(image.right is True for image in own) / len(own)
    assert there.right == sum(image.right is True and image.role == "reserved" for image in own)


def test_a_site_where_tags_contradict_the_others_is_named_first(taught: Brain, far: Brain):
    far.tag_many([(scene(WRONG[label], 300 + number), label) for label in LABELS for number in range(8)])
    taught.tag_many([(scene(label, 400 + number), label) for label in LABELS for number in range(16)])
    taught.merge(told_by(far))
    kinds = [each.kind for each in taught.score().advice]
    assert "weak device" in kinds
    (weak,) = (each for each in taught.score().advice if each.kind == "weak device")
    assert "`greenhouse-2`" in weak.message and taught.devices()[1].name == "greenhouse-2"


def test_a_score_of_an_earlier_release_has_no_figures_of_devices(merged: Brain, tmp_path: Path):
    from edge_brain import plain
    from edge_brain.records import Score

    told = json.loads(json.dumps(plain.plain(replace(merged.score(), advice=[]))))
    assert plain.record(Score, told) == replace(merged.score(), advice=[])
    del told["per_device"]
    for image in told["images"]:
        del image["device"], image["away"]
    assert plain.record(Score, told).per_device == {}
    merged.release(tmp_path / "merged.brain")
    with Brain.open(tmp_path / "merged.brain") as release:
        assert release.score().per_device == merged.score().per_device


# ── the command line ────────────────────────────────────────────────────────────────────────────


def test_the_command_line_tells_of_devices_where_there_are_several(merged: Brain, far: Brain):
    lines = run(merged.folder, "score", "--details").output
    assert "Accuracy on the frames of each device, worst first:" in lines
    assert re.search(r"greenhouse-2\n +6 bursts, 90% .*; 3 learned, 3 in reserve of 10 frames", lines)
    assert "shed (this one)" in lines
    told = json.loads(run(merged.folder, "score", "--json").output)
    assert told["per_device"][far.store.setting("device")]["name"] == "greenhouse-2"
    alone = run(far.folder, "score", "--details").output
    assert "each device" not in alone
    assert json.loads(run(far.folder, "score", "--json").output)["per_device"] == {}


def test_images_tell_who_took_them_and_whether_they_are_here(merged: Brain, far: Brain):
    lines = [json.loads(line) for line in run(merged.folder, "images", "--json").output.splitlines()]
    of_far = [line for line in lines if line["device"] == far.store.setting("device")]
    assert len(of_far) == 10 and all(line["away"] for line in of_far)
    assert all(line["device"] is None and not line["away"] for line in lines if line not in of_far)


def test_a_frame_whose_picture_is_away_is_tagged_by_its_id(merged: Brain):
    frame = next(frame for frame in merged.untagged() if frame.away)
    said = run(merged.folder, "tag", "--label", "cup", frame.id[:12]).output
    assert said.startswith("Brain Score:")
    assert merged.store.frame(frame.id).label == "cup"


def test_doctor_tells_how_many_pictures_are_away_and_is_content(merged: Brain):
    (away,) = (finding for finding in examine(merged) if finding.check == "away")
    assert away.ok and away.detail == "10 pictures are on other devices, or in a hub"


# ── pictures that are away ──────────────────────────────────────────────────────────────────────


def test_an_export_leaves_out_what_is_away_and_says_how_to_have_it(merged: Brain, tmp_path: Path):
    done = export_folder(merged, tmp_path / "out")
    assert (done.frames, len(done.refused)) == (24, 6)
    assert {refused.reason for refused in done.refused} == {
        "its picture is on `greenhouse-2`: `edge-brain sync HUB --fetch all` brings it here, then export again"
    }
    assert len(list((tmp_path / "out").glob("*/*.jpg"))) == 24


def test_a_picture_that_was_thinned_is_in_a_hub(taught: Brain):
    frame = taught.store.frames()[0]
    taught.store.thin([frame.id])
    assert taught.whereabouts(taught.store.frame(frame.id)) == "its picture is in a hub"
    assert taught.whereabouts(taught.store.frames()[1]) is None


def test_an_import_of_a_picture_that_is_away_brings_it_and_leaves_its_tag(merged: Brain, far: Brain, tmp_path: Path):
    frame = next(frame for frame in far.store.frames(tagged=True) if frame.label == "cup")
    (tmp_path / "photos" / "mug").mkdir(parents=True)
    (tmp_path / "photos" / "mug" / "a.jpg").write_bytes(far.picture(frame.id))
    save(tmp_path / "photos" / "cup", "b.jpg", scene("cup", 900))
    before = merged.store.last_event()
    done = import_folder(merged, tmp_path / "photos")
    assert (done.already, merged.store.last_event()) == (1, before + 1)
    held = merged.store.frame(frame.id)
    assert (held.label, held.away) == ("cup", False)
    assert merged.picture(frame.id) == far.picture(frame.id)


def test_room_on_the_disk_is_not_made_of_frames_whose_pictures_are_elsewhere(
    merged: Brain, disk: Callable[[int], None]
):
    own = merged.exposer.expose(scene("fork", 700))
    merged.keep_exposures([own])
    merged.keep_exposures([merged.exposer.expose(scene("fork", 701))])  # the newest never goes
    away = set(away_of(merged))
    disk(0)
    dropped = made(merged, floor_bytes=2**20)
    assert not dropped.enough and [frames for frames, _ in dropped.by_reason.values()] == [1], "its own went"
    assert not merged.store.holds(own.id) and away <= set(away_of(merged))


def test_for_a_quota_they_go_last(merged: Brain, monkeypatch: pytest.MonkeyPatch):
    untagged = {frame.id for frame in merged.untagged()}
    made(merged, floor_bytes=0, quota_bytes=1)
    left = {frame.id for frame in merged.untagged()}
    assert len(untagged) == 4 and len(left) <= 1, "only the newest of all stays"


def test_after_a_retrain_with_another_region_frames_that_are_away_are_coded_from_their_thumbnails(merged: Brain):
    before = merged.score()
    merged.retrain(region="0,0,0.5,1")
    assert len(away_of(merged)) == 10
    assert (merged.score().learned, merged.score().reserved) == (before.learned, before.reserved)


def test_those_without_a_thumbnail_wait_and_count_for_nothing(taught: Brain, far: Brain):
    taught.merge(told_by(far, thumbnails=False))
    first, second, *_ = far.store.frames(tagged=True)
    taught.discard([second.id])
    taught.retrain(region="0,0,0.5,1")
    assert away_of(taught) == [] and first.id not in {image.id for image in taught.images()}
    assert taught.score().learned == 18 and taught.score().per_device == {}
    assert taught.discarded() == [], "also of what was discarded"
    (away,) = (finding for finding in examine(taught) if finding.check == "away")
    assert away.ok
    assert away.detail.endswith("10 of these frames wait for a code, and do not count until then")
    assert list(taught.store.damage()) == []


def test_what_is_discarded_and_away_can_be_brought_back_and_be_erased(merged: Brain):
    frame, other = away_of(merged)[:2]
    digest = merged.head_digest()
    merged.discard([frame])
    merged.restore([frame])
    assert merged.head_digest() == digest and merged.store.frame(frame).away
    merged.discard([other])
    assert merged.erase([other]).bytes == 0, "no picture of it was here"


def test_the_queue_of_a_terminal_says_where_the_picture_is(merged: Brain):
    queue = Queue(merged)
    assert queue.place.endswith(" · its picture is on `greenhouse-2`") and queue.pixels is not None


# ── report and pages ────────────────────────────────────────────────────────────────────────────


def test_the_report_has_a_table_of_devices_where_there_are_several(merged: Brain, far: Brain):
    html = report_html(merged)
    table = html[html.index('id="devices"') :]
    table = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", table[: table.index("</table>")]))
    assert "greenhouse-2" in table and "shed this one" in table
    assert 'id="devices"' not in report_html(far)


def test_the_pages_say_where_a_picture_is_that_is_not_here(client: FlaskClient, taught: Brain, far: Brain):
    assert 'id="devices"' not in client.get("/score").get_data(as_text=True)
    taught.merge(told_by(far))
    assert 'id="devices"' in client.get("/score").get_data(as_text=True)
    for path in ("/review/frames", "/review/untagged"):
        page = client.get(path).get_data(as_text=True)
        assert 'its picture is on <bdi class="name">greenhouse-2</bdi>' in page, path
    assert 'data-away="its picture is on greenhouse-2"' in client.get("/tag").get_data(as_text=True)
    assert "the pictures of 10 on other devices or in a hub" in client.get("/device").get_data(as_text=True)


def test_suspects_say_where_their_picture_is(client: FlaskClient, taught: Brain, tmp_path: Path):
    with Brain.create(tmp_path / "other", extractor="pixels") as other:
        other.device_name = "greenhouse-2"
        other.tag_many([(scene(label, number), label) for label in LABELS for number in range(20, 40)])
        other.tag_many([(scene("mug", 800 + number), "cup") for number in range(3)])
        taught.merge(told_by(other))
    page = client.get("/review/suspects").get_data(as_text=True)
    assert 'its picture is on <bdi class="name">greenhouse-2</bdi>' in page


@pytest.mark.parametrize("thumbnails", [True, False])
def test_a_large_view_shows_the_thumbnail_and_is_asked_for_again(
    client: FlaskClient, taught: Brain, far: Brain, thumbnails: bool
):
    frame = far.store.frames()[0].id
    taught.merge(told_by(far, thumbnails=thumbnails))
    shown = client.get(f"/picture/{frame}")
    assert shown.status_code == 200 and shown.content_type == "image/jpeg"
    assert shown.data == client.get(f"/thumbnail/{frame}").data
    assert (shown.data == far.thumbnail(frame)) is thumbnails, "else a placeholder"
    assert "immutable" not in shown.headers["Cache-Control"]
    taught.tag_exposures([Tagging(taught.exposer.expose(far.picture(frame)), "cup")])
    here = client.get(f"/picture/{frame}")
    assert here.data == far.picture(frame) and "immutable" in here.headers["Cache-Control"]
