"""Who may come in, and who may change something: plain values in, yes or no out; no web framework in here.

    Host ─ an IP literal, localhost, our own name? ─ else a page elsewhere has rebound its name to us
      token or cookie ─ the right one? ─ else a stranger on the LAN; on the loopback none is asked for
        a change ─ same origin, and the page's own CSRF token or a program's bearer token? ─ else a page elsewhere

Cookie and CSRF token are made of the token by HMAC, so that nothing has to be kept and a stolen one tells nothing
of the other. All are compared in constant time. Of tokens an address may try a few, then it waits, twice as long
after each: a cookie, which has 256 bits, is never counted, as an old one is no attack.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from edge_brain import clock

_TRIES = 5  # wrong tokens of one address before it has to wait
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 300.0
_FORGOTTEN_S = 3600.0
_ADDRESSES = 1_000  # that are remembered; the one that was seen longest ago is forgotten
_NETWORK_V6 = 64  # bits: whoever has an IPv6 address has a whole network of them


@dataclass
class _Tries:
    """The wrong tokens of one address."""

    count: int = 0
    last: float = 0.0  # seconds that only go forward

    @property
    def until(self) -> float:
        """When the next may be tried."""
        over = self.count - _TRIES
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

    # ── names ───────────────────────────────────────────────────────────────────────────────────

    def is_our_name(self, host: str | None) -> bool:
        """Say whether a Host header names this machine: an address, localhost, or a name that is ours."""
        name = _name_of(host)
        return name is not None and (name in self._names or _address(name) is not None)

    # ── coming in ───────────────────────────────────────────────────────────────────────────────

    def knows(self, cookie: str | None) -> bool:
        """Say whether a request may come in by its cookie; where no token is needed each may."""
        return not self.needs_token or _same(cookie, self.cookie)

    def admits(self, token: str, address: str) -> bool:
        """Say whether a token is the right one, and count those that are not; ask `waits_s` before."""
        right = _same(token, self._token)
        with self._lock:
            who = _whom(address)
            if right:
                self._tries.pop(who, None)
                return True
            tries = self._tries.setdefault(who, _Tries())
            tries.count, tries.last = tries.count + 1, clock.elapsed()
            self._tries.move_to_end(who)
            while len(self._tries) > _ADDRESSES:
                self._tries.popitem(last=False)
        return False

    def waits_s(self, address: str) -> float:
        """Return how many seconds an address has to wait until it may try another token; 0 when it may now."""
        with self._lock:
            tries = self._tries.get(_whom(address))
            if tries is None:
                return 0.0
            now = clock.elapsed()
            if now - tries.last > _FORGOTTEN_S:
                del self._tries[_whom(address)]
                return 0.0
            return max(0.0, tries.until - now)

    # ── changing something ──────────────────────────────────────────────────────────────────────

    def is_the_pages_own(self, csrf: str | None) -> bool:
        """Say whether a change brings the token that only our own pages know."""
        return _same(csrf, self.csrf)

    @staticmethod
    def is_same_origin(host: str | None, origin: str | None, site: str | None) -> bool:
        """Say whether a change is no other site's, by Host, Origin and Sec-Fetch-Site; a program sends only Host."""
        if site not in (None, "same-origin", "none"):
            return False
        if origin is None:
            return True
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and bool(host) and parts.netloc.lower() == (host or "").lower()


def _same(given: str | None, secret: str) -> bool:
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), secret.encode())


def _name_of(host: str | None) -> str | None:
    """Return the name in a Host header, without the port; None when it is none."""
    if not host or any(character in host for character in "/\\@?# \t"):
        return None
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return None
    return (parts.hostname or "").rstrip(".") or None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _whom(address: str) -> str:
    """Return whom an address stands for."""
    found = _address(address)
    if isinstance(found, ipaddress.IPv6Address) and not found.ipv4_mapped:
        return str(ipaddress.ip_network((found, _NETWORK_V6), strict=False))
    return address
