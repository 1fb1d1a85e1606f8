"""What the tests share: the folder of real pictures, and small brains on real SQLite."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from pictures import scene

from edge_brain import Brain

if TYPE_CHECKING:
    from brokers import Listener, Mosquitto
    from flask.testing import FlaskClient

    from edge_brain.web.workspace import Workspace

REPOSITORY = Path(__file__).resolve().parent.parent

settings.register_profile("edge_brain", deadline=None)  # a slow machine is no failure
settings.load_profile("edge_brain")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real pictures; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("EDGE_BRAIN_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"real pictures not found in {folder}; set EDGE_BRAIN_DATA")
    return folder


@pytest.fixture(scope="session")
def once() -> None:
    """What takes long, and does not depend on the runtime, is tried under one of them."""
    if os.environ.get("EDGE_BRAIN_RUNTIME") == "tflite-runtime":
        pytest.skip("this does not depend on the runtime: it was tried under litert, once is enough")


@pytest.fixture
def brain(tmp_path: Path) -> Iterator[Brain]:
    """A brain that has learned nothing yet; its codes are the pictures themselves, shrunk."""
    with Brain.create(tmp_path / "kitchen", extractor="pixels") as brain:
        yield brain


@pytest.fixture
def taught(brain: Brain) -> Brain:
    """A brain that knows three classes by eight scenes each: six learned and two reserved."""
    brain.tag_many([(scene(label, number), label) for label in ("cup", "fork", "mug") for number in range(8)])
    return brain


@pytest.fixture
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a Python program in a process of its own and return what it said; a failure is raised."""

    def run(program: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-W", "error", "-c", program, *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, **environment}, cwd=REPOSITORY
        )

    return run


@pytest.fixture
def space(taught: Brain) -> Iterator[Workspace]:
    """The workspace of a brain that knows three classes, on the loopback."""
    from workspaces import TOKEN

    from edge_brain.web.workspace import Workspace

    space = Workspace.of(taught, TOKEN, needs_token=False)
    yield space
    space.close()


@pytest.fixture
def client(space: Workspace) -> FlaskClient:
    """A program on the loopback that knows the CSRF token."""
    from edge_brain.web.app import create_app

    client = create_app(space).test_client()
    client.environ_base["HTTP_X_CSRF_TOKEN"] = client.get("/api/session").get_json()["csrf_token"]
    return client


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that takes everybody."""
    from brokers import Mosquitto

    made = Mosquitto(tmp_path)
    yield made
    made.end()


@pytest.fixture
def home(broker: Mosquitto) -> Iterator[Listener]:
    """Somebody who listens there."""
    from brokers import Listener

    with Listener(broker.port) as listener:
        yield listener
