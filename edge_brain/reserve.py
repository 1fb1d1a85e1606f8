"""Which burst a frame belongs to, and which bursts are reserved.

Frames of one scene on both sides of the line are what makes other scores lie, so the unit is the
burst, its role is decided once, when its first frame is tagged, and stays.
"""

from __future__ import annotations

from edge_brain.records import Role

# Cosines of rows. Independent photographs: the nearest other one is under 0.96 in 99 of 100 (produce, hand
# signs, clothing); frames of a fixed camera lie at 0.98, exposures of one tile at 0.93.
NEAR_DUPLICATE = 0.97  # with any frame: taken for the same scene
SAME_SCENE = 0.90  # with the picture just before it, nobody knows how long before
SCENE_CHANGE = 0.80  # under it a picture taken moments later shows something else
PAUSE_S = 30.0  # a longer pause between two pictures of a camera starts a new burst


def role_of_next_burst(learned_bursts: int, reserved_bursts: int) -> Role:
    """Return the role of a class's next burst: its first is learned, its second reserved, then every fourth."""
    if learned_bursts and 4 * reserved_bursts < learned_bursts + reserved_bursts:
        return "reserved"
    return "learned"


def continues_burst(gap_s: float | None, cosine: float) -> bool:
    """Say whether a picture shows the scene of the one before it, `gap_s` seconds later (None: nobody knows)."""
    if gap_s is None:
        return cosine >= SAME_SCENE
    return cosine >= (SCENE_CHANGE if abs(gap_s) <= PAUSE_S else NEAR_DUPLICATE)
