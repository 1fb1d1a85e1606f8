"""Segments as bytes: lines of JSON, in gzip. What comes from a hub is believed only as far as it can be meant.

    {"format": 1, "device": "…", "name": "greenhouse-2", "contract": {"extractor": …, "fingerprint": …, …}}
    {"sequence": 7, "clock": …, "frame": "…", "burst": "…", "label": "ripe", "role": "learned", "who": "cli",
     "known": {"device": "…", "suffix": ".jpg", …, "code": "<base64>", "views": "…", "thumbnail": "…"}}
    {"frame": "…", "known": {…}}

`known` stands with the first event of each frame, so that every segment can be used without any other. An event has
its device where that is not the header's. The same segment gives the same bytes.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from edge_brain import labels, own
from edge_brain.errors import BrainDamaged, BrainTooNew
from edge_brain.region import Region
from edge_brain.replica import Event, Look, Segment

FORMAT = 1
MOST_BYTES = 2**20  # of a segment as it is sent, about
_MOST_UNPACKED = 64 * 2**20
_MOST_LOOKS_BYTES = 2**17  # of one code, of views, of a thumbnail
_CONTRACT = {"code_length", "extractor", "fingerprint", "region", "views", "zero_point"}
_ID, _DEVICE, _SUFFIX = re.compile("[0-9a-f]{64}"), re.compile("[0-9a-f]{16}"), re.compile(r"\.[a-z]{2,8}")
_BYTES = ("code", "views", "thumbnail")
_LONGEST = 4096  # characters of a text
_LATEST = 2**62  # reading of the hybrid clock, in the year 4199: ours goes on from the latest that it has heard of
_MOST_EVENTS = 10**9  # of one device: the names of segments have room for ten digits


def to_bytes(segment: Segment) -> bytes:
    """Return the object that holds a segment."""
    header = {
        "format": FORMAT,
        "device": segment.device,
        "name": segment.name,
        "contract": dict(sorted(segment.contract.items())),
    }
    lines = [header, *_lines(segment)]
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    return gzip.compress(text.encode(), 6, mtime=0)


def from_bytes(data: bytes, what: str) -> Segment:
    """Return the segment that an object holds; `what` it is called in an error.

    Raises BrainTooNew for a format of a later edge_brain, and BrainDamaged for what is not whole, or cannot be meant.
    """
    try:
        header, *rest = (json.loads(line) for line in _lines_of(_unpacked(data, what)))
        if not isinstance(header, dict) or type(header.get("format")) is not int:
            raise ValueError("its first line is no header")
        if header["format"] > FORMAT:
            raise BrainTooNew(
                f"{what} is of format {header['format']}, this edge_brain knows {FORMAT}; install a newer one"
            )
        contract = _contract(header.get("contract"))
        device, name = _matching(header, "device", _DEVICE), _text(header, "name")
        looks, events = dict[str, Look](), list[Event]()
        for line in rest:
            frame = _matching(line, "frame", _ID)
            if "known" in line:
                looks[frame] = _look(frame, line["known"], contract)
            if "sequence" in line:
                events.append(_event(line, device))
                if frame not in looks:
                    raise ValueError(f"nothing is told of frame {frame}")
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise BrainDamaged(f"{what} cannot be meant: {error}") from error
    return Segment(device, name, contract, events, list(looks.values()))


def _lines(segment: Segment) -> Iterator[dict[str, Any]]:
    looks = {look.frame: look for look in segment.looks}
    for event in segment.events:
        line: dict[str, Any] = {key: getattr(event, key) for key in Event.__dataclass_fields__ if key != "device"}
        if event.device != segment.device:
            line["device"] = event.device
        if (look := looks.pop(event.frame, None)) is not None:
            line["known"] = _known(look)
        yield line
    for look in looks.values():
        yield {"frame": look.frame, "known": _known(look)}


def _known(look: Look) -> dict[str, Any]:
    known = {key: getattr(look, key) for key in Look.__dataclass_fields__ if key != "frame"}
    return known | {key: base64.b64encode(known[key]).decode() for key in _BYTES}


def _lines_of(text: str) -> list[str]:
    """Return the lines of a text: what `splitlines` takes for an end of one besides may stand in a name."""
    return text.removesuffix("\n").split("\n")


def _unpacked(data: bytes, what: str) -> str:
    unpacker = zlib.decompressobj(31)
    try:
        text = unpacker.decompress(data, _MOST_UNPACKED)
    except zlib.error as error:
        raise BrainDamaged(f"{what} is no whole gzip: {error}") from error
    if not unpacker.eof or unpacker.unused_data:
        raise BrainDamaged(f"{what} is not whole, or unfolds into more than {_MOST_UNPACKED >> 20} MiB")
    return text.decode()


# ── what can be meant ───────────────────────────────────────────────────────────────────────────


def _contract(told: Any) -> dict[str, str]:
    if not isinstance(told, dict) or set(told) != _CONTRACT:
        raise ValueError("its contract is not one")
    contract = {key: _text(told, key, least=0) for key in sorted(told)}
    if not 0 < int(contract["code_length"]) <= _MOST_LOOKS_BYTES or not -128 <= int(contract["zero_point"]) <= 127:
        raise ValueError("its contract tells of codes that cannot be")
    Region.parse(contract["region"])
    if own.is_own(contract["fingerprint"]):
        own.check_told(contract)
    return contract


def _event(line: Mapping[str, Any], device: str) -> Event:
    label = line["label"]
    if label is not None and labels.checked(label) != label:
        raise ValueError(f"{label!r} is no class")
    if line["role"] not in ("learned", "reserved"):
        raise ValueError(f"{line['role']!r} is no role")
    return Event(
        device=_matching(line, "device", _DEVICE) if "device" in line else device,
        sequence=_whole(line, "sequence", 1, _MOST_EVENTS),
        clock=_whole(line, "clock", 0, _LATEST),
        frame=line["frame"],
        burst=_burst(line),
        label=label,
        role=line["role"],
        who=_text(line, "who", least=0),
    )


def _look(frame: str, known: Mapping[str, Any], contract: Mapping[str, str]) -> Look:
    code, views, thumbnail = (_decoded(known, key) for key in _BYTES)
    length, more = int(contract["code_length"]), len(contract["views"].split())
    if len(code) not in (0, length) or len(views) not in (0, more * length) or (views and not code):
        raise ValueError(f"the codes of frame {frame} have other lengths than they must")
    return Look(
        frame=frame,
        device=_matching(known, "device", _DEVICE),
        burst=_burst(known),
        suffix=_matching(known, "suffix", _SUFFIX),
        width=_whole(known, "width", 1),
        height=_whole(known, "height", 1),
        size_bytes=_whole(known, "size_bytes", 0),
        taken_at=_number(known, "taken_at"),
        brightness=_number(known, "brightness"),
        sharpness=_number(known, "sharpness"),
        source=None if known["source"] is None else _text(known, "source", least=0),
        reason=None if known["reason"] is None else _text(known, "reason", least=0),
        code=code,
        views=views,
        thumbnail=thumbnail,
    )


def _burst(line: Mapping[str, Any]) -> str:
    name = _text(line, "burst")
    if labels.checked(name, "burst") != name:
        raise ValueError(f"{name!r} is no burst")
    return name


def _text(line: Mapping[str, Any], key: str, *, least: int = 1) -> str:
    value = line[key]
    if not isinstance(value, str) or not least <= len(value) <= _LONGEST:
        raise ValueError(f"{key} is no text of {least} to {_LONGEST} characters")
    value.encode()  # a lone surrogate is no text
    return value


def _matching(line: Mapping[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = line[key]
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise ValueError(f"{key} is {value!r}")
    return value


def _whole(line: Mapping[str, Any], key: str, least: int, most: int = 2**63 - 1) -> int:
    value = line[key]
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"{key} is {value!r}")
    return value


def _number(line: Mapping[str, Any], key: str) -> float | None:
    value = line[key]
    if value is not None and (
        not isinstance(value, float | int) or isinstance(value, bool) or not math.isfinite(value)
    ):
        raise ValueError(f"{key} is {value!r}")
    return None if value is None else float(value)


def _decoded(known: Mapping[str, Any], key: str) -> bytes:
    value = _text_of_bytes(known, key)
    try:
        data = base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError(f"{key} is no base64") from error
    if len(data) > _MOST_LOOKS_BYTES:
        raise ValueError(f"{key} has more than {_MOST_LOOKS_BYTES} bytes")
    return data


def _text_of_bytes(known: Mapping[str, Any], key: str) -> str:
    if not isinstance(known[key], str):
        raise ValueError(f"{key} is no text")
    return str(known[key])
