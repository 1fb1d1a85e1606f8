"""Any class name is the name of a folder, on any file system, and can be read back."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reports import NASTY

from edge_brain import labels
from edge_brain.errors import BadInput
from edge_brain.exchange.spelling import folder_names, is_spelled, spelled

HOSTILE = (
    *NASTY, "a/b", "..", ".", "../../etc", ".hidden", "C:\\mug", "CON", "nul.txt", "com1", "LPT¹", "mug.", "50 %",
    "%2F", "bursts.csv", "Bursts.CSV", "Mug", "mug", "MUG", "straße", "strasse", "a\u202egpj", "a?b*c|d",
    "🍎" * 100, "Ж" * 100,
)  # fmt: skip


@pytest.mark.parametrize(
    ("label", "folder"),
    [
        ("coffee mug", "coffee mug"),
        ("ملعقة كبيرة", "ملعقة كبيرة"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        (".hidden", "%2Ehidden"),
        ("CON", "%43ON"),
        ("con.txt", "%63on.txt"),
        ("contents", "contents"),
        ("mug.", "mug%2E"),
        ("50 %", "50 %25"),
        ("bursts.csv", "%62ursts.csv"),
        ("a\u202eb", "a%E2%80%AEb"),
    ],
)
def test_what_no_folder_may_be_called_is_spelled_in_per_cent(label: str, folder: str) -> None:
    assert spelled(label) == folder
    assert is_spelled(label, folder)


def test_names_that_are_equal_but_for_case_get_folders_that_are_not() -> None:
    assert folder_names(["Mug", "mug", "Cup"]) == {"Mug": "%4Dug", "mug": "mug", "Cup": "Cup"}


def test_a_name_that_is_too_long_is_cut_and_stays_itself() -> None:
    one, other = spelled("Ж" * 99 + "a"), spelled("Ж" * 99 + "b")
    assert one != other
    assert len(one.encode()) <= 120
    assert is_spelled("Ж" * 99 + "a", one) and not is_spelled("Ж" * 99 + "a", other)


def test_a_folder_of_another_class_is_no_spelling() -> None:
    assert not is_spelled("mug", "cup")
    assert not is_spelled("a/b", "a%2Fc")


def assert_safe(names: dict[str, str]) -> None:
    assert len({name.casefold() for name in names.values()}) == len(names)
    for label, name in names.items():
        assert not set(name) & set('/\\:*?"<>|') and not name.startswith((".", " ")) and not name.endswith((".", " "))
        assert all(unicodedata.category(character) not in ("Cc", "Cf") for character in name)
        assert 0 < len(name.encode()) <= 120
        assert is_spelled(label, name)


def test_hostile_names_are_safe_folders() -> None:
    assert_safe(folder_names(HOSTILE))


@given(st.sets(st.text(max_size=100), max_size=8))
def test_all_names_are_safe_folders(texts: set[str]) -> None:
    names = set[str]()
    for text in texts:
        try:
            names.add(labels.checked(text))
        except BadInput:
            continue
    assert_safe(folder_names(names))
