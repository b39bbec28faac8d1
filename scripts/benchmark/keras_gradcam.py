"""The same maps without layertap: Keras' GradientTape in a tf.function over a tf.data pipeline."""

import json
import os
import sys
import time
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import tensorflow as tf

LAYER = "out_relu"


def load(path):
    image = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
    return keras.applications.mobilenet_v2.preprocess_input(tf.image.resize(image, (224, 224)))


def maps(model):
    layers = keras.Model(model.inputs, [model.get_layer(LAYER).output, model.output])

    @tf.function(reduce_retracing=True)
    def of(images):
        with tf.GradientTape() as tape:
            activations, scores = layers(images, training=False)
            top = tf.reduce_max(scores, axis=-1)
        gradients = tape.gradient(top, activations)
        weights = tf.reduce_mean(gradients, axis=(1, 2), keepdims=True)
        return tf.nn.relu(tf.reduce_sum(weights * activations, axis=-1))

    return of


def main():
    folder, images, output, batch = (*map(Path, sys.argv[1:4]), int(sys.argv[4]))
    of = maps(keras.models.load_model(folder / "gradcam.keras"))
    start = time.monotonic()
    paths = sorted(str(path) for path in images.iterdir())
    rows = tf.data.Dataset.from_tensor_slices(paths)
    rows = rows.map(load, tf.data.AUTOTUNE).batch(batch).prefetch(tf.data.AUTOTUNE)
    found = np.concatenate([of(images).numpy().reshape(len(images), -1) for images in rows])
    parquet.write_table(pa.table({"path": paths, "cam": list(found)}), output, compression="zstd")
    print(json.dumps({"rows": len(paths), "seconds": time.monotonic() - start}))


if __name__ == "__main__":
    main()
