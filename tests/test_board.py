"""What machine this is and how it bears what it does, as Linux and a Pi's firmware say it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_brain import bench, board
from edge_brain.board import Strain

pytestmark = pytest.mark.usefixtures("once")
CALM = Strain(None, None, None, slowed=(), was_slowed=())
SLOWED_ONCE = Strain(None, None, None, slowed=(), was_slowed=("under-voltage",))


def told(root: Path, **files: str) -> Path:
    """Write what a kernel tells below a root; of names `__` is a slash."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def firmware(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program `vcgencmd` that answers with what stands in a file."""
    program, word = tmp_path / "bin" / "vcgencmd", tmp_path / "word"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\n[ "$1" = get_throttled ] && cat {word}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return word


def test_a_board_is_called_what_its_maker_wrote(tmp_path: Path) -> None:
    root = told(tmp_path, **{"proc__device-tree__model": "Raspberry Pi 4 Model B Rev 1.4\0"}, proc__cpuinfo="x: y\n")
    assert board.board(root).name == "Raspberry Pi 4 Model B Rev 1.4"


def test_a_machine_without_such_a_name_is_called_by_its_processor(tmp_path: Path) -> None:
    text = "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC\nstepping\t: 1\n"
    assert board.board(told(tmp_path, proc__cpuinfo=text)).name == "AMD EPYC"


def test_this_machine_is_known() -> None:
    here = board.board()
    assert here.name and here.machine and here.cores >= 1 and here.system and here.kernel
    assert here.memory_bytes and here.memory_bytes > 2**27
    assert (board.peak_memory_bytes() or 0) > 2**23
    assert board.file_system(Path("/proc")) == "proc"


def test_what_nobody_says_is_none(tmp_path: Path) -> None:
    silent = board.strain(tmp_path)
    assert (silent.temperature_c, silent.clock_mhz, silent.full_clock_mhz) == (None, None, None)
    assert board.peak_memory_bytes(tmp_path) is None and board.file_system(tmp_path, tmp_path) is None
    assert board.board(tmp_path).memory_bytes is None and board.board(tmp_path).name


def test_the_warmest_zone_and_the_slowest_core_count(tmp_path: Path) -> None:
    root = told(
        tmp_path,
        sys__class__thermal__thermal_zone0__temp="48312\n",
        sys__class__thermal__thermal_zone1__temp="61500\n",
        sys__class__thermal__thermal_zone2__temp="\n",
        sys__devices__system__cpu__cpu0__cpufreq__scaling_cur_freq="1500000\n",
        sys__devices__system__cpu__cpu1__cpufreq__scaling_cur_freq="600000\n",
        sys__devices__system__cpu__cpu1__cpufreq__cpuinfo_max_freq="1500000\n",
    )
    warm = board.strain(root)
    assert (warm.temperature_c, warm.clock_mhz, warm.full_clock_mhz) == (61.5, 600.0, 1500.0)


@pytest.mark.parametrize(("state", "slowed"), [("0", ()), ("2", ("too warm",))])
def test_linux_tells_that_it_slows_the_processor_to_cool_it(tmp_path: Path, state: str, slowed: tuple[str]) -> None:
    root = told(
        tmp_path,
        sys__class__thermal__cooling_device0__type="pwm-fan\n",
        sys__class__thermal__cooling_device0__cur_state="3\n",
        sys__class__thermal__cooling_device1__type="cpufreq-cpu0\n",
        sys__class__thermal__cooling_device1__cur_state=state,
    )
    assert board.strain(root).slowed == slowed


def test_a_pis_firmware_tells_why_it_slows_it_down_now_and_since_the_start(tmp_path: Path, firmware: Path) -> None:
    firmware.write_text("throttled=0x50005\n")
    slowed = board.strain(tmp_path)
    assert slowed.slowed == slowed.was_slowed == ("under-voltage", "throttled")
    firmware.write_text("throttled=0x80000\n")
    assert (board.strain(tmp_path).slowed, board.strain(tmp_path).was_slowed) == ((), ("soft temperature limit",))
    firmware.write_text("throttled=0x0\n")
    assert (board.strain(tmp_path).slowed, board.strain(tmp_path).was_slowed) == ((), ())


def test_a_firmware_that_does_not_answer_says_nothing(tmp_path: Path, firmware: Path) -> None:
    firmware.write_bytes(b"Can't open device file: \xff/dev/vcio\n")
    assert (board.strain(tmp_path).slowed, board.strain(tmp_path).was_slowed) == (None, None)


@pytest.mark.parametrize(
    ("before", "after", "throttled"),
    [
        (CALM, CALM, False),
        (CALM, Strain(None, None, None, ("throttled",), ("throttled",)), True),
        (CALM, Strain(None, None, None, (), ("under-voltage",)), True),
        (SLOWED_ONCE, SLOWED_ONCE, None),
        (SLOWED_ONCE, Strain(None, None, None, (), ("under-voltage", "throttled")), True),
        (Strain(None, None, None, (), None), Strain(None, None, None, (), None), False),
        (Strain(None, None, None, None, None), Strain(None, None, None, None, None), None),
    ],
    ids=[
        "calm",
        "at the end",
        "in between",
        "long before, and perhaps again",
        "long before, and for another reason",
        "no firmware",
        "nobody says",
    ],
)
def test_slowed_down_is_what_was_so_meanwhile(before: Strain, after: Strain, throttled: bool | None) -> None:
    assert bench.throttled(before, after) is throttled
