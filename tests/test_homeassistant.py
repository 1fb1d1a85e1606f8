"""What Home Assistant is told of a camera: whole, by its rules, for any class."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, get_args

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain import BadInput, Broker, Observation, Score, labels
from edge_brain.mqtt import homeassistant, topics
from edge_brain.mqtt.topics import Topics
from edge_brain.records import Level

pytestmark = pytest.mark.usefixtures("once")

HERE = Topics.of(Broker("broker"), "0123456789abcdef", "door")
ODD = ["mug", "Tasse & Löffel", "杯子", "🍋 #1/+", "a" * 100, "{{ 7 * 7 }}", "None", "1", "nothing known"]
SEEN = Observation("seen", 1e9, 1.0, 7, "mug", None, 0.93, [("mug", 0.93), ("cup", 0.07)], "ok", "", 5.0, 9.0)
SCORE = Score("Good", 0.8, 0.825, (0.7, 0.9), 2, 9, 4, 5, {}, [], [])


def document(names: list[str], *, tag: bool = True, gone: dict[str, str] | None = None) -> dict[str, Any]:
    parts = homeassistant.parts(HERE, names, tag=tag)
    told: dict[str, Any] = json.loads(homeassistant.document(HERE, "kitchen door", parts, gone or {}))
    return told


def rendered(template: str, payload: str) -> str:
    """Return what Home Assistant makes of a payload: its templates are Jinja's, its texts without space around."""
    return jinja2.Environment().from_string(template).render(value_json=json.loads(payload)).strip()


def test_the_message_has_all_that_home_assistant_asks_for() -> None:
    told = document(ODD)
    assert set(told) == {"dev", "o", "availability", "cmps"}
    assert told["dev"]["ids"] == ["edge_brain_0123456789abcdef_door"] and told["dev"]["name"] == "kitchen door"
    assert told["o"]["name"] == "edge_brain" and told["o"]["sw"]
    assert re.fullmatch(r"homeassistant/device/[a-zA-Z0-9_-]+/config", HERE.config)
    parts = told["cmps"]
    assert {name: part["p"] for name, part in parts.items() if part["p"] != "button"} == {
        "seen": "sensor", "confidence": "sensor", "level": "sensor", "balanced_accuracy": "sensor",
        "camera": "binary_sensor",
    }  # fmt: skip
    for name, part in parts.items():
        assert re.fullmatch(r"[a-zA-Z0-9_-]+", name) and part["name"]
        assert part["unique_id"] == f"{HERE.node}_{name}"
        assert ("command_topic" in part) == (part["p"] == "button") != ("state_topic" in part)
    buttons = [part for part in parts.values() if part["p"] == "button"]
    assert [(part["payload_press"], part["command_topic"], part["retain"]) for part in buttons] == [
        (label, HERE.tag, False) for label in ODD
    ]
    assert parts["seen"]["device_class"] == parts["level"]["device_class"] == "enum"
    assert parts["level"]["options"] == list(get_args(Level))
    assert parts["camera"]["device_class"] == "connectivity"


def test_without_classes_and_without_tagging_there_are_the_sensors_alone() -> None:
    assert {part["p"] for part in document(ODD, tag=False)["cmps"].values()} == {"sensor", "binary_sensor"}
    assert document([])["cmps"]["seen"]["options"] == [homeassistant.UNKNOWN]


@given(st.lists(st.text(min_size=1, max_size=30), max_size=8))
def test_a_class_of_any_name_has_a_button_of_its_own_and_is_an_option_once(texts: list[str]) -> None:
    names = []
    for text in texts:
        try:
            names.append(labels.checked(text))
        except BadInput:
            continue
    names = list(dict.fromkeys(names))
    parts = document(names)["cmps"]
    assert len(parts) == 5 + len(names)
    assert len(set(parts["seen"]["options"])) == len(parts["seen"]["options"])
    assert set(parts["seen"]["options"]) == {*names, homeassistant.UNKNOWN}


@pytest.mark.parametrize("label", [*ODD, None])
def test_what_is_seen_is_one_of_the_options_and_no_name_is_taken_for_a_template(label: str | None) -> None:
    part = document(ODD)["cmps"]["seen"]
    shown = rendered(part["value_template"], topics.seen(replace(SEEN, label=label)))
    assert shown == (label or homeassistant.UNKNOWN) and shown in part["options"]


def test_shares_are_told_in_per_cent_and_what_is_not_known_yet_as_such() -> None:
    parts = document(["mug"])["cmps"]
    assert rendered(parts["confidence"]["value_template"], topics.seen(SEEN)) == "93.0"
    assert rendered(parts["balanced_accuracy"]["value_template"], topics.score(SCORE)) == "82.5"
    unknown = replace(SCORE, balanced_accuracy=None, interval=None)
    assert rendered(parts["balanced_accuracy"]["value_template"], topics.score(unknown)) == "None"
    assert rendered(parts["level"]["value_template"], topics.score(SCORE)) in parts["level"]["options"]
    assert json.loads(topics.score(SCORE))["interval"] == [0.7, 0.9]


@pytest.mark.parametrize("state", ["ok", "lost", "frozen", "black", "ended"])
def test_while_the_camera_is_away_nothing_is_seen_and_nothing_can_be_tagged(state: str) -> None:
    parts, payload = document(["mug"])["cmps"], topics.camera("usb:0", replace(SEEN, state=state))
    assert rendered(parts["camera"]["value_template"], payload) == ("ON" if state == "ok" else "OFF")
    for name, part in parts.items():
        needs_it = part["p"] == "button" or name in ("seen", "confidence")
        assert ("availability" in part) == needs_it
        if needs_it:
            there, sees = part["availability"]
            assert there["topic"] == HERE.availability and sees["topic"] == HERE.camera
            assert part["availability_mode"] == "all"
            shown = rendered(sees["value_template"], payload)
            assert shown == sees["payload_available" if state == "ok" else "payload_not_available"]


def test_a_component_that_is_gone_is_told_by_its_platform_alone_unless_it_is_there_again() -> None:
    tea = next(name for name in document(["tea"])["cmps"] if name.startswith("tag_"))
    assert document(["mug"], gone={tea: "button"})["cmps"][tea] == {"p": "button"}
    assert document(["tea"], gone={tea: "button"})["cmps"][tea]["payload_press"] == "tea"
    told = homeassistant.told(json.dumps(document(["mug", "tea"])).encode())
    assert told[tea] == "button" and len(told) == 7


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"\xff", b"[]", b"7", b"{}", b'{"cmps": 3}', b'{"cmps": {"a": 3}}', b'{"cmps": {"a": {}}}',
        b'{"cmps": {"a/b": {"p": "sensor"}}}', b'{"cmps": {"a": {"p": "lock"}}}', b'{"cmps": {"a": {"p": []}}}',
        b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_message_of_somebody_else_says_nothing(payload: bytes) -> None:
    assert homeassistant.told(payload) == {}


def test_cameras_of_one_brain_and_brains_of_one_machine_are_told_apart() -> None:
    broker = Broker("broker")
    several = [Topics.of(broker, device, name) for device in ("a" * 16, "b" * 16) for name in ("door", "x" * 63)]
    for what in ("node", "base", "config", "client", "availability"):
        assert len({getattr(each, what) for each in several}) == 4, what
    assert all(re.fullmatch(r"[a-z0-9]{23}", each.client) for each in several), "what each broker takes"
    moved = Topics.of(replace(broker, topic="home/door"), "a" * 16, "door")
    assert moved.base == "home/door" and moved.node == several[0].node, "it stays the same for Home Assistant"
    with pytest.raises(BadInput, match="'a/b' is no name for a camera"):
        Topics.of(broker, "a" * 16, "a/b")
