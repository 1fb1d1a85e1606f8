"""Which broker is meant, and that its password is nowhere to be read."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest

from edge_brain import BadInput, Broker, EdgeBrainError

pytestmark = pytest.mark.usefixtures("once")


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("mqtt://broker", Broker("broker")),
        ("mqtt://[::1]:1884/", Broker("::1", 1884)),
        ("mqtts://ann@broker/home/door", Broker("broker", username="ann", tls=True, topic="home/door")),
        (
            "mqtt://a%40b:h%2Fu%3Ash@broker:1884/home%20door",
            Broker("broker", 1884, "a@b", "h/u:sh", topic="home door"),
        ),
    ],
)
def test_a_url_says_which_broker_is_meant(url: str, meant: Broker) -> None:
    assert Broker.parse(url) == meant


@pytest.mark.parametrize(
    "url",
    [
        "broker", "http://ann:hush@broker", "mqtt://", "mqtt://ann:hush@broker:port", "mqtt://:hush@broker",
        "mqtt://ann:hush@broker/#", "mqtt://ann:hush@broker/a/+/b", "mqtt://ann:hush@broker?x=1",
        "mqtt://ann:hush@bro ker", "mqtt://ann:hush@broker:0", "mqtt://ann:hu/sh@broker", "mqtt://ann:12/hush@broker",
    ],
)  # fmt: skip
def test_a_url_that_cannot_be_meant_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        Broker.parse(url)
    assert "hush" not in str(caught.value) and "hu/sh" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"host": ""}, "a broker's host is a name or an address"),
        ({"host": "a b"}, "a broker's host is a name or an address"),
        ({"port": 65536}, "a broker's port is a whole number from 1 to 65535, not 65536"),
        ({"topic": "a/#"}, "a topic is words with slashes between them, such as home/door, not 'a/#'"),
        ({"topic": "$SYS"}, "a topic is words"),
        ({"topic": "/a"}, "a topic is words"),
        ({"topic": "a" * 201}, "a topic is words"),
        ({"discovery": "+"}, "a discovery prefix is words"),
        ({"password": "hush"}, "there is a password for the broker broker, and no username"),
    ],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        Broker(**{"host": "broker", **wrong})
    assert "hush" not in str(caught.value)


def test_the_port_is_that_of_tls_where_that_is_wanted() -> None:
    assert Broker("b").told == "b:1883" and Broker("b", tls=True).told == "b:8883"
    assert Broker("b", ca=Path("ca.crt")).secure and Broker("b", 1, ca=Path("ca.crt")).told == "b:1"


def test_a_password_is_given_or_in_a_file_or_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "word"
    file.write_text("hush hush\n")
    monkeypatch.setenv("EDGE_BRAIN_MQTT_PASSWORD", "from outside")
    assert Broker("b", username="ann", password="given", password_file=file).secret() == "given"
    assert Broker("b", username="ann", password_file=file).secret() == "hush hush"
    assert Broker("b", username="ann").secret() == "from outside"
    assert Broker("b").secret() is None, "without a name there is none"
    monkeypatch.delenv("EDGE_BRAIN_MQTT_PASSWORD")
    assert Broker("b", username="ann").secret() is None
    assert "given" not in repr(Broker("b", username="ann", password="given"))


def test_files_that_cannot_be_read_are_told_by_their_names(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"\xff\xfe hush")
    for file, complaint in ((tmp_path / "none", "none cannot be read: No such file"), (bad, "bad cannot be read: it")):
        with pytest.raises(BadInput, match=complaint) as caught:
            Broker("b", username="ann", password_file=file).secret()
        assert "hush" not in str(caught.value)
        with pytest.raises(EdgeBrainError, match=f"the certificates .*{file.name} cannot be read"):
            Broker("b", ca=file).trust()


def test_tls_is_checked_against_the_names_of_hosts() -> None:
    trust = Broker("b", tls=True).trust()
    assert trust is not None and trust.check_hostname and trust.verify_mode == ssl.CERT_REQUIRED
    assert Broker("b").trust() is None
