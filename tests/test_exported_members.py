"""The public names: what is here stays, and what is not here may change."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

import edge_brain
from edge_brain import errors

Run = Callable[..., subprocess.CompletedProcess[str]]

NAMES = [
    "Advice", "BadInput", "BadPicture", "Brain", "BrainBusy", "BrainClassifier", "BrainDamaged", "BrainExists",
    "BrainNotFound", "BrainReadOnly", "BrainTooNew", "Broker", "ClassInfo", "ClassScore", "Coded", "Codes", "Device",
    "DeviceScore", "DiskFull", "Drop", "Dropped", "EdgeBrainError", "Erased", "Exported", "ExportedModel",
    "ExtraMissing", "ExtractorMismatch", "Finding", "HubFull", "HubRefused", "HubStatus", "HubUnreachable", "Image",
    "Imported", "Kept", "Merged", "Near", "Observation", "OwnExtractor", "Prediction", "Production", "Refused",
    "Region", "ReleaseRefused", "Released", "Repaired", "Rules", "RuntimeMissing", "Score", "Scored", "Shot",
    "Source", "SourceLost", "StorageFailed", "StoreMissing", "Suspect", "SyncStatus", "Synced", "Tag", "TagChanged",
    "Taken", "Tested", "UnknownClass", "UnknownFrame", "capture_frames", "examine", "export_folder", "export_lobe",
    "export_tflite", "export_zip", "hubs_of", "import_dataset", "import_folder", "open_source", "predict_files",
    "report_html", "sync_brain", "sync_status", "tag_files", "tell_broker", "test_folder", "write_report",
]  # fmt: skip


def test_the_public_names_are_these() -> None:
    assert edge_brain.__all__ == NAMES
    assert dir(edge_brain) == sorted([*NAMES, "__version__"])


def test_every_public_name_is_there() -> None:
    for name in NAMES:
        assert getattr(edge_brain, name).__name__ == name
    with pytest.raises(AttributeError, match="module 'edge_brain' has no attribute 'Mind'"):
        _ = edge_brain.Mind


def test_every_error_is_public_and_ours_and_pythons() -> None:
    tree = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.EdgeBrainError)]
    assert {error.__name__ for error in tree} <= set(NAMES)
    for error in tree:
        assert error in (errors.EdgeBrainError, errors.DiskFull, errors.HubFull) or len(error.__bases__) == 2
        assert str(error("what was wrong")) == "what was wrong", "KeyError would show quotes"
        assert error.__name__ in (errors.__doc__ or "")
        assert str(error()) == error.__name__


def test_the_errors_are_what_one_expects() -> None:
    expected = {
        errors.BrainNotFound: FileNotFoundError, errors.BrainExists: FileExistsError,
        errors.BrainDamaged: RuntimeError, errors.BrainTooNew: RuntimeError, errors.BrainBusy: TimeoutError,
        errors.BrainReadOnly: PermissionError, errors.DiskFull: errors.StorageFailed, errors.StorageFailed: OSError,
        errors.BadPicture: ValueError, errors.BadInput: ValueError,
        errors.UnknownFrame: KeyError, errors.UnknownClass: KeyError,
        errors.TagChanged: RuntimeError, errors.ReleaseRefused: PermissionError,
        errors.ExtractorMismatch: RuntimeError, errors.RuntimeMissing: ImportError,
        errors.ExtraMissing: ImportError, errors.SourceLost: ConnectionError,
        errors.HubUnreachable: ConnectionError, errors.HubRefused: PermissionError, errors.HubFull: errors.HubRefused,
        errors.StoreMissing: KeyError,
    }  # fmt: skip
    for error, pythons in expected.items():
        assert issubclass(error, pythons)


def loaded_by(run: Run, program: str) -> set[str]:
    return set(run(f"{program}\nimport sys; print(*sys.modules)").stdout.split())


def test_importing_the_package_loads_nothing_slow(run: Run) -> None:
    loaded = loaded_by(run, "import edge_brain; dir(edge_brain)")
    slow = {"numpy", "cv2", "PIL", "sqlite3", "sqlite_utils", "click", "ai_edge_litert", "tflite_runtime"}
    slow |= {"pygal", "jinja2"}
    assert not loaded & slow
    assert {name for name in loaded if name.startswith("edge_brain.")} == set()


def test_a_brain_is_opened_without_opencv_and_without_a_runtime(run: Run) -> None:
    loaded = loaded_by(run, "from edge_brain import Brain")
    assert "numpy" in loaded
    assert not loaded & {"cv2", "ai_edge_litert", "tflite_runtime", "sqlite_utils", "click"}


def test_the_report_is_reached_without_what_draws_it(run: Run) -> None:
    assert not loaded_by(run, "from edge_brain import write_report") & {"numpy", "pygal", "jinja2"}
