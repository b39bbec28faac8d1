"""A model that takes images of every type of number, and what Python makes of photos for it: pixels as
tf.image.resize gives them, cast; for whole numbers rounded and saturated before."""

import json
import shutil
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TEST_DATA = HERE.parent
sys.path.insert(0, str(TEST_DATA / "models"))

from frameworks import tf  # noqa: E402

SIZE = (9, 14)
PHOTOS = ["odd/alpha.png", "odd/cmyk.jpg", "odd/tiny.png"]
WHOLE = ["uint8", "int16", "uint16", "int32", "uint32", "int64"]
FRACTIONS = ["float16", "bfloat16", "float32", "float64"]
OPTIONS = {
    "bilinear": {"method": "bilinear"},
    "nearest": {"method": "nearest"},
    "bicubic": {"method": "bicubic"},
    "lanczos3": {"method": "lanczos3", "antialias": True},
    "none": None,
}


class ImageTypes(tf.Module):
    """Gives back what it takes, as float64, which holds all of them."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None, None, 3], tf.as_dtype(name), name)
            for name in WHOLE + FRACTIONS
        ]
    )
    def __call__(self, *images):
        names = WHOLE + FRACTIONS
        return {f"got_{name}": tf.cast(image, tf.float64) for name, image in zip(names, images)}


def answers(arrays):
    """For each option and photo the values of each type."""
    entries = []
    for path in PHOTOS:
        pixels = tf.io.decode_image((TEST_DATA / path).read_bytes(), channels=3)
        for name, options in OPTIONS.items():
            resized = pixels if options is None else tf.image.resize(pixels, SIZE, **options)
            resized = tf.cast(resized, tf.float32)
            values = {kind: tf.saturate_cast(tf.round(resized), kind) for kind in WHOLE}
            values |= {kind: tf.cast(resized, kind) for kind in FRACTIONS}
            for kind, value in values.items():
                entry = {"path": path, "resize": name, "type": kind, "array": f"{len(arrays)}"}
                arrays[entry["array"]] = tf.cast(value, tf.float64).numpy().reshape(-1)
                entries.append(entry)
    return entries


def main():
    folder = HERE / "image_types"
    shutil.rmtree(folder, ignore_errors=True)
    module = ImageTypes()
    tf.saved_model.save(module, str(folder), signatures=module.__call__)
    arrays = {}
    lines = ",\n".join(json.dumps(entry) for entry in answers(arrays))
    (HERE / "image_types.answers.json").write_text(f"[\n{lines}\n]\n")
    np.savez_compressed(HERE / "image_types.answers.npz", **arrays)
    print(len(arrays), "arrays")


if __name__ == "__main__":
    main()
