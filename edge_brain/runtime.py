"""Find a TFLite runtime that really works here, and run a network in it.

A runtime is believed when it has run the golden picture: some import well and then fail on the first
model (tflite-runtime beside numpy 2). Their chatter on stderr is kept and shown only in an error.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from edge_brain.errors import RuntimeMissing

_MODULES = {"litert": "ai_edge_litert.interpreter", "tflite-runtime": "tflite_runtime.interpreter"}
_stderr_lock = threading.Lock()
_LEAST_COSINE = 0.98  # x86 and aarch64, and both runtimes, agree to 0.99 and better
_CURES = {
    "litert": "pip install ai-edge-litert",
    "tflite-runtime": 'pip install tflite-runtime "numpy<2" "opencv-python-headless<4.12"',
}


@dataclass(frozen=True)
class Proof:
    """A picture and the code it must give: uint8 RGB (height, width, 3), int8 (length,) and its zero point."""

    pixels: NDArray[np.uint8]
    code: NDArray[np.int8]
    zero_point: int


class Network:
    """A network loaded in a runtime; safe to call from several threads, one at a time."""

    def __init__(self, runtime: str, interpreter: Any) -> None:
        self.runtime = runtime
        self._interpreter = interpreter
        self._input: int = interpreter.get_input_details()[0]["index"]
        self._output: int = interpreter.get_output_details()[0]["index"]
        self._lock = threading.Lock()

    def __call__(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return the code, int8 (length,), of uint8 RGB pixels of just the network's input size."""
        with self._lock:
            # pixel ^ 128, read as int8, is pixel − 128: the whole of the preprocessing
            self._interpreter.set_tensor(self._input, (pixels ^ np.uint8(128)).view(np.int8)[None])
            self._interpreter.invoke()
            code: NDArray[np.int8] = self._interpreter.get_tensor(self._output)
        return code.reshape(-1)


def load(model: Path, proof: Proof, *, threads: int, wanted: str | None = None) -> Network:
    """Load a model in the first runtime that gives the proof's code: `wanted`, or litert, then tflite-runtime.

    Raises RuntimeMissing, which says for each runtime what went wrong and how to cure it.
    """
    failures = []
    for name in [wanted] if wanted else list(_MODULES):
        try:
            return _prove(name, model, proof, threads)
        except Exception as error:  # whatever a native runtime throws: it is collected and reported below
            failures.append(f"  {name}: {_diagnosis(name, error)}\n    cure: {_CURES[name]}")
    raise RuntimeMissing("no TFLite runtime here runs the golden picture:\n" + "\n".join(failures))


def _prove(name: str, model: Path, proof: Proof, threads: int) -> Network:
    with _native_stderr_kept() as chatter:
        try:
            module = importlib.import_module(_MODULES[name])
            interpreter = module.Interpreter(model_path=str(model), num_threads=threads)
            interpreter.allocate_tensors()
            network = Network(name, interpreter)
            cosine = _cosine(network(proof.pixels), proof)
        except Exception as error:
            chatter.seek(0)
            raise RuntimeError(" ".join([str(error), *chatter.read().split()]).strip()) from error
    if cosine < _LEAST_COSINE:
        raise RuntimeError(f"its code of the golden picture is wrong (cosine {cosine:.3f}, at least {_LEAST_COSINE})")
    return network


def _cosine(code: NDArray[np.int8], proof: Proof) -> float:
    got, wanted = (c.astype(np.float64) - proof.zero_point for c in (code, proof.code))
    return float(got @ wanted / max(np.linalg.norm(got) * np.linalg.norm(wanted), 1e-9))


def _diagnosis(name: str, error: Exception) -> str:
    if isinstance(error.__cause__, ModuleNotFoundError):
        return "not installed"
    if name == "tflite-runtime" and int(np.__version__.split(".")[0]) >= 2:
        return f"it cannot work with numpy {np.__version__}, it was built for numpy 1 ({error})"
    return str(error)


@contextmanager
def _native_stderr_kept() -> Iterator[IO[str]]:
    """Send what native code writes on stderr into a file, for the time of loading a network.

    One at a time: two threads that swap the process's stderr at once would leave it swapped.
    """
    with _stderr_lock, tempfile.TemporaryFile("w+", errors="replace") as chatter:
        if sys.stderr is not None:
            sys.stderr.flush()
        try:
            saved = os.dup(2)
        except OSError:  # a service may run without stderr: then there is nothing to keep clean
            yield chatter
            return
        os.dup2(chatter.fileno(), 2)
        try:
            yield chatter
        finally:
            os.dup2(saved, 2)
            os.close(saved)
