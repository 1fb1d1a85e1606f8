"""A hub of several devices is folded into one brain, coded anew and compared, on workers that are real processes."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pictures import scene
from replicas import everything, standing_of

from edge_brain import Brain, Coded, Codes, clock, files
from edge_brain.cli import main
from edge_brain.errors import BadInput, BrainDamaged, EdgeBrainError, ExtraMissing, HubRefused
from edge_brain.extractor import PixelExtractor
from edge_brain.fleet import building, reading, summing
from edge_brain.fleet.building import build
from edge_brain.fleet.crew import Crew, Died, crew
from edge_brain.fleet.recoding import recode
from edge_brain.fleet.reporting import compare
from edge_brain.outcomes import Built
from edge_brain.store.ledger import head_checksum
from edge_brain.sync import names, segments
from edge_brain.sync.running import sync_brain
from edge_brain.sync.stores import open_store
from edge_brain.sync.stores.doubles import Lying, Memory

NAMES = ("porch", "shed", "yard")
LEFT = "0,0,0.5,1"


@pytest.fixture(scope="module")
def scheduler(once: None) -> Iterator[str]:
    """The address of a scheduler with two workers, as on a cluster; it is there for all tests."""
    with crew(workers=2) as hands:
        yield hands._client.scheduler.address


@pytest.fixture(scope="module")
def world(once: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three devices that were told different things, and the hub that each has told it to: made once."""
    folder = tmp_path_factory.mktemp("world")
    for place, name in enumerate(NAMES):
        with Brain.create(folder / name, extractor="pixels") as brain:
            brain.store.devices.give_name(name)
            labels, first = ("cup", "fork", "mug")[: 2 + place % 2], 20 * place
            brain.tag_many([(scene(label, number), label) for label in labels for number in range(first, first + 8)])
            sync_brain(brain, str(folder / "hub"), create=True)
    return folder


@pytest.fixture
def hub(tmp_path: Path, world: Path) -> str:
    """The hub, as it is for this test."""
    return str(shutil.copytree(world / "hub", tmp_path / "hub"))


@pytest.fixture
def devices(tmp_path: Path, world: Path) -> Iterator[list[Brain]]:
    """The devices, as they are for this test."""
    brains = [Brain.open(shutil.copytree(world / name, tmp_path / name)) for name in NAMES]
    yield brains
    for brain in brains:
        brain.close()


@pytest.fixture
def folded(tmp_path: Path, hub: str, scheduler: str) -> Callable[[], Built]:
    """Fold the hub into the common brain."""
    return lambda: build(hub, tmp_path / "common", scheduler=scheduler)


def listed(hub: str, kind: str = names.EVENTS) -> list[Path]:
    return sorted((Path(hub) / kind).rglob("*.gz"))


# ── build ───────────────────────────────────────────────────────────────────────────────────────


def test_a_common_brain_is_what_a_device_that_has_heard_all_is(
    tmp_path: Path, hub: str, devices: list[Brain], folded: Callable[[], Built]
) -> None:
    done = folded()
    assert (done.segments, done.devices, done.events, done.frames, done.aside) == (3, 3, 56, 56, [])
    for brain in devices:
        sync_brain(brain, hub)
    with Brain.open(tmp_path / "common") as common:
        assert standing_of(common.store) == standing_of(devices[0].store)
        assert common.score().balanced_accuracy == done.score.balanced_accuracy == devices[0].score().balanced_accuracy
        assert common.extractor == "pixels" and list(common.store.damage()) == []
        assert not list((common.folder / "backups").glob("events-*")), "a hub holds it"


def test_a_second_build_takes_in_only_what_is_new(hub: str, devices: list[Brain], folded: Callable[[], Built]) -> None:
    first, again = folded(), folded()
    assert (again.segments, again.events, again.frames) == (0, 0, 0) and again.score == first.score
    devices[1].tag(scene("bowl", 90), "bowl")
    sync_brain(devices[1], hub)
    more = folded()
    assert (more.segments, more.events, more.frames) == (1, 1, 1)


def test_what_is_broken_off_goes_on_where_it_was(
    tmp_path: Path, hub: str, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_AT_ONCE", 1)
    merge, done = Brain.merge_many, list[int]()

    def break_off(brain: Brain, told: list[object], *, copied: bool) -> object:
        if done:
            raise KeyboardInterrupt
        done.append(len(told))
        return merge(brain, told, copied=copied)  # type: ignore[arg-type]

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Brain, "merge_many", break_off)
        build(hub, tmp_path / "common", scheduler=scheduler)
    rest = build(hub, tmp_path / "common", scheduler=scheduler)
    assert rest.segments == 2
    with Brain.open(tmp_path / "common") as common:
        assert len(everything(common.store)) == 56


def test_what_cannot_be_used_is_set_aside_told_and_taken_in_when_it_is_mended(
    hub: str, folded: Callable[[], Built]
) -> None:
    torn, *_ = listed(hub)
    whole = torn.read_bytes()
    torn.chmod(0o600)
    torn.write_bytes(whole[:-20])
    later = gzip.compress(b'{"format": 2}\n', mtime=0)
    name = names.SegmentName(names.EVENTS, "0" * 16, 1, 1, files.content_id(later))
    (Path(hub) / str(name)).parent.mkdir()
    (Path(hub) / str(name)).write_bytes(later)
    other = listed(hub)[-1]
    borrowed = names.SegmentName(names.EVENTS, "0" * 16, 1, 1, files.content_id(other.read_bytes()))
    (Path(hub) / str(borrowed)).write_bytes(other.read_bytes())
    done = folded()
    reasons = {refused.path: refused.reason for refused in done.aside}
    assert reasons.pop(torn.relative_to(hub).as_posix()) == "its bytes are not what its name says"
    assert re.fullmatch(r".*is of format 2, this edge_brain knows 1; install a newer one", reasons.pop(str(name)))
    assert re.fullmatch("it is of device [0-9a-f]{16}", reasons.pop(str(borrowed))) and not reasons
    assert done.segments == 2
    torn.write_bytes(whole)
    mended = folded()
    assert mended.segments == 1 and len(mended.aside) == 2


def test_a_forked_id_and_a_clock_that_is_ahead_are_told_and_lose_nothing(
    tmp_path: Path, hub: str, devices: list[Brain], folded: Callable[[], Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = segments.from_bytes(listed(hub)[0].read_bytes(), "a segment")
    event = said.events[0]
    clone = type(said)(
        said.device,
        said.name,
        said.contract,
        [type(event)(**{**vars(event), "clock": clock.tick(0, clock.now() + 5 * 86400), "label": "bowl"})],
        [look for look in said.looks if look.frame == event.frame],
    )
    data = segments.to_bytes(clone)
    name = names.SegmentName(names.EVENTS, clone.device, 1, 1, files.content_id(data))
    (Path(hub) / str(name)).write_bytes(data)
    done = folded()
    assert done.events == 57 and done.forked == [clone.device]
    assert list(done.ahead) == [clone.device] and 4.9 < done.ahead[clone.device] / 86400 < 5.1
    with Brain.open(tmp_path / "common") as common:
        assert common.store.frame(event.frame).label == "bowl"
        (odd,) = [each for each in compare(common) if each.doubled]
    assert (odd.id, odd.doubled, odd.missing) == (clone.device, 1, 0) and odd.ahead_s > 4 * 86400


def test_a_head_that_does_not_add_up_is_found(tmp_path: Path, folded: Callable[[], Built]) -> None:
    folded()
    with Brain.open(tmp_path / "common") as common, common.store.database.transaction():
        row = common.store.database.row("SELECT * FROM head WHERE label = 'cup'")
        assert row is not None
        wrong = row["count"] + 1, head_checksum("cup", row["count"] + 1, row["sums"])
        common.store.database.execute("UPDATE head SET count = ?, crc = ? WHERE label = 'cup'", wrong)
    with pytest.raises(BrainDamaged, match="is not the head that is stored there"):
        folded()


def test_who_tags_in_the_common_brain_meanwhile_is_heard(
    tmp_path: Path, folded: Callable[[], Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, sums, tagged = folded().score.learned, summing.head_of, list[str]()

    def tag_meanwhile(*arguments: Any) -> object:
        summed = sums(*arguments)
        if not tagged:
            with Brain.open(tmp_path / "common") as other:
                tagged.append(other.tag(scene("bowl", 80), "bowl").role)
        return summed

    monkeypatch.setattr(summing, "head_of", tag_meanwhile)
    assert tagged == [] and folded().score.learned == before + 1 and tagged == ["learned"]


def test_another_machine_with_the_id_of_the_common_brain_gives_it_another(
    tmp_path: Path, hub: str, devices: list[Brain], folded: Callable[[], Built]
) -> None:
    folded()
    with Brain.open(tmp_path / "common") as common, common.store.database.transaction():
        common.store._note_setting("device", devices[0].store.setting("device"))
    devices[0].tag(scene("bowl", 90), "bowl")
    sync_brain(devices[0], hub)
    assert folded().events == 1
    with Brain.open(tmp_path / "common") as common:
        assert common.store.setting("device") != devices[0].store.setting("device")


def test_a_clone_under_an_id_that_was_given_up_costs_no_other(
    tmp_path: Path, hub: str, devices: list[Brain], scheduler: str
) -> None:
    common = shutil.copytree(devices[0].folder, tmp_path / "common")
    ids = set[str]()
    for number in (90, 91, 92):
        devices[0].tag(scene("bowl", number), "bowl")
        sync_brain(devices[0], hub)
        build(hub, common, scheduler=scheduler)
        with Brain.open(common) as brain:
            ids.add(brain.store.setting("device"))
    assert len(ids) == 1 and devices[0].store.setting("device") not in ids


def test_who_has_heard_of_a_clock_that_is_ahead_is_not_said_to_be(
    hub: str, devices: list[Brain], folded: Callable[[], Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    fast, slow, _ = devices
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + 5 * 86400)
    fast.tag(scene("bowl", 90), "bowl")
    monkeypatch.undo()
    sync_brain(fast, hub), sync_brain(slow, hub)
    slow.tag(scene("bowl", 91), "bowl")
    sync_brain(slow, hub)
    assert list(folded().ahead) == [fast.store.setting("device")]


def test_a_new_brain_codes_as_most_devices_do_by_now(
    tmp_path: Path, hub: str, devices: list[Brain], folded: Callable[[], Built]
) -> None:
    for number, brain in enumerate(devices):
        brain.retrain(region=LEFT)
        brain.tag(scene("bowl", 90 + number), "bowl")
        sync_brain(brain, hub)
    folded()
    with Brain.open(tmp_path / "common") as common:
        assert str(common.region) == str(devices[0].region)


def test_codes_that_cameras_make_are_common_too_and_cannot_be_coded_anew(tmp_path: Path, scheduler: str) -> None:
    look, camera, hub = PixelExtractor().code, Codes("camera", 192), str(tmp_path / "hub")
    with Brain.create(tmp_path / "gate", extractor=camera) as gate:
        gate.tag_many([(Coded(look(scene(label, n))), label) for label in ("cup", "mug") for n in range(4)])
        sync_brain(gate, hub, create=True)
        digest = gate.head_digest()
    with pytest.raises(BadInput, match="the codes of 'camera' come from the hub as they were made; leave it out"):
        build(hub, tmp_path / "common", region=LEFT, scheduler=scheduler)
    assert not (tmp_path / "common").exists()
    build(hub, tmp_path / "common", scheduler=scheduler)
    with Brain.open(tmp_path / "common", extractor=camera) as common:
        assert common.head_digest() == digest
        assert common.predict_code(look(scene("mug", 50))).first == "mug"
    told = recode(hub, "pixels", scheduler=scheduler)
    assert told.frames == 0 and len(told.aside) == 8
    assert "is no picture but a code, made as 'camera:own:1" in told.aside[0].reason


def test_views_that_are_still_to_be_made_are_made_before_devices_are_compared(tmp_path: Path) -> None:
    with Brain.create(tmp_path / "views", extractor="pixels", views=True) as brain:
        brain.keep_exposures([brain.exposer.expose(scene("cup", number)) for number in range(4)])
        brain.relabel({frame.id: "cup" for frame in brain.untagged()})
        assert [each.frames for each in compare(brain)] == [4]
        assert brain.store.without_views() == []


def test_a_hub_in_which_nothing_was_told_makes_no_brain(tmp_path: Path, scheduler: str) -> None:
    open_store(str(tmp_path / "hub"), create=True).close()
    with pytest.raises(HubRefused, match="no device has told anything"):
        build(str(tmp_path / "hub"), tmp_path / "common", scheduler=scheduler)
    assert not (tmp_path / "common").exists()


# ── recode ──────────────────────────────────────────────────────────────────────────────────────


def test_devices_that_are_retrained_get_the_new_codes_also_of_pictures_that_they_lack(
    hub: str, devices: list[Brain], scheduler: str
) -> None:
    one, other, _ = devices
    sync_brain(one, hub), sync_brain(other, hub)
    done = recode(hub, "pixels", region=LEFT, scheduler=scheduler)
    assert (done.frames, done.already, done.lacking, done.aside) == (56, 0, 0, [])
    for brain in (one, other):
        brain.retrain(extractor="pixels", region=LEFT)
        assert rough(brain), "the codes of the others' frames were made from thumbnails"
    sync_brain(one, hub), sync_brain(other, hub)
    assert standing_of(one.store) == standing_of(other.store)
    assert not rough(one) and not rough(other)


def rough(brain: Brain) -> int:
    return int(brain.store.database.value("SELECT count(*) FROM codes WHERE rough"))


def test_a_second_recoding_does_only_what_is_new(hub: str, devices: list[Brain], scheduler: str) -> None:
    recode(hub, "pixels", region=LEFT, scheduler=scheduler)
    objects = listed(hub, names.CODES)
    again = recode(hub, "pixels", region=LEFT, scheduler=scheduler)
    assert (again.frames, again.already, again.segments) == (0, 56, 0) and listed(hub, names.CODES) == objects
    devices[0].tag(scene("bowl", 90), "bowl")
    sync_brain(devices[0], hub)
    more = recode(hub, "pixels", region=LEFT, scheduler=scheduler)
    assert (more.frames, more.already) == (1, 56)


def test_pictures_that_are_not_in_the_hub_or_not_whole_are_told(hub: str, devices: list[Brain], scheduler: str) -> None:
    gone, torn, *_ = sorted((Path(hub) / names.FRAMES).rglob("*.jpg"))
    gone.unlink()
    torn.chmod(0o600)
    torn.write_bytes(b"torn")
    done = recode(hub, "pixels", region=LEFT, scheduler=scheduler)
    assert (done.frames, done.lacking) == (54, 1)
    assert [(each.path, each.reason) for each in done.aside] == [
        (torn.relative_to(hub).as_posix(), "its bytes are not what its name says")
    ]


def test_a_recoding_that_is_killed_goes_on_and_does_nothing_twice(tmp_path: Path, hub: str, scheduler: str) -> None:
    command = [sys.executable, "-m", "edge_brain", "fleet", "recode", hub, "--extractor", "pixels", "--region", LEFT]
    with subprocess.Popen([*command, "--scheduler", scheduler], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not listed(hub, names.CODES):
            time.sleep(0.01)
        process.kill()
    from distributed import Client  # which the second suite has not

    with Client(scheduler) as client:  # what its workers had begun comes to its end
        while client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)):
            time.sleep(0.05)
    before = coded(hub)
    rest = recode(hub, "pixels", region=LEFT, scheduler=scheduler)
    assert before and rest.already >= len(before) and rest.already + rest.frames == 56
    assert sorted(coded(hub)) == sorted(set(coded(hub))) and len(coded(hub)) == 56


def coded(hub: str) -> list[str]:
    """Return the frames that segments of codes in a hub tell of."""
    told = (segments.from_bytes(path.read_bytes(), path.name) for path in listed(hub, names.CODES))
    return [look.frame for segment in told for look in segment.looks]


def test_codes_that_a_hub_does_not_give_back_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Lying(Memory(), 1, rate=1.0, kinds=["else"])
    monkeypatch.setattr(reading, "opened", lambda location: hub)
    name = str(names.SegmentName(names.CODES, "0" * 16, 1, 1, files.content_id(b"codes")))
    refused = reading.deliver("anywhere", name, b"codes")
    assert refused is not None and refused.reason == "the hub does not give back what it was given"
    hub.rate = 0.0
    assert reading.deliver("anywhere", name, b"codes") is None and hub.read(name) == b"codes", "it is mended"


# ── report, and the command line ────────────────────────────────────────────────────────────────


def run(*arguments: object, code: int = 0) -> tuple[str, str]:
    result = CliRunner().invoke(main, [*map(str, arguments)])
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def test_the_commands_tell_the_score_first_and_what_is_odd(tmp_path: Path, hub: str, scheduler: str) -> None:
    first, second, third = listed(hub)
    first.unlink()
    second.chmod(0o600)
    second.write_bytes(b"torn")
    common = tmp_path / "common"
    out, err = run("fleet", "build", hub, "-o", common, "--scheduler", scheduler, code=3)
    assert out.startswith("Brain Score: ") and len(out.splitlines()) == 1
    assert "1 device; " in err and "1 thing was set aside:" in err and second.name in err
    told = json.loads(run("fleet", "build", hub, "-o", common, "--scheduler", scheduler, "--json", code=3)[0])
    assert (told["segments"], told["events"], told["score"]["images"]) == (0, 0, [])
    (device,) = json.loads(run("--brain", common, "fleet", "report", "--json")[0])
    assert device["id"] == third.parent.name and device["missing"] == 0
    assert device["frames"] == device["learned"] + device["reserved"] == sum(device["classes"].values())
    assert device["accuracy"] is not None and device["elsewhere"] is None


def test_the_report_tells_what_a_device_lacks_and_what_has_not_arrived(
    tmp_path: Path, hub: str, devices: list[Brain], folded: Callable[[], Built]
) -> None:
    for brain in devices[:1]:
        brain.tag(scene("cup", 70), "cup"), sync_brain(brain, hub)
        gone = listed(hub)[[path.parent.name for path in listed(hub)].index(brain.store.setting("device"))]
        gone.unlink()
    folded()
    out, _ = run("--brain", tmp_path / "common", "fleet", "report")
    assert re.search(
        r"^shed \([0-9a-f]{16}\) · 24 frames, \d+ learned, \d+ reserved · 24 events, last heard 20", out, re.M
    )
    assert re.search(r"^porch .*\n    lacks fork, mug\n(?:.*\n)?    16 events have not arrived", out, re.M)


# ── the workers ─────────────────────────────────────────────────────────────────────────────────


def test_a_piece_that_kills_its_workers_does_not_keep_the_others_from_being_done(once: None) -> None:
    with crew(workers=1) as hands:
        nannies = hands._client.run(lambda dask_worker: dask_worker.nanny).values()
        addresses = [hands._client.scheduler.address, *hands._client.nthreads(), *nannies]
        assert len(addresses) == 3 and all(address.startswith("tcp://127.0.0.1:") for address in addresses)
        came = {number: told for (number,), told in hands.each(doubled, ((number,) for number in range(12)))}
        hands._client.wait_for_workers(1)
        pids = set(hands._client.run(os.getpid).values())
    assert isinstance(came.pop(7), Died) and came == {number: 2 * number for number in range(12) if number != 7}
    assert pids and not any(Path(f"/proc/{pid}").exists() for pid in pids), "no process is left behind"


def doubled(number: int) -> int:
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


@pytest.mark.parametrize("count", [0, 1, 2, 7, 20])
def test_sums_are_of_all_pieces_however_many(scheduler: str, count: int) -> None:
    with crew(scheduler) as hands:
        total = Crew.summed(hands, doubled, ((number + 10,) for number in range(count)), added)
    assert total == (sum(2 * (number + 10) for number in range(count)) if count else None)


def added(one: int, other: int) -> int:
    return one + other


def test_when_the_workers_die_of_a_sum_it_is_told_what_to_do(once: None) -> None:
    with crew(workers=1) as hands, pytest.raises(EdgeBrainError, match="give them more memory"):
        hands.summed(doubled, ((number,) for number in range(9)), added)


def test_a_scheduler_that_does_not_answer_is_told(once: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_brain.fleet.crew._CONNECT_S", 0.3)
    with pytest.raises(BadInput, match="no scheduler answers at tcp"), crew("tcp://127.0.0.1:9"):
        pass
    with pytest.raises(BadInput, match="give --scheduler or --workers"), crew("tcp://127.0.0.1:9", 2):
        pass


def test_without_the_extra_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(ExtraMissing, match=r"pip install 'edge_brain\[fleet\]'"), crew():
        pass
