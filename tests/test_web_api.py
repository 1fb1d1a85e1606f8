"""The JSON API: the SDK's calls by the SDK's names, and its documentation."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_spec_validator import validate
from pictures import scene
from workspaces import TOKEN, wire

from edge_brain import Brain
from edge_brain.images import encode_jpeg
from edge_brain.records import Advice
from edge_brain.report import page as report_page
from edge_brain.web import again
from edge_brain.web.app import create_app
from edge_brain.web.pages import score
from edge_brain.web.workspace import Workspace


def test_the_documentation_is_sound_openapi_and_tells_every_route(client: FlaskClient):
    document = client.get("/api/openapi.json").get_json()
    validate(document)
    routes = {
        (rule.rule, method.lower())
        for rule in client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and not rule.rule.endswith("openapi.json")
    }
    told = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert told == routes and len(told) > 15


def test_the_score_has_the_fields_of_the_sdk_and_costs_nothing_when_it_is_known(client: FlaskClient, taught: Brain):
    answer = client.get("/api/score")
    assert answer.get_json() == wire(taught.score())
    again = client.get("/api/score", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    taught.tag(scene("mug", 77), "mug")
    assert client.get("/api/score", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 200


def test_what_waits_is_told_as_it_came_or_the_most_useful_first(client: FlaskClient, taught: Brain):
    for number in range(4):
        taught.keep_exposures([taught.exposer.expose(scene(["mug", "plate", "spoon"][number % 3], 700 + number))])
    useful, came = taught.untagged(useful_first=True), taught.untagged()
    assert useful != came
    assert client.get("/api/untagged").get_json() == [wire(frame) for frame in came]
    assert client.get("/api/untagged?useful_first=true").get_json() == [wire(frame) for frame in useful]
    assert client.get("/api/untagged?useful_first=perhaps").status_code == 400


def test_a_picture_is_predicted_tagged_and_untagged_by_another_language(client: FlaskClient, taught: Brain):
    before = taught.head_digest()
    data = encode_jpeg(scene("mug", 500))
    assert client.post("/api/predict", data=data, content_type="image/jpeg").get_json() == wire(taught.predict(data))
    tag = client.post("/api/tag?label=mug&burst=new", data=data, content_type="image/jpeg").get_json()
    assert taught.store.frame(tag["frame_id"]).label == "mug" and tag["role"] in ("learned", "reserved")
    answer = client.post("/api/untag", json={"frame_id": tag["frame_id"]})
    assert answer.get_json() == {"were": {tag["frame_id"]: "mug"}}
    assert taught.head_digest() == before


def test_a_picture_is_looked_at_with_what_it_is_like_and_nothing_is_kept(client: FlaskClient, taught: Brain):
    before, frames = taught.store.last_event(), taught.images()
    data = encode_jpeg(scene("mug", 502))
    looked = client.post("/api/look", data=data, content_type="image/jpeg").get_json()
    assert looked["prediction"] == wire(taught.predict(data))
    assert looked["nearest"] == [wire(near) for near in taught.nearest(data)] and len(looked["nearest"]) == 5
    assert looked["nearest"][0]["label"] == "mug"
    assert (looked["frame_id"], looked["held"]) == (hashlib.sha256(data).hexdigest(), None)
    near = client.post("/api/nearest?count=2", data=data, content_type="image/jpeg").get_json()
    assert near == looked["nearest"][:2]
    assert (taught.store.last_event(), taught.images()) == (before, frames)


def test_a_picture_that_the_brain_holds_is_told_as_such(client: FlaskClient, taught: Brain):
    learned = next(image for image in taught.images() if image.role == "learned")
    data = taught.picture(learned.id)
    looked = client.post("/api/look", data=data, content_type="image/jpeg").get_json()
    assert looked["held"] == wire(taught.store.frame(learned.id)) and looked["frame_id"] == learned.id
    assert (looked["nearest"][0]["id"], looked["nearest"][0]["likeness"]) == (learned.id, 1.0)
    taught.untag(learned.id)
    looked = client.post("/api/look?count=1", data=data, content_type="image/jpeg").get_json()
    assert (looked["held"]["label"], looked["held"]["role"], len(looked["nearest"])) == (None, None, 1)


def test_what_undoes_a_tag_is_answered_with_it(client: FlaskClient, taught: Brain):
    before = taught.head_digest()
    learned = next(image for image in taught.images() if image.role == "learned" and image.label == "cup")
    for data, were in ((taught.picture(learned.id), "cup"), (encode_jpeg(scene("mug", 503)), None)):
        tag = client.post("/api/tag?label=fork", data=data, content_type="image/jpeg").get_json()
        assert tag["were"] == {tag["frame_id"]: were}
        client.post("/api/relabel", json={"frames": tag["were"]})
    assert taught.head_digest() == before


def test_no_tag_waits_for_the_details_that_take_long(client: FlaskClient, space: Workspace, monkeypatch):
    sections, begun, tagged = report_page.sections, Event(), Event()

    def slow(brain: Brain) -> dict[str, Any]:
        begun.set()
        assert tagged.wait(30), "the tag waits for the page"
        return sections(brain)

    monkeypatch.setattr(report_page, "sections", slow)
    with ThreadPoolExecutor() as pool:
        page = pool.submit(create_app(space).test_client().get, "/score")
        assert begun.wait(30)
        data = encode_jpeg(scene("mug", 501))
        assert client.post("/api/tag?label=mug", data=data, content_type="image/jpeg").status_code == 200
        tagged.set()
        assert page.result().status_code == 200


def test_frames_are_looked_at_once_a_state_and_no_tag_waits_for_that(
    client: FlaskClient, space: Workspace, taught: Brain, monkeypatch: pytest.MonkeyPatch
):
    look, begun, tagged, looks = again.look, Event(), Event(), []

    def slow(space: Workspace) -> again.Seen:
        looks.append(taught.store.last_event())
        begun.set()
        assert tagged.wait(30), "the tag waits for the page"
        return look(space)

    monkeypatch.setattr(again, "look", slow)
    pages, before = create_app(space).test_client(), space.pulse.latest
    with ThreadPoolExecutor() as pool:
        page = pool.submit(pages.get, "/review/frames")
        assert begun.wait(30)
        taught.relabel({taught.images()[0].id: "fork"})
        tagged.set()
        assert page.result().status_code == 200
    assert space.pulse.wait(before, 30), "the tag is news"
    shown = [pages.get(path).get_data(as_text=True) for path in ("/review", "/review/frames?label=fork", "/review")]
    assert len(looks) == 2 and looks[0] < looks[1], "once before the tag, and once after it"
    assert 'data-frames="9"' in shown[1]


def test_frames_are_relabelled_together_and_back_to_the_bit(client: FlaskClient, taught: Brain):
    before = taught.head_digest()
    ids = [image.id for image in taught.images()]
    were = client.post("/api/relabel", json={"frames": dict.fromkeys(ids, "thing")}).get_json()["were"]
    assert [info.label for info in taught.classes()] == ["thing"]
    client.post("/api/relabel", json={"frames": were})
    assert taught.head_digest() == before


def test_nothing_is_relabelled_that_somebody_has_tagged_otherwise_meanwhile(client: FlaskClient, taught: Brain):
    first, second, third = (image.id for image in taught.images()[:3])
    were = client.post("/api/relabel", json={"frames": {first: "vase", second: "vase"}}).get_json()["were"]
    taught.relabel({second: "fork"})
    before = taught.store.last_event()
    sent = {"frames": were, "expected": {first: "vase", second: "vase"}}
    answer = client.post("/api/relabel", json=sent)
    assert (answer.status_code, answer.get_json()["error"]) == (409, "TagChanged")
    assert "tagged 'fork' by now, not tagged 'vase'" in answer.get_json()["message"]
    taught.discard([third])
    answer = client.post("/api/relabel", json={"frames": {third: "vase"}, "expected": {third: None}})
    assert answer.status_code == 409 and "is discarded by now" in answer.get_json()["message"]
    assert taught.store.last_event() == before + 1, "that of the discard"
    assert client.post("/api/relabel", json=sent | {"expected": {first: " vase ", second: "fork"}}).status_code == 200
    assert [taught.store.frame(each).label for each in (first, second)] == [were[first], were[second]]


def test_frames_are_discarded_and_restored_to_the_bit(client: FlaskClient, taught: Brain):
    before = taught.head_digest()
    ids = [image.id for image in taught.images()][:3]
    assert client.post("/api/discard", json={"frame_ids": ids}).get_json()["were"].keys() == set(ids)
    assert not {image.id for image in taught.images()} & set(ids)
    client.post("/api/restore", json={"frame_ids": ids})
    assert taught.head_digest() == before


@pytest.mark.parametrize(
    ("path", "sent", "status", "told"),
    [
        ("/api/relabel", {"json": {"frames": {"abc": "mug"}}}, 400, "64 hex digits"),
        ("/api/relabel", {"json": {"frames": {"0" * 64: "mug"}}}, 404, "no frame"),
        ("/api/relabel", {"json": {}}, 400, "lacks 'frames'"),
        ("/api/relabel", {"json": {"frames": {"0" * 64: 7}}}, 400, "must be an object"),
        ("/api/relabel", {"json": [1]}, 400, "no JSON object"),
        ("/api/relabel", {"data": b"{", "content_type": "application/json"}, 400, "no JSON object"),
        ("/api/relabel", {"data": b"{}", "content_type": "text/plain"}, 400, "application/json"),
        ("/api/untag", {"json": {"frame_id": "0" * 64, "more": 1}}, 400, "'more', which is not known"),
        ("/api/predict", {"data": b"no picture", "content_type": "image/jpeg"}, 400, "picture"),
        ("/api/predict", {"data": b"", "content_type": "image/jpeg"}, 400, "empty"),
        ("/api/predict", {"data": b"x", "content_type": "multipart/form-data"}, 400, "the picture's file itself"),
        ("/api/look", {"data": b"no picture", "content_type": "image/jpeg"}, 400, "picture"),
        ("/api/look?count=0", {"data": b"x", "content_type": "image/jpeg"}, 400, "whole number"),
        ("/api/look", {"data": b"\0\0\0\x18ftypheic", "content_type": "image/heic"}, 400, "Most Compatible"),
        ("/api/nearest", {"data": b"x", "content_type": "text/plain"}, 400, "the picture's file itself"),
        ("/api/tag", {"data": b"x", "content_type": "image/jpeg"}, 400, "lacks 'label'"),
        ("/api/merge_classes", {"json": {"label": "mug", "into": "vase"}}, 404, "no class 'vase'"),
        ("/api/rename_class", {"json": {"label": "mug", "new": "cup"}}, 400, "already"),
        ("/api/camera/tag", {"json": {"label": "mug"}}, 404, "no camera"),
    ],
)
def test_what_cannot_be_meant_is_told_and_changes_nothing(
    client: FlaskClient, taught: Brain, path: str, sent: dict[str, Any], status: int, told: str
):
    before = taught.store.last_event()
    answer = client.post(path, **sent)
    assert answer.status_code == status and told in answer.get_json()["message"]
    assert taught.store.last_event() == before


def test_a_change_needs_the_token_of_the_page_and_its_origin(client: FlaskClient, taught: Brain):
    before = taught.store.last_event()
    frame = {"json": {"frame_id": taught.images()[0].id}}
    csrf = client.environ_base.pop("HTTP_X_CSRF_TOKEN")
    assert client.post("/api/untag", **frame).status_code == 403
    assert client.post("/api/untag", **frame, headers={"X-CSRF-Token": csrf[:-1] + "x"}).status_code == 403
    foreign = {"X-CSRF-Token": csrf, "Origin": "http://elsewhere.example"}
    assert client.post("/api/untag", **frame, headers=foreign).status_code == 403
    assert client.post("/api/untag", **frame, headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert taught.store.last_event() == before
    assert client.post("/api/untag", **frame, headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "sent", "left"),
    [
        ("/api/rename_class", {"label": "mug", "new": "</script> beaker"}, {"cup", "fork", "</script> beaker"}),
        ("/api/merge_classes", {"label": "mug", "into": "cup"}, {"cup", "fork"}),
        ("/api/remove_class", {"label": "mug"}, {"cup", "fork"}),
    ],
)
def test_what_becomes_of_a_class_is_foreseen_done_and_undone_to_the_bit(
    client: FlaskClient, taught: Brain, path: str, sent: dict[str, str], left: set[str]
):
    before, event = taught.head_digest(), taught.store.last_event()
    now = client.get("/api/score").get_json()
    into = {key: value for key, value in (("into", sent.get("new") or sent.get("into")),) if value}
    foreseen = client.get("/api/foresee_class", query_string={"label": "mug", **into}).get_json()
    assert taught.store.last_event() == event, "to foresee changes nothing"
    assert foreseen["frames"] == 8 and foreseen["now"]["balanced_accuracy"] == now["balanced_accuracy"]
    done = client.post(path, json=sent).get_json()
    then = taught.score()
    judged = {label: own.accuracy for label, own in then.per_class.items() if own.accuracy is not None}
    weakest = min(judged, key=lambda label: (judged[label], label))
    assert foreseen["then"] == {
        "level": then.level,
        "accuracy": then.accuracy,
        "balanced_accuracy": then.balanced_accuracy,
        "interval": list(then.interval or ()),
        "weakest": weakest,
        "weakest_accuracy": judged[weakest],
    }
    assert {info.label for info in taught.classes()} == left
    assert done["frames"] == len(done["were"]) == 8 and set(done["were"].values()) == {"mug"}
    client.post("/api/relabel", json={"frames": done["were"]})
    assert taught.head_digest() == before


def test_a_class_that_is_not_there_is_not_foreseen(client: FlaskClient):
    answer = client.get("/api/foresee_class?label=vase")
    assert answer.status_code == 404 and "no class 'vase'" in answer.get_json()["message"]


def test_only_as_much_is_erased_as_was_seen(client: FlaskClient, taught: Brain):
    ids = [image.id for image in taught.images()][:2]
    client.post("/api/discard", json={"frame_ids": ids[:1]})
    seen = client.get("/api/discarded").get_json()
    assert [(frame["id"], frame["label"]) for frame in seen] == [(ids[0], "cup")]
    client.post("/api/discard", json={"frame_ids": ids[1:]})
    client.post("/api/restore", json={"frame_ids": ids[:1]})
    answer = client.post("/api/erase", json={"frame_ids": ids})
    assert answer.status_code == 400 and "is not discarded, or not any more" in answer.get_json()["message"]
    assert [frame.id for frame in taught.discarded()] == ids[1:]
    client.post("/api/discard", json={"frame_ids": ids[:1]})
    erased = client.post("/api/erase", json={"frame_ids": [frame["id"] for frame in seen]}).get_json()
    assert erased["frames"] == 1 and erased["bytes"] > 0
    assert [frame["id"] for frame in client.get("/api/discarded").get_json()] == ids[1:], "which was not seen"


def test_a_suspect_that_is_right_is_remembered_under_its_tag(client: FlaskClient, space: Workspace, taught: Brain):
    frame = taught.images()[0]
    said = client.post("/api/confirm", json={"frame_id": frame.id, "label": "cup", "right": True})
    assert said.get_json() == {"frame_id": frame.id, "label": "cup", "right": True}
    assert space.confirmed == {(frame.id, "cup")}
    for now in ("fork", None):
        taught.relabel({frame.id: now})
        other = client.post("/api/confirm", json={"frame_id": frame.id, "label": "mug", "right": True})
        assert other.status_code == 409 and "by now, not tagged 'mug'" in other.get_json()["message"]
        assert space.confirmed == {(frame.id, "cup")}, "nothing is confirmed that was not seen"
    client.post("/api/confirm", json={"frame_id": frame.id, "label": "cup", "right": False})
    assert space.confirmed == set()


@pytest.mark.parametrize(
    ("kind", "labels", "leads_to"),
    [
        ("ready", (), "/device#release"),
        ("suspect", ("mug",), "/review/suspects"),
        ("confused", ("mug", 'c"u&p'), "/review/frames?label=mug&taken_for=c%22u%26p"),
        ("picture quality", ("mug",), "/review/frames?label=mug&show=poor"),
        ("picture quality", (), "/review/frames?show=poor"),
        ("add scene", ("mug",), "/tag"),
    ],
)
def test_advice_leads_to_where_it_can_be_followed(
    client: FlaskClient, kind: str, labels: tuple[str, ...], leads_to: str
):
    with client.application.test_request_context():
        place = score.place(Advice(kind, labels, "do it"))
    assert place == leads_to
    assert place is None or client.get(place).status_code == 200
