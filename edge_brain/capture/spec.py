"""Read what a person writes for a source: which kind, what of it, which options; and its name without passwords.

KIND:TARGET[?OPTION=VALUE&…]      usb:0?size=1280x720&fps=15      synthetic:mug*3,plate?seed=2
URL                               rtsp://user:password@camera/stream      its "?" belongs to the camera
PATH                              a video, or a folder when it is one or ends in "/"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from edge_brain import files
from edge_brain.errors import BadInput

Kind = Literal["usb", "picamera", "rtsp", "http", "synthetic", "video", "folder"]

KINDS = "usb:0, /dev/video0, picamera, rtsp://…, http://…, a video file, a folder, or synthetic:mug,plate"
_STILLS = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif", ".ppm"}
_SECRET = re.compile(r"((?:pass\w*|pwd|token|secret|\w*key|auth)=)[^&/;]*", re.I)


@dataclass(frozen=True)
class Spec:
    """What a source's spec means."""

    kind: Kind
    target: str  # the index or path of a device, a URL whole, a path, a script
    options: dict[str, str]
    name: str  # the spec, passwords taken out

    @classmethod
    def parse(cls, text: str) -> Spec:
        """Read a spec; raises BadInput, which shows no password, for one that cannot be meant."""
        scheme, colon, rest = text.partition(":")
        if scheme in ("rtsp", "rtsps", "http", "https") and colon:
            return cls("rtsp" if scheme.startswith("rtsp") else "http", text, {}, name_of(text))
        if text.startswith("/dev/"):
            scheme, colon, rest = "usb", ":", text
        if scheme == "synthetic" and colon:
            return cls("synthetic", *_with_options(rest, text), text)
        if scheme == "usb" and colon:
            target, options = (rest, {}) if rest.startswith("synthetic:") else _with_options(rest, text)
            if not re.fullmatch(r"\d{1,3}|/dev/\S+|synthetic:.*", target):
                raise BadInput(f"source {text!r}: give usb:0 or usb:/dev/v4l/by-id/…; `ls /dev/v4l/by-id` shows them")
            return cls("usb", target, options, text)
        if scheme.partition("?")[0] == "picamera":
            target, options = _with_options(rest if colon else text[len("picamera") :], text)
            if not re.fullmatch(r"\d?", target):
                raise BadInput(f"source {text!r}: give picamera, or picamera:1 for the second camera")
            return cls("picamera", target or "0", options, text)
        return _path(text)


def name_of(url: str) -> str:
    """Return a URL without user and password, and without what looks like one further on."""
    shown = _SECRET.sub("\\1…", re.sub(r"//\S*@", "//", url))  # all up to the last @: better too little than a password
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number
        sound = False
    if not sound or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise BadInput(f"source {shown}: not an address like rtsp://camera/stream or http://camera/stream; {_ESCAPES}")
    if "@" in url.replace(parts.netloc, "", 1):  # a password with a slash in it, or just an odd path?
        raise BadInput(f"source {shown}: an @ stands after the host; {_ESCAPES}")
    return shown


_ESCAPES = "in user, password and path write %40 for @, %2F for /, %3A for :, %23 for #, %3F for ?"


def _path(text: str) -> Spec:
    shown = re.sub(r"//.*@", "//…@", files.printable(text))  # it may be an address whose beginning is misspelt
    try:
        path = Path(text)
        found, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:  # a name too long, a NUL in it
        raise BadInput(f"source {shown!r} cannot be looked up: {error}") from error
    if text and (is_folder or (text.endswith("/") and not found)):
        return Spec("folder", text, {}, shown)
    if not text or not found:
        raise BadInput(f"source {shown!r}: no such file or folder; give {KINDS}")
    if path.suffix.lower() in _STILLS:
        raise BadInput(f"source {shown} is a single picture; give the folder that it lies in, or a video")
    return Spec("video", text, {}, shown)


def _with_options(text: str, spec: str) -> tuple[str, dict[str, str]]:
    """Split `target?a=1&b=2`; of an option given twice, BadInput."""
    target, _, tail = text.partition("?")
    options: dict[str, str] = {}
    for part in filter(None, tail.split("&")):
        key, equals, value = part.partition("=")
        if not equals or key in options:
            raise BadInput(f"source {spec!r}: {part!r} is not one option=value, each given once")
        options[key] = unquote(value)
    return target, options


def known(options: dict[str, str], names: tuple[str, ...], spec: str) -> None:
    """Raise BadInput for an option that is none of these."""
    for key in options:
        if key not in names:
            raise BadInput(f"source {spec!r}: there is no option {key!r}; there are {', '.join(names)}")


def number(options: dict[str, str], key: str, default: float, low: float, high: float, spec: str) -> float:
    """Return a number that an option gives; BadInput for one outside its limits."""
    text = options.get(key, "")
    if not text:
        return default
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", text) or not low <= float(text) <= high:
        raise BadInput(f"source {spec!r}: {key}={text} is not a number from {low:g} to {high:g}")
    return float(text)


def size(options: dict[str, str], spec: str) -> tuple[int, int] | None:
    """Return width and height that `size=640x480` gives, or None."""
    text = options.get("size", "")
    if not text:
        return None
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if not found or not all(16 <= int(side) <= 8192 for side in found.groups()):
        raise BadInput(f"source {spec!r}: size={text} is not like 640x480, each side from 16 to 8192")
    return int(found[1]), int(found[2])
