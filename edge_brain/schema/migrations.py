"""The numbered migrations that make the tables of brain.db: the first makes version 1; append, never change."""

from __future__ import annotations

# which a table that was made anew needs again
_NOT_CHANGED = """CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"""
_NOT_DELETED = """CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"""
_FRAME_NOT_REPLACED = """CREATE TRIGGER a_tagged_frame_is_not_replaced BEFORE INSERT ON frames
        WHEN EXISTS (SELECT 1 FROM frames JOIN events ON events.frame = frames.number
                      WHERE frames.number = NEW.number OR frames.id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'a frame that was tagged keeps its burst'); END"""
_FRAME_NOT_DELETED = """CREATE TRIGGER a_tagged_frame_is_not_deleted BEFORE DELETE ON frames
        WHEN EXISTS (SELECT 1 FROM events WHERE frame = OLD.number)
        BEGIN SELECT RAISE(ABORT, 'a frame that was tagged keeps its burst'); END"""

_FIRST = (
    """CREATE TABLE settings (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE bursts (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        role TEXT CHECK (role IN ('learned', 'reserved'))
    ) STRICT""",
    """CREATE TABLE frames (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE CHECK (length(id) = 64),
        burst INTEGER NOT NULL REFERENCES bursts,
        source TEXT,
        suffix TEXT NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        taken_at REAL
    ) STRICT""",
    "CREATE INDEX frames_by_burst ON frames (burst)",
    """CREATE TABLE codes (
        frame INTEGER PRIMARY KEY REFERENCES frames,
        code BLOB NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE thumbnails (
        frame INTEGER PRIMARY KEY REFERENCES frames,
        jpeg BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE events (
        number INTEGER PRIMARY KEY,
        device TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        clock INTEGER NOT NULL,
        frame INTEGER NOT NULL REFERENCES frames,
        burst INTEGER NOT NULL REFERENCES bursts,
        label TEXT,
        role TEXT CHECK (role IN ('learned', 'reserved')),
        who TEXT NOT NULL,
        crc INTEGER NOT NULL,
        UNIQUE (device, sequence)
    ) STRICT""",
    "CREATE INDEX events_by_frame ON events (frame, clock)",
    """CREATE TABLE tags (
        frame INTEGER PRIMARY KEY REFERENCES frames,
        label TEXT NOT NULL,
        role TEXT NOT NULL,
        burst INTEGER NOT NULL REFERENCES bursts
    ) STRICT""",
    "CREATE INDEX tags_by_label ON tags (label, role, burst)",
    """CREATE TABLE head (
        label TEXT PRIMARY KEY,
        count INTEGER NOT NULL CHECK (count > 0),
        sums BLOB NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE views (
        name TEXT PRIMARY KEY,
        state TEXT NOT NULL,
        value BLOB NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    """CREATE TABLE scores (
        number INTEGER PRIMARY KEY,
        event INTEGER NOT NULL,
        edition TEXT NOT NULL,
        at REAL NOT NULL,
        level TEXT NOT NULL,
        accuracy REAL,
        balanced_accuracy REAL,
        low REAL,
        high REAL,
        classes INTEGER NOT NULL,
        learned INTEGER NOT NULL,
        reserved INTEGER NOT NULL,
        cause TEXT NOT NULL
    ) STRICT""",
    _NOT_CHANGED,
    _NOT_DELETED,
    """CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE number = NEW.number)
          OR EXISTS (SELECT 1 FROM events WHERE device = NEW.device AND sequence = NEW.sequence)
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TRIGGER a_role_is_for_good BEFORE UPDATE OF role ON bursts
        WHEN OLD.role IS NOT NULL AND NEW.role IS NOT OLD.role
        BEGIN SELECT RAISE(ABORT, 'the role of a burst is for good'); END""",
    """CREATE TRIGGER a_role_is_not_replaced BEFORE INSERT ON bursts
        WHEN EXISTS (SELECT 1 FROM bursts WHERE (number = NEW.number OR name = NEW.name) AND role IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'the role of a burst is for good'); END""",
    """CREATE TRIGGER a_role_is_not_deleted BEFORE DELETE ON bursts
        WHEN OLD.role IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'the role of a burst is for good'); END""",
    _FRAME_NOT_REPLACED,
    _FRAME_NOT_DELETED,
    """CREATE TRIGGER a_tag_has_its_bursts_role BEFORE INSERT ON tags
        WHEN NEW.role IS NOT (SELECT role FROM bursts WHERE number = NEW.burst)
          OR NEW.burst IS NOT (SELECT burst FROM frames WHERE number = NEW.frame)
        BEGIN SELECT RAISE(ABORT, 'a tag has the burst of its frame and the role of its burst'); END""",
    """CREATE TRIGGER a_tag_keeps_its_role BEFORE UPDATE ON tags
        WHEN NEW.role IS NOT OLD.role OR NEW.burst IS NOT OLD.burst OR NEW.frame IS NOT OLD.frame
        BEGIN SELECT RAISE(ABORT, 'a tag keeps its frame, its burst and its role'); END""",
    """CREATE TRIGGER a_tagged_frame_keeps_its_burst BEFORE UPDATE OF burst ON frames
        WHEN NEW.burst IS NOT OLD.burst AND EXISTS (SELECT 1 FROM events WHERE frame = OLD.number)
        BEGIN SELECT RAISE(ABORT, 'a frame that was tagged keeps its burst'); END""",
)

_SECOND = (
    "ALTER TABLE scores ADD COLUMN story TEXT",  # JSON: deeds and reasons; NULL in older lines
    "ALTER TABLE frames ADD COLUMN brightness REAL",  # NULL in frames that came before
    "ALTER TABLE frames ADD COLUMN sharpness REAL",
)
_THIRD = (
    """CREATE TABLE view_codes (
        number INTEGER PRIMARY KEY,
        frame INTEGER NOT NULL UNIQUE REFERENCES frames,
        codes BLOB NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    # a brain that was made before there were views learns none until it is retrained
    "INSERT INTO settings (key, value) SELECT 'views', '' WHERE EXISTS (SELECT 1 FROM settings)",
)
_FOURTH = (
    "ALTER TABLE frames ADD COLUMN reason TEXT",  # why a camera's frame was kept; NULL for what a person gave
    # reading of the hybrid clock when it came, or the like of it was before the camera again; NULL in older frames
    "ALTER TABLE frames ADD COLUMN seen INTEGER",
    "ALTER TABLE thumbnails ADD COLUMN crc INTEGER",  # NULL in older ones
    """CREATE TABLE drops (
        number INTEGER PRIMARY KEY,
        at REAL NOT NULL,
        why TEXT NOT NULL,
        frames INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    ) STRICT""",
    # files of frames that were dropped, until they are gone from the disk
    """CREATE TABLE leavings (
        id TEXT PRIMARY KEY,
        suffix TEXT NOT NULL
    ) STRICT, WITHOUT ROWID""",
)
_FIFTH = (
    # reading of the hybrid clock when it was taken out of sight: what it was tagged as, its events before that say
    "ALTER TABLE frames ADD COLUMN discarded INTEGER",
    # 1: its thumbnail is gone for good, and its file, too, once `bytes` is 0
    "ALTER TABLE frames ADD COLUMN erased INTEGER NOT NULL DEFAULT 0",
)

_SIXTH = (
    "ALTER TABLE bursts ADD COLUMN joined INTEGER REFERENCES bursts",  # the burst that stands for its scene
    "CREATE INDEX bursts_joined ON bursts (joined) WHERE joined NOT NULL",
    "ALTER TABLE frames ADD COLUMN device TEXT",  # that took it; NULL: this one
    "ALTER TABLE frames ADD COLUMN away INTEGER NOT NULL DEFAULT 0",  # 1: its picture is not here
    # 1: made from the thumbnail, as the picture is away; one that is not takes its place
    "ALTER TABLE codes ADD COLUMN rough INTEGER NOT NULL DEFAULT 0",
    # a number is given twice when a card was cloned: both events stay
    """CREATE TABLE events_of_all (
        number INTEGER PRIMARY KEY,
        device TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        clock INTEGER NOT NULL,
        frame INTEGER NOT NULL REFERENCES frames,
        burst INTEGER NOT NULL REFERENCES bursts,
        label TEXT,
        role TEXT CHECK (role IN ('learned', 'reserved')),
        who TEXT NOT NULL,
        crc INTEGER NOT NULL
    ) STRICT""",
    "INSERT INTO events_of_all SELECT * FROM events",
    "DROP TRIGGER a_role_is_for_good",
    "DROP TRIGGER a_tagged_frame_is_not_replaced",
    "DROP TRIGGER a_tagged_frame_is_not_deleted",
    "DROP TRIGGER a_tagged_frame_keeps_its_burst",
    "DROP TABLE events",
    "ALTER TABLE events_of_all RENAME TO events",
    "CREATE INDEX events_by_frame ON events (frame, clock)",
    "CREATE INDEX events_by_burst ON events (burst, clock)",
    """CREATE UNIQUE INDEX events_once
        ON events (device, sequence, clock, frame, burst, coalesce(label, ''), coalesce(role, ''), who)""",
    _NOT_CHANGED,
    _NOT_DELETED,
    """CREATE TRIGGER events_are_not_replaced BEFORE INSERT ON events
        WHEN EXISTS (SELECT 1 FROM events WHERE number = NEW.number)
          OR EXISTS (SELECT 1 FROM events WHERE device = NEW.device AND sequence = NEW.sequence AND clock = NEW.clock
                        AND frame = NEW.frame AND burst = NEW.burst AND label IS NEW.label AND role IS NEW.role
                        AND who = NEW.who)
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END""",
    """CREATE TRIGGER a_role_is_its_first_events BEFORE UPDATE OF role ON bursts
        WHEN OLD.role IS NOT NULL AND NEW.role IS NOT OLD.role AND NEW.role IS NOT (
            SELECT events.role FROM bursts JOIN events ON events.burst = bursts.number
             WHERE coalesce(NEW.joined, NEW.number) IN (bursts.number, bursts.joined) AND events.role NOT NULL
          ORDER BY clock, device, sequence, label, events.role, bursts.name LIMIT 1)
        BEGIN SELECT RAISE(ABORT, 'the role of a burst is for good'); END""",
    _FRAME_NOT_REPLACED,
    _FRAME_NOT_DELETED,
    """CREATE TRIGGER a_tagged_frame_keeps_its_burst BEFORE UPDATE OF burst ON frames
        WHEN NEW.burst IS NOT OLD.burst AND EXISTS (
            SELECT 1 FROM events JOIN bursts ON bursts.number = events.burst
             WHERE events.frame = OLD.number AND coalesce(bursts.joined, bursts.number) IS NOT NEW.burst)
        BEGIN SELECT RAISE(ABORT, 'a frame that was tagged keeps its burst'); END""",
    """CREATE TABLE devices (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        clock INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE hubs (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        place TEXT NOT NULL,
        synced REAL
    ) STRICT""",
    """CREATE TABLE segments (
        number INTEGER PRIMARY KEY,
        hub INTEGER NOT NULL REFERENCES hubs,
        name TEXT NOT NULL,
        contract TEXT NOT NULL,
        taken INTEGER NOT NULL,
        UNIQUE (hub, name)
    ) STRICT""",
    """CREATE TABLE segment_events (
        event INTEGER NOT NULL REFERENCES events,
        segment INTEGER NOT NULL REFERENCES segments ON DELETE CASCADE,
        PRIMARY KEY (event, segment)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE segment_frames (
        frame INTEGER NOT NULL REFERENCES frames ON DELETE CASCADE,
        segment INTEGER NOT NULL REFERENCES segments ON DELETE CASCADE,
        code_crc INTEGER NOT NULL,
        views_crc INTEGER NOT NULL,
        PRIMARY KEY (frame, segment)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE hub_pictures (
        frame INTEGER NOT NULL REFERENCES frames ON DELETE CASCADE,
        hub INTEGER NOT NULL REFERENCES hubs ON DELETE CASCADE,
        at REAL NOT NULL,
        PRIMARY KEY (frame, hub)
    ) STRICT, WITHOUT ROWID""",
    # whole, until it was read back: what came otherwise than it went is mended by these bytes alone
    """CREATE TABLE under_way (
        hub INTEGER NOT NULL REFERENCES hubs ON DELETE CASCADE,
        name TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (hub, name)
    ) STRICT""",
    """CREATE TABLE refusals (
        hub INTEGER NOT NULL REFERENCES hubs ON DELETE CASCADE,
        name TEXT NOT NULL,
        reason TEXT NOT NULL,
        at REAL NOT NULL,
        PRIMARY KEY (hub, name)
    ) STRICT, WITHOUT ROWID""",
)

ALL: tuple[tuple[str, ...], ...] = (
    _FIRST,
    _SECOND,
    _THIRD,
    _FOURTH,
    _FIFTH,
    _SIXTH,
)
