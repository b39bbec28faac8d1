"""Fails if the features of a job and those of Keras are not the same, row by row."""

import sys

import numpy as np
import pyarrow.parquet as parquet

TOLERANCE = 1e-5


def features(path):
    table = parquet.read_table(path).sort_by("id")
    return table["id"].to_numpy(), np.stack(table["lstm"].to_numpy())


def main():
    (job_ids, job), (keras_ids, keras) = (features(path) for path in sys.argv[1:3])
    if not np.array_equal(job_ids, keras_ids) or not np.allclose(job, keras, atol=TOLERANCE):
        sys.exit("the job and Keras computed different features")


if __name__ == "__main__":
    main()
