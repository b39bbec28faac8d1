"""Features of photos as Parquet has them, by the names of the photos."""

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet


def read(folder, column="out_relu"):
    """Names in their order, and a row of numbers for each."""
    names, numbers = [], []
    for path in sorted(folder.rglob("*.parquet")) if folder.is_dir() else [folder]:
        table = parquet.ParquetFile(path).read(columns=["path", column])
        if len(table):
            values = table[column].combine_chunks().flatten().to_numpy().astype(np.float32)
            names += [Path(name).name for name in table["path"].to_pylist()]
            numbers.append(values.reshape(len(table), -1))
    order = np.argsort(names)
    return np.array(names)[order], np.concatenate(numbers)[order]


def _both(ours, theirs, who):
    (names, found), (other_names, expected) = ours, theirs
    if not np.array_equal(names, other_names):
        sys.exit(f"the job and {who} wrote other rows")
    return found, expected


def least_cosine(found, expected):
    """Of the rows of both."""
    lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(expected, axis=1)
    return ((found * expected).sum(axis=1) / lengths).min()


def same_direction(ours, theirs, who, least):
    """Ends this program unless the cosine of each row of both is high: for photos that decoders differ by."""
    cosine = least_cosine(*_both(ours, theirs, who))
    print(f"least cosine between the features of a row, the job's and those of {who}: {cosine:.6f}")
    if not cosine >= least:
        sys.exit(f"the job and {who} computed different features")


def same_values(ours, theirs, who, tolerance=1e-3):
    """Ends this program unless all numbers are the same but for a share of the largest."""
    found, expected = _both(ours, theirs, who)
    difference = np.abs(found - expected).max() / np.abs(expected).max()
    print(f"largest difference between the features, the job's and those of {who}: {difference:.1e} of the largest")
    if not difference <= tolerance:
        sys.exit(f"the job and {who} computed different features")
