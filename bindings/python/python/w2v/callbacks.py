"""What is told while a model trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .word2vec import Word2Vec


class CallbackAny2Vec:
    """Is called at the ends of training and of epochs, with the model as it is by then.

    An exception in one of the methods ends training and comes out of ``train``; the model keeps what
    was trained so far.
    """

    def on_train_begin(self, model: Word2Vec) -> None:
        """Before the first step."""

    def on_train_end(self, model: Word2Vec) -> None:
        """After the last step."""

    def on_epoch_begin(self, model: Word2Vec) -> None:
        """Before each epoch."""

    def on_epoch_end(self, model: Word2Vec) -> None:
        """After each epoch: ``model.wv`` has its vectors, ``model.losses`` its loss."""
