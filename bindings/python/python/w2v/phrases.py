"""Words that stand together far more often than by chance, joined: ``new york`` to ``new_york``."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Optional, Union, cast

from . import _files, _w2v
from ._files import Path
from ._messages import named

#: Words that may stand within a phrase and neither begin nor end one.
ENGLISH_CONNECTOR_WORDS = frozenset(_w2v.english_connectors())

Sentence = list[str]
#: Of the counts of a, b and the pair, of entries, of ``min_count``, and of tokens: the score.
Scorer = Callable[[float, float, float, float, float, float], float]


def original_scorer(a: float, b: float, ab: float, entries: float, min_count: float, tokens: float) -> float:
    """(count(ab) - min_count) · entries / (count(a) · count(b)) (Mikolov et al. 2013, eq. 6)."""
    return (ab - min_count) / a / b * entries if a and b else -math.inf


def npmi_scorer(a: float, b: float, ab: float, entries: float, min_count: float, tokens: float) -> float:
    """Normalised pointwise mutual information, -1 to 1 (Bouma 2009)."""
    if ab < min_count or not (a and b and ab):
        return -math.inf
    if ab == tokens:
        return 1.0
    return math.log(ab / tokens / (a / tokens * b / tokens)) / -math.log(ab / tokens)


_SCORERS: dict[str, Scorer] = {"default": original_scorer, "npmi": npmi_scorer}


class _Joining:
    """Joins the phrases of sentences."""

    def __init__(self, connector_words: Iterable[str]) -> None:
        self.connector_words = frozenset(connector_words)
        self.delimiter = "_"

    def score_candidate(self, word_a: str, word_b: str, in_between: Sentence) -> tuple[Optional[str], Optional[float]]:
        """The phrase of the words and its score, or None twice if they are no phrase."""
        raise NotImplementedError

    def analyze_sentence(self, sentence: Iterable[str]) -> Iterator[tuple[str, Optional[float]]]:
        """The tokens of ``sentence``, phrases joined, and the scores of phrases."""
        first, between = None, cast("Sentence", [])
        for word in sentence:
            if word in self.connector_words:
                if first is None:
                    yield word, None
                else:
                    between.append(word)
                continue
            if first is not None:
                phrase, score = self.score_candidate(first, word, between)
                if score is not None:
                    yield cast(str, phrase), score
                    first, between = None, []
                    continue
                yield first, None
                for connector in between:
                    yield connector, None
            first, between = word, []
        if first is not None:
            yield first, None
            for connector in between:
                yield connector, None

    def __getitem__(self, sentence: Iterable[Any]) -> Any:
        """A sentence with its phrases joined; of several sentences, each, when it is asked for."""
        if isinstance(sentence, str):
            return [sentence]
        sentences = iter(sentence)
        try:
            head = next(sentences)
        except StopIteration:
            return []
        if isinstance(head, (str, bytes)):
            return [token for token, _ in self.analyze_sentence(_chained(head, sentences))]
        return _Joined(self, sentence if sentences is not sentence else _Chained(head, sentences))

    def find_phrases(self, sentences: Iterable[Iterable[str]]) -> dict[str, float]:
        """The phrases in ``sentences`` with their scores."""
        found = {}
        for sentence in sentences:
            for token, score in self.analyze_sentence(sentence):
                if score is not None:
                    found[token] = score
        return found


def _chained(head: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield head
    yield from rest


class _Chained:
    """An iterator of which the first was taken."""

    def __init__(self, head: Any, rest: Iterator[Any]) -> None:
        self._all = _chained(head, rest)

    def __iter__(self) -> Iterator[Any]:
        return self._all


class _Joined:
    """Sentences, joined each time they are walked."""

    def __init__(self, phrases: _Joining, sentences: Iterable[Iterable[str]]) -> None:
        self.phrases = phrases
        self.sentences = sentences

    def __iter__(self) -> Iterator[Sentence]:
        for sentence in self.sentences:
            yield [token for token, _ in self.phrases.analyze_sentence(sentence)]


class Phrases(_Joining):
    """The phrases of sentences: neighbours, or words with connectors between, that score more than
    ``threshold``.

    ``scoring`` is ``default``, ``npmi`` or a function of the counts (see :data:`Scorer`). Sentences
    are walked once.
    """

    def __init__(
        self,
        sentences: Optional[Iterable[Iterable[str]]] = None,
        min_count: float = 5.0,
        threshold: float = 10.0,
        max_vocab_size: Optional[int] = None,
        delimiter: str = "_",
        progress_per: int = 10000,
        scoring: Union[str, Scorer] = "default",
        connector_words: Iterable[str] = frozenset(),
    ) -> None:
        super().__init__(connector_words)
        if min_count <= 0:
            raise ValueError("min_count should be at least 1")
        if threshold <= 0 and scoring == "default":
            raise ValueError("threshold should be positive for default scoring")
        if scoring == "npmi" and not -1 <= threshold <= 1:
            raise ValueError("threshold should be between -1 and 1 for npmi scoring")
        if isinstance(scoring, str) and scoring not in _SCORERS:
            raise ValueError(f"scoring={scoring!r}: is none of default, npmi and a function")
        self.min_count, self.threshold = min_count, threshold
        self.delimiter = delimiter
        self.scoring: Scorer = _SCORERS[scoring] if isinstance(scoring, str) else scoring
        self.corpus_word_count = 0
        #: How often each word and each pair occurs.
        self.vocab: dict[str, int] = {}
        if sentences is not None:
            self.add_vocab(sentences)

    def __repr__(self) -> str:
        return f"Phrases<{len(self.vocab)} vocab, min_count={self.min_count}, threshold={self.threshold}>"

    def add_vocab(self, sentences: Iterable[Iterable[str]]) -> None:
        """Counts the words and pairs of more sentences."""
        with named():
            try:
                corpus = _w2v.Corpus.from_sentences(sentences, 1)
            except RuntimeError:
                # There is no word.
                return
            pairs = _w2v.pairs(corpus, sorted(self.connector_words))
        entries = zip(corpus.words(), corpus.counts())
        joined = ((self.delimiter.join(pair), count) for pair, count in pairs)
        for counted in (entries, joined):
            for entry, count in counted:
                self.vocab[entry] = self.vocab.get(entry, 0) + count
        self.corpus_word_count += corpus.tokens_read

    def score_candidate(self, word_a: str, word_b: str, in_between: Sentence) -> tuple[Optional[str], Optional[float]]:
        """The phrase of the words and its score, or None twice if they are no phrase."""
        a, b = self.vocab.get(word_a, 0), self.vocab.get(word_b, 0)
        if not (a and b):
            return None, None
        phrase = self.delimiter.join([word_a, *in_between, word_b])
        count = self.vocab.get(phrase, 0)
        score = self.scoring(a, b, count, len(self.vocab), self.min_count, self.corpus_word_count)
        return (phrase, score) if score > self.threshold else (None, None)

    def export_phrases(self) -> dict[str, float]:
        """All phrases with their scores."""
        found = {}
        for entry in self.vocab:
            words = entry.split(self.delimiter)
            ends_plain = words[0] not in self.connector_words and words[-1] not in self.connector_words
            if len(words) > 1 and ends_plain:
                phrase, score = self.score_candidate(words[0], words[-1], words[1:-1])
                if phrase is not None and score is not None:
                    found[phrase] = score
        return found

    def freeze(self) -> FrozenPhrases:
        """The phrases and their scores alone: smaller and faster, but nothing can be added."""
        return FrozenPhrases(self)

    def save(self, path: Path, *ignored: Any, **also_ignored: Any) -> None:
        """Writes all to a file that :meth:`load` reads; a scoring function of your own cannot be."""
        names = [name for name, scorer in _SCORERS.items() if scorer is self.scoring]
        if not names:
            raise ValueError("scoring is a function, which a file cannot hold; save freeze() of it")
        header = {
            "min_count": self.min_count,
            "threshold": self.threshold,
            "delimiter": self.delimiter,
            "scoring": names[0],
            "connector_words": sorted(self.connector_words),
            "corpus_word_count": self.corpus_word_count,
            "vocab": self.vocab,
        }
        _files.save(path, "Phrases", header, {})

    @classmethod
    def load(cls, path: Path) -> Any:
        """What :meth:`save` wrote, of either class."""
        header, _ = _files.load(path)
        if header["kind"] == "FrozenPhrases":
            return FrozenPhrases._of(header)
        if header["kind"] != "Phrases":
            raise AttributeError(f"{path}: holds {header['kind']}; load it with that class")
        made = cls(
            min_count=header["min_count"],
            threshold=header["threshold"],
            delimiter=header["delimiter"],
            scoring=header["scoring"],
            connector_words=header["connector_words"],
        )
        made.vocab, made.corpus_word_count = header["vocab"], header["corpus_word_count"]
        return made


class FrozenPhrases(_Joining):
    """Phrases and their scores, as :meth:`Phrases.freeze` leaves them."""

    def __init__(self, phrases_model: Phrases) -> None:
        super().__init__(phrases_model.connector_words)
        self.threshold, self.min_count = phrases_model.threshold, phrases_model.min_count
        self.delimiter = phrases_model.delimiter
        self.phrasegrams = phrases_model.export_phrases()

    def __repr__(self) -> str:
        return f"FrozenPhrases<{len(self.phrasegrams)} phrases, min_count={self.min_count}, threshold={self.threshold}>"

    def score_candidate(self, word_a: str, word_b: str, in_between: Sentence) -> tuple[Optional[str], Optional[float]]:
        """The phrase of the words and its score, or None twice if they are no phrase."""
        phrase = self.delimiter.join([word_a, *in_between, word_b])
        score = self.phrasegrams.get(phrase)
        return (phrase, score) if score is not None and score > self.threshold else (None, None)

    def save(self, path: Path, *ignored: Any, **also_ignored: Any) -> None:
        """Writes all to a file that :meth:`load` reads."""
        header = {
            "min_count": self.min_count,
            "threshold": self.threshold,
            "delimiter": self.delimiter,
            "connector_words": sorted(self.connector_words),
            "phrasegrams": self.phrasegrams,
        }
        _files.save(path, "FrozenPhrases", header, {})

    @classmethod
    def _of(cls, header: dict[str, Any]) -> FrozenPhrases:
        made = cls(Phrases(connector_words=header["connector_words"], delimiter=header["delimiter"]))
        made.min_count, made.threshold = header["min_count"], header["threshold"]
        made.phrasegrams = header["phrasegrams"]
        return made

    load = Phrases.load

    def copy(self) -> FrozenPhrases:
        """A copy that shares nothing."""
        return copy.deepcopy(self)


Phraser = FrozenPhrases
