"""Settings as the text that the configuration takes."""

from __future__ import annotations

import json
import os
from typing import Any, Mapping, Sequence, Union

Setting = Union[str, int, Mapping[str, Any], Sequence[Any]]


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays, and paths, as JSON has them."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"cannot write {value!r} as JSON: it is a {type(value).__name__}; "
                    "use dicts, lists, texts and numbers")


def to_text(value: Setting | os.PathLike[str]) -> str:
    """A setting as the text that Java takes: HOCON as it is, all else as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    return json.dumps(value, default=_plain, allow_nan=False)
