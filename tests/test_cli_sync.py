"""sync, as a person types it: the score first, the rest in words, and an exit code that a script can go by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from pictures import save, scene
from test_cli import run

from edge_brain import Brain, hubs_of, sync_status

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here


def taught(folder: Path, first: int = 0) -> Path:
    with Brain.create(folder, extractor="pixels") as brain:
        brain.tag_many(
            [(scene(label, number), label) for label in ("cup", "mug") for number in range(first, first + 6)]
        )
    return folder


@pytest.fixture
def field(tmp_path: Path) -> Path:
    return taught(tmp_path / "field")


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return taught(tmp_path / "desk", first=20)


@pytest.fixture
def hub(field: Path, tmp_path: Path) -> Path:
    """A hub that the field has synced with."""
    run(field, "sync", "--init", tmp_path / "hub")
    return tmp_path / "hub"


def make_picture(folder: Path, number: int) -> Path:
    return save(folder, f"{number}.jpg", scene("cup", number))


def digest(folder: Path) -> str:
    with Brain.open(folder) as brain:
        return brain.head_digest()


def test_two_brains_come_to_the_same_and_say_what_came(field: Path, desk: Path, tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    sent = run(field, "sync", hub, "--init")
    assert sent.stdout.startswith("Brain Score: ") and len(sent.stdout.splitlines()) == 1
    assert sent.stderr.startswith(f"synced with {hub}: 12 events sent, 12 pictures sent (")
    taken = run(desk, "sync", hub)
    assert "16 learned · 8 reserved" in taken.stdout
    assert "12 events sent, 12 pictures sent, 12 events of others taken in (" in taken.stderr
    run(field, "sync")
    assert digest(field) == digest(desk)
    assert run(field, "sync").stderr.startswith(f"synced with {hub}: nothing was new ("), "the hub of the last time"


def test_json_has_the_fields_of_the_sdk_and_nothing_else_is_on_stdout(field: Path, hub: Path, desk: Path) -> None:
    said = json.loads(run(desk, "sync", hub, "--json", "--fetch", "all", "--thin", "0s").stdout)
    with Brain.open(desk) as brain:
        assert said["device"] == brain.store.setting("device")
    assert (said["skipped"], said["hub"], said["aside"], said["forked_from"]) == (None, str(hub), [], None)
    assert (said["events_sent"], said["events_taken"], said["pictures_fetched"]) == (12, 12, 12)
    assert said["pictures_thinned"] == 24


def test_a_hub_is_not_made_unless_it_is_said(field: Path, tmp_path: Path) -> None:
    assert "is not there: plug the stick in, or mount the share" in run(field, "sync", tmp_path / "hub", code=1).stderr
    (tmp_path / "hub").mkdir()
    said = run(field, "sync", tmp_path / "hub", code=1)
    assert "there is no hub at" in said.stderr and said.stdout == ""
    assert list((tmp_path / "hub").iterdir()) == []
    assert "this brain knows no hub yet" in run(field, "sync", code=2).stderr


def test_what_is_not_to_be_sent_is_not(field: Path, tmp_path: Path) -> None:
    run(field, "sync", "--init", "--send", "events", tmp_path / "hub")
    assert not (tmp_path / "hub" / "frames").exists()
    told = run(field, "sync", "status").stdout
    assert "to send: 0 events, 0 pictures (--send events)" in told
    run(field, "sync", "--thin", "7d", "--no-releases", "--limit", "9 MB")
    assert not (tmp_path / "hub" / "frames").exists(), "what is not said is as it was"
    with Brain.open(field) as brain:
        (known,) = hubs_of(brain)
    assert (known.send, known.thin_after_s, known.releases, known.limit) == ("events", 7 * 86_400, False, 9e6)
    assert "at most" not in run(field, "sync", "status").stdout
    run(field, "sync", "--send", "tagged")
    assert len(list((tmp_path / "hub" / "frames").rglob("*.jpg"))) == 12


def test_what_was_set_aside_is_listed_and_the_exit_code_says_so(field: Path, hub: Path, desk: Path) -> None:
    (torn,) = (hub / "events").rglob("*.gz")
    whole = torn.read_bytes()
    torn.write_bytes(whole[:-9])
    said = run(desk, "sync", hub, code=3)
    assert said.stdout.startswith("Brain Score: ")
    assert (
        "1 thing was set aside:\n" in said.stderr
        and f"{torn.name}: its bytes are not what its name says" in said.stderr
    )
    assert f"set aside: events/{torn.parent.name}/{torn.name}: its bytes" in run(desk, "sync", "status").stdout
    torn.write_bytes(whole)
    run(desk, "sync")
    assert "set aside" not in run(desk, "sync", "status").stdout


def test_how_it_stands_is_told_and_changes_nothing(field: Path, hub: Path, desk: Path) -> None:
    run(desk, "sync", hub)
    run(field, "sync", "--thin", "0s")
    with Brain.open(field) as brain:
        brain.tag(scene("mug", 90), "mug")
        told, before = sync_status(brain), brain.store.last_event()
    text = run(field, "sync", "status").stdout
    assert text.splitlines()[0] == f"this device is {told.device}, {told.name}"
    assert f"{hub}: last exchanged whole 20" in text and "to send: 1 event, 1 picture (--send all)" in text
    assert "24 pictures are not here, but with another device or a hub" in text
    said = json.loads(run(field, "sync", "status", "--json").stdout)
    assert (said["device"], said["away"], said["waiting"]) == (told.device, 24, 0)
    assert said["hubs"][0]["place"] == str(hub) and said["hubs"][0]["events_to_send"] == 1
    with Brain.open(field) as brain:
        assert brain.store.last_event() == before and hubs_of(brain) == told.hubs


def test_a_brain_that_knows_no_hub_says_so_and_a_folder_named_status_can_be_one(
    field: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "no hub is known yet" in run(field, "sync", "status").stdout
    assert "takes --json alone" in run(field, "sync", "status", "--init", code=2).stderr
    assert not (tmp_path / "status").exists()
    run(field, "sync", "./status", "--init")
    assert (tmp_path / "status" / "edge_brain_hub.json").is_file()


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (("--only-on", "no-such-0"), "there is no interface no-such-0"),
        (("--only-if", f"{sys.executable} -c 'exit(\"metered\")'"), "ended with 1: metered"),
    ],
)
def test_where_a_condition_does_not_hold_nothing_is_done_and_that_is_no_error(
    field: Path, tmp_path: Path, condition: tuple[str, str], why: str
) -> None:
    said = run(field, "sync", "--init", tmp_path / "hub", *condition)
    assert said.stderr.startswith("nothing was done: ") and why in said.stderr and said.stdout == ""
    assert why in json.loads(run(field, "sync", "--init", tmp_path / "hub", *condition, "--json").stdout)["skipped"]
    assert not (tmp_path / "hub").exists()


def test_where_all_conditions_hold_it_is_done(field: Path, tmp_path: Path) -> None:
    run(field, "sync", "--init", tmp_path / "hub", "--between", "0:00-24:00", "--only-if", f"{sys.executable} -c ''")
    assert (tmp_path / "hub" / "edge_brain_hub.json").is_file()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--between", "22-6"), ("--only-on", "../wlan0"), ("--only-if", "ping 'nas"), ("--limit", "500"),
        ("--limit", "0 B"), ("--thin", "a week"), ("--send", "some"), ("--fetch", "tagged"),
        ("--publish", "none.brain"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_before_anything_is_done(
    field: Path, tmp_path: Path, wrong: tuple[str, str]
) -> None:
    assert f"'{wrong[0]}'" in run(field, "sync", "--init", tmp_path / "hub", *wrong, code=2).stderr
    assert not (tmp_path / "hub").exists()


def test_every_option_is_a_variable_too(field: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGE_BRAIN_SYNC_HUB", str(tmp_path / "hub"))
    monkeypatch.setenv("EDGE_BRAIN_SYNC_SEND", "events")
    run(field, "sync", "--init", "--limit", "1 MB")
    assert not (tmp_path / "hub" / "frames").exists()
    assert "--send events" in run(field, "sync", "status").stdout


def test_a_release_is_published_and_comes_to_every_device_that_wants_it(field: Path, hub: Path, desk: Path) -> None:
    run(field, "release", "-o", hub.parent / "1.brain")
    run(field, "sync", "--publish", hub.parent / "1.brain", "--no-releases")
    run(desk, "sync", hub, "--no-releases")
    with Brain.open(desk) as brain:
        assert brain.production is None
    assert "production" not in run(desk, "sync").stderr, "as it was said the last time"
    assert "release 1 of field is in production now" in run(desk, "sync", "--releases").stderr
    with Brain.open(desk) as brain:
        assert brain.production is not None and brain.production.current is not None


def test_who_looks_sees_how_far_it_is_and_who_does_not_is_told_nothing(field: Path, desk: Path, tmp_path: Path) -> None:
    def synced(folder: Path, errors: int) -> None:
        command = [sys.executable, "-W", "error", "-m", "edge_brain", "--brain", folder, "sync", "--init", "hub"]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=errors, check=True, cwd=tmp_path)

    ours, theirs = os.openpty()
    synced(field, theirs)
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # at its end a terminal fails
        while data := os.read(ours, 65536):
            seen += data
    os.close(ours)
    assert b"pictures" in seen and b"100%" in seen and b"synced with " in seen
    with (tmp_path / "errors").open("wb") as file:
        synced(desk, file.fileno())
    assert (tmp_path / "errors").read_text().startswith("synced with ")


def test_a_device_is_called_what_it_is_told_to_be(field: Path, hub: Path, desk: Path) -> None:
    run(field, "sync", "--name", "greenhouse-2")
    run(field, "tag", "--label", "cup", make_picture(field.parent, 50))
    run(field, "sync"), run(desk, "sync", hub)
    assert "this device is" in (said := run(field, "sync", "status").stdout) and "greenhouse-2" in said
    with Brain.open(desk) as brain:
        assert "greenhouse-2" in {device.name for device in brain.devices()}
