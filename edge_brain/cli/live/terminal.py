"""The terminal as a screen: keys one by one, a sheet of characters, and everything as it was at the end.

Keys come as what they type ("a", "7", "+", " "), or by name: enter, escape, tab, backspace, delete, clear, left,
right, up, down, home, end. Pasted text comes whole, as "paste:…": it must not press keys.
"""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any

from edge_brain.cli.live.sheet import Sheet, changes

# the other screen, no cursor, no wrapping, pasted text in brackets
_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h\x1b[2J"
_LEAVE = "\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l"
_NAMED = {
    "\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\b": "backspace", "\x15": "clear",
    "\x01": "home", "\x05": "end",
}  # fmt: skip
_SEQUENCES = {
    "A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "1~": "home", "4~": "end",
    "7~": "home", "8~": "end", "3~": "delete",
}  # fmt: skip
_KEY = re.compile(
    r"\x1b\[200~(?P<paste>.*?)\x1b\[201~"  # bracketed paste
    r"|\x1b[\[O](?P<sequence>[0-9;]*[A-Za-z~])"
    r"|(?P<escape>\x1b)(?=[^\[O])"  # Alt and a key, or escape and a key soon after
    r"|(?P<character>[^\x1b])",
    re.S,
)
_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Terminal:
    """Standard input and output, which must be one terminal; restored whatever happens."""

    def __init__(self) -> None:
        self.ended = False  # somebody wants us to end: Ctrl-C, SIGTERM, or the terminal is gone
        self._in, self._out = sys.stdin.fileno(), sys.stdout.fileno()
        self._encoding = sys.stdout.encoding or "ascii"
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._typed = ""  # that is no whole key yet
        self._shown: Sheet | None = None
        self._before: list[Any] = []  # its attributes
        self._signals: dict[int, Any] = {}  # what they did before
        self._stopping = self._continued = False

    @property
    def unicode(self) -> bool:
        """Whether it shows more than ASCII."""
        return codecs.lookup(self._encoding).name == "utf-8"

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows, as the window is now."""
        try:
            columns, rows = os.get_terminal_size(self._out)
        except OSError:  # it is gone
            return 80, 24
        return (columns, rows) if columns and rows else (80, 24)  # a serial line does not know

    # ── life ────────────────────────────────────────────────────────────────────────────────────

    def __enter__(self) -> Terminal:
        self._before = termios.tcgetattr(self._in)
        wanted = (*_ENDS, signal.SIGTSTP, signal.SIGCONT)
        self._signals = {number: signal.signal(number, self._note) for number in wanted}
        self._take()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()
        for number, action in self._signals.items():
            signal.signal(number, action)

    def _note(self, number: int, frame: FrameType | None) -> None:
        """Note a signal: what is under way is done first. A second Ctrl-C does not wait for it."""
        if number == signal.SIGTSTP:
            self._stopping = True
        elif number == signal.SIGCONT:
            self._continued = True
        elif self.ended and number == signal.SIGINT:
            raise KeyboardInterrupt
        else:
            self.ended = True

    def _take(self) -> None:
        tty.setcbreak(self._in, termios.TCSANOW)
        attributes = termios.tcgetattr(self._in)
        attributes[0] &= ~termios.IXON  # Ctrl-S would hold us up
        attributes[3] |= termios.NOFLSH  # Ctrl-C and Ctrl-Z would tear what is being sent
        termios.tcsetattr(self._in, termios.TCSANOW, attributes)
        self._shown, self._continued = None, False
        self._send(_ENTER)

    def _give_back(self) -> None:
        self._send(_LEAVE)
        try:
            termios.tcflush(self._in, termios.TCIFLUSH)  # what was typed ahead is not meant for the shell
            termios.tcsetattr(self._in, termios.TCSANOW, self._before)
        except termios.error:  # the terminal is gone, nothing is left to restore
            self.ended = True

    def _stop(self) -> None:
        """Stop, as Ctrl-Z asks, and go on where the shell lets us."""
        self._give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._note)
        self._stopping, self._continued = False, True

    # ── keys ────────────────────────────────────────────────────────────────────────────────────

    def keys(self, timeout_s: float) -> Iterator[str]:
        """Yield the keys that were pressed; where none was, wait so long for one."""
        if self._stopping:
            self._stop()
        if self._continued:  # the shell may have set the terminal up for itself
            self._take()
        waiting, _, _ = select.select([self._in], [], [], timeout_s)
        if waiting:
            try:
                data = os.read(self._in, 4096)
            except OSError:  # a terminal that is gone
                data = b""
            self.ended = self.ended or not data
            self._typed += self._decoder.decode(data)
        elif self._typed == "\x1b":  # nothing follows it: the key itself
            self._typed = ""
            yield "escape"
        while match := _KEY.match(self._typed):
            if self._typed.startswith("\x1b[200~") and match["paste"] is None:
                break  # the rest of what is pasted is still to come
            self._typed = self._typed[match.end() :]
            yield from _name(match)

    # ── screen ──────────────────────────────────────────────────────────────────────────────────

    def show(self, sheet: Sheet) -> int:
        """Show a sheet, and return how many bytes that took; nothing is sent while the line is full."""
        _, ready, _ = select.select([], [self._out], [], 0)
        if not ready:
            return 0
        shown, self._shown = self._shown, sheet
        return self._send(changes(shown, sheet))

    def _send(self, text: str) -> int:
        data = text.encode(self._encoding, "replace")
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._out, rest) :]
        except OSError:  # the terminal is gone
            self.ended = True
        return len(data)


def _name(match: re.Match[str]) -> Iterator[str]:
    """Yield the key that was matched, if it has a name here."""
    if match["paste"] is not None:
        yield f"paste:{match['paste']}"
    elif match["escape"] is not None:
        yield "escape"
    elif match["character"] is not None:
        yield _NAMED.get(match["character"], match["character"])
    elif match["sequence"] in _SEQUENCES:
        yield _SEQUENCES[match["sequence"]]
