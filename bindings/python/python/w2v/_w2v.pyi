from collections.abc import Callable, Iterable, Sequence
from os import PathLike
from typing import Any, TypedDict, final

import numpy as np
import numpy.typing as npt

__all__ = [
    "Corpus",
    "ModelFileError",
    "builtin_questions",
    "builtin_text",
    "english_connectors",
    "load_vectors",
    "pairs",
    "products",
    "read_vectors",
    "save_vectors",
    "train",
    "untrained",
]

_Numbers = npt.NDArray[np.float32]
_Path = str | PathLike[str]
_Counted = Sequence[tuple[str, int]]
_Report = tuple[int, int, int, int, int, float | None, float, bool]
_Keep = Callable[[list[str], list[int]], list[bool]]

class _Settings(TypedDict):
    skip_gram: bool
    tree: bool
    dim: int
    window: int
    negatives: int
    exponent: float
    epochs: int
    sample: float
    learning_rate: float | None
    seed: int
    threads: int | None

class ModelFileError(ValueError): ...

@final
class Corpus:
    @staticmethod
    def from_sentences(
        sentences: Iterable[Any],
        min_count: int,
        vocabulary: _Counted | None = None,
        keep: _Keep | None = None,
        warn: Callable[[], object] | None = None,
    ) -> Corpus: ...
    @staticmethod
    def from_files(
        paths: Sequence[_Path],
        min_count: int,
        threads: int | None = None,
        vocabulary: _Counted | None = None,
        keep: _Keep | None = None,
    ) -> Corpus: ...
    def words(self) -> list[str]: ...
    def counts(self) -> list[int]: ...
    def sentences(self) -> int: ...
    @property
    def tokens(self) -> int: ...
    @property
    def tokens_read(self) -> int: ...

def builtin_text(seed: int) -> bytes: ...
def builtin_questions() -> list[list[str]]: ...
def train(
    corpus: Corpus,
    settings: _Settings,
    observe: Callable[..., object] | None = None,
    at_epoch: Callable[[_Report, _Numbers], object] | None = None,
) -> tuple[_Numbers, _Numbers, list[float | None], BaseException | None]: ...
def untrained(words: _Counted, settings: _Settings) -> tuple[list[str], _Numbers, _Numbers]: ...
def load_vectors(path: _Path, words: int, encoding: str, errors: str) -> tuple[list[str], int, _Numbers]: ...
def read_vectors(
    bytes: bytes, name: str, words: int, encoding: str, errors: str
) -> tuple[list[str], int, _Numbers]: ...
def save_vectors(path: _Path, words: Sequence[str], vectors: _Numbers, binary: bool) -> None: ...
def products(rows: _Numbers, query: _Numbers) -> _Numbers: ...
def pairs(corpus: Corpus, connectors: Sequence[str]) -> list[tuple[list[str], int]]: ...
def english_connectors() -> list[str]: ...
