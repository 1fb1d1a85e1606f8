"""What the tests share: the folder of real pictures, and small brains on real SQLite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real pictures; tests that need it skip where it is absent."""
    folder = Path(os.environ.get("EDGE_BRAIN_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"real pictures not found in {folder}; set EDGE_BRAIN_DATA")
    return folder
