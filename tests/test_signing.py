"""Releases are signed with a key of one's own, and what was changed since is found before it is parsed."""

from __future__ import annotations

import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from nacl.signing import VerifyKey
from pictures import scene
from test_release import forged

from edge_brain import Brain, files
from edge_brain import errors as e
from edge_brain.release import expiry, form, keys, signing


@pytest.fixture
def key(tmp_path: Path) -> Path:
    (tmp_path / "safe").mkdir()
    keys.make(tmp_path / "safe" / "key")
    return tmp_path / "safe" / "key"


# ── keys ────────────────────────────────────────────────────────────────────────────────────────


def test_a_private_key_is_for_its_owner_alone_and_is_never_replaced(tmp_path: Path) -> None:
    public = keys.make(tmp_path / "key")
    held = (tmp_path / "key").read_text()
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
    assert held.endswith(f"public {public}\n") and keys.read(tmp_path / "key").public == public
    with pytest.raises(e.BadInput, match="a key is never replaced"):
        keys.make(tmp_path / "key")
    assert (tmp_path / "key").read_text() == held
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert keys.make(tmp_path / "other") != public
    assert repr(keys.read(tmp_path / "key").seed) not in repr(keys.read(tmp_path / "key"))


def test_a_key_that_others_may_read_is_not_used(key: Path, taught: Brain, tmp_path: Path) -> None:
    key.chmod(0o640)
    with pytest.raises(e.BadInput, match=r"others on this machine may read the private key .*: chmod 600"):
        taught.release(tmp_path / "a.brain", key=key)
    assert not (tmp_path / "a.brain").exists() and taught.number == 0


@pytest.mark.parametrize("held", ["", "x", "edge_brain private key 1\nprivate 00\n", "-" * 9000])
def test_what_is_no_key_signs_nothing(taught: Brain, tmp_path: Path, held: str) -> None:
    (tmp_path / "key").write_text(held)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(e.BadInput, match="is no private key, or not whole"):
        taught.release(tmp_path / "a.brain", key=tmp_path / "key")
    assert not (tmp_path / "a.brain").exists() and taught.number == 0


def test_a_key_that_is_damaged_signs_nothing(key: Path, taught: Brain, tmp_path: Path) -> None:
    told = key.read_text()
    key.write_text(told.replace(told[40:60], told[40:60][::-1]))
    with pytest.raises(e.BadInput, match="is damaged"):
        taught.release(tmp_path / "a.brain", key=key)
    with pytest.raises(e.StorageFailed, match="cannot be read"):
        taught.release(tmp_path / "a.brain", key=tmp_path / "none")
    with pytest.raises(e.StorageFailed, match="cannot be written"):
        keys.make(tmp_path / "nowhere" / "key")
    assert not (tmp_path / "a.brain").exists() and taught.number == 0


# ── signatures ──────────────────────────────────────────────────────────────────────────────────


def test_a_signed_release_is_a_zip_whose_signature_others_can_check(key: Path, taught: Brain, tmp_path: Path) -> None:
    told = taught.release(tmp_path / "a.brain", key=key)
    data = (tmp_path / "a.brain").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.brain") as held:
        assert held.testzip() is None and len(held.comment) == signing.SIZE
        *_, public, signature = held.comment.decode().split()
    line = f"edge_brain release 1 {files.content_id(data[: -signing.SIZE])}\n"
    VerifyKey(bytes.fromhex(public)).verify(line.encode(), bytes.fromhex(signature))
    assert told.signed_by == public == keys.read(key).public == signing.checked(data, "it")
    with Brain.open(tmp_path / "a.brain") as release:
        assert release.predict(scene("mug", 30)) == taught.predict(scene("mug", 30))


def test_the_same_brain_and_key_give_the_same_file_and_the_environment_may_name_the_key(
    key: Path, taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught.release(tmp_path / "a.brain", key=key)
    data = (tmp_path / "a.brain").read_bytes()
    unsigned = forged(data[: -signing.SIZE - 2] + b"\0\0", lambda members, told: None)
    assert signing.checked(unsigned, "it") is None
    monkeypatch.setenv("EDGE_BRAIN_RELEASE_KEY", str(key))
    assert taught.release(tmp_path / "b.brain").signed_by == keys.read(key).public
    assert signing.signed(data[: -signing.SIZE - 2] + b"\0\0", keys.read(key).seed) == data


def test_each_byte_of_a_signed_release_is_covered(key: Path, taught: Brain, tmp_path: Path) -> None:
    taught.release(tmp_path / "a.brain", key=key)
    data = (tmp_path / "a.brain").read_bytes()
    places = [*range(0, len(data), 37), *range(len(data) - signing.SIZE - 30, len(data))]
    for place in places:
        other = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        try:
            assert signing.checked(other, "it") is None, place  # no signature is left: a pin refuses that
            assert place >= len(data) - signing.SIZE, "what is covered was changed"
            with pytest.raises(e.BrainDamaged):
                form.from_bytes(other, "it")
        except e.ReleaseRefused as error:
            assert "is not what" in str(error)


def test_nothing_of_a_file_is_parsed_before_its_signature_is_right(
    key: Path, taught: Brain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taught.release(tmp_path / "a.brain", key=key)
    data = bytearray((tmp_path / "a.brain").read_bytes())
    data[len(data) // 2] ^= 1

    def parsed(*given: object) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr(form, "from_bytes", parsed)
    with pytest.raises(e.ReleaseRefused, match="is not what"):
        taught.take_release(bytes(data))
    assert taught.production is None


@pytest.mark.parametrize("more", [b"x", b"PK\x05\x06" + bytes(18), bytes(70_000)])
def test_bytes_behind_or_before_an_unsigned_release_are_refused(taught: Brain, tmp_path: Path, more: bytes) -> None:
    taught.release(tmp_path / "a.brain")
    data = (tmp_path / "a.brain").read_bytes()
    for other in (data + more, more + data, data[:-2] + len(more).to_bytes(4, "little")[:2] + more):
        (tmp_path / "x.brain").write_bytes(other)
        with pytest.raises((e.BadInput, e.BrainDamaged)):
            Brain.open(tmp_path / "x.brain")


def test_a_release_of_before_there_were_signatures_opens(taught: Brain, tmp_path: Path) -> None:
    taught.release(tmp_path / "a.brain")
    earlier = forged((tmp_path / "a.brain").read_bytes(), lambda members, told: told.pop("expires_at"))
    (tmp_path / "b.brain").write_bytes(earlier)
    with Brain.open(tmp_path / "b.brain") as release:
        assert release.released is not None and release.released.expires_at is None
        assert release.predict(scene("mug", 30)) == taught.predict(scene("mug", 30))
    assert taught.take_release(tmp_path / "b.brain").changed


def test_without_pynacl_a_signed_release_answers_and_is_not_taken(key: Path, taught: Brain, tmp_path: Path) -> None:
    taught.release(tmp_path / "a.brain", key=key)
    program = (
        "import sys; sys.modules['nacl'] = None\n"
        "from edge_brain import Brain, ExtraMissing\n"
        "assert Brain.open(sys.argv[1]).released.signed_by is None, 'nobody looked'\n"
        "brain = Brain.open(sys.argv[2])\n"
        "for work in (lambda: brain.take_release(sys.argv[1]), lambda: brain.release('x.brain', key=sys.argv[3])):\n"
        "    try: work()\n"
        "    except ExtraMissing as error: print(error)\n"
        "assert brain.production is None and brain.number == 1\n"
    )
    command = [sys.executable, "-c", program, tmp_path / "a.brain", taught.folder, key]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.count("pip install 'edge_brain[signing]'") == 2
    assert not (tmp_path / "x.brain").exists()


# ── expiry ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "at"),
    [("90d", 1_000 + 90 * 86_400), ("2h", 8_200), ("1970-01-02", 2 * 86_400 - 1), ("1970-01-01T00:20:00Z", 1_200)],
)
def test_an_end_is_a_span_a_day_or_a_stamp(text: str, at: float) -> None:
    assert expiry.moment(text, 1_000) == at


@pytest.mark.parametrize("text", ["", "90", "soon", "2026-13-01", "2026-02-30", "-5d"])
def test_what_is_no_end_is_refused_before_a_number_is_used(taught: Brain, tmp_path: Path, text: str) -> None:
    with pytest.raises(e.BadInput, match="is no end: give a span such as 90d"):
        taught.release(tmp_path / "a.brain", expires=text)
    assert taught.number == 0 and not (tmp_path / "a.brain").exists()


@pytest.mark.parametrize("end", ["1970-01-02", "999999999999d", 1.0, float("inf"), float("nan")])
def test_an_end_that_is_past_or_beyond_all_dates_is_refused(taught: Brain, tmp_path: Path, end: float | str) -> None:
    with pytest.raises(e.BadInput, match="could be taken by nobody"):
        taught.release(tmp_path / "a.brain", expires=end)
    assert taught.number == 0 and not (tmp_path / "a.brain").exists()


def test_a_tag_from_the_future_leaves_the_end_to_whoever_names_a_day() -> None:
    now, ahead = 100 * 86_400.0, 900 * 86_400.0
    assert expiry.end("90d", now - 1, now) == (now + 90 * 86_400, now - 1)
    assert expiry.end("900d", ahead, now) == (now + 900 * 86_400, ahead)
    with pytest.raises(e.BadInput, match="this clock or that of the device that tagged is wrong"):
        expiry.end("90d", ahead, now)
    for day in ("1970-05-01", 120 * 86_400.0):
        at, taught_at = expiry.end(day, ahead, now)
        assert taught_at == now < at < ahead and expiry.judged(at, taught_at, now) == "valid"


@pytest.mark.parametrize(
    ("expires_at", "now", "judged"),
    [
        (None, 0.0, "valid"), (None, 1e11, "valid"), (2_000.0, 1_000.0, "valid"), (2_000.0, 1_999.9, "valid"),
        (2_000.0, 2_000.0, "expired"), (2_000.0, 1e11, "expired"), (2_000.0, 999.9, "unknown"),
        (2_000.0, 0.0, "unknown"),
    ],
)  # fmt: skip
def test_a_clock_that_is_before_the_last_tag_shows_nothing(expires_at: float | None, now: float, judged: str) -> None:
    assert expiry.judged(expires_at, 1_000.0, now) == judged
