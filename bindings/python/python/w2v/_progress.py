"""A bar that shows how far training is: tqdm's where that is installed, else lines of text."""

from __future__ import annotations

import sys
import time
from typing import Any, Optional

try:
    from tqdm.auto import tqdm as _tqdm
except ImportError:
    _tqdm = None


class Bar:
    """Shows progress on standard error or in the notebook."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._bar: Any = None
        self._shown = 0.0
        self._tokens = 0
        self._started = time.monotonic()

    def show(self, epoch: int, tokens: int, total: int, loss: Optional[float]) -> None:
        """Of ``total`` tokens ``tokens`` are trained, the last of them in ``epoch``."""
        text = f"epoch {epoch}/{self._epochs}" + ("" if loss is None else f", loss {loss:.3f}")
        if _tqdm is not None:
            if self._bar is None:
                self._bar = _tqdm(total=total, unit="words", unit_scale=True)
            self._bar.set_description(text, refresh=False)
            self._bar.update(tokens - self._tokens)
            self._tokens = tokens
            return
        now = time.monotonic()
        if now - self._shown >= (0.2 if sys.stderr.isatty() else 10) or tokens == total:
            self._shown = now
            speed = tokens / max(now - self._started, 1e-9) / 1e6
            start, end = ("\r", "") if sys.stderr.isatty() else ("", "\n")
            line = f"{start}{100 * tokens / max(total, 1):3.0f} %, {text}, {speed:.1f} M words/s"
            print(line, end=end, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Ends the bar's line."""
        if self._bar is not None:
            self._bar.close()
        elif self._shown and sys.stderr.isatty():
            print(file=sys.stderr)
