"""What the pages share: the brain, its pulse, the camera, and the one long job that may run beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    gate: Gate
    pulse: Pulse
    jobs: Jobs
    camera: Camera | None = None  # where a source was given

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
        return cls(
            brain,
            Gate(token, needs_token=needs_token, names=names),
            Pulse(brain),
            Jobs(brain.folder, threads=brain.threads),
            None if source is None else Camera(brain, source, keep=keep),
        )

    @property
    def name(self) -> str:
        """The name of the brain: its folder's."""
        return self.brain.folder.resolve().name

    def wake(self) -> None:
        """Let no page wait any longer."""
        self.pulse.close()
        if self.camera is not None:
            self.camera.close()

    def close(self) -> None:
        """End all that runs; brain and source are not ours to close."""
        self.wake()
        self.jobs.close()
