"""A bad network loses nothing and brings nothing twice; the line that is to show that does harm."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import hubs
import pytest
from lines import BadLine, Heads
from tally import Tally

Kept = Callable[[str], Tally]


def test_over_a_bad_network_nothing_is_lost_and_nothing_comes_twice(kept: Kept) -> None:
    figures = kept("network").figures
    for kind in ("webdav", "s3"):
        assert int(figures[f"{kind}: events acknowledged"]) > 0 < int(figures[f"{kind}: pictures in the hub"])
        assert int(figures[f"{kind}: kills"]) > 0


# ── the trial itself can fail ───────────────────────────────────────────────────────────────────


def test_a_line_cuts_stalls_and_flips_until_it_is_mended(once: None) -> None:
    body = bytes(50_000)
    with hubs.answering(200, body=body) as port, BadLine(port, 3, every=20_000, stall_s=0.02) as line:
        became = Counter(_asked(line.port, body) for _ in range(60))
        assert {"whole", "changed", "broken off"} <= set(became), became
        assert min(line.cuts, line.counts["stall down"], line.counts["flip in a body"]) > 0
        assert line.counts["bytes down"] > 60 * 20_000
        line.good = True
        harm = line.counts.copy()
        assert [_asked(line.port, body) for _ in range(5)] == ["whole"] * 5
        assert {name for name in line.counts if line.counts[name] != harm[name]} == {"bytes up", "bytes down"}


def _asked(port: int, body: bytes) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        got = answer.read()
        return "whole" if (answer.status, got) == (200, body) else "changed" if len(got) == len(body) else "broken off"
    except (OSError, http.client.HTTPException):
        return "broken off"
    finally:
        connection.close()


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_heads_are_told_from_bodies_however_they_come_in_pieces(size: int) -> None:
    first, second = b"PUT /a HTTP/1.1\r\nContent-Length: 5\r\n\r\n", b"GET /b HTTP/1.1\r\n\r\n"
    said, heads, told = first + b"hello" + second, Heads(), list[bool]()
    for start in range(0, len(said), size):
        told += heads.of(said[start : start + size])
    assert told == [True] * len(first) + [False] * 5 + [True] * len(second)


def test_what_a_device_lacks_is_told(once: None, tmp_path: Path) -> None:
    import networks
    from reckonings import reckon

    from edge_brain import Brain
    from edge_brain.sync import marker
    from edge_brain.sync.running import sync_brain
    from edge_brain.sync.stores.doubles import Memory

    hub = Memory()
    marker.make(hub)
    networks.make_album(tmp_path / "album", 1)
    with (
        Brain.create(tmp_path / "one", extractor="pixels") as one,
        Brain.create(tmp_path / "other", extractor="pixels") as other,
    ):
        tag = one.tag(tmp_path / "album" / "cup" / "0.jpg", "cup")
        told = {"one": sync_brain(one, hub)}
        tally = Tally("", "")
        reckon({"one": one, "other": other}, {}, hub, told, tally)
        assert any("other lacks" in wrong for wrong in tally.wrong)
        sync_brain(other, hub)
        tally = Tally("", "")
        reckon({"one": one, "other": other}, {}, hub, told, tally)
        assert tally.wrong == []
        name = next(name for name in hub.objects if tag.frame_id in name)
        hub.objects[name] = hub.objects[name][:-1] + b"?"
        reckon({"one": one, "other": other}, {}, hub, told, tally)
        assert tally.lost > 0 and all("the hub lacks" in wrong for wrong in tally.wrong)
