"""The transformer of scikit-learn."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import w2v

pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.utils import estimator_checks as checks  # noqa: E402

from w2v.sklearn import Word2VecTransformer  # noqa: E402


#: Those that need no numbers for documents.
CHECKS = [
    "check_estimator_cloneable",
    "check_estimator_repr",
    "check_estimator_tags_renamed",
    "check_get_params_invariance",
    "check_no_attributes_set_in_init",
    "check_parameters_default_constructible",
    "check_set_params",
    "check_valid_tag_types",
]


def test_checks_of_its_input_kind_pass() -> None:
    for name in CHECKS:
        getattr(checks, name)("Word2VecTransformer", Word2VecTransformer())
    with pytest.warns(match="requires input  of type"):
        checks.check_estimator(Word2VecTransformer())


def test_documents_become_mean_vectors() -> None:
    sentences = w2v.builtin_sentences()[:8000]
    documents = [" ".join(sentence) for sentence in sentences]
    transformer = Word2VecTransformer(vector_size=16, sg=1)
    rows = transformer.fit_transform(documents)
    assert rows.shape == (8000, 16) and rows.dtype == np.float32
    assert np.array_equal(rows, clone(transformer).fit(sentences).transform(documents))
    expected = transformer.model_.wv[sentences[0]].mean(axis=0)
    assert np.allclose(rows[0], expected)
    assert np.array_equal(transformer.transform(["unseen", []]), np.zeros((2, 16)))
    assert transformer.transform([]).shape == (0, 16)
    again = pickle.loads(pickle.dumps(transformer))
    assert np.array_equal(again.transform(documents[:9]), rows[:9])
    assert len(transformer.get_feature_names_out()) == 16
    with pytest.raises(ValueError, match="a string was received"):
        transformer.transform("cat dog")
    about_cats = ["cat" in sentence for sentence in sentences]
    pipeline = make_pipeline(Word2VecTransformer(vector_size=16, sg=1), LogisticRegression(class_weight="balanced"))
    assert pipeline.fit(documents, about_cats).score(documents, about_cats) > 0.8
