"""What a service tells an MQTT broker beside its turns: a connection as long as a brain and a source are open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from edge_brain.brain import Brain
from edge_brain.capture import Source
from edge_brain.mqtt import Telling
from edge_brain.service.diary import Diary
from edge_brain.service.settings import Settings


@contextmanager
def telling(settings: Settings, diary: Diary, brain: Brain, source: Source) -> Iterator[Telling | None]:
    """Give what tells the broker of the settings; None where they name none."""
    if settings.mqtt is None:
        yield None
        return

    def say(text: str, level: Literal["info", "warning"]) -> None:
        diary.tell(text, level, topic="mqtt")

    with Telling(brain, settings.mqtt, source.name, settings.name, say) as told:
        yield told
