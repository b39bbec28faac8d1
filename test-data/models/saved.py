"""A functional model that Keras 3 made and `tf.saved_model.save` wrote: its object graph lists the
layers in order, but names and joins none of them."""

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


def main():
    model = build()
    folder = empty_folder("listed_saved_keras3")
    tf.saved_model.save(model, str(folder))
    inputs = [random_batch((2, 6), seed=31, low=-1.0)]
    answers.write_keras3(folder, model, inputs, maker="keras3-saved")


if __name__ == "__main__":
    main()
