"""The API of the device: its health, jobs that take long, and releases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from os import scandir
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient
from followers import until
from pictures import scene
from workspaces import wire

from edge_brain import Brain, clock, doctor, examine, files, hubs_of, sync_brain
from edge_brain.clock import elapsed, now
from edge_brain.field.room import Room
from edge_brain.images import encode_jpeg
from edge_brain.service import status
from edge_brain.web import releases, work
from edge_brain.web.jobs import Outcome, Steps
from edge_brain.web.workspace import Workspace

# ── jobs ────────────────────────────────────────────────────────────────────────────────────────


def last_job(space: Workspace) -> dict[str, Any]:
    """What the API tells of the job that was begun last, when it has ended."""
    until(space.jobs, lambda latest: latest[-1].state != "running")
    return wire(space.jobs.latest[-1])


def test_a_retrain_is_begun_told_and_undone_by_what_the_brain_was(client: FlaskClient, space: Workspace, taught: Brain):
    before = taught.head_digest()
    begun = client.post("/api/retrain", json={"region": "0,0,0.5,1"}).get_json()
    assert begun["were"] == {"extractor": "pixels", "region": "0.0,0.0,1.0,1.0", "views": True}
    assert begun["job"]["name"] == "retrain" and begun["job"]["state"] == "running"
    job = last_job(space)
    assert client.get("/api/jobs").get_json() == [job]
    assert (job["state"], job["done"], job["of"]) == ("done", 24, 24)
    assert str(taught.region) == "0.0,0.0,0.5,1.0" and taught.head_digest() != before
    client.post("/api/retrain", json=begun["were"])
    assert last_job(space)["outcome"]["good"] and taught.head_digest() == before


def test_the_end_of_the_server_breaks_a_retrain_off_and_leaves_the_brain_as_it_was(
    client: FlaskClient, space: Workspace, taught: Brain, monkeypatch: pytest.MonkeyPatch
):
    before, picture, begun = taught.head_digest(), Brain.picture, Event()

    def at_the_end(brain: Brain, frame_id: str) -> bytes:
        begun.set()
        while not space.jobs.closed:
            space.jobs.wait(space.jobs.latest, 0.1)
        return picture(brain, frame_id)

    monkeypatch.setattr(Brain, "picture", at_the_end)
    client.post("/api/retrain", json={"region": "0,0,0.5,1"})
    assert begun.wait(30)
    space.close()
    (job,) = space.jobs.latest
    assert (job.state, job.outcome) == ("broken off", Outcome(False, "It was broken off; nothing was changed."))
    assert taught.head_digest() == before and str(taught.region) == "0.0,0.0,1.0,1.0"


def test_the_doctor_is_asked_and_what_it_finds_is_told(client: FlaskClient, space: Workspace, taught: Brain):
    assert client.post("/api/doctor").get_json()["name"] == "doctor"
    findings = last_job(space)["outcome"]["findings"]
    assert findings == [wire(each) for each in examine(taught)]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"extractor": "lite9"}, "no extractor 'lite9'"),
        ({"region": "0,0,2,1"}, "not inside the picture"),
        ({"views": "perhaps"}, "true or false"),
        ({"more": 1}, "not known"),
    ],
)
def test_a_retrain_that_cannot_be_meant_is_not_begun(
    client: FlaskClient, space: Workspace, sent: dict[str, Any], told: str
):
    answer = client.post("/api/retrain", json=sent)
    assert answer.status_code == 400 and told in answer.get_json()["message"]
    assert space.jobs.latest == ()


def test_a_second_job_is_refused_and_the_first_can_be_broken_off(client: FlaskClient, space: Workspace):
    begun, may_go_on = Event(), Event()

    def slow(progress: Steps) -> Outcome:
        begun.set()
        assert may_go_on.wait(30)
        progress(1, 2)
        return Outcome(True, "done")

    space.jobs.begin("retrain", slow)
    assert begun.wait(30)
    for path, sent in (("/api/retrain", {"json": {}}), ("/api/doctor", {})):
        answer = client.post(path, **sent)
        assert answer.status_code == 409 and "`retrain` is at work" in answer.get_json()["message"]
    assert client.post("/api/break_off").status_code == 200
    may_go_on.set()
    assert last_job(space)["state"] == "broken off"
    assert client.post("/api/break_off").status_code == 409


def test_a_release_is_made_listed_and_downloaded_and_answers_as_the_brain_does(
    client: FlaskClient, space: Workspace, taught: Brain, tmp_path: Path
):
    data = encode_jpeg(scene("mug", 600))
    for number in (1, 2):
        client.post("/api/release")
        assert last_job(space)["outcome"]["message"] == f"Release {number} is made."
    last, first = client.get("/api/releases").get_json()
    assert (last["released"]["number"], first["released"]["number"]) == (2, 1)
    assert last["released"]["head_digest"] == taught.head_digest()
    answer = client.get(last["download"])
    assert 'filename="kitchen release 2.brain"' in answer.headers["Content-Disposition"]
    (tmp_path / "taken.brain").write_bytes(answer.data)
    with Brain.open(tmp_path / "taken.brain") as released:
        assert released.predict(data) == taught.predict(data)
    assert client.get("/download/release/3").status_code == 404


def test_a_release_is_numbered_above_those_that_came_from_elsewhere(
    client: FlaskClient, space: Workspace, taught: Brain, tmp_path: Path
):
    taught.take_release(release_from_elsewhere(taught, tmp_path, 5))
    client.post("/api/release")
    assert last_job(space)["outcome"]["message"] == "Release 6 is made."


def release_from_elsewhere(brain: Brain, folder: Path, number: int) -> Path:
    """Return a release of another device's brain, with a number that this one has not given."""
    other = Brain.open(shutil.copytree(brain.folder, folder / "elsewhere"))
    with other:
        other.release(folder / "5.brain", number)
    return folder / "5.brain"


def test_a_release_of_nothing_is_refused_and_a_damaged_one_is_told(
    client: FlaskClient, space: Workspace, taught: Brain
):
    client.post("/api/release")
    last_job(space)
    path = releases.path_of(taught.folder, 1)
    path.write_bytes(path.read_bytes()[:-100])
    assert client.get("/api/releases").get_json() == []
    assert sum("release-0001.brain" in trouble for trouble in client.get("/api/health").get_json()["troubles"]) == 1
    for label in ("cup", "fork", "mug"):
        taught.remove_class(label)
    client.post("/api/release")
    job = last_job(space)
    assert job["state"] == "failed" and "no class" in job["outcome"]["message"]
    assert not releases.path_of(taught.folder, 2).exists()


# ── production ──────────────────────────────────────────────────────────────────────────────────


def made(client: FlaskClient, space: Workspace) -> None:
    client.post("/api/release")
    assert last_job(space)["outcome"]["good"]


def test_a_release_is_put_into_production_and_back_and_stays_still_while_one_tags(
    client: FlaskClient, space: Workspace, taught: Brain
):
    beside = client.get("/api/production").get_json()
    assert (beside["production"], beside["same"], beside["differences"], beside["pins"]) == (None, False, [], [])
    made(client, space)
    taken = client.post("/api/take_release", json={"number": 1}).get_json()
    assert taken["changed"] and "it is not signed" in taken["notes"][0]
    assert client.get("/api/production").get_json()["same"] is True
    with Brain.open(taught.folder, production=True) as running:
        before = running.predict(scene("mug", 600))
        taught.tag_many([(scene("spoon", number), "spoon") for number in range(8)])
        taught.remove_class("fork")
        assert running.predict(scene("mug", 600)) == before
        until(space.pulse, lambda news: news.score.classes == 3 and "spoon" in news.score.per_class)
        beside = client.get("/api/production").get_json()
        assert beside["production"] == client.get("/api/health").get_json()["production"] == wire(taught.production)
        assert beside["staging"]["classes"] == ["cup", "mug", "spoon"] and beside["same"] is False
        assert beside["differences"] == [
            "What is taught knows `spoon` besides.", "What is taught knows `fork` no more.",
        ]  # fmt: skip
        made(client, space)
        client.post("/api/take_release", json={"number": 2})
        assert running.number == 2
        assert client.post("/api/rollback", json={"expected": 2}).get_json()["current"]["number"] == 1
        assert running.predict(scene("mug", 600)) == before
    older = client.post("/api/take_release", json={"number": 1, "older": True}).get_json()
    assert older["changed"] is False


def test_a_switch_that_cannot_be_is_told_and_changes_nothing(client: FlaskClient, space: Workspace, taught: Brain):
    for path, sent, code, told in (
        ("/api/rollback", {}, 404, "nothing is in production"),
        ("/api/take_release", {"number": 1}, 404, "no such release here"),
        ("/api/take_release", {"number": "../1"}, 400, "a whole number from 1"),
        ("/api/take_release", {"number": True}, 400, "a whole number from 1"),
        ("/api/take_release", {}, 400, "lacks 'number'"),
    ):
        answer = client.post(path, json=sent)
        assert (answer.status_code, told in answer.get_json()["message"]) == (code, True), answer.get_json()
    made(client, space)
    taught.pin("a" * 64)
    answer = client.post("/api/take_release", json={"number": 1})
    assert answer.status_code == 409 and "is not signed; this device takes only" in answer.get_json()["message"]
    assert taught.production is None
    taught.unpin("a" * 64)
    client.post("/api/take_release", json={"number": 1})
    answer = client.post("/api/rollback", json={"expected": 7})
    assert answer.status_code == 409 and "by now, not 7" in answer.get_json()["message"]
    assert taught.production is not None and taught.production.current is not None


def test_what_is_wrong_with_production_needs_a_look(
    client: FlaskClient, space: Workspace, taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    taught.release(tmp_path / "1.brain", expires="1d")
    taught.take_release(tmp_path / "1.brain")
    assert client.get("/api/health").get_json()["troubles"] == []
    in_two_days = now() + 2 * 86_400
    monkeypatch.setattr(clock, "now", lambda: in_two_days)
    assert any("Release 1, which is in production, has expired" in each for each in troubles(client))
    monkeypatch.undo()
    next((taught.folder / "production").glob("*.brain")).write_bytes(b"PK")
    assert any(each.startswith("Production: ") and "is damaged" in each for each in troubles(client))
    assert client.get("/device").status_code == 200


def troubles(client: FlaskClient) -> list[str]:
    told: list[str] = client.get("/api/health").get_json()["troubles"]
    return told


# ── sync ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Brain]:
    """Another device."""
    with Brain.create(tmp_path / "desk", extractor="pixels") as brain:
        yield brain


def test_it_is_synced_with_the_hub_that_the_brain_knows_and_as_the_last_time(
    client: FlaskClient, space: Workspace, taught: Brain, desk: Brain, tmp_path: Path
):
    hub = str(tmp_path / "hub")
    sync_brain(taught, hub, send="events", create=True)
    desk.tag_many([(scene("spoon", number), "spoon") for number in range(3)])
    sync_brain(desk, hub)
    taught.tag(scene("mug", 90), "mug")
    (told,) = client.get("/api/health").get_json()["sync"]["hubs"]
    assert (told["place"], told["events_to_send"], told["pictures_to_send"]) == (hub, 1, 0)
    assert client.post("/api/sync", json={}).get_json()["name"] == "sync"
    job = last_job(space)
    assert job["state"] == "done" and job["outcome"]["good"]
    assert job["outcome"]["message"].startswith(f"Synced with {hub}: 1 event sent, 3 events of others taken in (")
    assert "spoon" in {info.label for info in taught.classes()}
    sync_brain(desk, hub)
    shown = {path.stem for path in Path(hub, "frames").rglob("*.jpg")}
    assert shown == {image.id for image in desk.images() if image.label == "spoon"}, "ours are not to leave the device"
    told = client.get("/api/health").get_json()
    assert told["sync"]["hubs"] == [wire(each) for each in hubs_of(taught)] and told["troubles"] == []
    assert told["sync"]["away"] == 3 and told["sync"]["device"] == taught.store.setting("device")


def test_a_hub_is_not_for_the_browser_to_choose(
    client: FlaskClient, space: Workspace, taught: Brain, desk: Brain, tmp_path: Path
):
    sync_brain(desk, str(tmp_path / "hub"), create=True)
    for sent in ({}, {"hub": str(tmp_path / "hub")}, {"hub": hubs_of(desk)[0].id}):
        answer = client.post("/api/sync", json=sent)
        assert answer.status_code == 404 and "knows no such hub" in answer.get_json()["message"]
    assert client.post("/api/sync", json={"place": str(tmp_path / "hub")}).status_code == 400
    sync_brain(taught, str(tmp_path / "other"), create=True)
    assert client.post("/api/sync", json={"hub": str(tmp_path / "hub")}).status_code == 404
    assert client.post("/api/sync", json={"hub": hubs_of(taught)[0].id}).status_code == 200
    assert last_job(space)["state"] == "done"
    assert len(hubs_of(taught)) == 1


def test_a_hub_that_is_gone_and_what_was_set_aside_are_told(
    client: FlaskClient, space: Workspace, taught: Brain, desk: Brain, tmp_path: Path
):
    hub = tmp_path / "hub"
    sync_brain(taught, str(hub), create=True)
    desk.tag(scene("spoon", 1), "spoon")
    sync_brain(desk, str(hub))
    (torn,) = (hub / "events" / desk.store.setting("device")).iterdir()
    torn.write_bytes(b"torn")
    client.post("/api/sync", json={})
    outcome = last_job(space)["outcome"]
    assert not outcome["good"] and [each["check"] for each in outcome["findings"]] == ["set aside"]
    troubles = client.get("/api/health").get_json()["troubles"]
    assert sum(torn.name in each and "Sync: not exchanged with" in each for each in troubles) == 1
    assert sum(torn.name in each for each in troubles) == 1, "told once"
    hub.rename(tmp_path / "pulled out")
    client.post("/api/sync", json={})
    job = last_job(space)
    assert job["state"] == "failed" and "plug the stick in" in job["outcome"]["message"]


def test_a_sync_that_is_broken_off_keeps_what_was_exchanged_and_says_so(
    client: FlaskClient, space: Workspace, taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    sync_brain(taught, str(tmp_path / "hub"), create=True)
    taught.tag_many([(scene("mug", 70 + number), "mug") for number in range(4)])
    begun, may_go_on = Event(), Event()

    def held(brain: Brain, hub: str, *, progress: Any, **wish: Any) -> Any:
        def told(what: str, done: int, of: int) -> None:
            progress(what, done, of)
            if what == "pictures" and done == 1:
                begun.set()
                assert may_go_on.wait(30)

        return sync_brain(brain, hub, progress=told, **wish)

    monkeypatch.setattr(work, "sync_brain", held)
    client.post("/api/sync", json={})
    assert begun.wait(30)
    assert client.post("/api/break_off").status_code == 200
    may_go_on.set()
    job = last_job(space)
    assert job["state"] == "broken off" and "what was exchanged until then stays" in job["outcome"]["message"]
    (left,) = hubs_of(taught)
    assert (left.events_to_send, left.pictures_to_send) == (0, 2)


def test_a_service_that_cannot_sync_for_long_needs_a_look(client: FlaskClient, taught: Brain):
    for failures, needs in ((3, 0), (4, 1)):
        sync = status.Sync("/media/stick", failure="the stick is not there", failures=failures)
        with status.held(taught.folder, "porch"):
            status.write(taught.folder, said("porch", sync=sync))
            told = client.get("/api/health").get_json()
        assert sum("could not sync 4 times in a row: the stick" in trouble for trouble in told["troubles"]) == needs
        assert told["services"][0]["status"]["sync"]["failures"] == failures


# ── health ──────────────────────────────────────────────────────────────────────────────────────


def test_the_health_of_a_device_where_all_is_well(client: FlaskClient, space: Workspace, taught: Brain):
    taught.store.backup()
    ids = [image.id for image in taught.images()]
    size = sum(taught.store.frame(each).bytes for each in ids)
    taught.discard(ids[:2])
    told = client.get("/api/health").get_json()
    assert (told["troubles"], told["camera"], told["services"], told["jobs"]) == ([], None, [], [])
    assert told["holding"]["frames"] == 24 and told["holding"]["frames_bytes"] == size
    assert told["holding"]["discarded"] == 2 and 0 < told["holding"]["discarded_bytes"] < size
    assert told["holding"]["events"] == taught.store.last_event() == 26
    assert told["copies"]["number"] == 1 and told["copies"]["events_since"] == 2
    assert told["disk"]["brain_bytes"] > size and told["disk"]["has_ballast"] is False
    assert told["brain"]["name"] == "kitchen" and told["brain"]["head_digest"] == taught.head_digest()


def test_the_health_tells_what_a_person_should_look_at(
    client: FlaskClient, space: Workspace, taught: Brain, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doctor, "_LEAST_FREE_BYTES", 10**18)
    next(taught.folder.glob("frames/??/*")).unlink()
    client.post("/api/doctor")
    last_job(space)
    with status.held(taught.folder, "porch"):
        status.write(taught.folder, said("porch", source_state="lost", source_detail="no device"))
        status.write(taught.folder, said("killed", state="running"))
        status.folder_of(taught.folder).joinpath("killed.lock").touch()
        told = client.get("/api/health").get_json()
    services = {each["name"]: each for each in told["services"]}
    assert services["porch"]["running"] and not services["killed"]["running"]
    assert services["porch"]["status"]["source"] == "usb:0"
    for word in (
        "MiB are free",
        "`porch`: its camera is lost: no device",
        "`killed`: it ended",
        "When it last looked here the doctor found: frame",
    ):
        assert sum(word in trouble for trouble in told["troubles"]) == 1, word


def test_frames_that_went_to_make_room_are_told_by_reason(client: FlaskClient, taught: Brain):
    taught.keep_exposures([taught.exposer.expose(scene("mug", 800 + number)) for number in range(3)])
    Room(taught, quota_bytes=0, floor_bytes=0, ballast_bytes=0).make()
    told = client.get("/api/health").get_json()["disk"]
    assert sum(gone["frames"] for gone in told["dropped"].values()) == 2, "the newest frame stays"
    assert told["dropped_at"] == taught.drops()[-1].at


def test_the_health_is_told_without_a_walk_through_the_frames(
    client: FlaskClient, taught: Brain, monkeypatch: pytest.MonkeyPatch
):
    walked = list[str]()
    monkeypatch.setattr(files.os, "scandir", lambda path: walked.append(str(path)) or scandir(path))
    assert client.get("/api/health").status_code == 200
    assert {Path(each).name for each in walked} <= {"backups", "releases", "production", "service"}


def said(name: str, **changed: Any) -> status.Status:
    """What a service says of itself."""
    known: dict[str, Any] = {
        "name": name, "pid": 1, "version": "0", "started": "2026-05-04T10:20:30Z", "at": "2026-05-04T10:20:30Z",
        "clock_s": elapsed(), "state": "running", "source": "usb:0", "source_state": "ok", "source_detail": "",
        "shots": 5, "rate": 5.0, "latency_ms": 9.0, "label": "mug", "observation": None, "kept": {"change": 2},
        "dropped": {}, "room": {}, "room_lacks": None, "score": None, "disk_free_bytes": 10**9,
    }  # fmt: skip
    return status.Status(**known | changed)
