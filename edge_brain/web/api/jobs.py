"""The API of what takes long, one job at a time, and of how the device is."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.exceptions import NotFound

from edge_brain.sync.running import hubs_of
from edge_brain.web import releases, work
from edge_brain.web.api.operations import TEXT, YES, Field, Given, Operation
from edge_brain.web.health import Health
from edge_brain.web.health import health as health_of
from edge_brain.web.jobs import Job
from edge_brain.web.releases import Offered
from edge_brain.web.work import Contract
from edge_brain.web.workspace import Workspace


@dataclass(frozen=True)
class Retraining:
    """A job that retrains."""

    job: Job
    were: Contract  # to retrain so again undoes it


def health(space: Workspace, given: Given) -> Health:
    """Tell how the device is."""
    return health_of(space)


def jobs(space: Workspace, given: Given) -> list[Job]:
    """Tell the last job of each name."""
    return list(space.jobs.latest)


def retrain(space: Workspace, given: Given) -> Retraining:
    """Begin to rebuild the head."""
    were = Contract.of(space.brain)
    wanted = Contract(
        given["extractor"] or were.extractor,
        given["region"] or were.region,
        were.views if given["views"] is None else given["views"],
    )
    return Retraining(space.jobs.begin("retrain", work.retrain(space.brain, wanted)), were)


def doctor(space: Workspace, given: Given) -> Job:
    """Begin to look the brain over."""
    return space.jobs.begin("doctor", work.doctor(space.brain))


def release(space: Workspace, given: Given) -> Job:
    """Begin to freeze the brain into a release."""
    return space.jobs.begin("release", work.release(space.brain))


def sync(space: Workspace, given: Given) -> Job:
    """Begin to sync with a hub; which ones there are is for who set the device up to say, not for a browser."""
    hubs = [hub for hub in hubs_of(space.thinking) if given["hub"] in (None, hub.id)]
    if not hubs:
        raise NotFound(
            "this brain knows no such hub: `edge-brain sync HUB` on the device makes one known, and GET /api/health "
            "tells which are"
        )
    return space.jobs.begin("sync", work.sync(space.brain, hubs[0]))


def offered(space: Workspace, given: Given) -> list[Offered]:
    """Tell the releases that were made here."""
    return releases.offered(space.brain.folder)


def break_off(space: Workspace, given: Given) -> list[Job]:
    """End the job that runs between two of its steps."""
    space.jobs.break_off()
    return list(space.jobs.latest)


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/health", "Tell how the device is: camera, disk, services, copies, sync, brain.", health, Health),
    Operation("GET", "/jobs", "Tell the last job of each name, how far it is and what came of it.", jobs, list[Job]),
    Operation(
        "POST", "/retrain", "Begin to rebuild the head from every stored tag; /jobs tells how far it is.", retrain,
        Retraining,
        json={
            "extractor": Field(TEXT, "change to this extractor: every picture is coded anew", needed=False),
            "region": Field(TEXT, "change to this part of every picture, x,y,width,height as fractions", needed=False),
            "views": Field(YES, "learn each frame with its mirror image and its middle, or end to", needed=False),
        },
    ),
    Operation("POST", "/doctor", "Begin to look the brain over; /jobs tells what is found.", doctor, Job),
    Operation("POST", "/release", "Begin to freeze the brain into a release; /releases tells where to get it.", release,
              Job),
    Operation(
        "POST", "/sync", "Begin to sync with a hub that the brain knows, as the last time; /jobs tells the outcome.",
        sync, Job, json={"hub": Field(TEXT, "its id, as /health tells it; else the one synced last", needed=False)},
    ),
    Operation("GET", "/releases", "Tell the releases that were made here, the last first.", offered, list[Offered]),
    Operation("POST", "/break_off", "End the job that runs, between two steps: nothing is half done.", break_off,
              list[Job]),
)  # fmt: skip
