"""A runtime is believed when it has run the golden picture, and what goes wrong is said with its cure."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from edge_brain import runtime
from edge_brain.errors import RuntimeMissing

GOLDEN = np.array([-128, -100, 5, 127], np.int8)
PROOF = runtime.Proof(np.zeros((2, 2, 3), np.uint8), GOLDEN, -128)
MODEL = Path("model.tflite")


class Interpreter:
    """What both runtimes offer, as far as it is used; the tests make it fail."""

    code = GOLDEN

    def __init__(self, model_path: str, num_threads: int) -> None:
        self.made_with = model_path, num_threads
        self.seen = np.zeros(0, np.int8)

    def allocate_tensors(self) -> None:
        os.write(2, b"INFO: Created delegate.\n")

    def get_input_details(self) -> list[dict[str, int]]:
        return [{"index": 3}]

    def get_output_details(self) -> list[dict[str, int]]:
        return [{"index": 8}]

    def set_tensor(self, index: int, value: np.ndarray) -> None:
        assert index == 3
        self.seen = value

    def invoke(self) -> None:
        pass

    def get_tensor(self, index: int) -> np.ndarray:
        assert index == 8
        return self.code[None]


class Broken(Interpreter):
    def allocate_tensors(self) -> None:
        os.write(2, b"A module that was compiled using NumPy 1.x cannot be run\n")
        raise ImportError("numpy.core.multiarray failed to import")


class Wrong(Interpreter):
    code = GOLDEN[::-1].copy()


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, type | None], None]:
    """Put an interpreter, or nothing, where a runtime would be installed."""

    def install(name: str, interpreter: type | None) -> None:
        package = {"litert": "ai_edge_litert", "tflite-runtime": "tflite_runtime"}[name]
        module: Any = ModuleType(f"{package}.interpreter")
        module.Interpreter = interpreter
        monkeypatch.setitem(sys.modules, package, ModuleType(package))
        monkeypatch.setitem(sys.modules, f"{package}.interpreter", module if interpreter else None)

    install("litert", None)
    install("tflite-runtime", None)
    return install


def load(wanted: str | None = None) -> runtime.Network:
    return runtime.load(MODEL, PROOF, threads=2, wanted=wanted)


def test_the_first_runtime_that_gives_the_golden_code_is_taken(install: Callable[..., None]) -> None:
    install("tflite-runtime", Interpreter)
    assert load().runtime == "tflite-runtime"
    install("litert", Interpreter)
    assert load().runtime == "litert"
    assert load("tflite-runtime").runtime == "tflite-runtime"


@pytest.mark.parametrize("interpreter", [Broken, Wrong])
def test_a_runtime_that_fails_or_answers_wrongly_is_passed_over(
    install: Callable[..., None], interpreter: type
) -> None:
    install("litert", interpreter)
    install("tflite-runtime", Interpreter)
    assert load().runtime == "tflite-runtime"
    with pytest.raises(RuntimeMissing):
        load("litert")


def test_a_network_sees_each_pixel_less_128(install: Callable[..., None]) -> None:
    install("litert", Interpreter)
    network = load()
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3) * 23
    assert network(picture).tolist() == GOLDEN.tolist()
    interpreter = network._interpreter
    assert interpreter.made_with == ("model.tflite", 2)
    assert interpreter.seen.dtype == np.int8
    assert np.array_equal(interpreter.seen[0].astype(int), picture.astype(int) - 128)


def test_no_runtime_at_all_says_how_to_install_each(install: Callable[..., None]) -> None:
    with pytest.raises(RuntimeMissing) as caught:
        load()
    assert str(caught.value).splitlines() == [
        "no TFLite runtime here runs the golden picture:",
        "  litert: not installed",
        "    cure: pip install ai-edge-litert",
        "  tflite-runtime: not installed",
        '    cure: pip install tflite-runtime "numpy<2" "opencv-python-headless<4.12"',
    ]
    assert isinstance(caught.value, ImportError)


def test_the_trap_of_numpy_2_is_named(install: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    install("tflite-runtime", Broken)
    monkeypatch.setattr(np, "__version__", "2.1.0")
    with pytest.raises(RuntimeMissing) as caught:
        load()
    message = str(caught.value)
    assert "tflite-runtime: it cannot work with numpy 2.1.0, it was built for numpy 1" in message
    assert "numpy.core.multiarray failed to import" in message
    assert '"numpy<2"' in message


def test_with_numpy_1_another_failure_is_told_as_it_is(
    install: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    install("tflite-runtime", Broken)
    monkeypatch.setattr(np, "__version__", "1.26.4")
    with pytest.raises(RuntimeMissing, match=r"tflite-runtime: numpy\.core\.multiarray failed to import"):
        load("tflite-runtime")


def test_a_wrong_golden_code_is_told_with_its_cosine(install: Callable[..., None]) -> None:
    install("litert", Wrong)
    with pytest.raises(RuntimeMissing, match=r"its code of the golden picture is wrong \(cosine 0\.\d\d\d, at least"):
        load("litert")


def test_chatter_is_kept_off_stderr_and_shown_in_an_error(
    install: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    install("litert", Interpreter)
    load()
    install("litert", Broken)
    with pytest.raises(RuntimeMissing, match=r"compiled using NumPy 1\.x cannot be run"):
        load("litert")
    print("and afterwards one is heard again", file=sys.stderr)
    assert capfd.readouterr() == ("", "and afterwards one is heard again\n")


def test_networks_that_threads_load_at_once_leave_stderr_as_it_was(
    install: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    first_came, second_came, first_left = (threading.Event() for _ in range(3))

    class FirstInFirstOut(Interpreter):
        """Unless loading is done one at a time, the second would restore the stderr of the first."""

        def allocate_tensors(self) -> None:
            if threading.current_thread() is first:
                first_came.set()
                second_came.wait(0.2)
            else:
                second_came.set()
                first_left.wait(5)

    def load_first() -> None:
        load()
        first_left.set()

    install("litert", FirstInFirstOut)
    first, second = threading.Thread(target=load_first), threading.Thread(target=load)
    first.start()
    assert first_came.wait(5)
    second.start()
    for thread in (first, second):
        thread.join()
    assert first_left.is_set()
    os.write(2, b"one is heard\n")
    assert capfd.readouterr() == ("", "one is heard\n")


def test_a_service_without_stderr_loads_too(install: Callable[..., None]) -> None:
    install("litert", Interpreter)
    saved = os.dup(2)
    os.close(2)
    try:
        assert load().runtime == "litert"
    finally:
        os.dup2(saved, 2)
        os.close(saved)
