"""A real broker on the loopback, mosquitto, and somebody who listens to it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

WAIT_S = 30.0  # an upper guard: a slow machine is no failure


def mosquitto() -> str:
    """Return the broker's program; where there is none the test skips, and in CI fails."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        give_up = pytest.fail if os.environ.get("EDGE_BRAIN_BROKER") == "required" else pytest.skip
        give_up("no broker can be asked: mosquitto is not installed (Debian: apt-get install mosquitto)")
    assert found
    return found


def until(enough: Callable[[], Any], what: str = "it never came about") -> Any:
    """Wait until something is so, and return it."""
    end = time.monotonic() + WAIT_S
    while not (found := enough()):
        assert time.monotonic() < end, what
        time.sleep(0.01)
    return found


class Mosquitto:
    """A broker that can be ended and begun again on its port."""

    def __init__(self, folder: Path, *lines: str) -> None:
        """`lines` go into its configuration; without any it takes everybody."""
        self._program, self._file, self._log = mosquitto(), folder / "mosquitto.conf", folder / "mosquitto.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        user = "user root\n" if os.getuid() == 0 else ""
        settings = "\n".join(lines or ("allow_anonymous true",))
        self._file.write_text(f"listener {self.port} 127.0.0.1\npersistence false\n{user}{settings}\n")
        self.begin()

    def begin(self) -> None:
        """Run it until it takes connections."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen([self._program, "-c", self._file], stdout=log, stderr=log)
        until(self._answers, self._log.read_text())

    def _answers(self) -> bool:
        assert self.process.poll() is None, self._log.read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1.0).close()
        except OSError:
            return False
        return True

    def end(self) -> None:
        """End it; what it kept is gone."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(WAIT_S)

    def pause(self) -> None:
        """Let it stall, its connections open."""
        self.process.send_signal(signal.SIGSTOP)


class Listener:
    """Somebody who listens, with the plain client of paho, and may say something."""

    def __init__(self, port: int, username: str | None = None, password: str | None = None, topic: str = "#") -> None:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        self.heard: list[tuple[str, str]] = []
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(username, password)
        self._client.on_connect = lambda client, *rest: client.subscribe(topic, 1)
        self._client.on_message = lambda client, data, message: self.heard.append(
            (message.topic, message.payload.decode(errors="replace"))
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def say(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        """Send a message, and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(WAIT_S)

    def told(self, ending: str) -> list[str]:
        """Return what was told under a topic that ends so, oldest first."""
        return [payload for topic, payload in list(self.heard) if topic.endswith(ending)]

    def last(self, ending: str, enough: Callable[[Any], object] = lambda told: True) -> Any:
        """Wait until what was told last under a topic that ends so is enough, and return it, read where it is JSON."""

        def found() -> Any:
            told = self.told(ending)
            read = None if not told else json.loads(told[-1]) if told[-1][:1] == "{" else told[-1]
            return read if read is not None and enough(read) else None

        return until(found, f"{ending}: {self.told(ending)[-3:]}")

    def base(self) -> str:
        """Wait for a camera, and return the topic under which it tells."""
        self.last("/availability")
        return next(topic for topic, _ in self.heard if topic.endswith("/availability")).rpartition("/")[0]

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()
