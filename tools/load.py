"""Load the workspace as a house full of phones would, and see what it does to them and to `watch` beside it.

    python tools/load.py                two minutes and a half: 20 pages open, 10 tags a second for a minute
    python tools/load.py --seconds 15   shorter; --frames 100 a smaller brain

A brain of 2,000 made-up frames (synthetic.py) is served by `edge-brain serve`, another process. Printed are

    idle      CPU of the server while 20 pages are open and nothing happens
    memory    the most that the server has held
    tags      from when a tag was due until it was answered: median, 99th percentile
    news      from a tag's answer until an open page shows it: median, 99th percentile, the worst
    watch     frame rate of `edge-brain watch` on live cameras of 15 and 30 frames a second, and on one without
              a limit, beside the load ÷ alone

Exit code 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bare_loop import NAME
from figures import Figure, Neighbours, at_least, at_most, place, report
from synthetic import GrowingBrain, write_jpegs

from edge_brain import config, extractor

PAGES, TAGS_A_SECOND = 20, 10
CAMERAS = {
    "15 a second": "synthetic:mug,cup?fps=15&size=640x480",
    "30 a second": "synthetic:mug,cup?fps=30&size=640x480",
    "no limit": "synthetic:mug,cup?pace=0&size=640x480",
}
_SENDERS = 8
_LOOKED_AT = ("/tag", "/score", "/review", "/review/suspects", "/device", "/api/images")
_LOOK_EVERY_S = 2.0  # a page is loaded anew
_LAST_NEWS_S = 3.0
_COUNTS = re.compile(rb"([\d,]+) learned.*?([\d,]+) reserved", re.S)


@dataclass
class Page:
    """An open page: when it showed how many tagged frames."""

    seen: list[tuple[float, int]] = field(default_factory=list)

    def follow(self, port: int, stop: threading.Event) -> None:
        """Read the server's events as a browser does."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/events")
        answer, said = connection.getresponse(), b""
        with suppress(OSError):
            while not stop.is_set() and (line := answer.readline()):
                said = said + line if line.strip() else b""
                if found := _COUNTS.search(said):
                    learned, reserved = (int(each.replace(b",", b"")) for each in found.groups())
                    self.seen.append((time.perf_counter(), learned + reserved))
                    said = b""
        connection.close()

    def late_s(self, answered: Sequence[float], before: int) -> list[float]:
        """Return how long after each answer the page showed it; `before` frames were tagged at first."""
        late, place = [], 0
        for number, moment in enumerate(sorted(answered), start=before + 1):
            while place < len(self.seen) and self.seen[place][1] < number:
                place += 1
            late.append(max(0.0, self.seen[place][0] - moment) if place < len(self.seen) else float("inf"))
        return late


class Server:
    """`edge-brain serve`, a process."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [*_EDGE_BRAIN, "--brain", str(folder), "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()
        self.port = int(self._process.stdout.readline().rsplit(":", 1)[1].strip("/\n"))
        self._csrf = json.loads(self.get("/api/session"))["csrf_token"]
        self._own = threading.local()

    def get(self, path: str) -> bytes:
        """Ask for something on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        assert answer.status in (200, 302), (path, answer.status, said)
        return said

    def tag(self, picture: bytes, label: str) -> None:
        """Tag a picture, each thread on a connection that it keeps."""
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"X-CSRF-Token": self._csrf, "Content-Type": "image/jpeg"}
        self._own.connection.request("POST", f"/api/tag?label={label}", picture, headers)
        answer = self._own.connection.getresponse()
        said = answer.read()
        assert answer.status == 200, said

    def tagged(self) -> int:
        """How many frames are tagged."""
        score = json.loads(self.get("/api/score"))
        return int(score["learned"] + score["reserved"])

    def cpu_s(self) -> float:
        """The seconds of CPU that it has used."""
        parts = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """The most memory that it has held, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1e3

    def end(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate(timeout=60)


_EDGE_BRAIN = (sys.executable, "-m", "edge_brain")


@contextmanager
def pages_open(server: Server) -> Iterator[list[Page]]:
    """Keep pages open, while the block runs."""
    stop, pages = threading.Event(), [Page() for _ in range(PAGES)]
    threads = [threading.Thread(target=page.follow, args=(server.port, stop)) for page in pages]
    for thread in threads:
        thread.start()
    try:
        yield pages
    finally:
        stop.set()
        server.end()  # which ends what they read
        for thread in threads:
            thread.join()


def watched(folder: Path, camera: str, seconds: float) -> float:
    """Return how many frames a second `watch` answers, after the first of them."""
    process = subprocess.Popen(
        [*_EDGE_BRAIN, "--brain", str(folder), "watch", camera, "--json", "--every"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    start, frames = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        process.stdout.readline()
        frames += 1
    took = time.perf_counter() - start
    process.kill()
    process.communicate()
    return frames / took


class Load:
    """Ten tags a second from several senders, and a page that is loaded now and then."""

    def __init__(self, server: Server, pictures: Sequence[tuple[bytes, str]]) -> None:
        self._server, self._pictures = server, iter(pictures)
        self._stop = threading.Event()
        self.took_s: list[float] = []
        self.answered: list[float] = []
        self.looked_s: list[float] = []
        self._threads = [threading.Thread(target=work) for work in (self._tag, self._look)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _tag(self) -> None:
        start, number = time.perf_counter(), 0
        with ThreadPoolExecutor(_SENDERS) as senders:
            while not self._stop.is_set():
                due = start + number / TAGS_A_SECOND
                self._stop.wait(max(0.0, due - time.perf_counter()))
                senders.submit(self._send, due, *next(self._pictures))
                number += 1

    def _send(self, due: float, picture: bytes, label: str) -> None:
        self._server.tag(picture, label)
        now = time.perf_counter()
        self.took_s.append(now - due)
        self.answered.append(now)

    def _look(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            start = time.perf_counter()
            self._server.get(_LOOKED_AT[len(self.looked_s) % len(_LOOKED_AT)])
            self.looked_s.append(time.perf_counter() - start)


def measured(folder: Path, frames: int, seconds: float) -> list[Figure]:
    """Load the workspace of a brain, and return what came of it."""
    paths = write_jpegs(folder / "jpegs", int(TAGS_A_SECOND * (seconds + 60)))
    pictures = [(path.read_bytes() + str(path).encode(), path.parent.name.replace(" ", "+")) for path in paths]
    brain, each_s = folder / "brain", seconds / len(CAMERAS)
    GrowingBrain(brain, frames).brain.close()
    alone = {name: watched(brain, camera, each_s) for name, camera in CAMERAS.items()}
    server = Server(brain)
    figures, paused = [], threading.Event()
    with pages_open(server) as pages:
        paused.wait(3.0)
        idle, idle_s = server.cpu_s(), each_s
        paused.wait(idle_s)
        idle = (server.cpu_s() - idle) / idle_s * 60
        figures.append(at_most(f"idle with {PAGES} pages open, CPU seconds a minute", idle, 3.0, " s"))
        before, busy, start = server.tagged(), server.cpu_s(), time.perf_counter()
        with Load(server, pictures) as load:
            beside = {name: watched(brain, camera, each_s) for name, camera in CAMERAS.items()}
        busy = (server.cpu_s() - busy) / (time.perf_counter() - start)
        paused.wait(_LAST_NEWS_S)
        memory = server.memory_mb()
    late = [late for page in pages for late in page.late_s(load.answered, before)]
    count = f"{len(load.answered):,} tags, {busy:.0%} of a core"
    figures += [
        Figure("a tag's answer, median", _ms(statistics.median(load.took_s)), remark=count),
        Figure("a tag's answer, 99 of 100", _ms(_high(load.took_s))),
        Figure("a page's answer meanwhile, median", _ms(statistics.median(load.looked_s))),
        at_most("memory of the server at its most", memory, 500.0, " MB"),
        Figure("news on an open page, median", _ms(statistics.median(late)), remark=f"{PAGES} pages"),
        Figure("news on an open page, 99 of 100", _ms(_high(late))),
        at_most("news on an open page, the worst", max(late), 1.0, " s"),
    ]
    for name, rate in beside.items():
        told = f"{rate:.1f} a second, alone {alone[name]:.1f}"
        if name == "no limit":
            figures.append(Figure(f"watch, camera of {name}: beside ÷ alone", f"{rate / alone[name]:.2f}", remark=told))
        else:
            figures.append(at_least(f"watch, camera of {name}: beside ÷ alone", rate / alone[name], 0.9, remark=told))
    return figures


def _high(values: Sequence[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms"


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the load lasts")
    parser.add_argument("--frames", type=int, default=2_000, help="that the brain has at first")
    asked = parser.parse_args()
    print(place(config.threads(), extractor.load(NAME).runtime, NAME), end="\n\n", flush=True)
    neighbours = Neighbours()
    with ExitStack() as stack:
        figures = measured(Path(stack.enter_context(tempfile.TemporaryDirectory())), asked.frames, asked.seconds)
    return report(figures, neighbours)


if __name__ == "__main__":
    sys.exit(main())
