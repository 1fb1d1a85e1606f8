"""What a brain answers: what pictures show. The same for one that is taught and for a release of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from typing import TypeVar

import numpy as np

from edge_brain import coded, head
from edge_brain import extractor as extractors
from edge_brain.brain.listening import Callback, Watching
from edge_brain.brain.opened import Opened, one_at_a_time
from edge_brain.capture import Source, open_source
from edge_brain.coded import CodeLike
from edge_brain.errors import BadInput
from edge_brain.exposure import PictureLike
from edge_brain.head.classifier import Classifier
from edge_brain.records import Exposure, Observation, Prediction
from edge_brain.region import Region
from edge_brain.watching import Watcher

_Answer = TypeVar("_Answer")


class Answering(Opened):
    """Says what pictures show, by an exposer and a classifier, wherever those come from."""

    def predict(self, picture: PictureLike) -> Prediction:
        """Say what a picture shows, how sure that is, and whether it is anything the brain knows."""
        return self.predict_many([picture])[0]

    def predict_many(self, pictures: Sequence[PictureLike]) -> list[Prediction]:
        """Say of each picture what it shows."""
        return [answer for _, answer in self.look_at(pictures)]

    @one_at_a_time
    def look_at(self, pictures: Sequence[PictureLike], *, at_leisure: bool = False) -> list[tuple[bytes, Prediction]]:
        """Return the code of each picture, int8 bytes, with what it shows.

        At leisure a torrent of others' tags is followed up to a second late, which leaves more time to look.
        """
        return self._told(pictures, lambda codes: list(zip(codes, self._answers(codes, at_leisure), strict=True)))

    def look(self, picture: PictureLike, *, at_leisure: bool = False) -> tuple[bytes, Prediction]:
        """Return the code of a picture, int8 bytes, with what it shows."""
        return self.look_at([picture], at_leisure=at_leisure)[0]

    def watch(
        self,
        source: Source | str,
        *,
        roi: Region | str | None = None,
        agree: int = 5,
        every: bool = False,
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[Observation]:
        """Yield what changes before a camera, and with it, until the source has ended or soon after `stop` says so.

        `source` is opened, or was (see `open_source`); `roi` is the part of each shot to be looked at. Of the last
        `agree` shots four in five must agree before the answer changes. With `every`, all answers are yielded.
        """
        watcher = Watcher(partial(self.look, at_leisure=True), roi=roi, agree=agree)
        with open_source(source) if isinstance(source, str) else nullcontext(source) as shots:
            yield from watcher.follow(shots, every=every, stop=stop)

    @contextmanager
    def watching(
        self,
        source: Source | str,
        on_change: Callback[Observation],
        *,
        roi: Region | str | None = None,
        agree: int = 5,
        every: bool = False,
    ) -> Iterator[Watching]:
        """Watch in a thread of its own while the `with` lasts, and call `on_change` there with what `watch` yields.

        `wait` of what the `with` gives waits for the source to end. What the source or the callback raises ends the
        watching, and is raised by `wait`, or when the `with` is left.
        """
        watcher = Watcher(partial(self.look, at_leisure=True), roi=roi, agree=agree)
        with ExitStack() as opened:
            shots = opened.enter_context(open_source(source)) if isinstance(source, str) else source
            follow = partial(watcher.follow, shots, every=every)
            yield opened.enter_context(Watching(lambda stop: follow(stop=stop), on_change, self._lock))

    @one_at_a_time
    def predict_exposures(self, exposures: Sequence[Exposure]) -> list[Prediction]:
        """Say of each exposure what it shows; one that was coded otherwise raises ExtractorMismatch."""
        self._closer.look()
        with self._unmoved():
            extractors.agree((each.contract for each in exposures), self._contract)
            return self._answers([each.code for each in exposures])

    def predict_code(self, code: CodeLike) -> Prediction:
        """Say what a picture shows of which only the code is here, made elsewhere by this brain's extractor.

        It is int8 (length,), its bytes, or floats from 0 up, an embedding; BadInput for any other.
        """
        return self.predict_codes([code])[0]

    @one_at_a_time
    def predict_codes(self, codes: Sequence[CodeLike]) -> list[Prediction]:
        """Say of each code, as `predict_code` takes them, what it shows."""
        self._closer.look()
        with self._unmoved():
            coding = self._coding
            length, zero_point = int(coding["code_length"]), int(coding["zero_point"])
            return self._answers([coded.as_bytes(code, length, zero_point) for code in codes])

    @one_at_a_time
    def threshold(self) -> float | None:
        """Return the familiarity under which a picture is unknown; None until there is evidence for one."""
        self._closer.look()
        return self._solved().calibration.threshold

    @one_at_a_time
    def solved(self) -> Classifier:
        """Return the solved head that answers: classes, weights, and what their distances mean."""
        self._closer.look()
        return self._solved()

    def _answers(self, codes: Sequence[bytes], at_leisure: bool = False) -> list[Prediction]:
        self._closer.look()
        solved = self._solved(at_leisure)
        return solved.answers(self._rows(codes, solved.weights.shape[1]).astype(np.float32))

    def _told(self, pictures: Sequence[PictureLike], answer: Callable[[list[bytes]], list[_Answer]]) -> list[_Answer]:
        """Return what the codes of pictures are answered with, both under one contract."""
        self._closer.look()
        exposer = self._exposer or self.exposer
        while True:
            codes = [exposer.code(picture).tobytes() for picture in pictures]
            with self._unmoved():
                if self._contract == exposer.contract:
                    return answer(codes)
            exposer = self.exposer  # it was retrained meanwhile: look again

    def _rows(self, codes: Sequence[bytes], length: int) -> head.Row:
        """Return the rows, int8 (n, length), of codes; one of another length is refused."""
        if any(len(code) != length for code in codes):
            raise BadInput(
                f"a code of this brain has {length} bytes, not {', '.join(str(len(code)) for code in codes)}"
            )
        return head.plain_rows(codes, length, self._zero_point)
