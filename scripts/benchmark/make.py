"""Makes the data of the benchmark of images: photos of 500x375, and MobileNetV2 224x224 with random weights."""

import os
import sys
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import keras
import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images


def make_images(folder, count, seed=7):
    """Crops of scikit-learn's photos, flipped and in other brightness, so that no two are the same."""
    random = np.random.default_rng(seed)
    photos = [Image.fromarray(photo) for photo in load_sample_images().images]
    folder.mkdir(parents=True)
    for number in range(count):
        photo = photos[number % len(photos)]
        width = int(random.integers(250, 500))
        height = width * 375 // 500
        left = int(random.integers(0, photo.width - width))
        top = int(random.integers(0, photo.height - height))
        crop = photo.crop((left, top, left + width, top + height)).resize((500, 375))
        if random.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        brightness = random.uniform(0.7, 1.2)
        crop.point(lambda value: value * brightness).save(folder / f"{number:05d}.jpg", quality=90)


def make_model(folder):
    """The same weights for both: a SavedModel for layertap, an archive for Keras."""
    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(
        input_shape=(224, 224, 3), include_top=False, weights=None
    )
    model.export(folder / "model", format="tf_saved_model", verbose=False)
    model.save(folder / "model.keras")


def main():
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    images = folder / f"images-{count}"
    if not images.exists():
        make_images(images, count)
    if not (folder / "model.keras").exists():
        make_model(folder)


if __name__ == "__main__":
    main()
