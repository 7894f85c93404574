"""Phrases and readers of sentences."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import pytest

import w2v

TEXT = [["new", "york", "is", "big"], ["i", "love", "new", "york"], ["the", "new", "york", "times"]] * 3
BANKS = [["bank", "of", "america", "grows"], ["the", "bank", "of", "america"], ["bank", "of", "england"]] * 4


def test_phrases_are_found_and_joined(tmp_path: Path) -> None:
    phrases = w2v.Phrases(TEXT, min_count=1, threshold=1)
    assert phrases.vocab["new_york"] == phrases.vocab["new"] == 9
    # (count(ab) - min_count) · entries / (count(a) · count(b))
    entries = len({word for s in TEXT for word in s}) + len({pair for s in TEXT for pair in zip(s, s[1:])})
    assert phrases.export_phrases()["new_york"] == pytest.approx((9 - 1) * entries / (9 * 9))
    frozen = w2v.Phraser(phrases)
    for joining in (phrases, frozen, w2v.Phrases.load(saved(phrases, tmp_path)), w2v.Phraser.load(saved(frozen, tmp_path))):
        assert joining[["new", "york", "is"]][0] == "new_york"
        assert next(iter(joining[TEXT])) == joining[TEXT[0]]
        assert list(joining[iter(TEXT)]) == [joining[sentence] for sentence in TEXT]
        assert joining[[]] == [] and joining[["unseen"]] == ["unseen"]
        assert "new_york" in joining.find_phrases(TEXT)
    model = w2v.Word2Vec(phrases[TEXT], min_count=1, sample=0, vector_size=4)
    assert "new_york" in model.wv


def saved(phrases: w2v.Phrases | w2v.FrozenPhrases, directory: Path) -> Path:
    phrases.save(directory / "phrases")
    return directory / "phrases"


def test_connectors_stand_within() -> None:
    phrases = w2v.Phrases(BANKS, min_count=1, threshold=0.5, connector_words=w2v.ENGLISH_CONNECTOR_WORDS)
    assert phrases[["the", "bank", "of", "america", "of", "old"]] == ["the", "bank_of_america", "of", "old"]
    assert phrases.vocab["bank_of_america"] == 8
    assert "bank_of_america" in phrases.export_phrases()


def test_more_sentences_and_other_scores() -> None:
    phrases = w2v.Phrases(min_count=1, threshold=0.3, scoring="npmi", delimiter=" ")
    for sentence in TEXT:
        phrases.add_vocab([sentence])
    assert phrases.vocab == w2v.Phrases(TEXT, delimiter=" ").vocab
    assert phrases[["new", "york"]] == ["new york"]
    own = w2v.Phrases(TEXT, threshold=8.5, scoring=lambda a, b, ab, entries, least, tokens: ab)
    assert set(own.export_phrases()) == {"new_york"}
    with pytest.raises(ValueError, match="freeze"):
        own.save("nowhere")
    for wrong in ({"min_count": 0}, {"threshold": 0}, {"scoring": "other"}, {"scoring": "npmi", "threshold": 2}):
        with pytest.raises(ValueError):
            w2v.Phrases(**wrong)  # type: ignore[arg-type]


def test_lines_are_sentences(tmp_path: Path) -> None:
    text = b"one two\n\nthr\xc3\xa9e\x0cfour  five\n"
    expected = [["one", "two"], [], ["thrée", "four", "five"]]
    (tmp_path / "a.txt").write_bytes(text)
    (tmp_path / "b.txt.gz").write_bytes(gzip.compress(text))
    (tmp_path / "c.txt.bz2").write_bytes(bz2.compress(text))
    for name in ("a.txt", "b.txt.gz", "c.txt.bz2"):
        lines = w2v.LineSentence(tmp_path / name)
        assert list(lines) == expected == list(lines)
        assert list(w2v.PathLineSentences(tmp_path / name)) == expected
    with open(tmp_path / "a.txt", "rb") as file:
        lines = w2v.LineSentence(file, limit=2)
        assert list(lines) == expected[:2] == list(lines)
    assert list(w2v.PathLineSentences(tmp_path)) == expected * 3
