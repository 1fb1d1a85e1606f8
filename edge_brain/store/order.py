"""What orders the events of all devices: by it the last one of a frame is its tag, and the first of a scene its role.

Clocks of two devices may read the same, and a cloned card gives a number twice: then what stands later in these
lists decides, the same everywhere.
"""

from __future__ import annotations

LATEST_FIRST = "clock DESC, device DESC, sequence DESC, label DESC"
EARLIEST_OF_ONE = "clock, device, sequence, label, events.role"  # burst
EARLIEST_FIRST = f"{EARLIEST_OF_ONE}, bursts.name"  # where events are joined with their bursts
