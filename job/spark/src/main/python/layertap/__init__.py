"""Reads what layertap wrote as NumPy arrays, without Spark; adds features to DataFrames, with it.

    features = layertap.read("features/digits")
    features["bn1"]       # float32, (rows, 8, 8, 16)
    features["label"]     # a column that the job kept

    from layertap import LayerFeaturizer      # needs PySpark, and a session with layertap's jar
    LayerFeaturizer(model=..., feeds=[{...}], features=["bn1"]).transform(rows)
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ._columns import FeatureColumn, to_numpy
from ._output import OutputError
from ._read import Features, feature_columns, read, read_batches

if TYPE_CHECKING:
    from .spark import LayerFeaturizer as LayerFeaturizer

try:
    __version__ = version("layertap")
except PackageNotFoundError:  # Run from its source.
    __version__ = "unknown"

__all__ = [
    "FeatureColumn",
    "Features",
    "OutputError",
    "feature_columns",
    "read",
    "read_batches",
    "to_numpy",
]


def __getattr__(name: str) -> Any:
    """Imports what needs PySpark when somebody asks for it."""
    if name != "LayerFeaturizer":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from .spark import LayerFeaturizer
    except ModuleNotFoundError as missing:
        if (missing.name or "").split(".")[0] != "pyspark":
            raise
        raise ImportError(
            "cannot import LayerFeaturizer: PySpark is not installed; install pyspark, of the version"
            " of the cluster"
        ) from None
    return LayerFeaturizer


def __dir__() -> list[str]:
    return sorted([*globals(), "LayerFeaturizer"])
