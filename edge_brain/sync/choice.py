"""What is sent to a hub, brought from it, and taken away here when it is there."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal, cast

from edge_brain.brain import Brain
from edge_brain.outcomes import HubStatus

Send = Literal["events", "tagged", "doubtful", "all"]
Fetch = Literal["none", "untagged", "all"]
SEND: tuple[Send, ...] = ("events", "tagged", "doubtful", "all")
FETCH: tuple[Fetch, ...] = ("none", "untagged", "all")
_UNSURE = 0.6  # probability
_AT_ONCE = 512


@dataclass(frozen=True)
class Choice:
    """What one device exchanges.

    `send` says which pictures go to the hub, and thumbnails with what is known of them: none, those of tagged frames,
    those that the brain gets wrong or is unsure of, or all. Events go always; of untagged frames only what is sent.
    `fetch` says which pictures of other devices are brought. Pictures that the hub was seen to hold for
    `thin_after_s` seconds are taken away here. With `releases` the newest one that may answer here is put into
    production. No more than `limit` bytes go and come a second.
    """

    send: Send = "all"
    fetch: Fetch = "none"
    thin_after_s: float | None = None
    releases: bool = True
    limit: float | None = None

    @classmethod
    def noted(cls, line: str | None) -> Choice:
        """Return the choice that a line notes; without one that can be read, that which shows and changes least."""
        try:
            said = json.loads(line or "")
            noted = cls(said["send"], said["fetch"], said["thin_after_s"], said["releases"] is True, said.get("limit"))
        except (ValueError, TypeError, KeyError):
            return cls(send="events", releases=False)
        known = noted.send in SEND and noted.fetch in FETCH
        known &= all(each is None or isinstance(each, int | float) for each in (noted.thin_after_s, noted.limit))
        return noted if known else cls(send="events", releases=False)

    @classmethod
    def of(cls, hub: HubStatus) -> Choice:
        """Return what was exchanged with a hub the last time."""
        return cls(cast(Send, hub.send), cast(Fetch, hub.fetch), hub.thin_after_s, hub.releases, hub.limit)

    def line(self) -> str:
        """Return the choice in one line, to be noted."""
        return json.dumps(asdict(self))


def shown(brain: Brain, send: Send) -> set[str]:
    """Return the ids of the frames whose pictures may leave this device."""
    if send == "events":
        return set()
    if send == "doubtful":
        return _doubtful(brain)
    with brain.alone:
        return {frame.id for frame in brain.store.frames(tagged=True if send == "tagged" else None)}


def untagged(brain: Brain) -> set[str]:
    """Return the ids of the frames without a tag."""
    with brain.alone:
        return {frame.id for frame in brain.store.frames(tagged=False)}


def _doubtful(brain: Brain) -> set[str]:
    """Return the frames that the brain, not having learned them, gets wrong, and untagged ones it is unsure of."""
    doubtful = {image.id for image in brain.images() if image.right is False}
    waiting = sorted(untagged(brain))
    for start in range(0, len(waiting), _AT_ONCE):
        part = waiting[start : start + _AT_ONCE]
        answers = brain.predict_frames(part)
        pairs = zip(part, answers, strict=True)
        doubtful |= {each for each, answer in pairs if not answer.known or answer.confidence < _UNSURE}
    return doubtful
