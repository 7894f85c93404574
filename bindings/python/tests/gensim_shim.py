"""gensim's own tests, run against w2v.

Put on the path of a process (``python -m gensim_shim SOURCE pytest-arguments``), it has w2v answer
to the names ``gensim.models.word2vec``, ``…keyedvectors`` and ``…phrases``, and takes the helpers of
gensim's tests and their data from ``SOURCE``, gensim's unpacked source distribution. Nothing of
gensim is copied.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

import w2v
import w2v.keyedvectors
import w2v.phrases
import w2v.sentences
import w2v.word2vec


def module(name: str, members: dict[str, Any], path: list[str] | None = None) -> types.ModuleType:
    """A module of that name, which its parent has as an attribute."""
    made = types.ModuleType(name)
    made.__dict__.update(members)
    if path is not None:
        made.__path__ = path
    sys.modules[name] = made
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, made)
    return made


class Dictionary:
    """What gensim's test helpers make of their texts at import, and these tests do not use."""

    def __init__(self, documents: Any = ()) -> None:
        self.documents = documents

    def doc2bow(self, document: Any) -> list[Any]:
        return []


class BytesLineSentence(w2v.LineSentence):
    """gensim's second reader of lines, which gives bytes."""

    def __iter__(self) -> Any:
        for sentence in super().__iter__():
            yield [word.encode() for word in sentence]


def weak_vector(size: int, seed_string: str | None = None, hashfxn: Any = hash) -> Any:
    """Any small random vector."""
    return ((np.random.default_rng().random(size) - 0.5) / size).astype(np.float32)


def load_word2vec_format(cls: Any, fname: Any, binary_chunk_size: int = 0, **options: Any) -> Any:
    """How gensim reads a file in chunks of a size; here without chunks."""
    return cls.load_word2vec_format(fname, **options)


def install(source: Path | None) -> None:
    """Has w2v answer to gensim's names; without ``source`` the models alone."""
    path = [str(source / "gensim")] if source else []
    gensim = module("gensim", {"__version__": "4.4.0"}, path)
    module("gensim.corpora", {"Dictionary": Dictionary}, [])
    if source is None:
        rules = {name: getattr(w2v.word2vec, name) for name in ("RULE_DEFAULT", "RULE_DISCARD", "RULE_KEEP")}
        module("gensim.utils", rules)
    models = module("gensim.models", {}, [])
    members = {**vars(w2v.sentences), **vars(w2v.word2vec)}
    module("gensim.models.word2vec", {**members, "PathLineSentences": w2v.PathLineSentences})
    module(
        "gensim.models.keyedvectors",
        {
            **vars(w2v.keyedvectors),
            "REAL": np.float32,
            "pseudorandom_weak_vector": weak_vector,
            "Word2VecKeyedVectors": w2v.KeyedVectors,
            "_load_word2vec_format": load_word2vec_format,
        },
    )
    module("gensim.models.word2vec_corpusfile", {"CythonLineSentence": BytesLineSentence})
    transformation = w2v.phrases._Joining
    module("gensim.models.phrases", {**vars(w2v.phrases), "_PhrasesTransformation": transformation})
    module("gensim.models.callbacks", {"CallbackAny2Vec": w2v.CallbackAny2Vec})
    for name in ("Word2Vec", "KeyedVectors", "Phrases", "FrozenPhrases"):
        setattr(models, name, getattr(w2v, name))
    assert gensim.models is models


if __name__ == "__main__":
    import pytest

    install(Path(sys.argv[1]))
    sys.exit(pytest.main(sys.argv[2:]))
