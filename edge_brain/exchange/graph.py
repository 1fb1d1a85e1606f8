"""A TFLite graph that is added to: constants, operators, outputs. By the schema that ai-edge-litert brings.

The weights that a file keeps behind its flatbuffer are taken into it, and every constant begins at a multiple of 16
bytes, as the schema wants it: older Arm processors read no number that lies askew.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_brain.errors import ExtraMissing

_ALIGNED = 16  # bytes
_LEGACY = 127  # under which operators of a later schema stand for earlier readers
_IDENTIFIER = b"TFL3"
_KEPT_INSIDE = 1  # the greatest offset that is none


class Graph:
    """A model of one graph, to which steps are added at either end."""

    def __init__(self, data: bytes) -> None:
        """Read a model; ExtraMissing where the schema is not installed."""
        try:
            from ai_edge_litert import schema_py_generated
        except ImportError as error:
            raise ExtraMissing(
                "a TFLite graph is written by the schema of ai-edge-litert, which is not installed: pip install "
                "ai-edge-litert; a release of this brain can be exported on another machine"
            ) from error

        self.schema: Any = schema_py_generated
        self._model = self.schema.ModelT.InitFromPackedBuf(data, 0)
        (self._graph,) = self._model.subgraphs
        for buffer in self._model.buffers:
            if buffer.offset > _KEPT_INSIDE:
                buffer.data = np.frombuffer(data[buffer.offset : buffer.offset + buffer.size], np.uint8)
                buffer.offset = buffer.size = 0

    @property
    def input(self) -> Any:
        """The tensor that goes in."""
        return self._graph.tensors[self._graph.inputs[0]]

    @property
    def output(self) -> int:
        """The number of the tensor that comes out."""
        return int(self._graph.outputs[0])

    def constant(self, name: str, values: NDArray[np.generic]) -> int:
        """Add a constant, float32 or int32; return its number."""
        kept = self.schema.BufferT()
        kept.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self._model.buffers.append(kept)
        kind = self.schema.TensorType.INT32 if values.dtype == np.int32 else self.schema.TensorType.FLOAT32
        return self.tensor(name, values.shape, kind, buffer=len(self._model.buffers) - 1)

    def tensor(self, name: str, shape: Sequence[int], kind: int | None = None, *, buffer: int = 0) -> int:
        """Add a tensor, of float32 where nothing else is said; return its number."""
        made = self.schema.TensorT()
        made.name, made.shape, made.buffer = name, list(shape), buffer
        made.type = self.schema.TensorType.FLOAT32 if kind is None else kind
        self._graph.tensors.append(made)
        return len(self._graph.tensors) - 1

    def step(self, operator: str, inputs: Sequence[int], name: str, shape: Sequence[int], **options: Any) -> int:
        """Add an operator behind all others; return the number of the tensor that comes of it."""
        output = self.tensor(name, shape)
        self._graph.operators.append(self._operator(operator, inputs, output, options))
        return output

    def begin_with_bytes(self) -> None:
        """Let a picture go in as it is, uint8, where the graph takes int8."""
        inner, taken = self._graph.inputs[0], self.input
        scale, zero_point = float(taken.quantization.scale[0]), int(taken.quantization.zeroPoint[0])
        outer = self.tensor("image", taken.shape, self.schema.TensorType.UINT8)
        told = self.schema.QuantizationParametersT()
        told.scale, told.zeroPoint = [scale], [zero_point + 128]
        self._graph.tensors[outer].quantization = told
        self._graph.operators.insert(0, self._operator("QUANTIZE", [outer], inner, {}))
        self._graph.inputs = [outer]

    def begin_with_shares(self) -> None:
        """Let a picture go in as float32 from 0 to 1, where the graph takes int8."""
        inner, taken = self._graph.inputs[0], self.input
        scale, zero_point = float(taken.quantization.scale[0]), int(taken.quantization.zeroPoint[0])
        white, black = (np.array([each], np.float32) for each in (255 * scale, (128 + zero_point) * scale))
        outer, spread, levels = (self.tensor(name, taken.shape) for name in ("image", "spread", "image_levels"))
        steps = [
            self._operator("MUL", [outer, self.constant("white", white)], spread, {}),
            self._operator("SUB", [spread, self.constant("black", black)], levels, {}),
            self._operator("QUANTIZE", [levels], inner, {}),
        ]
        self._graph.operators[:0] = steps
        self._graph.inputs = [outer]

    def end_with(self, *outputs: int) -> None:
        """Let these tensors come out; what was said of the ends before holds no more."""
        self._graph.outputs = list(outputs)
        self._model.signatureDefs = None

    def describe(self, text: str, **metadata: bytes) -> None:
        """Say in words what the model is, and keep bytes beside it, by name."""
        self._model.description = text
        for name, data in metadata.items():
            kept, told = self.schema.BufferT(), self.schema.MetadataT()
            kept.data = np.frombuffer(data, np.uint8)
            self._model.buffers.append(kept)
            told.name, told.buffer = name, len(self._model.buffers) - 1
            self._model.metadata.append(told)

    def to_bytes(self) -> bytes:
        """Return the model's file."""
        import flatbuffers

        class Aligned(flatbuffers.Builder):  # type: ignore[misc]
            """A builder that keeps the schema's `force_align`, of which the generated code knows nothing."""

            def StartVector(self, size: int, count: int, alignment: int) -> Any:
                return super().StartVector(size, count, _ALIGNED if size == 1 else alignment)

        builder = Aligned(1 << 22)
        builder.Finish(self._model.Pack(builder), _IDENTIFIER)
        return bytes(builder.Output())

    def _operator(self, name: str, inputs: Sequence[int], output: int, options: dict[str, Any]) -> Any:
        made = self.schema.OperatorT()
        made.opcodeIndex, made.inputs, made.outputs = self._code(name), list(inputs), [output]
        kind = _OPTIONS.get(name)
        if kind is not None:
            made.builtinOptionsType = getattr(self.schema.BuiltinOptions, kind)
            made.builtinOptions = getattr(self.schema, f"{kind}T")()
            for key, value in options.items():
                setattr(made.builtinOptions, key, value)
        return made

    def _code(self, name: str) -> int:
        number, version = getattr(self.schema.BuiltinOperator, name), _VERSIONS.get(name, 1)
        for place, each in enumerate(self._model.operatorCodes):
            if (each.builtinCode, each.version) == (number, version):
                return place
        made = self.schema.OperatorCodeT()
        made.builtinCode, made.deprecatedBuiltinCode, made.version = number, min(number, _LEGACY), version
        self._model.operatorCodes.append(made)
        return len(self._model.operatorCodes) - 1


_VERSIONS = {"DEQUANTIZE": 2}  # of int8
_OPTIONS = {
    "QUANTIZE": "QuantizeOptions",
    "DEQUANTIZE": "DequantizeOptions",
    "L2_NORMALIZATION": "L2NormOptions",
    "MUL": "MulOptions",
    "SUB": "SubOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "SOFTMAX": "SoftmaxOptions",
    "REDUCE_MAX": "ReducerOptions",
    "SUM": "ReducerOptions",
    "SQUARE": "SquareOptions",
}
