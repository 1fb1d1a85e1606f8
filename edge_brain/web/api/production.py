"""The API of what a camera app runs here: it is looked at beside what is taught, switched, and switched back."""

from __future__ import annotations

from werkzeug.exceptions import NotFound

from edge_brain.outcomes import Production, Taken
from edge_brain.web import releases
from edge_brain.web.api.operations import NUMBER, YES, Field, Given, Operation
from edge_brain.web.production import Beside
from edge_brain.web.production import beside as beside_of
from edge_brain.web.workspace import Workspace


def production(space: Workspace, given: Given) -> Beside:
    """Tell what is in production beside what is taught."""
    return beside_of(space)


def take(space: Workspace, given: Given) -> Taken:
    """Put a release that was made here into production."""
    path = releases.path_of(space.brain.folder, given["number"])
    if not path.is_file():
        raise NotFound("there is no such release here: /api/releases tells those that are")
    return space.thinking.take_release(path, older=bool(given["older"]))


def rollback(space: Workspace, given: Given) -> Production:
    """Let the release before answer again."""
    return space.thinking.rollback(given["expected"])


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/production", "Tell what a camera app runs here, beside what is taught, and what differs.",
              production, Beside),
    Operation(
        "POST", "/take_release", "Put a release that was made here into production; /rollback undoes it.", take, Taken,
        json={
            "number": Field(NUMBER, "the release's"),
            "older": Field(YES, "also when its number, or a greater one, was in production before", needed=False),
        },
    ),
    Operation(
        "POST", "/rollback", "Let the release before answer again; once more undoes it.", rollback, Production,
        json={"expected": Field(NUMBER, "do nothing if another than this release is in production", needed=False)},
    ),
)  # fmt: skip
