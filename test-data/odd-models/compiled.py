"""A network that Keras 3 exports with the JAX backend: one op holds all of it, compiled. Needs jax besides
what requirements.txt lists."""

import os
from pathlib import Path

os.environ.update(KERAS_BACKEND="jax", JAX_PLATFORMS="cpu", TF_CPP_MIN_LOG_LEVEL="3")

import keras  # noqa: E402


def main():
    keras.utils.set_random_seed(0)
    numbers = keras.Input((4,), name="numbers")
    hidden = keras.layers.Dense(3, activation="relu", name="hidden")(numbers)
    head = keras.layers.Dense(2, name="head")(hidden)
    model = keras.Model(numbers, head, name="compiled")
    folder = Path(__file__).resolve().parent / "compiled_keras3"
    model.export(str(folder), format="tf_saved_model", verbose=False)


if __name__ == "__main__":
    main()
