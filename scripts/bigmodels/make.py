"""Makes a model of more than 2 GB with Keras, and writes what Keras computes: make.py dense|embedding FOLDER

FOLDER/model is the SavedModel, FOLDER/rows.json the rows and their answers, one a line.
"""

import json
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

ROWS = 6


def dense():
    """Thirty layers of 100,020,000 bytes; each keeps the size of what goes through it."""
    keras.utils.set_random_seed(21)
    inputs = keras.Input((5000,), name="x")
    values = inputs
    for number in range(30):
        values = keras.layers.Dense(
            5000,
            activation="relu",
            kernel_initializer="he_normal",
            bias_initializer=keras.initializers.RandomNormal(stddev=0.1),
            name=f"dense_{number:02}",
        )(values)
    model = keras.Model(inputs, values)
    rows = np.random.default_rng(1).standard_normal((ROWS, 5000)).astype(np.float32)
    middle, last = (model.get_layer(name).output for name in ("dense_14", "dense_29"))
    features = keras.Model(inputs, [middle, last])
    fed = tf.constant(rows)
    with tf.GradientTape() as tape:
        tape.watch(fed)
        computed = features(fed)
        score = tf.reduce_sum(computed[1][:, 7])
    saliency = tape.gradient(score, fed)
    return model, rows, {"middle": computed[0], "last": computed[1], "saliency": saliency}


def embedding():
    """One table of 2,500,000,000 bytes, and what stands on it."""
    keras.utils.set_random_seed(22)
    inputs = keras.Input((8,), dtype="int32", name="x")
    vectors = keras.layers.Embedding(
        5_000_000, 125, embeddings_initializer=keras.initializers.RandomNormal(), name="table"
    )(inputs)
    pooled = keras.layers.GlobalAveragePooling1D(name="pooled")(vectors)
    model = keras.Model(inputs, keras.layers.Dense(16, activation="tanh", name="head")(pooled))
    rows = np.random.default_rng(2).integers(0, 5_000_000, (ROWS, 8)).astype(np.int32)
    # The table's ends, and both sides of its byte 2 ** 31.
    rows[0] = [0, 1, 4_294_966, 4_294_967, 4_294_968, 4_294_969, 4_999_998, 4_999_999]
    table, head = (model.get_layer(name).output for name in ("table", "head"))
    computed = keras.Model(inputs, [table, head])(tf.constant(rows))
    return model, rows, {"table": computed[0], "head": computed[1]}


def main():
    kind, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    model, rows, answers = {"dense": dense, "embedding": embedding}[kind]()
    model.export(folder / "model", verbose=False)
    columns = {name: np.reshape(value, (ROWS, -1)).tolist() for name, value in answers.items()}
    with open(folder / "rows.json", "w") as lines:
        for row in range(ROWS):
            answer = {name: values[row] for name, values in columns.items()}
            print(json.dumps({"id": row, "x": rows[row].tolist(), **answer}), file=lines)


main()
