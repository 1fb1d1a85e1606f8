"""A service that syncs beside its camera: whatever the hub does, the camera goes on."""

from __future__ import annotations

import io
import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pictures import scene
from services import WAIT_S, Service, said

from edge_brain import Brain, clock, learner, open_source, sync_brain
from edge_brain.capture import Shot, Source, State
from edge_brain.cli import main
from edge_brain.errors import BrainDamaged, HubUnreachable
from edge_brain.learner import Learner
from edge_brain.service import logs, process, settings, status, syncing
from edge_brain.sync import marker
from edge_brain.sync.stores.doubles import Memory

LEAST = 'brain = "kitchen"\nsource = "synthetic:mug"\n'


@pytest.fixture
def kitchen(tmp_path: Path) -> Path:
    with Brain.create(tmp_path / "kitchen", extractor="pixels") as brain:
        brain.tag_many([(scene(label, number), label) for label in ("cup", "fork") for number in range(4)])
        return brain.folder


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Brain]:
    """Another device."""
    with Brain.create(tmp_path / "desk", extractor="pixels") as brain:
        yield brain


class Watched(Source):
    """A camera that ends the service once something has come about, and itself when that never does."""

    live = False

    def __init__(self, stop: threading.Event, enough: Callable[[], object]) -> None:
        self._inner = open_source("synthetic:mug*9?pace=0&hold=1")
        self.name, self._stop, self._enough = self._inner.name, stop, enough
        self._end = clock.elapsed() + WAIT_S
        self.shots = 0

    @property
    def state(self) -> State:
        return self._inner.state

    def next(self, timeout_s: float = 1.0) -> Shot | None:
        assert clock.elapsed() < self._end, "it never came about"
        self.shots += 1
        if self._enough():
            self._stop.set()
        return self._inner.next(timeout_s)

    def close(self) -> None:
        self._inner.close()


class Here:
    """A service in this process, with a hub in memory."""

    def __init__(self, kitchen: Path, patch: pytest.MonkeyPatch, hub: Memory, more: str = "") -> None:
        marker.make(hub)
        self.file = kitchen.parent / "door.toml"
        self.file.write_text(LEAST + f'[sync]\nhub = "memory"\nevery = "1s"\n{more}')
        self.told = io.StringIO()
        patch.setattr(syncing, "open_store", lambda location: hub)
        patch.setattr(syncing, "_FIRST_S", 0.01)

    def run_until(self, enough: Callable[[], object]) -> Watched:
        """Run until something has come about."""
        stop, opened = threading.Event(), list[Watched]()

        def opener(spec: str) -> Source:
            opened.append(Watched(stop, enough))
            return opened[-1]

        assert not process.run(settings.load(self.file), logs.Log(self.told), stop, opener)
        (source,) = opened
        return source

    def sync(self) -> status.Sync:
        """What was written down last."""
        found = status.read(settings.load(self.file).brain, "door")
        assert found is not None and found.sync is not None
        return found.sync


def typed(folder: Path, *arguments: str) -> str:
    result = CliRunner().invoke(main, ["--brain", str(folder), *arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


# ── as a process of its own ─────────────────────────────────────────────────────────────────────


def test_what_is_tagged_elsewhere_comes_and_what_is_kept_goes_while_the_camera_runs(
    kitchen: Path, desk: Brain, tmp_path: Path
) -> None:
    hub = str(tmp_path / "hub")
    desk.tag_many([(scene("mug", number), "mug") for number in range(8)])
    sync_brain(desk, hub, create=True)
    (tmp_path / "door.toml").write_text(
        'brain = "kitchen"\nsource = "synthetic:mug*3,plate?hold=0.5"\n[sync]\nhub = "hub"\nevery = "1s"\n'
    )
    service = Service(tmp_path / "door.toml")
    try:
        service.until("STATUS=running, source ok", without=" 0 frames kept")
        events = 0
        while events == 0:
            service.until("STATUS=running")
            events = said(service.file)["sync"]["events_taken"]
        while not desk.untagged():
            service.until("STATUS=running")
            sync_brain(desk, hub)
        waiting = desk.untagged()[0]
        assert waiting.away and waiting.device and desk.thumbnail(waiting.id)
        assert service.end() == 0
    finally:
        service.close()
    told = said(service.file)["sync"]
    assert (told["hub"], told["events_sent"], told["events_taken"], told["failures"]) == (hub, 8, 8, 0)
    assert told["succeeded"] and told["exchanges"] > 0 and told["pictures_sent"] >= 8
    assert f"synced with {hub}: " in "".join(logs.tail(kitchen / "service" / "door.log", 1000))
    assert "8 events and " in typed(kitchen, "service", "status") and "8 events taken in" in typed(
        kitchen, "service", "status"
    )
    assert json.loads(typed(kitchen, "service", "status", "--json"))["sync"] == told
    with Brain.open(kitchen) as brain:
        assert {info.label for info in brain.classes()} == {"cup", "fork", "mug"}


def test_a_stick_that_is_not_there_is_told_and_one_that_comes_is_synced_with(kitchen: Path, tmp_path: Path) -> None:
    (tmp_path / "door.toml").write_text(LEAST + '[sync]\nhub = "stick"\nevery = "1s"\n')
    service = Service(tmp_path / "door.toml")
    try:
        service.until("sync fails: ")
        told = said(service.file)["sync"]
        assert "is not there: plug the stick in" in told["failure"] and told["failures"] > 0
        assert told["succeeded"] is None and told["failed"]
        assert "sync fails (" in typed(kitchen, "service", "status")
        with Brain.open(kitchen) as brain:
            made = Brain.create(tmp_path / "maker", extractor="pixels")
            sync_brain(made, str(tmp_path / "stick"), create=True)
            made.close()
            service.until("STATUS=running", without="sync fails")
            assert brain.store.sharing.hubs()
        told = said(service.file)["sync"]
        assert told["failures"] == 0 and told["events_sent"] == 8 and told["failure"], "what went wrong last is known"
        assert said(service.file)["trouble"]["count"] == 0
        assert service.end(signal.SIGINT) == 0
    finally:
        service.close()


# ── what a hub may do ───────────────────────────────────────────────────────────────────────────


class Stalling(Memory):
    """A hub that takes an object and does not answer, until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.stalls, self.may_answer = threading.Event(), threading.Event()

    def add(self, name: str, data: bytes) -> bool:
        if name != marker.MARKER:
            self.stalls.set()
            assert self.may_answer.wait(WAIT_S)
        return super().add(name, data)


def test_no_frame_waits_for_a_hub_that_does_not_answer(kitchen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub, seen = Stalling(), list[int]()
    here = Here(kitchen, monkeypatch, hub)

    def enough() -> bool:
        """Count the shots that are looked at while the hub does not answer; let it answer then."""
        if hub.stalls.is_set():
            seen.append(len(seen))
        if len(seen) > 50:
            hub.may_answer.set()
        return hub.may_answer.is_set() and any(name.startswith("events/") for name in hub.objects)

    source = here.run_until(enough)
    assert source.shots > len(seen) > 50
    told = status.read(kitchen, "door")
    assert told is not None and told.shots == source.shots, "all that were given were looked at"


def test_what_others_teach_is_learned_solved_and_measured_beside_the_camera(
    kitchen: Path, desk: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, learned, solved = Memory(), list[str](), list[str]()
    apply, solve = Learner.apply, learner._classifier

    def noted(ours: Learner, changes: object) -> None:
        learned.append(threading.current_thread().name)
        apply(ours, changes)  # type: ignore[arg-type]

    def noted_too(lessons: object) -> object:
        solved.append(threading.current_thread().name)
        return solve(lessons)  # type: ignore[arg-type]

    here = Here(kitchen, monkeypatch, hub)
    desk.tag_many([(scene(label, number), label) for label in ("mug", "plate") for number in range(8)])
    sync_brain(desk, hub)
    monkeypatch.setattr(Learner, "apply", noted)
    monkeypatch.setattr(learner, "_classifier", noted_too)
    after = iter(range(30))

    def enough() -> bool:
        """Go on for some shots after all was exchanged."""
        found = status.read(kitchen, "door")
        return bool(found and found.sync and found.sync.events_taken == 16) and next(after, None) is None

    here.run_until(enough)
    main = threading.current_thread().name
    assert "sync" in learned and "sync" in solved
    assert learned.count(main) <= 1 and solved.count(main) <= 1, "once, when the score was measured at the start"
    told = said(here.file)
    assert told["score"]["classes"] == 4, "it is told of what came"
    with Brain.open(kitchen) as brain:
        assert told["score"]["learned"] == brain.score().learned and brain.store.last_event() == 24


def test_the_end_is_not_held_up_by_a_hub_that_does_not_answer(kitchen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Stalling()
    here = Here(kitchen, monkeypatch, hub)
    monkeypatch.setattr(syncing, "_LEAVE_S", 0.1)
    here.run_until(hub.stalls.is_set)
    assert not hub.may_answer.is_set() and here.sync().exchanges == 0
    assert said(here.file)["state"] == "stopped"
    hub.may_answer.set()
    for thread in threading.enumerate():
        if thread.name == "sync":
            thread.join(WAIT_S)
    assert not [name for name in hub.objects if name.startswith("frames/")], "it leaves between two steps"


def test_a_limit_does_not_hold_up_the_end(kitchen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Memory()
    here = Here(kitchen, monkeypatch, hub, 'limit = "600 B"\n')
    here.run_until(lambda: any(name.startswith("events/") for name in hub.objects))
    assert here.sync().failures == 0 and not [thread for thread in threading.enumerate() if thread.name == "sync"]
    assert not [name for name in hub.objects if name.startswith("frames/")]


def test_an_exchange_ends_where_a_condition_holds_no_longer(
    kitchen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = tmp_path / "line is up"
    line.touch()

    class Metered(Memory):
        def add(self, name: str, data: bytes) -> bool:
            if name.startswith("frames/"):
                line.unlink(missing_ok=True)
            return super().add(name, data)

    hub = Metered()
    here = Here(kitchen, monkeypatch, hub, f"only_if = \"test -e '{line}'\"\n")
    monkeypatch.setattr(syncing, "_ASKED_S", 0.0)
    here.run_until(lambda: "not synced: " in here.told.getvalue())
    assert here.sync().skipped is not None and (here.sync().failures, here.sync().exchanges) == (0, 0)
    assert len([name for name in hub.objects if name.startswith("frames/")]) == 1, "it leaves between two steps"


def test_what_is_tagged_beside_a_slow_line_is_learned_before_it_has_brought_all(
    kitchen: Path, desk: Brain, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved = list[int]()

    class Slow(Memory):
        def read(self, name: str) -> bytes:
            clock.sleep(0.05 if name.startswith("events/") else 0.0)
            return super().read(name)

    hub = Slow()
    here = Here(kitchen, monkeypatch, hub)
    for number in range(6):
        desk.tag(scene("mug", number), "mug")
        sync_brain(desk, hub)
    monkeypatch.setattr(syncing, "_HELD_S", 0.1)
    take_over = syncing._Syncing._take_over

    def noted(ours: syncing._Syncing, brain: Brain) -> None:
        if ours._turning.holds_still:
            solved.append(brain.store.last_event())
        take_over(ours, brain)

    monkeypatch.setattr(syncing._Syncing, "_take_over", noted)
    here.run_until(lambda: here.sync().exchanges)
    assert len(set(solved)) > 2 and solved == sorted(solved), "again and again, of more each time"


def test_failures_are_counted_told_and_tried_later_each_time(kitchen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dead(Memory):
        failures = 0

        def list(self, folder: str):  # type: ignore[no-untyped-def]
            if self.failures < 3:
                self.failures += 1
                raise KeyError("a bug in a store")
            return super().list(folder)

    asked = list[tuple[float, float]]()
    hub = Dead()
    here = Here(kitchen, monkeypatch, hub)
    monkeypatch.setattr(syncing, "_LEAST_S", 0.0)

    def pause_s(patience: object, failures: int, chance: float) -> float:
        asked.append((failures, vars(patience)["first_s"] * 2.0 ** (failures - 1)))
        return 0.01 * chance

    monkeypatch.setattr("edge_brain.sync.patience.Patience.pause_s", pause_s)
    here.run_until(lambda: any(name.startswith("frames/") for name in hub.objects))
    assert asked == [(1, 1.0), (2, 2.0), (3, 4.0)]
    assert "sync failed, 3 times in a row, next in 0 s: KeyError: 'a bug in a store'" in here.told.getvalue()
    assert said(here.file)["trouble"]["count"] == 0, "the camera has none"


def test_after_many_failures_it_is_tried_once_an_hour_at_least(kitchen: Path) -> None:
    (kitchen.parent / "door.toml").write_text(LEAST + '[sync]\nhub = "hub"\n')
    wanted = settings.load(kitchen.parent / "door.toml")
    diary = process.Diary(wanted, logs.Log(io.StringIO()), process.Notifier())
    assert wanted.sync is not None
    with Brain.open(kitchen) as turning:
        thread = syncing._Syncing(wanted, wanted.sync, diary, turning)
    pauses = [thread._failed("the line is dead") for _ in range(2000)]
    assert all(1.0 <= pause <= 3600.0 for pause in pauses) and max(pauses) > 1800.0
    assert diary.sync is not None and diary.sync.failures == 2000


def test_a_condition_that_does_not_hold_is_no_failure(kitchen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Memory()
    here = Here(kitchen, monkeypatch, hub, "only_if = \"sh -c 'echo metered; exit 1'\"\n")
    here.run_until(lambda: "metered" in here.told.getvalue())
    told = here.sync()
    assert told.skipped is not None and told.skipped.endswith("ended with 1: metered")
    assert (told.failures, told.exchanges) == (0, 0) and list(hub.objects) == [marker.MARKER]
    assert "sync was passed over: `sh -c" in typed(kitchen, "service", "status")


def test_what_is_set_aside_is_told(kitchen: Path, desk: Brain, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Memory()
    here = Here(kitchen, monkeypatch, hub)
    desk.tag(scene("mug", 1), "mug")
    sync_brain(desk, hub)
    harmed = next(name for name in hub.objects if name.startswith("events/"))
    hub.objects[harmed] = b"torn"
    here.run_until(lambda: "set aside" in here.told.getvalue())
    assert here.sync().aside == 1 and harmed in str(here.sync().aside_first)
    assert here.sync().failures == 0 and "set aside by sync: 1, the first: events/" in typed(
        kitchen, "service", "status"
    )


def test_damage_that_sync_comes_upon_is_left_to_the_turns(kitchen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*arguments: object, **options: object) -> None:
        raise BrainDamaged("a code is not what it was")

    here = Here(kitchen, monkeypatch, Memory())
    monkeypatch.setattr(syncing, "sync_brain", damaged)
    before = (kitchen / "brain.db").stat().st_ino
    here.run_until(lambda: "a code is not what it was" in here.told.getvalue())
    assert here.sync().failure == "a code is not what it was" and said(here.file)["repaired"] is None
    assert (kitchen / "brain.db").stat().st_ino == before


def test_a_service_without_a_hub_syncs_with_none(kitchen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(location: str) -> None:
        raise HubUnreachable("nobody asked for it")

    here = Here(kitchen, monkeypatch, Memory())
    here.file.write_text(LEAST)
    monkeypatch.setattr(syncing, "open_store", never)
    shots = iter(range(20))
    here.run_until(lambda: next(shots, None) is None)
    assert said(here.file)["sync"] is None
    assert not [thread for thread in threading.enumerate() if thread.name == "sync"]


def test_the_status_of_an_edge_brain_that_knew_no_sync_is_still_read(kitchen: Path) -> None:
    path = status.folder_of(kitchen) / "old.json"
    path.parent.mkdir()
    known = {
        "name": "old", "pid": 1, "version": "0", "started": "2026-05-04T10:20:30Z", "at": "2026-05-04T10:20:30Z",
        "clock_s": 1.0, "state": "running", "source": "usb:0", "source_state": "ok", "source_detail": "", "shots": 5,
        "rate": 5.0, "latency_ms": 9.0, "label": "mug", "observation": None, "kept": {}, "dropped": {}, "room": {},
        "room_lacks": None, "score": None, "disk_free_bytes": 1, "trouble": {"count": 0},
    }  # fmt: skip
    path.write_text(json.dumps(known))
    read = status.read(kitchen, "old")
    assert read is not None and read.sync is None
    path.write_text(json.dumps(known | {"sync": {"hub": "h", "moon": 1}}))
    assert status.read(kitchen, "old") is None, "a newer one's is only told of"
