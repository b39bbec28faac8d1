"""Reads what layertap wrote as NumPy arrays, without Spark; starts Spark with layertap's jar; looks at
models and plans.

    features = layertap.read("features/digits")
    features["bn1"]       # float32, (rows, 8, 8, 16)
    features["label"]     # a column that the job kept

    layertap.inspect("models/resnet")               # what can be tapped, a pandas DataFrame
    layertap.plan("photos.conf")                    # what a configuration would extract
    spark = layertap.session()                      # a SparkSession that has the jar
"""

from importlib.metadata import PackageNotFoundError, version

from ._columns import FeatureColumn, to_numpy
from ._commands import CommandError, inspect, plan
from ._jar import MissingError, jar
from ._output import OutputError
from ._read import Features, feature_columns, read, read_batches
from ._session import session

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
