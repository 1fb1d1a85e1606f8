"""What a device runs while its brain is tagged on: releases that were put into production, and whose it takes."""

from __future__ import annotations

from pathlib import Path

from edge_brain.brain.opened import one_at_a_time
from edge_brain.brain.releasing import Releasing
from edge_brain.errors import BrainNotFound
from edge_brain.outcomes import Production, Taken
from edge_brain.production import taking
from edge_brain.production.shelf import Shelf
from edge_brain.production.taking import Asked, Terms
from edge_brain.release import signing


class Producing(Releasing):
    """Puts releases into production, which `Brain.open(folder, production=True)` answers with."""

    @property
    def production(self) -> Production | None:
        """What is in production here; None where nothing ever was."""
        return Shelf(self.folder).told()

    @one_at_a_time
    def take_release(
        self,
        release: str | Path | bytes,
        *,
        older: bool = False,
        sha256: str | None = None,
        number: int | None = None,
    ) -> Taken:
        """Put a release, a file or its bytes, into production; the one before is kept, and `rollback` goes back to it.

        Whoever runs what is in production answers with it from the next call on. Raises ReleaseRefused, and changes
        nothing, for what is not whole, is signed otherwise than a pinned key signs, answers otherwise than when it was
        made, comes from another extractor, has expired, or has a number that was here already, unless `older` allows
        that. `sha256` and `number`, where they are given, are what it must have; a name such as a hub gives says both.
        """
        asked = Asked(release, "the release") if isinstance(release, bytes) else Asked.file(Path(release))
        asked = asked.having(sha256, number)
        return taking.take(Shelf(self.folder), asked, Terms(self.store.pins.all(), older))

    @one_at_a_time
    def rollback(self, expected: int | None = None) -> Production:
        """Let the release before answer again; once more, and the one that was rolled back does.

        Raises ReleaseRefused when there is none, or when another than the release `expected` is in production by now.
        """
        shelf = Shelf(self.folder)
        taking.roll_back(shelf, expected)
        told = shelf.told()
        if told is None:
            raise BrainNotFound("what is in production went away just now")
        return told

    @one_at_a_time
    def pins(self) -> list[str]:
        """Return the public keys that are pinned; where there are any, what none of them signed is not taken."""
        return self.store.pins.all()

    @one_at_a_time
    def pin(self, key: str) -> None:
        """Trust a public key, 64 hex digits: from now on only what a pinned key signed is put into production."""
        self.store.pins.add(signing.public_key(key))

    @one_at_a_time
    def unpin(self, key: str) -> None:
        """Trust a public key no more; when none is left, what nobody has signed is taken, too."""
        self.store.pins.remove(signing.public_key(key))
