"""Which burst a frame belongs to, and which bursts are reserved.

Frames of one scene on both sides of the line are what makes other scores lie, so the unit is the
burst, its role is decided once, when its first frame is tagged, and stays.
"""

from __future__ import annotations

from edge_brain.records import Role

# Cosines of rows. Independent photographs: the nearest other one is under 0.96 in 99 of 100 (produce, hand
# signs, clothing); frames of a fixed camera lie at 0.98, exposures of one tile at 0.93.
IDENTICAL = 0.995  # the same picture for all that a code can tell: never on both sides of the line
NEAR_DUPLICATE = 0.97  # nearly the same picture
SAME_SCENE = 0.90  # from one picture to the next, when nobody knows how much later that is
SAME_OUTLINE = 0.80  # of the outlines: another exposure of the same view
SCENE_CHANGE = 0.80  # under it a picture taken moments later shows something else
PAUSE_S = 30.0  # after a longer pause only a near-duplicate is still the same scene
VISIT_S = 3600.0  # after that it is another visit, however alike: a fixed camera always shows the same


def role_of_next_burst(learned_bursts: int, reserved_bursts: int) -> Role:
    """Return the role of a class's next burst: its first is learned, its second reserved, then every fourth."""
    if learned_bursts and 4 * reserved_bursts < learned_bursts + reserved_bursts:
        return "reserved"
    return "learned"


def is_same_scene(cosine: float, gap_s: float | None, *, next_to: bool) -> bool:
    """Say whether two pictures show one scene, `gap_s` seconds apart (None: nobody knows).

    `next_to` is true when one came right after the other from the same source.
    """
    if gap_s is None:
        return cosine >= (SAME_SCENE if next_to else NEAR_DUPLICATE)
    if gap_s <= PAUSE_S and next_to:
        return cosine >= SCENE_CHANGE
    return gap_s <= VISIT_S and cosine >= NEAR_DUPLICATE
