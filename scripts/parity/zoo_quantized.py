"""Keras 3 models whose layers compute with quantized weights or with weights of low rank beside."""

import numpy as np

from zoo_common import Built, batches, functional


def network(keras):
    """Layers of Keras that can be quantized, with an activation after a bias and without one."""
    layers = keras.layers
    events = keras.Input((6, 8), name="events")
    x = layers.Dense(8, activation="relu", name="hidden")(events)
    x = layers.Dense(5, activation="tanh", use_bias=False, name="code")(x)
    for name, activation, axes in (("einsum", "gelu", None), ("biased", "softsign", "d")):
        x = layers.EinsumDense(
            "abc,cd->abd", (6, 7), activation=activation, bias_axes=axes, name=name
        )(x)
    x = layers.Flatten(name="flatten")(x)
    return functional(keras, events, layers.Dense(3, name="head")(x), "network")


def in_8_bits(keras):
    """Products of integers, divided by scales."""
    return _quantized(keras, "int8")


def in_4_bits(keras):
    """Weights that are unpacked and scaled before they are used."""
    return _quantized(keras, "int4")


def of_low_rank(keras):
    """Layers with weights of low rank beside their own."""
    model = network(keras)
    random = np.random.default_rng(3)
    for name in ("hidden", "code", "einsum", "biased"):
        layer = model.get_layer(name)
        layer.enable_lora(2)
        for weight in (layer.lora_kernel_a, layer.lora_kernel_b):
            weight.assign(random.normal(0.0, 0.3, weight.shape))
    return Built(model, batches((6, 8)))


def _quantized(keras, mode):
    model = network(keras)
    model.quantize(mode)
    return Built(model, batches((6, 8)))
