"""Keys and their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Optional, TypeVar, Union, cast, overload

import numpy as np
import numpy.typing as npt

Key = Union[str, int]
Array = npt.NDArray[Any]
S = TypeVar("S", bound="Store")

_INTEGERS = (int, np.integer)
KEYS = (str, *_INTEGERS)


def unit(vector: Array) -> Array:
    length = float(np.sqrt(np.dot(vector.astype(np.float64), vector.astype(np.float64))))
    return (vector / length if length else vector).astype(np.float32)


class Store:
    """Keys and their rows, with what is kept of each key."""

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
    def _of(cls: type[S], keys: list[Any], vectors: Array, counts: Optional[Iterable[int]] = None) -> S:
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
        if isinstance(keys, KEYS):
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
        return unit(mean) if post_normalize else cast(Array, mean.astype(self._vectors.dtype))

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
        if isinstance(keys, KEYS):
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
