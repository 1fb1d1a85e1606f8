"""See what a service's camera loses while the service syncs: what it looks at in a minute, beside a sync and alone.

    python tools/beside.py                20,000 events of another device are taken in, 500 pictures sent, meanwhile
    python tools/beside.py --events 2000 --pictures 50 --seconds 15      sooner

The other device's frames are made up (synthetic.py). Printed are, for live cameras of 5 and 15 frames a second,

    looked at      frames that the service looked at while it synced ÷ that the camera gave, and the same alone
    exchanged      how long the sync took beside the camera, and what it was

Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bare_loop import NAME
from figures import Figure, Neighbours, at_least, place, report
from synthetic import GrowingBrain, write_jpegs

from edge_brain import Brain, config, extractor, sync_brain

RATES = (5, 15)
_LONG_S = 1800.0  # an upper guard
_RUN = "from edge_brain.service import diary, syncing; diary._EVERY_S, syncing._FIRST_S = 0.2, 0.2\n"
_RUN += "from edge_brain.cli import main; import sys; main(['service', 'run', sys.argv[1]])"


@dataclass(frozen=True)
class Looked:
    """What a service looked at, and for how long."""

    shots: int
    seconds: float
    sync: dict[str, Any]

    def share(self, rate: float) -> float:
        """Return the share of what a camera gave that was looked at."""
        return self.shots / self.seconds / rate


class Service:
    """`edge-brain service run`, a process, and what it says of itself."""

    def __init__(self, brain: Path, rate: int, hub: Path | None) -> None:
        self._status = brain / "service" / "door.json"
        settings = brain.with_name("door.toml")
        sync = "" if hub is None else f'[sync]\nhub = "{hub}"\nevery = "1h"\n'
        settings.write_text(f'brain = "{brain}"\nsource = "synthetic:mug,cup?fps={rate}&size=640x480"\n{sync}')
        self._status.unlink(missing_ok=True)
        self._process = subprocess.Popen([sys.executable, "-c", _RUN, str(settings)], stderr=subprocess.DEVNULL)

    def until(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Wait until it says what is wanted."""
        end = time.monotonic() + _LONG_S
        while time.monotonic() < end and self._process.poll() is None:
            if self._status.exists() and wanted(told := json.loads(self._status.read_text())):
                return told
            threading.Event().wait(0.05)
        raise SystemExit("the service has ended, or never came to it")

    def end(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait(60)


def looked(brain: Path, rate: int, seconds: float, hub: Path | None) -> Looked:
    """Return what a service looks at, from its first look on: while it syncs, or for so long."""
    service = Service(brain, rate, hub)
    try:
        first = service.until(lambda told: told["shots"])
        if hub is None:
            last = service.until(lambda told: told["clock_s"] - first["clock_s"] >= seconds)
        else:
            ended = ("exchanges", "failures")  # a short one may have by the first look: then some time goes by besides
            last = service.until(
                lambda told: told["clock_s"] > first["clock_s"] and any(told["sync"][each] for each in ended)
            )
        if hub is not None and last["sync"]["failures"]:
            raise SystemExit(f"it could not sync: {last['sync']['failure']}")
        return Looked(last["shots"] - first["shots"], last["clock_s"] - first["clock_s"], last["sync"] or {})
    finally:
        service.end()


def measured(folder: Path, events: int, pictures: int, seconds: float) -> list[Figure]:
    """Let a service sync beside its camera, and return what came of it."""
    hub = folder / "hub"
    with GrowingBrain(folder / "other", events) as other:
        sync_brain(other.brain, str(hub), send="events", create=True)
    paths = write_jpegs(folder / "jpegs", pictures)
    figures = []
    for rate in RATES:
        brain = folder / f"brain {rate}"
        with Brain.create(brain) as ours:
            ours.tag_many([(path, path.parent.name) for path in paths])
        alone, beside = looked(brain, rate, seconds, None), looked(brain, rate, seconds, hub)
        told = f"alone {alone.share(rate):.2f}; {beside.shots:,} in {beside.seconds:.0f} s"
        figures.append(
            at_least(f"camera of {rate} a second: looked at beside a sync", beside.share(rate), 0.9, remark=told)
        )
        done = beside.sync
        told = f"{done['events_taken']:,} events taken in, {done['pictures_sent']:,} pictures sent"
        figures.append(Figure(f"camera of {rate} a second: exchanged in", f"{beside.seconds:.0f} s", remark=told))
    return figures


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=20_000, help="of the other device")
    parser.add_argument("--pictures", type=int, default=500, help="of the brain that looks")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long it looks alone")
    asked = parser.parse_args()
    print(place(config.threads(), extractor.load(NAME).runtime, NAME), end="\n\n", flush=True)
    neighbours = Neighbours()
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(Path(folder), asked.events, asked.pictures, asked.seconds)
    return report(figures, neighbours)


if __name__ == "__main__":
    sys.exit(main())
