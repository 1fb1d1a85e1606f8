"""The file that says what a service does: TOML in, frozen settings out; what cannot be meant is refused by its key."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from edge_brain.capture.spec import Spec
from edge_brain.errors import BadInput
from edge_brain.field import Rules, room
from edge_brain.mqtt.broker import Broker, host, is_topic
from edge_brain.region import Region
from edge_brain.service.table import TEXT, YES_NO, Kind, Table, called, measured, one_of, size, span, text, whole
from edge_brain.store import DATABASE, remains
from edge_brain.sync import choice, conditions
from edge_brain.sync.choice import Fetch, Send
from edge_brain.sync.conditions import Conditions
from edge_brain.units import size_bytes

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")

NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}"


@dataclass(frozen=True)
class Disk:
    """How much of the disk a brain may take."""

    quota_bytes: int | None = None  # no quota
    free_bytes: int = room.FLOOR_BYTES
    ballast_bytes: int = room.BALLAST_BYTES


@dataclass(frozen=True)
class Sync:
    """With which hub, how often, and what of it."""

    hub: str  # a path, absolute, or a URL
    every_s: float = 900.0
    send: Send = "all"
    fetch: Fetch = "none"
    thin_after_s: float | None = None  # pictures stay
    releases: bool = True
    limit_bytes_s: int | None = None  # as fast as it goes
    conditions: Conditions = Conditions()  # noqa: RUF009  # frozen

    @property
    def folder(self) -> Path | None:
        """The folder that the hub lies in; None for one that is reached by the network."""
        scheme, divided, rest = self.hub.partition("://")
        return Path(rest if divided else self.hub) if not divided or scheme == "file" else None

    @property
    def told(self) -> str:
        """How the hub is told to people: without a password."""
        return re.sub(r"//\S*@", "//", self.hub)


@dataclass(frozen=True)
class Settings:
    """What one service does."""

    file: Path  # absolute, as all paths here
    name: str
    brain: Path
    source: str
    threads: int | None = None
    roi: str | None = None
    agree: int = 5
    events: bool = False
    repair: bool = True
    memory_bytes: int = 512 * 10**6
    keep: Rules = Rules()  # noqa: RUF009  # frozen
    disk: Disk = Disk()
    sync: Sync | None = None
    mqtt: Broker | None = None


def load(file: str | Path) -> Settings:
    """Read the settings of a service; its brain has to be there."""
    path = _path(str(file), Path())
    try:
        said = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise BadInput(
            f"the settings {path} cannot be read: {reason}; `edge-brain service example` shows some"
        ) from error
    settings = parse(said, path)
    try:
        Spec.parse(settings.source)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    if not ((settings.brain / DATABASE).is_file() or remains(settings.brain)):
        raise BadInput(
            f"{path}: brain is {str(settings.brain)!r}, and there is no brain in that folder; "
            "give the folder of one, or make it: edge-brain init DIR"
        )
    return settings


def parse(said: str, path: Path) -> Settings:
    """Return the settings that a file's text says; relative paths are meant from where it lies."""
    try:
        values = tomllib.loads(said)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path} is no TOML: {error}") from error
    tables = {name: values.pop(name, {}) for name in ("keep", "disk")}
    tables |= {name: values.pop(name) for name in ("sync", "mqtt") if name in values}
    for name, table in tables.items():
        if not isinstance(table, dict):
            raise BadInput(f"{path}: {name} is {called(table)}; it must be a table: [{name}], its keys below")
    top = Table(values, str(path))
    settings = Settings(
        file=path,
        brain=_path(top.need("brain", TEXT, '"kitchen"'), path.parent),
        source=_source(top.need("source", TEXT, '"usb:0"'), path.parent),
        name=top.take("name", _NAME, None) or _name_of(path),
        threads=top.take("threads", whole(1, 64), None),
        roi=top.take("roi", _REGION, None),
        agree=top.take("agree", whole(1, 1000), Settings.agree),
        events=top.take("events", YES_NO, Settings.events),
        repair=top.take("repair", YES_NO, Settings.repair),
        memory_bytes=top.take("memory", size(64 * 10**6), Settings.memory_bytes),
        keep=_rules(Table(tables["keep"], f"{path} [keep]")),
        disk=_disk(Table(tables["disk"], f"{path} [disk]")),
        sync=_sync(Table(tables["sync"], f"{path} [sync]"), path.parent) if "sync" in tables else None,
        mqtt=_mqtt(Table(tables["mqtt"], f"{path} [mqtt]", secret=True), path.parent) if "mqtt" in tables else None,
    )
    top.end("[keep]", "[disk]", "[sync]", "[mqtt]")
    return settings


def example() -> str:
    """Return an example of a settings file, with every key explained."""
    return Path(__file__).with_name("example.toml").read_text(encoding="utf-8")


def _rules(table: Table) -> Rules:
    rules = Rules(
        every_s=table.take("every", span(0.001), None),
        on_change=table.take("on_change", YES_NO, False),
        unsure=table.take("unsure", YES_NO, False),
        best_of_s=table.take("best_of", span(0), Rules.best_of_s),
        at_most_every_s=table.take("at_most_every", span(0), Rules.at_most_every_s),
    )
    table.end()
    return rules


def _disk(table: Table) -> Disk:
    quota = table.take("quota", _QUOTA, Disk.quota_bytes or "none")
    disk = Disk(
        quota_bytes=None if quota == "none" else quota,
        free_bytes=table.take("free", size(0), Disk.free_bytes),
        ballast_bytes=table.take("ballast", size(0), Disk.ballast_bytes),
    )
    table.end()
    return disk


def _sync(table: Table, folder: Path) -> Sync:
    sync = Sync(
        hub=_hub(table.need("hub", _HUB, '"/media/stick/hub"'), folder),
        every_s=table.take("every", span(1), Sync.every_s),
        send=table.take("send", _SEND, Sync.send),
        fetch=table.take("fetch", _FETCH, Sync.fetch),
        thin_after_s=table.take("thin", span(0), None),
        releases=table.take("releases", YES_NO, Sync.releases),
        limit_bytes_s=table.take("limit", size(1), None),
        conditions=Conditions(
            interface=table.take("only_on", _INTERFACE, None),
            hours=table.take("between", _HOURS, None),
            command=table.take("only_if", _COMMAND, None),
        ),
    )
    table.end()
    return sync


def _mqtt(table: Table, folder: Path) -> Broker:
    password_file, ca = (
        None if (given := table.take(key, TEXT, None)) is None else _path(given, folder)
        for key in ("password_file", "ca")
    )
    broker = Broker(
        host=table.need("host", _HOST, '"homeassistant.local"'),
        port=table.take("port", whole(1, 65535), None),
        username=table.take("username", TEXT, None),
        password_file=password_file,
        tls=table.take("tls", YES_NO, Broker.tls),
        ca=ca,
        topic=table.take("topic", _TOPIC, None),
        discovery=table.take("discovery", _DISCOVERY, Broker.discovery),
        tag=table.take("tag", YES_NO, Broker.tag),
    )
    table.end()
    return broker


def _name_of(path: Path) -> str:
    if not re.fullmatch(NAME, path.stem):
        raise BadInput(f'{path}: its name makes no name of a service; give one, such as name = "kitchen"')
    return path.stem


def _path(name: str, folder: Path) -> Path:
    return Path(os.path.abspath(folder / name))  # noqa: PTH100  # unlike `resolve` it keeps links as they are


def _hub(location: str, folder: Path) -> str:
    """Return a hub with its path, if it is one, made absolute."""
    scheme, divided, rest = location.partition("://")
    if divided and scheme != "file":
        return location
    return str(_path(rest if divided else location, folder))


def _source(spec: str, folder: Path) -> str:
    """Return a source with its path, if it is one, made absolute."""
    if re.match(r"[a-z]+:|picamera(\?|$)", spec):
        return spec
    return str(_path(spec, folder)) + ("/" if spec.endswith("/") else "")  # a folder that is still to come


# ── kinds ───────────────────────────────────────────────────────────────────────────────────────


def _quota(value: Any) -> int | Literal["none"] | None:
    return "none" if value == "none" else measured(value, size_bytes, 10**6)


def _region(value: Any) -> str | None:
    try:
        return str(Region.parse(value)) if isinstance(value, str) else None
    except BadInput:
        return None


def _hub_text(value: Any) -> str | None:
    scheme, divided, rest = (text(value) or "://").partition("://")
    return text(value) if not divided or (scheme in _SCHEMES and rest) else None


def _read(parse: Callable[[str], T | None]) -> Callable[[Any], T | None]:
    """Return what reads a text, and nothing that is no text."""
    return lambda value: parse(value) if isinstance(value, str) and value.isprintable() else None


def _topic(value: Any) -> str | None:
    return value if isinstance(value, str) and is_topic(value) else None


def _discovery(value: Any) -> str | None:
    return "" if value == "" or value is False else _topic(value)


_QUOTA: Kind[int | Literal["none"]] = Kind('a size such as "2 GB", 1 MB at least, or "none"', _quota)
_REGION: Kind[str] = Kind('x,y,width,height as fractions, such as "0,0,0.5,1"', _region)
_NAME: Kind[str] = Kind(
    "letters, digits, - and _, 63 at most",
    lambda value: value if isinstance(value, str) and re.fullmatch(NAME, value) else None,
)


_SCHEMES = ("file", "s3", "gs", "az", "http", "https")
_HUB: Kind[str] = Kind("a path, s3://…, gs://…, az://… or https://…", _hub_text)
_SEND: Kind[Send] = one_of(choice.SEND)
_FETCH: Kind[Fetch] = one_of(choice.FETCH)
_INTERFACE: Kind[str] = Kind('a network interface such as "wlan0"', _read(conditions.interface))
_HOURS: Kind[conditions.Hours] = Kind('hours such as "22:00-06:00"', _read(conditions.hours))
_HOST: Kind[str] = Kind("the name or the address of a broker", _read(host))
_TOPIC: Kind[str] = Kind('a topic such as "home/door", without + and #', _topic)
_DISCOVERY: Kind[str] = Kind('a topic such as "homeassistant", or false', _discovery)
_COMMAND: Kind[tuple[str, ...]] = Kind('a command such as "ping -c 1 nas"', _read(conditions.command))
