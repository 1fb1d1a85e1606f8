"""Who may come in, and who may change something: plain values in, yes or no out; no web framework in here.

    Host ─ an IP literal, localhost, our own name? ─ else a page elsewhere has rebound its name to us
      Sec-Fetch-Site ─ our own page, or a person who follows a link? ─ else a page elsewhere uses us as its own
        token or cookie ─ the right one? ─ else a stranger on the LAN; on the loopback none is asked for
          a change ─ same origin, and the page's own CSRF token or a program's bearer token? ─ else a page elsewhere

Cookie and CSRF token are made of the token by HMAC, so that nothing has to be kept and a stolen one tells nothing
of the other. All are compared in constant time. Of tokens an address may try a few, then it waits, twice as long
after each: a cookie, which has 256 bits, is never counted, as an old one is no attack.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import ipaddress
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from edge_brain import clock

SAFE = ("GET", "HEAD", "OPTIONS")  # methods that change nothing
_TRIES = 5  # wrong tokens of one address before it has to wait
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 300.0
_MOST_DOUBLINGS = 20  # a number that has no end would be no float one day
_FORGOTTEN_S = 3600.0
_ADDRESSES = 1_000  # that are remembered; the one that was seen longest ago is forgotten
_NETWORK_V6 = 64  # bits: whoever has an IPv6 address has a whole network of them
_HOST = re.compile(r"(?:\[(?P<v6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]{0,5})?", re.I | re.A)


@dataclass(frozen=True)
class Asked:
    """What a request says of itself, as far as the gate looks at it."""

    method: str
    address: str  # of who asks
    host: str | None = None
    cookies: tuple[str, ...] = ()  # all of our name: another server on this machine may have set one, too
    bearer: str | None = None
    csrf: str | None = None
    origin: str | None = None
    site: str | None = None  # Sec-Fetch-Site
    mode: str | None = None  # Sec-Fetch-Mode

    @classmethod
    def of(cls, method: str, address: str, headers: Mapping[str, str], cookie: str) -> Asked:
        """Read the headers, by their names as in WSGI but without HTTP_; `cookie` is the name of ours."""
        kind, _, token = headers.get("AUTHORIZATION", "").partition(" ")
        pairs = (pair.strip().partition("=") for pair in headers.get("COOKIE", "").split(";"))
        return cls(
            method=method,
            address=address,
            host=headers.get("HOST"),
            cookies=tuple(value for name, _, value in pairs if name == cookie),
            bearer=token.strip() if kind.lower() == "bearer" else None,
            csrf=headers.get("X_CSRF_TOKEN"),
            origin=headers.get("ORIGIN"),
            site=headers.get("SEC_FETCH_SITE"),
            mode=headers.get("SEC_FETCH_MODE"),
        )


class Why(enum.Enum):
    """Why a request is refused."""

    NAME = "the Host is none of our names"
    SITE = "a page of another site asks"
    STRANGER = "neither a cookie of ours nor a token"
    TOKEN = "a wrong token"
    WAIT = "too many wrong tokens"
    CSRF = "a change without the page's own token"


@dataclass(frozen=True)
class Refusal:
    """That a request is refused."""

    why: Why
    wait_s: float = 0.0  # until another token may be tried


@dataclass
class _Tries:
    """The wrong tokens of one address."""

    count: int = 0
    last: float = 0.0  # seconds that only go forward

    @property
    def until(self) -> float:
        """When the next may be tried."""
        over = min(self.count - _TRIES, _MOST_DOUBLINGS)
        return self.last + min(_FIRST_WAIT_S * 2**over, _LONGEST_WAIT_S) if over >= 0 else 0.0


class Gate:
    """Knows the token, the names by which this server may be called, and who tried in vain."""

    def __init__(self, token: str, *, needs_token: bool, names: Iterable[str] = ()) -> None:
        """`names` are those of this machine, beside localhost and addresses."""
        self._token, self.needs_token = token, needs_token
        self._names = {"localhost", *(name.lower().rstrip(".") for name in names)}
        self.cookie, self.csrf = self._made("cookie"), self._made("csrf")
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def _made(self, purpose: str) -> str:
        return hmac.new(self._token.encode(), f"edge_brain {purpose}".encode(), hashlib.sha256).hexdigest()

    def refusal(self, asked: Asked, *, counted: bool = True) -> Refusal | None:
        """Say why a request is refused, if it is; a wrong token is counted unless it will be asked for again."""
        return self.refusal_of_any(asked) or self._of_a_stranger(asked, counted) or self._of_a_change(asked)

    def refusal_of_any(self, asked: Asked) -> Refusal | None:
        """Say why a request is refused whoever asks and for whatever, if it is."""
        if not self.is_our_name(asked.host):
            return Refusal(Why.NAME)
        if asked.site in (None, "same-origin", "none") or (asked.method in SAFE and asked.mode == "navigate"):
            return None
        return Refusal(Why.SITE)

    # ── names ───────────────────────────────────────────────────────────────────────────────────

    def is_our_name(self, host: str | None) -> bool:
        """Say whether a Host header names this machine: an address, localhost, or a name that is ours."""
        found = _HOST.fullmatch(host or "")
        if found is None:
            return False
        if found["v6"]:
            return _address(found["v6"]) is not None
        name = found["name"].lower()
        return name.removesuffix(".") in self._names or _address(name) is not None

    # ── coming in ───────────────────────────────────────────────────────────────────────────────

    def knows(self, cookies: Iterable[str]) -> bool:
        """Say whether a request may come in by its cookies; where no token is needed each may."""
        return not self.needs_token or any(_same(cookie, self.cookie) for cookie in cookies)

    def refusal_of_token(self, token: str, address: str, *, counted: bool = True) -> Refusal | None:
        """Say why a token is refused, if it is: it is wrong, which is counted, or too many were before it."""
        with self._lock:  # else many at once would be tried before the first is counted
            who = _whom(address)
            now = clock.elapsed()
            tries = self._tries.get(who, _Tries())
            if now - tries.last > _FORGOTTEN_S:
                tries = _Tries()
            if now < tries.until:
                return Refusal(Why.WAIT, tries.until - now)
            if _same(token, self._token):
                self._tries.pop(who, None)
                return None
            if counted:
                self._tries[who] = _Tries(tries.count + 1, now)
                self._tries.move_to_end(who)
                while len(self._tries) > _ADDRESSES:
                    self._tries.popitem(last=False)
            return Refusal(Why.TOKEN)

    def _of_a_stranger(self, asked: Asked, counted: bool) -> Refusal | None:
        if asked.bearer is not None:
            return self.refusal_of_token(asked.bearer, asked.address, counted=counted)
        return None if self.knows(asked.cookies) else Refusal(Why.STRANGER)

    # ── changing something ──────────────────────────────────────────────────────────────────────

    def _of_a_change(self, asked: Asked) -> Refusal | None:
        if asked.method in SAFE:
            return None
        if asked.origin is not None and asked.origin.lower() not in _origins(asked.host or ""):
            return Refusal(Why.SITE)
        return None if asked.bearer is not None or _same(asked.csrf, self.csrf) else Refusal(Why.CSRF)


def _origins(host: str) -> tuple[str, str]:
    """Return how browsers write the origin of our own pages, also where something before us speaks https."""
    return f"http://{host.lower()}", f"https://{host.lower()}"


def _same(given: str | None, secret: str) -> bool:
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), secret.encode())


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _whom(address: str) -> str:
    """Return whom an address stands for."""
    found = _address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), _NETWORK_V6), strict=False))
    return address
