"""The only module that reads time, and lets it pass: wall time for people, a hybrid clock for order.

A device without a battery clock wakes up in 1970, and jumps when the network comes. Order must not
follow it: a hybrid clock (Kulkarni et al., "Logical Physical Clocks", 2014) is the wall clock when
that moves forward and a counter when it does not, so that what is done later always counts as later.
"""

from __future__ import annotations

import calendar
import time

_COUNTER_BITS = 16
MILLISECOND = 1 << _COUNTER_BITS  # in readings of the hybrid clock
_NEVER_S = 1_577_836_800.0  # 2020: a clock that says less was never set


def now() -> float:
    """Return the wall time, seconds since 1970 in UTC; may jump, so never use it for order."""
    return time.time()


def was_set(seconds: float) -> bool:
    """Say whether a wall time can be true: a device without a battery clock begins in the past."""
    return seconds >= _NEVER_S


def minute_of_day(seconds: float) -> int:
    """Return the minutes since midnight at a wall time, where the device is."""
    local = time.localtime(seconds)
    return 60 * local.tm_hour + local.tm_min


def elapsed() -> float:
    """Return monotonic seconds since some fixed moment; for durations only."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Let so many seconds pass; none when there are none to pass."""
    if seconds > 0:
        time.sleep(seconds)


def tick(last: int, wall_s: float | None = None) -> int:
    """Return a hybrid clock reading greater than `last`: milliseconds since 1970 << 16, plus a counter.

    `last` is the greatest reading known so far (0 when there is none).
    """
    wall_ms = max(0, int(1000 * (now() if wall_s is None else wall_s)))
    return max(wall_ms << _COUNTER_BITS, last + 1)


def earliest(seconds: float) -> int:
    """Return the least hybrid clock reading that carries a wall time."""
    return int(1000 * seconds) << _COUNTER_BITS


def wall_time(reading: int) -> float:
    """Return the wall time, seconds since 1970, that a hybrid clock reading carries."""
    return (reading >> _COUNTER_BITS) / 1000


def stamp(seconds: float) -> str:
    """Return a wall time as people and programs write it: 2026-05-04T10:20:30Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(max(0.0, seconds)))


def seconds(stamped: str) -> float:
    """Return the wall time that `stamp` wrote; ValueError when it is none."""
    return float(calendar.timegm(time.strptime(stamped, "%Y-%m-%dT%H:%M:%SZ")))
