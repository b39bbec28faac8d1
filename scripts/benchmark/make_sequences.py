"""Makes the data of the benchmark of sequences: Parquet of 10 steps of 100 numbers, and an LSTM of 64."""

import os
import sys
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

STEPS, NUMBERS, UNITS = 10, 100, 64
FILES = 4


def make_rows(folder, count, seed=7):
    """An identifier and an array of arrays of float, in a few files."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True)
    for number, ids in enumerate(np.array_split(np.arange(count, dtype=np.int64), FILES)):
        values = pa.array(random.standard_normal(len(ids) * STEPS * NUMBERS, np.float32))
        steps = pa.ListArray.from_arrays(np.arange(len(ids) * STEPS + 1, dtype=np.int32) * NUMBERS, values)
        events = pa.ListArray.from_arrays(np.arange(len(ids) + 1, dtype=np.int32) * STEPS, steps)
        table = pa.table({"id": ids, "events": events})
        parquet.write_table(table, folder / f"{number}.parquet", compression="zstd")


def make_model(folder):
    """The same weights for both: a SavedModel for layertap, an archive for Keras."""
    keras.utils.set_random_seed(0)
    events = keras.Input((STEPS, NUMBERS), name="events")
    model = keras.Model(events, keras.layers.LSTM(UNITS, name="lstm")(events))
    model.export(folder / "lstm", format="tf_saved_model", verbose=False)
    model.save(folder / "lstm.keras")


def main():
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    rows = folder / f"sequences-{count}"
    if not rows.exists():
        make_rows(rows, count)
    if not (folder / "lstm.keras").exists():
        make_model(folder)


if __name__ == "__main__":
    main()
