"""What Home Assistant is told to make of a camera: one device, its sensors, and a button a class.

One retained message, as its documentation of MQTT has it (device discovery, since 2024.11). An entity is known by its
`unique_id`, which neither a new topic nor another language changes; what is named in it is one word of a-z, 0-9 and _.
A component that is no more is told once by its platform alone, and left out from then on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args

from edge_brain import __version__
from edge_brain.mqtt.topics import OFFLINE, ONLINE, Topics, spelled
from edge_brain.records import Level

UNKNOWN = "nothing known"  # Home Assistant's own "unknown" says that nobody has told it
_KEY = r"[a-z0-9_]{1,64}"
_PLATFORMS = ("sensor", "binary_sensor", "button")
_MOST = 10_000  # components that are believed to have been told


def parts(topics: Topics, labels: Sequence[str], *, tag: bool) -> dict[str, dict[str, Any]]:
    """Return the components for the classes of a brain, by their names; with buttons where one may `tag`."""
    made = _sensors(topics, labels) | (_buttons(topics, labels) if tag else {})
    return {name: part | {"unique_id": f"{topics.node}_{name}"} for name, part in made.items()}


def document(topics: Topics, title: str, parts: Mapping[str, Mapping[str, Any]], gone: Mapping[str, str]) -> str:
    """Return the message: of these components, and without those that are `gone`, by their names with platforms."""
    return spelled(
        {
            "dev": {
                "ids": [topics.node], "name": title, "mf": "edge_brain", "mdl": "brain", "sn": topics.device,
                "sw": __version__,
            },
            "o": {"name": "edge_brain", "sw": __version__},
            "availability": [_there(topics)],
            "cmps": {name: {"p": platform} for name, platform in gone.items()} | dict(parts),
        }
    )  # fmt: skip


def told(payload: bytes) -> dict[str, str]:
    """Return the components of a message that was told earlier, by name with platform; none of what is no such."""
    try:
        parts = json.loads(payload)["cmps"]
        found = {name: part["p"] for name, part in parts.items() if re.fullmatch(_KEY, name)}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # somebody else's: we leave it at that
        return {}
    known = {name: platform for name, platform in found.items() if platform in _PLATFORMS}
    return known if len(known) <= _MOST else {}


def _sensors(topics: Topics, labels: Sequence[str]) -> dict[str, dict[str, Any]]:
    seeing = {"availability": [_there(topics), _sees(topics)], "availability_mode": "all"}
    return {
        "seen": {
            "p": "sensor", "name": "Seen", "device_class": "enum", "options": [*dict.fromkeys([*labels, UNKNOWN])],
            "state_topic": topics.seen, "json_attributes_topic": topics.seen,
            "value_template": f"{{{{ '{UNKNOWN}' if value_json.label is none else value_json.label }}}}", **seeing,
        },
        "confidence": {
            "p": "sensor", "name": "Confidence", "state_class": "measurement", "state_topic": topics.seen,
            **_percent("value_json.confidence"), **seeing,
        },
        "level": {
            "p": "sensor", "name": "Brain Score", "device_class": "enum", "options": [*get_args(Level)],
            "state_topic": topics.score, "json_attributes_topic": topics.score,
            "value_template": "{{ value_json.level }}",
        },
        "balanced_accuracy": {
            "p": "sensor", "name": "Balanced accuracy", "state_class": "measurement", "state_topic": topics.score,
            "json_attributes_topic": topics.score, **_percent("value_json.balanced_accuracy"),
        },
        "camera": {
            "p": "binary_sensor", "name": "Camera", "device_class": "connectivity", "entity_category": "diagnostic",
            "state_topic": topics.camera, "json_attributes_topic": topics.camera,
            "value_template": "{{ 'ON' if value_json.state == 'ok' else 'OFF' }}",
        },
    }  # fmt: skip


def _buttons(topics: Topics, labels: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return a button for each class; its name, in any script, is the payload and in no topic."""
    seeing = {"availability": [_there(topics), _sees(topics)], "availability_mode": "all"}
    return {
        f"tag_{hashlib.sha256(label.encode()).hexdigest()[:16]}": {
            "p": "button", "name": f"Tag as {label}", "command_topic": topics.tag, "payload_press": label,
            "qos": 1, "retain": False, **seeing,
        }
        for label in labels
    }  # fmt: skip


def _there(topics: Topics) -> dict[str, str]:
    return {"topic": topics.availability, "payload_available": ONLINE, "payload_not_available": OFFLINE}


def _sees(topics: Topics) -> dict[str, str]:
    """Say that there is nothing to be seen, or tagged, while the camera is away."""
    return {
        "topic": topics.camera,
        "value_template": f"{{{{ '{ONLINE}' if value_json.state == 'ok' else '{OFFLINE}' }}}}",
        "payload_available": ONLINE,
        "payload_not_available": OFFLINE,
    }


def _percent(value: str) -> dict[str, Any]:
    return {
        "unit_of_measurement": "%",
        "suggested_display_precision": 0,
        "value_template": f"{{{{ none if {value} is none else (100 * {value}) | round(1) }}}}",
    }
