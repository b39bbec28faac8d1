"""Reads what layertap wrote as NumPy arrays, without Spark. With layertap's jar: looks at models and plans,
starts Spark, and adds features to DataFrames.

    features = layertap.read("features/digits")
    features["bn1"]       # float32, (rows, 8, 8, 16)
    features["label"]     # a column that the job kept

    layertap.inspect("models/resnet")         # what can be tapped, a pandas DataFrame
    layertap.plan("photos.conf")              # what a configuration would extract

    spark = layertap.session()                # a SparkSession that has the jar
    layertap.LayerFeaturizer(model=..., feeds=[{...}], features=["bn1"]).transform(rows)
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ._columns import FeatureColumn, to_numpy
from ._commands import CommandError, inspect, plan
from ._jar import MissingError, jar
from ._output import OutputError
from ._read import Features, feature_columns, read, read_batches
from ._session import session

if TYPE_CHECKING:
    from .spark import LayerFeaturizer as LayerFeaturizer

try:
    __version__ = version("layertap")
except PackageNotFoundError:  # Run from its source.
    __version__ = "unknown"

__all__ = [
    "CommandError",
    "FeatureColumn",
    "Features",
    "MissingError",
    "OutputError",
    "feature_columns",
    "inspect",
    "jar",
    "plan",
    "read",
    "read_batches",
    "session",
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
