"""`tag --live`: tagging in a terminal, one key a class, over SSH as well.

terminal  keys and screen        page     what stands where
sheet     what must be sent      picture  what the camera sees, in characters
entry     the name of a class    here     the loop: keys, a look, the screen, five times a second
"""

from __future__ import annotations

from functools import partial

from edge_brain import clock, config
from edge_brain.cli.live.entry import Entry
from edge_brain.cli.live.page import page
from edge_brain.cli.live.picture import Painter
from edge_brain.cli.live.terminal import Terminal
from edge_brain.tagging import Session

_TURN_S = 0.2  # between two looks, and so between two pictures
_LINE_BYTES_S = 30_000  # what a slow line is taken to carry: the next look waits until a picture is through


def run(session: Session, *, picture: bool = True) -> None:
    """Show a session in the terminal and let keys tag, until a person or a signal ends it.

    What a key tags is what is shown: there is no look that is not drawn.
    """
    with Terminal() as terminal:
        screen = _Screen(session, terminal, picture=picture)
        screen.show()
        last = clock.elapsed()
        due = last
        while not terminal.ended:
            pressed = False
            for key in terminal.keys(max(0.0, due - clock.elapsed())):
                if not screen.press(key):
                    return
                pressed = True
            now = clock.elapsed()
            looked = now >= due
            if looked:
                screen.look(now - last)
                last = now
            if looked or pressed:
                due = max(due, now + screen.show() / _LINE_BYTES_S, last + _TURN_S)


class _Screen:
    """What is shown of a session, and the name that is being typed."""

    def __init__(self, session: Session, terminal: Terminal, *, picture: bool) -> None:
        colours = config.colours() if terminal.unicode else "none"
        self._coloured = colours != "none"
        self._painter = Painter(colours) if picture else None
        self._session, self._terminal = session, terminal
        self._entry: Entry | None = None

    def press(self, key: str) -> bool:
        """Do what a key says; return False when it ends the session."""
        if self._entry is not None:
            self._type(key)
        elif key in ("+", "enter"):
            self._entry = Entry([each.label for each in self._session.classes])
        elif key == "q":
            return False
        else:
            self._session.press(key)
        return True

    def _type(self, key: str) -> None:
        assert self._entry is not None
        if key.startswith("paste:"):
            self._entry.paste(key.removeprefix("paste:"))
        elif key not in ("enter", "escape"):
            self._entry.press(key)
        else:
            name, self._entry = self._entry.text.strip(), None
            if key == "enter" and name:
                self._session.name(name)

    def look(self, passed_s: float) -> None:
        """Let the session look again; a picture stands still while its name is typed."""
        if self._entry is None or self._session.pixels is None:
            self._session.attempt(partial(self._session.step, passed_s))

    def show(self) -> int:
        """Draw, and return how many bytes that took."""
        paint = None if self._painter is None else self._painter.paint
        size, entry = self._terminal.size, self._entry
        return self._terminal.show(page(self._session, size, paint=paint, entry=entry, coloured=self._coloured))
