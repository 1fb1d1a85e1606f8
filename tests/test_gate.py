"""The gate: by which names, with which tokens, and from which pages one may come in and change something."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_brain import clock
from edge_brain.web.gate import Asked, Gate, Why

TOKEN = "a token of the right length"
PHONE = "192.0.2.7"
Pass = Callable[[float], None]


@pytest.fixture
def gate() -> Gate:
    return Gate(TOKEN, needs_token=True, names=["pi", "Pi.local."])


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """A clock that stands until it is told how many seconds pass."""
    now = [1_000_000.0]
    monkeypatch.setattr(clock, "elapsed", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def asked(method: str = "GET", address: str = PHONE, **headers: str) -> Asked:
    """What comes with a request; headers as keywords."""
    return Asked.of(method, address, {"HOST": "pi:8000", **headers}, "edge_brain_8000")


def why(gate: Gate, asked: Asked) -> Why | None:
    refused = gate.refusal(asked)
    return refused and refused.why


# ── names ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:8000", "LOCALHOST:8000", "localhost.", "localhost:", "pi", "PI:80", "pi.local",
        "pi.local.:8000", "127.0.0.1", "127.0.0.1:8000", "192.168.1.20:8000", "8.8.8.8", "[::1]", "[::1]:8000",
        "[fe80::1]:80",
        "[::ffff:10.0.0.1]:80",
    ],
)  # fmt: skip
def test_addresses_localhost_and_our_own_names_are_ours(gate: Gate, host: str):
    assert gate.is_our_name(host)


@pytest.mark.parametrize(
    "host",
    [
        None, "", ":8000", ".", "evil.example", "evil.example:8000", "localhost.evil.example", "evil-localhost",
        "pi.evil.example",
        "127.0.0.1.evil.example", "127.0.0.1.nip.io", "127.1", "2130706433", "0x7f.0.0.1", "127.0.0.1, evil.example",
        "evil.example, 127.0.0.1", "evil.example@127.0.0.1", "127.0.0.1@evil.example", "evil.example/127.0.0.1",
        "127.0.0.1/evil.example", "127.0.0.1:80:80", "127.0.0.1:-1", "127.0.0.1:999999", "127.0.0.1:8o",
        "127.0.0.1:８０",
        "１２７.0.0.1", "::1", "[::1", "::1]", "[]", "[::1]evil.example", "evil.example[::1]", "[evil.example]",
        "[::1%eth0]",
        "[127.0.0.1]x", "localhost..", "..", "localhost ", " localhost", "localhost\t", "local\x00host",
        "localhost\r\nX: y", "http://localhost",
        "localhost?x", "localhost#x", "localhost\\evil.example", "*", "null", "ⓛocalhost", "a" * 100_000,
    ],
)  # fmt: skip
def test_any_other_host_is_not(gate: Gate, host: str | None):
    assert not gate.is_our_name(host)
    assert why(gate, Asked("GET", PHONE, host, bearer=TOKEN)) is Why.NAME


@given(st.text(max_size=30), st.text(max_size=20))
def test_no_host_and_no_origin_makes_the_gate_fail(host: str, origin: str):
    gate = Gate(TOKEN, needs_token=True)
    gate.refusal(Asked("POST", host, host, (origin,), origin, host, origin, host, origin))
    assert gate.refusal(Asked("POST", PHONE, "localhost", (gate.cookie,), None, gate.csrf, origin)) is not None


# ── pages of other sites ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "nonsense"])
@pytest.mark.parametrize("mode", [None, "no-cors", "cors", "websocket"])
def test_a_page_of_another_site_gets_nothing_though_it_knew_everything(gate: Gate, site: str, mode: str | None):
    for method in ("GET", "HEAD", "POST"):
        assert why(gate, Asked(method, PHONE, "pi", (gate.cookie,), TOKEN, gate.csrf, None, site, mode)) is Why.SITE


def test_a_link_on_another_site_may_be_followed_but_a_form_of_it_not_sent(gate: Gate):
    link = Asked("GET", PHONE, "pi", (gate.cookie,), site="cross-site", mode="navigate")
    form = Asked("POST", PHONE, "pi", (gate.cookie,), csrf=gate.csrf, site="cross-site", mode="navigate")
    assert gate.refusal(link) is None
    assert why(gate, form) is Why.SITE


@pytest.mark.parametrize(
    "origin",
    ["null", "", "http://evil.example", "http://pi:8001", "http://pi", "http://pi:8000.evil.example", "http://pi:8000/",
     "http://user@pi:8000", "ftp://pi:8000", "//pi:8000", "pi:8000", "http://[", "http://pi:8000, http://pi:8000"],
)  # fmt: skip
@pytest.mark.parametrize("site", [None, "same-origin", "none"])
def test_a_change_from_another_origin_is_refused(gate: Gate, origin: str, site: str | None):
    change = Asked("POST", PHONE, "pi:8000", (gate.cookie,), None, gate.csrf, origin, site)
    assert why(gate, change) is Why.SITE
    assert why(gate, Asked("POST", PHONE, "pi:8000", bearer=TOKEN, origin=origin)) is Why.SITE


@pytest.mark.parametrize("origin", [None, "http://pi:8000", "https://pi:8000", "HTTP://PI:8000"])
def test_a_change_of_our_own_page_is_not(gate: Gate, origin: str | None):
    assert gate.refusal(Asked("POST", PHONE, "Pi:8000", (gate.cookie,), None, gate.csrf, origin)) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "get", "ANYTHING"])
def test_each_method_but_three_counts_as_a_change(gate: Gate, method: str):
    assert why(gate, Asked(method, PHONE, "pi", (gate.cookie,))) is Why.CSRF
    for wrong in ("", gate.cookie, TOKEN, gate.csrf.upper(), gate.csrf + " "):
        assert why(gate, Asked(method, PHONE, "pi", (gate.cookie,), csrf=wrong)) is Why.CSRF
    assert gate.refusal(Asked(method, PHONE, "pi", (gate.cookie,), csrf=gate.csrf)) is None
    assert gate.refusal(Asked(method, PHONE, "pi", bearer=TOKEN)) is None


def test_on_the_loopback_none_needs_a_token_but_a_change_needs_the_pages_own():
    gate = Gate(TOKEN, needs_token=False)
    assert gate.refusal(Asked("GET", "127.0.0.1", "localhost")) is None
    assert why(gate, Asked("POST", "127.0.0.1", "localhost")) is Why.CSRF
    assert why(gate, Asked("GET", "127.0.0.1", "evil.example")) is Why.NAME
    assert why(gate, Asked("POST", "127.0.0.1", "localhost", bearer="wrong")) is Why.TOKEN


# ── coming in ───────────────────────────────────────────────────────────────────────────────────


def test_headers_are_read_as_they_come(gate: Gate):
    assert gate.refusal(asked(AUTHORIZATION=f"Bearer {TOKEN}")) is None
    assert gate.refusal(asked(AUTHORIZATION=f"bearer  {TOKEN} ")) is None
    assert gate.refusal(asked(COOKIE=f"edge_brain_8000={gate.cookie}")) is None
    assert gate.refusal(asked(COOKIE=f"a=b;  edge_brain_8000={gate.cookie} ; c")) is None
    assert gate.refusal(asked(COOKIE=f"edge_brain_8000=planted; edge_brain_8000={gate.cookie}")) is None
    assert gate.refusal(asked("POST", COOKIE=f"edge_brain_8000={gate.cookie}", X_CSRF_TOKEN=gate.csrf)) is None


@pytest.mark.parametrize(
    "cookie",
    ["", "edge_brain_8000", "edge_brain_8000=", "edge_brain_80={0}", "Edge_brain_8000={0}", "x=edge_brain_8000={0}",
     "edge_brain_8000={0}x", "edge_brain_8000=x{0}", 'edge_brain_8000="{0}"', "edge_brain_8000={0},x",
     "=edge_brain_8000"],
)  # fmt: skip
def test_no_other_cookie_opens(gate: Gate, cookie: str):
    assert why(gate, asked(COOKIE=cookie.format(gate.cookie))) is Why.STRANGER


@pytest.mark.parametrize("authorization", ["", TOKEN, f"Basic {TOKEN}", f"Bearer{TOKEN}", f"Token {TOKEN}"])
def test_no_other_authorization_opens(gate: Gate, authorization: str):
    assert why(gate, asked(AUTHORIZATION=authorization)) is Why.STRANGER


@pytest.mark.parametrize(
    "wrong", ["", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "ü", "\ud800", f"{TOKEN}, Bearer {TOKEN}"]
)
def test_no_other_token_opens_nor_does_what_is_made_of_it(gate: Gate, wrong: str):
    for token in (wrong, gate.cookie, gate.csrf):
        assert why(Gate(TOKEN, needs_token=True, names=["pi"]), asked(AUTHORIZATION=f"Bearer {token}")) is Why.TOKEN
    for cookie in (wrong, TOKEN, gate.csrf):
        assert why(gate, Asked("GET", PHONE, "pi", (cookie,))) is Why.STRANGER


def test_cookie_and_csrf_token_are_of_this_token_and_tell_nothing_of_each_other():
    made = [secret for token in (TOKEN, TOKEN + "x") for gate in [Gate(token, needs_token=True)] * 2
            for secret in (gate.cookie, gate.csrf)]  # fmt: skip
    assert len(set(made)) == 4
    assert all(len(secret) == 64 for secret in made)


def test_secrets_are_compared_in_constant_time(gate: Gate, monkeypatch: pytest.MonkeyPatch):
    compared = []
    monkeypatch.setattr("hmac.compare_digest", lambda one, other: compared.append(other) or one == other)
    gate.refusal(asked(AUTHORIZATION="Bearer wrong"))
    gate.refusal(asked("POST", COOKIE=f"edge_brain_8000={gate.cookie}", X_CSRF_TOKEN="wrong"))
    assert compared == [TOKEN.encode(), gate.cookie.encode(), gate.csrf.encode()]


# ── trying ──────────────────────────────────────────────────────────────────────────────────────


def wrong(gate: Gate, address: str = PHONE) -> Why | None:
    return why(gate, Asked("GET", address, "pi", bearer="wrong"))


def test_after_five_wrong_tokens_each_next_waits_twice_as_long_until_five_minutes(gate: Gate, wait: Pass):
    assert [wrong(gate) for _ in range(5)] == [Why.TOKEN] * 5
    waits = []
    for _ in range(12):
        refused = gate.refusal(Asked("GET", PHONE, "pi", bearer="wrong"))
        assert refused is not None and refused.why is Why.WAIT
        waits.append(refused.wait_s)
        wait(refused.wait_s - 0.001)
        assert wrong(gate) is Why.WAIT, "not a moment too early"
        wait(0.002)
        assert wrong(gate) is Why.TOKEN
    assert waits == pytest.approx([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])


def test_who_waits_is_not_told_whether_a_token_is_right_and_the_right_one_forgives(gate: Gate, wait: Pass):
    for _ in range(5):
        wrong(gate)
    assert why(gate, Asked("GET", PHONE, "pi", bearer=TOKEN)) is Why.WAIT
    wait(1.001)
    assert why(gate, Asked("GET", PHONE, "pi", bearer=TOKEN)) is None
    assert [wrong(gate) for _ in range(6)] == [Why.TOKEN] * 5 + [Why.WAIT]


def test_who_waits_goes_on_by_the_cookie_and_old_cookies_are_not_counted(gate: Gate, wait: Pass):
    for _ in range(5):
        wrong(gate)
    assert gate.refusal(Asked("GET", PHONE, "pi", (gate.cookie,))) is None
    other = "192.0.2.8"
    for _ in range(100):
        assert why(gate, Asked("GET", other, "pi", ("old",))) is Why.STRANGER
    assert wrong(gate, other) is Why.TOKEN


def test_to_ask_without_counting_does_not_count_and_waits_all_the_same(gate: Gate, wait: Pass):
    guess = Asked("GET", PHONE, "pi", bearer="wrong")
    for _ in range(50):
        gate.refusal(guess, counted=False)
    assert [wrong(gate) for _ in range(6)] == [Why.TOKEN] * 5 + [Why.WAIT]
    refused = gate.refusal(Asked("GET", PHONE, "pi", bearer=TOKEN), counted=False)
    assert refused is not None and refused.why is Why.WAIT


def test_tries_are_forgotten_after_an_hour(gate: Gate, wait: Pass):
    for _ in range(5):
        wrong(gate)
    wait(3601)
    assert [wrong(gate) for _ in range(6)] == [Why.TOKEN] * 5 + [Why.WAIT]


def test_a_thousand_tries_break_no_arithmetic(gate: Gate, wait: Pass):
    for _ in range(1_200):
        assert wrong(gate) is Why.TOKEN
        wait(301)
    assert wrong(gate) is Why.TOKEN


def test_many_at_one_time_are_counted_one_by_one(gate: Gate, wait: Pass):
    with ThreadPoolExecutor(16) as crowd:
        said = list(crowd.map(lambda _: wrong(gate), range(64)))
    assert said.count(Why.TOKEN) == 5 and said.count(Why.WAIT) == 59


def test_addresses_are_counted_apart_but_a_network_of_ipv6_together(gate: Gate, wait: Pass):
    for number in range(5):
        assert wrong(gate, f"2001:db8:1:2::{number:x}") is Why.TOKEN
    assert wrong(gate, "2001:db8:1:2:ffff::1") is Why.WAIT
    assert wrong(gate, "2001:db8:1:3::1") is Why.TOKEN
    for _ in range(5):
        wrong(gate, "::ffff:192.0.2.50")
    assert wrong(gate, "192.0.2.50") is Why.WAIT, "the same, written otherwise"
    assert wrong(gate, "192.0.2.51") is Why.TOKEN
    assert wrong(gate, "fe80::1%eth0") is Why.TOKEN
    assert wrong(gate, "") is Why.TOKEN, "who has none is counted, too"


def test_of_many_addresses_only_so_many_are_remembered(gate: Gate, wait: Pass):
    for number in range(3_000):
        wrong(gate, f"10.0.{number // 250}.{number % 250}")
    assert len(gate._tries) == 1_000
