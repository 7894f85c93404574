"""What packages that embed graphs by gensim's Word2Vec do with w2v in its place: run by itself, it
prints a line for each package that is installed.

Node classification: vectors of half of Zachary's club tell which side the others took.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import tempfile
from pathlib import Path
from typing import Any

import gensim_shim
import networkx as nx
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

CLUB = nx.convert_node_labels_to_integers(nx.karate_club_graph())
SIDES = [CLUB.nodes[node]["club"] == "Officer" for node in CLUB]


def replace_gensim() -> None:
    """Has w2v answer to gensim's names, and its version too."""
    gensim_shim.install(None)
    # karateclub imports these for models that are not tried here.
    gensim_shim.module("gensim.models.doc2vec", {"Doc2Vec": None, "TaggedDocument": None})
    real = importlib.metadata.version
    importlib.metadata.version = lambda name: "4.4.0" if name == "gensim" else real(name)


def score(vectors: Any) -> float:
    return float(cross_val_score(LogisticRegression(C=10, max_iter=1000), vectors, SIDES, cv=5).mean())


def node2vec() -> Any:
    from node2vec import Node2Vec

    walks = Node2Vec(CLUB, dimensions=16, walk_length=20, num_walks=40, quiet=True, seed=1)
    model = walks.fit(window=5, min_count=1, batch_words=4, seed=1)
    assert model.wv.most_similar("2")[0][0] in {str(node) for node in CLUB}
    return [model.wv[str(node)] for node in CLUB]


def pecanpy() -> Any:
    from pecanpy import pecanpy

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "club.edg"
        path.write_text("".join(f"{a}\t{b}\n" for a, b in CLUB.edges))
        graph = pecanpy.SparseOTF(p=1, q=1, workers=1, verbose=False, random_state=1)
        graph.read_edg(str(path), weighted=False, directed=False)
        rows = graph.embed(dim=16, num_walks=40, walk_length=20, window_size=5, epochs=2)
        ids = [int(node) for node in graph.nodes]
    return np.asarray(rows)[np.argsort(ids)]


def karateclub() -> Any:
    from karateclub import DeepWalk, Walklets

    for kind in (Walklets, DeepWalk):
        model = kind(dimensions=16, walk_number=40, walk_length=20, epochs=2)
        model.fit(CLUB)
        rows = model.get_embedding()
        assert len(rows) == len(CLUB)
    return rows


if __name__ == "__main__":
    replace_gensim()
    for package in (node2vec, pecanpy, karateclub):
        if importlib.util.find_spec(package.__name__):
            print(f"{package.__name__} {score(package()):.3f}", flush=True)
