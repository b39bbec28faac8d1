"""Makes the data of the benchmark of Grad-CAMs: photos, and MobileNetV2 with its classifier."""

import os
import sys
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import keras

from make import make_images


def make_model(folder):
    """Random weights, scores before their softmax; for layertap and for Keras the same."""
    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(
        input_shape=(224, 224, 3), weights=None, classifier_activation=None
    )
    model.export(folder / "gradcam", format="tf_saved_model", verbose=False)
    model.save(folder / "gradcam.keras")


def main():
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    images = folder / f"images-{count}"
    if not images.exists():
        make_images(images, count)
    if not (folder / "gradcam.keras").exists():
        make_model(folder)


if __name__ == "__main__":
    main()
