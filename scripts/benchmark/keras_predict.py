"""The same features without layertap: Keras' predict over a tf.data pipeline, written to Parquet.
NAME MODEL IMAGES OUTPUT BATCH"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import pyarrow as pa
import pyarrow.parquet as parquet
import tensorflow as tf

from photos import by_tensorflow, keras_features


def main():
    name, path, images, output, batch = sys.argv[1:6]
    extractor = keras_features(path, name)
    start = time.monotonic()
    paths = sorted(str(path) for path in Path(images).iterdir())
    rows = tf.data.Dataset.from_tensor_slices(paths)
    rows = rows.map(lambda path: by_tensorflow(tf.io.read_file(path), name), tf.data.AUTOTUNE)
    features = extractor.predict(rows.batch(int(batch)).prefetch(tf.data.AUTOTUNE), verbose=0)
    table = pa.table({"path": paths, "features": list(features)})
    parquet.write_table(table, output, compression="zstd")
    print(json.dumps({"rows": len(paths), "seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main()
