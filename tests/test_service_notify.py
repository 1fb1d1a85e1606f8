"""What systemd is told, over a real socket."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_brain import clock, config
from edge_brain.service.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A socket that listens as systemd does, in a folder or in the kernel's own name space."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@edge-brain-{uuid.uuid4().hex}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield listener


def heard(manager: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(manager.recv(4096).decode())
        except BlockingIOError:
            return found


def test_systemd_is_told_of_ready_status_and_stopping(manager: socket.socket) -> None:
    notifier = Notifier()
    notifier.ready()
    notifier.status("sees\nmug ·  12 kept")
    notifier.stopping()
    assert heard(manager) == ["READY=1", "STATUS=sees mug · 12 kept", "STOPPING=1"]


def test_a_watchdog_is_fed_only_where_there_is_one_and_not_too_often(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    Notifier().alive()
    assert heard(manager) == []
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    notifier = Notifier()
    for now in (100.0, 100.5, 100.99, 101.0, 101.2):
        monkeypatch.setattr(clock, "elapsed", lambda now=now: now)
        notifier.alive()
    assert heard(manager) == ["WATCHDOG=1", "WATCHDOG=1"]


def test_what_takes_long_is_announced_and_the_watchdog_is_as_before_afterwards(
    manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    notifier = Notifier()
    notifier.alive()
    notifier.takes_long(900)
    notifier.alive()
    assert heard(manager) == [
        "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=900000000\nWATCHDOG_USEC=900000000", "WATCHDOG_USEC=30000000", "WATCHDOG=1",
    ]  # fmt: skip


def test_where_nobody_listens_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("", "relative", str(tmp_path / "gone"), "@edge-brain-nobody"):
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notifier = Notifier()
        notifier.ready()
        notifier.stopping()
    monkeypatch.delenv("NOTIFY_SOCKET")
    Notifier().ready()


def test_a_manager_that_does_not_read_is_not_waited_for(manager: socket.socket) -> None:
    notifier = Notifier()
    for _ in range(2000):
        notifier.status("x" * 1000)
    assert 0 < len(heard(manager)) < 2000, "else nothing was held up"


@pytest.mark.parametrize(
    ("usec", "process", "seconds"),
    [("30000000", None, 30.0), ("30000000", "own", 30.0), ("30000000", "1", None), ("", None, None), ("x", None, None),
     ("0", None, None), ("-5", None, None), (None, None, None)],
)  # fmt: skip
def test_the_watchdog_is_ours_or_there_is_none(
    monkeypatch: pytest.MonkeyPatch, usec: str | None, process: str | None, seconds: float | None
) -> None:
    for name, value in (("WATCHDOG_USEC", usec), ("WATCHDOG_PID", str(os.getpid()) if process == "own" else process)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert config.watchdog_s() == seconds
