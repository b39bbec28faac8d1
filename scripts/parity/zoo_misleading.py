"""Layers that do not do what their names, their inputs or the joints around them let expect: whoever
guesses is wrong here."""

import numpy as np

import outputs
from common import redraw
from custom_layers import swap_layer
from frameworks import keras2, tf
from zoo_common import Built, batches, functional, integers


def misleading_layers(keras):
    """Layers that take their inputs in another order, leave some out, or give what does not depend
    on any."""

    class Subtract(keras.layers.Layer):
        """Keras has a layer of this name, which subtracts the second from the first."""

        def call(self, inputs):
            return inputs[1] - inputs[0]

        def compute_output_shape(self, shapes):
            return shapes[0]

    class SineOfLast(keras.layers.Layer):
        def call(self, inputs):
            return tf.math.sin(inputs[-1])

        def compute_output_shape(self, shapes):
            return shapes[-1]

    class Token(keras.layers.Layer):
        """Gives its weights, as vision transformers' class tokens do."""

        without_ops = True

        def __init__(self, scaled, **kwargs):
            super().__init__(**kwargs)
            self.scaled = scaled

        def build(self, shape):
            self.token = self.add_weight(
                shape=(1, shape[-1]), initializer="random_normal", name="token"
            )
            self.built = True

        def call(self, inputs):
            return self.token * 2.0 if self.scaled else tf.convert_to_tensor(self.token)

        def compute_output_shape(self, shape):
            return 1, shape[-1]

        def get_config(self):
            return super().get_config() | {"scaled": self.scaled}

    class Masking(keras.layers.Layer):
        """Hands on what it takes, and computes a mask."""

        without_ops = True

        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.supports_masking = True

        def call(self, inputs):
            return inputs

        def compute_mask(self, inputs, mask=None):
            if keras is keras2:
                return tf.reduce_any(tf.not_equal(inputs, 0.0), axis=-1)
            return keras.ops.any(keras.ops.not_equal(inputs, 0.0), axis=-1)

        def compute_output_shape(self, shape):
            return shape

    return Subtract, SineOfLast, Token, Masking


def misleading_inputs(keras):
    """Inputs in another order than the layer's ops take them, swapped between calls, or left out."""
    subtract, sine_of_last, _, _ = misleading_layers(keras)
    swap = swap_layer(keras)
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    left = keras.layers.Dense(4, activation="tanh", name="left")(a)
    right = keras.layers.Dense(4, activation="tanh", name="right")(b)
    shared = subtract(name="subtract")
    first, second = shared([left, right]), shared([right, left])
    last = sine_of_last(name="sine_of_last")([left, right])
    of_first = keras.layers.Dense(3, name="of_first")(first)
    of_second = keras.layers.Dense(3, activation="relu", name="of_second")(second)
    swapped = swap(name="swap")([left, right])
    of_swapped = [
        keras.layers.Dense(3, name=f"of_swapped_{n}")(tensor) for n, tensor in enumerate(swapped)
    ]
    merged = keras.layers.Concatenate(name="all")([of_second, of_first, last, *of_swapped])
    return Built(functional(keras, [a, b], merged, "misleading"), batches((4,), (4,)))


def misleading_calls(keras):
    """A layer that takes its inputs the wrong way round, called both ways, and nothing else tells
    which call is which."""
    subtract, _, _, _ = misleading_layers(keras)
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    shared = subtract(name="subtract")
    first, second = shared([a, b]), shared([b, a])
    doubled = keras.layers.Add(name="doubled")([first, first])
    merged = keras.layers.Multiply(name="merged")([doubled, second])
    return Built(functional(keras, [a, b], merged, "misleading"), batches((4,), (4,)))


def weights_as_output(keras):
    """Layers that give what depends on no input."""
    _, _, token, _ = misleading_layers(keras)
    inputs = keras.Input((4,), name="x")
    x = keras.layers.Dense(4, activation="tanh", name="dense")(inputs)
    scaled, plain = token(True, name="scaled")(x), token(False, name="plain")(x)
    x = keras.layers.Add(name="with_scaled")([x, scaled])
    x = keras.layers.Multiply(name="with_plain")([x, plain])
    return Built(functional(keras, inputs, x, "tokens"), batches((4,)))


def mask_without_ops(keras):
    """A layer of which the graph shows nothing but a mask."""
    _, _, _, masking = misleading_layers(keras)
    inputs = keras.Input((5, 3), name="events")
    x = keras.layers.Dense(3, activation="relu", name="dense")(inputs)
    x = masking(name="masking")(x)
    x = keras.layers.LSTM(4, name="lstm")(x)
    return Built(functional(keras, inputs, x, "masked"), batches((5, 3)))


def ports_by_name(keras):
    """A model inside that takes and gives tensors by name, in another order than it has them."""
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    inside = keras.Model(
        {"right": right, "left": left},
        {
            "upper": keras.layers.Activation("linear", name="lower")(left),
            "lower": keras.layers.Subtract(name="upper")([left, right]),
        },
        name="inside",
    )
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    a2 = keras.layers.Dense(4, activation="tanh", name="dense_b")(a)
    given = inside({"right": b, "left": a2})
    outputs = {
        "dense_b": keras.layers.Dense(2, name="dense_a")(given["lower"]),
        "dense_a": keras.layers.Dropout(0.5, name="idle")(given["upper"]),
    }
    return Built(functional(keras, [a, b], outputs, "ports"), batches((4,), (4,)))


def ports_named_like_others(keras):
    """Inputs and outputs of the model that bear each other's names."""
    x, y = keras.Input((4,), name="first"), keras.Input((4,), name="second")
    joined = keras.layers.Subtract(name="output_1")([x, y])
    head = keras.layers.Dense(4, activation="relu", name="output_0")(joined)
    idle = keras.layers.Dropout(0.5, name="idle")(x)
    model = functional(keras, [x, y], [joined, head, idle], "ports")
    return Built(model, batches((4,), (4,)))


def inputs_by_name(keras):
    """A model that is fed by names which are those of other layers."""
    x, y = keras.Input((4,), name="first"), keras.Input((4,), name="second")
    joined = keras.layers.Subtract(name="joined")([x, y])
    head = keras.layers.Dense(4, activation="relu", name="head")(joined)
    model = functional(keras, {"second": x, "first": y}, head, "ports")
    return Built(model, batches((4,), (4,)))


def skipping_blocks(keras):
    """Blocks that return a sum, by a layer inside, and what skips the blocks after them. Nobody
    takes the last sum."""
    model = outputs.skipping(keras)
    redraw(model, seed=1)
    return Built(model, batches((4, 3)))


def gated_blocks(keras):
    """A transformer's block of layers with swish between, which is called twice with a tokenizer's mask."""

    class GatedBlock(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.gate = keras.layers.Dense(8, name="gate")
            self.value = keras.layers.Dense(8, name="value")
            self.down = keras.layers.Dense(6, name="down")

        def build(self, shape):
            self.gate.build(shape)
            self.value.build(shape)
            self.down.build((*shape[:-1], 8))
            self.built = True

        def call(self, inputs, padding_mask=None):
            gated = tf.nn.silu(self.gate(inputs)) * self.value(inputs)
            kept = tf.cast(padding_mask, inputs.dtype)
            return inputs + self.down(gated) * kept[:, :, tf.newaxis]

    layers = keras.layers
    tokens = keras.Input((5,), dtype="int32", name="tokens")
    mask = keras.Input((5,), dtype="int32", name="mask")
    x = layers.Embedding(9, 6, name="embedding")(tokens)
    block = GatedBlock(name="block")
    x = block(block(x, padding_mask=mask), padding_mask=mask)
    out = layers.Dense(3, name="head")(GatedBlock(name="last")(x, padding_mask=mask))
    model = functional(keras, [tokens, mask], out, "gated")
    arrays = [integers((5,), 9), np.minimum(integers((5,), 9, seed=31), 1)]
    return Built(model, arrays)
