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
          "                os.fsync(file.fileno())\n            unborn.rename(path)", "            unborn.rename(path)",
          "test_files.py"),
    Guard("a frame's name is synced", "files.py",
          "            raise\n        sync_folder(path.parent)\n", "            raise\n",
          "test_files.py"),
    Guard("a frame appears whole or not at all", "files.py",
          "            with unborn.open(\"xb\") as file:", "            with (unborn := path).open(\"wb\") as file:",
          "test_files.py"),
    Guard("every commit is synced", "database.py",
          '"synchronous = FULL"', '"synchronous = NORMAL"', "test_database.py"),
    Guard("a transaction takes the write lock first", "database.py", "BEGIN IMMEDIATE\")", "BEGIN\")",
          "test_database.py"),
    Guard("a transaction that fails is rolled back", "database.py",
          "                    self._connection.execute(\"ROLLBACK\")", "                    pass",
          "test_database.py"),
    Guard("the picture is written before its row", "store/__init__.py",
          "            if isinstance(tagging.frame, Exposure):\n                self.keep_picture(tagging.frame)\n",
          "            pass\n", "test_store.py"),
    # ── what was stored is what is read ─────────────────────────────────────────────────────────
    Guard("a damaged code is never used", "store/codes.py",
          'if row["crc"] != code_checksum(row["frame"], row["code"]):\n        raise',
          'if False:\n        raise', "test_store.py"),
    Guard("a damaged head is never used", "store/__init__.py",
          'if row["crc"] != head_checksum(row["label"], row["count"], row["sums"]):', "if False:", "test_store.py"),
    Guard("doctor checks every event", "store/checks.py",
          'if row["crc"] != event_checksum(tuple(row)[1:-1]):', "if False:", "test_store.py"),
    Guard("doctor checks that a file is what its name says", "doctor.py",
          "elif path.stat().st_size != frame.bytes or files.content_id(path.read_bytes()) != frame.id:", "elif False:",
          "test_doctor.py"),
    Guard("a cached view that is damaged is made again", "store/__init__.py",
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
    Guard("a captured frame goes to the burst of its reserved twin", "brain.py",
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
    Guard("what is like a kept frame is not kept again", "field/keeper.py", "if likeness >= reserve.NEAR_DUPLICATE:",
          "if False:", "test_keeper.py"),
    Guard("a blurred picture is not kept", "field/keeper.py", "        if faults:\n", "        if False:\n",
          "test_keeper.py"),
)  # fmt: skip
