"""The library's messages with gensim's names of settings."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator

from . import _w2v


logger = logging.getLogger(__name__)


class ModelFileError(_w2v.ModelFileError, EOFError):
    """A file that is no whole model: a ValueError and an EOFError, as gensim raises either."""


#: What the library calls a setting, and what it is called here.
_NAMES = {
    "learning-rate": "alpha",
    "dim": "vector_size",
    "negatives": "negative",
    "exponent": "ns_exponent",
    "threads": "workers",
    "min-count": "min_count",
    "max-vocab": "max_final_vocab",
}
#: Words that are names wherever they stand, and words that are names at the start alone.
_ANYWHERE = re.compile(r"(?<!\w)(learning-rate|min-count|max-vocab)(?!\w)|(?<=make )dim(?= smaller)")
_AT_START = re.compile(r"^(dim|negatives|exponent|threads)(?= [^ ]+: )")


def _named(message: str) -> str:
    """``message`` with the names of this module."""
    message = _AT_START.sub(lambda name: _NAMES[name[0]], message)
    return _ANYWHERE.sub(lambda name: _NAMES[name[0]], message)


@contextlib.contextmanager
def named() -> Iterator[None]:
    """Errors of the library that leave the block speak of gensim's names."""
    try:
        yield
    except _w2v.ModelFileError as error:
        raise ModelFileError(*error.args) from None
    except (ValueError, RuntimeError) as error:
        if len(error.args) == 1 and isinstance(error.args[0], str):
            error.args = (_named(error.args[0]),)
        raise


def warn_of_strings() -> None:
    """Says that a sentence is a string, in gensim's words."""
    logger.warning(
        "Each 'sentences' item should be a list of words (usually unicode strings). "
        "One is a string, whose characters are taken for words."
    )
