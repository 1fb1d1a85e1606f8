"""What the surroundings say, read when asked."""

from __future__ import annotations

import pytest

from edge_brain import config
from edge_brain.errors import BadInput


@pytest.mark.parametrize(("text", "threads"), [("1", 1), ("3", 3), ("64", 64)])
def test_the_threads_are_those_that_were_asked_for(monkeypatch: pytest.MonkeyPatch, text: str, threads: int) -> None:
    monkeypatch.setenv("EDGE_BRAIN_THREADS", text)
    assert config.threads() == threads


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 2), (32, 4), (None, 1)])
def test_without_a_wish_there_is_one_thread_a_core_and_four_at_most(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, threads: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    monkeypatch.delenv("EDGE_BRAIN_THREADS", raising=False)
    assert config.threads() == threads
    monkeypatch.setenv("EDGE_BRAIN_THREADS", "")
    assert config.threads() == threads


@pytest.mark.parametrize("text", ["0", "65", "-1", "two", "1.5", "²", " "])
def test_threads_that_cannot_be_meant_are_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("EDGE_BRAIN_THREADS", text)
    with pytest.raises(BadInput, match=r"EDGE_BRAIN_THREADS is .* a whole number from 1 to 64") as caught:
        config.threads()
    assert repr(text) in str(caught.value)


def test_the_runtime_is_one_of_two_or_our_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in config.RUNTIMES:
        monkeypatch.setenv("EDGE_BRAIN_RUNTIME", name)
        assert config.wanted_runtime() == name
    monkeypatch.setenv("EDGE_BRAIN_RUNTIME", "")
    assert config.wanted_runtime() is None
    monkeypatch.setenv("EDGE_BRAIN_RUNTIME", "LiteRT")
    with pytest.raises(BadInput, match="EDGE_BRAIN_RUNTIME is 'LiteRT': it must be one of litert, tflite-runtime"):
        config.wanted_runtime()


def test_the_models_lie_where_they_are_looked_for() -> None:
    assert (config.models_folder() / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("surroundings", "colours"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "true"),
        ({"TERM": "xterm-direct"}, "true"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "true"),
        ({"TERM": "xterm"}, "none"),
        ({}, "none"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
    ],
)
def test_a_terminal_shows_the_colours_that_it_says(
    monkeypatch: pytest.MonkeyPatch, surroundings: dict[str, str], colours: str
) -> None:
    for name in ("TERM", "COLORTERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in surroundings.items():
        monkeypatch.setenv(name, value)
    assert config.colours() == colours
    assert config.terminal() == surroundings.get("TERM", "dumb")
