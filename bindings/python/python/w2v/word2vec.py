"""Training, with gensim's names and defaults."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Optional, Union

import numpy as np
import numpy.typing as npt

from . import _saving, _w2v
from ._files import Path
from ._messages import named, warn_of_strings
from ._progress import Bar
from ._trimming import RULE_DEFAULT, RULE_DISCARD, RULE_KEEP, TrimRule, kept, least_count
from .callbacks import CallbackAny2Vec
from .keyedvectors import KeyedVectors

__all__ = ["RULE_DEFAULT", "RULE_DISCARD", "RULE_KEEP", "TrimRule", "Word2Vec"]

logger = logging.getLogger(__name__)

Array = npt.NDArray[Any]
Sentences = Iterable[Iterable[Union[str, int, bytes]]]
#: Of the arguments that are here for gensim's sake, those that change gensim's result, by default.
_WITHOUT_EFFECT = {"min_alpha": 1e-4, "max_vocab_size": None, "null_word": 0, "sorted_vocab": 1}


class Word2Vec:
    """A word2vec model: skip-gram (``sg=1``) or CBOW, with negative sampling or, if ``hs=1``, with
    hierarchical softmax.

    ``sentences`` are lists (or any iterables) of tokens: strings, integers or bytes. They are walked
    once. ``corpus_file`` is the name of a file with a sentence on each line, plain, gzip or zstd.
    Without either the model waits for :meth:`build_vocab` and :meth:`train`.

    The result depends on the sentences and the settings alone, not on ``workers``. ``wv`` has the
    words' vectors, ``losses`` the mean loss of a pair in each epoch.
    """

    def __init__(
        self,
        sentences: Optional[Sentences] = None,
        corpus_file: Optional[Path] = None,
        vector_size: int = 100,
        alpha: Optional[float] = None,
        window: int = 5,
        min_count: int = 5,
        max_vocab_size: Optional[int] = None,
        sample: float = 1e-3,
        seed: int = 1,
        workers: Optional[int] = None,
        min_alpha: float = 1e-4,
        sg: int = 0,
        hs: int = 0,
        negative: int = 5,
        ns_exponent: float = 0.75,
        cbow_mean: int = 1,
        hashfxn: Optional[Callable[..., int]] = None,
        epochs: int = 5,
        null_word: int = 0,
        trim_rule: Optional[TrimRule] = None,
        sorted_vocab: int = 1,
        batch_words: Optional[int] = None,
        compute_loss: bool = False,
        callbacks: Iterable[CallbackAny2Vec] = (),
        comment: Optional[str] = None,
        max_final_vocab: Optional[int] = None,
        shrink_windows: bool = True,
        progress: bool = False,
    ) -> None:
        self.vector_size = int(vector_size)
        self.sg, self.hs, self.negative = int(sg), int(hs), int(negative)
        self.alpha = (0.025 if self.sg else 0.05) if alpha is None else float(alpha)
        self.min_alpha = float(min_alpha)
        self.window, self.shrink_windows = int(window), bool(shrink_windows)
        self.min_count, self.max_final_vocab = int(min_count), max_final_vocab
        self.sample, self.ns_exponent = float(sample), float(ns_exponent)
        self.seed, self.workers = int(seed), workers
        self.cbow_mean, self.epochs = int(cbow_mean), int(epochs)
        self.compute_loss, self.comment, self.progress = bool(compute_loss), comment, bool(progress)
        self._refuse()
        given = {
            "min_alpha": self.min_alpha,
            "max_vocab_size": max_vocab_size,
            "null_word": int(null_word),
            "sorted_vocab": int(sorted_vocab),
        }
        for name, value in given.items():
            if value != _WITHOUT_EFFECT[name]:
                logger.warning("%s=%r has no effect", name, value)
        if self.hs and self.negative and self.negative != 5:
            logger.warning("Both hierarchical softmax and negative sampling are activated. The former is trained alone.")
        elif self.hs and self.negative:
            logger.info("Both hierarchical softmax and negative sampling are activated. The former is trained alone.")
        self.callbacks = tuple(callbacks)
        self.corpus_count = self.corpus_total_words = 0
        self.effective_min_count = self.min_count
        #: Mean loss of a pair in each epoch, in nats; None where no pair was trained.
        self.losses: list[Optional[float]] = []
        self._loss = 0.0
        self._is_trained = False
        self._output: Optional[Array] = None
        self._corpus: Optional[_w2v.Corpus] = None
        self._walked: Any = None
        self.wv = KeyedVectors(self.vector_size)
        if sentences is not None or corpus_file is not None:
            corpus = self._read_vocab(sentences, corpus_file, trim_rule)
            if corpus is None:
                raise RuntimeError(f"you must first build vocabulary before training the model: {self._nothing}")
            try:
                self._train(corpus, self.epochs, self.callbacks)
            except KeyboardInterrupt as interrupt:
                # Who catches it would have no model otherwise.
                interrupt.model = self  # type: ignore[attr-defined]
                raise

    def _refuse(self) -> None:
        """Refuses settings that would be trained otherwise than they say."""
        for name in ("vector_size", "window", "min_count", "negative", "epochs"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}={getattr(self, name)}: must not be negative")
        if not self.hs and not self.negative:
            raise ValueError("You must set either 'hs' or 'negative' to be positive for proper training.")
        if not self.cbow_mean and not self.sg:
            raise ValueError("cbow_mean=0: sums of context vectors are not trained; leave it 1, the mean")
        if not self.shrink_windows:
            raise ValueError("shrink_windows=False: windows of one size are not trained; leave it True")

    def __repr__(self) -> str:
        model = f"{'skip-gram' if self.sg else 'CBOW'}, {'hierarchical softmax' if self.hs else 'negative sampling'}"
        state = "not trained"
        if self._is_trained:
            state = f"{len(self.losses)} epochs trained"
            if self.losses and self.losses[-1] is not None:
                state += f", loss {self.losses[-1]:.3f}"
        return f"Word2Vec<{len(self.wv)} words of {self.vector_size} dimensions, {model}, {state}>"

    # Vocabulary.

    def build_vocab(
        self,
        corpus_iterable: Optional[Sentences] = None,
        corpus_file: Optional[Path] = None,
        update: bool = False,
        progress_per: int = 10000,
        keep_raw_vocab: bool = False,
        trim_rule: Optional[TrimRule] = None,
        **ignored: Any,
    ) -> None:
        """Counts the words of a corpus; those that occur ``min_count`` times get vectors."""
        if update:
            raise NotImplementedError("update=True: words cannot be added to a model; build it from all text")
        if self._read_vocab(corpus_iterable, corpus_file, trim_rule) is None:
            logger.warning("%s", self._nothing)
            return
        self._start()

    def build_vocab_from_freq(
        self,
        word_freq: Mapping[str, int],
        keep_raw_vocab: bool = False,
        corpus_count: Optional[int] = None,
        trim_rule: Optional[TrimRule] = None,
        update: bool = False,
    ) -> None:
        """As :meth:`build_vocab`, from words with their counts."""
        if update:
            raise NotImplementedError("update=True: words cannot be added to a model; build it from all text")
        words, counts = list(word_freq), [int(count) for count in word_freq.values()]
        keep = self._kept(words, counts, trim_rule)
        self._set_words([(word, count) for word, count, is_kept in zip(words, counts, keep) if is_kept])
        self.corpus_count = corpus_count or 0
        self.corpus_total_words = sum(counts)
        self._start()

    def reset_from(self, other_model: Word2Vec) -> None:
        """Takes the words of another model, with new vectors."""
        counts = other_model.wv.expandos["count"]
        self._set_words([(word, int(count)) for word, count in zip(other_model.wv.index_to_key, counts)])
        self.corpus_count = other_model.corpus_count
        self._start()

    def _kept(self, words: Sequence[str], counts: Sequence[int], trim_rule: Optional[TrimRule]) -> list[bool]:
        """Which words are kept by ``trim_rule``, ``min_count`` and ``max_final_vocab``."""
        self.effective_min_count = least_count(counts, self.min_count, self.max_final_vocab)
        return kept(words, counts, self.effective_min_count, trim_rule)

    def _read_vocab(
        self, sentences: Optional[Sentences], corpus_file: Optional[Path], trim_rule: Optional[TrimRule]
    ) -> Optional[_w2v.Corpus]:
        """Reads the corpus and sets its words; None, and why in ``_nothing``, if none is left."""
        keep = None
        if trim_rule is not None or self.max_final_vocab is not None:

            def keep(words: list[str], counts: list[int]) -> list[bool]:
                return self._kept(words, counts, trim_rule)

        self._nothing = ""
        self._set_words([])
        try:
            corpus = self._read(sentences, corpus_file, min_count=1 if trim_rule else self.min_count, keep=keep)
        except RuntimeError as error:
            self._nothing = str(error)
            return None
        self._set_words(list(zip(corpus.words(), corpus.counts())))
        self.corpus_total_words = corpus.tokens_read
        self.corpus_count = corpus.sentences()
        return corpus

    def _set_words(self, counted: list[tuple[str, int]]) -> None:
        counted = sorted(counted, key=lambda pair: (-pair[1], pair[0].encode("utf-8", "surrogateescape")))
        words = [word for word, _ in counted]
        none = np.zeros((len(words), self.vector_size), np.float32)
        self.wv = KeyedVectors._of(words, none, (count for _, count in counted))
        self.losses, self._loss, self._is_trained, self._output = [], 0.0, False, None

    def _counted(self) -> list[tuple[str, int]]:
        return list(zip(self.wv.index_to_key, self.wv.expandos["count"].tolist()))

    def _start(self) -> None:
        """Sets the vectors that training starts from."""
        with named():
            words, vectors, output = _w2v.untrained(self._counted(), self._settings(self.epochs or 1))
        assert words == self.wv.index_to_key
        self.wv.vectors = vectors.reshape(-1, self.vector_size)
        self._output = output.reshape(-1, self.vector_size)

    # Training.

    def _settings(self, epochs: int) -> Any:
        """The settings by the library's names."""
        return {
            "skip_gram": bool(self.sg),
            "tree": bool(self.hs),
            "dim": self.vector_size,
            "window": self.window,
            "negatives": self.negative,
            "exponent": self.ns_exponent,
            "epochs": epochs,
            "sample": self.sample,
            "learning_rate": self.alpha,
            "seed": self.seed % 2**64,
            "threads": self.workers,
        }

    def _read(
        self, sentences: Optional[Sentences], corpus_file: Optional[Path], min_count: int, keep: Any = None,
        vocabulary: Optional[list[tuple[str, int]]] = None,
    ) -> _w2v.Corpus:  # fmt: skip
        """Reads the one of the two corpora that is given."""
        if (sentences is None) == (corpus_file is None):
            raise TypeError("You must provide only one of corpus_iterable or corpus_file arguments.")
        if corpus_file is not None:
            if not isinstance(corpus_file, (str, os.PathLike)):
                raise TypeError("You must pass string as the corpus_file argument.")
            with named():
                return _w2v.Corpus.from_files([corpus_file], min_count, self.workers, vocabulary, keep)
        assert sentences is not None
        if self._corpus is not None and sentences is self._walked and vocabulary is not None:
            return self._corpus
        with named():
            corpus = _w2v.Corpus.from_sentences(sentences, min_count, vocabulary, keep, warn_of_strings)
        # An iterator is used up by now; what it gave may be trained all the same.
        used_up = isinstance(sentences, Iterator) and vocabulary is None
        self._corpus, self._walked = (corpus, sentences) if used_up else (None, None)
        return corpus

    def train(
        self,
        corpus_iterable: Optional[Sentences] = None,
        corpus_file: Optional[Path] = None,
        total_examples: Optional[int] = None,
        total_words: Optional[int] = None,
        epochs: Optional[int] = None,
        start_alpha: Optional[float] = None,
        end_alpha: Optional[float] = None,
        word_count: int = 0,
        queue_factor: int = 2,
        report_delay: float = 1.0,
        compute_loss: Optional[bool] = None,
        callbacks: Iterable[CallbackAny2Vec] = (),
        **ignored: Any,
    ) -> tuple[int, int]:
        """Trains the words of :meth:`build_vocab` on a corpus, once: a model that is trained cannot
        be trained on. Returns the tokens trained and those read, of all epochs.

        After Ctrl-C, or an exception of a callback, the model has what was trained so far."""
        if epochs is None:
            raise ValueError("You must specify an explicit epochs count. The usual value is epochs=model.epochs.")
        if total_examples is None and total_words is None:
            raise ValueError(
                "You must specify either total_examples or total_words, for proper learning-rate "
                "and progress calculations. The usual value is total_examples=model.corpus_count."
            )
        if not len(self.wv):
            raise RuntimeError("you must first build vocabulary before training the model")
        if self._is_trained or self._output is None:
            raise RuntimeError("the model is trained; train a new one on all text, for more epochs at once")
        if start_alpha is not None:
            self.alpha = float(start_alpha)
        if end_alpha is not None:
            logger.warning("end_alpha=%r has no effect", end_alpha)
        corpus = self._read(corpus_iterable, corpus_file, 1, vocabulary=self._counted())
        self._train(corpus, int(epochs), (*self.callbacks, *callbacks))
        return corpus.tokens * int(epochs), corpus.tokens_read * int(epochs)

    def _train(self, corpus: _w2v.Corpus, epochs: int, callbacks: tuple[CallbackAny2Vec, ...]) -> None:
        self._corpus = self._walked = None
        if callbacks and self._output is None:
            self._start()
        bar = Bar(epochs) if self.progress else None
        at_epoch = None
        totals: list[float] = []

        def observe(
            epoch: int, _: int, tokens: int, total: int, pairs: int, loss: Optional[float], rate: float, ends: bool
        ) -> None:
            if ends:
                totals.append(pairs * (loss or 0.0))
            if bar:
                bar.show(epoch, tokens, total, loss)

        if callbacks:
            for callback in callbacks:
                callback.on_train_begin(self)
                callback.on_epoch_begin(self)

            def at_epoch(report: tuple[Any, ...], vectors: Array) -> None:
                self.wv.vectors = vectors.reshape(-1, self.vector_size)
                self.losses.append(report[5])
                self._loss = sum(totals)
                for callback in callbacks:
                    callback.on_epoch_end(self)
                if report[0] < epochs:
                    for callback in callbacks:
                        callback.on_epoch_begin(self)

        try:
            with named():
                trained = _w2v.train(corpus, self._settings(epochs), observe, at_epoch)
        except RuntimeError as error:
            # gensim is silent where subsampling leaves no two words together, and examples are small.
            warnings.warn(f"nothing was trained: {error}", stacklevel=3)
            self._start()
            self.losses, self._is_trained = [None] * epochs, True
            return
        finally:
            if bar:
                bar.close()
        vectors, output, self.losses, raised = trained
        self.wv.vectors = vectors.reshape(-1, self.vector_size)
        self._output = output.reshape(-1, self.vector_size)
        self._loss, self._is_trained = sum(totals), True
        if raised is not None:
            raise raised
        for callback in callbacks:
            callback.on_train_end(self)

    def get_latest_training_loss(self) -> float:
        """The sum of the losses of all pairs of the last training, in nats; ``losses`` has the mean
        of a pair in each epoch."""
        return self._loss

    # Matrices, and what they predict.

    @property
    def syn1neg(self) -> Array:
        """Negative sampling: the output row of each word."""
        if self.hs or self._output is None:
            raise AttributeError("syn1neg: the model has no output matrix of negative sampling")
        return self._output

    @property
    def syn1(self) -> Array:
        """Hierarchical softmax: the row of each inner node of the tree, and one of zeros more, so
        that there are as many as words."""
        if not self.hs or self._output is None:
            raise AttributeError("syn1: the model has no output matrix of hierarchical softmax")
        return np.concatenate([self._output, np.zeros((1, self.vector_size), np.float32)])[: len(self.wv)]

    @property
    def layer1_size(self) -> int:
        """``vector_size``."""
        return self.vector_size

    predict_output_word = _saving.predict_output_word

    # Files.

    save = _saving.save
    load = _saving.OnClass(_saving.load)

    def __getstate__(self) -> dict[str, Any]:
        # What waits to be trained is in a file of this process.
        return {**self.__dict__, "_corpus": None, "_walked": None}

