"""word2vec's model files, read and written by the library."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Optional

import numpy as np
import numpy.typing as npt

from . import _w2v
from ._files import Path
from ._messages import named

if TYPE_CHECKING:
    from .keyedvectors import KeyedVectors

#: All words, as a limit.
_ALL = 2**63 - 1


def save_word2vec_format(
    self: KeyedVectors,
    fname: Path,
    fvocab: Optional[Path] = None,
    binary: bool = False,
    total_vec: Optional[int] = None,
    write_header: bool = True,
    prefix: str = "",
    append: bool = False,
    sort_attr: str = "count",
) -> None:
    """Writes the vectors in word2vec's text or binary format, the most frequent keys first; and
    keys with their counts to ``fvocab``."""
    rows = np.arange(len(self))
    if sort_attr in self.expandos:
        rows = np.argsort(-self.expandos[sort_attr], kind="stable")
    elif fvocab is not None:
        raise ValueError(f"Cannot store vocabulary with '{sort_attr}' because that attribute does not exist")
    keys = [f"{prefix}{self.index_to_key[row]}" for row in rows]
    vectors = self.vectors if np.array_equal(rows, np.arange(len(rows))) else self.vectors[rows]
    vectors = np.ascontiguousarray(vectors, np.float32)
    mode = "ab" if append else "wb"
    if fvocab is not None:
        with open(fvocab, mode) as file:
            for key, row in zip(keys, rows):
                file.write(_encoded(f"{key} {self.expandos[sort_attr][row]}\n"))
    if write_header and not append and total_vec in (None, len(keys)):
        with named():
            _w2v.save_vectors(os.fspath(fname), keys, vectors, binary)
        return
    with open(fname, mode) as file:
        if write_header:
            file.write(f"{len(keys) if total_vec is None else total_vec} {self.vector_size}\n".encode())
        for key, vector in zip(keys, vectors):
            if binary:
                file.write(_encoded(f"{key} ") + vector.astype("<f4").tobytes() + b"\n")
            else:
                file.write(_encoded(f"{key} {' '.join(str(value) for value in vector)}\n"))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def load_word2vec_format(
    cls: type[KeyedVectors],
    fname: Path,
    fvocab: Optional[Path] = None,
    binary: bool = False,
    encoding: str = "utf8",
    unicode_errors: str = "strict",
    limit: Optional[int] = None,
    datatype: npt.DTypeLike = np.float32,
    no_header: bool = False,
) -> KeyedVectors:
    """The vectors in a file of word2vec's text or binary format, plain, gzip or zstd: the content
    says which, whatever ``binary`` does. Of keys that come twice the first counts."""
    most = _ALL if limit is None else max(int(limit), 0)
    with named():
        if no_header:
            text = _with_header(fname)
            words, dim, numbers = _w2v.read_vectors(text, os.fspath(fname), most, encoding, unicode_errors)
        else:
            words, dim, numbers = _w2v.load_vectors(fname, most, encoding, unicode_errors)
    vectors: npt.NDArray[Any] = numbers.reshape(-1, dim)
    first = {word: row for row, word in reversed(list(enumerate(words)))}
    if len(first) < len(words):
        rows = sorted(first.values())
        words, vectors = [words[row] for row in rows], vectors[rows]
    if np.dtype(datatype) != np.float32:
        vectors = vectors.astype(datatype)
    if fvocab is None:
        return cls._of(words, vectors, range(len(words), 0, -1))
    counts = _counts(fvocab, encoding, unicode_errors)
    return cls._of(words, vectors, (counts.get(word, 0) for word in words))


def _counts(path: Path, encoding: str, errors: str) -> dict[str, int]:
    """The words of a file of ``word count`` lines."""
    counts = {}
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            fields = line.decode(encoding, errors).strip().rsplit(maxsplit=1)
            if len(fields) == 2 and fields[1].isdigit():
                counts[fields[0]] = int(fields[1])
            elif fields:
                raise ValueError(f"{os.fspath(path)}:{number}: expected a word and its count, `word count`")
    return counts


def _with_header(path: Path) -> bytes:
    """A text of vectors without a first line, and that line before it."""
    from ._files import open_text

    with open_text(path, "latin-1") as file:
        text = file.read().encode("latin-1")
    first, rows = text.partition(b"\n")[0], text.count(b"\n") + (not text.endswith(b"\n"))
    return b"%d %d\n" % (rows, len(first.rstrip().split(b" ")) - 1) + text
