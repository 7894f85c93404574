"""Files of models: a zip archive of JSON and numpy arrays, in which nothing is executed."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from typing import Any, TextIO, Union, cast

import numpy as np
import numpy.typing as npt

from ._messages import ModelFileError

Path = Union[str, "os.PathLike[str]"]
Array = npt.NDArray[Any]

#: The member that says what the others are.
_HEADER = "model.json"


def save(path: Path, kind: str, header: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Writes a model of a kind to ``path``, there in full or untouched."""
    path = os.fspath(path)
    handle, temporary = tempfile.mkstemp(prefix=os.path.basename(path), dir=os.path.dirname(path) or ".")
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
                archive.writestr(_HEADER, json.dumps({"kind": kind, "version": 1, **header}))
                for name, array in arrays.items():
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                        np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        # What a file written straight away would be given.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def is_archive(path: Path) -> bool:
    """Whether ``path`` begins as what :func:`save` writes does."""
    with open(path, "rb") as file:
        return file.read(4) == b"PK\x03\x04"


def load(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    """The header and the arrays of the model at ``path``."""
    try:
        with zipfile.ZipFile(path) as archive:
            header = json.loads(archive.read(_HEADER))
            if not isinstance(header, dict) or header.get("version") != 1:
                raise ModelFileError(f"{os.fspath(path)}: is of a later version of w2v; install that")
            arrays = {}
            for name in archive.namelist():
                if name.endswith(".npy"):
                    with archive.open(name) as member:
                        array = np.lib.format.read_array(member, allow_pickle=False)
                    array.flags.writeable = False
                    arrays[name.removesuffix(".npy")] = array
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError, EOFError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{os.fspath(path)}: is no model that w2v saved, or is cut short: {error}") from None
    return header, arrays


def open_text(path: Path, encoding: str = "utf-8", errors: str = "strict") -> TextIO:
    """The text of the file at ``path``, decompressed where its name ends in .gz, .bz2 or .xz."""
    name = os.fspath(path)
    if name.endswith(".gz"):
        import gzip

        return cast(TextIO, gzip.open(name, "rt", encoding=encoding, errors=errors, newline="\n"))
    if name.endswith(".bz2"):
        import bz2

        return cast(TextIO, bz2.open(name, "rt", encoding=encoding, errors=errors, newline="\n"))
    if name.endswith(".xz"):
        import lzma

        return cast(TextIO, lzma.open(name, "rt", encoding=encoding, errors=errors, newline="\n"))
    return open(name, encoding=encoding, errors=errors, newline="\n")
