"""A transformer for scikit-learn: documents in, mean vectors of their words out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from .word2vec import Word2Vec


class Word2VecTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Trains a :class:`Word2Vec` model of documents, and gives each document the mean of its words'
    vectors; zeros for a document without a known word.

    Documents are lists of tokens, or strings whose tokens are parted by blanks. The parameters are
    those of :class:`Word2Vec`, but ``min_count`` is 1; fitted, ``model_`` is the model.
    """

    def __init__(
        self,
        *,
        vector_size: int = 100,
        alpha: Optional[float] = None,
        window: int = 5,
        min_count: int = 1,
        sample: float = 1e-3,
        seed: int = 1,
        workers: Optional[int] = None,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        epochs: int = 5,
        max_final_vocab: Optional[int] = None,
    ) -> None:
        self.vector_size = vector_size
        self.alpha = alpha
        self.window = window
        self.min_count = min_count
        self.sample = sample
        self.seed = seed
        self.workers = workers
        self.sg = sg
        self.hs = hs
        self.negative = negative
        self.ns_exponent = ns_exponent
        self.epochs = epochs
        self.max_final_vocab = max_final_vocab

    def fit(self, X: Iterable[Any], y: Any = None) -> Word2VecTransformer:  # noqa: N803
        """Trains the model; ``y`` has no effect."""
        self.model_ = Word2Vec((_tokens(document) for document in _documents(X)), **self.get_params())
        return self

    def transform(self, X: Iterable[Any]) -> npt.NDArray[np.float32]:  # noqa: N803
        """A row of ``vector_size`` numbers for each document."""
        check_is_fitted(self)
        vectors = self.model_.wv
        rows = []
        for document in _documents(X):
            known = [vectors.key_to_index[token] for token in _tokens(document) if token in vectors.key_to_index]
            row = vectors.vectors[known].mean(axis=0) if known else np.zeros(vectors.vector_size)
            rows.append(row.astype(np.float32))
        return np.stack(rows) if rows else np.zeros((0, vectors.vector_size), np.float32)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[Any]:
        """A name for each of the numbers."""
        check_is_fitted(self)
        return np.array([f"word2vec{place}" for place in range(self.model_.vector_size)], dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        tags.no_validation = True
        return tags


def _documents(documents: Iterable[Any]) -> Iterable[Any]:
    if isinstance(documents, (str, bytes)):
        raise ValueError("Iterable over documents expected, a string was received; put it in a list.")
    return documents


def _tokens(document: Any) -> Any:
    if isinstance(document, str):
        return document.split()
    return [token if isinstance(token, str) else _text(token) for token in document]


def _text(token: Any) -> str:
    """The key that a token of another kind has."""
    return token.decode("utf-8", "surrogateescape") if isinstance(token, bytes) else str(token)
