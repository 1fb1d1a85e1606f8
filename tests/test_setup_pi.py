"""What scripts/setup-pi would do on boards of several kinds, whose apt and udev are played by small programs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytestmark = pytest.mark.usefixtures("once")
SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "setup-pi"
SOCKET = "platform-fd500000.pcie-pci-0000:01:00.0-usb-0:1.3:1.0"


class Board:
    """A board whose apt knows some packages, and which notes what was really done to it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.done = folder, folder / "done"
        self.packages: dict[str, str] = {"python3": "3.11.2-1+b1", "python3-numpy": "1:1.24.2-1+deb12u1"}
        self.architecture, self.kernel = "arm64", "aarch64"
        self.system = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n'
        self.rules = folder / "70-edge-brain.rules"
        self.program("apt-get", f'echo "apt-get $*" >>{self.done}')
        self.program("sudo", '"$@"')
        self.program("udevadm", f'case "$*" in *=/dev/video0) echo DEVNAME=/dev/video0; echo ID_PATH={SOCKET};; esac')

    def program(self, name: str, body: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def set_up(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        self.speak()
        environment = {
            **{name: value for name, value in os.environ.items() if name != "LC_ALL"},
            "PATH": f"{self.folder}{os.pathsep}{os.environ['PATH']}",
            "EDGE_BRAIN_OS_RELEASE": str(self.folder / "os-release"),
            "EDGE_BRAIN_UDEV_RULES": str(self.rules),
        }
        command = [SCRIPT, "--into", str(self.folder / "environment"), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def speak(self) -> None:
        """Let its programs tell what it is; its apt speaks German unless it is told not to."""
        known = "".join(f'{name}) echo "  $what: {version}";; ' for name, version in self.packages.items())
        self.program(
            "apt-cache",
            'what=Installationskandidat; [ "${LC_ALL-}" != C ] || what=Candidate\n' + f'case "$2" in {known} esac',
        )
        self.program("dpkg", f'[ "$1" = --print-architecture ] && echo {self.architecture}')
        self.program("uname", f'[ "$1" = -m ] && echo {self.kernel}')
        (self.folder / "os-release").write_text(self.system)

    def with_environment(self) -> None:
        """Let an environment stand there already, whose programs only note what they are asked."""
        (self.folder / "environment" / "bin").mkdir(parents=True)
        for name in ("python", "edge-brain"):
            self.program(f"environment/bin/{name}", f'echo "{name} $*" >>{self.done}')

    def would(self, *arguments: str) -> str:
        """Return what setting it up would do, which leaves it as it was."""
        self.speak()
        before = sorted(path.name for path in self.folder.iterdir())
        told = self.set_up("--dry-run", *arguments)
        assert told.returncode == 0, told.stderr
        assert sorted(path.name for path in self.folder.iterdir()) == before
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
    board.packages |= {"python3": "3.13.5-1", "python3-picamera2": "0.3.30-1", "python3-numpy": "1:2.2.4+ds-1"}
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


def test_the_rule_of_a_camera_is_written_once_and_replaced_when_it_is_plugged_in_elsewhere(board: Board) -> None:
    board.with_environment()
    other = '# of another\nSYMLINK+="camera-door-2"\n'
    board.rules.write_text(f'{other}ENV{{ID_PATH}}=="elsewhere", SYMLINK+="camera-door"\n')
    rule = f'SUBSYSTEM=="video4linux", ATTR{{index}}=="0", ENV{{ID_PATH}}=="{SOCKET}", SYMLINK+="camera-door"\n'
    for told in (board.set_up("--camera", "door=/dev/video0"), board.set_up("--camera", "door=/dev/video0")):
        assert told.returncode == 0, told.stderr
        assert board.rules.read_text() == other + rule
    assert "udevadm" not in told.stdout, "nothing is new the second time"


@pytest.mark.parametrize("kernel", ["armv7l", "armv8l", "aarch64"])
def test_a_32_bit_system_gets_apts_libraries_whatever_its_kernel(board: Board, kernel: str) -> None:
    board.architecture, board.kernel = "armhf", kernel
    told = board.would("--from", "edge_brain.whl")
    assert "python3-venv python3-numpy python3-opencv python3-pil\n" in told
    assert "--upgrade click sqlite-utils tflite-runtime flask waitress pygal segno\n" in told
    assert "--no-deps edge_brain.whl\n" in told and "edge_brain.whl\\[" not in told
    assert ("a 64-bit system has newer libraries" in told) == (kernel != "armv7l")


def test_a_64_bit_system_on_a_64_bit_kernel_is_not_taken_for_one_of_32(board: Board) -> None:
    told = board.would()
    assert "arm64, a kernel for aarch64" in told and "python3-opencv" not in told and "32" not in told


def test_a_32_bit_system_gets_what_the_package_asks_for(board: Board) -> None:
    project = tomllib.loads((SCRIPT.parent.parent / "pyproject.toml").read_text())["project"]
    extras = ["web", "mqtt", "s3", "signing", "fleet"]
    asked = [*project["dependencies"], *(each for extra in extras for each in project["optional-dependencies"][extra])]
    names = {re.split("[<>=;]", each)[0] for each in asked if "python_version < '3.11'" not in each}
    board.architecture = "armhf"
    brought = next(line for line in board.would("--extras", ",".join(extras)).splitlines() if " --upgrade " in line)
    by_apt = {"numpy", "pillow", "opencv-python-headless"}
    assert set(brought.partition(" --upgrade ")[2].split()) == names - by_apt - {"ai-edge-litert"}


def test_a_wheel_of_the_version_that_is_installed_is_installed_again(board: Board) -> None:
    board.with_environment()
    wheel = board.folder / "edge_brain-0.1.0-py3-none-any.whl"
    wheel.write_bytes(b"")
    assert board.set_up("--from", str(wheel)).returncode == 0
    assert f"install --quiet --force-reinstall --no-deps {wheel}\n" in board.done.read_text()


@pytest.mark.parametrize(("number", "python"), [("22.04", "3.10.6-1~22.04"), ("24.04", "3.12.3-0ubuntu2")])
def test_ubuntu_is_set_up_too(board: Board, number: str, python: str) -> None:
    board.system = f'PRETTY_NAME="Ubuntu {number} LTS"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="{number}"\n'
    board.packages["python3"] = python
    assert f"Ubuntu {number} LTS, arm64" in board.would()


@pytest.mark.parametrize(
    ("architecture", "python", "word"),
    [
        ("arm64", "3.9.2-3", "has Python 3.9; 3.10 is needed"),
        ("armhf", "3.13.5-1", "32-bit system with Python 3.13"),
        ("arm64", "", "apt knows no python3"),
    ],
)
def test_a_system_whose_python_will_not_do_is_refused_before_anything_is_done(
    board: Board, architecture: str, python: str, word: str
) -> None:
    board.architecture, board.packages["python3"] = architecture, python
    told = board.set_up()
    assert told.returncode == 1 and word in told.stderr
    assert not board.done.exists() and not (board.folder / "environment").exists()


def test_a_system_without_apt_is_refused(board: Board) -> None:
    board.system = 'PRETTY_NAME="Fedora Linux 42"\nID=fedora\n'
    told = board.set_up()
    assert told.returncode == 1 and "this is Fedora Linux 42" in told.stderr and not board.done.exists()


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
        (["--extras", "web,cloud"], 2, "there is no extra cloud"),
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
    assert "of web, mqtt, s3, signing, fleet" in told
