"""Downloads: what is sent, under which names, to how many at once, and what becomes of a client that goes away."""

from __future__ import annotations

import io
import re
import socket
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from urllib.error import HTTPError
from urllib.parse import unquote
from urllib.request import urlopen

import pytest
from followers import PATIENCE_S

from edge_brain import Brain
from edge_brain.exchange import folder
from edge_brain.web import Served, downloads, served
from edge_brain.web.places import Held
from edge_brain.web.streams import MOST_DOWNLOADS


@pytest.fixture
def at(taught: Brain) -> Iterator[Served]:
    with served(taught, port=0) as at:
        yield at


class Endless:
    """A file without an end, and how many of it were begun and ended."""

    def __init__(self) -> None:
        self.ended: list[Event] = []

    def __call__(self, brain: Brain) -> Iterator[bytes]:
        end = Event()
        self.ended.append(end)
        try:
            while True:
                yield b"more" * 10_000
        finally:
            end.set()


def ask(at: Served, path: str) -> socket.socket:
    asking = socket.create_connection((at.host, at.port), timeout=PATIENCE_S)
    asking.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return asking


def test_the_pictures_come_as_a_zip_that_gives_the_same_brain(at: Served, taught: Brain, tmp_path: Path):
    with urlopen(f"{at.link}download/pictures.zip") as answer:
        assert answer.headers["Content-Type"] == "application/zip"
        assert 'filename="kitchen pictures.zip"' in answer.headers["Content-Disposition"]
        zipped = zipfile.ZipFile(io.BytesIO(answer.read()))
    assert zipped.testzip() is None
    zipped.extractall(tmp_path / "taken")
    with Brain.create(tmp_path / "copy", extractor="pixels") as copy:
        folder.import_folder(copy, tmp_path / "taken", bursts=tmp_path / "taken" / "bursts.csv")
        assert copy.head_digest() == taught.head_digest()


def test_the_report_comes_as_a_file(at: Served, taught: Brain):
    with urlopen(f"{at.link}download/report.html") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert "Brain Score" in (html := answer.read().decode()) and html.startswith("<!doctype html>")


def test_what_cannot_be_made_is_told_and_its_place_is_free_again(brain: Brain):
    with served(brain, port=0) as at:
        for _ in range(MOST_DOWNLOADS + 1):
            with pytest.raises(HTTPError) as told:
                urlopen(f"{at.link}download/pictures.zip")
            assert told.value.code == 400 and b"no tagged frame" in told.value.read()


def test_so_many_download_at_once_and_who_goes_away_ends_the_work(at: Served, monkeypatch: pytest.MonkeyPatch):
    endless = Endless()
    monkeypatch.setattr(downloads, "zip_chunks", endless)
    with ExitStack() as stack:
        for _ in range(MOST_DOWNLOADS):
            assert stack.enter_context(ask(at, "/download/pictures.zip")).recv(12) == b"HTTP/1.1 200"
        with pytest.raises(HTTPError) as told:
            urlopen(f"{at.link}download/report.html")
        assert (
            told.value.code == 503 and told.value.headers["Retry-After"] and b"downloads already" in told.value.read()
        )
        with urlopen(f"{at.link}api/score") as page:
            assert page.status == 200, "the pages have their own threads"
    assert all(end.wait(PATIENCE_S) for end in endless.ended)
    with ask(at, "/download/pictures.zip") as again:
        assert again.recv(12) == b"HTTP/1.1 200"


def test_the_end_of_the_server_ends_a_download(taught: Brain, monkeypatch: pytest.MonkeyPatch):
    endless = Endless()
    monkeypatch.setattr(downloads, "zip_chunks", endless)
    with served(taught, port=0) as at:
        asking = ask(at, "/download/pictures.zip")
        assert asking.recv(12) == b"HTTP/1.1 200"
    asking.close()
    assert endless.ended[0].is_set()


def test_a_stream_that_was_never_begun_gives_its_place_back_once():
    given = list[str]()
    held = Held(iter([b""]), lambda: given.append("back"))
    held.close()
    held.close()
    assert given == ["back"]


@pytest.mark.parametrize(
    ("name", "plain", "whole"),
    [
        ("kitchen", "kitchen", "kitchen"),
        ('a"; filename="evil.exe', "a__ filename__evil.exe", "a__ filename__evil.exe"),
        ("x\r\nSet-Cookie: a=b", "x__Set-Cookie_ a_b", "x__Set-Cookie_ a_b"),
        ("../../etc/passwd", "_.._etc_passwd", "_.._etc_passwd"),
        ("مطبخ", "____", "مطبخ"),
        ("\u202egpj.exe", "_gpj.exe", "_gpj.exe"),
        ("...", "brain", "brain"),
        ("y" * 300, "y" * 80, "y" * 80),
    ],
)
def test_no_name_of_a_brain_breaks_the_header_or_leaves_the_folder(name: str, plain: str, whole: str):
    said = downloads.disposition(f"{name}.zip")
    found = re.fullmatch(r"attachment; filename=\"([^\"]*)\"; filename\*=UTF-8''([\w%!#$&+.^`|~-]*)", said, re.A)
    assert found is not None and found[1] == f"{plain}.zip" and unquote(found[2]) == f"{whole}.zip"
