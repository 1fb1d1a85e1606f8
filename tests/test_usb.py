"""A USB stick as a hub: plugged in, synced with, carried, plugged in elsewhere, pulled out; by processes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from mounts import pull_out, stick
from pictures import scene
from tally import Missing

from edge_brain import Brain, examine, sync_status

LONG_S = 60.0  # an upper guard: a slow machine is no failure
FRAMES = 12  # of each brain

# the stick is pulled out when so many objects were put there: at a step, not after a time
PULLED = """
import sys
from edge_brain.cli import main
from edge_brain.sync import patience
from edge_brain.sync.stores.folder import Folder
left, add = int(sys.argv[1]), Folder.add
def counted(store, name, data):
    global left
    left -= 1
    if left == 0:
        print("now", flush=True)
        sys.stdin.readline()
    return add(store, name, data)
Folder.add = counted
patience.Patience.pause_s = lambda self, failures, chance: 0.01
main(sys.argv[2:])
"""


class Stick:
    """A stick that can be plugged in at one place after another."""

    def __init__(self, place: Path, kind: str) -> None:
        self._image, self._kind, self._plugged = place / "image", kind, ExitStack()
        self.folder = place
        self._times = 0

    def plug(self) -> Path:
        """Plug it in where it was in none yet, and return the hub on it."""
        self._times += 1
        self.folder = self._image.with_name(f"port-{self._times}")
        try:
            self._plugged.enter_context(stick(self.folder, self._kind, self._image))
        except Missing as missing:
            pytest.skip(f"A STICK WITH {self._kind} WAS NOT TRIED: {missing}")
        return self.folder / "hub"

    def unplug(self) -> None:
        """Unmount it, as a careful person does."""
        self._plugged.close()


@pytest.fixture(params=["fat", "exfat"])
def usb(request: pytest.FixtureRequest, once: None, tmp_path: Path) -> Iterator[Stick]:
    found = Stick(tmp_path, request.param)
    yield found
    found.unplug()


@pytest.fixture
def devices(tmp_path: Path) -> tuple[Path, Path]:
    """Two brains that were never on one network."""
    for name, first in (("field", 0), ("desk", 50)):
        with Brain.create(tmp_path / name, extractor="pixels") as brain:
            numbers = range(first, first + FRAMES // 2)
            brain.tag_many([(scene(label, number), label) for label in ("cup", "mug") for number in numbers])
    return tmp_path / "field", tmp_path / "desk"


def typed(folder: Path, *arguments: object) -> list[str]:
    return ["--brain", str(folder), *map(str, arguments)]


def run(folder: Path, *arguments: object, code: int = 0) -> str:
    """Run the command line in a process of its own; return what it said of it."""
    command = [sys.executable, "-W", "error", "-m", "edge_brain", *typed(folder, *arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG_S)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr


def sound(folder: Path) -> tuple[str, int]:
    """Return digest and events of a brain in which nothing is wrong."""
    with Brain.open(folder) as brain:
        assert [each for each in examine(brain) if not each.ok and each.check != "free space"] == []
        return brain.head_digest(), brain.store.last_event()


def test_what_was_tagged_at_one_place_is_known_at_another_when_the_stick_was_carried(
    usb: Stick, devices: tuple[Path, Path]
) -> None:
    field, desk = devices
    run(field, "sync", "--init", usb.plug())
    usb.unplug()
    assert "is not there: plug the stick in" in run(field, "sync", code=1)
    assert f"{FRAMES} events of others taken in" in run(desk, "sync", usb.plug(), "--fetch", "all")
    usb.unplug()
    run(field, "sync", usb.plug(), "--fetch", "all", "--thin", "0s")
    usb.unplug()
    assert sound(field) == sound(desk) and sound(field)[1] == 2 * FRAMES
    with Brain.open(desk) as brain:
        assert sync_status(brain).away == 0 and len(list((desk / "frames").rglob("*.jpg"))) == 2 * FRAMES
    with Brain.open(field) as brain:
        assert sync_status(brain).away == 2 * FRAMES, "the stick has them"
    assert list(usb.folder.parent.glob("port-*/*")) == [], "nothing lies where no stick is"


@pytest.mark.parametrize("usb", ["fat"], indirect=True)
@pytest.mark.parametrize("objects", [1, 5])
@pytest.mark.parametrize("how", ["pulled out", "pulled out unnoticed", "and the power goes"])
def test_a_stick_that_is_pulled_out_midway_leaves_both_brains_whole_and_the_next_sync_goes_on(
    usb: Stick, devices: tuple[Path, Path], objects: int, how: str
) -> None:
    field, desk = devices
    run(desk, "sync", "--init", usb.plug())
    usb.unplug()
    before = sound(field), sound(desk)
    hub = usb.plug()
    command = [sys.executable, "-W", "error", "-c", PULLED, str(objects), *typed(field, "sync", hub)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as syncing:
        assert syncing.stdout and syncing.stdout.readline() == "now\n"
        pull_out(usb.folder, noticed=how != "pulled out unnoticed")
        if how == "and the power goes":
            syncing.send_signal(signal.SIGKILL)
        said = syncing.communicate("go on\n", timeout=LONG_S)[1]
    assert syncing.returncode == (-signal.SIGKILL if how == "and the power goes" else 1)
    if syncing.returncode == 1:
        assert len(said.splitlines()) == 1 and f"{usb.folder}" in said
        assert "events and" in said and "the rest is for the next time" in said
    usb.unplug()
    assert list(usb.folder.glob("*")) == [], "nothing lies where no stick is"
    held, events = sound(field)
    assert events in (FRAMES, 2 * FRAMES) and sound(desk) == before[1]
    if events == FRAMES:
        assert held == before[0][0]
    run(field, "sync", usb.plug())
    usb.unplug()
    run(desk, "sync", usb.plug())
    usb.unplug()
    assert sound(field) == sound(desk) and sound(field)[1] == 2 * FRAMES
    with Brain.open(field) as brain:
        (told,) = sync_status(brain).hubs
        assert (told.events_to_send, told.pictures_to_send, told.aside) == (0, 0, [])
