"""Which words of a corpus get vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Optional

#: Says of a word, its count and the smallest count whether it is kept: one of the three below.
TrimRule = Callable[[str, int, int], int]

RULE_DEFAULT, RULE_DISCARD, RULE_KEEP = 0, 1, 2


def least_count(counts: Sequence[int], min_count: int, most: Optional[int]) -> int:
    """The smallest count, at least ``min_count``, that at most ``most`` words reach."""
    if most is None or most >= len(counts):
        return min_count
    return max(min_count, sorted(counts, reverse=True)[most] + 1)


def kept(words: Sequence[str], counts: Sequence[int], least: int, rule: Optional[TrimRule]) -> list[bool]:
    """Which words occur ``least`` times, or are kept or discarded by ``rule`` for all that."""
    if rule is None:
        return [count >= least for count in counts]
    said = (rule(word, count, least) for word, count in zip(words, counts))
    return [answer == RULE_KEEP or (answer != RULE_DISCARD and count >= least) for answer, count in zip(said, counts)]
