"""Words and their vectors, and the questions asked of them."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import Any, Optional, Union, cast, overload

import numpy as np
import numpy.typing as npt

from . import _evaluation, _files, _formats, _w2v
from ._files import Path

Key = Union[str, int]
Array = npt.NDArray[Any]
#: A key, a vector, or one of the two with its weight.
Term = Union[Key, Array, tuple[Union[Key, Array], float]]
Terms = Union[None, Term, Sequence[Term]]
Similar = list[tuple[Key, float]]

_INTEGERS = (int, np.integer)
_KEYS = (str, *_INTEGERS)


def _unit(vector: Array) -> Array:
    length = float(np.sqrt(np.dot(vector.astype(np.float64), vector.astype(np.float64))))
    return (vector / length if length else vector).astype(np.float32)


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


class KeyedVectors:
    """A vector for each key, such as a word; keys are in the order of their rows.

    ``vectors`` has a row for each key and cannot be written to: whatever changes vectors puts
    another array in its place, and so must you. What is asked of the vectors is the cosine.
    """

    index_to_key: list[Any]
    key_to_index: dict[Any, int]
    expandos: dict[str, Array]

    def __init__(
        self, vector_size: int, count: int = 0, dtype: npt.DTypeLike = np.float32, mapfile_path: Optional[str] = None
    ) -> None:
        self.vector_size = int(vector_size)
        self.index_to_key = [None] * count
        self.key_to_index = {}
        self.next_index = 0
        self.mapfile_path = mapfile_path
        self.expandos = {}
        self._norms: Optional[Array] = None
        self._vectors: Array = np.zeros((count, self.vector_size), dtype)

    @classmethod
    def _of(cls, keys: list[Any], vectors: Array, counts: Optional[Iterable[int]] = None) -> KeyedVectors:
        """The vectors of distinct keys, and how often the keys occur."""
        made = cls(vectors.shape[1], dtype=vectors.dtype)
        made.index_to_key = keys
        made.key_to_index = {key: row for row, key in enumerate(keys)}
        made.next_index = len(keys)
        made.vectors = vectors
        if counts is not None:
            made.expandos["count"] = np.fromiter(counts, np.int64, len(keys))
        return made

    def __repr__(self) -> str:
        return f"{type(self).__name__}<vector_size={self.vector_size}, {len(self)} keys>"

    @property
    def vectors(self) -> Array:
        """A row for each key."""
        return self._vectors

    @vectors.setter
    def vectors(self, vectors: Array) -> None:
        self._vectors = vectors
        self._norms = None

    @property
    def norms(self) -> Optional[Array]:
        """The length of each row, once it was needed."""
        return self._norms

    @norms.setter
    def norms(self, norms: Optional[Array]) -> None:
        self._norms = norms

    def fill_norms(self, force: bool = False) -> None:
        """Computes the lengths of rows where they are not known."""
        if self._norms is None or force or len(self._norms) != len(self._vectors):
            squares = np.einsum("ij,ij->i", self._vectors, self._vectors, dtype=np.float64)
            self._norms = np.sqrt(squares).astype(np.float32)

    def _lengths(self) -> Array:
        self.fill_norms()
        assert self._norms is not None
        return self._norms

    # Keys.

    def __len__(self) -> int:
        return len(self.index_to_key)

    def __contains__(self, key: object) -> bool:
        return self.has_index_for(key)

    def has_index_for(self, key: Any) -> bool:
        """Whether there is a row for ``key``."""
        return self.get_index(key, -1) >= 0

    def get_index(self, key: Any, default: Optional[int] = None) -> int:
        """The row of ``key``, which may be a row's number; ``default`` if there is none."""
        row = self.key_to_index.get(key, -1)
        if row >= 0:
            return row
        if isinstance(key, _INTEGERS) and 0 <= key < len(self.index_to_key):
            return int(key)
        if default is not None:
            return default
        raise KeyError(f"Key '{key}' not present")

    @overload
    def __getitem__(self, keys: Key) -> Array: ...
    @overload
    def __getitem__(self, keys: Iterable[Key]) -> Array: ...
    def __getitem__(self, keys: Union[Key, Iterable[Key]]) -> Array:
        """The vector of a key, or a row for each of several keys."""
        if isinstance(keys, _KEYS):
            return self.get_vector(keys)
        rows = [self.get_index(key) for key in keys]
        return self._vectors[rows]

    def get_vector(self, key: Key, norm: bool = False) -> Array:
        """The vector of ``key``, scaled to length 1 if ``norm``; it cannot be written to."""
        row = self.get_index(key)
        vector = self._vectors[row]
        if norm:
            length = self._lengths()[row]
            vector = vector / length if length else vector.copy()
        vector.flags.writeable = False
        return cast(Array, vector)

    word_vec = get_vector

    def get_normed_vectors(self) -> Array:
        """All rows scaled to length 1."""
        lengths = self._lengths()[:, np.newaxis]
        return cast(Array, self._vectors / np.where(lengths > 0, lengths, 1))

    def unit_normalize_all(self) -> None:
        """Puts the rows scaled to length 1 in place of the rows."""
        self.vectors = self.get_normed_vectors()

    def init_sims(self, replace: bool = False) -> None:
        """Of older versions: :meth:`fill_norms`, or :meth:`unit_normalize_all`."""
        if replace:
            self.unit_normalize_all()
        else:
            self.fill_norms()

    def get_mean_vector(
        self,
        keys: Sequence[Union[Key, Array]],
        weights: Optional[npt.ArrayLike] = None,
        pre_normalize: bool = True,
        post_normalize: bool = False,
        ignore_missing: bool = True,
    ) -> Array:
        """The mean of the keys' vectors; weighted, the sum over the sum of the weights' sizes."""
        if len(keys) == 0:
            raise ValueError("cannot compute mean with no input")
        factors = np.ones(len(keys)) if weights is None else np.asarray(weights, np.float64)
        if len(factors) != len(keys):
            raise ValueError("keys and weights array must have same number of elements")
        mean = np.zeros(self.vector_size, np.float64)
        total = 0.0
        for key, factor in zip(keys, factors):
            if isinstance(key, np.ndarray):
                if key.shape != mean.shape:
                    raise ValueError(f"a vector has the shape {key.shape}, the model's have {mean.shape}")
                vector: Array = key
            elif key in self:
                vector = self.get_vector(key, norm=pre_normalize)
            elif ignore_missing:
                continue
            else:
                raise KeyError(f"Key '{key}' not present in vocabulary")
            mean += factor * vector
            total += abs(float(factor))
        if total > 0:
            mean /= total
        return _unit(mean) if post_normalize else cast(Array, mean.astype(self._vectors.dtype))

    # Changes.

    def add_vector(self, key: Key, vector: npt.ArrayLike) -> int:
        """Adds a key, in a free row if there is one, and returns its row."""
        row = self.next_index
        if row < len(self) and self.index_to_key[row] is None:
            vectors = self._vectors if self._vectors.flags.writeable else self._vectors.copy()
            vectors[row] = np.asarray(vector)
            self.vectors = vectors
            self.index_to_key[row] = key
            self.key_to_index[key] = row
        else:
            self.add_vectors([key], [np.asarray(vector)])
            row = self.get_index(key)
        self.next_index = row + 1
        return row

    def add_vectors(
        self,
        keys: Union[Key, Sequence[Key]],
        weights: npt.ArrayLike,
        extras: Optional[dict[str, Array]] = None,
        replace: bool = False,
    ) -> None:
        """Adds keys with their vectors; vectors of keys that there are already stay, unless
        ``replace``."""
        if isinstance(keys, _KEYS):
            keys = [keys]
            weights = np.asarray(weights).reshape(1, -1)
        listed = list(keys)
        rows = np.asarray(weights, self._vectors.dtype)
        if rows.shape != (len(listed), self.vector_size):
            raise ValueError(
                f"the vectors have the shape {rows.shape}; {len(listed)} keys need ({len(listed)}, {self.vector_size})"
            )
        known = np.array([key in self.key_to_index for key in listed], bool)
        new: dict[Key, int] = {}
        for place in np.flatnonzero(~known):
            new.setdefault(listed[place], int(place))
        before = len(self.index_to_key)
        vectors = np.concatenate([self._vectors[:before], rows[list(new.values())]])
        for key in new:
            self.key_to_index[key] = len(self.index_to_key)
            self.index_to_key.append(key)
        if replace:
            for place in np.flatnonzero(known):
                vectors[self.key_to_index[listed[place]]] = rows[place]
        self.vectors = vectors
        self.next_index = len(self.index_to_key)
        self._resize_expandos()
        for name, values in (extras or {}).items():
            self._expando(name, values.dtype)
            at = [self.key_to_index[key] for key in new]
            self.expandos[name][at] = values[list(new.values())]
            if replace:
                at = [self.key_to_index[listed[place]] for place in np.flatnonzero(known)]
                self.expandos[name][at] = values[known]

    def __setitem__(self, keys: Union[Key, list[Key]], weights: npt.ArrayLike) -> None:
        """Adds or replaces the vectors of keys."""
        if not isinstance(keys, list):
            keys = [keys]
            weights = np.asarray(weights).reshape(1, -1)
        self.add_vectors(keys, weights, replace=True)

    def _expando(self, name: str, dtype: npt.DTypeLike) -> None:
        if name not in self.expandos:
            self.expandos[name] = np.zeros(len(self), dtype)
        elif not np.issubdtype(dtype, self.expandos[name].dtype) and self.expandos[name].dtype != object:
            raise TypeError(f"{name} is {self.expandos[name].dtype} and not {np.dtype(dtype)}")
        self._resize_expandos()

    def _resize_expandos(self) -> None:
        for name, values in self.expandos.items():
            if len(values) < len(self):
                grown = np.zeros(len(self), values.dtype)
                grown[: len(values)] = values
                self.expandos[name] = grown

    def set_vecattr(self, key: Key, attr: str, val: Any) -> None:
        """Keeps a value with ``key``."""
        kind = type(val)
        self._expando(attr, object if kind is str else np.int64 if kind is int else kind)
        self.expandos[attr][self.get_index(key)] = val

    def get_vecattr(self, key: Key, attr: str) -> Any:
        """What is kept with ``key``: the attribute ``count`` is how often a word occurs."""
        return self.expandos[attr][self.get_index(key)]

    def sort_by_descending_frequency(self) -> None:
        """Puts the rows in the order of falling counts."""
        if len(self):
            order = np.argsort(-self.expandos["count"], kind="stable")
            self.index_to_key = [self.index_to_key[row] for row in order]
            self.key_to_index = {key: row for row, key in enumerate(self.index_to_key)}
            self.expandos = {name: values[order] for name, values in self.expandos.items()}
            if len(self._vectors):
                self.vectors = self._vectors[order]

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
        out = {self.get_index(key) for key in asked if isinstance(key, _KEYS)}
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
                vector = _unit(term if isinstance(term, np.ndarray) else self.get_vector(cast(Key, term)))
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
        is_key = isinstance(word_or_vector, _KEYS)
        vector = self.get_vector(cast(Key, word_or_vector)) if is_key else cast(Array, word_or_vector)
        others = [self.get_index(word) for word in other_words]
        cosines = self._cosines(_unit(vector))
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
    if isinstance(terms, _KEYS) or (isinstance(terms, np.ndarray) and terms.ndim == 1):
        return [cast(Term, terms)]
    return list(cast("Sequence[Term]", terms))
