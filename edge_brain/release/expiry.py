"""Until when a release may be taken, and what a clock can say of it: a device without a battery wakes up in 1970."""

from __future__ import annotations

import re
from typing import Literal

from edge_brain import clock
from edge_brain.errors import BadInput
from edge_brain.units import span_s

END_OF_TIME = 253_402_300_800.0  # the year 10000, whose dates nobody can write
Judged = Literal["valid", "expired", "unknown"]


def moment(text: str, now: float) -> float:
    """Return the wall time that is meant by a span from now (90d), a day (2026-12-31: its end, in UTC) or a stamp."""
    span = span_s(text)
    try:
        if span is not None:
            at = now + span
        elif re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            at = clock.seconds(f"{text}T23:59:59Z")
        else:
            at = clock.seconds(text)
    except ValueError:
        raise BadInput(f"{text!r} is no end: give a span such as 90d, or a day such as 2026-12-31") from None
    return at


def end(chosen: float | str, taught_at: float, now: float) -> tuple[float, float]:
    """Return the end of a release that is made now, and when it was taught; both wall times.

    `chosen` is such a time, or a text as `moment` takes it. Where the last tag is said to be later than that, a clock
    is wrong: that of the device which tagged, or this one. Who names a day vouches for this one, and the release counts
    as taught now; a span, which is counted from now, says nothing of that. BadInput then, and for an end that is over,
    or beyond all dates.
    """
    at = moment(chosen, now) if isinstance(chosen, str) else chosen
    if not now < at < END_OF_TIME:
        raise BadInput(f"a release that ends at {stamp(at)} could be taken by nobody: it is {stamp(now)} here")
    if at > taught_at:
        return at, taught_at
    if isinstance(chosen, str) and span_s(chosen) is not None:
        raise BadInput(
            f"{chosen} from now is {stamp(at)}, and the last tag is said to be of {stamp(taught_at)}: this clock or "
            "that of the device that tagged is wrong. Set this one, or give the end as a day, such as 2026-12-31"
        )
    return at, now


def judged(expires_at: float | None, taught_at: float, now: float) -> Judged:
    """Say whether a release may still be taken; "unknown" where the clock cannot be right.

    A time before the release was even taught is that of a device which has lost its clock: it shows neither that the
    release has expired nor that it has not.
    """
    if expires_at is None:
        return "valid"
    if now >= expires_at:
        return "expired"
    return "unknown" if now < taught_at else "valid"


def stamp(at: float) -> str:
    """Return a wall time as people read it, also one beyond all dates."""
    return clock.stamp(min(at, END_OF_TIME - 1))
