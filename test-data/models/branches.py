"""A functional model of two inputs with a shared layer and two models inside it, saved by Keras 2 and
exported by Keras 3, with the topology of each."""

import sys

import answers
from frameworks import MODELS, export_keras3, keras2, keras3, random_batch, save_keras2, start

sys.path.append(str(MODELS.parents[1] / "scripts" / "parity"))
import probes

WANTED = answers.Wanted((probes.inputs, probes.pre_activation), topology=True)


def encoder(keras, name, activation, units):
    """Both models have a layer `hidden`; only one has a layer `code`."""
    layers = keras.layers
    taken = keras.Input((3,), name=f"{name}_input")
    hidden = layers.Dense(units, activation=activation, name="hidden")(taken)
    hidden = layers.Dropout(0.5, name="drop")(hidden)
    returned = layers.Dense(2, name="code")(hidden) if name == "encoder" else hidden
    return keras.Model(taken, returned, name=name)


def build(keras):
    start(seed=0)
    layers = keras.layers
    left = keras.Input((4,), name="left")
    right = keras.Input((4,), name="right")
    project = layers.Dense(3, activation="relu", name="project")
    first, second = project(left), project(right)
    difference = layers.Subtract(name="difference")([second, first])
    coded = encoder(keras, "encoder", "relu", 4)(first)
    decoded = encoder(keras, "decoder", "tanh", 3)(difference)
    joined = layers.Concatenate(name="joined")([coded, decoded])
    kept = layers.Dropout(0.5, name="keep")(joined)
    head = layers.Dense(2, activation="softmax", name="head")(kept)
    return keras.Model([left, right], head, name="branches")


def main():
    inputs = [random_batch((2, 4), seed=21, low=-1.0), random_batch((2, 4), seed=22, low=-1.0)]
    model = build(keras2)
    answers.write_keras2(save_keras2(model, "branches_keras2"), model, inputs, WANTED)
    model = build(keras3)
    answers.write_keras3(export_keras3(model, "branches_keras3"), model, inputs, WANTED)


if __name__ == "__main__":
    main()
