"""What all tests use."""

from __future__ import annotations

from pathlib import Path

import pytest

import w2v

#: Settings under which every model learns the small corpus within a second.
MODELS = {
    "skip-gram": {"sg": 1},
    "cbow": {},
    "skip-gram-tree": {"sg": 1, "hs": 1},
    "cbow-tree": {"hs": 1},
}


@pytest.fixture(scope="session")
def sentences() -> list[list[str]]:
    """A part of the built-in corpus."""
    return w2v.builtin_sentences()[:12000]


@pytest.fixture(scope="session")
def corpus_file(sentences: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, a sentence on each line."""
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in sentences))
    return path


@pytest.fixture(scope="session")
def model(sentences: list[list[str]]) -> w2v.Word2Vec:
    """A trained model, which tests do not change."""
    return w2v.Word2Vec(sentences, sg=1, vector_size=32, seed=7)
