"""Makes the models of the benchmark of batch sizes, with random weights."""

import os
import sys
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import keras

STEPS, NUMBERS, UNITS = 10, 100, 64
SIDE = 224


def lstm():
    """As in the benchmark of sequences."""
    events = keras.Input((STEPS, NUMBERS), name="x")
    return keras.Model(events, keras.layers.LSTM(UNITS, name="last")(events))


def of_images(name):
    model = getattr(keras.applications, name)(input_shape=(SIDE, SIDE, 3), include_top=False, weights=None)
    pixels = keras.Input((SIDE, SIDE, 3), name="x")
    pooled = keras.layers.GlobalAveragePooling2D(name="last")
    return keras.Model(pixels, pooled(model(pixels)))


def main():
    folder = Path(sys.argv[1])
    for name in sys.argv[2:]:
        if not (folder / name / "saved_model.pb").exists():
            keras.utils.set_random_seed(0)
            model = lstm() if name == "LSTM" else of_images(name)
            model.export(folder / name, format="tf_saved_model", verbose=False)


if __name__ == "__main__":
    main()
