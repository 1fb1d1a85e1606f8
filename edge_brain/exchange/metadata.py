"""What TFLite's own tools read of a model: its inputs and outputs in words, and a file of labels.

The table is that of `metadata_schema.fbs` 1.5, of which no Python package is at hand everywhere: each field is written
by its place there. The labels lie in a ZIP behind the model, where Android's and MediaPipe's tasks look for them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NAME = "TFLITE_METADATA"
LABELS = "labels.txt"
_IDENTIFIER = b"M001"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first that a ZIP knows: the same model gives the same bytes
_RGB, _IMAGE, _AXIS_LABELS = 1, 2, 2  # ColorSpaceType, ContentProperties, AssociatedFileType


@dataclass(frozen=True)
class Described:
    """A model in words."""

    name: str
    text: str
    width: int  # of the picture that goes in, pixels
    height: int
    outputs: Sequence[tuple[str, str]]  # name and meaning; the labels are those of the first
    version: str
    license: str


def table(described: Described) -> bytes:
    """Return the table that a model keeps as TFLITE_METADATA."""
    import flatbuffers

    writer = _Writer(flatbuffers.Builder(1024))
    size = writer.table({0: ("Uint32", described.width), 1: ("Uint32", described.height)})
    image = writer.table({0: ("Int8", _RGB), 1: ("UOffsetTRelative", size)})
    content = writer.table({0: ("Uint8", _IMAGE), 1: ("UOffsetTRelative", image)})
    picture = writer.tensor(
        "image", "The whole region of a picture, stretched to this size, RGB, 0 to 255", {3: content}
    )
    labels = writer.table({
        0: ("UOffsetTRelative", writer.text(LABELS)),
        1: ("UOffsetTRelative", writer.text("The classes, in the order of the probabilities")),
        2: ("Int8", _AXIS_LABELS),
    })  # fmt: skip
    files = writer.vector([labels])
    outputs = [
        writer.tensor(name, text, {6: files} if place == 0 else {})
        for place, (name, text) in enumerate(described.outputs)
    ]
    graph = writer.table({
        2: ("UOffsetTRelative", writer.vector([picture])), 3: ("UOffsetTRelative", writer.vector(outputs)),
    })  # fmt: skip
    told = {0: described.name, 1: described.text, 2: described.version, 5: described.license, 7: "1.0.0"}
    fields = {place: ("UOffsetTRelative", writer.text(text)) for place, text in told.items()}
    model = writer.table({**fields, 3: ("UOffsetTRelative", writer.vector([graph]))})
    writer.builder.Finish(model, _IDENTIFIER)
    return bytes(writer.builder.Output())


def with_files(model: bytes, held: Mapping[str, bytes]) -> bytes:
    """Return a model with files in a ZIP behind it."""
    behind = io.BytesIO(model)
    with zipfile.ZipFile(behind, "a", zipfile.ZIP_STORED) as archive:
        for name, data in held.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)
    return behind.getvalue()


class _Writer:
    """Writes tables by the places of their fields."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def text(self, text: str) -> int:
        return int(self.builder.CreateString(text))

    def vector(self, offsets: Sequence[int]) -> int:
        self.builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            self.builder.PrependUOffsetTRelative(offset)
        return int(self.builder.EndVector())

    def tensor(self, name: str, text: str, more: Mapping[int, int]) -> int:
        told = {0: self.text(name), 1: self.text(text), **more}
        return self.table({place: ("UOffsetTRelative", offset) for place, offset in told.items()})

    def table(self, fields: Mapping[int, tuple[str, int]]) -> int:
        self.builder.StartObject(max(fields) + 1)
        for place, (kind, value) in fields.items():
            getattr(self.builder, f"Prepend{kind}Slot")(place, value, 0)
        return int(self.builder.EndObject())
