"""Words and their vectors, and the questions asked of them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, Optional, Union, cast

import numpy as np

from . import _evaluation, _files, _formats, _w2v
from ._files import Path
from ._store import KEYS, Array, Key, Store, unit

#: A key, a vector, or one of the two with its weight.
Term = Union[Key, Array, tuple[Union[Key, Array], float]]
Terms = Union[None, Term, Sequence[Term]]


def _cosine(a: Array, b: Array) -> np.float32:
    """The cosine of two vectors, -1 to 1; 0 where one is zeros."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    lengths = float(np.sqrt(x @ x) * np.sqrt(y @ y))
    return np.float32(min(1.0, max(-1.0, float(x @ y) / lengths))) if lengths else np.float32(0)


def _best(scores: Array, number: int) -> list[int]:
    """The places of the largest scores, the largest first, of equal ones the first."""
    if number < len(scores):
        # Equal scores at the edge: those with the first places.
        edge = np.partition(scores, len(scores) - number)[len(scores) - number]
        above = np.flatnonzero(scores > edge)
        places = np.concatenate([above, np.flatnonzero(scores == edge)[: number - len(above)]])
        places.sort()
    else:
        places = np.arange(len(scores))
    order = places[np.argsort(-scores[places], kind="stable")]
    return cast("list[int]", order.tolist())


class KeyedVectors(Store):
    """A vector for each key, such as a word; keys are in the order of their rows.

    ``vectors`` has a row for each key and cannot be written to: whatever changes vectors puts
    another array in its place, and so must you. What is asked of the vectors is the cosine.
    """

    def vectors_for_all(
        self, keys: Iterable[Key], allow_inference: bool = True, copy_vecattrs: bool = False
    ) -> KeyedVectors:
        """The vectors of those of ``keys`` that there are, each once."""
        found = [key for key in dict.fromkeys(keys) if key in self]
        rows = [self.get_index(key) for key in found]
        made = KeyedVectors._of(found, self._vectors[rows], range(len(found), 0, -1))
        if copy_vecattrs:
            made.expandos.update({name: values[rows] for name, values in self.expandos.items()})
        return made

    # Questions.

    def _products(self, vector: Array, start: int, end: Optional[int]) -> Array:
        """The dot product of each row with ``vector``."""
        rows = self._vectors[start:end]
        if rows.dtype == np.float32 and rows.flags.c_contiguous:
            return _w2v.products(rows, np.ascontiguousarray(vector, np.float32))
        return np.asarray(rows @ vector)

    def _cosines(self, vector: Array, start: int = 0, end: Optional[int] = None) -> Array:
        """The cosine of each row and ``vector``, which is of length 1."""
        lengths = self._lengths()[start:end]
        products = self._products(vector, start, end)
        return np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)

    def most_similar(
        self,
        positive: Terms = None,
        negative: Terms = None,
        topn: Optional[int] = 10,
        clip_start: int = 0,
        clip_end: Optional[int] = None,
        restrict_vocab: Optional[int] = None,
        indexer: Any = None,
    ) -> Any:
        """The keys closest to the sum of the positive terms' unit vectors less the negative ones',
        as pairs of key and cosine; with ``topn`` None all rows' cosines."""
        if isinstance(topn, Integral) and int(topn) < 1:
            return []
        keys: list[Union[Key, Array]] = []
        weights: list[float] = []
        for terms, sign in ((positive, 1.0), (negative, -1.0)):
            for term in _listed(terms):
                weighted = isinstance(term, (tuple, list)) and len(term) == 2 and not isinstance(term[1], str)
                pair = cast(Any, term if weighted else (term, sign))
                keys.append(pair[0])
                weights.append(float(pair[1]))
        mean = self.get_mean_vector(keys, weights, post_normalize=True, ignore_missing=False)
        if indexer is not None and topn is not None:
            return indexer.most_similar(mean, topn)
        if restrict_vocab:
            clip_start, clip_end = 0, restrict_vocab
        cosines = self._cosines(mean, clip_start, clip_end or None)
        return self._answers(cosines, keys, topn, clip_start)

    def _answers(self, scores: Array, asked: Iterable[Any], topn: Optional[int], start: int = 0) -> Any:
        """The best ``topn`` keys that were not asked for; all scores for None."""
        if topn is None:
            return scores
        out = {self.get_index(key) for key in asked if isinstance(key, KEYS)}
        best = (place + start for place in _best(scores, int(topn) + len(out)))
        found = [(self.index_to_key[row], float(scores[row - start])) for row in best if row not in out]
        return found[: int(topn)]

    def similar_by_vector(
        self, vector: Array, topn: Optional[int] = 10, restrict_vocab: Optional[int] = None
    ) -> Any:
        """:meth:`most_similar` to a vector."""
        return self.most_similar(positive=[np.asarray(vector)], topn=topn, restrict_vocab=restrict_vocab)

    def similar_by_key(self, key: Key, topn: Optional[int] = 10, restrict_vocab: Optional[int] = None) -> Any:
        """:meth:`most_similar` to a key."""
        return self.most_similar(positive=[key], topn=topn, restrict_vocab=restrict_vocab)

    similar_by_word = similar_by_key

    def most_similar_cosmul(
        self,
        positive: Terms = None,
        negative: Terms = None,
        topn: Optional[int] = 10,
        restrict_vocab: Optional[int] = None,
    ) -> Any:
        """As :meth:`most_similar`, by the product of the positive terms' similarities over that of
        the negative ones', each (1 + cosine) / 2 (3CosMul, Levy & Goldberg 2014)."""
        if isinstance(topn, Integral) and int(topn) < 1:
            return []
        asked = (list(_listed(positive)), list(_listed(negative)))
        if not asked[0]:
            raise ValueError("cannot compute similarity with no input")
        factors = []
        for terms in asked:
            product = np.ones(len(self._vectors[:restrict_vocab]), np.float64)
            for term in terms:
                vector = unit(term if isinstance(term, np.ndarray) else self.get_vector(cast(Key, term)))
                product *= (1 + self._cosines(vector, 0, restrict_vocab)) / 2
            factors.append(product)
        return self._answers(factors[0] / (factors[1] + 1e-6), asked[0] + asked[1], topn)

    def similarity(self, w1: Key, w2: Key) -> np.float32:
        """The cosine of two keys' vectors, -1 to 1."""
        return _cosine(self.get_vector(w1), self.get_vector(w2))

    def distance(self, w1: Key, w2: Key) -> np.float32:
        """1 - :meth:`similarity`."""
        return np.float32(1 - self.similarity(w1, w2))

    def n_similarity(self, ws1: Sequence[Key], ws2: Sequence[Key]) -> np.float32:
        """The cosine of the means of two sets of keys' vectors."""
        if not (len(ws1) and len(ws2)):
            raise ZeroDivisionError("At least one of the passed list is empty.")
        return _cosine(self.get_mean_vector(ws1, pre_normalize=False), self.get_mean_vector(ws2, pre_normalize=False))

    @staticmethod
    def cosine_similarities(vector_1: Array, vectors_all: Array) -> Array:
        """The cosine of a vector and each of several."""
        lengths = np.linalg.norm(vector_1) * np.linalg.norm(vectors_all, axis=1)
        products = vectors_all @ vector_1
        return np.asarray(np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0))

    def distances(self, word_or_vector: Union[Key, Array], other_words: Iterable[Key] = ()) -> Array:
        """1 less the cosine of a key or vector and each of the other keys, or all keys."""
        is_key = isinstance(word_or_vector, KEYS)
        vector = self.get_vector(cast(Key, word_or_vector)) if is_key else cast(Array, word_or_vector)
        others = [self.get_index(word) for word in other_words]
        cosines = self._cosines(unit(vector))
        return 1 - (cosines[others] if others else cosines)

    def closer_than(self, key1: Key, key2: Key) -> list[Key]:
        """The keys that are closer to ``key1`` than ``key2`` is."""
        distances = self.distances(key1)
        closer = np.flatnonzero(distances < distances[self.get_index(key2)])
        own = self.get_index(key1)
        return [self.index_to_key[row] for row in closer if row != own]

    words_closer_than = closer_than

    def rank(self, key1: Key, key2: Key) -> int:
        """1 for the key closest to ``key1``, 2 for the next, and so on."""
        return len(self.closer_than(key1, key2)) + 1

    def most_similar_to_given(self, key1: Key, keys_list: Sequence[Key]) -> Key:
        """The one of ``keys_list`` most similar to ``key1``."""
        return keys_list[int(np.argmax([self.similarity(key1, key) for key in keys_list]))]

    def rank_by_centrality(self, words: Sequence[Key], use_norm: bool = True) -> list[tuple[np.float32, Key]]:
        """Those of ``words`` that there are, with their cosine to the mean of all, the closest first."""
        known = [word for word in words if word in self]
        if not known:
            raise ValueError("cannot select a word from an empty list")
        mean = self.get_mean_vector(known, pre_normalize=use_norm)
        return sorted(((_cosine(self.get_vector(word), mean), word) for word in known), reverse=True)

    def doesnt_match(self, words: Sequence[Key]) -> Key:
        """The one of ``words`` farthest from the mean of all."""
        return self.rank_by_centrality(words)[-1][1]

    def relative_cosine_similarity(self, wa: Key, wb: Key, topn: int = 10) -> float:
        """The cosine of two words over the sum of those of the first and its closest words."""
        similar = self.similar_by_word(wa, topn)
        if not similar:
            raise ValueError("Cannot calculate relative cosine similarity without any similar words.")
        return float(self.similarity(wa, wb)) / float(sum(cosine for _, cosine in similar))

    # Files.

    def save(self, path: Path, *ignored: Any, **also_ignored: Any) -> None:
        """Writes all to a file that :meth:`load` reads; nothing in it is executed."""
        header, arrays = self._state()
        _files.save(path, "KeyedVectors", header, arrays)

    def _state(self) -> tuple[dict[str, Any], dict[str, Array]]:
        lists = {name: values.tolist() for name, values in self.expandos.items() if values.dtype == object}
        arrays = {f"of-{name}": values for name, values in self.expandos.items() if name not in lists}
        return {"keys": self.index_to_key, "lists": lists}, {"vectors": self._vectors, **arrays}

    @classmethod
    def _of_state(cls, header: dict[str, Any], arrays: dict[str, Array]) -> KeyedVectors:
        made = cls._of(header["keys"], arrays["vectors"])
        for name, values in arrays.items():
            if name.startswith("of-"):
                made.expandos[name.removeprefix("of-")] = values.copy()
        for name, listed in header["lists"].items():
            made.expandos[name] = np.array(listed, object)
        return made

    @classmethod
    def load(cls, path: Path, mmap: Optional[str] = None) -> KeyedVectors:
        """What :meth:`save` wrote, or a model file of the program ``w2v`` or of word2vec, whichever
        its format; never a pickle."""
        if not _files.is_archive(path):
            return cls.load_word2vec_format(path)
        header, arrays = _files.load(path)
        return cls._of_state(header, arrays)

    evaluate_word_pairs = _evaluation.evaluate_word_pairs
    evaluate_word_analogies = _evaluation.evaluate_word_analogies
    save_word2vec_format = _formats.save_word2vec_format
    load_word2vec_format = classmethod(_formats.load_word2vec_format)

    def copy(self) -> KeyedVectors:
        """A copy that shares nothing."""
        return copy.deepcopy(self)


def _listed(terms: Terms) -> Sequence[Term]:
    """``terms`` as a list, where they may be one."""
    if terms is None:
        return []
    if isinstance(terms, KEYS) or (isinstance(terms, np.ndarray) and terms.ndim == 1):
        return [cast(Term, terms)]
    return list(cast("Sequence[Term]", terms))
