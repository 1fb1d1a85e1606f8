"""What one writes without edge_brain: decode a picture, stretch it, run the network; what the bench compares with."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge_brain import config, extractor

NAME = extractor.names()[0]
_MODULES = {"litert": "ai_edge_litert.interpreter", "tflite-runtime": "tflite_runtime.interpreter"}


class BareLoop:
    """A network, and nothing around it."""

    def __init__(self, runtime: str, threads: int) -> None:
        entry = json.loads((config.models_folder() / "manifest.json").read_text())["extractors"][NAME]
        model = str(config.models_folder() / entry["file"])
        self.interpreter = importlib.import_module(_MODULES[runtime]).Interpreter(model_path=model, num_threads=threads)
        self.interpreter.allocate_tensors()
        self.size = entry["input"]["width"], entry["input"]["height"]
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]

    def file(self, path: Path) -> NDArray[np.int8]:
        """Return the code of a file; plain Pillow, without its draft mode."""
        return self.array(np.asarray(Image.open(path).convert("RGB")))

    def array(self, pixels: NDArray[np.uint8]) -> NDArray[np.int8]:
        """Return the code, int8 (1, 1280), of uint8 RGB pixels, shape (height, width, 3)."""
        small = cv2.resize(pixels, self.size, interpolation=cv2.INTER_AREA)
        self.interpreter.set_tensor(self.input, (small ^ np.uint8(128)).view(np.int8)[None])
        self.interpreter.invoke()
        return np.asarray(self.interpreter.get_tensor(self.output))

    def video(self, path: Path) -> int:
        """Look at each frame of a video, and return how many they are."""
        video, frames = cv2.VideoCapture(str(path)), 0
        while True:
            more, pixels = video.read()
            if not more:
                break
            self.array(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))
            frames += 1
        video.release()
        return frames
