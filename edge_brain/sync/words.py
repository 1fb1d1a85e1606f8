"""What came of a sync, in plain words: for the terminal, the service's log and the page of the device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edge_brain.outcomes import HubStatus, Synced

_MANY = 5  # classes that are named


def summary(done: Synced) -> str:
    """Return what was exchanged, in one line."""
    parts = [
        _counted(done.events_sent, "event", "sent"),
        _counted(done.pictures_sent, "picture", "sent"),
        _counted(done.events_taken, "event", "of others taken in"),
        _counted(done.pictures_fetched, "picture", "fetched"),
        _counted(done.pictures_thinned, "picture", "taken away here, for the hub holds them"),
    ]
    told = ", ".join(filter(None, parts)) or "nothing was new"
    return f"synced with {done.hub}: {told} ({_size(done.sent_bytes)} up, {_size(done.read_bytes)} down)"


def notices(done: Synced) -> Iterator[str]:
    """Yield what a person should know of besides."""
    if done.forked_from is not None:
        yield (
            f"another machine has the id {done.forked_from}, too, as after a card was copied: this one is "
            f"{done.device} from now on, and what both were told stays"
        )
    if done.release is not None and done.release.changed:
        released = done.release.released
        yield "; ".join([f"release {released.number} of {released.name} is in production now", *done.release.notes])
    if done.strange:
        yield (
            f"the other devices know none of the classes of this one, but {_some(done.strange)}: if theirs is another "
            "brain, each has learned from the other now. `edge-brain classes remove` takes a class out again, and each "
            "brain wants a hub of its own"
        )
    if done.waiting:
        yield waiting(done.waiting)
    if done.retried:
        yield f"the hub did not answer {_times(done.retried)}, and was asked again"


def waiting(frames: int) -> str:
    """Return what it means that frames wait."""
    told = _counted(frames, "frame", "of other devices")
    return f"{told} cannot be counted here yet: another extractor, or another part of the picture, was looked at"


def aside(hub: HubStatus) -> str:
    """Return what was set aside with a hub, in one line; the first of it stands for all."""
    first = hub.aside[0]
    more = f", and {len(hub.aside) - 1} more" if len(hub.aside) > 1 else ""
    return f"not exchanged with {hub.place}: {one_aside(first.path, first.reason)}{more}"


def one_aside(name: str, reason: str) -> str:
    """Return what was set aside, and why."""
    return reason if name in reason else f"{name}: {reason}"


def _counted(number: int, what: str, done: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'} {done}" if number else ""


def _some(classes: Sequence[str]) -> str:
    return ", ".join(classes[:_MANY]) + (f" and {len(classes) - _MANY} more" if len(classes) > _MANY else "")


def _size(of_bytes: int) -> str:
    return f"{of_bytes / 1e6:,.1f} MB" if of_bytes >= 10**6 else f"{of_bytes / 1e3:,.0f} kB"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
