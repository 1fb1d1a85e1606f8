"""The server before strangers, other sites, and whoever floods it: raw requests to a real one on the loopback."""

from __future__ import annotations

import html
import json
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pictures import scene
from reports import NASTY, confuse

from edge_brain import Brain, Rules
from edge_brain.images import encode_jpeg
from edge_brain.web import Served, connection, served, server, streams

pytestmark = pytest.mark.usefixtures("once")  # no runtime is asked for here

TOKEN = "only-for-these-tests"
_PATIENCE_S = 30  # nothing is expected to take that long


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brain]:
    """A brain that no request here may change."""
    with Brain.create(tmp_path_factory.mktemp("safe") / "kitchen", extractor="pixels") as brain:
        brain.tag_many([(scene(label, number), label) for label in ("cup", "fork", "mug") for number in range(8)])
        before = brain.head_digest(), brain.images()
        yield brain
        assert (brain.head_digest(), brain.images()) == before


@contextmanager
def serving(brain: Brain, *, private: bool = False, **options: Any) -> Iterator[Served]:
    """Serve a brain; `private` as on a LAN."""
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr(server, "is_loopback", lambda listener: not private)
        at = stack.enter_context(served(brain, port=0, token=TOKEN, **options))
        patch.undo()
        yield at


@pytest.fixture(scope="module")
def open_at(taught: Brain) -> Iterator[Served]:
    """A server that asks for no token."""
    with serving(taught, names=["kitchen.example"]) as at:
        yield at


@pytest.fixture(scope="module")
def at(taught: Brain) -> Iterator[Served]:
    """A server that asks for a token."""
    with serving(taught, private=True) as at:
        yield at


@pytest.fixture(autouse=True)
def own_address() -> None:
    """Each test comes from an address of its own: wrong tokens are counted by address."""
    OWN.append(f"127.0.{1 + len(OWN) // 200}.{1 + len(OWN) % 200}")


OWN: list[str] = []


class Answer:
    """What a server answered."""

    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1]) if first else 0  # 0: it closed without a word
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        self.text = data.decode("utf-8", "replace")

    @property
    def message(self) -> str:
        return str(json.loads(self.body)["message"])


def connect(at: Served) -> socket.socket:
    return socket.create_connection((at.host, at.port), timeout=_PATIENCE_S, source_address=(OWN[-1], 0))


def rest(connected: socket.socket) -> bytes:
    """Read until the server closes."""
    said = b""
    with suppress(ConnectionResetError):  # what we had sent, and it refused, is why
        while data := connected.recv(65_536):
            said += data
    return said


def raw(at: Served, data: bytes) -> Answer:
    with connect(at) as connected:
        with suppress(ConnectionError):
            connected.sendall(data)
        return Answer(rest(connected))


def head(at: Served, method: str = "GET", path: str = "/api/score", **headers: str | None) -> bytes:
    """A request's head; a header that is None is left out."""
    named = {"Host": f"127.0.0.1:{at.port}", "Connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}  # type: ignore[misc]
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items() if value is not None)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def ask(at: Served, method: str = "GET", path: str = "/api/score", body: bytes = b"", **headers: str | None) -> Answer:
    length = {"Content_Length": str(len(body))} if body else {}
    return raw(at, head(at, method, path, **length, **headers) + body)


def bearer() -> dict[str, str | None]:
    return {"Authorization": f"Bearer {TOKEN}"}


def cookie(at: Served) -> dict[str, str | None]:
    """A browser's cookie, after the link was opened."""
    given = ask(at, path=f"/?token={TOKEN}").headers["set-cookie"]
    return {"Cookie": given.partition(";")[0]}


def picture() -> bytes:
    return encode_jpeg(scene("cup", 501))


# ── where it listens, and as what ───────────────────────────────────────────────────────────────


def test_it_binds_the_loopback_alone_and_asks_for_no_token_there(taught: Brain):
    with served(taught, port=0) as at:
        assert at.host == "127.0.0.1" and at.token is None
        assert "token" not in at.link
        assert ask(at).status == 200
        with pytest.raises(OSError), socket.create_connection(("127.0.0.2", at.port), timeout=1):
            pass


@pytest.mark.parametrize(
    ("host", "private"),
    [("127.0.0.1", False), ("127.0.0.2", False), ("localhost", False), ("0.0.0.0", True)],
)
def test_an_address_that_others_reach_asks_for_a_token(host: str, private: bool):
    with server.listen(host, 0) as listener:
        assert server.is_loopback(listener) is not private


def test_a_link_for_the_lan_bears_a_new_token_each_time(taught: Brain, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "is_loopback", lambda listener: False)
    tokens = set()
    for _ in range(2):
        with served(taught, port=0) as at:
            assert at.token is not None and len(at.token) >= 22 and at.link.endswith(f"/?token={at.token}")
            tokens.add(at.token)
    assert len(tokens) == 2


# ── coming in ───────────────────────────────────────────────────────────────────────────────────


PLACES = ("/", "/device", "/download/report.html", "/download/pictures.zip", "/download/release/1", "/api/health",
          "/tag", "/test", "/review", "/review/frames", "/review/discarded", "/score", "/events", "/live.jpg",
          "/live.mjpeg", "/api/score", "/api/session", "/api/openapi.json",
          "/thumbnail/" + "0" * 64, "/picture/" + "0" * 64, "/nothing", "/static", "/../tag")  # fmt: skip


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "TRACE", "PUT"])
def test_a_stranger_sees_nothing(at: Served, path: str, method: str):
    answer = ask(at, method, path)
    assert answer.status == 401
    assert "kitchen" not in answer.text and "cup" not in answer.text and TOKEN not in answer.text


def test_a_stranger_gets_the_looks_of_the_page_that_asks_for_the_token(at: Served):
    assert ask(at, path="/tag").body.count(b'name="token"') == 1
    assert ask(at, path="/style/report.css").status == ask(at, path="/static/workspace.css").status == 200
    assert ask(at, path="/style/report.css?classes=5000").status == 401, "which is work"
    assert ask(at, "POST", "/static/workspace.css").status == 401


def test_the_link_gives_a_cookie_that_no_script_and_no_other_site_can_use(at: Served):
    answer = ask(at, path=f"/?token={TOKEN}")
    given = answer.headers["set-cookie"]
    assert answer.status == 200 and "location" not in answer.headers
    assert re.fullmatch(
        rf"edge_brain_{at.port}=[0-9a-f]{{64}}; Expires=[^;]+; Max-Age=31536000; HttpOnly; Path=/; SameSite=Strict",
        given,
    )
    assert TOKEN not in answer.text
    assert ask(at, **cookie(at)).status == 200
    assert ask(at, Cookie=given.partition(";")[0].replace(str(at.port), "80")).status == 401, "that of another port"


@pytest.mark.parametrize(
    "path", ["/tag", "/api/score", "//evil.example", "/score", "/events", "/thumbnail/" + "0" * 64]
)
def test_the_token_opens_only_the_front_door(at: Served, path: str):
    answer = ask(at, path=f"{path}?token={TOKEN}")
    assert answer.status == 401 and "set-cookie" not in answer.headers
    assert "evil" not in answer.text


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS"])
def test_the_token_opens_it_to_no_other_method(at: Served, method: str):
    assert ask(at, method, f"/?token={TOKEN}").status == 401


def test_brute_force_is_slowed_for_link_and_program_together(at: Served):
    said = [ask(at, path=f"/?token=guess{number}").status for number in range(3)]
    said += [ask(at, Authorization=f"Bearer guess{number}").status for number in range(2)]
    assert said == [401] * 5
    known = {"Cookie": f"edge_brain_{at.port}=0"}
    for refused in (ask(at, path=f"/?token={TOKEN}"), ask(at, **bearer()), ask(at, **bearer(), **known)):
        assert refused.status == 429 and int(refused.headers["retry-after"]) >= 1


def test_who_is_in_stays_in_while_somebody_guesses_from_the_same_address(at: Served):
    known = cookie(at)
    for number in range(8):
        ask(at, Authorization=f"Bearer guess{number}")
    assert ask(at, **known).status == 200


# ── names, other sites ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "host", [None, "", "evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1@evil.example"]
)
@pytest.mark.parametrize("path", ["/", "/api/score", "/static/workspace.css", f"/?token={TOKEN}", "/nothing"])
def test_a_name_that_was_rebound_to_us_opens_nothing(at: Served, host: str | None, path: str):
    answer = ask(at, path=path, Host=host, **bearer())
    assert answer.status == 400
    assert "set-cookie" not in answer.headers and "cup" not in answer.text


def test_our_own_names_and_those_that_were_given_are_answered(open_at: Served):
    at = open_at
    for host in ("localhost", "kitchen.example", "KITCHEN.example:8000", socket.gethostname(), "10.1.2.3"):
        assert ask(at, Host=host).status == 200, host


def test_two_hosts_are_none(open_at: Served):
    at = open_at
    for lines in (b"Host: localhost\r\nHost: evil.example", b"Host: evil.example\r\nHost: localhost"):
        assert raw(at, b"GET /api/score HTTP/1.1\r\nConnection: close\r\n" + lines + b"\r\n\r\n").status == 400


@pytest.mark.parametrize(
    "target",
    ["http://evil.example/api/score", "http://127.0.0.1/api/score", "evil:x", "*", "localhost:80", "?x", "http://[::1"],
)
def test_it_is_no_proxy(open_at: Served, target: str):
    answer = ask(open_at, path=target)
    assert answer.status == 400 and "evil" not in answer.text


def test_what_proxies_say_is_not_listened_to(at: Served):
    for number in range(6):
        forged = {
            "X_Forwarded_For": f"10.0.0.{number}",
            "Forwarded": f"for=10.0.0.{number}",
            "X_Real_IP": f"10.0.0.{number}",
        }
        last = ask(at, Authorization="Bearer guess", **forged)  # type: ignore[arg-type]
    assert last.status == 429, "it is one address that tries"
    assert ask(at, Host="evil.example", X_Forwarded_Host="localhost").status == 400
    page = ask(at, path="/", X_Forwarded_Host="evil.example", X_Forwarded_Prefix="/evil", X_Forwarded_Proto="https")
    assert "evil" not in page.text


CROSS = [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"},
         {"Sec_Fetch_Site": "same-site"}, {"Origin": "http://127.0.0.1:1"}, {"Origin": "http://["}]  # fmt: skip


@pytest.mark.parametrize("foreign", CROSS, ids=str)
def test_a_page_of_another_site_changes_nothing(open_at: Served, taught: Brain, foreign: dict[str, str]):
    at = open_at
    csrf = json.loads(ask(at, path="/api/session").body)["csrf_token"]
    before = taught.head_digest(), len(taught.images())
    for known in ({"X_CSRF_Token": csrf}, bearer()):
        said = ask(at, "POST", "/api/tag?label=cup", picture(), Content_Type="image/jpeg", **known, **foreign)
        assert said.status == 403, said.text
    assert (taught.head_digest(), len(taught.images())) == before


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_of_another_site_changes_nothing_even_without_headers_that_tell(
    open_at: Served, taught: Brain, kind: str
):
    before = taught.head_digest()
    for path in ("/api/tag?label=cup", "/api/untag", "/api/remove_class"):
        assert ask(open_at, "POST", path, b'{"label": "cup"}', Content_Type=kind).status == 403
    assert taught.head_digest() == before


def test_another_site_may_not_even_look_but_be_left_by_a_link(open_at: Served):
    at = open_at
    for path in ("/api/score", "/live.mjpeg", "/events", "/static/workspace.js", "/download/pictures.zip"):
        assert ask(at, path=path, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors").status == 403
    assert ask(at, path="/tag", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate").status == 200


def test_each_change_asks_for_the_pages_own_token(open_at: Served, taught: Brain):
    at = open_at
    document = json.loads(ask(at, path="/api/openapi.json").body)
    changes = [path for path, methods in document["paths"].items() if "post" in methods]
    assert len(changes) > 6
    before = taught.head_digest()
    for path in changes:
        for csrf in (None, "", "0" * 64, TOKEN):
            assert ask(at, "POST", path, X_CSRF_Token=csrf).status == 403
    assert taught.head_digest() == before


# ── what every answer tells a browser ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/tag", "/device", "/download/report.html", "/test", "/review",
                                  "/review/frames?page=x", "/score", "/api/score", "/nothing",
                                  "/static/workspace.js", "/api/nothing", "/?token=no", "http://evil.example/",
                                  "/thumbnail/" + "0" * 64])  # fmt: skip
@pytest.mark.parametrize("private", [True, False])
def test_every_answer_is_strict(open_at: Served, at: Served, path: str, private: bool):
    answer = ask(at if private else open_at, path=path, Origin="http://evil.example")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy and "*" not in policy
    for part in ("script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
        assert f"{part};" in f"{policy};"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "server" not in answer.headers
    assert answer.headers["cache-control"] in ("no-store", "no-cache") or path.startswith("/static/")


def test_a_question_beforehand_by_another_site_is_answered_with_no_permission(open_at: Served):
    answer = ask(open_at, "OPTIONS", "/api/tag", Origin="http://evil.example", Access_Control_Request_Method="POST")
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_no_page_has_a_script_or_a_style_in_it_and_names_are_only_names(brain: Brain):
    confuse(brain, ("cup", "bowl", *NASTY))
    with serving(brain) as at:
        _look_for_scripts(at)


class _Tags(HTMLParser):
    """Finds what runs or styles in a page itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in named) or named.get("src") == "x":
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in named if name == "style" or name.startswith("on")]
        self.found += [f"{tag} {value}" for value in named.values() if (value or "").startswith("javascript:")]


def _look_for_scripts(at: Served) -> None:
    for path in ("/tag", "/test", "/review", "/review/frames",
                 f"/review/frames?label={quote(NASTY[0])}&taken_for=<b>&show=<b>",
                 "/review/untagged", "/review/discarded", "/review/suspects", "/score", "/device", "/nothing",
                 "/<script>alert(1)</script>"):  # fmt: skip
        page = ask(at, path=path)
        assert page.headers["content-type"].startswith("text/html")
        assert _Tags(page.text).found == [], path
    assert "{{ 7 * 7 }}" in html.unescape(ask(at, path="/score").text), "no template is in a name"
    names = ask(at, path="/api/classes")
    assert NASTY[0] in [each["label"] for each in json.loads(names.body)]
    assert names.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    "path",
    [
        "/picture/../../brain.db", "/picture/..%2f..%2fbrain.db", "/thumbnail/%2e%2e/brain.db", "/picture/" + "A" * 64,
        "/picture/" + "0" * 63,
        "/picture/" + "0" * 65, "/picture/" + "0" * 64, "/picture/" + "0" * 64 + ".jpg",
        "/picture/" + "0" * 64 + "%00", "/picture/" + "0" * 64 + "%0a",
        "/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static/%00", "/static/..\\app.py",
        "//etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/%ff%fe", "/static/", "/picture/", "/tag/", "/TAG",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file_that_is_no_picture(open_at: Served, path: str):
    answer = ask(open_at, path=path)
    assert answer.status == 404, answer.text
    assert "SQLite" not in answer.text and "root:" not in answer.text and "create_app" not in answer.text


# ── bodies ──────────────────────────────────────────────────────────────────────────────────────


def first_words(at: Served, request: bytes) -> Answer:
    """Send a head, wait for the answer, and send nothing more."""
    with connect(at) as connected:
        connected.sendall(request)
        return Answer(rest(connected))


def test_of_a_stranger_no_body_is_taken(at: Served, taught: Brain):
    large = {"Content_Length": str(32 * 2**20), "Content_Type": "image/jpeg"}
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Cookie": f"edge_brain_{at.port}=0"},
        {"Expect": "100-continue"},
    ):
        answer = first_words(at, head(at, "POST", "/api/tag?label=cup", Connection=None, **large, **headers))  # type: ignore[arg-type]
        assert answer.status == 401 and "100 Continue" not in answer.text
        assert answer.headers["connection"] == "close"
    assert len(taught.images()) == 24


def test_what_a_stranger_sends_as_a_body_is_no_second_request(at: Served):
    hidden = head(at, path="/api/score", Connection=None, **bearer())
    answer = raw(at, head(at, "POST", "/api/tag", Connection=None, Content_Length=str(len(hidden))) + hidden)
    assert answer.status == 401 and answer.text.count("HTTP/1.1") == 1


def test_no_body_is_taken_that_a_change_would_not_be_allowed_with(open_at: Served):
    at = open_at
    for headers in ({}, {"X_CSRF_Token": "0"}, {"Origin": "http://evil.example"}):
        answer = first_words(at, head(at, "POST", "/api/tag", Connection=None, Content_Length=str(2**24), **headers))
        assert answer.status == 403
    assert first_words(at, head(at, Connection=None, Content_Length=str(2**24))).status == 200, "to look needs none"


def test_a_body_of_more_than_32_mib_is_refused_by_its_length_and_one_of_that_is_taken(open_at: Served):
    at = open_at
    for length in (str(32 * 2**20 + 1), str(2**63), "9" * 30, "9" * 5_000):
        request = head(at, "POST", "/api/predict", Content_Length=length, Content_Type="image/jpeg", **bearer())
        assert first_words(at, request).status == (413 if len(length) < 1_000 else 400)
    whole = ask(at, "POST", "/api/predict", picture().ljust(32 * 2**20, b"\0"), Content_Type="image/jpeg", **bearer())
    assert whole.status == 200, whole.text


@pytest.mark.parametrize("length", ["-1", "+5", "5, 5", "5 5", "0x5", "", "５", "5\r\nContent-Length: 6"])
def test_a_length_that_is_none_is_refused(open_at: Served, length: str):
    request = head(open_at, "POST", "/api/predict", **bearer()).replace(
        b"\r\n\r\n", b"\r\nContent-Length: " + length.encode() + b"\r\n\r\nhello"
    )
    assert raw(open_at, request).status in (400, 401)


@pytest.mark.parametrize("encoding", ["chunked", "Chunked", "gzip, chunked", "chunked, chunked", "identity", "x"])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_body_without_a_length_is_refused(open_at: Served, encoding: str, version: str):
    at = open_at
    request = head(at, "POST", "/api/predict", Transfer_Encoding=encoding, Content_Length="3", **bearer())
    answer = raw(at, request.replace(b"HTTP/1.1", f"HTTP/{version}".encode()) + b"0\r\n\r\n")
    assert answer.status in (411, 501) and answer.headers["content-type"] == "application/json"


def test_only_a_few_large_bodies_are_taken_at_one_time_and_each_gives_its_place_back(open_at: Served):
    at = open_at
    large = head(
        at,
        "POST",
        "/api/predict",
        Content_Length=str(4 * 2**20),
        Content_Type="image/jpeg",
        Expect="100-continue",
        **bearer(),
    )
    with ExitStack() as stack:
        sending = [stack.enter_context(connect(at)) for _ in range(connection.MOST_LARGE)]
        for each in sending:
            each.sendall(large)
            assert b"100 Continue" in each.recv(1_000)
        refused = first_words(at, large)
        assert refused.status == 503 and int(refused.headers["retry-after"]) > 0 and "large" in refused.message
        assert ask(at, "POST", "/api/predict", picture(), Content_Type="image/jpeg", **bearer()).status == 200, (
            "small ones are"
        )
    until(
        lambda: ask(at, "POST", "/api/predict", bytes(4 * 2**20), Content_Type="image/jpeg", **bearer()).status == 400
    )


def until(happens: Callable[[], bool]) -> None:
    """Wait until something happens."""
    paused = threading.Event()
    for _ in range(10 * _PATIENCE_S):
        if happens():
            return
        paused.wait(0.1)
    raise AssertionError("it never did")


# ── heads ───────────────────────────────────────────────────────────────────────────────────────


def test_a_head_has_16_kib_at_most(open_at: Served):
    at = open_at
    assert ask(at, X="x" * 15_000).status == 200
    assert ask(at, X="x" * 17_000).status == 431
    assert ask(at, path="/" + "x" * 17_000).status == 431


@pytest.mark.parametrize(
    "line", [b"GET", b"GET /", b"get / HTTP/1.1", b"G\0T / HTTP/1.1", b"GET /\0 HTTP/1.1", b"GET / HTTP/1.1\nX: y",
             b"GET / x HTTP/1.1",
             b"\x16\x03\x01\x02\x00\x01\x00", b"PRI * HTTP/2.0", b"GET / HTTP/9.9", b" GET / HTTP/1.1"],
)  # fmt: skip
def test_nonsense_is_answered_in_a_word_or_not_at_all(open_at: Served, line: bytes):
    at = open_at
    assert raw(at, line + b"\r\nConnection: close\r\n\r\n").status in (400, 0)
    assert ask(at).status == 200


@pytest.mark.parametrize(
    "line", [b"X : y", b" X: y", b"X", b"X\0: y", b": y", b"X: y\nHost: evil", b"X: y\rHost: evil"]
)
def test_a_header_that_is_none_is_refused(open_at: Served, line: bytes):
    at = open_at
    assert (
        raw(at, b"GET /api/score HTTP/1.1\r\n" + line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n").status
        == 400
    )


def test_a_header_with_an_underscore_stands_for_no_other(at: Served):
    csrf = json.loads(ask(at, path="/api/session", **bearer()).body)["csrf_token"]
    request = head(at, "POST", "/api/untag", **cookie(at))[:-2]
    assert raw(at, request + f"X_CSRF_Token: {csrf}\r\n\r\n".encode()).status == 403


def test_requests_one_after_the_other_in_one_breath_are_each_judged(at: Served):
    one, other = head(at, Connection=None, **bearer()), head(at, path="/api/classes")
    said = raw(at, one + other).text
    assert re.findall(r"HTTP/1\.1 (\d+)", said) == ["200", "401"]


def test_no_other_protocol_is_begun(open_at: Served):
    at = open_at
    upgrade = {
        "Upgrade": "websocket",
        "Connection": "Upgrade, close",
        "Sec_WebSocket_Key": "x" * 24,
        "Sec_WebSocket_Version": "13",
    }
    with connect(at) as connected:
        connected.sendall(head(at, path="/api/score", **upgrade))  # type: ignore[arg-type]
        assert connected.recv(1_000).startswith(b"HTTP/1.1 400 ")
    assert ask(at, "TRACE", "/api/score", X="secret", **bearer()).status == 405
    assert ask(at, "CONNECT", "localhost:22", **bearer()).status == 400


# ── JSON ────────────────────────────────────────────────────────────────────────────────────────


DEEP = b"[" * 200_000
HOSTILE = [
    DEEP, b'{"frames": ' + DEEP, b'{"frame_id": ' + b"9" * 10_000 + b"}", b'{"frame_id": NaN}',
    b'{"frame_id": 1e999}', b"null", b"[]",
    b'"x"', b"",
    b'{"frame_id": "\\ud800"}', b"\xff\xfe", b"\0", b'{"frame_id": ["' + b"0" * 64 + b'"]}',
    b'{"frame_id": {"$gt": ""}}', b'{"__proto__": 1}',
    b'{"frame_id": "' + b"0" * 64 + b'", "more": 1}', b'{"frame_id": true}', b"{" * 1000,
]  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:24]))
def test_json_of_a_hostile_shape_is_refused_in_words(open_at: Served, taught: Brain, body: bytes):
    at, before = open_at, taught.head_digest()
    for path in ("/api/untag", "/api/relabel"):
        answer = ask(at, "POST", path, body or b" ", Content_Type="application/json", **bearer())
        assert answer.status == 400, answer.text
        assert len(answer.message) < 1_000
    assert taught.head_digest() == before


@pytest.mark.parametrize("label", ["\\u0000", "\\ud800", "a\\nb", "a\\r\\nSet-Cookie: x=y", " ", "x" * 101, "\\u2028"])
def test_no_class_gets_a_name_that_breaks_lines(open_at: Served, taught: Brain, label: str):
    at, names = open_at, {each.label for each in taught.classes()}
    body = f'{{"label": "cup", "new": "{label}"}}'.encode()
    answer = ask(at, "POST", "/api/rename_class", body, Content_Type="application/json", **bearer())
    assert answer.status == 400, answer.text
    assert {each.label for each in taught.classes()} == names


def test_a_picture_is_taken_as_one_file_only(open_at: Served):
    for kind in (
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json",
    ):
        assert ask(open_at, "POST", "/api/predict", picture(), Content_Type=kind, **bearer()).status == 400


# ── who is slow, and who is many ────────────────────────────────────────────────────────────────


def test_a_head_that_trickles_in_is_cut_off_and_so_is_who_says_nothing(
    open_at: Served, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(connection, "_HEAD_S", 0.5)
    at = open_at
    with connect(at) as silent, connect(at) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        trickle = threading.Event()
        with suppress(ConnectionError):
            for _ in range(10 * _PATIENCE_S):
                slow.sendall(b"X: y\r\n")
                trickle.wait(0.1)
            raise AssertionError("it took them all")
        assert rest(silent) == b""


def test_a_body_that_trickles_in_is_cut_off_and_one_that_comes_is_not(open_at: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "_BODY_S", 0.5)
    at = open_at
    with connect(at) as slow:
        slow.sendall(head(at, "POST", "/api/predict", Content_Length="1000", **bearer()) + b"x")
        assert rest(slow) == b""
    assert ask(at, "POST", "/api/predict", picture(), Content_Type="image/jpeg", **bearer()).status == 200


def test_who_takes_nothing_of_an_answer_is_let_go_also_while_it_is_made(taught: Brain, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "_TAKEN_S", 0.5)
    with ExitStack() as stack:
        at = stack.enter_context(serving(taught, source="synthetic:cup?fps=50&size=1280x960"))
        viewers = [stack.enter_context(viewer(at)) for _ in range(streams.MOST_VIEWERS)]
        until(lambda: first_words_of(at) == 200)
        assert len(viewers) == streams.MOST_VIEWERS, "they are still there, and have read nothing"


def viewer(at: Served) -> socket.socket:
    """Look at the camera, and never read."""
    looking = socket.socket()
    looking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    looking.settimeout(_PATIENCE_S)
    looking.connect((at.host, at.port))
    looking.sendall(head(at, path="/live.mjpeg"))
    return looking


def first_words_of(at: Served, path: str = "/live.mjpeg") -> int:
    """The status of a stream, which is left at once."""
    with connect(at) as looking:
        looking.sendall(head(at, path=path))
        return Answer(looking.recv(1_000)).status


def test_streams_have_their_number_and_a_page_that_goes_makes_room_soon(open_at: Served):
    at = open_at
    with ExitStack() as stack:
        for _ in range(streams.MOST_EVENTS):
            page = stack.enter_context(connect(at))
            page.sendall(head(at, path="/events"))
            assert b" 200 OK" in page.recv(200)
        late = ask(at, path="/events")
        assert late.status == 503 and int(late.headers["retry-after"]) > 0
        assert ask(at, path="/score").status == 200, "there is always somebody for pages"
    until(lambda: first_words_of(at, "/events") == 200)


def test_a_question_for_a_streams_head_takes_no_place(taught: Brain):
    with serving(taught) as at:
        for _ in range(streams.MOST_EVENTS + 1):
            assert ask(at, "HEAD", "/events").status == 200


def test_who_asks_something_quick_does_not_wait_until_others_have_been_shown_all(
    taught: Brain, monkeypatch: pytest.MonkeyPatch
):
    going_on, begun = threading.Event(), threading.Event()

    def slow(space: object) -> str:
        begun.set()
        going_on.wait(30)
        return "at last"

    monkeypatch.setattr("edge_brain.web.pages.score._made", slow)
    with serving(taught) as at, ThreadPoolExecutor(16) as readers:
        looking = [readers.submit(ask, at, path="/score") for _ in range(16)]
        assert begun.wait(30)
        answer = ask(at, "POST", "/api/predict", picture(), Content_Type="image/jpeg", **bearer())
        assert answer.status == 200 and not any(each.done() for each in looking)
        going_on.set()
        assert {each.result().status for each in looking} == {200}


def test_strangers_who_hold_connections_do_not_keep_others_out(at: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection, "_HEAD_S", 10 * _PATIENCE_S)  # they are not closed for their silence
    known = cookie(at)
    with ExitStack() as stack:
        for _ in range(260):
            held = stack.enter_context(connect(at))
            held.sendall(b"GET / HTTP/1.1\r\nX: ")
        assert ask(at, **known).status == 200
        assert ask(at, path="/").status == 401


# ── the camera ──────────────────────────────────────────────────────────────────────────────────


SCRIPT = "synthetic:mug,cup,fork,cup,mug,fork?fps=10&hold=1&once=1&pace=0"


def kept(folder: Path, flood: Callable[[Served], None] | None) -> list[int]:
    """How many frames of each scene a scripted camera keeps, to its end, while a server is flooded."""
    with Brain.create(folder, extractor="pixels") as brain:
        brain.tag_many([(scene(label, number), label) for label in ("cup", "fork", "mug") for number in range(8)])
        with serving(brain, private=True, source=SCRIPT, keep=Rules(every_s=0.3)) as at:
            known = cookie(at)
            if flood is not None:
                flood(at)
            until(lambda: json.loads(ask(at, path="/api/camera", **known).body)["state"] == "ended")
            assert ask(at, path="/score", **known).status == 200, "afterwards it answers"
        return list(Counter(frame.burst for frame in brain.untagged()).values())


def flood(at: Served) -> None:
    """Do all that one can do to a server from outside, for as long as two hundred requests of each take."""

    def hammer(number: int) -> None:
        for _ in range(25):
            with suppress(OSError):
                kind = number % 4
                if kind == 0:
                    ask(at, path="/")
                elif kind == 1:
                    ask(at, Authorization="Bearer wrong")
                elif kind == 2:
                    raw(at, head(at, "POST", "/api/tag", Content_Length=str(2**25)) + bytes(2**18))
                else:
                    ask(at, path="/score", Cookie=f"edge_brain_{at.port}=0")

    with ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(connect(at)).sendall(b"POST /api/tag HTTP/1.1\r\nHost: ")
        for _ in range(10):
            looking = stack.enter_context(connect(at))
            looking.sendall(head(at, path="/live.mjpeg", **bearer()))
        threads = [threading.Thread(target=hammer, args=(number,)) for number in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def test_a_flood_keeps_no_frame_from_being_kept(tmp_path: Path):
    quiet, flooded = kept(tmp_path / "quiet", None), kept(tmp_path / "flooded", flood)
    assert len(quiet) == len(flooded) == 6, "of every scene"
    assert sum(flooded) >= sum(quiet) / 2, "though it is seen less often"
