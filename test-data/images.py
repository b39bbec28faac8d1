"""Makes images/<label>/ (scikit-learn's sample photos and crops of them), broken/ (files that no
decoder reads) and images.answers.*: each image decoded, resized and preprocessed by TensorFlow."""

import shutil
import sys
from importlib.resources import files
from pathlib import Path

from PIL import Image

TEST_DATA = Path(__file__).resolve().parent
sys.path.append(str(TEST_DATA / "models"))

from answer_files import write_files
from frameworks import keras3, tf

SIZE = (32, 32)
CROPS = {
    "china": [
        ("roof.jpg", (40, 60, 200, 180)),
        ("tower.jpg", (250, 150, 347, 283)),
        ("sky.jpg", (0, 0, 120, 90)),
        ("square.jpg", (300, 200, 396, 296)),
        ("wide.jpg", (100, 250, 300, 310)),
        ("tall.jpg", (500, 100, 551, 300)),
        ("trees.png", (560, 360, 640, 427)),
        ("shore.gif", (330, 230, 390, 275)),
    ],
    "flower": [
        ("heart.jpg", (230, 120, 390, 240)),
        ("petal.jpg", (120, 80, 217, 213)),
        ("edge.jpg", (400, 200, 520, 290)),
        ("square.jpg", (300, 200, 396, 296)),
        ("wide.jpg", (150, 300, 350, 360)),
        ("tall.jpg", (420, 100, 471, 300)),
        ("seeds.bmp", (290, 170, 337, 201)),
    ],
}
PREPROCESSED = ["china/tower.jpg", "china/trees.png", "flower/petal.jpg"]
MODES = ["tf", "torch", "caffe"]


def write_images(folder):
    """The photos as scikit-learn ships them, and crops in several formats and sizes."""
    for label, crops in CROPS.items():
        (folder / label).mkdir(parents=True)
        photo = folder / label / f"{label}.jpg"
        photo.write_bytes((files("sklearn.datasets.images") / f"{label}.jpg").read_bytes())
        for name, box in crops:
            Image.open(photo).crop(box).save(folder / label / name)


def write_broken(folder, jpeg):
    """An HTML page and half of a JPEG, both called .jpg."""
    folder.mkdir()
    page = "<!DOCTYPE html>\n<html><body><h1>404 Not Found</h1></body></html>\n"
    (folder / "not_an_image.jpg").write_text(page)
    (folder / "truncated.jpg").write_bytes(jpeg[: len(jpeg) // 2])


def decode(path):
    return tf.io.decode_image(path.read_bytes(), channels=3, expand_animations=False)


def resize(pixels):
    return tf.image.resize(pixels, SIZE, method="bilinear", antialias=False).numpy()


def preprocess(pixels, mode):
    return keras3.applications.imagenet_utils.preprocess_input(
        pixels.copy(), data_format="channels_last", mode=mode
    )


def assert_broken(folder):
    for path in sorted(folder.iterdir()):
        try:
            decode(path)
        except tf.errors.InvalidArgumentError:
            continue
        raise AssertionError(f"TensorFlow decodes {path.name}")


def write_answers(folder):
    arrays, images, preprocessed = {}, [], []
    for number, path in enumerate(sorted(folder.glob("*/*"))):
        name = f"{path.parent.name}/{path.name}"
        pixels = decode(path)
        resized = arrays[f"resized/{number}"] = resize(pixels)
        images.append(
            {
                "path": f"images/{name}",
                "shape": list(pixels.shape),
                "array": f"resized/{number}",
            }
        )
        for mode in MODES if name in PREPROCESSED else []:
            key = f"preprocessed/{len(preprocessed)}"
            arrays[key] = preprocess(resized, mode)
            preprocessed.append({"path": f"images/{name}", "mode": mode, "array": key})
    made_with = {"tensorflow": tf.__version__, "keras": keras3.__version__}
    head = {"made_with": made_with, "size": SIZE, "resize": "bilinear"}
    lists = {"images": images, "preprocessed": preprocessed}
    write_files(folder, head, lists, arrays)
    print(f"images: {len(images)} resized, {len(preprocessed)} preprocessed")


def main():
    images, broken = TEST_DATA / "images", TEST_DATA / "broken"
    for folder in (images, broken):
        shutil.rmtree(folder, ignore_errors=True)
    write_images(images)
    write_broken(broken, (images / "china" / "roof.jpg").read_bytes())
    assert_broken(broken)
    write_answers(images)


if __name__ == "__main__":
    main()
