"""Waiting for what a follower of the workspace tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from edge_brain.web.follower import Follower

T = TypeVar("T")
PATIENCE_S = 20.0


def until(follower: Follower[T], wanted: Callable[[T], object]) -> T:
    """Wait for news that are wanted."""
    seen = follower.latest
    while not wanted(seen):
        news = follower.wait(seen, PATIENCE_S)
        assert news is not None, f"still {seen}"
        seen = news
    return seen
