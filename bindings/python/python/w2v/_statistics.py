"""Correlations and how likely chance alone makes them as large."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class Correlation(NamedTuple):
    """A correlation, and the two-sided probability of one as large without any relation."""

    statistic: float
    pvalue: float


def pearson(a: npt.ArrayLike, b: npt.ArrayLike) -> Correlation:
    """Pearson's correlation; not a number where one side does not vary, or of fewer than 2 pairs."""
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    x, y = x - x.mean(), y - y.mean()
    lengths = math.sqrt(float(x @ x)) * math.sqrt(float(y @ y))
    if len(x) < 2 or lengths == 0:
        return Correlation(math.nan, math.nan)
    r = min(1.0, max(-1.0, float(x @ y) / lengths))
    return Correlation(r, _pvalue(r, len(x)))


def spearman(a: npt.ArrayLike, b: npt.ArrayLike) -> Correlation:
    """Spearman's correlation: Pearson's of the ranks, equal values of equal rank."""
    return pearson(_ranks(np.asarray(a, np.float64)), _ranks(np.asarray(b, np.float64)))


def _ranks(values: Floats) -> npt.NDArray[Any]:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[where])


def _pvalue(r: float, pairs: int) -> float:
    """By Student's distribution of t = r √((n − 2) / (1 − r²))."""
    if pairs == 2:
        return 1.0
    if 1 - r * r < 1e-15:
        # All that is left is rounding.
        return 0.0
    freedom = pairs - 2
    t2 = r * r * freedom / (1 - r * r)
    return _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t2))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function, by its continued fraction (Lentz's method)."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta_fraction(b, a, 1 - x) * front / b
    return _incomplete_beta_fraction(a, b, x) * front / a


def _incomplete_beta_fraction(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    fraction = d
    for m in range(1, 1000):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + term * d
            c = 1 + term / c
            d = 1 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return fraction
