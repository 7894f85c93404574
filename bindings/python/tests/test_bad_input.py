"""What is wrong ends in the exception that gensim's users catch, with one clear line; the
interpreter goes on, and nothing leaks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import w2v

SMALL = {"min_count": 1, "sample": 0, "vector_size": 4}


@pytest.mark.parametrize(
    ("sentences", "message"),
    [
        ([["a", None]], "token 2 of sentence 1 is None"),
        ([["a"], ["b", 1.5]], r"token 2 of sentence 2 is 1\.5 \(float\)"),
        ([[["a"], "b"]], "token 1 of sentence 1 is .*list"),
        ([["a", True]], r"True \(bool\)"),
        ([np.array([1.0])], "token 1 of sentence 1 is .*float64"),
        ([None], "sentence 1 is None"),
        ([["a"], 7], "sentence 2 is 7"),
        (7, "sentences is 7"),
        ("some text", "one string"),
        (b"some text", "one string"),
        ([{"a": 1}, [object()]], "sentence 2"),
    ],
)
def test_what_is_no_sentence_is_a_type_error(sentences: Any, message: str) -> None:
    for use in (w2v.Word2Vec, w2v.Word2Vec().build_vocab, w2v.Phrases):
        with pytest.raises(TypeError, match=message):
            use(sentences)


def test_words_that_no_text_can_hold_are_named() -> None:
    for word, shown in (("new york", "new york"), ("", ""), ("a\n", r"a\\n")):
        with pytest.raises(ValueError, match=f"sentences:2: `{shown}` cannot be a word"):
            w2v.Word2Vec([["a"], ["b", word]], **SMALL)
    with pytest.raises(UnicodeEncodeError):
        w2v.Word2Vec([["\ud800"]], **SMALL)


def test_strings_for_sentences_are_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    w2v.Word2Vec([["ab", "b"], "ab", "ab"] * 10, **SMALL)
    assert caplog.text.count("should be a list of words") == 1


def test_exceptions_of_iterators_come_out() -> None:
    def sentences(inner: bool) -> Any:
        yield ["a", "b"]
        if inner:
            yield (1 // zero for zero in [1, 0])
        raise LookupError("mine")

    for inner, error in ((False, LookupError), (True, ZeroDivisionError)):
        with pytest.raises(error):
            w2v.Word2Vec(sentences(inner), **SMALL)
    with open(os.devnull) as file:
        pass
    with pytest.raises(ValueError, match="closed file"):
        w2v.Word2Vec(w2v.LineSentence(file), **SMALL)
    with pytest.raises(ValueError, match="closed file"):
        w2v.Word2Vec((line.split() for line in file), **SMALL)


def test_nothing_to_train() -> None:
    for sentences in ([], [[]], (s for s in []), [["a", "b"]]):
        with pytest.raises(RuntimeError, match="you must first build vocabulary"):
            w2v.Word2Vec(sentences)
    model = w2v.Word2Vec()
    with pytest.raises(RuntimeError, match="you must first build vocabulary"):
        model.train([["a"]], total_examples=1, epochs=1)
    model.build_vocab([["a"]])
    assert len(model.wv) == 0
    with pytest.warns(UserWarning, match="nothing was trained: no sentence"):
        model = w2v.Word2Vec([["a"], ["b"]], **SMALL)
    assert model.losses == [None] * 5 and model.wv.vectors.any()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vector_size": 0}, "vector_size 0: must be 1 to"),
        ({"vector_size": -1}, "vector_size=-1"),
        ({"window": 0}, "window 0"),
        ({"negative": 2000}, "negative 2000"),
        ({"negative": 0}, "'hs' or 'negative'"),
        ({"ns_exponent": float("nan")}, "ns_exponent NaN"),
        ({"alpha": 0}, "alpha 0"),
        ({"alpha": float("inf")}, "alpha"),
        ({"alpha": 1e4, "sg": 1}, "alpha below"),
        ({"sample": -1}, "sample -1"),
        ({"epochs": 0}, "epochs 0"),
        ({"workers": 0}, "workers 0"),
        ({"workers": 5000}, "workers 5000"),
        ({"cbow_mean": 0}, "cbow_mean"),
        ({"shrink_windows": False}, "shrink_windows"),
        ({"max_final_vocab": 0}, "build vocabulary"),
        ({"vector_size": 65536, "min_count": 1}, None),
    ],
)
def test_settings_that_cannot_train_are_named(options: dict[str, Any], message: str | None) -> None:
    sentences = [["a", "b", "c", "d"]] * 100
    options = {"sample": 0, **options}
    if message is None:
        assert w2v.Word2Vec(sentences, epochs=1, **options).wv.vectors.shape == (4, 65536)
        return
    with pytest.raises((ValueError, RuntimeError), match=message):
        w2v.Word2Vec(sentences, **options)


def test_settings_of_a_wrong_type_are_type_errors() -> None:
    for options in ({"seed": "x"}, {"vector_size": None}, {"workers": "2"}, {"sample": "x"}):
        with pytest.raises((TypeError, ValueError)):
            w2v.Word2Vec([["a", "b"]] * 9, **options)
    assert w2v.Word2Vec([["a", "b"]] * 9, seed=-3, **SMALL).seed == -3


def test_files_that_are_not_there(tmp_path: Path, model: w2v.Word2Vec) -> None:
    absent = tmp_path / "absent"
    for use in (
        lambda: w2v.Word2Vec(corpus_file=absent),
        lambda: w2v.KeyedVectors.load(absent),
        lambda: w2v.KeyedVectors.load_word2vec_format(absent),
        lambda: w2v.Word2Vec.load(absent),
        lambda: model.save(absent / "model"),
        lambda: model.wv.save_word2vec_format(absent / "model"),
        lambda: list(w2v.LineSentence(absent)),
    ):
        with pytest.raises(FileNotFoundError, match="absent"):
            use()
    with pytest.raises(ValueError, match="absent"):
        w2v.PathLineSentences(absent)
    with pytest.raises((IsADirectoryError, ValueError), match="director"):
        w2v.Word2Vec(corpus_file=tmp_path)
    for wrong in (None, 7):
        with pytest.raises(TypeError):
            w2v.Word2Vec().build_vocab(corpus_file=wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="only one"):
        w2v.Word2Vec([["a"]], corpus_file=absent)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_is_an_os_error(model: w2v.Word2Vec, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        model.wv.save_word2vec_format("/dev/full")
    program = """
import resource, signal, sys, w2v
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
model = w2v.Word2Vec(w2v.builtin_sentences()[:2000], vector_size=50, epochs=1)
resource.setrlimit(resource.RLIMIT_FSIZE, (10000, 10000))
for save in (model.save, model.wv.save, model.wv.save_word2vec_format):
    try:
        save(sys.argv[1])
    except OSError as error:
        assert "large" in str(error), error
    else:
        raise SystemExit("written")
"""
    subprocess.run([sys.executable, "-c", program, tmp_path / "model"], check=True)
    assert list(tmp_path.iterdir()) == []


INTERRUPTED = """
import sys, threading, time, os, signal, w2v
# A program that a script started in the background ignores SIGINT.
signal.signal(signal.SIGINT, signal.default_int_handler)
sentences = w2v.builtin_sentences()
model = w2v.Word2Vec(vector_size=50, sg=int(sys.argv[1]), epochs=1000)
model.build_vocab(sentences)
start = model.wv.vectors.copy()
stop = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
stop.start()
try:
    model.train(sentences, total_examples=1, epochs=1000)
except KeyboardInterrupt:
    pass
else:
    sys.exit("not interrupted")
assert (model.wv.vectors != start).any() and 1 <= len(model.losses) < 1000
assert model.wv.most_similar("cat", topn=3) and model.syn1neg.any()
model.save(sys.argv[2])
stop = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
stop.start()
try:
    w2v.Word2Vec(sentences, epochs=1000)
except KeyboardInterrupt as interrupt:
    assert interrupt.model.wv.most_similar("cat", topn=3)
stop = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
stop.start()
try:
    w2v.Word2Vec([["a", "b"] * 50] * 10**7)
except KeyboardInterrupt:
    print("done")
"""


@pytest.mark.parametrize("skip_gram", ["0", "1"])
def test_ctrl_c_leaves_a_usable_model(tmp_path: Path, skip_gram: str) -> None:
    command = [sys.executable, "-c", INTERRUPTED, skip_gram, str(tmp_path / "model")]
    started = time.monotonic()
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ended.stdout == "done\n", ended.stderr
    assert time.monotonic() - started < 60
    assert w2v.Word2Vec.load(tmp_path / "model").wv.most_similar("cat")


def test_other_threads_run_while_a_model_trains(sentences: Any) -> None:
    counted, ends = [0], threading.Event()

    def count() -> None:
        while not ends.is_set():
            counted[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    started = time.monotonic()
    w2v.Word2Vec(sentences, epochs=20, sg=1)
    lasted = time.monotonic() - started
    ends.set()
    thread.join()
    assert counted[0] > 20 * lasted, (counted, lasted)


def test_several_threads_train_and_ask_at_once(sentences: Any, model: w2v.Word2Vec) -> None:
    expected = model.wv.most_similar("cat")
    trained: list[Any] = []

    def work() -> None:
        made = w2v.Word2Vec(sentences, vector_size=16, epochs=1)
        assert model.wv.most_similar("cat") == expected
        trained.append(made.wv.vectors.tobytes())

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(trained) == 6 and len(set(trained)) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_process_trains_and_asks() -> None:
    program = """
import os, w2v, numpy as np
sentences = w2v.builtin_sentences()[:4000]
w2v.Word2Vec(sentences, epochs=1)
rows = np.random.default_rng(1).standard_normal((40000, 50), np.float32)
vectors = w2v.KeyedVectors._of(list(range(len(rows))), rows)
vectors.most_similar(3)
child = os.fork()
if child == 0:
    vectors.most_similar(4)
    w2v.Word2Vec(sentences, epochs=1)
    os._exit(7)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
"""
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=60)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_leaks() -> None:
    program = """
import gc, w2v
sentences = w2v.builtin_sentences()[:3000]
def resident():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * 4096
class Failing(w2v.CallbackAny2Vec):
    def on_epoch_end(self, model): raise LookupError
def work():
    model = w2v.Word2Vec(sentences, vector_size=200, epochs=1)
    model.wv.most_similar("cat")
    model.wv.save_word2vec_format("/dev/null")
    w2v.Phrases(sentences)[sentences[0]]
    for use in (
        lambda: w2v.Word2Vec([*sentences, [None]]),
        lambda: w2v.Word2Vec(sentences, epochs=2, callbacks=[Failing()]),
        lambda: w2v.KeyedVectors.load("/dev/null"),
    ):
        try: use()
        except (TypeError, LookupError, ValueError): pass
for _ in range(10): work()
# The allocator keeps and returns memory as it likes, up to 8 MB: so the least of many is compared.
used = []
for _ in range(60):
    work()
    used.append(resident())
grown = min(used[40:]) - min(used[:20])
assert grown < 4e6, grown
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
