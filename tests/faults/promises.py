"""What edge_brain promises, by name, and how each is put to the test: briefly in CI, at length by tools/torture.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clocks import clocks
from cuts import power_cuts
from disks import broken_disk, errors, full_disk, read_only_disk
from histories import histories
from hostile import hostile, names
from kills import killed_syncs, kills
from networks import networks
from soak import soak
from taggers import taggers
from tally import Tally
from untrue import untrue


@dataclass(frozen=True)
class Promise:
    """A way to break a promise, with how much is done to it."""

    trial: Callable[..., Tally]
    briefly: Mapping[str, Any]
    at_length: Mapping[str, Any]

    def put_to_the_test(self, place: Path, *, at_length: bool = False) -> Tally:
        """Try to break the promise, in an empty folder; raises Missing where this machine refuses the tools."""
        return self.trial(place, **(self.at_length if at_length else self.briefly))


PROMISES = {
    "kills": Promise(kills, {"most": 6}, {"most": None}),
    "cuts": Promise(power_cuts, {"times": 6}, {"times": 200}),
    "errors": Promise(errors, {"most": 3}, {"most": 60}),
    "full": Promise(full_disk, {"most": 2}, {"most": None}),
    "read-only": Promise(read_only_disk, {}, {}),
    "broken": Promise(broken_disk, {"times": 1}, {"times": 20}),
    "taggers": Promise(taggers, {"pictures": 12}, {"pictures": 200}),
    "clocks": Promise(clocks, {"rounds": 1, "acts": 5}, {"rounds": 10, "acts": 20}),
    "hostile": Promise(hostile, {"fuzzed": 70}, {"fuzzed": 600, "extractor": "lite0-224"}),
    "names": Promise(names, {}, {}),
    "merge": Promise(histories, {"times": 3}, {"times": 1_000}),
    "network": Promise(networks, {"cuts": 20, "every": 8_000, "lives_s": (1.0, 4.0)}, {"cuts": 500}),
    "sync": Promise(killed_syncs, {"most": 10}, {"most": None}),
    "untrue": Promise(untrue, {"times": 3}, {"times": 200}),
    "soak": Promise(soak, {"seconds": 15, "life_s": 2}, {"seconds": 600, "life_s": 20}),
}
