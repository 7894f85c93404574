"""Sentences from files, and the built-in ones."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any, Optional, Union

from . import _w2v
from ._files import Path, open_text


class LineSentence:
    """The sentences of a file or of lines: one on each line, tokens parted by blanks.

    ``max_sentence_length`` is taken for gensim's sake and has no effect: sentences may be of any
    length.
    """

    def __init__(
        self,
        source: Union[Path, Iterable[Union[str, bytes]]],
        max_sentence_length: Optional[int] = None,
        limit: Optional[int] = None,
    ) -> None:
        self.source = source
        self.max_sentence_length = max_sentence_length
        self.limit = limit

    def __iter__(self) -> Iterator[list[str]]:
        if isinstance(self.source, (str, os.PathLike)):
            with open_text(self.source) as lines:
                yield from self._sentences(lines)
        else:
            seek: Any = getattr(self.source, "seek", None)
            if seek is not None:
                seek(0)
            yield from self._sentences(self.source)

    def _sentences(self, lines: Iterable[Union[str, bytes]]) -> Iterator[list[str]]:
        for number, line in enumerate(lines):
            if self.limit is not None and number >= self.limit:
                return
            yield (line.decode("utf-8") if isinstance(line, bytes) else line).split()


class PathLineSentences:
    """The sentences of a file or of all files of a directory, by name, as :class:`LineSentence`."""

    def __init__(
        self, source: Path, max_sentence_length: Optional[int] = None, limit: Optional[int] = None
    ) -> None:
        self.source = os.fspath(source)
        self.limit = limit
        if os.path.isdir(self.source):
            names = sorted(os.listdir(self.source))
            paths = (os.path.join(self.source, name) for name in names)
            self.input_files = [path for path in paths if os.path.isfile(path)]
        elif os.path.isfile(self.source):
            self.input_files = [self.source]
        else:
            raise ValueError(f"{self.source}: is neither a file nor a directory")

    def __iter__(self) -> Iterator[list[str]]:
        for path in self.input_files:
            yield from LineSentence(path, limit=self.limit)


def builtin_sentences(seed: int = 1) -> list[list[str]]:
    """The corpus built into w2v: 500,000 words of plain facts, to try a trainer on."""
    return [line.split() for line in _w2v.builtin_text(seed).decode().splitlines()]
