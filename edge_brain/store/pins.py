"""The public keys that are pinned: one of them must have signed what is put into production. None: nobody must.

One setting, `pins`: how often they were changed, then the keys. A repair finds it in several places, and takes the
one that was changed most often: an older copy must not bring back a key that is trusted no more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from edge_brain.database import Database
from edge_brain.errors import BadInput


class Pins:
    """The pinned keys of one brain, 64 hex digits each."""

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        """Keep them in a database, and tell when they were changed."""
        self._database, self._changed = database, changed

    def stored(self) -> str:
        """Return them as they are stored; "0" when there never were any."""
        return str(self._database.value("SELECT value FROM settings WHERE key = 'pins'") or "0")

    def all(self) -> list[str]:
        """Return them in the order in which they were pinned."""
        return self.stored().split()[1:]

    def add(self, key: str) -> None:
        """Pin a key."""
        self._change(lambda keys: [*keys, *([] if key in keys else [key])])

    def remove(self, key: str) -> None:
        """Trust a key no more; BadInput when it is not pinned."""

        def without(keys: Sequence[str]) -> list[str]:
            if key not in keys:
                raise BadInput(f"{key} is not pinned here; pinned: {', '.join(keys) or 'none'}")
            return [each for each in keys if each != key]

        self._change(without)

    def _change(self, change: Callable[[Sequence[str]], list[str]]) -> None:
        with self._database.transaction():
            changes, *keys = self.stored().split()
            value = " ".join([str(int(changes) + 1), *change(keys)])
            self._database.execute("INSERT OR REPLACE INTO settings (key, value) VALUES ('pins', ?)", (value,))
        self._changed()
