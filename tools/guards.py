"""The guards of edge_brain, one by one: where each stands, how it is taken away, and which tests must cry out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Guard:
    """Something that keeps a promise."""

    name: str
    file: str  # below edge_brain/
    code: str  # as it stands there, once
    without: str  # what stands there when the guard is gone
    tests: str  # files or node ids below tests/, at least one test of which must fail then


GUARDS = (
    # ── on the disk ─────────────────────────────────────────────────────────────────────────────
    Guard("a frame's bytes are synced before its name", "files.py",
          "                os.fsync(file.fileno())\n            fresh.rename(path)", "            fresh.rename(path)",
          "test_files.py"),
    Guard("a frame's name is synced", "files.py",
          "            fresh.rename(path)\n        sync_folder(path.parent)\n", "            fresh.rename(path)\n",
          "test_files.py"),
    Guard("a frame appears whole or not at all", "files.py",
          "            with fresh.open(\"wb\") as file:", "            with (fresh := path).open(\"wb\") as file:",
          "test_files.py"),
    Guard("every commit is synced", "database.py",
          '"synchronous = FULL"', '"synchronous = NORMAL"', "test_database.py"),
    Guard("a transaction takes the write lock first", "database.py", "BEGIN IMMEDIATE\")", "BEGIN\")",
          "test_database.py"),
    Guard("a transaction that fails is rolled back", "database.py",
          "                    self._connection.execute(\"ROLLBACK\")", "                    pass",
          "test_database.py"),
    Guard("the picture is written before its row", "store/__init__.py",
          "            for exposure in fresh:\n                self._write_picture(exposure)\n", "", "test_store.py"),
    # ── room, and repair ────────────────────────────────────────────────────────────────────────
    Guard("a frame that was ever tagged is not dropped", "store/thinning.py",
          '_SPARE = f"{_NEVER_TAGGED} AND number', '_SPARE = "number', "test_room.py"),
    Guard("a picture that goes while it is kept again is written again", "store/__init__.py",
          "                self._make_sure_of(fresh)\n", "", "test_room.py"),
    Guard("a file goes only while there is no frame of it", "store/thinning.py",
          '                if not row["here"]:', "                if True:", "test_room.py"),
    Guard("on a full disk the ballast goes", "store/__init__.py",
          "            ballast.drop(self.folder)\n            return write()", "            raise", "test_room.py"),
    Guard("a sweep leaves what somebody writes", "files.py",
          "                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)\n                swept",
          "                swept", "test_files.py"),
    Guard("who repairs is alone", "repair.py", "files.hold(home, alone=True)", "files.hold(home, alone=False)",
          "test_repair.py"),
    Guard("a damaged database's log goes with it", "repair.py",
          '_FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm")', "_FILES = (DATABASE,)", "test_repair.py"),
    Guard("an event is brought back only as it was written", "store/salvage.py",
          'if row["crc"] != event_checksum(fields):', "if False:", "test_repair.py"),
    Guard("a flipped bit in a segment is seen", "backups.py",
          ' or entry.pop("crc", _crc(entry)) != _crc(entry):', ' or entry.pop("crc", 0) is None:', "test_backups.py"),
    # ── what was stored is what is read ─────────────────────────────────────────────────────────
    Guard("a damaged code is never used", "store/codes.py",
          'if row["crc"] != code_checksum(row["frame"], row["code"]):\n        raise',
          'if False:\n        raise', "test_store.py"),
    Guard("a damaged head is never used", "store/reading.py",
          'if row["crc"] != head_checksum(row["label"], row["count"], row["sums"]):', "if False:", "test_store.py"),
    Guard("doctor checks every event", "store/checks.py",
          'if row["crc"] != event_checksum(tuple(row)[1:-1]):', "if False:", "test_store.py"),
    Guard("doctor checks that a file is what its name says", "doctor.py",
          "elif path.stat().st_size != frame.bytes or files.content_id(path.read_bytes()) != frame.id:", "elif False:",
          "test_doctor.py"),
    Guard("a cached view that is damaged is made again", "store/reading.py",
          ' if row is not None and row["crc"] == checksum(row["value"]) else None', " if row is not None else None",
          "test_store.py"),
    # ── honest ──────────────────────────────────────────────────────────────────────────────────
    Guard("no reserved frame can be learned", "schema.py",
          "        WHEN NEW.role IS NOT (SELECT role FROM bursts WHERE number = NEW.burst)\n          OR NEW",
          "        WHEN NEW", "test_schema.py"),
    Guard("a burst's role is for good", "schema.py",
          "WHEN OLD.role IS NOT NULL AND NEW.role IS NOT OLD.role", "WHEN 0", "test_schema.py"),
    Guard("events are not changed", "schema.py",
          "CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events",
          "CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events WHEN 0", "test_schema.py"),
    Guard("events are not deleted", "schema.py",
          "CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events",
          "CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events WHEN 0", "test_schema.py"),
    Guard("the twin of a reserved frame is reserved", "sightings.py",
          "burst = self._identical(scene) or named or going_on", "burst = named or going_on", "test_brain.py"),
    Guard("a captured frame goes to the burst of its reserved twin", "brain/teaching.py",
          "        if label is not None and self.store.untold().intersection(frame_ids):", "        if False:",
          "test_keeper.py"),
    Guard("a wall clock that jumps makes no two scenes of one", "sightings.py",
          "return _gap(self.taken_at, other.taken_at) if known is None else known",
          "return _gap(self.taken_at, other.taken_at)", "test_brain.py"),
    Guard("order is not the wall clock's", "clock.py", "max(wall_ms << _COUNTER_BITS, last + 1)",
          "wall_ms << _COUNTER_BITS", "test_clock.py"),
    Guard("codes of another extractor are refused", "store/__init__.py",
          "if isinstance(frame, Exposure) and frame.contract != contract:", "if False:", "test_store.py test_brain.py"),
    # ── what comes from outside ─────────────────────────────────────────────────────────────────
    Guard("a picture has no more than so many pixels", "images.py", "if size[0] * size[1] > MAX_PIXELS:", "if False:",
          "test_images.py"),
    Guard("a picture has no more than so many bytes", "images.py", "if len(data) > MAX_BYTES:", "if False:",
          "test_images.py"),
    Guard("half a picture is refused", "images.py",
          "        image.load()\n", "        pass\n", "test_images.py"),
    Guard("a picture that would fill the memory is refused", "images.py", "if heavy > weight.MOST_BYTES:", "if False:",
          "test_weight.py"),
    # ── in the field ────────────────────────────────────────────────────────────────────────────
    Guard("one answer decides nothing", "smoothing.py", "if votes < self._needed or", "if", "test_smoothing.py"),
    Guard("a pause starts a new burst", "field/bursts.py", "gap, next_to=kept.moment is not None", "0.0, next_to=True",
          "test_bursts.py"),
    Guard("what is like a kept frame is not kept again", "field/keeper.py",
          "if twin is not None and likeness >= reserve.NEAR_DUPLICATE:",
          "if False:", "test_keeper.py"),
    Guard("a blurred picture is not kept", "field/keeper.py", "        if faults:\n", "        if False:\n",
          "test_keeper.py"),
    Guard("a source that gives nothing is lost", "capture/healing.py",
          "if quiet_s > self._deadline_s and not self._ended:", "if False:", "test_healing.py"),
    Guard("a camera's process dies with its parent", "capture/child.py",
          "    os.kill(os.getpid(), signal.SIGKILL)", "    pass", "test_child.py"),
    Guard("a password is in no name", "capture/spec.py", 're.sub(r"//\\S*@", "//", url)', "url", "test_spec.py"),
    Guard("a stream's picture has no more than so many bytes", "capture/mjpeg.py",
          "if self._length is not None and self._length > images.MAX_BYTES:", "if False:", "test_mjpeg.py"),
    # ── unattended ──────────────────────────────────────────────────────────────────────────────
    Guard("there is one service of a name", "service/status.py",
          "            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)", "            pass",
          "test_service.py::test_a_second_service_of_the_same_name_is_refused_and_one_of_another_name_is_not"),
    Guard("the watchdog is fed after a turn", "service/turns.py",
          "        self._look_after()\n        self._notifier.alive()", "        self._look_after()",
          "test_service.py"),
    Guard("a loop that hangs feeds no watchdog", "service/turns.py",
          "        shot = self._source.next(_ASK_S)",
          "        import threading\n        threading.Timer(2.0, self._notifier.alive).start()\n"
          "        shot = self._source.next(_ASK_S)", "test_service.py::test_a_loop_that_hangs_feeds_no_watchdog"),
    Guard("what is held back is stored at the end", "service/process.py",
          "            turns.finish()\n", "", "test_service.py"),
)  # fmt: skip
