"""Which broker is told, as whom, and under which topics: read and checked before anything is opened.

    mqtt://name:password@broker:1883/home/door      mqtts:// is TLS; user, port and topic may be left out

A password comes from here, from a file, or from EDGE_BRAIN_MQTT_PASSWORD; it is in no message.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from edge_brain import config, files
from edge_brain.errors import BadInput

_LONGEST = 200  # characters of a topic of ours, to which a word is added
_SECRET_BYTES = 4096


@dataclass(frozen=True)
class Broker:
    """An MQTT broker, and what it is told and may do."""

    host: str
    port: int | None = None  # 1883, with TLS 8883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None  # where no password is given
    tls: bool = False
    ca: Path | None = None  # certificates that are trusted instead of the system's; means TLS
    topic: str | None = None  # under which all is told; None: edge_brain/DEVICE/NAME
    discovery: str = "homeassistant"  # Home Assistant's prefix; empty: it is not told
    tag: bool = True  # whether who may write to the broker may tag

    def __post_init__(self) -> None:
        if host(self.host) is None:
            raise BadInput(f"a broker's host is a name or an address such as homeassistant.local, not {self.host!r}")
        if self.port is not None and not 1 <= self.port <= 65535:
            raise BadInput(f"a broker's port is a whole number from 1 to 65535, not {self.port}")
        for what, topic in (("topic", self.topic), ("discovery prefix", self.discovery or None)):
            if topic is not None and not is_topic(topic):
                raise BadInput(f"a {what} is words with slashes between them, such as home/door, not {topic!r}")
        if self.password is not None and self.username is None:
            raise BadInput(f"there is a password for the broker {self.host}, and no username")

    @classmethod
    def parse(cls, url: str) -> Broker:
        """Read a URL; raises BadInput, which does not show it, for one that cannot be meant."""
        try:
            parts = urlsplit(url)
            name, port = parts.hostname, parts.port
        except ValueError:  # a port that is no number
            name = port = None
        if not name or parts.scheme not in ("mqtt", "mqtts") or re.search(r"[?#]", url) or "@" in parts.path:
            raise BadInput(
                "a broker is given as mqtt://[name:password@]host[:port][/topic], or mqtts://… for TLS; "
                "in name and password write %40 for @, %2F for /, %3A for :, %23 for #, %3F for ?"
            )
        return cls(
            host=name, port=port, username=_unquoted(parts.username), password=_unquoted(parts.password),
            tls=parts.scheme == "mqtts", topic=_unquoted(parts.path.strip("/")),
        )  # fmt: skip

    @property
    def secure(self) -> bool:
        """Whether the connection is encrypted."""
        return self.tls or self.ca is not None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or (8883 if self.secure else 1883)

    @property
    def told(self) -> str:
        """How the broker is told to people: without a password."""
        host, port = self.address
        return f"{host}:{port}"

    def secret(self) -> str | None:
        """Return the password; raises BadInput where its file cannot be read."""
        if self.username is None:
            return None
        if self.password is not None or self.password_file is None:
            return self.password if self.password is not None else config.mqtt_password()
        try:
            with self.password_file.open("rb") as file:
                return file.read(_SECRET_BYTES).decode().strip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
            raise BadInput(
                f"the password file {files.printable(self.password_file)} cannot be read: {reason}"
            ) from error

    def trust(self) -> ssl.SSLContext | None:
        """Return whom TLS trusts, or None without TLS; raises BadInput where the certificates cannot be read."""
        if not self.secure:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except OSError as error:  # ssl.SSLError among them
            name = files.printable(self.ca or "of the system")
            raise BadInput(f"the certificates {name} cannot be read: {error.strerror or error}") from error
        context.sslsocket_class = _Closing
        return context


class _Closing(ssl.SSLSocket):
    """A connection that is closed where it is not vouched for: paho leaves it to chance."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
        except OSError:
            self.close()
            raise


def host(text: str) -> str | None:
    """Return a text that can be a host's name or address; None for any other."""
    return text if text.isprintable() and re.fullmatch(r"[^\s/@]{1,253}", text) else None


def is_topic(text: str) -> bool:
    """Say whether a text can be a topic that is told under, or the beginning of one."""
    return 0 < len(text) <= _LONGEST and text.isprintable() and bool(re.fullmatch(r"[^+#$/][^+#]*(?<!/)", text))


def _unquoted(text: str | None) -> str | None:
    return unquote(text) if text else None
