"""edge_brain: a camera that learns on the spot, and tells honestly how far it can be trusted.

    from edge_brain import Brain

Importing this does nothing: each name is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "edge_brain.brain": ("Brain",),
    "edge_brain.capture": ("Shot", "Source", "open_source"),
    "edge_brain.estimator": ("BrainClassifier",),
    "edge_brain.exposure": ("Coded",),
    "edge_brain.exchange.export": ("export_folder", "export_zip"),
    "edge_brain.exchange.lobe": ("export_lobe",),
    "edge_brain.exchange.tflite": ("export_tflite",),
    "edge_brain.exchange.folder": ("import_dataset", "import_folder", "predict_files", "tag_files", "test_folder"),
    "edge_brain.doctor": ("examine",),
    "edge_brain.field": ("Rules", "capture_frames"),
    "edge_brain.own": ("Codes", "OwnExtractor"),
    "edge_brain.report": ("report_html", "write_report"),
    "edge_brain.mqtt": ("Broker", "tell_broker"),
    "edge_brain.region": ("Region",),
    "edge_brain.outcomes": (
        "Drop", "Dropped", "Erased", "Exported", "ExportedModel", "Finding", "HubStatus", "Imported", "Merged",
        "Production", "Refused", "Released", "Repaired", "SyncStatus", "Synced", "Taken", "Tested",
    ),
    "edge_brain.records": (
        "Advice", "ClassInfo", "ClassScore", "Device", "DeviceScore", "Image", "Kept", "Near", "Observation",
        "Prediction", "Score", "Scored", "Suspect", "Tag",
    ),
    "edge_brain.sync.running": ("hubs_of", "sync_brain", "sync_status"),
    "edge_brain.errors": (
        "BadInput", "BadPicture", "BrainBusy", "BrainDamaged", "BrainExists", "BrainNotFound", "BrainReadOnly",
        "BrainTooNew", "DiskFull", "EdgeBrainError", "ExtraMissing", "ExtractorMismatch", "HubFull", "HubRefused",
        "HubUnreachable", "ReleaseRefused", "RuntimeMissing", "SourceLost", "StorageFailed", "StoreMissing",
        "TagChanged", "UnknownClass", "UnknownFrame",
    ),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)

if TYPE_CHECKING:
    from edge_brain.brain import Brain as Brain
    from edge_brain.capture import Shot as Shot
    from edge_brain.capture import Source as Source
    from edge_brain.capture import open_source as open_source
    from edge_brain.doctor import examine as examine
    from edge_brain.errors import *  # noqa: F403
    from edge_brain.estimator import BrainClassifier as BrainClassifier
    from edge_brain.exchange.export import export_folder as export_folder
    from edge_brain.exchange.export import export_zip as export_zip
    from edge_brain.exchange.folder import import_dataset as import_dataset
    from edge_brain.exchange.folder import import_folder as import_folder
    from edge_brain.exchange.folder import predict_files as predict_files
    from edge_brain.exchange.folder import tag_files as tag_files
    from edge_brain.exchange.folder import test_folder as test_folder
    from edge_brain.exchange.lobe import export_lobe as export_lobe
    from edge_brain.exchange.tflite import export_tflite as export_tflite
    from edge_brain.exposure import Coded as Coded
    from edge_brain.field import Rules as Rules
    from edge_brain.field import capture_frames as capture_frames
    from edge_brain.mqtt import Broker as Broker
    from edge_brain.mqtt import tell_broker as tell_broker
    from edge_brain.outcomes import *  # noqa: F403
    from edge_brain.own import Codes as Codes
    from edge_brain.own import OwnExtractor as OwnExtractor
    from edge_brain.records import *  # noqa: F403
    from edge_brain.region import Region as Region
    from edge_brain.report import report_html as report_html
    from edge_brain.report import write_report as write_report
    from edge_brain.sync.running import hubs_of as hubs_of
    from edge_brain.sync.running import sync_brain as sync_brain
    from edge_brain.sync.running import sync_status as sync_status


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'edge_brain' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
