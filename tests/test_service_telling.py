"""A service that tells a broker beside its camera goes on whatever becomes of that, and killed it is missed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from brokers import Listener, Mosquitto, until
from click.testing import CliRunner
from services import RUN, Service, said
from test_mqtt import button

from edge_brain import Brain, open_source
from edge_brain.cli import main

pytestmark = pytest.mark.usefixtures("once")

HASTY = RUN.replace("main([", "from edge_brain.mqtt import telling\ntelling._SETTLES_S = 0.2\nmain([")
Start = Callable[..., Service]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return what starts a service that tells a broker; all are ended in the end."""
    with (
        Brain.create(tmp_path / "kitchen", extractor="pixels") as brain,
        open_source("synthetic:mug*8,plate*8?pace=0&once=1&fps=2") as shots,
    ):
        brain.tag_many([(shot.pixels, shot.truth or "") for shot in shots], source="desk")
    started: list[Service] = []

    def start(port: int, source: str = "synthetic:mug*3,plate*3?hold=0.7&fps=20", more: str = "") -> Service:
        file = tmp_path / "door.toml"
        file.write_text(
            f'brain = "kitchen"\nsource = "{source}"\nagree = 2\n[mqtt]\nhost = "127.0.0.1"\nport = {port}\n{more}'
        )
        started.append(Service(file, HASTY))
        return started[-1]

    yield start
    for service in started:
        service.close()


def status(tmp_path: Path) -> str:
    result = CliRunner().invoke(main, ["--brain", str(tmp_path / "kitchen"), "service", "status"])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_service_tells_a_broker_and_tags_and_one_that_is_killed_is_missed(
    start: Start, broker: Mosquitto, home: Listener, tmp_path: Path
) -> None:
    service = start(broker.port)
    home.last("/seen", lambda told: told["label"] == "mug")
    home.last("/seen", lambda told: told["label"] == "plate")
    config, before = home.last("/config"), home.last("/score")
    pressed = button(config, "plate")
    home.say(pressed["command_topic"], pressed["payload_press"])
    tagged = home.last("/tagged")
    assert tagged["error"] is None
    after = home.last("/score", lambda told: told != before)
    assert after["learned"] + after["reserved"] == before["learned"] + before["reserved"] + 1
    home.say(pressed["command_topic"], "spoon")
    home.last("/tagged", lambda told: told["error"] is not None)
    with Brain.open(tmp_path / "kitchen") as brain:
        assert brain.store.frame(tagged["frame"]).label == "plate"
    until(lambda: (said(service.file)["mqtt"] or {}).get("refused") == 1)
    assert said(service.file)["mqtt"] == {
        "broker": f"127.0.0.1:{broker.port}", "connected": True, "failure": None, "tagged": 1, "refused": 1,
    }  # fmt: skip
    told = f"broker 127.0.0.1:{broker.port} is told; 1 frames tagged by messages, 1 messages refused"
    assert told in status(tmp_path)
    assert home.last("/availability") == "online"
    service.end(signal.SIGKILL)
    home.last("/availability", lambda told: told == "offline")
    again = start(broker.port)
    home.last("/availability", lambda told: told == "online")
    assert again.end() == 0
    home.last("/availability", lambda told: told == "offline")
    assert "tagged by a message" in service.errors()


def test_where_room_is_lacking_no_message_tags(start: Start, broker: Mosquitto, home: Listener) -> None:
    service = start(broker.port, more='[disk]\nfree = "1000 TB"\n')
    home.last("/seen")
    until(lambda: said(service.file)["room_lacks"])
    home.say(f"{home.base()}/tag", "mug")
    assert home.last("/tagged")["error"].startswith("there is too little room: ")
    assert service.end() == 0


def test_the_camera_of_a_service_goes_on_without_its_broker(
    start: Start, broker: Mosquitto, home: Listener, tmp_path: Path
) -> None:
    service = start(broker.port)
    home.last("/seen", lambda told: told["label"] is not None)
    broker.end()
    service.until("the broker is not told: ")
    shots = said(service.file)["shots"]
    until(lambda: said(service.file)["shots"] > shots + 10)
    assert "is not told: " in status(tmp_path) and said(service.file)["trouble"]["count"] == 0
    broker.begin()
    with Listener(broker.port) as after:
        after.last("/seen")
        assert after.last("/availability") == "online"
    assert service.end() == 0


def test_no_password_stands_in_anything_that_a_service_says(
    start: Start, broker: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "EDGE_BRAIN_MQTT_PASSWORD", "hush hush")
    broker.end()
    service = start(broker.port, more='username = "camera"\n')
    service.until("the broker is not told: ")
    assert service.end() == 0
    said = [service.errors(), *(file.read_text() for file in (tmp_path / "kitchen" / "service").iterdir())]
    assert len(said) > 2 and not any("hush" in each for each in said)
