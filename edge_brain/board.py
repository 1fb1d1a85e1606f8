"""What machine this is, how warm and how fast it is now, and whether it says that it is being slowed down.

Linux says it below /proc and /sys; a Raspberry Pi's firmware, which slows its processor without asking Linux, says it
by `vcgencmd`. What nobody says is None, here and there alike.
"""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/")
_MOST_S = 5.0
_FIRMWARE = ("under-voltage", "clock capped", "throttled", "soft temperature limit")  # bits 0 to 3 of get_throttled
_SINCE_START = 16  # and the same from this bit on: that it was so once


@dataclass(frozen=True)
class Board:
    """A machine."""

    name: str  # as its maker wrote it: "Raspberry Pi 4 Model B Rev 1.4"; else that of its processor
    machine: str  # "aarch64"
    cores: int
    memory_bytes: int | None
    system: str  # "Debian GNU/Linux 13 (trixie)"
    kernel: str


@dataclass(frozen=True)
class Strain:
    """How a machine bears what it does, at one moment."""

    temperature_c: float | None  # of the warmest zone
    clock_mhz: float | None  # of the slowest core
    full_clock_mhz: float | None  # as it could be
    slowed: tuple[str, ...] | None  # why it is slowed down now; empty: it is not
    was_slowed: tuple[str, ...] | None  # why it was so at any time since it was started, as far as that is kept


def board(root: Path = _ROOT) -> Board:
    """Return which machine this is."""
    memory = re.search(r"^MemTotal:\s*(\d+) kB", _text(root / "proc/meminfo"), re.MULTILINE)
    return Board(
        name=_text(root / "proc/device-tree/model").strip("\0 \n") or processor(root),
        machine=platform.machine(),
        cores=os.cpu_count() or 1,
        memory_bytes=int(memory[1]) * 1024 if memory else None,
        system=_system(),
        kernel=platform.release(),
    )


def processor(root: Path = _ROOT) -> str:
    """Return what the processor calls itself."""
    named = re.findall(r"^(?:model name|Model|Hardware)[ \t]*: (.*)$", _text(root / "proc/cpuinfo"), re.MULTILINE)
    return str(named[0]).strip() if named else platform.processor() or platform.machine()


def strain(root: Path = _ROOT) -> Strain:
    """Return how the machine is now; costs a program's start where there is a `vcgencmd`."""
    cores = root / "sys/devices/system/cpu"
    temperatures = [each / 1e3 for each in _numbers(root / "sys/class/thermal", "thermal_zone*/temp")]
    now, since_start = _firmware()
    cooled = _cooled(root / "sys/class/thermal")
    return Strain(
        temperature_c=max(temperatures, default=None),
        clock_mhz=min((each / 1e3 for each in _numbers(cores, "cpu[0-9]*/cpufreq/scaling_cur_freq")), default=None),
        full_clock_mhz=max(
            (each / 1e3 for each in _numbers(cores, "cpu[0-9]*/cpufreq/cpuinfo_max_freq")), default=None
        ),
        slowed=None if now is cooled is None else (*(now or ()), *(cooled or ())),
        was_slowed=since_start,
    )


def peak_memory_bytes(root: Path = _ROOT) -> int | None:
    """Return the most memory that this process has had at once."""
    peak = re.search(r"^VmHWM:\s*(\d+) kB", _text(root / "proc/self/status"), re.MULTILINE)
    return int(peak[1]) * 1024 if peak else None


def file_system(path: Path, root: Path = _ROOT) -> str | None:
    """Return the kind of file system that a path lies on: "ext4", "tmpfs"."""
    device = path.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    for line in _text(root / "proc/self/mountinfo").splitlines():
        if line.split()[2] == number:
            return line.partition(" - ")[2].split()[0]
    return None


def _firmware() -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """Return why a Pi's firmware slows it down now, and why it has done so since the start."""
    try:
        told = subprocess.run(["vcgencmd", "get_throttled"], capture_output=True, timeout=_MOST_S).stdout
    except (OSError, subprocess.TimeoutExpired):  # no Pi
        return None, None
    word = re.match(rb"throttled=0x([0-9a-fA-F]+)", told)  # bytes: what is no answer need not be text
    if word is None:  # a Pi whose firmware this user may not ask
        return None, None
    bits = int(word[1], 16)
    now, ever = (
        tuple(why for bit, why in enumerate(_FIRMWARE, first) if bits >> bit & 1) for first in (0, _SINCE_START)
    )
    return now, ever


def _cooled(thermal: Path) -> tuple[str, ...] | None:
    """Return why Linux slows the processor down: which of the things that cool by slowing it are at work."""
    devices = [each for each in sorted(thermal.glob("cooling_device*")) if "cpufreq" in _text(each / "type")]
    if not devices:
        return None
    return ("too warm",) if any(number > 0 for each in devices for number in _numbers(each, "cur_state")) else ()


def _numbers(folder: Path, pattern: str) -> Iterator[int]:
    """Yield the numbers in files below a folder; a sensor may be there and give none."""
    for path in sorted(folder.glob(pattern)):
        with suppress(ValueError):
            yield int(_text(path))


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):  # a system so small, or so old, that it does not say
        return platform.system()


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:  # what nobody says
        return ""
