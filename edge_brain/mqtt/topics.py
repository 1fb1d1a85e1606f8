"""What is told under which topic, as JSON: names and payloads, and nothing that sends them.

BASE/availability   online, offline (also the will)      retained, as are the next three
BASE/camera         how the source is
BASE/seen           what is before it
BASE/score          the Brain Score
BASE/tag            <─ a class's name: tag what is seen now
BASE/tagged         what came of that
homeassistant/device/NODE/config    see `homeassistant`
homeassistant/status                <─ online: Home Assistant begins, and is told all anew
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge_brain import clock
from edge_brain.errors import BadInput
from edge_brain.mqtt.broker import Broker
from edge_brain.records import Observation, Score, Tag

ONLINE, OFFLINE = "online", "offline"
_RANKED = 5  # classes that are told with what is seen
_SCORED = ("level", "accuracy", "balanced_accuracy", "interval", "classes", "learned", "reserved")


@dataclass(frozen=True)
class Topics:
    """The topics of one camera of one brain on one device."""

    device: str  # its id
    name: str  # which camera of the brain
    base: str
    discovery: str  # empty: Home Assistant is not told

    @classmethod
    def of(cls, broker: Broker, device: str, name: str) -> Topics:
        """Return the topics for a broker; `name` tells the cameras of a brain apart."""
        return cls(device, checked(name), broker.topic or f"edge_brain/{device}/{name}", broker.discovery)

    @property
    def node(self) -> str:
        """What nobody else is called, in letters that every broker and Home Assistant take."""
        return f"edge_brain_{self.device}_{self.name}"

    @property
    def client(self) -> str:
        """The same as the broker knows us by: 23 letters and digits are what each takes."""
        return f"brain{hashlib.sha256(self.node.encode()).hexdigest()[:18]}"

    @property
    def availability(self) -> str:
        """Whether anybody tells."""
        return f"{self.base}/availability"

    @property
    def camera(self) -> str:
        """How the source is."""
        return f"{self.base}/camera"

    @property
    def seen(self) -> str:
        """What is before it."""
        return f"{self.base}/seen"

    @property
    def score(self) -> str:
        """The Brain Score."""
        return f"{self.base}/score"

    @property
    def tag(self) -> str:
        """Where one says what is seen."""
        return f"{self.base}/tag"

    @property
    def tagged(self) -> str:
        """What came of that."""
        return f"{self.base}/tagged"

    @property
    def config(self) -> str:
        """What Home Assistant is to make of all this."""
        return f"{self.discovery}/device/{self.node}/config"

    @property
    def birth(self) -> str:
        """Where Home Assistant says that it begins."""
        return f"{self.discovery}/status"


def checked(name: str) -> str:
    """Return what can be the name of a camera; raises BadInput for all else."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", name):
        raise BadInput(f"{name!r} is no name for a camera: give letters, digits, - and _, 63 at most")
    return name


def camera(source: str, seen: Observation) -> str:
    """Return how the source is."""
    return spelled({"source": source, "state": seen.state, "detail": seen.detail})


def seen(seen: Observation) -> str:
    """Return what is before the camera."""
    ranking = [[label, round(share, 4)] for label, share in seen.ranking[:_RANKED]]
    at = None if seen.at is None else clock.stamp(seen.at)
    return spelled({"label": seen.label, "confidence": round(seen.confidence, 4), "ranking": ranking, "at": at})


def score(score: Score) -> str:
    """Return the Brain Score."""
    return spelled({name: getattr(score, name) for name in _SCORED})


def tagged(label: str, tag: Tag) -> str:
    """Return what a command has tagged."""
    return spelled({"label": label, "frame": tag.frame_id, "role": tag.role, "burst": tag.burst, "error": None})


def refused(label: str | None, why: str) -> str:
    """Return why a command has tagged nothing."""
    return spelled({"label": label, "frame": None, "role": None, "burst": None, "error": why})


def spelled(value: Mapping[str, Any]) -> str:
    """Return a payload."""
    return json.dumps(value, ensure_ascii=False)
