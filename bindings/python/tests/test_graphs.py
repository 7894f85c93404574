"""node2vec, pecanpy and karateclub with w2v in gensim's place, those that are installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def test_packages_that_embed_graphs_tell_the_sides_of_the_club() -> None:
    for needed in ("networkx", "sklearn"):
        pytest.importorskip(needed)
    tests = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, tests / "graph_packages.py"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ended.returncode == 0, ended.stderr
    scores = dict(line.split() for line in ended.stdout.splitlines())
    if not scores:
        pytest.skip("none of node2vec, pecanpy and karateclub is installed")
    # 34 members; most of one side is .5.
    assert all(float(score) > 0.9 for score in scores.values()), scores
