"""KeyedVectors: keys, questions, changes, files."""

from __future__ import annotations

import bz2
import copy
import gzip
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import w2v
from w2v import _statistics

WORDS = ["east", "north", "northeast", "up", "nothing", "west"]
ROWS = [[2, 0, 0], [0, 3, 0], [1, 1, 0], [0, 0, 5], [0, 0, 0], [-1, 0, 0]]


@pytest.fixture
def vectors() -> w2v.KeyedVectors:
    made = w2v.KeyedVectors(3)
    made.add_vectors(WORDS, np.array(ROWS, np.float32))
    return made


def test_keys(vectors: w2v.KeyedVectors) -> None:
    assert len(vectors) == 6 and "up" in vectors and "down" not in vectors
    assert vectors.key_to_index["up"] == vectors.get_index("up") == 3 and vectors.get_index(3) == 3
    assert vectors.index_to_key == WORDS
    assert np.array_equal(vectors["up"], [0, 0, 5]) and np.array_equal(vectors[3], vectors["up"])
    assert vectors[["up", "east"]].shape == (2, 3) and vectors[["up"]].shape == (1, 3)
    assert np.array_equal(vectors.get_vector("up", norm=True), [0, 0, 1])
    assert np.array_equal(vectors.get_vector("nothing", norm=True), [0, 0, 0])
    for unknown in ("down", 6, -1):
        with pytest.raises(KeyError, match=str(unknown)):
            vectors[unknown]
    assert vectors.get_index("down", default=-1) == -1


def test_vectors_are_a_view_that_cannot_be_written_to(model: w2v.Word2Vec) -> None:
    rows = model.wv.vectors
    assert rows.dtype == np.float32 and not rows.flags.writeable and rows.flags.c_contiguous
    assert np.shares_memory(rows, model.wv.vectors) and np.shares_memory(rows, model.wv["the"])
    with pytest.raises(ValueError, match="read-only"):
        rows[0] = 1
    with pytest.raises(ValueError):
        rows.flags.writeable = True
    copied = rows.copy()
    copied[0] = 1


def test_most_similar(vectors: w2v.KeyedVectors) -> None:
    half = np.sqrt(0.5)
    expected = [("northeast", half), ("north", 0), ("up", 0), ("nothing", 0), ("west", -1)]
    found = vectors.most_similar("east")
    assert [word for word, _ in found] == [word for word, _ in expected]
    assert np.allclose([cosine for _, cosine in found], [cosine for _, cosine in expected])
    assert vectors.most_similar(["east"], topn=2) == found[:2] == vectors.similar_by_word("east", 2)
    assert vectors.most_similar("east", topn=0) == []
    everything = vectors.most_similar("east", topn=None)
    assert everything.shape == (6,) and everything[0] == 1
    assert vectors.most_similar(positive=["northeast"], negative=["north"], topn=1)[0][0] == "east"
    assert vectors.most_similar(negative=["west"], topn=1)[0][0] == "east"
    assert vectors.most_similar([("east", 0.1), ("up", 2.0)], topn=1)[0][0] == "northeast"
    assert vectors.similar_by_vector(np.array([3, 0, 0]), topn=1)[0][0] == "east"
    assert [word for word, _ in vectors.most_similar("up", restrict_vocab=2)] == ["east", "north"]
    assert vectors.most_similar("up", clip_start=4, topn=2)[0][0] == "nothing"
    cosmul = vectors.most_similar_cosmul(["northeast"], ["north"], topn=1)
    assert cosmul[0][0] == "east"
    assert vectors.closer_than("east", "north") == ["northeast"] and vectors.rank("east", "north") == 2
    assert vectors.doesnt_match(["east", "north", "northeast", "west"]) == "west"
    assert vectors.most_similar_to_given("east", ["up", "northeast"]) == "northeast"
    for nothing in ([], None):
        with pytest.raises(ValueError, match="no input"):
            vectors.most_similar(nothing)
    with pytest.raises(KeyError, match="down"):
        vectors.most_similar("down")
    with pytest.raises(ValueError, match="shape"):
        vectors.similar_by_vector(np.ones(4))


def test_similarities(vectors: w2v.KeyedVectors) -> None:
    assert vectors.similarity("east", "west") == -1 and vectors.similarity("east", "nothing") == 0
    assert vectors.distance("northeast", "northeast") == 0
    assert np.allclose(vectors.distances("east"), [0, 1, 1 - np.sqrt(0.5), 1, 1, 2])
    assert np.allclose(vectors.distances("east", ["west"]), [2])
    assert vectors.n_similarity(["east", "north"], ["northeast"]) == pytest.approx(5 / np.sqrt(13) / np.sqrt(2))
    with pytest.raises(ZeroDivisionError):
        vectors.n_similarity([], ["east"])


def test_questions_of_large_matrices_are_numpys(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = random.standard_normal((30011, 37), np.float32)
    vectors = w2v.KeyedVectors._of([f"w{row}" for row in range(len(rows))], rows)
    for word in ("w0", "w30010", "w12345"):
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        cosines = unit @ unit[int(word[1:])]
        best = np.argsort(-cosines)[1:21]
        found = vectors.most_similar(word, topn=20)
        assert [key for key, _ in found] == [f"w{row}" for row in best]
        assert np.allclose([cosine for _, cosine in found], cosines[best], atol=1e-5)


def test_changes(vectors: w2v.KeyedVectors) -> None:
    vectors.most_similar("east")
    vectors["up"] = np.array([9, 0, 0])
    assert vectors.most_similar("east", topn=1)[0] == ("up", 1.0)
    vectors.add_vectors(["up", "new", "new"], [[1, 1, 1], [7, 8, 9], [0, 0, 0]])
    assert vectors["up"][0] == 9 and np.array_equal(vectors["new"], [7, 8, 9]) and len(vectors) == 7
    assert vectors.add_vector("last", [1, 2, 3]) == 7
    vectors.set_vecattr("up", "count", 5)
    assert vectors.get_vecattr("up", "count") == 5 and vectors.get_vecattr("east", "count") == 0
    assert vectors.vectors.dtype == np.float32
    for wrong in (np.ones((2, 2)), np.ones((1, 3)), np.ones((2, 3, 1))):
        with pytest.raises(ValueError, match="shape"):
            vectors.add_vectors(["x", "y"], wrong)
    vectors.unit_normalize_all()
    assert np.allclose(np.linalg.norm(vectors.vectors, axis=1), vectors.get_normed_vectors().any(axis=1))


@pytest.mark.parametrize("name", ["m.bin", "m.txt", "m.bin.gz", "m.txt.zst"])
@pytest.mark.parametrize("binary", [True, False])
def test_word2vec_files(model: w2v.Word2Vec, tmp_path: Path, name: str, binary: bool) -> None:
    path = tmp_path / name
    model.wv.save_word2vec_format(path, fvocab=tmp_path / "vocabulary", binary=binary)
    for loaded in (
        w2v.KeyedVectors.load_word2vec_format(path, binary=binary),
        w2v.KeyedVectors.load(path),
        w2v.KeyedVectors.load_word2vec_format(str(path), fvocab=tmp_path / "vocabulary"),
    ):
        assert loaded.index_to_key == model.wv.index_to_key and np.array_equal(loaded.vectors, model.wv.vectors)
    assert loaded.get_vecattr("the", "count") == model.wv.get_vecattr("the", "count")
    first = w2v.KeyedVectors.load_word2vec_format(path, limit=3, datatype=np.float16)
    assert first.index_to_key == model.wv.index_to_key[:3] and first.vectors.dtype == np.float16
    assert w2v.KeyedVectors.load_word2vec_format(path, limit=10**9).index_to_key == model.wv.index_to_key


def test_other_layouts(vectors: w2v.KeyedVectors, tmp_path: Path) -> None:
    path = tmp_path / "m"
    for text in (True, False):
        vectors.save_word2vec_format(path, write_header=False, prefix="a_")
        compress: Any = gzip.compress if text else bz2.compress
        name = tmp_path / ("glove.txt.gz" if text else "glove.txt.bz2")
        name.write_bytes(compress(path.read_bytes()))
        loaded = w2v.KeyedVectors.load_word2vec_format(name, no_header=True)
        assert loaded.index_to_key == [f"a_{word}" for word in WORDS] and np.array_equal(loaded.vectors, ROWS)
    vectors.save_word2vec_format(path, total_vec=6, binary=True)
    whole = path.read_bytes()
    vectors.save_word2vec_format(path, total_vec=7, binary=True)
    path.write_bytes(path.read_bytes() + b"more " + bytes(12))
    assert w2v.KeyedVectors.load_word2vec_format(path).index_to_key == [*WORDS, "more"]
    path.write_bytes(whole[:-9])
    for error in (EOFError, ValueError, w2v.ModelFileError):
        with pytest.raises(error, match="ends within row 6"):
            w2v.KeyedVectors.load_word2vec_format(path, binary=True)
    path.write_bytes(b"1 3\n\xffa 1 2 3\n")
    with pytest.raises(UnicodeDecodeError):
        w2v.KeyedVectors.load_word2vec_format(path)
    assert w2v.KeyedVectors.load_word2vec_format(path, unicode_errors="ignore").index_to_key == ["a"]


class Trap:
    """Whoever unpickles it runs it."""

    def __reduce__(self) -> Any:
        return (open, ("trapped", "w"))


def test_no_pickle_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pickle").write_bytes(pickle.dumps(Trap()))
    array = np.array([Trap()], object)
    np.save("array.npy", array, allow_pickle=True)
    model = w2v.KeyedVectors(2)
    model.save("archive")
    import zipfile

    with zipfile.ZipFile("archive", "a") as archive:
        archive.write("array.npy", "trap.npy")
    for load in (w2v.KeyedVectors.load, w2v.Word2Vec.load, w2v.Phrases.load):
        for name in ("pickle", "array.npy", "archive"):
            with pytest.raises((ValueError, AttributeError)):
                load(name)
    assert not Path("trapped").exists()


def test_own_files_and_copies(vectors: w2v.KeyedVectors, tmp_path: Path) -> None:
    vectors.set_vecattr("up", "count", 5)
    vectors.set_vecattr("up", "note", "text")
    vectors.add_vectors([7], [[1, 2, 3]])
    vectors.save(tmp_path / "m")
    for again in (w2v.KeyedVectors.load(tmp_path / "m"), pickle.loads(pickle.dumps(vectors)), copy.copy(vectors)):
        assert again.index_to_key == [*WORDS, 7] and np.array_equal(again.vectors, vectors.vectors)
        assert again.get_vecattr("up", "count") == 5 and again.get_vecattr("up", "note") == "text"
    whole = (tmp_path / "m").read_bytes()
    for length in (3, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "m").write_bytes(whole[:length])
        with pytest.raises(w2v.ModelFileError):
            w2v.KeyedVectors.load(tmp_path / "m")


def test_scores(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    stats = pytest.importorskip("scipy.stats")
    for size in (3, 4, 10, 200, 3000):
        for mix in (0.0, 0.05, 0.7, 5.0):
            x = random.integers(0, 20, size).astype(float)
            y = mix * x + random.standard_normal(size) * 4
            for own, other in ((_statistics.pearson, stats.pearsonr), (_statistics.spearman, stats.spearmanr)):
                expected = other(x, y)
                found = own(x, y)
                assert found.statistic == pytest.approx(expected.statistic, abs=1e-12)
                assert found.pvalue == pytest.approx(expected.pvalue, rel=1e-6, abs=1e-300)


def test_evaluation(tmp_path: Path) -> None:
    model = w2v.Word2Vec(w2v.builtin_sentences(), sg=1)
    questions = tmp_path / "questions"
    lines: list[str] = []
    section = ""
    for name, *words in w2v._w2v.builtin_questions():
        lines += [f": {name}"] if name != section else []
        section = name
        lines.append(" ".join(words))
    questions.write_text("\n".join([*lines, "Unknown unseen other word", "three words only"]))
    for function in ("most_similar", "most_similar_cosmul"):
        score, sections = model.wv.evaluate_word_analogies(questions, similarity_function=function)
        assert score > 0.6 and sections[-1]["section"] == "Total accuracy"
        assert len(sections[-1]["correct"]) / len(lines) > 0.55
    right = set(sections[-1]["correct"])
    slow = []
    for a, b, c, d in [line.split() for line in lines if line[0] != ":"][::9]:
        answer = model.wv.most_similar_cosmul([b, c], [a], topn=1)[0][0]
        slow.append((answer == d) == (tuple(word.upper() for word in (a, b, c, d)) in right))
    assert all(slow)
    with_unknown, _ = model.wv.evaluate_word_analogies(questions, dummy4unknown=True)
    assert with_unknown < model.wv.evaluate_word_analogies(questions)[0]
    pairs = tmp_path / "pairs"
    pairs.write_text("# comment\nCat\tdog\t9\ncat\tparis\t1\nparis\trome\t8\nrome\tmouse\t0.5\ncat\tunseen\t4\nbad line\n")
    pearson, spearman, unknown = model.wv.evaluate_word_pairs(pairs)
    assert pearson[0] > 0.8 and spearman.statistic > 0.5 and unknown == 20
    with pytest.raises(ValueError, match="No valid similarity"):
        pairs.write_text("unseen\tunread\t1\n")
        model.wv.evaluate_word_pairs(pairs)
