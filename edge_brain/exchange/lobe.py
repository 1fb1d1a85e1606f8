"""What was learned as a folder that Lobe's own readers open: the model, its signature, and its labels.

    DIR/saved_model.tflite    takes float32 RGB, 0 to 1, shape (1, height, width, 3), gives probabilities (1, classes)
    DIR/signature.json        format "tf_lite", inputs, outputs, and the classes, as Lobe's export has them
    DIR/labels.txt            a class a line

Lobe is no longer developed; cameras and apps that read its folders are. Its readers cut the picture's middle out, where
`predict` stretches all of it, and they know no "unknown".
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path

from edge_brain import files
from edge_brain.brain import Brain
from edge_brain.errors import BadInput
from edge_brain.exchange import tflite
from edge_brain.outcomes import ExportedModel

MODEL, SIGNATURE, LABELS = "saved_model.tflite", "signature.json", "labels.txt"


def export_lobe(brain: Brain, folder: str | Path) -> ExportedModel:
    """Write what a brain, or a release, has learned into a folder as Lobe's export has it; an older one is replaced.

    Raises what `export_tflite` raises, and BadInput for a folder in which something else lies.
    """
    target = Path(folder)
    _check_place(target)
    made = tflite.model(brain, files.printable(target.name), familiarity=False, shares=True)
    digest, labels = files.content_id(made.data), made.solved.labels
    signature = {
        "doc_id": str(uuid.UUID(digest[:32])),
        "doc_name": files.printable(target.name),
        "doc_version": digest[:32],
        "format": "tf_lite",
        "version": 1,
        "inputs": {"Image": {"dtype": "float32", "shape": [None, made.height, made.width, 3], "name": "image"}},
        "outputs": {"Confidences": {"dtype": "float32", "shape": [None, len(labels)], "name": "probabilities"}},
        "tags": None,
        "classes": {"Label": labels},
        "filename": MODEL,
        "export_model_version": 1,
    }
    target.mkdir(parents=True, exist_ok=True)
    files.write_whole(target / MODEL, made.data)
    files.write_whole(target / LABELS, "".join(f"{label}\n" for label in labels).encode())
    files.write_whole(target / SIGNATURE, json.dumps(signature, ensure_ascii=False, indent=1).encode())
    return made.told(target)


def _check_place(target: Path) -> None:
    """Raise BadInput unless the folder is new, empty, or holds such a model."""
    if target.is_dir() and (not any(target.iterdir()) or _is_ours(target / SIGNATURE)):
        return
    if target.exists():
        raise BadInput(
            f"{files.printable(target)} is there, and holds no model for Lobe: it was left as it is; give a new folder"
        )


def _is_ours(signature: Path) -> bool:
    try:
        told = json.loads(signature.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("format") == "tf_lite"
