"""A small convolutional network for 28x28 grey images, as Sequential and as functional model with
branches, each saved by Keras 2 and exported by Keras 3."""

import answers
from frameworks import (
    export_keras3,
    keras2,
    keras3,
    random_batch,
    randomize_batch_normalization,
    save_keras2,
    start,
)


def first_block(layers):
    return [
        layers.Conv2D(8, 3, activation="relu", bias_initializer="random_normal", name="conv1"),
        layers.BatchNormalization(name="bn1"),
        layers.MaxPooling2D(name="pool1"),
        layers.Dropout(0.25, name="drop1"),
    ]


def second_convolution(layers, padding):
    return layers.Conv2D(
        16, 3, padding=padding, activation="relu", bias_initializer="random_normal", name="conv2"
    )


def head(layers):
    return [
        layers.Dense(32, activation="relu", bias_initializer="random_normal", name="dense1"),
        layers.Dense(
            10, activation="softmax", bias_initializer="random_normal", name="predictions"
        ),
    ]


def chain(layers, tensor):
    for layer in layers:
        tensor = layer(tensor)
    return tensor


def sequential(keras):
    layers = keras.layers
    middle = [
        second_convolution(layers, "valid"),
        layers.BatchNormalization(name="bn2"),
        layers.MaxPooling2D(name="pool2"),
        layers.Flatten(name="flatten"),
    ]
    return keras.Sequential(
        [keras.Input((28, 28, 1)), *first_block(layers), *middle, *head(layers)], name="cnn"
    )


def functional(keras):
    layers = keras.layers
    image = keras.Input((28, 28, 1), name="image")
    trunk = chain(first_block(layers), image)
    convolved = chain(
        [second_convolution(layers, "same"), layers.BatchNormalization(name="bn2")], trunk
    )
    shortcut = layers.Conv2D(16, 1, name="shortcut")(trunk)
    added = layers.Add(name="add")([convolved, shortcut])
    pooled = layers.MaxPooling2D(name="pool2")(added)
    joined = layers.Concatenate(name="concatenate")(
        [layers.Flatten(name="flatten")(pooled), layers.GlobalAveragePooling2D(name="mean")(added)]
    )
    return keras.Model(image, chain(head(layers), joined), name="cnn")


def build(kind, keras, seed):
    start(seed)
    model = kind(keras)
    randomize_batch_normalization(model, seed)
    return model


def main():
    inputs = [random_batch((2, 28, 28, 1), seed=10)]
    for seed, kind in enumerate((sequential, functional)):
        model = build(kind, keras2, seed)
        answers.write_keras2(save_keras2(model, f"cnn_{kind.__name__}_keras2"), model, inputs)
        model = build(kind, keras3, seed)
        answers.write_keras3(export_keras3(model, f"cnn_{kind.__name__}_keras3"), model, inputs)


if __name__ == "__main__":
    main()
