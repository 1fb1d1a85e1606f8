"""What may be the name of a class."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain.errors import BadInput
from edge_brain.labels import checked


@pytest.mark.parametrize("label", ["mug", "coffee mug", "чашка", "カップ", "🫖", "a/b", "x" * 100, "-1", "None"])
def test_a_name_in_any_script_is_a_label(label: str) -> None:
    assert checked(label) == label


def test_space_around_a_label_is_dropped_and_inside_it_kept() -> None:
    assert checked("  coffee  mug ") == "coffee  mug"


def test_two_ways_to_write_one_letter_are_one_label() -> None:
    assert checked("cafe\u0301") == checked("caf\u00e9") == "caf\u00e9"


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("", "must not be empty"),
        (" \u00a0", "must not be empty"),
        ("x" * 101, "at most 100 characters, this one 101"),
        ("a\nb", "one line"),
        ("a\tb", "one line"),
        ("a\0b", "one line"),
        ("a\x1b[31mb", "one line"),
        ("a\u2028b", "one line"),
        ("a\u2029b", "one line"),
        ("\ud800", "one line"),
        (None, "a label is text, not NoneType"),
        (7, "a label is text, not int: 7"),
        (b"mug", "a label is text, not bytes"),
    ],
)
def test_what_is_no_name_is_refused(label: object, said: str) -> None:
    with pytest.raises(BadInput, match=said) as caught:
        checked(label)  # type: ignore[arg-type]
    assert isinstance(caught.value, ValueError)


@given(st.text(max_size=120))
def test_a_label_that_was_accepted_is_in_its_normal_form(text: str) -> None:
    try:
        label = checked(text)
    except BadInput:
        return
    assert checked(label) == label == label.strip() == unicodedata.normalize("NFC", label)
    assert len(label.splitlines()) == 1
    assert 1 <= len(label) <= 100
    label.encode()
