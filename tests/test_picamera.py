"""The Pi's cameras, with a stand-in for picamera2."""

from __future__ import annotations

import sys

import pytest
from cameras import picamera2

from edge_brain import BadInput, ExtraMissing, SourceLost, open_source


def test_without_picamera2_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    for wait in (False, True):
        with pytest.raises(ExtraMissing, match="sudo apt install python3-picamera2"):
            open_source("picamera", wait=wait)


def test_red_is_red_and_the_camera_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    module = picamera2(cameras=2)
    monkeypatch.setitem(sys.modules, "picamera2", module)
    with open_source("picamera:1?size=320x240&fps=10") as source:
        shot = source.next(10)
        assert shot is not None
        assert shot.pixels[24, 32].tolist() == [220, 30, 40]
        assert module.running == [1]
    assert module.running == []


def test_a_camera_that_is_not_there_or_taken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    module = picamera2(cameras=1)
    monkeypatch.setitem(sys.modules, "picamera2", module)
    with pytest.raises(SourceLost, match="there is no camera 1, 1 in all"):
        open_source("picamera:1")
    module.running.append(0)
    with pytest.raises(SourceLost, match="does another program use it"):
        open_source("picamera")


def test_a_wrong_option_is_refused_before_the_camera_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    module = picamera2()
    monkeypatch.setitem(sys.modules, "picamera2", module)
    for spec in ("picamera?size=x", "picamera:0?fps=0", "picamera?zoom=2"):
        with pytest.raises(BadInput):
            open_source(spec, wait=True)
    assert module.running == []
