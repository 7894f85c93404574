"""Models: the same bytes whatever the sentences come as, as many workers as there are, and as the
command line trains."""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import w2v
from conftest import MODELS


def same(a: w2v.Word2Vec, b: w2v.Word2Vec) -> bool:
    outputs = [model.syn1 if model.hs else model.syn1neg for model in (a, b)]
    return (
        a.wv.index_to_key == b.wv.index_to_key
        and a.wv.vectors.tobytes() == b.wv.vectors.tobytes()
        and outputs[0].tobytes() == outputs[1].tobytes()
        and a.losses == b.losses
    )


@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS)
def test_all_ways_in_give_the_same_bytes(sentences: Any, corpus_file: Path, options: dict[str, Any]) -> None:
    options = {**options, "vector_size": 24, "epochs": 2}
    first = w2v.Word2Vec(sentences, workers=1, **options)
    assert first.losses[1] < first.losses[0]
    assert same(first, w2v.Word2Vec(sentences, workers=3, **options))
    assert same(first, w2v.Word2Vec((iter(s) for s in sentences), **options))
    assert same(first, w2v.Word2Vec([[word.encode() for word in s] for s in sentences], **options))
    assert same(first, w2v.Word2Vec(w2v.LineSentence(corpus_file), **options))
    assert same(first, w2v.Word2Vec(corpus_file=corpus_file, **options))
    assert same(first, w2v.Word2Vec(corpus_file=str(corpus_file), workers=2, **options))
    later = w2v.Word2Vec(**options)
    later.build_vocab(sentences)
    start = later.wv.vectors
    later.train(sentences, total_examples=later.corpus_count, epochs=later.epochs)
    assert same(first, later) and not np.array_equal(start, later.wv.vectors)
    once = w2v.Word2Vec(**options)
    generator = (s for s in sentences)
    once.build_vocab(generator)
    once.train(generator, total_examples=once.corpus_count, epochs=once.epochs)
    assert same(first, once)
    assert not same(first, w2v.Word2Vec(sentences, seed=2, **options))


FLAGS = {
    "skip-gram": ["--architecture", "skip-gram"],
    "cbow": ["--architecture", "cbow"],
    "skip-gram-tree": ["--architecture", "skip-gram", "--objective", "hierarchical-softmax"],
    "cbow-tree": ["--architecture", "cbow", "--objective", "hierarchical-softmax"],
}


@pytest.mark.parametrize("name", MODELS)
def test_the_command_line_writes_the_same_bytes(corpus_file: Path, tmp_path: Path, name: str) -> None:
    program = os.environ.get("W2V_PROGRAM") or shutil.which("w2v")
    if program is None:
        pytest.skip("no program w2v; set W2V_PROGRAM to its path")
    flags = [*FLAGS[name], "--dim", "20", "--epochs", "2", "--seed", "5"]
    subprocess.run([program, "train", corpus_file, "-o", tmp_path / "line.bin", *flags], check=True, capture_output=True)
    model = w2v.Word2Vec(corpus_file=corpus_file, vector_size=20, epochs=2, seed=5, **MODELS[name])
    model.wv.save_word2vec_format(tmp_path / "python.bin", binary=True)
    assert (tmp_path / "line.bin").read_bytes() == (tmp_path / "python.bin").read_bytes()


def test_tokens_may_be_numbers() -> None:
    walks = [[1, 2, 3, 10**20], np.arange(1, 4), (1, 2), [np.int16(3), "4"]] * 10
    model = w2v.Word2Vec(walks, min_count=1, sample=0, vector_size=4)
    assert set(model.wv.index_to_key) == {"1", "2", "3", "4", str(10**20)}
    assert model.wv.get_vecattr("2", "count") == 30
    assert (model.corpus_count, model.corpus_total_words) == (40, 110)


def test_bytes_that_are_no_utf8_come_back(tmp_path: Path) -> None:
    path = tmp_path / "latin1.txt"
    path.write_bytes(b"caf\xe9 noir caf\xe9 noir\n" * 10)
    model = w2v.Word2Vec(corpus_file=path, min_count=1, sample=0, vector_size=4)
    word = b"caf\xe9".decode("utf-8", "surrogateescape")
    assert word in model.wv
    again = w2v.Word2Vec([[word, "noir"] * 2] * 10, min_count=1, sample=0, vector_size=4)
    assert np.array_equal(model.wv[word], again.wv[word])
    model.wv.save_word2vec_format(tmp_path / "model.txt")
    assert b"\ncaf\xe9 " in (tmp_path / "model.txt").read_bytes()
    loaded = w2v.KeyedVectors.load_word2vec_format(tmp_path / "model.txt", encoding="latin-1")
    assert "café" in loaded


def test_losses_are_means_and_their_sum(model: w2v.Word2Vec) -> None:
    assert len(model.losses) == 5
    assert all(later < earlier for earlier, later in zip(model.losses, model.losses[1:]))
    assert model.get_latest_training_loss() > 100000 * min(model.losses)


def test_words_are_learnt(sentences: Any) -> None:
    for options in MODELS.values():
        model = w2v.Word2Vec(w2v.builtin_sentences(), vector_size=40, **options)
        topics = [{"cat", "dog", "mouse", "owl", "horse"}, {"paris", "rome", "berlin", "madrid"}]
        means = [
            np.mean([model.wv.similarity(a, b) for a in one for b in other if a != b])
            for one, other in ((topics[0], topics[0]), (topics[1], topics[1]), (topics[0], topics[1]))
        ]
        assert min(means[:2]) > means[2] + 0.2, means


def test_vocabularies(sentences: Any) -> None:
    model = w2v.Word2Vec(min_count=3, max_final_vocab=50, vector_size=8)
    model.build_vocab(sentences)
    assert 40 < len(model.wv) <= 50 and model.effective_min_count > 3
    counts = [model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key]
    assert counts == sorted(counts, reverse=True) and min(counts) >= model.effective_min_count
    table = w2v.Word2Vec(min_count=2, vector_size=8)
    table.build_vocab_from_freq({"a": 5, "b": 1, "c": 9})
    assert table.wv.index_to_key == ["c", "a"] and table.wv.vectors.shape == (2, 8)
    table.train([["a", "b", "c", "a"] * 3] * 30, total_words=1, epochs=2)
    assert table.losses[0] is not None

    def rule(word: str, count: int, min_count: int) -> int:
        return {"the": w2v.word2vec.RULE_DISCARD, "rare": w2v.word2vec.RULE_KEEP}.get(word, 0)

    ruled = w2v.Word2Vec([*sentences, ["rare"]], trim_rule=rule, vector_size=8)
    assert "the" not in ruled.wv and "rare" in ruled.wv and "cat" in ruled.wv


def test_a_trained_model_is_not_trained_on(model: w2v.Word2Vec, sentences: Any) -> None:
    with pytest.raises(RuntimeError, match="is trained"):
        model.train(sentences, total_examples=1, epochs=1)
    with pytest.raises(NotImplementedError, match="update"):
        model.build_vocab(sentences, update=True)


def test_predicted_words(model: w2v.Word2Vec) -> None:
    predicted = model.predict_output_word(["capital", "of", "france"], topn=len(model.wv))
    assert predicted is not None and sum(share for _, share in predicted) == pytest.approx(1)
    assert model.predict_output_word(["no-such-word"]) is None


def test_saved_models_are_loaded(model: w2v.Word2Vec, tmp_path: Path) -> None:
    model.save(tmp_path / "model")
    for again in (w2v.Word2Vec.load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        assert same(model, again) and repr(again) == repr(model) and again.seed == 7
        assert again.predict_output_word(["france"]) == model.predict_output_word(["france"])
        assert again.wv.get_vecattr("the", "count") == model.wv.get_vecattr("the", "count")
    with pytest.raises(AttributeError, match="on the class"):
        model.load(tmp_path / "model")
    with pytest.raises(AttributeError, match="holds Word2Vec"):
        w2v.Phrases.load(tmp_path / "model")
    model.wv.save(tmp_path / "vectors")
    with pytest.raises(AttributeError, match="holds KeyedVectors"):
        w2v.Word2Vec.load(tmp_path / "vectors")
    assert "skip-gram, negative sampling, 5 epochs" in repr(model)


class Recorder(w2v.CallbackAny2Vec):
    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_train_begin(self, model: w2v.Word2Vec) -> None:
        self.seen.append(("begin", model.wv.vectors.tobytes()))

    def on_epoch_begin(self, model: w2v.Word2Vec) -> None:
        self.seen.append(("epoch", len(model.losses)))

    def on_epoch_end(self, model: w2v.Word2Vec) -> None:
        self.seen.append((model.losses[-1], model.get_latest_training_loss(), model.wv.vectors.tobytes()))

    def on_train_end(self, model: w2v.Word2Vec) -> None:
        self.seen.append(("end", model.wv.vectors.tobytes()))


@pytest.mark.parametrize("options", MODELS.values(), ids=MODELS)
def test_callbacks_have_the_model_of_their_epoch(sentences: Any, options: dict[str, Any]) -> None:
    recorder = Recorder()
    options = {**options, "vector_size": 8}
    model = w2v.Word2Vec(sentences, epochs=3, callbacks=[recorder], **options)
    begin, first, one, second, two, third, three, end = recorder.seen
    assert [entry[1] for entry in (first, second, third)] == [0, 1, 2]
    assert begin[0] == "begin" and end == ("end", model.wv.vectors.tobytes())
    assert len({begin[1], one[2], two[2], three[2]}) == 4 and three[2] == end[1]
    assert [one[0], two[0], three[0]] == model.losses and one[1] < two[1] < three[1]
    assert same(model, w2v.Word2Vec(sentences, epochs=3, **options))


def test_an_exception_of_a_callback_comes_out(sentences: Any) -> None:
    class Failing(w2v.CallbackAny2Vec):
        def on_epoch_end(self, model: w2v.Word2Vec) -> None:
            if len(model.losses) == 2:
                raise LookupError("enough")

    model = w2v.Word2Vec(vector_size=8, epochs=10)
    model.build_vocab(sentences)
    with pytest.raises(LookupError, match="enough"):
        model.train(sentences, total_examples=1, epochs=10, callbacks=[Failing()])
    assert len(model.losses) == 2 and model.wv.most_similar("cat")


def test_progress_is_shown(sentences: Any, capfd: pytest.CaptureFixture[str]) -> None:
    w2v.Word2Vec(sentences, vector_size=8, progress=True)
    assert "epoch 5/5" in capfd.readouterr().err
    w2v.Word2Vec(sentences, vector_size=8)
    assert not capfd.readouterr().err
