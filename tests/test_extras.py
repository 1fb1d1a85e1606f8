"""A library that is not installed is told with how to install it; a fault of our own is not taken for that."""

from __future__ import annotations

from importlib import import_module

import pytest

from edge_brain import ExtraMissing, extras


def test_a_library_that_is_not_there_is_told_with_its_extra() -> None:
    with (
        pytest.raises(ExtraMissing, match=r"^tea needs leaves, and no_such_leaf is not installed: .*edge_brain\[tea\]"),
        extras.needed("tea", "tea needs leaves"),
    ):
        import_module("no_such_leaf.green")


def test_a_module_of_ours_that_is_not_there_is_our_own_fault() -> None:
    with pytest.raises(ModuleNotFoundError) as raised, extras.needed("tea", "tea needs leaves"):
        import_module("edge_brain.no_such_room")
    assert not isinstance(raised.value, ExtraMissing)
