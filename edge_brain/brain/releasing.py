"""What a brain is frozen into: a release, one file that answers as it does now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from edge_brain import __version__, clock, config, files, release
from edge_brain.brain.opened import one_at_a_time
from edge_brain.brain.teaching import Teaching
from edge_brain.errors import BadInput, BrainBusy
from edge_brain.learner import Learner
from edge_brain.outcomes import Released
from edge_brain.production.shelf import Shelf
from edge_brain.records import Image, Score
from edge_brain.release import Golden, Manifest, Release, expiry, form, keys, signing

_GOLDEN = 8  # classes of which a frame's answer is kept
_MOST_IMAGES = 4096  # that a score card names: each takes some 430 bytes of it
_TRIES = 5  # to find the brain as it was measured, while others tag


class Releasing(Teaching):
    """Gives what it knows by now to devices that are not to change."""

    @property
    def released(self) -> Released | None:
        """What this release is; None for a brain in its folder."""
        return None

    @property
    def number(self) -> int:
        """The number of this release; of a brain in its folder that of its last one, 0 before the first."""
        return self.store.last_release()

    @property
    def next_number(self) -> int:
        """The number that the next release gets where none is given: above all that were made here, or taken."""
        standing, _ = Shelf(self.folder).standing()
        return 1 + max(self.store.last_release(), standing.highest if standing else 0)

    @one_at_a_time
    def release(
        self,
        path: str | Path,
        number: int | None = None,
        *,
        key: str | Path | None = None,
        expires: float | str | None = None,
    ) -> Released:
        """Freeze what is needed to predict into one file, which `Brain.open` opens; it answers the same, to the bit.

        Releases of a brain are numbered upward: `number` is `next_number`, or any greater one; one that could not be
        written has used up its number. A file that stands there is never replaced. Raises BadInput for that, for a
        number that is not greater, and for a brain without classes.

        It is signed with the private key in the file `key`, else in that which EDGE_BRAIN_RELEASE_KEY names, else with
        none; ExtraMissing without the extra [signing]. After `expires` no device takes it: a span ("90d"), a day
        ("2026-12-31"), or a wall time in seconds since 1970.
        """
        target, signer = Path(path), _signer(key)
        if target.exists():
            raise BadInput(
                f"{files.printable(target)} is there already; a release is never replaced, give another name"
            )
        number = self._numbered(number)
        frozen = self._frozen(number, expires)
        data = form.to_bytes(frozen)
        if signer is not None:
            data = signing.signed(data, signer.seed)
        form.from_bytes(data, "the release")  # a device would refuse what is refused here
        signed_by = signing.checked(data, "the release")
        self.store.note_release(number)  # before the file: no number is given twice, whatever comes between
        try:
            with files.whole(target, first=True) as file:
                file.write(data)
        except FileExistsError as error:
            raise BadInput(f"{files.printable(target)} was made meanwhile; it was left as it is") from error
        return release.described(frozen, target, data, signed_by)

    def _numbered(self, number: int | None) -> int:
        least = self.next_number
        if number is None:
            return least
        if not least <= number <= release.GREATEST:
            raise BadInput(f"release number {number}: give one greater than {least - 1}, that of the last, or none")
        return number

    def _frozen(self, number: int, expires: float | str | None) -> Release:
        """Return all that predicting needs, of one moment: others may tag while the score is measured."""
        self._closer.take_up()  # views that someone has left to be made
        self._closer.look()
        for _ in range(_TRIES):
            before = self.store.last_event(), self.store.last_view(), self.store.setting("edition")
            score, learner = self._looked_at()
            score = replace(score, advice=list(score.advice), images=_shown(score.images))
            with self._unmoved():
                if before == (self.store.last_event(), self.store.last_view(), self.store.setting("edition")):
                    return self._as_measured(number, score, learner, expires)
        raise BrainBusy("others tag so fast that the brain could not be frozen; nothing was written, try again")

    def _looked_at(self) -> tuple[Score, Learner]:
        """Return the score, and the learner that it is of."""
        return self.score(), self._memory.learner()

    def _as_measured(self, number: int, score: Score, learner: Learner, expires: float | str | None) -> Release:
        solved = learner.classifier()
        if not solved.labels:
            raise BadInput("this brain has learned no class: a release of it would answer nothing; tag frames first")
        expires_at, taught_at = _times(expires, self.store.taught_at())
        manifest = Manifest(
            format=release.FORMAT,
            made_by=f"edge_brain {__version__}",
            number=number,
            name="".join(each if each.isprintable() else "?" for each in files.printable(self.folder.resolve().name)),
            device=self.store.setting("device"),
            taught_at=taught_at,
            contract={key: self.store.setting(key) for key in release.CONTRACT},
            classes=self.classes(),
            level=score.level,
            head_digest=learner.head.digest(),
            expires_at=expires_at,
        )
        first = self.store.census.first_of_classes()[:_GOLDEN]
        codes = [self.store.code(self.store.frame(frame_id)) for frame_id in first]
        bare = Release(manifest, score, [], solved)
        return replace(bare, golden=[Golden.of(*each) for each in zip(codes, bare.answers(codes), strict=True)])


def _signer(path: str | Path | None) -> keys.Key | None:
    chosen = config.release_key() if path is None else Path(path)
    return None if chosen is None else keys.read(chosen)


def _times(expires: float | str | None, taught_at: float) -> tuple[float | None, float]:
    """Return when a release that is made now ends, and when it was taught."""
    return (None, taught_at) if expires is None else expiry.end(expires, taught_at, clock.now())


def _shown(images: Sequence[Image]) -> list[Image]:
    """Return the images that a score card names: all or, of a large brain's, the wrong ones first."""
    return (
        [*images]
        if len(images) <= _MOST_IMAGES
        else sorted(images, key=lambda image: image.right is not False)[:_MOST_IMAGES]
    )
