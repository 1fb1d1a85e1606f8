"""The connection: what was acknowledged stays, what failed leaves nothing, and SQLite's errors are ours."""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from edge_brain import database
from edge_brain.database import Database, checksum
from edge_brain.errors import BrainBusy, BrainDamaged, DiskFull, StorageFailed


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Database]:
    """A database with one small table."""
    held = Database(tmp_path / "some.db")
    held.execute("CREATE TABLE notes (number INTEGER PRIMARY KEY, text TEXT UNIQUE)")
    held.execute("INSERT INTO notes (text) VALUES ('first')")
    yield held
    held.close()


def notes(held: Database) -> list[str]:
    return [row["text"] for row in held.rows("SELECT text FROM notes ORDER BY number")]


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("recursive_triggers", 1)],
)
def test_the_pragmas_that_keep_what_was_acknowledged_are_really_set(held: Database, pragma: str, value: object) -> None:
    assert held.value(f"PRAGMA {pragma}") == value


def test_a_transaction_is_kept_as_a_whole(held: Database) -> None:
    with held.transaction():
        assert held.execute("INSERT INTO notes (text) VALUES ('second')") == 2
        held.script(["INSERT INTO notes (text) VALUES ('third')", "INSERT INTO notes (text) VALUES ('fourth')"])
    other = Database(held.path)
    assert notes(other) == ["first", "second", "third", "fourth"]
    other.close()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_a_transaction_that_fails_leaves_nothing(held: Database, error: type[BaseException]) -> None:
    with pytest.raises(error), held.transaction():
        held.execute("INSERT INTO notes (text) VALUES ('second')")
        held.execute("DELETE FROM notes WHERE text = 'first'")
        raise error
    assert notes(held) == ["first"]
    with held.transaction():  # and the next one works
        held.execute("INSERT INTO notes (text) VALUES ('third')")
    assert notes(held) == ["first", "third"]


def test_all_reads_of_a_snapshot_see_one_state(held: Database) -> None:
    other = Database(held.path)
    with held.snapshot():
        assert notes(held) == ["first"]
        other.execute("INSERT INTO notes (text) VALUES ('second')")
        with held.snapshot():  # one within another is the same one
            assert notes(held) == ["first"]
        assert notes(held) == ["first"]
    assert notes(held) == ["first", "second"]
    with held.transaction(), held.snapshot():
        held.execute("INSERT INTO notes (text) VALUES ('third')")
    assert notes(other) == ["first", "second", "third"]
    other.close()


def test_a_statement_is_done_before_that_of_another_thread_begins(held: Database) -> None:
    begun, may_end = threading.Event(), threading.Event()

    class Watched:
        """A connection whose first statement takes until it may end."""

        statements = 0

        def __init__(self, connection: sqlite3.Connection) -> None:
            self.connection = connection

        def execute(self, sql: str, parameters: Sequence[object]) -> sqlite3.Cursor:
            Watched.statements += 1
            if Watched.statements == 1:
                begun.set()
                assert may_end.wait(30)
            return self.connection.execute(sql, parameters)

    connection = held._open
    assert connection is not None
    held._open = Watched(connection)  # type: ignore[assignment]
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(held.value, "SELECT ?", ["one"])
        assert begun.wait(30)
        second = threads.submit(held.value, "SELECT ?", ["other"])
        wait([second], timeout=0.2)
        meanwhile = Watched.statements
        may_end.set()
        assert meanwhile == 1
        assert (first.result(30), second.result(30)) == ("one", "other")
    held._open = connection


def test_a_snapshot_that_fails_ends(held: Database) -> None:
    with pytest.raises(ValueError), held.snapshot():
        notes(held)
        raise ValueError
    with held.transaction():
        held.execute("INSERT INTO notes (text) VALUES ('second')")
    assert notes(held) == ["first", "second"]


def test_a_mistake_in_our_own_sql_stays_sqlites_error(held: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError), held.transaction():
        held.execute("INSERT INTO notes (text) VALUES ('second')")
        held.execute("INSERT INTO notes (text) VALUES ('first')")
    with pytest.raises(sqlite3.OperationalError, match="syntax error"):
        held.execute("DELETE nowhere")
    assert notes(held) == ["first"]


def test_waiting_too_long_for_another_writer_is_busy(held: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_TIMEOUT_S", 0.05)
    other = Database(held.path)
    with held.transaction():
        held.execute("INSERT INTO notes (text) VALUES ('second')")
        with pytest.raises(BrainBusy, match=r"some\.db was locked.*try again") as caught, other.transaction():
            pytest.fail("two writers at once")
        assert isinstance(caught.value, TimeoutError)
        assert notes(other) == ["first"], "reading does not wait, and sees nothing unfinished"
    with other.transaction():
        other.execute("INSERT INTO notes (text) VALUES ('third')")
    assert notes(held) == ["first", "second", "third"]
    other.close()


def test_a_disk_that_refuses_to_write_is_our_error_and_changes_nothing(held: Database) -> None:
    with pytest.raises(StorageFailed, match=r"readonly.*nothing was changed.*writable") as caught, held.transaction():
        held.execute("PRAGMA query_only = ON")
        held.execute("INSERT INTO notes (text) VALUES ('second')")
    assert isinstance(caught.value, OSError)
    held.execute("PRAGMA query_only = OFF")
    assert notes(held) == ["first"]


def test_a_full_disk_is_our_error_and_changes_nothing(held: Database) -> None:
    held.execute(f"PRAGMA max_page_count = {held.value('PRAGMA page_count')}")
    with pytest.raises(DiskFull, match=r"full.*nothing was changed"), held.transaction():
        held.execute("DELETE FROM notes")
        held.execute("INSERT INTO notes (text) VALUES (?)", ("x" * 100_000,))
    held.execute("PRAGMA max_page_count = 1000000")
    assert notes(held) == ["first"]


def test_a_place_where_no_file_can_be_is_our_error(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="unable to open"):
        Database(tmp_path)
    with pytest.raises(StorageFailed, match="unable to open"):
        Database(tmp_path / "no" / "such" / "folder.db")


def test_a_file_that_is_no_database_is_damage_and_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(BrainDamaged, match=r"`edge-brain doctor --repair` sets it aside whole"):
        Database(path)
    assert path.read_bytes() == b"not a database at all" * 100


def test_the_data_version_tells_what_others_committed(held: Database) -> None:
    other = Database(held.path)
    before = held.data_version()
    held.execute("INSERT INTO notes (text) VALUES ('ours')")
    assert held.data_version() == before
    other.execute("INSERT INTO notes (text) VALUES ('theirs')")
    assert held.data_version() != before
    other.close()


def test_a_backup_is_one_whole_file_of_what_is_committed(held: Database, tmp_path: Path) -> None:
    held.backup(tmp_path / "copy.db")
    held.execute("INSERT INTO notes (text) VALUES ('later')")
    assert not list(tmp_path.glob("copy.db-*"))
    copy = sqlite3.connect(tmp_path / "copy.db")
    assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert copy.execute("SELECT text FROM notes").fetchall() == [("first",)]
    copy.close()


def test_closing_leaves_one_file(held: Database, tmp_path: Path) -> None:
    held.close()
    assert [path.name for path in tmp_path.iterdir()] == ["some.db"]


def test_sqlite_utils_sees_the_same_connection(held: Database) -> None:
    with held.transaction():
        held.execute("INSERT INTO notes (text) VALUES ('second')")
        assert held.tables["notes"].count == 2, "even what is not committed yet"
    assert held.tables.table_names() == ["notes"]


def test_the_checksum_is_crc_32_over_all_parts() -> None:
    assert checksum(b"frame", b"code") == zlib.crc32(b"framecode")
    assert checksum() == 0


def test_a_sealed_database_is_read_and_no_file_changes(held: Database, tmp_path: Path) -> None:
    held.execute("INSERT INTO notes (text) VALUES ('in the log')")
    sealed = Database(held.path, sealed=True)
    assert notes(sealed) == ["first", "in the log"]
    with pytest.raises(StorageFailed, match="readonly"):
        sealed.execute("DELETE FROM notes")
    sealed.close()
    held.close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    sealed = Database(held.path, sealed=True)
    assert notes(sealed) == ["first", "in the log"]
    sealed.close()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_was_folded_in_is_in_the_one_file(held: Database, tmp_path: Path) -> None:
    held.execute("INSERT INTO notes (text) VALUES ('second')")
    held.fold()
    (tmp_path / "alone.db").write_bytes(held.path.read_bytes())
    alone = Database(tmp_path / "alone.db")
    assert notes(alone) == ["first", "second"]
    alone.close()


def test_folding_in_while_another_reads_is_refused(held: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_TIMEOUT_S", 0.05)
    ours, other = Database(held.path), Database(held.path)
    with other.snapshot():
        assert notes(other) == ["first"]
        ours.execute("INSERT INTO notes (text) VALUES ('second')")
        with pytest.raises(BrainBusy, match="try again"):
            ours.fold()
    ours.close()
    other.close()


def test_a_database_opened_while_the_disk_could_not_be_written_writes_when_it_can(
    held: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = database._connect
    monkeypatch.setattr(database, "_connect", lambda path, sealed: connect(path, sealed=True))
    opened = Database(held.path)
    monkeypatch.setattr(database, "_connect", connect)
    before = opened.data_version()
    with pytest.raises(StorageFailed, match="readonly"), opened.transaction():
        opened.execute("INSERT INTO notes (text) VALUES ('second')")
    assert notes(opened) == ["first"]
    with opened.transaction():
        opened.execute("INSERT INTO notes (text) VALUES ('third')")
    assert notes(held) == ["first", "third"]
    assert opened.data_version() != before, "what others have done meanwhile is looked at again"
    opened.close()
