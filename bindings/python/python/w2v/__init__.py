"""word2vec with gensim's names: fast, the same vectors every time, no pickles.

    >>> import w2v
    >>> model = w2v.Word2Vec(w2v.builtin_sentences(), sg=1)
    >>> model.wv.most_similar("cat", topn=1)[0][0]
    'mouse'
"""

from ._messages import ModelFileError
from .callbacks import CallbackAny2Vec
from .keyedvectors import KeyedVectors
from .phrases import ENGLISH_CONNECTOR_WORDS, FrozenPhrases, Phraser, Phrases
from .sentences import LineSentence, PathLineSentences, builtin_sentences
from .word2vec import Word2Vec

__all__ = [
    "ENGLISH_CONNECTOR_WORDS",
    "CallbackAny2Vec",
    "FrozenPhrases",
    "KeyedVectors",
    "LineSentence",
    "ModelFileError",
    "PathLineSentences",
    "Phraser",
    "Phrases",
    "Word2Vec",
    "builtin_sentences",
]
__version__ = "0.1.0"
