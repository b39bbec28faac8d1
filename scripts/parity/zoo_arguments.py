"""What layers and models are called with: tensors by name and in dicts; layers without a name in the
configuration."""

import numpy as np

from frameworks import tf
from zoo_common import Built, batches, functional


def arguments_by_name(keras):
    """Attention and layers of the user's own that take tensors by name, in and out of the order of
    the names, after one tensor, two, or a dict of them."""
    layers = keras.layers

    class Film(layers.Layer):
        def call(self, inputs, condition, shift=None, scale=1.0):
            taken = (inputs[0] - 2.0 * inputs[1]) * condition * scale
            return taken if shift is None else taken + tf.tanh(shift)

    class Mixed(layers.Layer):
        def call(self, inputs, zeta=None, alpha=None):
            return inputs["left"] * zeta - inputs["bias"] * alpha

    q, v, k = (keras.Input((5, 4), name=name) for name in "qvk")
    mask = keras.Input((5, 5), dtype="bool", name="mask")
    a = layers.MultiHeadAttention(2, 3, name="by_position")(q, v, attention_mask=mask)
    b = layers.MultiHeadAttention(2, 3, name="reversed")(q, attention_mask=mask, key=k, value=v)
    x = Film(name="film")([a, b], condition=q, shift=k, scale=v)
    x = Film(name="film_1")([x, a], k)
    x = Mixed(name="mixed")({"left": x, "bias": b}, zeta=q, alpha=v)
    model = functional(keras, [q, v, k, mask], layers.Dense(2, name="head")(x), "by_name")
    return Built(model, [*batches((5, 4), (5, 4), (5, 4)), np.tril(np.ones((2, 5, 5), bool))])


def dicts(keras):
    """A model inside of dicts, called twice, with a layer between that it stands before."""
    layers = keras.layers
    ports = {"zeta": keras.Input((4,), name="zeta"), "alpha": keras.Input((3,), name="alpha")}
    joined = layers.Concatenate(name="joined")([ports["zeta"], ports["alpha"]])
    hidden = layers.Dense(3, activation="relu", name="hidden")(joined)
    inner = keras.Model(
        ports, {"two": hidden, "one": layers.Dense(2, name="code")(hidden)}, name="inner"
    )
    first, second = keras.Input((3,), name="first"), keras.Input((4,), name="second")
    once = inner({"alpha": first, "zeta": second})
    again = inner({"zeta": layers.ReLU(name="relu")(second), "alpha": once["two"]})
    out = layers.Concatenate(name="all")([once["one"], again["two"], again["one"]])
    return Built(functional(keras, [first, second], out, "dicts"), batches((3,), (4,)))


def without_names(keras):
    """A Sequential, inside, of the user's own layers, of which Keras writes no names: their class
    has no get_config."""
    layers = keras.layers

    class Block(layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.inner = layers.Dense(units, activation="tanh", name="inner")

        def build(self, shape):
            self.inner.build(shape)
            self.built = True

        def call(self, inputs):
            return inputs + self.inner(inputs)

    block = Block(4, name="block")
    first, last = Block(4, name="block_1"), Block(4, name="last")
    chain = [keras.Input((4,)), first, layers.ReLU(name="relu"), last]
    inside = keras.Sequential(chain, name="chain")
    events = keras.Input((4,), name="events")
    x = block(inside(block(events)))
    out = layers.Average(name="average")([x, inside(block(x))])
    return Built(functional(keras, events, out, "without_names"), batches((4,)))
