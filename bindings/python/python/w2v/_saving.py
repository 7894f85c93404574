"""What trained models are kept for: files, and words that they predict."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Optional, Union

import numpy as np

from . import _files
from ._files import Path
from ._messages import ModelFileError

if TYPE_CHECKING:
    from .word2vec import Word2Vec

#: What ``save`` keeps of a model beside its vectors.
_SETTINGS = (
    "vector_size", "alpha", "window", "min_count", "sample", "seed", "workers", "min_alpha", "sg", "hs", "negative",
    "ns_exponent", "cbow_mean", "epochs", "compute_loss", "comment", "max_final_vocab", "shrink_windows",
    "corpus_count", "corpus_total_words", "effective_min_count", "losses", "_loss", "_is_trained",
)  # fmt: skip


class OnClass:
    """A class method that instances do not have, so that nobody takes ``model.load`` for loading
    into the model."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.__doc__ = function.__doc__

    def __get__(self, instance: object, owner: type) -> Callable[..., Any]:
        if instance is not None:
            raise AttributeError(f"load is called on the class: {owner.__name__}.load(path)")
        return lambda *args, **kwargs: self.function(owner, *args, **kwargs)


def predict_output_word(
    self: Word2Vec, context_words_list: Sequence[Union[str, int]], topn: int = 10
) -> Optional[list[tuple[str, float]]]:
    """The words that most likely stand among those of a context, with their probabilities; None
    if none of the context is known."""
    if self.hs or self._output is None or not self._is_trained:
        raise RuntimeError("words are predicted by a trained model with negative sampling alone")
    known = [self.wv.get_index(word) for word in context_words_list if word in self.wv]
    if not known:
        return None
    hidden = self.wv.vectors[known].mean(axis=0, dtype=np.float64)
    logits = self._output.astype(np.float64) @ hidden
    likely = np.exp(logits - logits.max())
    likely /= likely.sum()
    best = np.argsort(-likely, kind="stable")[:topn]
    return [(self.wv.index_to_key[row], float(likely[row])) for row in best]


def save(self: Word2Vec, path: Path, *ignored: Any, **also_ignored: Any) -> None:
    """Writes all to a file that :meth:`load` reads; nothing in it is executed."""
    header, arrays = self.wv._state()
    if self._output is not None:
        arrays["output"] = self._output
    settings = {name: getattr(self, name) for name in _SETTINGS}
    _files.save(path, "Word2Vec", {"settings": settings, **header}, arrays)


def load(cls: type[Word2Vec], path: Path, rethrow: bool = False, mmap: Optional[str] = None) -> Word2Vec:
    """The model that :meth:`save` wrote; never a pickle."""
    if not _files.is_archive(path):
        raise ModelFileError(
            f"{os.fspath(path)}: is no model that Word2Vec.save wrote; vectors alone are loaded by "
            "KeyedVectors.load, pickles of gensim are never"
        )
    header, arrays = _files.load(path)
    if header["kind"] != "Word2Vec":
        raise AttributeError(f"{os.fspath(path)}: holds {header['kind']}; load it with that class")
    model = cls()
    for name in _SETTINGS:
        setattr(model, name, header["settings"][name])
    model._output = arrays.pop("output", None)
    from .keyedvectors import KeyedVectors

    model.wv = KeyedVectors._of_state(header, arrays)
    return model
