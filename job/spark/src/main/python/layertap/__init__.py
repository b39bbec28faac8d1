"""Reads what layertap wrote as NumPy arrays, without Spark.

    features = layertap.read("features/digits")
    features["bn1"]       # float32, (rows, 8, 8, 16)
    features["label"]     # a column that the job kept
"""

from importlib.metadata import PackageNotFoundError, version

from ._columns import FeatureColumn, to_numpy
from ._output import OutputError
from ._read import Features, feature_columns, read, read_batches

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
