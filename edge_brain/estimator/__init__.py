"""A brain as scikit-learn knows classifiers: `fit`, `partial_fit`, `predict`, `predict_proba`, alone or in a Pipeline.

    X   pictures: uint8 RGB, shape (n, height, width, 3), or a list of paths, bytes, PIL images, arrays
        codes: floats from 0 up, or int8, shape (n, length)
    y   classes, text or whole numbers      groups   which rows show one scene: the bursts

A thin adapter: the brain learns, reserves and answers, and is there as `brain_`. So not every row is learned: whole
bursts are reserved for the Brain Score. scikit-learn, 1.6 or later, need not be there. Of its own checks of estimators
four do not hold: the head looks at the direction of a code alone, so that blobs of two numbers are not told apart, and
a row of zeros is refused; a brain in a temporary folder cannot be pickled; and a column for y is taken without a
warning.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import weakref
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from edge_brain import config, labels
from edge_brain.brain import Brain
from edge_brain.errors import BadInput, BrainNotFound
from edge_brain.estimator import making
from edge_brain.estimator.rows import Rows, classes_of, is_number, label_of, length_of, rows_of
from edge_brain.exposure import Coded, ExtractorLike, PictureLike, contract, load_exposer
from edge_brain.records import Prediction, Tagging
from edge_brain.region import Region
from edge_brain.store import DATABASE, Store

if TYPE_CHECKING:
    from sklearn.utils import Tags

_PARAMETERS = ("folder", "extractor", "views", "threads")


class BrainClassifier:
    """A classifier of pictures, or of codes: a brain."""

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        extractor: ExtractorLike | None = None,
        views: bool = True,
        threads: int | None = None,
    ) -> None:
        """Take parameters as `Brain.create` does; without a folder the brain lives as long as this object.

        Without an extractor pictures get the usual one, and rows of numbers are codes of a network of their length.
        """
        self.folder, self.extractor, self.views, self.threads = folder, extractor, views, threads

    # ── learning ────────────────────────────────────────────────────────────────────────────────

    def fit(self, X: Rows, y: Iterable[Any], groups: Iterable[Any] | None = None) -> BrainClassifier:
        """Teach a new brain, all of it or nothing, as `partial_fit`; BrainExists where the folder holds one."""
        rows, own = rows_of(X), classes_of(y)
        if self.folder is not None:
            Store.check_free(Path(self.folder))
        return self._taught(None, rows, own, None, groups)

    def partial_fit(
        self, X: Rows, y: Iterable[Any], classes: Iterable[Any] | None = None, groups: Iterable[Any] | None = None
    ) -> BrainClassifier:
        """Teach the brain more, all of it or nothing: that of before, else the one in the folder, else a new one.

        `classes` are all that will ever come, from the call on that names them first; without them a class may come at
        any time. Rows of one group, also of another call, are one burst; without groups those are that look alike.
        """
        rows, own, brain = rows_of(X), classes_of(y), self._standing()
        told = None if classes is None else np.unique(classes_of(classes))
        bound = self._bound if brain else None
        if bound is not None and told is not None and bound.tolist() != told.tolist():
            raise BadInput(f"`classes` are {told.tolist()}, and were {bound.tolist()} before; leave them out, or as is")
        every = told if bound is None else bound
        if every is not None and (strange := set(own.tolist()) - set(every.tolist())):
            raise BadInput(f"y holds {', '.join(map(repr, sorted(strange)))}, which `classes` does not")
        return self._taught(brain, rows, own, every, groups)

    # ── asking ──────────────────────────────────────────────────────────────────────────────────

    @property
    def classes_(self) -> NDArray[Any]:
        """All classes (k,) in order: those that were given here, and those that the brain has besides.

        Of a brain that was given none here they are whole numbers where all are written so, else text.
        """
        brain = self._fitted()
        given = {label_of(each): each for each in self._classes.tolist()}
        others = [info.label for info in brain.classes() if info.label not in given]
        if others and (not given or self._classes.dtype.kind in "iu") and all(map(is_number, others)):
            return np.unique([*given.values(), *map(int, others)])
        if others and self._classes.dtype.kind != "U":
            raise BadInput(f"the brain has the classes {', '.join(others)} besides numbers: give y as text")
        return np.unique([*given.values(), *others])

    def predict(self, X: Rows) -> NDArray[Any]:
        """Return the class of each row (n,): the first of the ranking, also where the brain knows nothing like it."""
        shares = self.predict_proba(X)
        return np.asarray(self.classes_[shares.argmax(axis=1)])

    def predict_proba(self, X: Rows) -> NDArray[np.float64]:
        """Return the probabilities that the brain gives, float64 (n, k), in the order of `classes_`."""
        answers = self.predictions(X)
        places = {label_of(each): place for place, each in enumerate(self.classes_.tolist())}
        shares = np.zeros((len(answers), len(places)))
        for row, answer in zip(shares, answers, strict=True):
            for label, share in answer.ranking:
                row[places[label]] = share
        return shares

    def predictions(self, X: Rows) -> list[Prediction]:
        """Return the brain's whole answer to each row: also whether it knows anything like it."""
        if (brain := self._standing()) is None:
            _raise_not_fitted()
        rows = rows_of(X)
        self._check_length(rows)
        return brain.predict_many(rows)

    def score(self, X: Rows, y: Iterable[Any]) -> float:
        """Return the share of rows whose class is right; of scenes that were taught it says little: see `brain_`."""
        return float(np.mean(self.predict(X) == classes_of(y)))

    # ── as scikit-learn wants it ────────────────────────────────────────────────────────────────

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; `deep` changes nothing."""
        return {name: getattr(self, name) for name in _PARAMETERS}

    def set_params(self, **params: Any) -> BrainClassifier:
        """Set parameters, which count from the next `fit` on."""
        for name, value in params.items():
            if name not in _PARAMETERS:
                raise BadInput(f"Invalid parameter {name!r}: choose of {', '.join(_PARAMETERS)}")
            setattr(self, name, value)
        return self

    def close(self) -> None:
        """Close the brain, and delete a temporary one, as the end of this object does."""
        if self._has_brain():
            self._end()
            del self.brain_

    def __repr__(self) -> str:
        return f"BrainClassifier({', '.join(f'{name}={value!r}' for name, value in self.get_params().items())})"

    def __sklearn_is_fitted__(self) -> bool:
        """Say whether there is a brain: one that was taught, or one that stands in the folder."""
        return self._has_brain() or (self.folder is not None and (Path(self.folder) / DATABASE).is_file())

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn what goes in and what comes out."""
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(),
            input_tags=InputTags(positive_only=True),
        )

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy is made of: the parameters, and the classes where there is a brain, which stays."""
        if not self._has_brain():
            return self.get_params()
        if self.folder is None:
            raise BadInput("a brain in a temporary folder goes with its classifier, and is not copied: give a folder")
        return self.get_params() | {"_classes": self._classes, "_bound": self._bound}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open the brain anew, where there was one."""
        classes, bound = state.pop("_classes", None), state.pop("_bound", None)
        self.__dict__.update(state)
        if classes is not None and self._standing():
            self._classes, self._bound = classes, bound

    # ── the brain ───────────────────────────────────────────────────────────────────────────────

    def _has_brain(self) -> bool:
        return "brain_" in vars(self)

    def _fitted(self) -> Brain:
        """Return the brain that there is; AttributeError where there is none, as scikit-learn expects."""
        if (brain := self._standing()) is None:
            raise AttributeError("there is no brain before `fit` or `partial_fit`")
        return brain

    def _standing(self) -> Brain | None:
        """Return the brain that there is: the one that was taught, or the one in the folder."""
        if self._has_brain():
            return self.brain_
        if self.folder is None:
            return None
        given = None if isinstance(self.extractor, str) else self.extractor
        with suppress(BrainNotFound):
            return self._taken(Brain.open(self.folder, extractor=given, threads=self.threads), None)
        return None

    def _taken(self, brain: Brain, temporary: Path | None) -> Brain:
        """Have another brain from now on."""
        former = vars(self).get("_end")  # one that has ended does nothing more
        self.brain_, self._classes, self._bound = brain, np.array([], "U1"), None
        self._end = weakref.finalize(self, _end, brain, temporary)
        if former is not None:
            former()
        return brain

    def _taught(
        self,
        brain: Brain | None,
        rows: Sequence[PictureLike],
        own: NDArray[Any],
        every: NDArray[Any] | None,
        groups: Iterable[Any] | None,
    ) -> BrainClassifier:
        """Teach a brain, None: a new one, which is made once all rows are found good; `every` class will come, or None.

        Where that fails, the brain is as it was before, also the former one in place of a new one.
        """
        named = [] if groups is None else [labels.checked(str(each), "group") for each in groups]
        bursts: Sequence[str | None] = [None] * len(rows) if groups is None else named
        counts = [len(rows), len(own), len(bursts)]
        if len(set(counts)) > 1:
            raise BadInput(f"X, y and groups have inconsistent numbers of samples: {counts}")
        if brain is None:
            chosen = self._chosen(rows)
            given = None if isinstance(chosen, str) else chosen
            settings = contract(chosen, Region(), views=self.views)
            exposer = load_exposer(settings, threads=self.threads or config.threads(), given=given)
        else:
            self._check_length(rows)
            exposer, settings = brain.exposer, brain.store.codes_contract()
        taggings = [
            Tagging(
                exposer.expose(row, views=bool(settings["views"]) and not isinstance(row, Coded)), label_of(each), burst
            )
            for row, each, burst in zip(rows, own.tolist(), bursts, strict=True)
        ]
        if brain is None:
            self._make(rows, taggings)
        else:
            brain.tag_exposures(taggings, who=making.WHO)
        known = np.unique(own) if every is None else every
        self._classes = np.unique(np.concatenate([self._classes, known]) if len(self._classes) else known)
        self._bound = every
        return self

    def _chosen(self, rows: Sequence[PictureLike]) -> ExtractorLike:
        """Return the extractor of a new brain."""
        return making.extractor_for(rows) if self.extractor is None else self.extractor

    def _make(self, rows: Sequence[PictureLike], taggings: Sequence[Tagging]) -> None:
        """Have a new brain that has learned, in place of the former one."""
        temporary = Path(tempfile.mkdtemp(prefix="edge_brain-")) if self.folder is None else None
        home, chosen = Path(temporary or self.folder or ""), self._chosen(rows)
        try:
            brain = making.made(home, taggings, extractor=chosen, views=self.views, threads=self.threads)
        except BaseException:
            if temporary is not None:
                temporary.rmdir()
            raise
        self._taken(brain, temporary)

    @property
    def n_features_in_(self) -> int:
        """How many numbers a code has."""
        return int(self._fitted().store.setting("code_length"))

    def _check_length(self, rows: Sequence[PictureLike]) -> None:
        given, wanted = length_of(rows), self.n_features_in_
        if given not in (None, wanted):
            raise BadInput(f"X has {given} features, but BrainClassifier is expecting {wanted} features as input")


def _end(brain: Brain, temporary: Path | None) -> None:
    brain.close()
    if temporary is not None:
        shutil.rmtree(temporary, ignore_errors=True)


def _raise_not_fitted() -> NoReturn:
    kinds: tuple[type[Exception], ...] = (BadInput,)
    if sys.modules.get("sklearn") is not None:  # whoever has it there expects its own error, too
        from sklearn.exceptions import NotFittedError

        kinds = (BadInput, NotFittedError)
    raise type("NotFitted", kinds, {})("this BrainClassifier has no brain yet: call `fit` or `partial_fit` first")
