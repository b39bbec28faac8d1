"""The same features without layertap: Keras' predict over a tf.data pipeline, written to Parquet."""

import json
import os
import sys
import time
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import keras
import pyarrow as pa
import pyarrow.parquet as parquet
import tensorflow as tf

BATCH = 32


def load(path):
    image = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
    return keras.applications.mobilenet_v2.preprocess_input(tf.image.resize(image, (224, 224)))


def main():
    folder, images, output = (Path(argument) for argument in sys.argv[1:4])
    model = keras.models.load_model(folder / "model.keras")
    pooled = keras.layers.GlobalAveragePooling2D()(model.get_layer("out_relu").output)
    extractor = keras.Model(model.inputs, pooled)
    start = time.monotonic()
    paths = sorted(str(path) for path in images.iterdir())
    rows = tf.data.Dataset.from_tensor_slices(paths)
    rows = rows.map(load, tf.data.AUTOTUNE).batch(BATCH).prefetch(tf.data.AUTOTUNE)
    features = extractor.predict(rows, verbose=0)
    table = pa.table({"path": paths, "out_relu": list(features)})
    parquet.write_table(table, output, compression="zstd")
    print(json.dumps({"rows": len(paths), "seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main()
