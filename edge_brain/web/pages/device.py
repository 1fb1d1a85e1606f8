"""The page of the device: how it is, and what takes long on it, to be begun and followed; and what one takes along."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, render_template

from edge_brain import clock, extractor
from edge_brain.errors import BrainDamaged
from edge_brain.region import Region
from edge_brain.web.health import Disk, health
from edge_brain.web.production import Beside, beside
from edge_brain.web.releases import offered
from edge_brain.web.workspace import Workspace

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_SPANS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_LEAST_SEEN = 0.8  # per cent of the bar


def routes(space: Workspace) -> Blueprint:
    """Return the routes of the device."""
    blueprint = Blueprint("device", __name__)

    @blueprint.get("/device")
    def device() -> str:
        """Show how the device is, and what can be begun on it."""
        found = health(space)
        jobs = {job.name: job for job in found.jobs}
        mine = found.brain.extractor
        names = [*([mine] if mine not in extractor.names() else []), *extractor.names()]
        names = [name for name in names if name != "pixels" or mine == name]
        return render_template(
            "device.html",
            health=found,
            jobs=jobs,
            running=space.jobs.running,
            bar=_bar(found.disk),
            extractors=names,
            releases=offered(space.brain.folder),
            beside=_beside(space),
        )

    return blueprint


def _beside(space: Workspace) -> Beside | None:
    """Return what runs beside what is taught; None for a head that cannot be read, which is told at the top."""
    with suppress(BrainDamaged):
        return beside(space)
    return None


def _bar(disk: Disk) -> tuple[float, float]:
    """Return how much of the disk is taken in all, and by the brain, in per cent that can be seen."""
    ours = max(_LEAST_SEEN, 100 * disk.brain_bytes / disk.size_bytes)
    return max(ours, 100 - 100 * disk.free_bytes / disk.size_bytes), ours


def size(of_bytes: int) -> str:
    """Return a number of bytes as people read it: 1.2 MB."""
    value, place = float(of_bytes), 0
    while value >= 999.5 and place < len(_UNITS) - 1:
        value, place = value / 1000, place + 1
    return f"{value:.1f} {_UNITS[place]}" if place and value < 10 else f"{value:.0f} {_UNITS[place]}"


def span(seconds: float) -> str:
    """Return a span of time as people read it: 3 h 5 min."""
    left, parts = max(0, round(seconds)), list[str]()
    for length, unit in _SPANS:
        count, left = divmod(left, length)
        if count or (parts and length >= 60):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "less than a second"


def ago(at: float) -> str:
    """Return how long ago something was, by the wall clock."""
    return span(clock.now() - at)


def region(text: str) -> str:
    """Return a region as short as it can be typed."""
    part = Region.parse(text)
    return ",".join(f"{number:g}" for number in (part.x, part.y, part.width, part.height))


FILTERS = {"size": size, "span": span, "seconds": clock.seconds, "ago": ago, "region": region}
