"""The same features without layertap: Parquet into NumPy, Keras' predict, and back to Parquet. Values
pass through Arrow's own buffers; no row is converted by itself."""

import json
import os
import sys
import time
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import keras
import pyarrow as pa
import pyarrow.parquet as parquet


def main():
    folder, rows, output, batch = *(Path(argument) for argument in sys.argv[1:4]), int(sys.argv[4])
    model = keras.models.load_model(folder / "lstm.keras")
    start = time.monotonic()
    table = parquet.read_table(rows)
    numbers = table["events"].combine_chunks().flatten().flatten().to_numpy()
    features = model.predict(numbers.reshape(-1, *model.input_shape[1:]), batch_size=batch, verbose=0)
    column = pa.FixedSizeListArray.from_arrays(features.reshape(-1), features.shape[1])
    column = column.cast(pa.list_(pa.float32()))
    parquet.write_table(pa.table({"id": table["id"], "lstm": column}), output, compression="zstd")
    print(json.dumps({"rows": len(features), "seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main()
