"""What a device runs stays as it is while it is taught, is switched as a whole, and is only what may be trusted."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from pictures import scene
from test_release import PICTURES, contract, forged, images, npz, score, sets

from edge_brain import Brain, clock, examine, files, production
from edge_brain import errors as e
from edge_brain.brain import releasing
from edge_brain.brain.frozen import Frozen
from edge_brain.outcomes import Production
from edge_brain.production import which
from edge_brain.production.shelf import Shelf
from edge_brain.release import form, keys, signing
from edge_brain.repair import repair
from edge_brain.store import DATABASE


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of releases: 1, then 2, which knows spoons, then 3, which does not, and is signed by the key."""
    folder = tmp_path_factory.mktemp("made")
    keys.make(folder / "key")
    with Brain.create(folder / "kitchen", extractor="pixels") as brain:
        brain.tag_many([(scene(label, number), label) for label in ("cup", "fork", "mug") for number in range(8)])
        brain.release(folder / "1.brain")
        brain.tag_many([(scene("spoon", number), "spoon") for number in range(8)])
        brain.release(folder / "2.brain")
        brain.remove_class("spoon")
        brain.release(folder / "3.brain", key=folder / "key")
    return folder


@pytest.fixture
def key(made: Path) -> Path:
    return made / "key"


@pytest.fixture
def first(made: Path) -> Path:
    return made / "1.brain"


@pytest.fixture
def second(made: Path) -> Path:
    return made / "2.brain"


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Brain]:
    """The brain of a device, on which nothing is tagged yet."""
    with Brain.create(tmp_path / "porch", extractor="pixels") as brain:
        yield brain


def answers(path: Path, pictures: Sequence[Any] = PICTURES) -> list[Any]:
    with Brain.open(path) as release:
        return release.predict_many(pictures)


def told(brain: Brain) -> Production:
    assert brain.production is not None
    return brain.production


def numbers(brain: Brain) -> tuple[int | None, int | None, int]:
    """Which release answers, which did before, and the greatest that was taken."""
    now = told(brain)
    return now.current and now.current.number, now.previous and now.previous.number, now.highest


def laid(brain: Brain) -> dict[str, bytes]:
    """All that lies in production/."""
    return {path.name: path.read_bytes() for path in (brain.folder / "production").glob("*")}


def current_file(brain: Brain) -> Path:
    current = told(brain).current
    assert current is not None
    return Path(current.path)


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


# ── taking and running ──────────────────────────────────────────────────────────────────────────


def test_a_release_that_is_taken_answers_whatever_is_tagged_on_the_device(device: Brain, first: Path) -> None:
    assert device.production is None
    taken = device.take_release(first)
    assert taken.changed and taken.notes == (
        "it is not signed, and no key is pinned here: nobody vouches for who made it",
    )
    with Brain.open(device.folder, production=True) as running:
        assert running.predict_many(PICTURES) == answers(first)
        device.tag_many([(scene(label, number), "thing") for label in ("cup", "mug") for number in range(8)])
        assert running.predict_many(PICTURES) == answers(first) != device.predict_many(PICTURES)
        assert running.released == taken.released == told(device).current == told(running).current
        assert (running.number, running.score(), running.classes()) == (1, *of(first, "score", "classes"))
    assert Path(taken.released.path).read_bytes() == first.read_bytes()
    assert numbers(device) == (1, None, 1) and told(device).trouble is None
    assert all(each.ok for each in examine(device) if each.check == "production")


def of(path: Path, *names: str) -> list[Any]:
    with Brain.open(path) as release:
        return [getattr(release, name)() for name in names]


def test_whoever_runs_it_answers_with_the_next_from_the_next_call_on(device: Brain, first: Path, second: Path) -> None:
    device.take_release(first)
    with Brain.open(device.folder, production=True) as running:
        code = running.exposer.code(PICTURES[0]).tobytes()
        assert running.predict_many(PICTURES) == answers(first)
        device.take_release(second.read_bytes())
        assert running.predict_codes([code]) == answers(second, PICTURES[:1])
        assert running.predict_many(PICTURES) == answers(second) != answers(first)
        device.rollback()
        assert running.number == 1
        assert running.predict_many(PICTURES) == answers(first)


def test_it_goes_over_to_a_release_of_another_extractor(device: Brain, first: Path, tmp_path: Path) -> None:
    with Brain.create(tmp_path / "hall", extractor="lite0-224", region="0,0,1,0.9") as other:
        other.tag_many([(scene(label, number), label) for label in ("cup", "mug") for number in range(4)])
        other.release(tmp_path / "5.brain", 5)
    device.take_release(first)
    with Brain.open(device.folder, production=True) as running:
        assert running.predict_many(PICTURES[:3]) == answers(first, PICTURES[:3])
        device.take_release(tmp_path / "5.brain")
        assert running.predict_many(PICTURES[:3]) == answers(tmp_path / "5.brain", PICTURES[:3])
        assert (running.extractor, str(running.region)) == ("lite0-224", "0.0,0.0,1.0,0.9")


def test_a_switch_in_the_midst_of_an_answer_waits_for_the_next(
    device: Brain, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.take_release(first)
    with Brain.open(device.folder, production=True) as running:
        assert running.predict_many(PICTURES) == answers(first)

        def meanwhile(brain: Frozen) -> str:
            monkeypatch.undo()
            device.take_release(second)
            return brain._contract

        monkeypatch.setattr(Frozen, "_contract", property(meanwhile))  # the picture was coded, and is to be answered
        assert running.predict_many(PICTURES) == answers(first)
        assert numbers(device) == (2, 1, 2) and running.predict_many(PICTURES) == answers(second)


def test_every_answer_is_that_of_one_release_while_they_are_switched_again_and_again(
    device: Brain, first: Path, second: Path
) -> None:
    known = {1: answers(first, PICTURES[:4]), 2: answers(second, PICTURES[:4])}
    device.take_release(first)
    device.take_release(second)
    switched = Event()

    def switch() -> None:
        for _ in range(40):
            device.rollback()
        switched.set()

    seen = set[int]()
    with Brain.open(device.folder, production=True) as running, ThreadPoolExecutor(1) as other:
        done = other.submit(switch)
        while not switched.is_set():
            answer = running.predict_many(PICTURES[:4])
            seen |= {number for number, told in known.items() if told == answer} or {0}
        done.result()
        assert running.predict_many(PICTURES[:4]) == known[2], "40 times there and back"
    assert seen <= {1, 2} and seen


def test_it_is_read_only_and_needs_no_database(device: Brain, first: Path, tmp_path: Path) -> None:
    device.take_release(first)
    shutil.copytree(device.folder / "production", tmp_path / "bare" / "production")
    with Brain.open(tmp_path / "bare", production=True) as running:
        assert running.predict_many(PICTURES) == answers(first)
        for work in (lambda: running.tag(PICTURES[0], "mug"), running.rollback, lambda: running.take_release(first)):
            with pytest.raises(e.BrainReadOnly, match="is release 1 of the brain 'kitchen'"):
                work()
    assert sorted(path.name for path in (tmp_path / "bare").iterdir()) == ["production"]


def test_where_nothing_is_in_production_that_is_told(device: Brain, first: Path) -> None:
    with pytest.raises(e.BrainNotFound, match=r"nothing is in production .* `edge-brain release take FILE`"):
        Brain.open(device.folder, production=True)
    with pytest.raises(e.BadInput, match="is a file: production is in the folder of a brain"):
        Brain.open(first, production=True)
    with pytest.raises(e.BrainNotFound, match="nothing is in production"):
        device.rollback()
    assert device.production is None


def test_the_same_release_is_taken_once(device: Brain, first: Path) -> None:
    device.take_release(first)
    before = laid(device)
    assert not device.take_release(first).changed
    assert laid(device) == before


# ── going back ──────────────────────────────────────────────────────────────────────────────────


def test_one_goes_back_and_forward_again_and_two_releases_are_kept(
    device: Brain, first: Path, second: Path, offered: bytes
) -> None:
    device.take_release(first)
    with pytest.raises(e.ReleaseRefused, match="release 1 is the first here"):
        device.rollback()
    device.take_release(second)
    back = device.rollback()
    assert back.current is not None and back.current.number == 1 and numbers(device) == (1, 2, 2)
    with pytest.raises(e.ReleaseRefused, match="release 2 was in production before: `edge-brain release rollback`"):
        device.take_release(second)
    assert numbers(device) == (1, 2, 2)
    device.rollback()
    assert numbers(device) == (2, 1, 2)
    device.take_release(offered)
    assert numbers(device) == (3, 2, 3) and len(laid(device)) == 3, "two releases, and what says which"


def test_who_has_not_seen_a_switch_takes_nothing_back(device: Brain, first: Path, second: Path) -> None:
    device.take_release(first)
    device.take_release(second)
    with pytest.raises(e.ReleaseRefused, match="release 2 is in production by now, not 1"):
        device.rollback(expected=1)
    assert numbers(device) == (2, 1, 2)
    device.rollback(expected=2)
    assert numbers(device) == (1, 2, 2)


def test_nobody_goes_back_to_what_is_not_whole(device: Brain, first: Path, second: Path) -> None:
    device.take_release(first)
    before = current_file(device)
    device.take_release(second)
    damage(before)
    with pytest.raises(e.ReleaseRefused, match="the release before cannot answer, so nothing was changed"):
        device.rollback()
    assert told(device).current == device.take_release(second).released
    assert told(device).previous is None and "is damaged" in (told(device).trouble or "")


def test_an_older_release_is_taken_when_one_says_so_and_the_count_goes_on(
    device: Brain, first: Path, second: Path
) -> None:
    device.take_release(second)
    before = laid(device)
    with pytest.raises(e.ReleaseRefused, match=r"is release 1, older than release 2, .* say --allow-older"):
        device.take_release(first)
    assert laid(device) == before
    assert device.take_release(first, older=True).changed
    assert numbers(device) == (1, 2, 2)


def test_of_a_hubs_releases_those_are_worth_fetching_that_were_never_here() -> None:
    sha = "a" * 64
    names = [f"releases/{number:08d}-{sha}.brain" for number in (3, 12, 7, 8)]
    others = [
        f"releases/00000099-{sha}.tmp",
        f"releases/99-{sha}.brain",
        "releases/00000099-A.brain",
        f"00000000-{sha}.brain",
    ]
    assert which([*names, *others], 7) == [names[1], names[3]]
    assert which(names, 12) == [] and len(which(names, 0)) == 4


# ── what is refused ─────────────────────────────────────────────────────────────────────────────


def signed(data: bytes, key: Path) -> bytes:
    return signing.signed(data, keys.read(key).seed)


def unsigned(data: bytes) -> bytes:
    return data[: -signing.SIZE - 2] + b"\0\0"


REFUSALS: dict[str, tuple[Callable[[bytes, Path, Path], bytes], str]] = {
    "unsigned": (lambda data, key, other: unsigned(data), "is not signed; this device takes only what is signed by"),
    "signed by another": (lambda data, key, other: signed(unsigned(data), other), "which is not pinned here"),
    "the signature of another file": (
        lambda data, key, other: data[:-128] + signed(forge(data, sets(number=9)), key)[-128:], "is not what"),
    "another's name on the signature": (
        lambda data, key, other: data[:-193] + keys.read(other).public.encode() + data[-129:], "is not what"),
    "the pinned key's name on another's signature": (
        lambda data, key, other: signed(unsigned(data), other)[:-193] + keys.read(key).public.encode()
        + signed(unsigned(data), other)[-129:], "is not what"),
    "a signature of zeros": (lambda data, key, other: data[:-128] + b"0" * 128, "is not what"),
    "bytes behind it": (lambda data, key, other: data + b"x", "is not signed"),
    "twice signed": (lambda data, key, other: signed(data, key), "bytes that belong to nothing|is not whole"),
    "bytes before it": (lambda data, key, other: b"PK\x03\x04" + data, "is not what"),
    "another extractor": (
        lambda data, key, other: signed(forge(data, contract(fingerprint="pixels:9")), key), "which is not here"),
    "a golden answer that differs": (
        lambda data, key, other: signed(forge(data, npz(weights=np.zeros((3, 192), np.float32))), key),
        "answers .* where it answered"),
    "another brain's score card": (
        lambda data, key, other: signed(forge(data, score(level="Low")), key), "its score is another brain's"),
    "a later format": (lambda data, key, other: signed(forge(data, sets(format=2)), key), "of format 2"),
    "a number that no name can hold": (
        lambda data, key, other: signed(forge(data, sets(number=10**10)), key), "a number that cannot be meant"),
    "images that are none": (
        lambda data, key, other: signed(forge(data, images(id="\x1b]0;pwn\x07")), key), "names images that cannot"),
    "a burst of two lines": (
        lambda data, key, other: signed(forge(data, images(burst="a\nb")), key), "devices, bursts, or classes"),
    "an end before its tags": (
        lambda data, key, other: signed(forge(data, sets(expires_at=5)), key), "an end that cannot"),
    "no ZIP": (lambda data, key, other: b"no release", "is no release"),
    "nothing": (lambda data, key, other: b"", "is no release"),
}  # fmt: skip


def forge(data: bytes, change: Any) -> bytes:
    return forged(unsigned(data), change)


@pytest.fixture
def pinned(device: Brain, first: Path, key: Path) -> Brain:
    """A device that runs release 1, and takes only what the key has signed."""
    device.take_release(first)
    device.pin(keys.read(key).public)
    return device


@pytest.fixture
def offered(made: Path) -> bytes:
    """Release 3, signed."""
    return (made / "3.brain").read_bytes()


@pytest.mark.parametrize("name", REFUSALS)
def test_a_release_that_may_not_answer_is_refused_and_nothing_changes(
    pinned: Brain, offered: bytes, key: Path, tmp_path: Path, name: str
) -> None:
    keys.make(tmp_path / "other")
    change, said = REFUSALS[name]
    before = laid(pinned)
    with Brain.open(pinned.folder, production=True) as running:
        was = running.predict_many(PICTURES)
        with pytest.raises(e.ReleaseRefused, match=said):
            pinned.take_release(change(offered, key, tmp_path / "other"))
        assert laid(pinned) == before and running.predict_many(PICTURES) == was
    assert pinned.take_release(offered).notes == (), "as it was made it is taken"


@pytest.mark.parametrize("member", ["manifest.json", "classifier.npz", "score.json", "golden.json"])
def test_each_member_is_covered_also_when_its_digest_is_right(pinned: Brain, offered: bytes, member: str) -> None:
    before = laid(pinned)

    def changed(members: dict[str, bytes], told: dict[str, Any]) -> None:
        if member == "manifest.json":
            told["number"] = 999
        else:
            members[member] += b" "

    other = forge(offered, changed)[:-2] + offered[-signing.SIZE - 2 :]
    with pytest.raises(e.ReleaseRefused, match="is not what"):
        pinned.take_release(other)
    assert laid(pinned) == before


def test_a_release_that_is_cut_short_is_refused(pinned: Brain, offered: bytes, first: Path, device: Brain) -> None:
    before = laid(pinned)
    for size in [*range(0, len(offered), 211), *range(len(offered) - 260, len(offered))]:
        with pytest.raises(e.ReleaseRefused):
            pinned.take_release(offered[:size])
    pinned.unpin(pinned.pins()[0])
    for size in [*range(0, len(offered), 211), *range(len(offered) - 260, len(offered))]:
        with pytest.raises(e.ReleaseRefused):
            pinned.take_release(offered[:size])
    assert laid(pinned) == before


def test_without_a_pin_a_wrong_signature_is_refused_and_a_right_one_is_told(
    device: Brain, offered: bytes, key: Path
) -> None:
    with pytest.raises(e.ReleaseRefused, match="is not what"):
        device.take_release(offered[:-1] + (b"0" if offered[-1:] != b"0" else b"1"))
    assert device.production is None
    taken = device.take_release(offered)
    assert taken.released.signed_by == keys.read(key).public
    assert taken.notes[0].startswith(f"it is signed by {taken.released.signed_by}, and no key is pinned here")


def test_a_number_that_was_here_is_refused_with_other_content(pinned: Brain, offered: bytes, key: Path) -> None:
    pinned.take_release(offered)
    before = laid(pinned)
    for number, said in ((3, "another of the same number as release 3"), (2, "older than release 3")):
        again = signed(forge(offered, sets(number=number, name="other")), key)
        with pytest.raises(e.ReleaseRefused, match=said):
            pinned.take_release(again)
    assert laid(pinned) == before


def test_the_name_of_a_hubs_file_must_be_true(device: Brain, first: Path, tmp_path: Path) -> None:
    sha = files.content_id(first.read_bytes())
    for name, said in (
        (production.name_of(1, "0" * 64), f"has the SHA-256 {sha}, not 0000"),
        (production.name_of(4, sha), "is release 1: its name says 4"),
    ):
        shutil.copy(first, tmp_path / name)
        with pytest.raises(e.ReleaseRefused, match=said):
            device.take_release(tmp_path / name)
    with pytest.raises(e.ReleaseRefused, match="not 1111"):
        device.take_release(first.read_bytes(), sha256="1" * 64)
    assert device.production is None
    shutil.copy(first, tmp_path / production.name_of(1, sha))
    with pytest.raises(e.ReleaseRefused, match="by its name another"):
        device.take_release(tmp_path / production.name_of(1, sha), sha256="1" * 64)
    assert device.take_release(tmp_path / production.name_of(1, sha), sha256=sha).changed


def test_a_giant_file_is_refused_without_reading_it(device: Brain, tmp_path: Path) -> None:
    with (tmp_path / "giant.brain").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(2**40)
    with pytest.raises(e.ReleaseRefused, match="is larger than 128 MiB"):
        device.take_release(tmp_path / "giant.brain")
    assert device.production is None


# ── time ────────────────────────────────────────────────────────────────────────────────────────


def test_an_expired_release_is_not_taken_and_one_that_expires_in_production_goes_on(
    device: Brain, taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    for number in (1, 2):
        taught.release(tmp_path / f"{number}.brain", expires="90d")
    device.take_release(tmp_path / "1.brain")
    assert not told(device).expired
    monkeypatch.setattr(clock, "now", lambda: now + 91 * 86_400)
    before = laid(device)
    with pytest.raises(e.ReleaseRefused, match=r"has expired: it ended at .*, and here it is .*; set the clock if not"):
        device.take_release(tmp_path / "2.brain")
    assert laid(device) == before
    assert told(device).expired and told(device).trouble is None
    with Brain.open(device.folder, production=True) as running:
        assert running.predict_many(PICTURES) == answers(tmp_path / "1.brain")


def test_a_clock_that_was_lost_is_no_ground_to_refuse_and_is_told(
    device: Brain, taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught.release(tmp_path / "1.brain", expires="90d")
    monkeypatch.setattr(clock, "now", lambda: 5.0)
    taken = device.take_release(tmp_path / "1.brain")
    assert (
        taken.changed
        and "whether that is past nobody here knows: this clock says 1970-01-01T00:00:05Z" in taken.notes[0]
    )
    assert not told(device).expired


# ── whose releases are taken ────────────────────────────────────────────────────────────────────


def test_keys_are_pinned_and_unpinned_and_the_last_one_opens_the_door(
    device: Brain, first: Path, key: Path, offered: bytes
) -> None:
    public = keys.read(key).public
    device.pin("f" * 64)
    device.pin(public.upper())
    device.pin(public)
    assert device.pins() == ["f" * 64, public]
    with pytest.raises(e.BadInput, match="is no public key: give the 64 hex digits"):
        device.pin("../key")
    with pytest.raises(e.BadInput, match="is not pinned here; pinned: f"):
        device.unpin("e" * 64)
    with pytest.raises(e.ReleaseRefused, match="is not signed"):
        device.take_release(first)
    device.take_release(offered)
    for each in device.pins():
        device.unpin(each)
    assert device.take_release(first, older=True).changed and device.pins() == []


@pytest.mark.parametrize("lost", ["database", "settings", "database, and what stands beside it is older"])
def test_a_repaired_brain_trusts_the_same_keys(device: Brain, lost: str) -> None:
    beside = device.folder / "backups" / "settings.json"
    device.store.backup()
    for each in "ab":
        device.pin(each * 64)
    older = beside.read_bytes()
    device.pin("c" * 64)
    device.unpin("b" * 64)
    if "older" not in lost:
        device.store.backup()
    device.pin("d" * 64)
    if "older" in lost:
        device.store.backup()
        beside.write_bytes(older)
    if lost == "settings":
        with device.store.database.transaction():
            device.store.database.execute("DELETE FROM settings WHERE key IN ('pins', 'region')")
    device.close()
    if "database" in lost:
        (device.folder / DATABASE).write_bytes(b"")
    assert not repair(device.folder).sound
    with Brain.open(device.folder) as mended:
        assert mended.pins() == ["a" * 64, "c" * 64, "d" * 64]


def test_the_doctor_reads_anew_what_was_read_before(device: Brain, first: Path) -> None:
    device.take_release(first)
    assert told(device).trouble is None
    path = current_file(device)
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    damage(path)
    os.utime(path, ns=times)
    (found,) = (each for each in examine(device) if each.check == "production")
    assert not found.ok and "is damaged" in found.detail


# ── what a disk does later ──────────────────────────────────────────────────────────────────────


def test_where_the_current_release_is_damaged_the_one_before_answers_and_it_is_told(
    device: Brain, first: Path, second: Path
) -> None:
    device.take_release(first)
    device.take_release(second)
    with Brain.open(device.folder, production=True) as before:
        damage(current_file(device))
        with Brain.open(device.folder, production=True) as running:
            assert running.predict_many(PICTURES) == answers(first)
        assert before.predict_many(PICTURES) == answers(second), "what was read is whole"
        now = told(device)
        assert now.current is not None and now.current.number == 1 and now.previous is None
        assert "is damaged: it is not what was put into production; release 1 answers" in (now.trouble or "")
        assert [each.detail for each in examine(device) if each.check == "production"] == [now.trouble]
        assert device.take_release(second).changed, "it is mended"
        assert numbers(device) == (2, 1, 2) and told(device).trouble is None
        assert before.predict_many(PICTURES) == answers(second)


def test_where_nothing_is_whole_that_is_told_and_who_runs_already_goes_on(
    device: Brain, first: Path, second: Path
) -> None:
    device.take_release(first)
    device.take_release(second)
    with Brain.open(device.folder, production=True) as running:
        for path in (device.folder / "production").glob("*.brain"):
            path.unlink()
        os.utime(device.folder / "production" / "production.json", (0, 0))
        assert running.predict_many(PICTURES) == answers(second)
        with pytest.raises(e.BrainDamaged, match="nothing in production is whole: take a release anew"):
            Brain.open(device.folder, production=True)
        assert told(device).current is None and told(device).trouble
        device.take_release(first, older=True)
        assert running.predict_many(PICTURES) == answers(first)
    assert numbers(device) == (1, None, 2)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"\xff", b"[" * 60_000, "changed"])
def test_where_it_is_not_known_what_is_in_production_the_last_release_answers(
    device: Brain, first: Path, second: Path, data: bytes | str
) -> None:
    device.take_release(first)
    device.take_release(second)
    pointer = device.folder / "production" / "production.json"
    if isinstance(data, str):
        data = json.dumps({**json.loads(pointer.read_bytes()), "highest": 1}).encode()
    pointer.write_bytes(data)
    with Brain.open(device.folder, production=True) as running:
        assert running.predict_many(PICTURES) == answers(second)
    assert numbers(device) == (2, 1, 2) and "production.json is damaged" in (told(device).trouble or "")
    assert device.take_release(second).changed and told(device).trouble is None
    assert numbers(device) == (2, 1, 2)


def test_a_release_that_a_kill_left_there_is_in_production_for_nobody(
    device: Brain, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*given: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Shelf, "switch", killed)
    with pytest.raises(KeyboardInterrupt):
        device.take_release(first)
    monkeypatch.undo()
    assert len(laid(device)) == 1 and device.production is None
    device.take_release(second)
    assert len(laid(device)) == 2 and numbers(device) == (2, None, 2)


def test_a_full_disk_leaves_what_was_in_production(
    device: Brain, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.take_release(first)
    before, fsync = laid(device), os.fsync
    for left in range(2):
        calls = iter([fsync] * 2 * left)  # a file takes two: its bytes, and its name

        def full(handle: int, calls: Iterator[Any] = calls) -> None:
            if (call := next(calls, None)) is None:
                raise OSError(28, "No space left on device")
            call(handle)

        monkeypatch.setattr(files.os, "fsync", full)
        with pytest.raises(e.DiskFull):
            device.take_release(second)
        monkeypatch.undo()
        assert {name: laid(device)[name] for name in before} == before and numbers(device) == (1, None, 1)
    assert device.take_release(second).changed


def test_two_do_not_switch_at_once(device: Brain, first: Path, second: Path) -> None:
    device.take_release(first)
    with Shelf(device.folder).alone(), pytest.raises(e.BrainBusy, match="somebody else changes what is in production"):
        device.take_release(second)
    assert numbers(device) == (1, None, 1)


def test_what_the_disk_does_not_give_for_now_is_not_forgotten(
    device: Brain, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.take_release(first)
    before, held = laid(device), form.held

    def broken(path: Path) -> bytes:
        if path.parent.name == "production":
            raise e.StorageFailed("Input/output error")
        return held(path)

    monkeypatch.setattr(form, "held", broken)
    with pytest.raises(e.StorageFailed):
        device.take_release(second)
    monkeypatch.undo()
    assert laid(device) == before and numbers(device) == (1, None, 1)


def test_a_disk_that_fails_for_a_moment_leaves_nothing_behind_that_was_taken_back(
    device: Brain, first: Path, second: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.take_release(first)
    device.take_release(second)
    held = form.held

    def broken(path: Path) -> bytes:
        if path.name.startswith("00000001"):
            raise e.StorageFailed("Input/output error")
        return held(path)

    with Brain.open(device.folder, production=True) as running:
        assert running.predict_many(PICTURES) == answers(second)
        device.rollback()
        monkeypatch.setattr(form, "held", broken)
        assert running.predict_many(PICTURES) == answers(second), "the disk does not give the other"
        monkeypatch.undo()
        assert running.predict_many(PICTURES) == answers(first)


def test_the_score_card_of_a_large_brain_names_the_wrong_images_first(
    taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = taught.score().images
    monkeypatch.setattr(releasing, "_MOST_IMAGES", 2)
    wrong = replace(images[-1], right=False)
    assert releasing._shown([*images[:-1], wrong]) == [wrong, images[0]]
    taught.release(tmp_path / "1.brain")
    with Brain.open(tmp_path / "1.brain") as card:
        assert len(card.score().images) == 2 and card.score().accuracy == taught.score().accuracy
