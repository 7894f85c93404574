"""Vectors scored on judged pairs and on analogies, in gensim's shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

import numpy as np
import numpy.typing as npt

from ._files import Path, open_text
from ._statistics import Correlation, pearson, spearman

if TYPE_CHECKING:
    from .keyedvectors import KeyedVectors

Array = npt.NDArray[Any]
Question = tuple[str, str, str, str]
Section = dict[str, Union[str, list[Question]]]

#: Questions answered at once.
_BLOCK = 256


def evaluate_word_pairs(
    self: KeyedVectors,
    pairs: Path,
    delimiter: str = "\t",
    encoding: str = "utf8",
    restrict_vocab: int = 300000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
) -> tuple[Correlation, Correlation, float]:
    """Pearson's and Spearman's correlation of people's judgements and cosines, and the percent
    of pairs with a word that there is not; ``dummy4unknown`` gives those the cosine 0.

    Lines of the file are two words and a number; others are skipped."""
    rows = _rows(self, restrict_vocab, case_insensitive)
    judged, cosines, unknown = [], [], 0
    with open_text(pairs, encoding) as lines:
        for line in lines:
            fields = (line.upper() if case_insensitive else line).strip("\r\n").split(delimiter)
            try:
                a, b, value = fields[0], fields[1], float(fields[2])
            except (ValueError, IndexError):
                continue
            if len(fields) != 3 or line.startswith("#"):
                continue
            if a in rows and b in rows:
                cosines.append(float(self.similarity(self.index_to_key[rows[a]], self.index_to_key[rows[b]])))
                judged.append(value)
            else:
                unknown += 1
                if dummy4unknown:
                    cosines.append(0.0)
                    judged.append(value)
    if not judged:
        raise ValueError(
            f"No valid similarity judgements found in {pairs}: either invalid format or "
            f"all are out-of-vocabulary in {self}"
        )
    lines_used = len(judged) + (0 if dummy4unknown else unknown)
    return pearson(judged, cosines), spearman(judged, cosines), unknown / lines_used * 100


def evaluate_word_analogies(
    self: KeyedVectors,
    analogies: Path,
    restrict_vocab: int = 300000,
    case_insensitive: bool = True,
    dummy4unknown: bool = False,
    similarity_function: str = "most_similar",
) -> tuple[float, list[Section]]:
    """The share of questions `a : b :: c : ?` answered right, and each section's questions,
    right and wrong; the last section is all together.

    The file's lines are four words, or a section's name after a colon. Answers are the first
    ``restrict_vocab`` words but for the three asked with; questions with other words are left
    out, or wrong if ``dummy4unknown``. ``similarity_function`` is ``most_similar`` (3CosAdd) or
    ``most_similar_cosmul`` (3CosMul)."""
    if similarity_function not in ("most_similar", "most_similar_cosmul"):
        raise ValueError(f"similarity_function={similarity_function!r}: is none of most_similar, most_similar_cosmul")
    rows = _rows(self, restrict_vocab, case_insensitive)
    # Of words that are the same but for case the first alone answers.
    candidates = np.array(sorted(rows.values()), np.int64)
    place = {int(row): at for at, row in enumerate(candidates)}
    unit = self.get_normed_vectors()[candidates]
    sections: list[Section] = []
    for name, questions in _sections(analogies, case_insensitive):
        known = [question for question in questions if all(word in rows for word in question)]
        right = []
        for start in range(0, len(known), _BLOCK):
            block = np.array([[place[rows[word]] for word in q] for q in known[start : start + _BLOCK]])
            right += _answered(unit, block, similarity_function == "most_similar_cosmul")
        found = {id(question): is_right for question, is_right in zip(known, right)}
        asked = questions if dummy4unknown else known
        sections.append(
            {
                "section": name,
                "correct": [q for q in asked if found.get(id(q), False)],
                "incorrect": [q for q in asked if not found.get(id(q), False)],
            }
        )
    total: Section = {
        "section": "Total accuracy",
        "correct": [question for section in sections for question in section["correct"]],  # type: ignore[misc]
        "incorrect": [question for section in sections for question in section["incorrect"]],  # type: ignore[misc]
    }
    sections.append(total)
    correct, asked_in_all = len(total["correct"]), len(total["correct"]) + len(total["incorrect"])
    return (correct / asked_in_all if asked_in_all else 0.0), sections


def _rows(vectors: KeyedVectors, most: int, fold: bool) -> dict[str, int]:
    """The rows of the first ``most`` keys; of keys that are the same but for case the first."""
    keys = [str(key) for key in vectors.index_to_key[:most]]
    return {(key.upper() if fold else key): row for row, key in reversed(list(enumerate(keys)))}


def _sections(path: Path, fold: bool) -> list[tuple[str, list[Question]]]:
    sections: list[tuple[str, list[Question]]] = []
    with open_text(path) as lines:
        for number, line in enumerate(lines, 1):
            if line.startswith(":"):
                sections.append((line.lstrip(": ").strip(), []))
                continue
            words = (line.upper() if fold else line).split()
            if len(words) != 4:
                continue
            if not sections:
                raise ValueError(f"Missing section header before line #{number} in {path}")
            sections[-1][1].append((words[0], words[1], words[2], words[3]))
    return sections


def _answered(unit: Array, block: Array, multiply: bool) -> list[bool]:
    """Whether each question of ``block``, four places in ``unit``, is answered right."""
    a, b, c, expected = block.T
    if multiply:
        of_a, of_b, of_c = ((1 + unit[places] @ unit.T) / 2 for places in (a, b, c))
        scores = of_b * of_c / (of_a + 1e-6)
    else:
        scores = (unit[b] - unit[a] + unit[c]) @ unit.T
    every = np.arange(len(block))
    for asked in (a, b, c):
        scores[every, asked] = -np.inf
    right: list[bool] = (scores.argmax(axis=1) == expected).tolist()
    return right
