"""What the pages share: the brain, its pulse, the gate, and the camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from werkzeug.exceptions import NotFound

from edge_brain import files
from edge_brain.brain import Brain
from edge_brain.capture import Source
from edge_brain.field import Rules
from edge_brain.web.camera import Camera
from edge_brain.web.gate import Gate
from edge_brain.web.jobs import Jobs
from edge_brain.web.pulse import Pulse

WHO = "page"  # in the events of what is tagged here


@dataclass(frozen=True)
class Workspace:
    """One brain, served."""

    brain: Brain
    thinking: Brain  # the same, opened once more for what takes long: no tag waits for it
    gate: Gate
    pulse: Pulse
    jobs: Jobs  # what takes long
    camera: Camera | None = None  # where a source was given
    confirmed: set[tuple[str, str]] = field(default_factory=set)  # suspects (id, tag) whose tag is right, people say

    @classmethod
    def of(
        cls,
        brain: Brain,
        token: str,
        *,
        needs_token: bool,
        names: Sequence[str] = (),
        source: Source | None = None,
        keep: Rules | None = None,
    ) -> Workspace:
        """Set up the workspace of a brain; `close` ends what it starts."""
        camera = None if source is None else Camera(brain, source, keep=keep)
        space = cls(
            brain,
            Brain.open(brain.folder, threads=1),
            Gate(token, needs_token=needs_token, names=names),
            Pulse(brain),
            Jobs(),
            camera,
        )
        for follower in (space.pulse, space.jobs, space.camera):
            if follower is not None:
                follower.start()
        return space

    @property
    def name(self) -> str:
        """The name of the brain: its folder's."""
        return files.printable(self.brain.folder.resolve().name)

    @property
    def eye(self) -> Camera:
        """The camera; NotFound where no source was given."""
        if self.camera is None:
            raise NotFound("no camera was given: `edge-brain serve --source usb:0` looks through one")
        return self.camera

    def close(self) -> None:
        """End all that runs, and let no page wait any longer; brain and source are not ours to close."""
        self.pulse.close()
        self.jobs.close()
        if self.camera is not None:
            self.camera.close()
        self.thinking.close()
