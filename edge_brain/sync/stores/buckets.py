"""A hub in a bucket: s3://, gs:// and az://, by way of obstore, whose own settings hold the keys.

    s3://BUCKET[/FOLDER][?endpoint=https://…&region=…]     AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL, …
    gs://BUCKET[/FOLDER]                                   GOOGLE_SERVICE_ACCOUNT, …
    az://CONTAINER[/FOLDER][?account=…]                    AZURE_STORAGE_ACCOUNT_NAME, AZURE_STORAGE_ACCOUNT_KEY, …

A put is one request, on the condition that there is no such object (If-None-Match), so it is whole or not at all
and two who add at once do not overwrite each other. One that replaces does so on the condition that what stands is
what was seen there (If-Match): a request that was given up and comes late, cut short on its way, must not land over
what has since been put there and read back. What is told of an error is never obstore's own text: that holds the URL,
and a URL may hold a signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from edge_brain.errors import BadInput, EdgeBrainError, HubFull, HubRefused, HubUnreachable, StoreMissing
from edge_brain.extras import needed
from edge_brain.sync.stores.store import MOST_BYTES, Item, checked, checked_folder, held_to_most, is_legal

STALLED_S = 20.0  # after which a connection that gives nothing is given up
_SLOWEST_BYTES_S = 20_000  # a line that carries less is given up as stalled, too
_STEP_BYTES = 2**16
_RETRIES = 2
_OPTIONS = {"s3": ("endpoint", "region"), "gs": (), "az": ("account",)}
_ABSENT = ("NoSuchBucket", "ContainerNotFound", "The specified bucket does not exist")
_FULL = ("QuotaExceeded", "InsufficientStorage", "InsufficientCapacity", "StorageFull")
_CHANGED = ("BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "RequestTimeout")  # on the way there
_WRONG_CLOCK = ("RequestTimeTooSkewed", "RequestExpired")
_NO_KEYS = ("/latest/api/token", "/latest/meta-data", "/computeMetadata/", "/metadata/identity")  # asked for in vain


class Bucket:
    """A hub in a bucket, or in a folder of one."""

    def __init__(self, location: str) -> None:
        with needed("s3", "a hub in a bucket needs obstore"):
            import obstore
        self._obstore = obstore
        self._kind, self._bucket, self._folder, self._options = _parsed(location)
        place = f"{self._kind}://{'/'.join(filter(None, (self._bucket, self._folder)))}"
        told = parse_qsl(urlsplit(location).query)  # without it the hub would not be found again
        self.name = f"{place}?{urlencode(told, safe=':/')}" if told else place
        most_s = STALLED_S + MOST_BYTES / _SLOWEST_BYTES_S
        self._reader = self._connected(most_s, read_timeout=timedelta(seconds=STALLED_S))
        self._writers: dict[int, Any] = {}  # by how large an object is

    def list(self, folder: str) -> Iterator[Item]:
        """Yield all objects below a folder, at any depth, each once."""
        folder = checked_folder(folder)
        with self._telling(folder or "the hub"):
            for chunk in self._obstore.list(self._reader, folder or None, chunk_size=1000):
                yield from (Item(each["path"], each["size"]) for each in chunk if is_legal(each["path"]))

    def read(self, name: str) -> bytes:
        """Return the bytes of an object; StoreMissing when there is none."""
        with self._telling(checked(name)):
            got = self._obstore.get(self._reader, name)
            held_to_most(f"{name} in {self.name}", got.meta["size"])
            return bytes(got.bytes())

    def add(self, name: str, data: bytes) -> bool:
        """Put an object, whole or not at all, and for good; False when one of the name stands there, which stays."""
        checked(name, data)
        with self._telling(name):
            try:
                self._obstore.put(self._writer(data), name, data, mode="create")
            except self._obstore.exceptions.AlreadyExistsError as error:
                # said for any conflict, also when another is at it in this moment and may yet fail
                if _status(str(error)) == 412 or self.size(name) is not None:
                    return False
                raise
        return True

    def replace(self, name: str, data: bytes) -> None:
        """Put an object, whole or not at all, whatever stands there."""
        seen = self._seen(name)
        if seen is None:
            self.add(name, data)
            return
        version: Any = {key: seen[key] for key in ("e_tag", "version") if seen[key]} or "overwrite"
        with self._telling(checked(name, data)):
            try:
                self._obstore.put(self._writer(data), name, data, mode=version, use_multipart=False)
            except self._obstore.exceptions.PreconditionError:
                self.add(name, data)  # where it is gone; who was faster has put the same, which is seen when it is read

    def size(self, name: str) -> int | None:
        """Return the size of an object in bytes; None when there is none."""
        seen = self._seen(name)
        return None if seen is None else int(seen["size"])

    def close(self) -> None:
        """Let go of the connections."""
        self._writers.clear()

    def _seen(self, name: str) -> Any:
        """Return what the bucket says of an object; None when there is none."""
        try:
            with self._telling(checked(name)):
                return self._obstore.head(self._reader, name)
        except StoreMissing:
            return None

    def _writer(self, data: bytes) -> Any:
        """Return what speaks to the bucket, and waits as long as so many bytes take on a slow line, but no longer."""
        length = (len(data) // _STEP_BYTES).bit_length()
        if length not in self._writers:
            self._writers[length] = self._connected(STALLED_S + (_STEP_BYTES << length) / _SLOWEST_BYTES_S)
        return self._writers[length]

    def _connected(self, most_s: float, **options: timedelta) -> Any:
        from obstore import exceptions, store

        settings: dict[str, Any] = {
            "prefix": self._folder or None,
            "client_options": {
                "timeout": timedelta(seconds=most_s),
                "connect_timeout": timedelta(seconds=STALLED_S / 2),
                "allow_http": True,  # for who names an endpoint that begins so: no store of a cloud does
                **options,
            },
            "retry_config": {
                "max_retries": _RETRIES,
                "retry_timeout": timedelta(seconds=STALLED_S / 2),  # what took longer is not tried again
                "backoff": {
                    "init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=2), "base": 2,
                },
            },
        }  # fmt: skip
        kinds: dict[str, Any] = {"s3": store.S3Store, "gs": store.GCSStore, "az": store.AzureStore}
        try:
            return kinds[self._kind](self._bucket, **settings, **self._options)
        except (exceptions.BaseError, ValueError):
            raise BadInput(
                f"the hub {self.name} cannot be meant: look at its name and endpoint, and at the environment's settings"
            ) from None

    @contextmanager
    def _telling(self, name: str) -> Iterator[None]:
        """Raise our errors for obstore's."""
        try:
            yield
        except FileNotFoundError as error:
            raise self._told(name, str(error), StoreMissing(f"there is no {name} in {self.name}")) from None
        except (
            self._obstore.exceptions.PermissionDeniedError, self._obstore.exceptions.UnauthenticatedError
        ) as error:  # fmt: skip
            refused = HubRefused(f"{self.name} refused: {_why(str(error))}. Look at the keys, and at what they may do")
            raise self._told(name, str(error), refused) from None
        except (self._obstore.exceptions.BaseError, NotImplementedError, OSError, ValueError) as error:
            if isinstance(error, EdgeBrainError):
                raise
            raise self._told(name, str(error), self._by_status(str(error))) from None

    def _told(self, name: str, text: str, otherwise: EdgeBrainError) -> EdgeBrainError:
        """Return what an error means whose code says more than its kind."""
        code = _code(text)
        if code in _ABSENT or any(each in text for each in _ABSENT):
            return HubRefused(f"{self.name} refused: there is no such bucket. Make it, or look at its name")
        if code in _FULL or _status(text) == 507:
            return HubFull(f"{self.name} is full ({_why(text)}): free some space there")
        if code in _CHANGED:
            return HubUnreachable(f"{self.name} does not answer: what it was given came changed, or short ({code})")
        if code in _WRONG_CLOCK:
            return HubUnreachable(f"{self.name} does not answer: the clock of this device is wrong; set it")
        return otherwise

    def _by_status(self, text: str) -> EdgeBrainError:
        if any(place in text for place in _NO_KEYS):
            return HubRefused(f"{self.name} needs keys, and there are none: set AWS_ACCESS_KEY_ID or what it takes")
        if "redirect without LOCATION" in text:
            return HubRefused(f"{self.name} refused: it lies in another region. Set AWS_REGION, or say ?region=…")
        if (foreign := re.search(r'invalid path: (?:Error parsing )?Path "([^"]{1,200})"', text)) is not None:
            return HubRefused(
                f"{self.name} holds {foreign[1]!r}, which is no name that can be listed: remove that object"
            )
        status = _status(text)
        if status is not None and 300 <= status < 500 and status not in (408, 409, 425, 429):
            return HubRefused(f"{self.name} refused: {_why(text)}")
        return HubUnreachable(f"{self.name} does not answer: {_why(text)}")


def _parsed(location: str) -> tuple[str, str, str, dict[str, str]]:
    """Return kind, bucket, folder and settings; never says what a location held that could be a password."""
    try:
        parts = urlsplit(location)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise BadInput("the location of the hub is no URL: give s3://bucket/folder") from None
    kind, folder = parts.scheme, parts.path.strip("/")
    if any("@" in each for each in (parts.netloc, *options.values())) or not parts.netloc or parts.fragment:
        raise BadInput(f"a hub in a bucket is spelled {kind}://bucket/folder; its keys are taken from the environment")
    if unknown := sorted(set(options) - set(_OPTIONS[kind])):
        raise BadInput(f"{unknown[0]!r} cannot be said of {kind}://{parts.netloc}: {', '.join(_OPTIONS[kind])} can")
    named = {"account": "account_name"}
    return kind, parts.netloc, folder, {named.get(key, key): value for key, value in options.items()}


def _status(text: str) -> int | None:
    found = re.search(r"status code: (\d{3})", text)
    return int(found[1]) if found else None


def _code(text: str) -> str:
    found = re.search(r"<Code>(\w{1,64})</Code>", text)
    return found[1] if found else ""


def _why(text: str) -> str:
    """Return a few words of an error, of those that hold no URL."""
    found = re.search(r"status code: (\d{3}(?: [A-Za-z]+){1,4})", text)
    if found:
        return " ".join(filter(None, (found[1], _code(text))))
    kind = re.search(r"kind: (\w+)", text)
    return {"Timeout": "it took too long", "Connect": "no connection"}.get(kind[1] if kind else "", "it broke off")
