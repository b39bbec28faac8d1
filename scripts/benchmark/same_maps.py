"""Fails if the maps of a job and those of Keras are not the same, photo by photo."""

import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as parquet

TOLERANCE = 1e-3


def maps(path):
    table = parquet.read_table(path)
    names = [Path(name).name for name in table["path"].to_pylist()]
    return dict(zip(names, np.stack(table["cam"].to_numpy()), strict=True))


def main():
    job, keras = (maps(path) for path in sys.argv[1:3])
    if job.keys() != keras.keys():
        sys.exit("the job and Keras went through different photos")
    # Photos are decoded by two versions of a library; the map of each is judged by its largest value.
    worst = max(np.abs(job[name] - keras[name]).max() / keras[name].max() for name in job)
    print(f"largest difference {worst:.1e} of a map's largest value")
    if worst > TOLERANCE:
        sys.exit("the job and Keras computed different maps")


if __name__ == "__main__":
    main()
