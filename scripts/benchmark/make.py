"""Makes the data of the benchmark of images: photos of 500x375, and MobileNetV2 (or another model of
keras.applications) 224x224 with random weights: FOLDER COUNT [NAME]"""

import os
import shutil
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


def files(folder, name):
    """A SavedModel for layertap, an archive for Keras; of the same weights."""
    stem = "model" if name == "MobileNetV2" else f"model-{name}"
    return folder / stem, folder / f"{stem}.keras"


def make_model(folder, name):
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(input_shape=(224, 224, 3), include_top=False, weights=None)
    saved, archive = files(folder, name)
    model.export(saved, format="tf_saved_model", verbose=False)
    model.save(archive)


def main():
    folder, count, name = Path(sys.argv[1]), int(sys.argv[2]), *(sys.argv[3:] or ["MobileNetV2"])
    images = folder / f"images-{count}"
    if not images.exists():
        unfinished = images.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        make_images(unfinished, count)
        unfinished.rename(images)
    if not files(folder, name)[1].exists():
        make_model(folder, name)


if __name__ == "__main__":
    main()
