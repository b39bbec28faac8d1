"""Layers that users write, tensors inside them, Lambda layers and operators on tensors."""

import numpy as np

import answers
from custom_layers import pick_layer
from frameworks import tf
from zoo_common import Built, batches, functional, graph_tensor


def entering(model, name, inputs):
    """What enters a layer that is called once with one tensor."""
    return answers.evaluate(model, inputs, [model.get_layer(name).input])[0]


def sine(keras):
    """tf.math.sin of tensors that no layer exposes, in a layer without weights."""

    class Sine(keras.layers.Layer):
        def call(self, inputs):
            inner = tf.multiply(inputs, 2.0, name="inner")
            shifted = tf.add(inner, 0.5, name="shifted")
            return tf.math.sin(shifted, name="result")

    inputs = keras.Input((5,), name="x")
    x = keras.layers.Dense(4, activation="relu", name="dense")(inputs)
    x = Sine(name="sin")(x)
    x = keras.layers.Dense(3, name="head")(x)
    model = functional(keras, inputs, x, "custom")
    arrays = batches((5,))
    value = entering(model, "sin", arrays)
    more = [
        graph_tensor("sin/inner", value * np.float32(2), "Mul"),
        graph_tensor("sin/shifted", value * np.float32(2) + np.float32(0.5), "AddV2"),
        graph_tensor("shifted:0", value * np.float32(2) + np.float32(0.5), "AddV2"),
    ]
    return Built(model, arrays, more)


def weights_and_scopes(keras):
    """A custom layer with weights, name scopes and layers of its own."""

    class Gated(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.gate = keras.layers.Dense(units, activation="sigmoid", name="gate")
            self.value = keras.layers.Dense(units, name="value")

        def build(self, shape):
            self.gate.build(shape)
            self.value.build(shape)
            self.scale = self.add_weight(
                shape=(self.units,), initializer="random_normal", name="scale"
            )
            self.built = True

        def call(self, inputs):
            gate, value = self.gate(inputs), self.value(inputs)
            with tf.name_scope("mixing"):
                mixed = tf.multiply(gate, value, name="mixed")
                return tf.multiply(mixed, self.scale, name="scaled")

        def get_config(self):
            return super().get_config() | {"units": self.units}

    inputs = keras.Input((5,), name="x")
    gated = Gated(4, name="gated")
    x = gated(keras.layers.Dense(6, activation="tanh", name="dense")(inputs))
    x = keras.layers.Dense(3, name="head")(x)
    model = functional(keras, inputs, x, "custom")
    arrays = batches((5,))
    value = entering(model, "gated", arrays)
    gate, inner = gated.gate(value).numpy(), gated.value(value).numpy()
    more = [
        graph_tensor("mixing/mixed", gate * inner, "Mul"),
        answers.Answer("gated/gate", gate, "Dense", parameters=gated.gate.count_params()),
        answers.Answer("gated/value", inner, "Dense", parameters=gated.value.count_params()),
    ]
    return Built(model, arrays, more)


def split_layer(keras):
    """A layer with three outputs."""

    class Split(keras.layers.Layer):
        def call(self, inputs):
            return tf.math.sin(inputs), tf.math.cos(inputs), tf.math.square(inputs)

        def compute_output_shape(self, shape):
            return shape, shape, shape

    return Split


def several_outputs(keras):
    """All outputs used, in another order than they are returned, and one that nothing uses."""
    split = split_layer(keras)
    inputs = keras.Input((4,), name="x")
    sine, cosine, squared = split(name="split")(inputs)
    first, _, third = split(name="split_1")(cosine)
    layers = keras.layers
    dense = layers.Dense(3, name="dense")(squared)
    other = layers.Dense(3, name="dense_1")(sine)
    joined = layers.Concatenate(name="concatenate")([dense, third, other, first])
    return Built(functional(keras, inputs, joined, "several"), batches((4,)))


def picking(keras):
    """A layer that returns one of its inputs, as output and before other layers."""
    pick = pick_layer(keras)
    layers = keras.layers
    inputs = keras.Input((4,), name="x")
    branches = [layers.Dense(3, activation="relu", name=f"branch_{n}")(inputs) for n in range(3)]
    second = pick(1, name="pick")(branches)
    third = pick(2, name="pick_1")(branches)
    x = layers.Dense(3, name="dense")(second)
    out = layers.Add(name="add")([x, third, branches[0]])
    last = pick(0, name="pick_2")([out, x])
    return Built(functional(keras, inputs, [out, last], "picking"), batches((4,)))


def without_ops(keras):
    """Layers without ops everywhere: first, last, in a row, on branches, as outputs."""
    layers = keras.layers
    inputs = keras.Input((4,), name="x")
    x = layers.Dropout(0.1, name="drop")(inputs)
    x = layers.Activation("linear", name="linear")(x)
    x = layers.Dense(5, activation="relu", name="dense")(x)
    a = layers.Dropout(0.2, name="drop_1")(x)
    b = layers.GaussianNoise(0.2, name="noise")(x)
    a = layers.Dense(3, name="dense_1")(a)
    b = layers.Dense(3, name="dense_2")(b)
    added = layers.Add(name="add")([layers.Dropout(0.3, name="drop_2")(a), b])
    out = layers.Activation("linear", name="linear_1")(layers.Dropout(0.1, name="drop_3")(added))
    return Built(functional(keras, inputs, [out, a], "idle"), batches((4,)))


def lambdas(keras):
    """Lambda layers: identity, arithmetic, ops of TensorFlow."""
    layers = keras.layers
    inputs = keras.Input((4,), name="x")
    x = layers.Dense(4, name="dense")(inputs)
    identity = layers.Lambda(lambda value: value, name="identity")
    identity.without_ops = True
    x = identity(x)
    x = layers.Lambda(lambda value: value * 2.0 + 1.0, name="scaled")(x)
    x = layers.Lambda(lambda value: tf.math.l2_normalize(value, -1), name="normalized")(x)
    x = layers.Lambda(lambda pair: pair[0] - pair[1], name="difference")([x, inputs])
    out = layers.Dense(2, name="head")(x)
    return Built(functional(keras, inputs, out, "lambdas"), batches((4,)))


def operators(keras):
    """Arithmetic and functions on symbolic tensors between layers."""
    layers = keras.layers
    inputs = keras.Input((4, 3), name="x")
    x = layers.Dense(4, activation="relu", name="dense")(inputs)
    x = x + 3.0
    x = 2.0 * x - inputs[:, :, :1]
    mean = keras.ops.mean if hasattr(keras, "ops") else tf.reduce_mean
    joined = keras.ops.concatenate if hasattr(keras, "ops") else tf.concat
    pooled = mean(x, axis=1)
    y = layers.Dense(4, name="dense_1")(pooled)
    x = layers.Dense(2, name="head")(joined([y, -pooled], -1) / 2.0)
    x = x + 3.0
    return Built(functional(keras, inputs, x, "operators"), batches((4, 3)))


def operators_only(keras):
    """Keras 3: a layer's name is an operator's too."""
    layers = keras.layers
    inputs = keras.Input((4,), name="x")
    x = layers.Dense(4, name="dense")(inputs) + 1.0
    y = layers.Add(name="add_1")([x, inputs])
    y = keras.ops.relu(y - 0.1)
    y = layers.ReLU(name="relu_1")(y * inputs)
    y = keras.ops.matmul(y, keras.ops.transpose(y))
    return Built(functional(keras, inputs, y, "operators"), batches((4,)))


def functions(keras):
    """Keras 3: attention of functions, some of a name that a layer's class has too."""
    layers, ops = keras.layers, keras.ops
    inputs = keras.Input((5, 4), name="steps")
    query, value = (layers.Dense(4, name=name)(inputs) for name in ("query", "value"))
    scores = ops.matmul(query, ops.swapaxes(value, 1, 2)) / 2.0
    mixed = ops.matmul(ops.softmax(scores), value)
    turned = ops.matmul(ops.transpose(ops.softmax(scores, axis=1), (0, 2, 1)), query)
    x = layers.Concatenate(name="joined")([ops.tanh(mixed), ops.maximum(turned, mixed)])
    x = layers.Softmax(name="shares")(ops.sqrt(ops.square(x)))
    return Built(functional(keras, inputs, x, "attending"), batches((5, 4)))


def tf_functions(keras):
    """Keras 2: functions of TensorFlow on what layers give. Of tf.einsum's inputs nothing is saved."""
    layers = keras.layers
    left, right = (keras.Input((4, 6), name=name) for name in ("left", "right"))
    scores = tf.einsum("bij,bkj->bik", layers.Dense(6, name="dense")(left), right)
    joined = tf.concat([tf.reduce_mean(scores, axis=-1), tf.reduce_max(right, axis=-1)], axis=-1)
    chosen = tf.where(joined > 0, joined, -joined)
    x = layers.Dense(3, name="head")(tf.nn.softmax(chosen[:, ::2]))
    total = tf.reduce_sum(x, axis=-1, keepdims=True)
    model = functional(keras, [left, right], tf.tanh(x) * 2 + total, "functions")
    return Built(model, batches((4, 6), (4, 6)))


def conditional(keras):
    """A custom layer with tf.cond and tf.while_loop, on what its input holds."""

    class Conditional(keras.layers.Layer):
        def call(self, inputs):
            total = tf.reduce_sum(inputs, name="total")
            chosen = tf.cond(total > 0, lambda: inputs * 2.0, lambda: inputs - 1.0)
            _, halved = tf.while_loop(
                lambda n, value: tf.reduce_max(tf.abs(value)) > 0.5,
                lambda n, value: (n + 1, value / 2.0),
                (tf.constant(0), chosen),
            )
            return halved

        def compute_output_shape(self, shape):
            return shape

    inputs = keras.Input((4,), name="x")
    x = keras.layers.Dense(4, name="dense")(inputs)
    x = Conditional(name="conditional")(x)
    x = keras.layers.Dense(2, name="head")(x)
    model = functional(keras, inputs, x, "conditional")
    arrays = batches((4,))
    total = entering(model, "conditional", arrays).sum()
    return Built(model, arrays, [graph_tensor("conditional/total", total, "Sum")])
