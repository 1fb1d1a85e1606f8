"""Segments: the same bytes for the same, readable by plain tools, and refused whole when they cannot be meant."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pictures import scene
from replicas import everything, segment

from edge_brain import Brain, files
from edge_brain.errors import BrainDamaged, BrainTooNew
from edge_brain.replica import Segment
from edge_brain.sync import names, segments

Harm = Callable[[list[dict[str, Any]]], object]


@pytest.fixture
def told(brain: Brain) -> Segment:
    """What a device tells of three tagged frames, and of one that nobody tagged."""
    brain.tag_many([(scene("mug", number), "mug") for number in range(3)])
    brain.keep_exposures([kept := brain.exposer.expose(scene("mug", 9))])
    return segment(brain.store, [event for _, event in everything(brain.store)], [kept.id])


def lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(data).splitlines()]


def packed(held: list[dict[str, Any]]) -> bytes:
    return gzip.compress("".join(json.dumps(line) + "\n" for line in held).encode(), mtime=0)


def test_a_segment_comes_back_as_it_was_and_always_as_the_same_bytes(told: Segment) -> None:
    data = segments.to_bytes(told)
    assert segments.from_bytes(data, "it") == told
    assert segments.to_bytes(segments.from_bytes(data, "it")) == data


def test_plain_tools_read_it(told: Segment, tmp_path: Path) -> None:
    data = segments.to_bytes(told)
    name = names.SegmentName("events", told.device, 1, 3, files.content_id(data))
    path = tmp_path / str(name).rpartition("/")[2]
    path.write_bytes(data)
    shown = subprocess.run(["zcat", path], capture_output=True, text=True, check=True).stdout.splitlines()
    assert [json.loads(line).get("label") for line in shown] == [None, "mug", "mug", "mug", None]
    summed = subprocess.run(["sha256sum", path], capture_output=True, text=True, check=True).stdout
    assert summed.split()[0] == name.sha256 and names.segment(str(name)) == name


def test_who_said_it_stands_with_what_another_device_said(told: Segment) -> None:
    other = replace(told, events=[*told.events[:1], replace(told.events[1], device="f" * 16)])
    data = segments.to_bytes(other)
    assert [line.get("device") for line in lines(data)[1:3]] == [None, "f" * 16]
    assert segments.from_bytes(data, "it").events == other.events


def put(key: str, value: object) -> Harm:
    """Put a value in place of one of the first event, or of what is known of its frame."""
    return lambda held: (held[1] if key in held[1] else held[1]["known"]).update({key: value})


def own(held: list[dict[str, Any]], length: str | None = None, **more: str) -> dict[str, str]:
    """Return the contract of a segment as that of an app's own extractor."""
    named = {
        "extractor": "net",
        "fingerprint": "net:own:1",
        "code_length": length or held[0]["contract"]["code_length"],
    }
    return named | more


def without_lines(held: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Take all but the header away: nothing else contradicts it."""
    del held[1:]
    return held


def test_codes_of_an_apps_own_extractor_can_be_meant(told: Segment) -> None:
    held = lines(segments.to_bytes(told))
    held[0]["contract"].update(own(held))
    assert segments.from_bytes(packed(held), "it").contract["fingerprint"] == "net:own:1"


HARMED: dict[str, Harm] = {
    "no header": lambda held: held.pop(0),
    "a device that is none": lambda held: held[0].update(device="../../etc"),
    "a contract that is none": lambda held: held[0].update(contract={}),
    "a code length of nothing": lambda held: held[0]["contract"].update(code_length="0"),
    "a region that is none": lambda held: held[0]["contract"].update(region="nonsense"),
    "an app's own extractor with too long codes": lambda held: held[0]["contract"].update(
        own(without_lines(held), "100000")
    ),
    "an app's own extractor under two names": lambda held: held[0]["contract"].update(own(held, extractor="other")),
    "an app's own extractor without a mark": lambda held: held[0]["contract"].update(own(held, fingerprint="net:own")),
    "an event without its frame": lambda held: held[1].pop("known"),
    "a frame that is none": put("frame", "0" * 63),
    "a sequence that is none": put("sequence", 0),
    "a truth for a number": put("sequence", True),
    "a clock that stops every other": put("clock", 2**63 - 1),
    "a role that is none": put("role", "both"),
    "an empty label": put("label", ""),
    "a label with a newline": put("label", "a\nb"),
    "a label that is not in its normal form": put("label", "e\u0301"),
    "half a character": put("who", "\ud800"),
    "a burst of two lines": put("burst", "a\nb"),
    "a code that is too short": put("code", "AAAA"),
    "views without a code": put("code", ""),
    "what is no base64": put("thumbnail", "?"),
    "a suffix that is a path": put("suffix", "/../x"),
    "no width": put("width", 0),
    "a time that is none": put("taken_at", float("inf")),
    "a time beyond all numbers": put("taken_at", 10**400),
    "a list for a text": put("source", []),
    "a line that is no object": lambda held: held.append([]),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("harm", HARMED.values(), ids=HARMED)
def test_what_cannot_be_meant_is_refused_whole(told: Segment, tmp_path: Path, harm: Harm) -> None:
    held = lines(segments.to_bytes(told))
    harm(held)
    with pytest.raises(BrainDamaged, match="it cannot be meant"):
        segments.from_bytes(packed(held), "it")


def test_a_later_format_is_told(told: Segment) -> None:
    held = lines(segments.to_bytes(told))
    held[0]["format"] = 2
    with pytest.raises(BrainTooNew, match=r"format 2.*knows 1; install"):
        segments.from_bytes(packed(held), "it")


def test_what_is_cut_off_anywhere_is_refused(told: Segment) -> None:
    data = segments.to_bytes(told)
    for length in range(0, len(data), max(1, len(data) // 60)):
        with pytest.raises(BrainDamaged):
            segments.from_bytes(data[:length], "it")
    with pytest.raises(BrainDamaged, match="not whole"):
        segments.from_bytes(data + b"more", "it")


def test_what_would_fill_the_memory_is_refused() -> None:
    with pytest.raises(BrainDamaged, match="unfolds into more than"):
        segments.from_bytes(gzip.compress(bytes(segments.FORMAT * 2**27)), "it")


@pytest.mark.parametrize(
    "name",
    [
        "events/0123456789abcdef/0000000001-0000000002-" + "a" * 63 + ".jsonl.gz",
        "events/0123456789ABCDEF/0000000001-0000000002-" + "a" * 64 + ".jsonl.gz",
        "events/../0000000001-0000000002-" + "a" * 64 + ".jsonl.gz",
        "frames/ab/" + "a" * 64 + ".jpg",
        "frames/aa/" + "a" * 64,
    ],
)
def test_a_name_that_is_not_ours_means_nothing(name: str) -> None:
    assert names.segment(name) is None and names.frame_id(name) is None


def test_names_say_what_they_were_made_of() -> None:
    assert names.frame_id(names.frame("ab" * 32, ".jpg")) == "ab" * 32
    longest = str(names.SegmentName("events", "0" * 16, 10**10 - 1, 10**10 - 1, "f" * 64))
    assert names.segment(longest) is not None and len(longest) <= 120
