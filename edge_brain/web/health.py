"""How the device is: camera, disk, services, copies, sync, the brain itself; and what of it a person should look at.

It costs a few queries and a look into small folders, however many frames there are: programs may ask once a minute.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from edge_brain import __version__, backups, ballast, files
from edge_brain.brain import Brain
from edge_brain.doctor import lacking_space
from edge_brain.errors import EdgeBrainError
from edge_brain.outcomes import Holding, Production, SyncStatus
from edge_brain.service import status
from edge_brain.service.status import Service
from edge_brain.sync import words
from edge_brain.sync.running import sync_status
from edge_brain.web import releases
from edge_brain.web.jobs import Job
from edge_brain.web.workspace import Workspace

_SILENT_S = 60.0  # a service tells of itself every few seconds
_FOLDERS = ("backups", "releases", "production")  # that hold a few files
_WELL = ("ok", "ended")  # of a source
_FAILURES = 3  # in a row, of a sync, that a person need not know of: lines break


@dataclass(frozen=True)
class Eye:
    """The camera that the pages look through."""

    source: str  # without its password
    state: str  # "ok" | "lost" | "frozen" | "black" | "ended"
    detail: str
    trouble: str | None  # why the brain could not look, or keep, at the last turn
    keeps: bool  # whether frames are kept for later
    kept: int  # frames since the start


@dataclass(frozen=True)
class Gone:
    """What went to make room, for one reason."""

    frames: int
    bytes: int


@dataclass(frozen=True)
class Disk:
    """The disk that the brain lies on."""

    size_bytes: int
    free_bytes: int
    brain_bytes: int  # frames, database, copies and releases
    copies_bytes: int
    releases_bytes: int  # those that were made here, and those in production
    has_ballast: bool  # a file that is thrown off when the disk is full, so that one can still tag
    dropped: Mapping[str, Gone]  # why frames went to make room: "stray" | "discarded" | "near-duplicate" | "untagged"
    dropped_at: float | None  # when the last of them went


@dataclass(frozen=True)
class Copies:
    """The whole copies of the database in backups/."""

    number: int
    last_at: float | None  # wall time, seconds since 1970
    events_since: int  # that stand in a segment beside them


@dataclass(frozen=True)
class Facts:
    """What the brain is made of."""

    name: str
    extractor: str
    region: str
    views: bool
    runtime: str | None  # what runs the network; None where none does
    threads: int
    version: str  # of edge_brain
    head_digest: str | None  # of the exact integer state; None for a head that cannot be read


@dataclass(frozen=True)
class Health:
    """How a device is that serves a brain."""

    troubles: list[str]  # what a person should look at; empty when all is well
    camera: Eye | None
    disk: Disk
    holding: Holding
    services: list[Service]
    copies: Copies
    sync: SyncStatus
    production: Production | None  # what a camera app runs here
    brain: Facts
    jobs: list[Job]


def health(space: Workspace) -> Health:
    """Return how the device is now."""
    brain, troubles = space.brain, list[str]()
    with brain.alone:
        holding, facts = brain.store.thinning.holding(), _facts(space, troubles)
        disk, copies, production = _disk(brain, holding), _copies(brain), brain.production
    sync = sync_status(space.thinking)  # it counts through all events: no tag waits for that
    camera, services, jobs = _eye(space), status.seen(brain.folder), list(space.jobs.latest)
    if (trouble := space.pulse.latest.trouble) and trouble not in troubles:
        troubles.append(trouble)
    troubles += _of_camera(camera) if camera else ()
    troubles += lacking_space(brain.folder)
    troubles += (f"Service `{each.name}`: {trouble}" for each in services for trouble in _of_service(each))
    troubles += (f"Sync: {words.aside(hub)}" for hub in sync.hubs if hub.aside)
    troubles += releases.troubles(brain.folder)
    troubles += _of_production(production)
    troubles += _of_jobs(jobs)
    return Health(troubles, camera, disk, holding, services, copies, sync, production, facts, jobs)


# ── what there is ───────────────────────────────────────────────────────────────────────────────


def _eye(space: Workspace) -> Eye | None:
    if space.camera is None:
        return None
    sight = space.camera.latest
    return Eye(space.camera.name, sight.state, sight.detail, sight.trouble, space.camera.keeps, sight.kept)


def _disk(brain: Brain, holding: Holding) -> Disk:
    disk = shutil.disk_usage(brain.folder)
    copies, *released = (files.size(brain.folder / name) for name in _FOLDERS)
    frames, sizes, last = Counter[str](), Counter[str](), None
    for drop in brain.drops():
        frames[drop.why] += drop.frames
        sizes[drop.why] += drop.bytes
        last = drop.at
    return Disk(
        size_bytes=disk.total,
        free_bytes=disk.free,
        brain_bytes=holding.frames_bytes + holding.database_bytes + copies + sum(released),
        copies_bytes=copies,
        releases_bytes=sum(released),
        has_ballast=ballast.lies(brain.folder),
        dropped={why: Gone(number, sizes[why]) for why, number in frames.items()},
        dropped_at=last,
    )


def _copies(brain: Brain) -> Copies:
    folder, made = brain.folder, list[float]()
    copies = backups.copies(folder)
    for copy in copies:
        with suppress(FileNotFoundError):  # a newer one has come in its place
            made.append(copy.stat().st_mtime)
    since = brain.store.last_event() - backups.last_covered(folder)
    return Copies(len(copies), max(made, default=None), since)


def _facts(space: Workspace, troubles: list[str]) -> Facts:
    """Return what the brain is made of; what keeps it from being told is added to the troubles."""
    brain = space.brain
    runtime, digest = (_told(ask, troubles) for ask in (lambda: brain.exposer.extractor.runtime, brain.head_digest))
    region = str(brain.region)
    return Facts(space.name, brain.extractor, region, brain.views, runtime, brain.threads, __version__, digest)


def _told(ask: Callable[[], str], troubles: list[str]) -> str | None:
    try:
        return ask()
    except EdgeBrainError as error:
        troubles.append(str(error))
        return None


# ── what a person should look at ────────────────────────────────────────────────────────────────


def _of_camera(eye: Eye) -> Iterator[str]:
    if eye.state not in _WELL:
        yield f"The camera is {eye.state}" + (f": {eye.detail}" if eye.detail else ".")
    if eye.trouble:
        yield f"The camera's frames could not be looked at, or kept: {eye.trouble}"


def _of_service(service: Service) -> Iterator[str]:
    said = service.status
    if said is None:
        return
    if not service.running:
        if service.state != "stopped":
            how = "has failed" if said.state == "failed" else f"ended while it was {said.state}"
            yield f"it {how}; `edge-brain service logs` tells more"
        return
    if service.silent_s is not None and service.silent_s > _SILENT_S:
        yield f"nothing was heard of it for {service.silent_s:.0f} s"
    if said.source_state not in _WELL:
        yield f"its camera is {said.source_state}" + (f": {said.source_detail}" if said.source_detail else "")
    if said.trouble.now and said.trouble.last:
        yield said.trouble.last
    if said.room_lacks:
        yield said.room_lacks
    if said.sync is not None and said.sync.failures > _FAILURES:
        yield f"it could not sync {said.sync.failures} times in a row: {said.sync.failure}"


def _of_production(production: Production | None) -> Iterator[str]:
    if production is None:
        return
    if production.trouble:
        yield f"Production: {production.trouble}"
    if production.expired and production.current is not None:
        yield f"Release {production.current.number}, which is in production, has expired: it answers all the same"


def _of_jobs(jobs: list[Job]) -> Iterator[str]:
    for job in jobs:
        if job.outcome is None or job.outcome.good or job.state == "broken off":
            continue
        if job.name == "sync" and job.outcome.findings:
            continue  # what is set aside is told as it is now
        findings = [finding for finding in job.outcome.findings if finding.check != "free space"]  # told as it is now
        wrong = [f"{finding.check}: {finding.detail}" for finding in findings if not finding.ok]
        yield from (f"When it last looked here the doctor found: {each}" for each in wrong)
        if not job.outcome.findings:
            yield f"`{job.name}` failed: {job.outcome.message}"
