"""The command that serves: a link, a QR code, a token that is kept, and an end within seconds."""

from __future__ import annotations

import http.client
import os
import re
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge_brain import BadInput, Brain
from edge_brain.cli import main
from edge_brain.web import Served, served, server, tokens

REPOSITORY = Path(__file__).resolve().parent.parent
_PATIENCE_S = 60  # nothing is expected to take that long


@contextmanager
def typed(brain: Brain, *options: str) -> Iterator[subprocess.Popen[str]]:
    """`edge-brain serve`, as one types it."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-W",
        "ignore::ImportWarning",
        "-m",
        "edge_brain",
        "--brain",
        str(brain.folder),
        "serve",
        "--port",
        "0",
    ]
    process = subprocess.Popen(
        [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_shows_the_score_and_a_link_and_ends_at_once_though_pages_are_open(taught: Brain, number: signal.Signals):
    with typed(taught, "--source", "synthetic:cup?fps=5") as process:
        score, link = lines(process, 2)
        assert score.startswith("Brain Score: ")
        port = int(re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", link)[1])  # type: ignore[index]
        pages = [http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S) for _ in range(3)]
        for page, path in zip(pages, ("/events", "/events?camera=1", "/live.mjpeg"), strict=True):
            page.request("GET", path)
            assert page.getresponse().status == 200
        process.send_signal(number)
        said, complaints = process.communicate(timeout=_PATIENCE_S)
        assert (process.returncode, said, complaints) == (0, "", "")
        for page in pages:
            page.close()


def test_a_terminal_shows_the_link_as_a_qr_code_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from edge_brain.cli.serve import _show

    at = Served("192.0.2.1", 8000, "only-for-these-tests", ())
    _show(at)
    assert capsys.readouterr().out == f"{at.link}\n", "a log gets no code"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _show(at)
    shown = capsys.readouterr()
    assert shown.out.count("\n") > 12 and at.link in shown.out
    assert "It is no https" in shown.err


def test_nothing_is_left_running(taught: Brain):
    before = set(threading.enumerate())
    for _ in range(2):
        with served(taught, port=0, source="synthetic:cup?fps=20"):
            assert set(threading.enumerate()) > before
        assert set(threading.enumerate()) == before


def test_a_port_that_is_taken_is_told(taught: Brain):
    with server.listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        told = f"cannot serve on 127.0.0.1, port {port}: Address already in use; give another --host or --port"
        with pytest.raises(BadInput, match=told), served(taught, port=port):
            pass


@pytest.mark.parametrize("host", ["no.such.host.invalid", "192.0.2.1", "a" * 70, "host..name"])
def test_a_host_that_is_not_ours_is_told(taught: Brain, host: str):
    with pytest.raises(BadInput, match="cannot serve on"), served(taught, host=host, port=0):
        pass


def test_without_the_extra_its_name_is_told(taught: Brain, run: Callable[..., subprocess.CompletedProcess[str]]):
    for missing in ("flask", "waitress", "pygal"):
        program = f"import sys; sys.modules[{missing!r}] = None; from edge_brain.cli import main; main()"
        with pytest.raises(subprocess.CalledProcessError) as failed:
            run(program, "--brain", taught.folder, "serve", "--port", 0)
        assert failed.value.returncode == 1
        assert f"{missing} is not installed: pip install 'edge_brain[web]'" in failed.value.stderr


def test_keep_needs_a_camera(taught: Brain):
    done = CliRunner().invoke(main, ["--brain", str(taught.folder), "serve", "--keep"])
    assert done.exit_code == 2 and "--keep needs --source" in done.output


# ── the token ───────────────────────────────────────────────────────────────────────────────────


def test_a_token_file_is_made_for_its_owner_alone_and_then_kept(tmp_path: Path):
    path = tmp_path / "token"
    token = tokens.kept_in(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and path.read_text() == f"{token}\n"
    assert len(token) >= 22
    assert tokens.kept_in(path) == token
    assert [each.name for each in tmp_path.iterdir()] == ["token"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_token_file_that_others_may_use_is_refused(taught: Brain, tmp_path: Path, mode: int):
    path = tmp_path / "token"
    path.write_text("only-for-these-tests")
    path.chmod(mode)
    options = ("--source", "synthetic:cup", "--token-file", str(path))  # with a camera it stays as fast as we are
    done = CliRunner().invoke(main, ["--brain", str(taught.folder), "serve", "--port", "0", *options])
    assert done.exit_code == 1 and f"chmod 600 {path}" in done.output
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize(
    "content",
    ["", "short", "x" * 15, "two words of a token", "ünïcödeünïcödeünïcöde", "one-line-of-a-token\nand-another"],
)
def test_what_is_no_token_is_refused(tmp_path: Path, content: str):
    path = tmp_path / "token"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(BadInput, match=str(path)):
        tokens.kept_in(path)
    assert path.read_text(encoding="utf-8") == content


def test_a_short_token_is_refused_before_anything_is_served(taught: Brain):
    before = threading.active_count()
    with pytest.raises(BadInput, match="at least 16 characters"), served(taught, port=0, token="x" * 15):
        pass
    assert threading.active_count() == before


def test_a_token_cannot_be_typed_where_others_see_it(taught: Brain):
    done = CliRunner().invoke(main, ["--brain", str(taught.folder), "serve", "--token", "only-for-these-tests"])
    assert done.exit_code == 2 and "--token-file" in done.output
