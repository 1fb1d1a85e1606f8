"""The file of a service: what it may say, and what is refused, by its key."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from edge_brain import Brain, Broker
from edge_brain.errors import BadInput
from edge_brain.field import Rules
from edge_brain.service import settings
from edge_brain.service.settings import Disk, Settings, Sync
from edge_brain.sync.conditions import Conditions, Hours

LEAST = 'brain = "kitchen"\nsource = "usb:0"\n'


def parsed(text: str, path: str = "/srv/cameras/door.toml") -> Settings:
    return settings.parse(text, Path(path))


def test_a_file_need_only_name_the_brain_and_the_source() -> None:
    assert parsed(LEAST) == Settings(
        file=Path("/srv/cameras/door.toml"), name="door", brain=Path("/srv/cameras/kitchen"), source="usb:0"
    )


def test_what_a_file_says_is_what_holds() -> None:
    said = parsed(
        """
        brain = "../kitchen"
        source = "rtsp://user:word@camera/stream"
        name = "back-door"
        threads = 2
        roi = "0,0,0.5,1"
        agree = 9
        events = true
        repair = false
        memory = "1 GiB"
        [keep]
        every = "10m"
        on_change = true
        unsure = true
        best_of = "250ms"
        at_most_every = "2 s"
        [disk]
        quota = "1.5 GB"
        free = "0 B"
        ballast = "16 MiB"
        [sync]
        hub = "../hub"
        every = "1h"
        send = "tagged"
        fetch = "untagged"
        thin = "7d"
        releases = false
        limit = "500 KB"
        only_on = "wlan0"
        between = "22:00-06:00"
        only_if = "ping -c 1 'the nas'"
        [mqtt]
        host = "broker"
        port = 1884
        username = "camera"
        password_file = "secret/word"
        tls = true
        ca = "/etc/ca.crt"
        topic = "home/back door"
        discovery = false
        tag = false
        """
    )
    assert said == Settings(
        file=Path("/srv/cameras/door.toml"),
        name="back-door",
        brain=Path("/srv/kitchen"),
        source="rtsp://user:word@camera/stream",
        threads=2,
        roi="0.0,0.0,0.5,1.0",
        agree=9,
        events=True,
        repair=False,
        memory_bytes=2**30,
        keep=Rules(600.0, on_change=True, unsure=True, best_of_s=0.25, at_most_every_s=2.0),
        disk=Disk(1_500_000_000, 0, 16 * 2**20),
        sync=Sync(
            "/srv/hub", 3600.0, "tagged", "untagged", 7 * 86_400.0, False, 500_000,
            Conditions("wlan0", Hours(22 * 60, 6 * 60), ("ping", "-c", "1", "the nas")),
        ),
        mqtt=Broker(
            "broker", 1884, "camera", password_file=Path("/srv/cameras/secret/word"), tls=True, ca=Path("/etc/ca.crt"),
            topic="home/back door", discovery="", tag=False,
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("usb:0", "usb:0"), ("picamera", "picamera"), ("picamera:1", "picamera:1"),
        ("picamera?fps=5", "picamera?fps=5"),
        ("http://camera/mjpg", "http://camera/mjpg"), ("synthetic:mug,plate", "synthetic:mug,plate"),
        ("/dev/video2", "/dev/video2"), ("clip.mp4", "/srv/cameras/clip.mp4"), ("../in/", "/srv/in/"),
        ("/srv/clip.mp4", "/srv/clip.mp4"),
    ],
)  # fmt: skip
def test_a_source_that_is_a_path_is_meant_from_where_the_file_lies(written: str, meant: str) -> None:
    assert parsed(f'brain = "b"\nsource = "{written}"').source == meant


@pytest.mark.parametrize(
    ("written", "meant", "folder", "told"),
    [
        ("hub", "/srv/cameras/hub", "/srv/cameras/hub", "/srv/cameras/hub"),
        ("/media/stick", "/media/stick", "/media/stick", "/media/stick"),
        ("file:///media/stick", "/media/stick", "/media/stick", "/media/stick"),
        ("s3://fields/north", "s3://fields/north", None, "s3://fields/north"),
        ("https://ann:word@nas/hub", "https://ann:word@nas/hub", None, "https://nas/hub"),
    ],
)
def test_a_hub_is_a_path_from_where_the_file_lies_or_a_url(
    written: str, meant: str, folder: str | None, told: str
) -> None:
    sync = parsed(LEAST + f'[sync]\nhub = "{written}"').sync
    assert sync == Sync(meant)
    assert sync.folder == (None if folder is None else Path(folder)) and sync.told == told


def test_none_is_a_quota() -> None:
    assert parsed(LEAST + '[disk]\nquota = "none"').disk.quota_bytes is None


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("agree = 0", "agree is 0; it must be a whole number from 1 to 1000"),
        ("agree = true", "agree is true; it must be a whole number"),
        ('agree = "5"', "agree is '5'; it must be a whole number"),
        ("threads = 65", "threads is 65; it must be a whole number from 1 to 64"),
        ("events = 1", "events is 1; it must be true or false"),
        ('repair = "yes"', "repair is 'yes'; it must be true or false"),
        ('roi = "left half"', "roi is 'left half'; it must be x,y,width,height"),
        ('roi = "0,0,2,1"', "roi is '0,0,2,1'; it must be x,y,width,height"),
        ("memory = 512", 'memory is 512; it must be a size such as "500 MB"'),
        ('memory = "1 MB"', "memory is '1 MB'; it must be .* 64 MB at least"),
        ('name = "../x"', "name is '../x'; it must be letters, digits, - and _"),
        ('name = "a b"', "name is 'a b'; it must be letters"),
        ('colour = "red"', "has colour, a text, which is not known; known: brain, source, name, threads"),
        ("keep = 3", r"keep is a number; it must be a table: \[keep\]"),
        ("[keep]\nevery = 2", r'\[keep\]: every is 2; it must be a span of time such as "2s"'),
        ('[keep]\nevery = "2"', r"\[keep\]: every is '2'; it must be a span of time"),
        ('[keep]\nevery = "0s"', r"\[keep\]: every is '0s'; it must be a span of time"),
        ('[keep]\nevery = "-2s"', r"\[keep\]: every is '-2s'; it must be a span of time"),
        ('[keep]\nbest_of = "2 parsec"', r"\[keep\]: best_of is '2 parsec'"),
        (
            "[keep]\nonchange = true",
            r"\[keep\] has onchange, true or false, which is not known; known: every, on_change",
        ),
        ("[disk]\nquota = 2.5", r"\[disk\]: quota is 2.5; it must be a size .*, or \"none\""),
        ('[disk]\nfree = "much"', r"\[disk\]: free is 'much'; it must be a size"),
        ('[disk]\nfree = "5 Gb"', r"\[disk\]: free is '5 Gb'; it must be a size"),
        ("[tunnel]\nhub = 1", r"has tunnel, a table, which is not known"),
        ("sync = true", r"sync is true or false; it must be a table: \[sync\]"),
        ("[sync]", r"\[sync\] lacks hub; it must be a path, s3://"),
        ("[sync]\nhub = 1", r"\[sync\]: hub is 1; it must be a path, s3://"),
        ('[sync]\nhub = ""', r"\[sync\]: hub is ''; it must be a path"),
        ('[sync]\nhub = "ftp://nas/hub"', r"\[sync\]: hub is 'ftp://nas/hub'; it must be a path, s3://"),
        ('[sync]\nhub = "s3://"', r"\[sync\]: hub is 's3://'; it must be"),
        ('[sync]\nhub = "h"\nevery = 15', r"\[sync\]: every is 15; it must be a span of time"),
        ('[sync]\nhub = "h"\nevery = "10ms"', r"\[sync\]: every is '10ms'; it must be a span of time"),
        (
            '[sync]\nhub = "h"\nsend = "some"',
            r"send is 'some'; it must be one of 'events', 'tagged', 'doubtful', 'all'",
        ),
        ('[sync]\nhub = "h"\nsend = ["all"]', r"send is \['all'\]; it must be one of"),
        ('[sync]\nhub = "h"\nfetch = "tagged"', r"fetch is 'tagged'; it must be one of 'none', 'untagged', 'all'"),
        ('[sync]\nhub = "h"\nthin = "a week"', r"\[sync\]: thin is 'a week'; it must be a span of time"),
        ('[sync]\nhub = "h"\nlimit = 500', r"\[sync\]: limit is 500; it must be a size"),
        ('[sync]\nhub = "h"\nlimit = "0 B"', r"\[sync\]: limit is '0 B'; it must be a size"),
        ('[sync]\nhub = "h"\nonly_on = "../wlan0"', r"only_on is '../wlan0'; it must be a network interface"),
        ('[sync]\nhub = "h"\nbetween = "22-6"', r"between is '22-6'; it must be hours such as \"22:00-06:00\""),
        ('[sync]\nhub = "h"\nonly_if = "ping \'nas"', r"only_if is .*; it must be a command such as"),
        ("[mqtt]", r"\[mqtt\] lacks host; it must be the name or the address of a broker, such as"),
        ('[mqtt]\nhost = "mqtt://ann:hush@b"', r"\[mqtt\]: host is …; it must be the name or the address of a broker"),
        ('[mqtt]\nhost = "b"\nport = 0', r"\[mqtt\]: port is …; it must be a whole number from 1 to 65535"),
        ('[mqtt]\nhost = "b"\ntopic = "home/#"', r"topic is …; it must be a topic such as \"home/door\""),
        ('[mqtt]\nhost = "b"\ntopic = "home/"', r"topic is …; it must be a topic"),
        ('[mqtt]\nhost = "b"\ndiscovery = true', r"discovery is …; it must be a topic such as .*, or false"),
        ('[mqtt]\nhost = "b"\npassword = "hush"', r"\[mqtt\] has password, a text, which is not known; known: "),
        (
            '[sync]\nhub = "h"\ncreate = true',
            r"\[sync\] has create, true or false, which is not known; known: hub, every",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_key(line: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        parsed(LEAST + line)
    assert str(caught.value).startswith("/srv/cameras/door.toml")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('mqtt = "mqtt://ann:123456@broker"', r"mqtt is a text; it must be a table: \[mqtt\]"),
        ("mqtt = [123456]", r"mqtt is a list; it must be a table"),
        ('[mqtt]\nhost = "b"\npassword = 123456', r"\[mqtt\] has password, a number, which is not known; known: "),
        ('[mqtt]\nhost = "b"\npassword = ["123456"]', r"\[mqtt\] has password, a list, which is not known"),
        ('[mqtt]\nhost = "b"\nusername = ["ann", "123456"]', r"\[mqtt\]: username is …; it must be text"),
        (
            '[mqt]\nhost = "b"\npassword = "123456"',
            r"has mqt, a table, which is not known; known: .*, \[sync\], \[mqtt\]$",
        ),
        ('[sync]\nhub = "ftp://ann:123456@nas/hub"', r"\[sync\]: hub is …; it must be a path, s3://"),
        (f'[sync]\nhub = "ftp://ann:123456{"x" * 80}@nas/hub"', r"\[sync\]: hub is …; it must be a path, s3://"),
        ('password = "123456"', "has password, a text, which is not known"),
    ],
)
def test_no_password_is_shown_wherever_it_stands(line: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        parsed(LEAST + line)
    assert "123456" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('source = "usb:0"', 'lacks brain; it must be text, such as brain = "kitchen"'),
        ('brain = "kitchen"', 'lacks source; it must be text, such as source = "usb:0"'),
        ('brain = ""\nsource = "usb:0"', "brain is ''; it must be text"),
        ('brain = 7\nsource = "usb:0"', "brain is 7; it must be text"),
        ('brain = "a\\nb"\nsource = "usb:0"', "brain is 'a.+b'; it must be text"),
        ("brain = kitchen", "is no TOML: "),
    ],
)
def test_a_file_that_lacks_something_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        parsed(text)


def test_a_service_whose_file_is_no_name_has_to_be_given_one() -> None:
    with pytest.raises(
        BadInput, match=r"my camera.toml: its name makes no name of a service; give one, such as name ="
    ):
        parsed(LEAST, "/srv/my camera.toml")
    assert parsed(LEAST + 'name = "camera"', "/srv/my camera.toml").name == "camera"


def test_a_file_that_cannot_be_read_a_brain_that_is_not_there_and_a_senseless_source_are_refused(
    tmp_path: Path,
) -> None:
    with pytest.raises(BadInput, match=r"none.toml cannot be read: No such file"):
        settings.load(tmp_path / "none.toml")
    file = tmp_path / "door.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match=r"door.toml cannot be read: it is no UTF-8 text"):
        settings.load(file)
    file.write_text(LEAST)
    with pytest.raises(
        BadInput, match=r"brain is '.*kitchen', and there is no brain in that folder; .*edge-brain init"
    ):
        settings.load(file)
    Brain.create(tmp_path / "kitchen", extractor="pixels").close()
    assert settings.load(file).brain == tmp_path / "kitchen"
    file.write_text(LEAST.replace("usb:0", "usb:front"))
    with pytest.raises(BadInput, match=r"door.toml: source 'usb:front'"):
        settings.load(file)


def test_the_example_can_be_used_as_it_is_and_says_what_holds_when_nothing_is_said(tmp_path: Path) -> None:
    text, path = settings.example(), tmp_path / "kitchen.toml"
    assert settings.parse(text, path) == Settings(path, "kitchen", tmp_path, "usb:0", disk=Disk(quota_bytes=2 * 10**9))
    uncommented = re.sub(r"^# (\w+ += .*|\[(?:sync|mqtt)\] .*)$", r"\1", text, flags=re.MULTILINE)
    said = settings.parse(uncommented, path)
    assert said.keep.every_s == 600.0, "the one that is off unless it is said"
    assert (said.name, said.threads, said.roi) == ("kitchen", 4, "0.0,0.0,1.0,1.0")
    assert (said.agree, said.events, said.repair) == (Settings.agree, Settings.events, Settings.repair)
    assert (said.memory_bytes, said.disk) == (Settings.memory_bytes, Disk(quota_bytes=2 * 10**9))
    assert (said.keep.best_of_s, said.keep.at_most_every_s) == (Rules.best_of_s, Rules.at_most_every_s)
    sync = Sync("/media/stick/hub", thin_after_s=7 * 86_400.0, limit_bytes_s=500_000)
    assert said.sync is not None and replace(said.sync, conditions=Conditions()) == sync
    assert all(vars(said.sync.conditions).values()), "each condition is shown"
    assert said.mqtt == Broker(
        "homeassistant.local", 8883, "camera", password_file=tmp_path / "mqtt.password", tls=True,
        ca=tmp_path / "ca.crt", topic="home/door",
    )  # fmt: skip
    for key in ("brain", "source", "name", "threads", "roi", "agree", "events", "repair", "memory"):
        assert re.search(rf"^(# )?{key} = ", text, re.MULTILINE), f"the example does not know {key}"
