"""The workspace: pages that the device itself serves, for a browser on it or on a phone beside it. No internet.

    browser ─ server ─ door ─┬─ pages      Tag, Review, Test, Score, Device: HTML and a little script
              (waitress)     ├─ api        JSON, documented: an app in another language tags, asks, reads the score
                             ├─ streams    what changes, as it changes
                             ├─ downloads  report and pictures, made while they are sent
                             └─ pictures   thumbnails and frames, by id
    pulse   notices what anybody has tagged        camera  looks through one source for all
    gate    knows who may come in                  jobs    what takes long, one at a time: see work

It needs the extra `[web]`; importing this needs nothing.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import quote

from edge_brain import extras
from edge_brain.brain import Brain
from edge_brain.capture import open_source
from edge_brain.field import Rules


@dataclass(frozen=True)
class Served:
    """Where a workspace is served."""

    host: str  # an address
    port: int
    token: str | None  # what a browser has to bring; None where none is asked for
    names: tuple[str, ...]  # by which the machine may be called

    @property
    def link(self) -> str:
        """The link that opens it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}/" + (f"?token={quote(self.token, safe='')}" if self.token else "")


@contextmanager
def served(
    brain: Brain,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    source: str | None = None,
    keep: Rules | None = None,
    names: Sequence[str] = (),
    token: str | None = None,
) -> Iterator[Served]:
    """Serve the workspace of a brain in threads, while the block runs.

    `source` is the camera that the pages look through, `keep` says which of its shots are kept for later. Where the
    LAN can reach `host`, a browser must bring `token`, by default a new one each time. `names` are further names of
    this machine, beside its own; by any other it does not answer. Port 0 takes a free one.
    Raises ExtraMissing without the extra [web], BadInput for an address that cannot be served on or a bad token.
    """
    with extras.needed("web", "the workspace needs Flask, waitress and pygal"):
        from edge_brain.web import app, server, tokens, workspace
    secret = tokens.fresh() if token is None else tokens.checked(token)
    with ExitStack() as stack:
        listener = stack.enter_context(server.listen(host, port))
        private = not server.is_loopback(listener)
        known = (*_own_names(), *names)
        camera = None if source is None else stack.enter_context(open_source(source, wait=True))
        space = workspace.Workspace.of(brain, secret, needs_token=private, names=known, source=camera, keep=keep)
        stack.callback(space.close)
        serving = server.Server(app.create_app(space), space.gate, listener)
        thread = threading.Thread(target=serving.run, name="serve")
        thread.start()
        stack.callback(thread.join)
        stack.callback(space.close)  # wakes the streams, for whose threads `serve` waits
        stack.callback(serving.stop)
        address, bound = listener.getsockname()[:2]
        yield Served(_reached_at(address), bound, secret if private else None, known)


def _own_names() -> tuple[str, ...]:
    name = socket.gethostname().split(".")[0]
    return (socket.gethostname(), name, f"{name}.local")


def _reached_at(address: str) -> str:
    """Return the address at which others reach a socket that is bound to one, or to all."""
    if address not in ("0.0.0.0", "::"):
        return address
    v6 = ":" in address
    with socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("2001:db8::1" if v6 else "192.0.2.1", 9))  # sends nothing; the system chooses the way there
            return str(probe.getsockname()[0])
        except OSError:
            return "::1" if v6 else "127.0.0.1"
