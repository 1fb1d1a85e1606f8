"""The unattended service, as systemd runs it: a process that is ready, alive, ended and started again."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pictures import scene
from services import WAIT_S, Service, said

from edge_brain import Brain, examine, open_source
from edge_brain.capture import Shot, Source, State
from edge_brain.cli import main
from edge_brain.errors import StorageFailed
from edge_brain.service import logs, process, settings, status

Start = Callable[..., Service]

# what hangs, hangs in the source; it might as well be a disk
HANGING = """
import sys, threading
from edge_brain.capture import open_source
from edge_brain.service import logs, process, settings
from edge_brain.capture.source import Source

class Hanging(Source):
    live, turns = False, 0
    def __init__(self, spec):
        self.inner = open_source(spec)
        self.name = self.inner.name
    @property
    def state(self):
        return self.inner.state
    def next(self, timeout_s=1.0):
        self.turns += 1
        if self.turns > 20:
            print("hangs", flush=True)
            threading.Event().wait()
        return self.inner.next(timeout_s)
    def close(self):
        self.inner.close()

process.run(settings.load(sys.argv[1]), logs.Log(sys.stderr), threading.Event(), opener=Hanging)
"""
BROKEN = HANGING.replace('print("hangs", flush=True)', 'raise KeyError("a bug")')


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    Brain.create(tmp_path / "kitchen", extractor="pixels").close()
    return tmp_path / "kitchen"


@pytest.fixture
def start(kitchen: Path) -> Iterator[Start]:
    """Return what starts a service on the kitchen; all are ended in the end."""
    started: list[Service] = []

    def start(source: str, name: str = "door", more: str = "", **how: object) -> Service:
        file = kitchen.parent / f"{name}.toml"
        file.write_text(f'brain = "kitchen"\nsource = "{source}"\n{more}')
        started.append(Service(file, **how))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for service in started:
        service.close()


def sound(folder: Path) -> Brain:
    brain = Brain.open(folder)
    assert [finding for finding in examine(brain) if not finding.ok and finding.check != "free space"] == []
    return brain


def typed(folder: Path, *arguments: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["--brain", str(folder), "service", *arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_it_is_ready_alive_truthful_and_ends_clean_within_five_seconds(start: Start, kitchen: Path) -> None:
    service = start("synthetic:mug*3,plate?hold=1", more="events = true")
    service.until("READY=1")
    service.until("WATCHDOG=1")
    service.until("STATUS=running, source ok", without=" 0 frames kept")
    told = said(service.file)
    assert told["pid"] == service.process.pid and told["state"] == "running" and told["shots"] > 0
    assert told["source"] == "synthetic:mug*3,plate?hold=1" and told["source_state"] == "ok"
    assert told["score"]["level"] == "Still Learning" and told["trouble"]["count"] == 0
    assert typed(kitchen, "status").startswith("door: running, heard of ")
    assert service.end() == 0
    assert service.heard[0] == "STATUS=starting, source lost · 0 frames kept"
    while service.next(1.0):
        pass
    assert "STOPPING=1" in service.heard and "STATUS=stopped" in service.heard[-1]
    told = said(service.file)
    assert told["state"] == "stopped"
    assert not (kitchen / "brain.db-wal").exists(), "the log is folded into the database"
    with sound(kitchen) as brain:
        frames = brain.store.frames()
        assert len(frames) == sum(told["kept"].values()) > 0
    assert typed(kitchen, "status").startswith("door: not running")
    assert typed(kitchen, "logs", "-n", "1").endswith(" info stopped\n")
    assert service.errors().splitlines()[0] == f"service door on {kitchen}"


@pytest.mark.parametrize(("fault", "how"), [("lost=0-999", signal.SIGTERM), ("stalled=1.5-999", signal.SIGHUP)])
def test_without_pictures_it_stays_alive_and_ends_clean_all_the_same(
    start: Start, kitchen: Path, fault: str, how: int
) -> None:
    service = start(f"synthetic:mug?{fault}")
    service.until("READY=1")
    if fault.startswith("stalled"):
        service.until("source ok")
    service.until("STATUS=running, source lost")
    for _ in range(2):
        service.until("WATCHDOG=1")
    assert service.process.poll() is None
    assert said(service.file)["source_state"] == "lost" and said(service.file)["source_detail"]
    assert service.end(how) == 0
    assert "source lost" in service.errors()
    sound(kitchen).close()


def test_the_best_picture_of_a_moment_that_is_not_over_is_stored_at_the_end(start: Start, kitchen: Path) -> None:
    service = start("synthetic:mug?hold=900", more='[keep]\non_change = true\nbest_of = "1h"')
    service.until("shots/s")
    assert said(service.file)["kept"] == {}
    assert service.end(signal.SIGINT) == 0
    assert said(service.file)["kept"] == {"change": 1}
    with sound(kitchen) as brain:
        assert len(brain.store.frames()) == 1


def test_a_loop_that_hangs_feeds_no_watchdog(start: Start) -> None:
    service = start("synthetic:mug?pace=0", program=HANGING, watchdog_s=2.0)
    assert service.process.stdout and service.process.stdout.readline() == "hangs\n"
    while "READY=1" not in service.heard:
        service.next(WAIT_S)
    while service.next(0.5):
        pass  # what was sent before it hung
    assert service.next(2.5) is None, "it hangs for longer than the watchdog allows, and nothing says that it lives"
    assert service.process.poll() is None


def test_a_bug_ends_it_with_an_error_that_is_told(start: Start) -> None:
    service = start("synthetic:mug?pace=0", program=BROKEN)
    assert service.process.wait(WAIT_S) == 1
    assert "KeyError: 'a bug'" in service.errors() and said(service.file)["state"] == "failed"


def test_a_source_that_has_ended_ends_it_for_good(start: Start, kitchen: Path) -> None:
    service = start("synthetic:mug,plate?once=1&pace=0")
    assert service.process.wait(WAIT_S) == 5
    told = said(service.file)
    assert told["source_state"] == "ended" and told["kept"] == {"change": 2}
    sound(kitchen).close()


def test_a_second_service_of_the_same_name_is_refused_and_one_of_another_name_is_not(
    start: Start, kitchen: Path
) -> None:
    first = start("synthetic:mug?hold=1")
    first.until("READY=1")
    second = start("synthetic:mug?hold=1")
    assert second.process.wait(WAIT_S) == 1
    assert f"a service named 'door' runs on {kitchen} already" in second.errors()
    assert "READY=1" not in second.heard
    window = start("synthetic:plate?hold=1", name="window")
    window.until("STATUS=running, source ok", without=" 0 frames kept")
    first.until("STATUS=running, source ok", without=" 0 frames kept")
    assert said(first.file)["pid"] == first.process.pid
    both = [json.loads(line) for line in typed(kitchen, "status", "--json").splitlines()]
    assert [(each["name"], each["running"]) for each in both] == [("door", True), ("window", True)]
    assert "say with --name" in typed(kitchen, "logs", code=1)
    assert typed(kitchen, "logs", "--name", "window")
    assert "had no service 'gate'; it had door, window" in typed(kitchen, "status", "--name", "gate", code=1)
    assert (first.end(), window.end()) == (0, 0)
    with sound(kitchen) as brain:
        kept = sum(sum(said(each.file)["kept"].values()) for each in (first, window))
        assert len(brain.store.frames()) == kept > 1


def test_killed_it_starts_again_at_once_and_nothing_that_was_kept_is_lost(start: Start, kitchen: Path) -> None:
    kept = 0
    for _ in range(2):
        service = start("synthetic:mug*9?hold=0.5")
        service.until("STATUS=running, source ok", without=" 0 frames kept")
        kept = sum(said(service.file)["kept"].values())
        assert service.end(signal.SIGKILL) == -signal.SIGKILL
        assert not status.runs(kitchen, "door")
        with sound(kitchen) as brain:
            assert len(brain.store.frames()) >= kept > 0


def test_what_others_tag_and_retrain_meanwhile_it_goes_by(start: Start, kitchen: Path) -> None:
    service = start("synthetic:mug*3,plate*3?hold=0.5&fps=20", more="agree = 2")
    service.until("READY=1")
    with Brain.open(kitchen) as brain, open_source("synthetic:mug*8,plate*8?pace=0&once=1&fps=2") as shots:
        brain.tag_many([(shot.pixels, shot.truth or "") for shot in shots], source="desk")
        service.until("sees mug")
        brain.retrain(region="0,0,1,0.75")
        service.until("sees plate")
    assert said(service.file)["trouble"]["count"] == 0
    assert service.end() == 0
    sound(kitchen).close()


class Counting(Source):
    """A synthetic source that says stop after so many shots."""

    live = False

    def __init__(self, stop: threading.Event, shots: int) -> None:
        self._inner = open_source("synthetic:mug*9?pace=0&hold=1")
        self.name, self._stop, self._left = self._inner.name, stop, shots

    @property
    def state(self) -> State:
        return self._inner.state

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        self._left -= 1
        if self._left == 0:
            self._stop.set()
        return self._inner.next(timeout_s)

    def close(self) -> None:
        self._inner.close()


def test_a_brain_that_cannot_be_read_is_opened_anew_until_it_can(
    kitchen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, stop, opened, failures = kitchen.parent / "door.toml", threading.Event(), [], iter(range(6))
    file.write_text('brain = "kitchen"\nsource = "synthetic:mug"')
    look = Brain.look

    def failing(self: Brain, picture: Any, *, at_leisure: bool) -> Any:
        if next(failures, None) is not None:
            raise StorageFailed("the disk has gone")
        return look(self, picture, at_leisure=at_leisure)

    def opener(spec: str) -> Source:
        opened.append(spec)
        return Counting(stop, 20)

    monkeypatch.setattr(Brain, "look", failing)
    monkeypatch.setattr("edge_brain.service.turns._BLIND_S", 0.0)
    monkeypatch.setattr("edge_brain.service.process._PAUSE_S", 0.01)
    told = io.StringIO()
    assert not process.run(settings.load(file), logs.Log(told), stop, opener)
    assert len(opened) > 2, "each two looks that fail, it is opened anew"
    trouble = said(file)["trouble"]
    assert trouble["last"] == "the disk has gone" and not trouble["now"] and trouble["count"] >= 6
    assert said(file)["shots"] > 5 and said(file)["state"] == "stopped"
    assert told.getvalue().count("the trouble is over") == 1
    sound(kitchen).close()


def test_a_brain_that_cannot_be_opened_at_the_start_is_an_error(kitchen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(*arguments: Any, **options: Any) -> Brain:
        raise StorageFailed("the disk is not there")

    file = kitchen.parent / "door.toml"
    file.write_text('brain = "kitchen"\nsource = "synthetic:mug"')
    monkeypatch.setattr(Brain, "open", refusing)
    with pytest.raises(StorageFailed, match="the disk is not there"):
        process.run(settings.load(file), logs.Log(io.StringIO()), threading.Event())
    assert said(file)["state"] == "failed" and not status.runs(kitchen, "door")


def test_what_cannot_be_run_is_refused_before_anything_is_touched(tmp_path: Path) -> None:
    assert "there is no brain in" in typed(tmp_path, "status", code=1)
    file = tmp_path / "door.toml"
    file.write_text('brain = "kitchen"\nsource = "usb:0"\n')
    assert "there is no brain in that folder" in typed(tmp_path, "run", str(file), code=1)
    assert [path.name for path in tmp_path.iterdir()] == ["door.toml"]
    assert settings.parse(typed(tmp_path, "example"), file).source == "usb:0"


def test_what_goes_when_room_is_needed_is_counted_and_told(start: Start, kitchen: Path) -> None:
    more = '[keep]\non_change = true\nat_most_every = "0s"\nbest_of = "0s"\n[disk]\nquota = "1 MB"\nballast = "0 B"'
    service = start("synthetic:mug*9?hold=0.1&fps=20&size=640x480", more=more)
    service.until("READY=1")
    service.until("frames went for room")
    assert service.end() == 0
    told = said(service.file)
    assert sum(told["room"].values()) > 0 and "made room: " in service.errors()
    with sound(kitchen) as brain:
        assert len(brain.store.frames()) == sum(told["kept"].values()) - sum(told["room"].values())


def damage(folder: Path) -> None:
    """Overwrite the middle of a database that nobody has open."""
    path = folder / "brain.db"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 8192))


def test_a_damaged_brain_is_repaired_at_the_start_and_what_came_of_it_is_told(start: Start, kitchen: Path) -> None:
    with Brain.open(kitchen) as brain:
        brain.tag_many([(scene(label, number), label) for label in ("cup", "fork") for number in range(4)])
    damage(kitchen)
    before = (kitchen / "brain.db").read_bytes()
    refused = start("synthetic:mug?hold=0.3", more="repair = false")
    assert refused.process.wait(WAIT_S) == 1
    assert "brain.db" in refused.errors() and said(refused.file)["state"] == "failed"
    assert (kitchen / "brain.db").read_bytes() == before, "not repaired is not touched"
    service = start("synthetic:mug?hold=0.3")
    service.until("EXTEND_TIMEOUT_USEC=")
    service.until("STATUS=running, source ok", without=" 0 frames kept")
    told = said(service.file)
    assert told["repaired"].startswith("8 tags and 8 frames were brought back, the damaged database lies in damaged-")
    assert service.end() == 0
    assert "the brain is damaged and will be repaired: " in service.errors()
    with sound(kitchen) as brain:
        assert len(brain.store.frames(tagged=True)) == 8


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2M", "edge_brain", folder], capture_output=True, text=True
    )
    if done.returncode != 0:
        pytest.skip(f"NOBODY HAS CHECKED the full disk: mount says {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_told_outlived_and_heals(small_disk: Path) -> None:
    Brain.create(small_disk / "kitchen", extractor="pixels").close()
    file = small_disk / "door.toml"
    file.write_text(
        'brain = "kitchen"\nsource = "synthetic:mug*3,plate*3?hold=0.3&fps=20"\n'
        '[keep]\non_change = true\nat_most_every = "100ms"\n[disk]\nfree = "0 B"\nballast = "0 B"\n'
    )
    service = Service(file)
    try:
        service.until("STATUS=running, source ok", without=" 0 frames kept")
        filler = small_disk / "filler"
        filler.write_bytes(b"x" * os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_bsize)
        service.until("trouble: ")
        service.until("WATCHDOG=1")
        assert service.process.poll() is None
        filler.unlink()
        healed = service.until("STATUS=running", without="trouble: ")
        assert "frames kept" in healed
        told = said(file)
        assert told["trouble"]["count"] > 0 and not told["trouble"]["now"] and told["trouble"]["last"]
        assert service.end() == 0
        with sound(small_disk / "kitchen") as brain:
            assert len(brain.store.frames()) == sum(said(file)["kept"].values())
        assert "the trouble is over" in service.errors()
    finally:
        service.close()
