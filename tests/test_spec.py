"""What a person writes for a source, and the name that is stored with frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_brain import BadInput
from edge_brain.capture.spec import Spec, name_of


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("usb:0", "usb", "0"),
        ("usb:/dev/v4l/by-id/usb-cam-0", "usb", "/dev/v4l/by-id/usb-cam-0"),
        ("/dev/video0", "usb", "/dev/video0"),
        ("usb:synthetic:mug?fps=5", "usb", "synthetic:mug?fps=5"),
        ("picamera", "picamera", "0"),
        ("picamera:1", "picamera", "1"),
        ("rtsps://camera/live?a=b", "rtsp", "rtsps://camera/live?a=b"),
        ("https://camera/live?a=b", "http", "https://camera/live?a=b"),
        ("synthetic:mug,plate", "synthetic", "mug,plate"),
    ],
)
def test_a_spec_says_which_kind_and_what_of_it(text: str, kind: str, target: str) -> None:
    spec = Spec.parse(text)
    assert (spec.kind, spec.target, spec.name) == (kind, target, text)


def test_a_path_is_a_video_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "usb").touch()
    assert Spec.parse(str(tmp_path / "usb")).kind == "video"
    assert Spec.parse(str(tmp_path)).kind == "folder"
    assert Spec.parse(str(tmp_path / "later") + "/").kind == "folder"
    with pytest.raises(BadInput, match="no such file or folder"):
        Spec.parse(str(tmp_path / "later"))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("rtsp://admin:hush@camera:554/live", "rtsp://camera:554/live"),
        ("rtsp://admin:hu@sh@camera/live", "rtsp://camera/live"),
        ("http://hush@camera/", "http://camera/"),
        ("http://camera/video.cgi?user=a&pwd=hush&x=1", "http://camera/video.cgi?user=a&pwd=…&x=1"),
        ("http://camera/?loginpass=hush&ACCESS_TOKEN=hush", "http://camera/?loginpass=…&ACCESS_TOKEN=…"),
        ("rtsp://camera/user=admin&password=hush&channel=1", "rtsp://camera/user=admin&password=…&channel=1"),
        ("http://[::1]:8080/still", "http://[::1]:8080/still"),
    ],
)
def test_a_name_has_no_password_in_it(url: str, name: str) -> None:
    assert name_of(url) == name


@pytest.mark.parametrize("url", ["rtsp://admin:12/hush@camera/", "http://a:hush#@camera/", "http://a:hush?@camera/"])
def test_a_password_that_must_be_written_otherwise_is_asked_for_without_showing_it(url: str) -> None:
    with pytest.raises(BadInput, match="write %40 for @, %2F for /") as refused:
        name_of(url)
    assert "hush" not in str(refused.value)


def test_an_address_whose_beginning_is_misspelt_shows_no_password() -> None:
    with pytest.raises(BadInput, match="source 'rtspp://…@camera/stream': no such file") as refused:
        Spec.parse("rtspp://ann:hu/sh@camera/stream")
    assert "ann" not in str(refused.value) and "sh@" not in str(refused.value)
