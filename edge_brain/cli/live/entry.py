"""One line that is typed: the name of a class."""

from __future__ import annotations

from collections.abc import Sequence


class Entry:
    """A line with a cursor."""

    def __init__(self, known: Sequence[str]) -> None:
        self.text = ""
        self.cursor = 0  # characters before it
        self._known = known  # names that Tab completes

    def press(self, key: str) -> None:
        """Change the line as a key says."""
        before, after = self.text[: self.cursor], self.text[self.cursor :]
        if key == "left":
            self.cursor = max(self.cursor - 1, 0)
        elif key == "right":
            self.cursor = min(self.cursor + 1, len(self.text))
        elif key in ("home", "end"):
            self.cursor = 0 if key == "home" else len(self.text)
        elif key == "backspace":
            self._become(before[:-1], after)
        elif key == "delete":
            self._become(before, after[1:])
        elif key == "clear":
            self._become("", after)
        elif key == "tab":
            self._become(next((name for name in self._known if name.startswith(before)), before), "")
        elif key.isprintable() and len(key) == 1:
            self._become(before + key, after)

    def paste(self, text: str) -> None:
        """Put text in, as far as it can be shown."""
        for character in text:
            self.press(character)

    def _become(self, before: str, after: str) -> None:
        self.text, self.cursor = before + after, len(before)
