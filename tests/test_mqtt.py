"""A camera that tells a real broker what it sees, and is told there what to tag."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from brokers import WAIT_S, Listener, Mosquitto, until
from click.testing import CliRunner
from pictures import Pixels, again, scene

from edge_brain import BadInput, Brain, Broker, ExtraMissing, Observation, tell_broker
from edge_brain.capture import Shot, Source, State
from edge_brain.cli import main
from edge_brain.errors import BrainReadOnly, StorageFailed
from edge_brain.mqtt import Telling, telling
from edge_brain.records import Tag

pytestmark = pytest.mark.usefixtures("once")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Home Assistant is thought to be quick, and so is who tells a confidence that has moved."""
    monkeypatch.setattr(telling, "_SETTLES_S", 0.2)
    monkeypatch.setattr(telling, "_CALM_S", 0.1)
    monkeypatch.setattr(telling, "_PACE_S", 0.0)


class Camera(Source):
    """Shows what a test holds before it."""

    name, live = "made up", True

    def __init__(self, label: str = "mug") -> None:
        self.condition, self.taken = State("ok"), 0
        self.hold(label)

    def hold(self, label: str, number: int = 90) -> None:
        """Show something else."""
        self.picture: Pixels | None = scene(label, number)

    @property
    def state(self) -> State:
        return self.condition

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        time.sleep(0.01)
        if self.picture is None or self.condition.condition in ("lost", "ended"):
            return None
        self.taken += 1
        return Shot(again(self.picture, self.taken), self.taken, 0.01 * self.taken)

    def close(self) -> None:
        self.condition = State("ended")


class Watching:
    """A brain that looks through a camera and tells a broker, in a thread of its own, while the block runs."""

    def __init__(self, brain: Brain, broker: Broker | Mosquitto, source: Source | None = None, **more: Any) -> None:
        self.camera, self.seen = source or Camera(), list[Observation]()
        self.said, self.error = list[str](), list[Exception]()
        self._stop = threading.Event()
        meant = Broker("127.0.0.1", broker.port) if isinstance(broker, Mosquitto) else broker
        self._told = tell_broker(
            brain, self.camera, meant, name="door", stop=self._stop.is_set,
            say=lambda text, level: self.said.append(f"{level}: {text}"), **more,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._follow)

    def _follow(self) -> None:
        try:
            self.seen.extend(self._told)
        except Exception as error:
            self.error.append(error)

    def has_said(self, text: str) -> str:
        """Wait until something was said in which a text stands, and return it."""
        found: str = until(lambda: next((line for line in self.said if text in line), None), f"{text}: {self.said}")
        return found

    def __enter__(self) -> Watching:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive() and self.error == []


def button(config: Any, label: str) -> Any:
    """Return what Home Assistant knows of the button for a class; None where there is none."""
    return next((part for part in config["cmps"].values() if part.get("payload_press") == label), None)


def events(brain: Brain) -> int:
    return brain.store.last_event()


# ── told ────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_seen_how_sure_how_good_and_whether_anybody_looks_is_told_and_stays(
    taught: Brain, broker: Mosquitto, home: Listener
) -> None:
    with Watching(taught, broker) as watching:
        seen = home.last("/seen", lambda told: told["label"] == "mug")
        assert seen["ranking"][0][0] == "mug" and 0 < seen["confidence"] <= 1
        assert home.last("/camera") == {"source": "made up", "state": "ok", "detail": ""}
        score = taught.score()
        told = home.last("/score")
        assert (told["level"], told["learned"], told["balanced_accuracy"]) == (
            score.level, score.learned, score.balanced_accuracy,
        )  # fmt: skip
        assert home.last("/availability") == "online"
        watching.camera.hold("cup")  # type: ignore[attr-defined]
        home.last("/seen", lambda told: told["label"] == "cup")
        watching.camera.hold("nothing like it", 5)  # type: ignore[attr-defined]
        home.last("/seen", lambda told: told["label"] != "cup" or told["confidence"] < seen["confidence"])
        with Listener(broker.port) as late:
            assert late.last("/availability") == "online" and late.last("/seen") and late.last("/score")
    assert home.last("/availability", lambda told: told == "offline")
    assert {kind.kind for kind in watching.seen} >= {"seen"}


def test_nobody_is_told_the_same_again_and_again(taught: Brain, broker: Mosquitto, home: Listener) -> None:
    with Watching(taught, broker) as watching:
        home.last("/seen", lambda told: told["label"] == "mug")
        until(lambda: len(home.told("/score")) > 1, "all is told once more, a moment after Home Assistant was told")
        taken = watching.camera.taken  # type: ignore[attr-defined]
        before = len(home.heard)
        until(lambda: watching.camera.taken > taken + 60)  # type: ignore[attr-defined]
        again = {topic.rpartition("/")[2] for topic, _ in home.heard[before:]}
        assert again <= {"seen"}, "but for a confidence that moves"


def test_home_assistant_is_told_what_to_make_of_it_and_anew_when_it_begins(
    taught: Brain, broker: Mosquitto, home: Listener
) -> None:
    with Watching(taught, broker):
        config = home.last("/config")
        topic = next(topic for topic, _ in home.heard if topic.endswith("/config"))
        device = taught.store.devices.own_id()
        assert topic == f"homeassistant/device/edge_brain_{device}_door/config"
        assert config["dev"]["name"] == "kitchen door" and config["cmps"]["seen"]["options"][:3] == [
            "cup", "fork", "mug",
        ]  # fmt: skip
        base = home.base()
        assert base == f"edge_brain/{device}/door" and config["cmps"]["seen"]["state_topic"] == f"{base}/seen"
        until(lambda: len(home.told("/score")) > 1)
        home.heard.clear()
        home.say("homeassistant/status", "online")
        for ending in ("/config", "/availability", "/camera", "/score", "/seen"):
            until(lambda ending=ending: len(home.told(ending)) > 0, ending)
        until(lambda: len(home.told("/seen")) > 1, "and once more, when it has made entities of it")


def test_discovery_can_be_switched_off_and_the_topic_be_chosen(
    taught: Brain, broker: Mosquitto, home: Listener
) -> None:
    with Watching(taught, Broker("127.0.0.1", broker.port, topic="home/back door", discovery="")):
        home.last("home/back door/seen", lambda told: told["label"] == "mug")
    assert not home.told("/config")


def test_a_class_that_comes_and_goes_is_told_and_its_button_is_taken_away(
    taught: Brain, broker: Mosquitto, home: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_brain.mqtt._MEASURED_S", 0.05)
    with Watching(taught, broker):
        home.last("/config", lambda told: button(told, "mug") and not button(told, "Löffel"))
        taught.tag(scene("spoon", 1), "Löffel")
        config = home.last("/config", lambda told: button(told, "Löffel"))
        assert "Löffel" in config["cmps"]["seen"]["options"]
        name = next(name for name, part in config["cmps"].items() if part.get("payload_press") == "Löffel")
        taught.remove_class("Löffel")
        home.last("/config", lambda told: name not in told["cmps"])
        versions = [json.loads(told)["cmps"].get(name) for told in home.told("/config")]
        assert {"p": "button"} in versions, "an entity goes when it is told by its platform alone"
        assert versions[-1] is None, "and is left out from then on"


def test_a_class_that_went_while_nobody_told_is_taken_away_too(
    taught: Brain, broker: Mosquitto, home: Listener
) -> None:
    with Watching(taught, broker):
        config = home.last("/config")
    name = next(name for name, part in config["cmps"].items() if part.get("payload_press") == "fork")
    taught.remove_class("fork")
    with Watching(taught, Broker("127.0.0.1", broker.port, tag=False)):
        until(lambda: any(json.loads(told)["cmps"].get(name) == {"p": "button"} for told in home.told("/config")))
        home.last("/config", lambda told: not any(part["p"] == "button" for part in told["cmps"].values()))


# ── tagged ──────────────────────────────────────────────────────────────────────────────────────


def test_a_button_tags_what_the_camera_sees_now_and_the_score_follows_at_once(
    taught: Brain, broker: Mosquitto, home: Listener
) -> None:
    with Watching(taught, broker) as watching:
        config = home.last("/config")
        before = home.last("/score")
        watching.camera.hold("mug", 7001)  # type: ignore[attr-defined]
        home.last("/seen", lambda told: told["label"] == "mug")
        pressed = button(config, "mug")
        home.say(pressed["command_topic"], pressed["payload_press"])
        tagged = home.last("/tagged")
        assert (tagged["label"], tagged["error"]) == ("mug", None)
        told = home.last("/score", lambda told: told != before)
    (frame,) = [frame for frame in taught.store.frames(tagged=True) if frame.id == tagged["frame"]]
    assert (frame.label, frame.role, frame.burst) == ("mug", tagged["role"], tagged["burst"])
    assert frame.source == "made up" and frame.taken_at is not None
    assert told["learned"] + told["reserved"] == before["learned"] + before["reserved"] + 1
    assert told["learned"] == taught.score().learned
    assert taught.history()[-1].deeds[0].who == "mqtt"
    watching.has_said(f"info: tagged by a message: frame {frame.id[:12]} is mug, {frame.role}")


def test_frames_of_one_scene_are_of_one_burst_however_often_the_button_is_pressed(
    taught: Brain, broker: Mosquitto, home: Listener
) -> None:
    with Watching(taught, broker) as watching:
        base, bursts = home.base(), []
        for number in (7001, 7001, 8002):
            watching.camera.hold("mug", number)  # type: ignore[attr-defined]
            taken = watching.camera.taken  # type: ignore[attr-defined]
            until(lambda taken=taken: watching.camera.taken > taken + 2)  # type: ignore[attr-defined]
            count = len(home.told("/tagged"))
            home.say(f"{base}/tag", "mug")
            until(lambda count=count: len(home.told("/tagged")) > count)
            bursts.append(home.last("/tagged")["burst"])
    assert bursts[0] == bursts[1] != bursts[2]


BAD: dict[str, tuple[bytes, str]] = {
    "a class that is not there": (b"spoon", "this brain has no class 'spoon', and a message makes none"),
    "nothing": (b"", "a label must not be empty"),
    "no UTF-8": (b"m\xffg", "a command is a class's name in UTF-8, and this one is none"),
    "control characters": (b"mu\ng", "one line of text without control characters"),
    "too much": (b"m" * 401, "a command is a class's name; this one has more than 400 bytes"),
    "a great deal": (b"m" * 5_000_000, "a command is a class's name; this one has more than 400 bytes"),
}


def test_what_is_no_command_is_told_and_changes_nothing(taught: Brain, broker: Mosquitto, home: Listener) -> None:
    before = events(taught)
    with Watching(taught, broker) as watching:
        base = home.base()
        home.last("/seen", lambda told: told["label"] == "mug")
        for payload, complaint in BAD.values():
            home.say(f"{base}/tag", payload)
            told = home.last("/tagged", lambda told, complaint=complaint: complaint in told["error"])
            assert told["frame"] is None
            watching.has_said(f"warning: nothing was tagged by a message: {told['error'][:60]}")
    assert events(taught) == before


def test_a_command_that_the_broker_has_kept_is_not_followed(taught: Brain, broker: Mosquitto, home: Listener) -> None:
    before, base = events(taught), f"edge_brain/{taught.store.devices.own_id()}/door"
    home.say(f"{base}/tag", "mug", retain=True)
    with Watching(taught, broker):
        assert "it meant another picture" in home.last("/tagged")["error"]
        home.last("/seen", lambda told: told["label"] == "mug")
    assert events(taught) == before


def test_while_the_camera_is_away_nothing_is_tagged(taught: Brain, broker: Mosquitto, home: Listener) -> None:
    before = events(taught)
    with Watching(taught, broker) as watching:
        base, camera = home.base(), watching.camera
        home.last("/seen", lambda told: told["label"] == "mug")
        for number, state in enumerate(("lost", "frozen", "black"), 1):
            camera.condition = State(state, "unplugged")  # type: ignore
            assert home.last("/camera", lambda told, state=state: told["state"] == state)["detail"] == "unplugged"
            home.say(f"{base}/tag", "mug")
            until(lambda number=number: len(home.told("/tagged")) == number)
            assert home.last("/tagged")["error"].startswith(f"the source is {state}")
        camera.condition = State("ok")  # type: ignore[attr-defined]
        home.last("/camera", lambda told: told["state"] == "ok")
        assert events(taught) == before
        home.say(f"{base}/tag", "mug")
        assert home.last("/tagged", lambda told: told["error"] is None)["frame"]


def test_before_the_camera_has_shown_anything_nothing_is_tagged(
    taught: Brain, broker: Mosquitto, home: Listener
) -> None:
    camera = Camera()
    camera.picture = None
    with Watching(taught, broker, camera):
        home.say(f"{home.base()}/tag", "mug")
        assert home.last("/tagged")["error"].startswith("the camera has shown nothing yet")


def test_what_a_camera_showed_a_while_ago_is_not_tagged(
    taught: Brain, broker: Mosquitto, home: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_OLD_S", 0.3)
    before = events(taught)
    with Watching(taught, broker) as watching:
        home.last("/seen", lambda told: told["label"] == "mug")
        watching.camera.picture = None  # it says nothing of it: a stream that stalls, before that is noticed
        time.sleep(0.4)
        home.say(f"{home.base()}/tag", "mug")
        assert home.last("/tagged")["error"].startswith("the camera has shown nothing for")
        assert events(taught) == before
        watching.camera.live = False  # of a video the picture stands until the next is asked for
        home.say(f"{home.base()}/tag", "mug")
        home.last("/tagged", lambda told: told["error"] is None)


def test_a_look_that_fails_leaves_nothing_to_be_tagged(taught: Brain) -> None:
    from edge_brain.watching import Watcher

    camera, looks = Camera(), [taught.look]
    watcher = Watcher(lambda pixels: looks[0](pixels))
    first = watcher.look(camera.next())  # type: ignore[arg-type]
    assert telling.shown(watcher, camera) is first

    def failing(pixels: Pixels) -> Any:
        raise StorageFailed("the disk has gone")

    looks[0] = failing
    with pytest.raises(StorageFailed):
        watcher.look(camera.next())  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="could not be looked at"):
        telling.shown(watcher, camera)


def test_messages_tag_no_more_than_a_frame_in_a_while(
    taught: Brain, broker: Mosquitto, home: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_PACE_S", 3600.0)
    with Watching(taught, broker):
        home.last("/seen", lambda told: told["label"] == "mug")
        base = home.base()
        home.say(f"{base}/tag", "mug")
        assert home.last("/tagged")["error"] is None
        before = events(taught)
        home.say(f"{base}/tag", "mug")
        home.last("/tagged", lambda told: "send one message for a picture" in (told["error"] or ""))
    assert events(taught) == before


def test_a_command_that_had_to_wait_is_not_followed(
    taught: Brain, broker: Mosquitto, home: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_STALE_S", -1.0)
    before = events(taught)
    with Watching(taught, broker):
        home.say(f"{home.base()}/tag", "mug")
        assert "it waited for more than" in home.last("/tagged")["error"]
    assert events(taught) == before


def test_a_flood_is_cut_off_and_told(taught: Brain, broker: Mosquitto, home: Listener) -> None:
    before, said = events(taught), list[str]()
    seen = Observation("seen", None, 1.0, 7, "mug", None, 0.9, [("mug", 0.9)], "ok", "", None, None)

    def tag(label: str) -> Tag:
        raise AssertionError("nothing that came can be tagged")

    meant = Broker("127.0.0.1", broker.port, topic="door")
    with Telling(taught, meant, "usb:0", "door", lambda text, level: said.append(text)) as it:
        until(lambda: home.say("door/tag", "spoon") or it.line.passed_over >= 3)
        assert not it.turn(seen, taught.score(), tag)
        assert it.refused == 1 + 32 and any("messages came at once with too many others" in line for line in said)
    assert events(taught) == before


def test_tagging_can_be_switched_off(
    taught: Brain, broker: Mosquitto, home: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, meant = events(taught), Broker("127.0.0.1", broker.port, tag=False)
    with Watching(taught, meant) as watching:
        assert button(home.last("/config"), "mug") is None
        home.say(f"{home.base()}/tag", "mug")
        home.say("homeassistant/status", "online")  # which is answered: it comes after the other
        home.heard.clear()
        home.last("/config")
        assert not home.told("/tagged"), "it is not even listened to"
        assert not any("without a password" in line for line in watching.said)
    monkeypatch.setattr(Telling, "_listens", lambda telling: [telling._topics.tag])
    with Watching(taught, meant):
        home.heard.clear()
        home.say(f"{home.base()}/tag", "mug")
        assert "switched off here" in home.last("/tagged")["error"], "a broker that sends it unasked changes nothing"
    assert events(taught) == before


def test_a_disk_that_refuses_is_told_and_the_camera_goes_on(
    taught: Brain, broker: Mosquitto, home: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(*arguments: object, **options: object) -> None:
        raise StorageFailed("the disk has gone")

    with Watching(taught, broker) as watching, monkeypatch.context() as patch:
        base = home.base()
        patch.setattr(Brain, "tag", refusing)
        home.say(f"{base}/tag", "mug")
        assert home.last("/tagged") == {
            "label": "mug", "frame": None, "role": None, "burst": None, "error": "the disk has gone",
        }  # fmt: skip
        taken = watching.camera.taken  # type: ignore[attr-defined]
        until(lambda: watching.camera.taken > taken + 5)  # type: ignore[attr-defined]


HUGE = """
import sys
from pathlib import Path
from edge_brain import Brain, tell_broker

def peak():  # KiB; `resource` counts what the parent had, too
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

said = []
with Brain.open(sys.argv[1]) as brain:
    before = None
    for seen in tell_broker(
        brain, "synthetic:mug?fps=20", sys.argv[2], name="door", every=True,
        stop=lambda: any("nothing was tagged" in text for text in said), say=lambda text, level: said.append(text),
    ):
        before = before or peak()
print(peak() - before)
"""


def test_a_huge_message_that_the_broker_keeps_takes_no_memory_and_the_camera_is_told(
    taught: Brain, broker: Mosquitto, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    with Listener(broker.port, topic="door/+") as home:
        base = f"edge_brain/{taught.store.devices.own_id()}/door"
        home.say(f"{base}/tag", b"m" * 64_000_000, retain=True)
        took = int(run(HUGE, taught.folder, f"mqtt://127.0.0.1:{broker.port}").stdout)
    with Listener(broker.port, topic=f"{base}/seen") as seen, Listener(broker.port, topic=f"{base}/camera") as camera:
        assert seen.last("/seen")["ranking"] and camera.last("/camera")["state"] == "ok"
    assert took < 32_000, "KiB, of a message of 64 MB"


# ── what a broker may do ────────────────────────────────────────────────────────────────────────


def test_a_broker_that_is_away_holds_nothing_up_and_is_told_all_when_it_is_back(
    taught: Brain, broker: Mosquitto, home: Listener
) -> None:
    with Watching(taught, broker) as watching:
        home.last("/seen", lambda told: told["label"] == "mug")
        broker.end()
        watching.has_said("warning: the broker 127.0.0.1")
        taken = watching.camera.taken  # type: ignore[attr-defined]
        watching.camera.hold("cup")  # type: ignore[attr-defined]
        until(lambda: watching.camera.taken > taken + 20)  # type: ignore[attr-defined]
        until(lambda: watching.seen[-1].label == "cup")
        broker.begin()
        with Listener(broker.port) as after:
            assert after.last("/seen")["label"] == "cup"
            assert after.last("/availability") == "online" and after.last("/config") and after.last("/score")
    assert sum("Connection refused" in line for line in watching.said) <= 1, "why is told once"


def test_a_broker_that_was_never_there_holds_up_neither_the_beginning_nor_the_end(taught: Brain) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with Watching(taught, Broker("127.0.0.1", nobody.getsockname()[1])) as watching:
            watching.has_said("Connection refused; it is tried again and again")
            until(lambda: watching.seen and watching.seen[-1].label == "mug")


def test_a_broker_that_stalls_holds_nothing_up(taught: Brain, broker: Mosquitto, home: Listener) -> None:
    with Watching(taught, broker) as watching:
        home.last("/seen", lambda told: told["label"] == "mug")
        broker.pause()
        watching.camera.hold("cup")  # type: ignore[attr-defined]
        until(lambda: watching.seen[-1].label == "cup")


def test_bytes_that_are_no_mqtt_do_not_end_it(
    taught: Brain, broker: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_brain.mqtt.client._REST_S", 0.05)
    came = list[bytes]()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            for junk in (b"HTTP/1.1 400 Bad Request\r\n" * 9, b"\x20\x02\0\0\x30\x04\0\x02\xff\xfe", b""):
                line, _ = server.accept()
                with line, suppress(ConnectionError):
                    came.append(line.recv(1000))
                    line.sendall(junk)
                    line.settimeout(WAIT_S)
                    while junk and line.recv(1000):
                        pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with Watching(taught, Broker("127.0.0.1", server.getsockname()[1])) as watching:
            thread.join(10.0)
            assert len(came) == 3, "it came again after each"
            until(lambda: watching.seen and watching.seen[-1].label == "mug")
            watching.has_said("warning: the broker 127.0.0.1")


def test_what_is_said_is_said_in_the_thread_of_whoever_asks_and_raises_there(taught: Brain, broker: Mosquitto) -> None:
    said = list[str]()

    def say(text: str, level: str) -> None:
        said.append(threading.current_thread().name)
        raise ValueError("the log has gone")

    with pytest.raises(ValueError, match="the log has gone"):
        for _ in tell_broker(taught, Camera(), Broker("127.0.0.1", broker.port, "ann"), say=say, every=True):
            pass
    assert said and {*said} == {threading.current_thread().name}


def test_a_connection_that_ends_by_a_fault_counts_as_none(
    taught: Brain, broker: Mosquitto, home: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    meant = Broker("127.0.0.1", broker.port, topic="door")
    with Telling(taught, meant, "usb:0", "door", lambda text, level: None) as it:
        until(lambda: it.line.connected)
        monkeypatch.setattr("edge_brain.mqtt.line.Heard", None)  # so that what comes cannot even be noted
        until(lambda: home.say("door/tag", "mug") or it.line.failure)
        assert "what it sends is no MQTT" in it.line.failure and not it.line.connected


def test_a_wrong_password_is_told_without_it_and_the_right_one_opens(taught: Brain, tmp_path: Path) -> None:
    users, word = tmp_path / "users", tmp_path / "word"
    subprocess.run(["mosquitto_passwd", "-c", "-b", users, "camera", "hush hush"], check=True, capture_output=True)
    users.chmod(0o600)
    strict = Mosquitto(tmp_path, "allow_anonymous false", f"password_file {users}")
    word.write_text("open sesame\n")
    try:
        meant = Broker("127.0.0.1", strict.port, "camera", password_file=word)
        with Watching(taught, meant) as watching:
            line = watching.has_said("look at username and password")
            assert "open sesame" not in line and "uthorized" in line
            until(lambda: watching.seen and watching.seen[-1].label == "mug")
        word.write_text("hush hush\n")
        with Watching(taught, meant) as watching, Listener(strict.port, "camera", "hush hush") as home:
            home.last("/seen", lambda told: told["label"] == "mug")
            assert not any("hush" in line or "without a password" in line for line in watching.said)
    finally:
        strict.end()


def test_with_tls_only_a_broker_that_is_vouched_for_is_told(taught: Brain, tmp_path: Path) -> None:
    for name in ("ours", "theirs"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-days", "2", "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", f"{name}.key", "-out", f"{name}.crt"],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip
    secure = Mosquitto(
        tmp_path, "allow_anonymous true", f"certfile {tmp_path / 'ours.crt'}", f"keyfile {tmp_path / 'ours.key'}"
    )
    try:
        with Watching(taught, Broker("127.0.0.1", secure.port, ca=tmp_path / "theirs.crt")) as watching:
            watching.has_said("certificate verify failed")
        with Watching(taught, Broker("127.0.0.1", secure.port, ca=tmp_path / "ours.crt")) as watching:
            watching.has_said("info: connected with the broker")
    finally:
        secure.end()


# ── who may not, and from where ─────────────────────────────────────────────────────────────────


def test_a_library_that_is_not_there_is_told_with_its_extra(taught: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*sys.modules]:
        if name.startswith(("paho", "edge_brain.mqtt.client")):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "paho", None)
    with pytest.raises(ExtraMissing, match=r"paho, and paho is not installed: .*edge_brain\[mqtt\]"):
        next(tell_broker(taught, Camera(), "mqtt://127.0.0.1:1"))


def test_a_release_and_a_name_that_is_none_are_refused(taught: Brain, tmp_path: Path) -> None:
    taught.release(tmp_path / "kitchen.brain")
    with Brain.open(tmp_path / "kitchen.brain") as released, pytest.raises(BrainReadOnly):
        next(tell_broker(released, Camera(), "mqtt://127.0.0.1:1"))
    with pytest.raises(BadInput, match="'the door' is no name for a camera"):
        next(tell_broker(taught, "there is no such camera", "mqtt://127.0.0.1:1", name="the door"))
    with pytest.raises(BadInput, match="'' is no name for a camera"):
        next(tell_broker(taught, "there is no such camera", "mqtt://127.0.0.1:1", name=""))


def test_of_one_camera_of_a_brain_a_broker_is_told_by_one_alone(
    taught: Brain, broker: Mosquitto, home: Listener
) -> None:
    url = f"mqtt://127.0.0.1:{broker.port}"
    with Watching(taught, broker) as watching:
        home.last("/seen")
        with pytest.raises(BadInput, match=r"a broker is told of 'door' of .* already.*; give another --name"):
            next(tell_broker(taught, Camera(), url, name="door"))
        said = list[str]()
        stop = lambda: any("connected" in text for text in said)  # noqa: E731
        for _ in tell_broker(taught, Camera(), url, name="back", stop=stop, say=lambda text, level: said.append(text)):
            pass
        assert sum("connected with" in text for text in watching.said) == 1
    with Watching(taught, broker) as watching:
        watching.has_said("connected with")
    with pytest.raises(BadInput, match="cannot be read"):
        next(tell_broker(taught, Camera(), Broker("b", username="ann", password_file=taught.folder / "none")))
    with Watching(taught, broker) as watching:
        watching.has_said("connected with")


def test_a_name_is_for_a_broker(taught: Brain) -> None:
    command = ["--brain", str(taught.folder), "watch", "synthetic:mug?once=1", "--name"]
    refused = CliRunner().invoke(main, [*command, "door"])
    assert refused.exit_code == 2 and "--name goes with --mqtt" in refused.stderr
    told = CliRunner().invoke(main, ["watch", "--help"]).output
    assert "mqtt://name@host" in told and "EDGE_BRAIN_MQTT_PASSWORD" in told and ":password" not in told


def test_it_is_watched_and_told_from_the_command_line(taught: Brain, broker: Mosquitto, home: Listener) -> None:
    url = f"mqtt://127.0.0.1:{broker.port}/home/door"
    command = ["--brain", str(taught.folder), "watch", "synthetic:mug?fps=20"]
    process = subprocess.Popen(
        [sys.executable, "-m", "edge_brain", *command, "--mqtt", url, "--name", "front", "--every", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        home.last("home/door/seen")
        assert home.last("/config")["dev"]["name"] == "kitchen front"
    finally:
        process.terminate()
        stdout, stderr = process.communicate(timeout=WAIT_S)
    assert process.returncode == 0 and f"connected with the broker 127.0.0.1:{broker.port}" in stderr
    assert "seen" in {json.loads(line)["kind"] for line in stdout.splitlines()}
    home.last("home/door/availability", lambda told: told == "offline")
    refused = CliRunner().invoke(main, [*command, "--mqtt", "mqtt://ann:hush@broker:port"])
    assert refused.exit_code == 1 and "a broker is given as mqtt://" in refused.stderr
    assert "hush" not in refused.output


def test_a_password_file_that_is_not_there_is_told_at_the_start(taught: Brain) -> None:
    broker = Broker("127.0.0.1", 1, "camera", password_file=taught.folder / "word")
    with pytest.raises(BadInput, match="word cannot be read: No such file"):
        next(tell_broker(taught, Camera(), broker))
