"""Figures with the bar they are judged by, the table they are printed in, and the place they were measured at."""

from __future__ import annotations

import os
import platform
import shlex
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TypeVar

import numpy as np

from edge_brain import board, extractor

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """A line of the report; `met` is None where there is no bar."""

    name: str
    value: str
    bar: str = ""
    met: bool | None = None
    remark: str = ""


def at_most(name: str, value: float, bar: float, unit: str = "", remark: str = "") -> Figure:
    """Judge a figure that must not be above its bar; nan misses it."""
    return Figure(name, f"{value:.2f}{unit}", f"≤ {bar:g}{unit}", value <= bar, remark)


def at_least(name: str, value: float, bar: float, unit: str = "", remark: str = "") -> Figure:
    """Judge a figure that must not be under its bar; nan misses it."""
    return Figure(name, f"{value:.2f}{unit}", f"≥ {bar:g}{unit}", value >= bar, remark)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a markdown table whose columns also line up as plain text."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    told = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
            for line in lines]  # fmt: skip
    told.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(told)


class Neighbours:
    """How busy other processes kept the machine while we measured; they are why figures differ."""

    def __init__(self) -> None:
        self._start = self._seconds()

    def __str__(self) -> str:
        (busy, whole, own), (busy_then, whole_then, own_then) = self._seconds(), self._start
        if whole == whole_then:
            return "how busy other processes were is unknown"
        return f"other processes took {max(0.0, (busy - busy_then - own + own_then) / (whole - whole_then)):.0%} of it"

    @staticmethod
    def _seconds() -> tuple[float, float, float]:
        """Return the seconds that all cores were busy, that they were there, and that we and our children used."""
        try:
            first = Path("/proc/stat").read_text().splitlines()[0]
        except OSError:  # not Linux
            return 0.0, 0.0, 0.0
        jiffies = [int(number) for number in first.split()[1:9]]  # user nice system idle iowait irq softirq steal
        tick = os.sysconf("SC_CLK_TCK")
        return (sum(jiffies) - jiffies[3] - jiffies[4]) / tick, sum(jiffies) / tick, sum(os.times()[:4])


def report(figures: Sequence[Figure], neighbours: Neighbours | None = None, *, known_missed: Sequence[str] = ()) -> int:
    """Print judged and other figures; return the exit code: 1 when a bar is missed.

    Bars that are known to be missed are named; then it is 1, too, when one of them is met or is not there.
    """
    words = {True: "met", False: "MISSED", None: ""}
    print(table(("figure", "measured", "bar", "", "remark"),
                [(f.name, f.value, f.bar, words[f.met], f.remark) for f in figures]))  # fmt: skip
    missed = [f.name for f in figures if f.met is False]
    judged = sum(f.met is not None for f in figures)
    print(f"\nmeanwhile {neighbours}" if neighbours else "")
    print(f"{judged - len(missed)} of {judged} bars met" + "".join(f"\nmissed: {name}" for name in missed))
    for name in set(known_missed) - set(missed):
        print(f"known to be missed, but met: {name}")
    return 0 if set(missed) == set(known_missed) else 1


def place(threads: int, runtime: str, name: str) -> str:
    """Return date, command line, extractor, runtime and machine: what a figure means nothing without."""
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return "\n".join((
        f"date      {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"command   {shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])}",
        f"extractor {name} ({extractor.contract(name)['fingerprint']}), {runtime}, {threads} threads",
        f"machine   {board.processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, load {load}",
        f"python    {platform.python_version()}, numpy {np.__version__}",
    ))  # fmt: skip


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Do some work once; return its result and the milliseconds it took."""
    start = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - start) * 1e3


def ms(work: Callable[[], object]) -> float:
    """Do some work once and return the milliseconds it took."""
    return timed(work)[1]


def in_turn(works: Sequence[Callable[[], object]], *, rounds: int, each: int = 1) -> list[float]:
    """Do all works in turn, `each` times running, and return the median milliseconds of each."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, work in zip(taken, works, strict=True):
            times.extend(ms(work) for _ in range(each))
    return [statistics.median(times) for times in taken]
