"""A line to a server that does harm: a TCP proxy on the loopback that cuts, stalls, and flips bytes, by a seed.

    device ── BadLine.port ──┤ after so many bytes, either way: RST, FIN, silence, a byte flipped ├── the server's port

What comes when depends on the seed, the number of the connection and the bytes that it carries.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from asyncio import StreamReader, StreamWriter
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from types import TracebackType

UP, DOWN = "up", "down"
_HARMS = {"cut by RST": 3, "cut by FIN": 3, "stall": 1, "flip": 5}  # how often each comes, of twelve
_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER: a close sends RST, and what waits to be sent is dropped


class BadLine:
    """A line to a port of this machine; `good` mends it."""

    def __init__(self, target: int, seed: int, *, every: int, stall_s: float = 3.0) -> None:
        """Harm about every so many bytes; silence lasts `stall_s`, unless the client hangs up before."""
        self._target, self._seed, self._every, self._stall_s = target, seed, every, stall_s
        self.counts = Counter[str]()  # of each harm, with where; and of bytes
        self.good = False
        self._connections = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    @property
    def cuts(self) -> int:
        """How often it was cut."""
        return sum(count for harm, count in self.counts.items() if harm.startswith("cut"))

    def __enter__(self) -> BadLine:
        self._thread.start()
        listening = asyncio.start_server(self._connect, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._connections += 1
        ends, aborts = [writer], True
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            ends.append(back)
            aborts = await self._carry(
                self._pump(reader, back, UP, random.Random(f"{self._seed} {self._connections} up")),
                self._pump(there, writer, DOWN, random.Random(f"{self._seed} {self._connections} down")),
            )
        except (OSError, asyncio.CancelledError):  # the server is gone, or the line is taken down
            pass
        finally:
            for end in ends:
                _close(end, aborts)
            with suppress(OSError):
                await asyncio.gather(*(end.wait_closed() for end in ends))

    async def _carry(self, *ways: Coroutine[None, None, bool]) -> bool:
        """Carry both ways until one of them ends; True when that is to be an RST."""
        pumps = [asyncio.ensure_future(way) for way in ways]
        try:
            done, _ = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            return any(pump.result() for pump in done)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, reader: StreamReader, writer: StreamWriter, way: str, chance: random.Random) -> bool:
        """Carry bytes until either end hangs up, or harm is done that ends it; True when that is an RST."""
        heads, left = Heads(), self._gap(chance)
        try:
            while data := bytearray(await reader.read(2**16)):
                self.counts[f"bytes {way}"] += len(data)
                is_head, place = heads.of(bytes(data)), left
                while place < len(data) and not self.good:
                    harm = chance.choices(list(_HARMS), list(_HARMS.values()))[0]
                    where = "in a head" if is_head[place] else "in a body"
                    self.counts[f"{harm} {way if harm != 'flip' else where}"] += 1
                    if harm != "flip":
                        writer.write(bytes(data[:place]))
                        await writer.drain()
                        await asyncio.sleep(self._stall_s if harm == "stall" else 0)
                        return harm == "cut by RST"
                    data[place] ^= 1 << chance.randrange(8) if chance.random() < 0.5 else chance.randrange(1, 256)
                    place += self._gap(chance)
                left = max(0, place - len(data))
                writer.write(bytes(data))
                await writer.drain()
        except ConnectionError:
            return True
        return False

    def _gap(self, chance: random.Random) -> int:
        return int(chance.expovariate(1 / self._every))


class Heads:
    """Says of the bytes of HTTP which are of a head, and which of a body; about: an answer to HEAD has none."""

    def __init__(self) -> None:
        self._head, self._left = bytearray(), 0  # the head that is coming; what is to come of a body

    def of(self, data: bytes) -> list[bool]:
        """Return for each byte whether it is of a head."""
        if data.startswith(b"HTTP/1."):
            self._head.clear()
            self._left = 0
        told = list[bool]()
        while len(told) < len(data):
            if self._left:
                some = min(self._left, len(data) - len(told))
                told += [False] * some
                self._left -= some
                continue
            rest = data[len(told) :]
            before = len(self._head)
            self._head += rest
            end = self._head.find(b"\r\n\r\n", max(0, before - 3))
            if end < 0:
                return told + [True] * len(rest)
            told += [True] * (end + 4 - before)
            self._left = _length(bytes(self._head[:end]))
            self._head.clear()
        return told


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length" and value.strip().isdigit():
            return int(value)
    return 0


def _close(writer: StreamWriter, aborts: bool) -> None:
    try:
        if aborts:
            ours: socket.socket = writer.get_extra_info("socket")
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            writer.transport.abort()
        else:
            writer.close()
    except OSError:  # it is closed by now
        writer.transport.abort()
