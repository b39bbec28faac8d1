"""A model of a class of its own that has weights beside those of its layers, one of which inference does
not read: saved by Keras 2, exported by Keras 3."""

import numpy as np

import answers
from answer_files import Answer
from frameworks import export_keras3, keras2, keras3, random_batch, save_keras2, start


def build(keras):
    """11 parameters of its own, 23 of its layers."""
    start(seed=0)
    layers = keras.layers

    class Scaled(keras.Model):
        def __init__(self, **options):
            super().__init__(**options)
            self.first = layers.Dense(3, name="first")
            self.second = layers.Dense(2, name="second")

        def build(self, shape):
            self.scale = self.add_weight(shape=(3,), initializer="random_normal", name="scale")
            self.unread = self.add_weight(shape=(8,), initializer="ones", name="unread")
            self.first.build(shape)
            self.second.build((None, 3))
            self.built = True

        def call(self, values):
            return self.second(self.first(values) * self.scale)

    return Scaled(name="scaled")


def main():
    values = random_batch((2, 4), seed=26, low=-1.0)
    for keras, save, version in (
        (keras2, save_keras2, "keras2"),
        (keras3, export_keras3, "keras3"),
    ):
        model = build(keras)
        result = np.asarray(model(values))
        folder = save(model, f"owned_{version}")
        first = np.asarray(model.first(values))
        found = [
            Answer("first", first, "Dense", parameters=model.first.count_params()),
            Answer("second", result, "Dense", parameters=model.second.count_params()),
        ]
        saved = answers.Saved.at(folder, version, keras=keras.__version__)
        key = next(iter(saved.signature.structured_input_signature[1]))
        saved.write({key: values}, [result], found)
        print(f"{folder.name}: {model.count_params()} parameters")


if __name__ == "__main__":
    main()
