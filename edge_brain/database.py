"""One SQLite connection, opened so that nothing acknowledged is lost, and its transactions.

WAL with synchronous=FULL (with NORMAL a power cut lost up to 456 acknowledged commits, with FULL none);
BEGIN IMMEDIATE (of 180 deferred read-then-write transactions of three writers 139 failed, of immediate
ones none). SQLite's errors become ours here.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge_brain.errors import BadInput, BrainBusy, BrainDamaged, DiskFull, StorageFailed

if TYPE_CHECKING:
    from sqlite_utils import Database as Tables

Parameters = Sequence[Any] | Mapping[str, Any]

_BUSY_TIMEOUT_S = 30.0
_AT_ONCE = 500  # values in one query
_NO_ROOM_BYTES = 2**16  # for the files that SQLite needs beside a database; it says "disk I/O error" then
_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "recursive_triggers = ON",
    "cache_size = -8000",
    "journal_size_limit = 16777216",
)
SAVED = "`edge-brain doctor --repair` sets it aside whole and rebuilds it from what is left and from backups/"

_PRAGMAS_SEALED = ("query_only = ON", "writable_schema = ON")  # the second: a schema with a flaw is read, too


def checksum(*parts: bytes) -> int:
    """Return the CRC-32 that guards a row; `integrity_check` does not see a flipped bit in a blob."""
    crc = 0
    for part in parts:
        crc = zlib.crc32(part, crc)
    return crc


class Database:
    """A connection to one brain.db, which threads may share: each statement has its turn."""

    def __init__(self, path: Path, *, sealed: bool = False) -> None:
        """Open a database; a sealed one is only read, as far as it can be, and its files stay what they are."""
        self.path, self._sealed = path, sealed
        self._turn = threading.RLock()  # of one statement; see `row`
        self._connections = 0  # so far
        self._open: sqlite3.Connection | None = None
        self._refused = False  # lately, because it was opened when the disk could only be read
        with _ours(path):
            _ = self._connection

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            self._open = _connect(self.path, sealed=self._sealed)
            self._connections += 1
        return self._open

    @cached_property
    def tables(self) -> Tables:
        """The same connection as sqlite-utils sees it: tables, columns, foreign keys by name."""
        from sqlite_utils import Database as Tables  # 100 ms that most commands need not spend

        return Tables(self._connection, execute_plugins=False)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of the block or nothing; the write lock is taken first, and waited for up to 30 s."""
        with _ours(self.path):
            if self._refused:
                self._connect_anew()
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException as error:
                self._refused = "readonly" in str(error)
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _connect_anew(self) -> None:
        """Let go of a connection that may not write: SQLite never tries again, though the disk may be writable now."""
        self._connection.close()
        self._open, self._refused = None, False
        self.__dict__.pop("tables", None)

    @property
    def is_within(self) -> bool:
        """Whether a transaction or a snapshot is open, in which no other can begin."""
        with _ours(self.path):
            return self._connection.in_transaction

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads of the block see the same state, whatever others commit meanwhile."""
        if self.is_within:
            yield
            return
        with _ours(self.path):
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("COMMIT")

    def execute(self, sql: str, parameters: Parameters = ()) -> int:
        """Run one statement and return the row number it inserted last."""
        with self._turn, _ours(self.path):
            return self._connection.execute(sql, parameters).lastrowid or 0

    def execute_many(self, sql: str, parameters: Iterable[Parameters]) -> None:
        """Run one statement with each of these parameters."""
        with self._turn, _ours(self.path):
            self._connection.executemany(sql, parameters)

    def among(self, sql: str, values: Collection[int | str]) -> Iterator[list[sqlite3.Row]]:
        """Yield the rows of a query that ends in IN, for some hundred of these values at a time."""
        every = list(values)
        for start in range(0, len(every), _AT_ONCE):
            part = every[start : start + _AT_ONCE]
            yield self.rows(f"{sql} ({', '.join('?' * len(part))})", part)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        with self._turn, _ours(self.path):
            return self._connection.execute(sql, parameters).fetchall()

    def row(self, sql: str, parameters: Parameters = ()) -> sqlite3.Row | None:
        """Return the first row of a query, or None.

        One at a time: Python keeps statements to use them again, and of two threads that ask the same at once one
        may take the other's row, or none (Python 3.13 from Debian: 7 of 8 threads that loaded a network failed).
        """
        with self._turn, _ours(self.path):
            row: sqlite3.Row | None = self._connection.execute(sql, parameters).fetchone()
            return row

    def value(self, sql: str, parameters: Parameters = ()) -> Any:
        """Return the first column of the first row, or None."""
        row = self.row(sql, parameters)
        return None if row is None else row[0]

    def script(self, statements: Iterable[str]) -> None:
        """Run statements one by one, in the transaction that is open."""
        for statement in statements:
            self.execute(statement)

    def next_number(self, table: str) -> int:
        """Return the number that the next row of a table may have."""
        return 1 + int(self.value(f"SELECT coalesce(max(number), 0) FROM {table}"))

    def data_version(self) -> int:
        """Return a number that changes when another connection has committed."""
        return (self._connections << 32) + int(self.value("PRAGMA data_version"))  # each connection counts anew

    def version(self) -> str:
        """Return what is another after each change, by whomever: cheap to ask, for caches while it is open."""
        return f"{self.data_version()}-{self._connection.total_changes}"

    def backup(self, target: Path) -> None:
        """Write a whole, consistent copy of the database, while others go on using it."""
        with _ours(target):
            copy = sqlite3.connect(target)
            try:
                self._connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, no -wal beside it
            finally:
                copy.close()

    def fold(self) -> None:
        """Fold the write-ahead log into the database, durably; closing does so too, but passes over what fails."""
        busy, *_ = self.row("PRAGMA wal_checkpoint(TRUNCATE)") or (1,)
        if busy:
            raise BrainBusy(f"{self.path} is in use by another process; nothing was changed, try again")

    def scrub(self) -> None:
        """Write the database anew and empty its log: no byte of a row that was deleted is left in either.

        SQLite's secure_delete is not enough: of 300 thumbnails a piece of one was left, on a page that was split.
        """
        try:
            self.execute("VACUUM")
            self.fold()
        except BrainBusy as error:
            raise BrainBusy(
                f"{self.path} is in use by another process: what was deleted may still be read in its log; try again"
            ) from error

    def close(self) -> None:
        """Close the connection; the last one to close folds the write-ahead log into the database."""
        self._connection.close()


def _connect(path: Path, *, sealed: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        _sealed(path) if sealed else path,
        uri=sealed,
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    if sealed:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        for pragma in _PRAGMAS_SEALED if sealed else _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _sealed(path: Path) -> str:
    """Return how SQLite is told to change no file; one with a log beside it is read with that, and is no still life."""
    log = path.with_name(f"{path.name}-wal")
    still = not log.exists() or not log.stat().st_size
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if still else ''}"


def _has_no_room(path: Path) -> bool:
    with suppress(OSError):
        return shutil.disk_usage(path.parent).free < _NO_ROOM_BYTES
    return False


@contextmanager
def _ours(path: Path) -> Iterator[None]:
    """Raise SQLite's errors as ours."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise BrainBusy(
                f"{path} was locked by another process for more than {_BUSY_TIMEOUT_S:.0f} s; "
                "nothing was changed, try again"
            ) from error
        refused = any(word in text for word in ("disk", "readonly", "unable to open", "I/O"))
        if "full" in text or (refused and _has_no_room(path)):
            raise DiskFull(f"{path}: {text}; nothing was changed. Free some space and try again") from error
        if refused:
            raise StorageFailed(
                f"{path}: {text}; nothing was changed. Free some space, or make the disk writable, and try again"
            ) from error
        if text.startswith(("no such table", "no such column", "Could not decode")):
            raise BrainDamaged(f"{path}: {text}. {SAVED}") from error
        raise
    except sqlite3.ProgrammingError as error:
        if "closed" in str(error):
            raise BadInput(f"the brain in {path.parent} is closed; open it again") from error
        raise
    except sqlite3.DatabaseError as error:
        if type(error) is sqlite3.DatabaseError:  # "malformed", "not a database"; its subclasses are not damage
            raise BrainDamaged(f"{path}: {error}. {SAVED}") from error
        raise
