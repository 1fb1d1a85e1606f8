"""What scripts/setup-pi would do on boards of several kinds, whose apt and udev are played by small programs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("once")
SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "setup-pi"
SOCKET = "platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.3:1.0"


class Board:
    """A board whose apt knows some packages, and which notes what was really done to it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.done = folder, folder / "done"
        self.packages: dict[str, str] = {"python3-numpy": "1:1.24.2-1+deb12u1"}
        for name in ("apt-get", "sudo", "pip"):
            self.program(name, f'echo "{name} $*" >>{self.done}')
        self.program("udevadm", f'case "$*" in *=/dev/video0) echo DEVNAME=/dev/video0; echo ID_PATH={SOCKET};; esac')

    def program(self, name: str, body: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def set_up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        known = "".join(f"{name}) echo '  Candidate: {version}';; " for name, version in self.packages.items())
        self.program("apt-cache", f'case "$2" in {known} esac')
        environment = {**os.environ, "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}"}
        command = [SCRIPT, "--into", str(self.folder / "environment"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def would(self, *arguments: str) -> str:
        """Return what setting it up would do, which leaves it as it was."""
        before = sorted(path.name for path in self.folder.iterdir() if path.name != "apt-cache")
        told = self.set_up("--dry-run", *arguments)
        assert told.returncode == 0, told.stderr
        assert sorted(path.name for path in self.folder.iterdir() if path.name != "apt-cache") == before
        return told.stdout


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


def test_a_pi_of_debian_12_gets_picamera2_and_the_numpy_that_it_was_built_for(board: Board) -> None:
    board.packages["python3-picamera2"] = "0.3.12-1"
    told = board.would()
    assert "--no-install-recommends python3-venv python3-picamera2\n" in told
    assert "--system-site-packages" in told and "\\[web\\,tflite\\]\n" in told
    assert "-c import\\ picamera2\n" in told and "bench --quick" in told


def test_one_of_debian_13_gets_numpy_2(board: Board) -> None:
    board.packages |= {"python3-picamera2": "0.3.30-1", "python3-numpy": "1:2.2.4+ds-1"}
    told = board.would("--extras", "web,s3")
    assert "\\[web\\,s3\\]\n" in told and "tflite" not in told


def test_where_apt_knows_no_picamera2_it_is_left_out_and_told(board: Board) -> None:
    told = board.would("--extras", "")
    assert "apt knows no python3-picamera2" in told and "import\\ picamera2" not in told
    assert f"--upgrade {SCRIPT.parent.parent}\n" in told, "numpy 1 of apt is nobody's concern then"


def test_a_camera_is_named_by_its_socket(board: Board) -> None:
    told = board.would("--camera", "door=/dev/video0")
    assert f'ENV\\{{ID_PATH\\}}==\\"{SOCKET}\\"' in told and 'SYMLINK+=\\"camera-door\\"' in told
    assert "the camera at /dev/video0 is usb:/dev/camera-door\n" in told


def test_a_service_is_installed_when_its_settings_are_given(board: Board) -> None:
    assert "bin/edge-brain service install greenhouse.toml\n" in board.would("--service", "greenhouse.toml")
    assert "service example" in board.would()


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (["--camera", "door=/dev/video7"], 1, "nothing is plugged in at /dev/video7"),
        (["--camera", "Front door=/dev/video0"], 2, "small letters, digits and -"),
        (["--camera", "door"], 2, "give NAME=DEVICE"),
        (["--camera"], 2, "needs a value"),
        (["--upgrade"], 2, "no option --upgrade"),
    ],
)
def test_a_mistake_is_told_before_anything_is_done(board: Board, arguments: list[str], code: int, word: str) -> None:
    told = board.set_up(*arguments)
    assert told.returncode == code and word in told.stderr
    assert not board.done.exists() and not (board.folder / "environment").exists()


def test_help_tells_each_option(board: Board) -> None:
    told = board.set_up("--help").stdout
    for option in ("--into", "--from", "--extras", "--camera", "--service", "--dry-run"):
        assert f"\n    {option} " in told
    assert "set -euo" not in told and "#" not in told
