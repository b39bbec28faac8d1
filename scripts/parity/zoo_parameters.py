"""Layers that own weights which inference does not read, and what looks like weights but is none:
Keras counts the former among a layer's parameters, seeds, metrics and optimizers' slots never."""

import numpy as np

from frameworks import random_batch
from zoo_common import Built, batches, functional


def custom_layers(keras):
    """A layer that computes with one of its two weights, and one that hands on what it takes."""

    class HalfUsed(keras.layers.Layer):
        def build(self, shape):
            self.used = self.add_weight(name="used", shape=(4,), initializer="ones")
            self.unused = self.add_weight(name="unused", shape=(3, 5))
            super().build(shape)

        def call(self, inputs):
            return inputs * self.used

        def get_config(self):
            return super().get_config()

    class Counting(keras.layers.Layer):
        without_ops = True

        def build(self, shape):
            self.steps = self.add_weight(name="steps", shape=(7,), trainable=False)
            super().build(shape)

        def call(self, inputs):
            return inputs

    return HalfUsed, Counting


def unread_weights(keras):
    """Weights of which inference reads none or some, in layers of one name in two models."""
    layers = keras.layers
    half_used, counting = custom_layers(keras)
    half = keras.Input((4,), name="half")
    inner = half_used(name="half_used")(half)
    inner = counting(name="counting")(inner)
    inner = layers.Dense(4, name="dense")(inner)
    encoder = keras.Model(half, inner, name="encoder")
    events = keras.Input((4,), name="events")
    normalization = layers.Normalization(name="normalization")
    normalization.adapt(random_batch((16, 4), 3))
    x = normalization(events)
    x = layers.Dense(4, name="dense")(x)
    x = half_used(name="half_used")(x)
    x = layers.Dropout(0.5, seed=3, name="dropout")(x)
    x = encoder(x)
    x = counting(name="counted")(x)
    x = layers.BatchNormalization(scale=False, name="bn")(x)
    if hasattr(layers, "RMSNormalization"):  # Keras 2's fails beside Keras 3
        inside = layers.Dense(4, name="inner")
        x = layers.SpectralNormalization(inside, name="spectral")(x)
    x = layers.GaussianNoise(0.1, seed=3, name="noise")(x)
    x = layers.Dense(2, name="head")(x)
    return Built(functional(keras, events, x, "unread"), batches((4,)))


def trained_inside(keras):
    """A model that was trained by itself, with its optimizer and metrics, inside another."""
    layers = keras.layers
    encoder = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(5, activation="relu", name="dense"),
            layers.BatchNormalization(name="bn"),
            layers.Dropout(0.2, seed=3, name="dropout"),
            layers.Dense(3, name="head"),
        ],
        name="encoder",
    )
    train(encoder)
    events = keras.Input((4,), name="events")
    x = encoder(events)
    x = layers.Dense(6, activation="tanh", name="dense")(x)
    model = functional(keras, events, layers.Dense(3, name="head")(x), "outer")
    train(model)
    return Built(model, batches((4,)))


def train(model):
    model.compile("adam", "mse", metrics=["mae", "mse"])
    model.fit(random_batch((16, 4), 5), np.ones((16, 3)), epochs=1, verbose=0)
