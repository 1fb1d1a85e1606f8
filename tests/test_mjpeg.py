"""Streams of JPEGs as cameras send them, rightly and wrongly."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from cameras import MjpegServer, is_red, jpeg, red
from hypothesis import given
from hypothesis import strategies as st

from edge_brain import SourceLost, images, open_source
from edge_brain.capture import mjpeg
from edge_brain.capture.mjpeg import HttpReader, Parts

ONE, TWO, THREE = (jpeg(red(number)) for number in range(3))


def stream(
    head: bytes = b"", before: bytes = b"--frame\r\n", after: bytes = b"\r\n", *, length: int | None = None
) -> bytes:
    """Return three parts; `length` is added to the true one."""
    text = b""
    for data in (ONE, TWO, THREE):
        lines = head if length is None else b"%sContent-Length: %d\r\n" % (head, len(data) + length)
        text += before + lines + b"\r\n" + data + after
    return text


WAYS = {
    "with lengths": ("frame", stream(b"Content-Type: image/jpeg\r\n", length=0)),
    "without lengths": ("frame", stream(b"Content-Type: image/jpeg\r\n")),
    "without any headers": ("frame", stream()),
    "announced with dashes": ("--frame", stream(length=0)),
    "with four dashes": ("frame", stream(before=b"----frame\r\n")),
    "announced with dashes and sent without more": ("--frame", stream(before=b"--frame\r\n", length=0)),
    "never announced": ("", stream(length=0)),
    "with line feeds alone": (
        "frame",
        stream(before=b"--frame\n", after=b"\n").replace(b"\r\n\xff\xd8", b"\n\xff\xd8"),
    ),
    "without a line's end before the boundary": ("frame", stream(after=b"", length=0)),
    "with lengths too small": ("frame", stream(length=-100)),
    "with lengths too large": ("frame", stream(length=40)),
    "with lengths of 60 MiB": ("frame", stream(length=60 * 2**20)),
    "after a preamble": ("frame", b"hello\r\n" + stream(length=0)),
    "with spaces after the boundary": ("frame", stream(before=b"--frame \r\n", length=0)),
}


@pytest.mark.parametrize(("boundary", "sent"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("piece", [1, 7, 1000, 10**6])
def test_the_parts_come_out_whole_however_they_are_written(boundary: str, sent: bytes, piece: int) -> None:
    parts = Parts(boundary)
    sent += b"--frame--\r\n" if boundary or sent.startswith(b"--") else b""
    found = [part for start in range(0, len(sent), piece) for part in parts.feed(sent[start : start + piece])]
    assert [part.rstrip(b"\r\n") for part in found] == [ONE, TWO, THREE]
    assert parts.ended


@pytest.mark.parametrize("length", [0, None])
def test_a_part_that_has_come_is_given_before_the_next_one_begins(length: int | None) -> None:
    sent = stream(length=length)
    assert Parts("frame").feed(sent[: sent.index(ONE) + len(ONE)]) == [ONE]


@given(st.binary(max_size=400), st.lists(st.integers(1, 50), max_size=20))
def test_nonsense_gives_no_picture_and_no_surprise(noise: bytes, pieces: list[int]) -> None:
    parts = Parts("frame")
    for size in pieces:
        parts.feed(noise[:size])
        noise = noise[size:]
    parts.feed(b"\r\n" + stream(length=0))
    assert parts.feed(stream(length=0))[-1] == THREE, "at the latest with the next boundary all is in step again"


def test_a_part_too_large_is_refused_before_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SourceLost, match="of at most 67,108,864"):
        Parts("frame").feed(b"--frame\r\nContent-Length: %d\r\n\r\n" % (images.MAX_BYTES + 1))
    monkeypatch.setattr(images, "MAX_BYTES", 10_000)
    parts = Parts("frame")
    parts.feed(b"--frame\r\n\r\n\xff\xd8")
    with pytest.raises(SourceLost, match="without end"):
        for _ in range(11):
            parts.feed(bytes(1000))
    with pytest.raises(SourceLost, match="headers of a part"):
        Parts("frame").feed(b"--frame\r\nX: " + b"x" * 20_000)


def test_what_is_before_any_boundary_is_not_kept() -> None:
    parts = Parts("frame")
    for _ in range(100):
        parts.feed(bytes(10_000))
    assert len(parts._buffer) < 40_000


# ── over the loopback ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def server() -> Iterator[MjpegServer]:
    server = MjpegServer()
    yield server
    server.close()


def url(server: MjpegServer, path: str = "stream") -> str:
    return f"http://127.0.0.1:{server.port}/{path}"


def refusal(server: MjpegServer, path: str = "stream") -> str:
    with pytest.raises(SourceLost) as lost:
        open_source(url(server, path), deadline_s=1.0)
    return str(lost.value)


def test_a_refusal_is_told(server: MjpegServer) -> None:
    server.password = "Authorization: Basic never"
    assert "user and password (401)" in refusal(server)
    server.password = ""
    server.status = b"302 Found\r\nLocation: http://elsewhere/"
    assert "elsewhere (302)" in refusal(server)
    server.status = b"404 Not Found"
    assert "status 404" in refusal(server)
    server.status = b"200 OK\r\nContent-Type: text/html"
    assert "answers with text/html" in refusal(server)
    assert len(server.asked) == 4, "asked once each, then given up"


def test_a_server_that_drips_headers_is_cut_off_at_the_deadline(
    server: MjpegServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(connection: socket.socket) -> None:
        server.request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not server.closing.wait(0.05):
            connection.sendall(b"X: y\r\n")

    monkeypatch.setattr(server, "serve", drip)
    assert "gives no picture" in refusal(server)


def test_a_server_that_drips_a_picture_is_cut_off_at_the_deadline(server: MjpegServer) -> None:
    server.part = lambda number: b"--frame\r\n\r\n\xff\xd8" if number == 0 else b"x"
    assert "no picture for 1 s" in refusal(server)


def test_a_picture_that_is_cut_short_is_passed_over(server: MjpegServer) -> None:
    server.part = lambda n: server.usual_part(n) if n % 2 else b"--frame\r\n\r\n" + ONE[: len(ONE) // 2] + b"\r\n"
    with open_source(url(server)) as source:
        for _ in range(3):
            shot = source.next(10)
            assert shot is not None
            assert is_red(shot.pixels)
        assert source.state.condition == "ok"


def test_a_stream_of_what_is_no_picture_is_lost(server: MjpegServer) -> None:
    server.part = lambda n: b"--frame\r\nContent-Length: 4\r\n\r\ntext\r\n"
    assert "can be decoded" in refusal(server)


def test_the_bytes_are_kept_as_they_came(server: MjpegServer) -> None:
    with open_source(url(server)) as source:
        shot = source.next(10)
        assert shot is not None
        assert shot.data is not None
        assert images.decode(shot.data).pixels.tobytes() == shot.pixels.tobytes()


def test_a_still_picture_too_large_is_refused(server: MjpegServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 100)
    reader = HttpReader(url(server, "still"), deadline_s=5.0)
    with pytest.raises(SourceLost, match="more than 100 bytes"):
        reader.read()
    reader.close()


def test_a_still_picture_is_not_asked_for_too_often(server: MjpegServer, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    reader = HttpReader(url(server, "still"), deadline_s=5.0)
    monkeypatch.setattr(reader._stopped, "wait", lambda pause: waits.append(pause))
    for _ in range(3):
        reader.read()
    reader.close()
    assert all(0 < pause <= mjpeg.STILL_S for pause in waits[1:])
