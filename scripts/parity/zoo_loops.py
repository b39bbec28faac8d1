"""Loops, branches and functions inside of layers; models and cells inside of recurrent and distributed
layers; inputs of every dtype."""

import numpy as np

from frameworks import tf
from zoo_common import Built, batches, functional
from zoo_recurrent import cell_class


def distributed_models(keras):
    """A model of a recurrent layer for each step, and a layer for each step of each step."""
    layers = keras.layers
    movie = keras.Input((3, 6, 5), name="movie")
    frame = keras.Input((6, 5), name="frame")
    x = layers.LSTM(3, name="lstm")(layers.Dense(4, activation="relu", name="dense")(frame))
    inner = keras.Model(frame, layers.Dense(2, name="code")(x), name="inner")
    each = layers.TimeDistributed(inner, name="each")(movie)
    x = layers.GRU(3, name="gru")(each)
    return Built(functional(keras, movie, x, "distributed"), batches((3, 6, 5)))


def own_cells_both_ways(keras):
    """Keras 2: Bidirectional layers of a cell that the user wrote, alike and apart."""
    cell = cell_class(keras, 1, lambda dense, state: [tf.math.tanh(dense)])
    layers = keras.layers
    events = keras.Input((6, 4), name="events")
    alike = layers.RNN(cell(3, name="cell"), return_sequences=True, name="rnn")
    x = layers.Bidirectional(alike, name="both")(events)
    forward = layers.RNN(cell(3, name="cell_1"), name="rnn_1")
    backward = layers.RNN(cell(3, name="cell_2"), go_backwards=True, name="rnn_2")
    apart = layers.Bidirectional(forward, "sum", backward_layer=backward, name="both_1")
    return Built(functional(keras, events, apart(x), "ways"), batches((6, 4)))


def loops(keras):
    """tf.map_fn, tf.scan, tf.vectorized_map and tf.while_loop, with a weight, called twice."""

    class Loops(keras.layers.Layer):
        def build(self, shape):
            self.mixing = self.add_weight(
                shape=(shape[-1], shape[-1]), initializer="glorot_uniform", name="mixing"
            )
            self.built = True

        def call(self, inputs):
            x = tf.map_fn(lambda row: tf.tanh(row * 2.0), inputs)
            x = tf.transpose(tf.scan(lambda last, row: last * 0.5 + row, tf.transpose(x)))
            x = tf.vectorized_map(lambda row: tf.linalg.matvec(self.mixing, row), x)
            step = lambda n, value: (n + 1, tf.nn.relu(value @ self.mixing) + value)
            return tf.while_loop(lambda n, value: n < 3, step, (0, x))[1]

        def compute_output_shape(self, shape):
            return shape

    layers = keras.layers
    inputs = keras.Input((4,), name="x")
    x = Loops(name="loops")(layers.Dense(4, name="dense")(inputs))
    x = layers.Dense(2, name="head")(Loops(name="loops_1")(x))
    return Built(functional(keras, inputs, x, "looping"), batches((4,)))


def loops_of_keras(keras):
    """Keras 3: its functions that loop and branch."""
    ops = keras.ops

    class Loops(keras.layers.Layer):
        def call(self, inputs):
            x = ops.cond(ops.sum(inputs) > 0, lambda: inputs * 2.0, lambda: inputs - 1.0)
            x = ops.transpose(ops.map(ops.tanh, x))
            _, x = ops.scan(lambda last, row: (last + row, last * row), ops.zeros_like(x[0]), x)
            x = ops.fori_loop(0, 3, lambda n, value: value * 0.5 + 1.0, ops.transpose(x))
            return ops.switch(1, [lambda value: value, lambda value: value * 3.0], x)

    inputs = keras.Input((4,), name="x")
    x = Loops(name="loops")(keras.layers.Dense(4, name="dense")(inputs))
    x = keras.layers.Dense(2, name="head")(x)
    return Built(functional(keras, inputs, x, "looping"), batches((4,)))


def every_dtype(keras):
    """Inputs and outputs of bytes, whole numbers, truth values and floats."""

    class To(keras.layers.Layer):
        def __init__(self, target, **kwargs):
            super().__init__(autocast=False, **kwargs)
            self.target = target

        def call(self, inputs):
            return tf.cast(inputs, self.target)

        def compute_output_shape(self, shape):
            return shape

        def get_config(self):
            return super().get_config() | {"target": self.target}

    dtypes = ("uint8", "int64", "bool", "float64")
    inputs = [keras.Input((4,), dtype=dtype, name=dtype) for dtype in dtypes]
    floats = [
        To("float32", dtype=dtype, name=f"from_{dtype}")(each)
        for each, dtype in zip(inputs, dtypes, strict=True)
    ]
    x = keras.layers.Dense(3, name="dense")(keras.layers.Add(name="add")(floats))
    outputs = [To(dtype, name=f"to_{dtype}")(x) for dtype in ("int64", "bool", "float16")]
    random = np.random.default_rng(3)
    values = [
        random.integers(0, 200, (2, 4)).astype(np.uint8),
        random.integers(-5, 5, (2, 4)),
        random.integers(0, 2, (2, 4)).astype(bool),
        random.normal(size=(2, 4)),
    ]
    return Built(functional(keras, inputs, [x, *outputs], "dtypes"), values)


def base_cut_and_whole(keras):
    """A model, and the same up to a layer inside, both in another one."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    x = layers.BatchNormalization(name="bn")(layers.Conv2D(4, 3, name="conv")(image))
    inside = layers.ReLU(name="relu")(x)
    x = layers.Dense(3, name="classes")(layers.GlobalAveragePooling2D(name="pool")(inside))
    base, cut = keras.Model(image, x, name="base"), keras.Model(image, inside, name="cut")
    photo = keras.Input((8, 8, 3), name="photo")
    x = layers.Flatten(name="flatten")(cut(layers.Rescaling(2.0, name="rescaling")(photo)))
    x = layers.Concatenate(name="joined")([layers.Dense(3, name="dense")(x), base(photo)])
    return Built(functional(keras, photo, x, "transfer"), batches((8, 8, 3)))
