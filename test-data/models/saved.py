"""Functional models that Keras 3 made and `tf.saved_model.save` wrote: their object graphs list the
layers in order, but name and join none of them."""

import answers
from frameworks import empty_folder, keras3, random_batch, start, tf


def build():
    """One layer without weights alone between two with weights, and two in a row, of which one
    leaves no ops."""
    start(seed=0)
    layers = keras3.layers
    numbers = keras3.Input((6,), name="numbers")
    x = layers.Dense(4, name="project")(numbers)
    x = layers.ReLU(name="rectify")(x)
    x = layers.Dense(3, name="hidden")(x)
    x = layers.Dropout(0.5, name="drop")(x)
    x = layers.Activation("tanh", name="squash")(x)
    x = layers.Dense(2, activation="softmax", name="head")(x)
    return keras3.Model(numbers, x, name="listed")


def build_called_again():
    """Between two calls of a layer stands another without weights: it feeds the second call, and is
    listed after the layer."""
    start(seed=0)
    layers = keras3.layers
    left, right = keras3.Input((4,), name="left"), keras3.Input((4,), name="right")
    step = layers.Dense(4, name="step")
    other = layers.Dense(4, name="other")
    gate = layers.Multiply(name="gate")([step(left), other(right)])
    out = layers.ReLU(name="rectify")(step(gate))
    return keras3.Model([left, right], out, name="again")


def write(model, name, shapes):
    folder = empty_folder(name)
    tf.saved_model.save(model, str(folder))
    inputs = [random_batch(shape, seed=31 + n, low=-1.0) for n, shape in enumerate(shapes)]
    answers.write_keras3(folder, model, inputs, maker="keras3-saved")


def main():
    write(build(), "listed_saved_keras3", [(2, 6)])
    write(build_called_again(), "called_again_saved_keras3", [(2, 4), (2, 4)])


if __name__ == "__main__":
    main()
