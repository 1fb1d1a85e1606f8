"""Cameras on the loopback for tests: HTTP and RTSP servers that can stall, cut and be dead, and a picamera2.

An RTSP server here speaks as much as a client asks: OPTIONS, DESCRIBE, SETUP over TCP, PLAY; JPEG in RTP (RFC 2435).
"""

from __future__ import annotations

import socket
import struct
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from io import BytesIO
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RED = (220, 30, 40)
WIDTH, HEIGHT = 64, 48
FPS = 50.0


def red(number: int = 0) -> NDArray[np.uint8]:
    """Return a picture that is red, and each a little another one."""
    pixels = np.full((HEIGHT, WIDTH, 3), RED, np.uint8)
    pixels[:8, 8 * (number % 8) :][:, :8] = 120
    return pixels


def is_red(pixels: NDArray[np.uint8]) -> bool:
    """Say whether the middle is what `red` paints, give or take what JPEG and video change."""
    middle = pixels[HEIGHT // 2 - 4 : HEIGHT // 2 + 4, WIDTH // 2 - 4 : WIDTH // 2 + 4].reshape(-1, 3).mean(axis=0)
    return bool(np.abs(middle - RED).max() < 25)


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Encode as a camera does: baseline, 4:2:0, the standard Huffman tables."""
    out = BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=90, subsampling=2)
    return out.getvalue()


class Server(ABC):
    """A camera at a port of the loopback; what happens on a connection is up to `serve`."""

    def __init__(self) -> None:
        self.stalled = threading.Event()  # connections stay, and nothing comes
        self.closing = threading.Event()
        self.asked: list[bytes] = []  # the heads of the requests
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    @abstractmethod
    def serve(self, connection: socket.socket) -> None:
        """Do what this camera does on a new connection."""

    def cut(self) -> None:
        """Cut all connections, as a cable that is pulled."""
        for connection in self._connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def pause(self, seconds: float = 1 / FPS) -> None:
        """Wait for the next picture to be due, and for the end of a stall."""
        self.closing.wait(seconds)
        while self.stalled.is_set() and not self.closing.wait(0.01):
            pass

    def close(self) -> None:
        self.closing.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.cut()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def request(self, connection: socket.socket) -> bytes:
        """Read the head of a request; empty at the end."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = connection.recv(1)
            if not byte:
                return b""
            head += byte
            if head[:1] == b"$" and len(head) == 4:  # a client's RTCP between its requests
                connection.recv(struct.unpack(">H", head[2:])[0], socket.MSG_WAITALL)
                head = b""
        self.asked.append(head)
        return head

    def _start(self, task: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=task, args=arguments, name="a test's camera")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            self._connections.append(connection)
            self._start(self._answer, connection)

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.serve(connection)
        self._connections.remove(connection)


class MjpegServer(Server):
    """An MJPEG stream at /stream, a still picture at /still, and refusals elsewhere."""

    def __init__(self, password: str = "") -> None:
        self.password = password  # in the form of the header
        self.status = b"200 OK"
        self.part = self.usual_part
        super().__init__()

    @staticmethod
    def usual_part(number: int) -> bytes:
        data = jpeg(red(number))
        return b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(data), data)

    def serve(self, connection: socket.socket) -> None:
        head = self.request(connection)
        path = head.partition(b" ")[2].partition(b" ")[0]
        self.pause(0)
        if self.password.encode() not in head:
            connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        elif path.startswith(b"/still"):
            data = jpeg(red(len(self.asked)))
            connection.sendall(b"HTTP/1.1 %s\r\nContent-Type: image/jpeg\r\n" % self.status)
            connection.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        else:
            connection.sendall(b"HTTP/1.1 %s\r\n" % self.status)
            connection.sendall(b"Content-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n")
            number = 0
            while not self.closing.is_set():
                connection.sendall(self.part(number))
                number += 1
                self.pause()


class RtspServer(Server):
    """A camera that streams JPEG over RTSP, in the one TCP connection."""

    def serve(self, connection: socket.socket) -> None:
        while head := self.request(connection):
            self.pause(0)
            sequence = head.partition(b"CSeq:")[2].partition(b"\r\n")[0].strip()
            verb, url = head.split(b" ", 2)[:2]
            answer = b"RTSP/1.0 200 OK\r\nCSeq: %s\r\nSession: 7\r\n" % sequence
            body = b""
            if verb == b"OPTIONS":
                answer += b"Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n"
            elif verb == b"DESCRIBE":
                body = (
                    b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track\r\n"
                )
                answer += b"Content-Type: application/sdp\r\nContent-Base: %s/\r\nContent-Length: %d\r\n" % (
                    url,
                    len(body),
                )
            elif verb == b"SETUP":
                answer += b"Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            connection.sendall(answer + b"\r\n" + body)
            if verb == b"PLAY":
                self._stream(connection)

    def _stream(self, connection: socket.socket) -> None:
        number = 0
        while not self.closing.is_set():
            packet = _rtp(jpeg(red(number)), number)
            connection.sendall(b"$\0" + struct.pack(">H", len(packet)) + packet)
            number += 1
            self.pause()


def _rtp(data: bytes, number: int) -> bytes:
    """Pack a small JPEG into one RTP packet: its tables and its scan, without the rest."""
    tables, place = b"", 2
    while data[place : place + 2] != b"\xff\xda":  # segments up to the start of the scan
        size = struct.unpack(">H", data[place + 2 : place + 4])[0]
        if data[place : place + 2] == b"\xff\xdb":
            segment = data[place + 4 : place + 2 + size]
            tables += b"".join(segment[start + 1 : start + 65] for start in range(0, len(segment), 65))
        place += 2 + size
    scan = data[place + 2 + struct.unpack(">H", data[place + 2 : place + 4])[0] : -2]
    assert len(tables) == 128 and len(scan) < 60_000
    head = struct.pack(">BBHII", 0x80, 0x80 | 26, number % 2**16, int(90_000 / FPS) * number % 2**32, 7)
    return (
        head
        + struct.pack(">IBBBB", 0, 1, 255, WIDTH // 8, HEIGHT // 8)
        + b"\0\0"
        + struct.pack(">H", 128)
        + tables
        + scan
    )


def picamera2(cameras: int = 1) -> Any:
    """Return a module that behaves as picamera2 does, with so many cameras; its `stalled` stops them."""
    module: Any = ModuleType("picamera2")
    module.stalled = threading.Event()
    module.running = []

    class Job:
        def __init__(self, picture: NDArray[np.uint8] | None) -> None:
            self._future: Future[NDArray[np.uint8]] = Future()
            if picture is not None:
                self._future.set_result(picture)

        def get_result(self, timeout: float | None = None) -> NDArray[np.uint8]:
            return self._future.result(timeout)

    class Picamera2:
        def __init__(self, camera_num: int = 0) -> None:
            if module.running:
                raise RuntimeError("Camera __init__ sequence did not complete.")
            self._number, self._paced = 0, threading.Event()
            self._started = False
            module.running.append(camera_num)

        @staticmethod
        def global_camera_info() -> list[dict[str, Any]]:
            return [{"Model": "imx708", "Num": number} for number in range(cameras)]

        def create_video_configuration(
            self, main: dict[str, Any], controls: dict[str, Any], queue: bool = True
        ) -> dict[str, Any]:
            assert main["format"] == "RGB888"
            return {"main": main, "controls": controls, "queue": queue}

        def configure(self, configuration: dict[str, Any]) -> None:
            self.configuration = configuration

        def start(self) -> None:
            self._started = True

        def capture_array(self, name: str = "main", wait: bool | None = None) -> Job:
            assert self._started and name == "main" and wait is False
            self._paced.wait(1 / FPS)
            self._number += 1
            # what picamera2 calls RGB888 lies in memory as blue, green, red
            return Job(None if module.stalled.is_set() else red(self._number)[..., ::-1].copy())

        def stop(self) -> None:
            self._started = False

        def close(self) -> None:
            module.running.clear()

    module.Picamera2 = Picamera2
    return module
