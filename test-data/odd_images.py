"""Makes odd/ (images of every kind that people keep, some unreadable) and odd.answers.*: each as
TensorFlow decodes it, and what Python does to photos under every image option."""

import io
import shutil
import struct
import sys
import zlib
from pathlib import Path

from PIL import Image

TEST_DATA = Path(__file__).resolve().parent
sys.path.append(str(TEST_DATA / "models"))

from answer_files import write_files
from frameworks import keras2, keras3, np, tf

ODD = TEST_DATA / "odd"
SIZE = (9, 14)
PHOTOS = ["images/china/tower.jpg", "images/china/trees.png", "images/flower/wide.jpg", "odd/tiny.png"]
METHODS = ["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5"]
FAMILIES = {
    2: ["regnet", "resnet_rs"],
    3: [
        "convnext", "densenet", "efficientnet", "efficientnet_v2", "inception_resnet_v2",
        "inception_v3", "mobilenet", "mobilenet_v2", "mobilenet_v3", "nasnet", "resnet",
        "resnet50", "resnet_v2", "vgg16", "vgg19", "xception",
    ],
}  # fmt: skip


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, color, rows, interlaced=0):
    """A PNG of raw rows, each with its filter byte."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, interlaced)
    data = zlib.compress(rows, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def interlaced_png(pixels):
    """An Adam7-interlaced PNG of RGB pixels."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    rows = b""
    for top, left, down, right in passes:
        for row in pixels[top::down, left::right]:
            rows += b"\0" + row.tobytes() if row.size else b""
    return png(pixels.shape[1], pixels.shape[0], 8, 2, rows, interlaced=1)


def huge_png():
    """30,000 x 30,000 black pixels of one bit in about 100 KB."""
    side = 30000
    row = b"\0" * (1 + (side + 7) // 8)
    compress = zlib.compressobj(9)
    data = b"".join(compress.compress(row * 1000) for _ in range(side // 1000)) + compress.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def write_corpus():
    shutil.rmtree(ODD, ignore_errors=True)
    ODD.mkdir()
    photo = Image.open(TEST_DATA / "images" / "china" / "square.jpg").resize((40, 30))

    def save(name, image, **options):
        image.save(ODD / name, **options)

    save("baseline.jpg", photo)
    save("progressive.jpg", photo, progressive=True)
    save("grayscale.jpg", photo.convert("L"))
    save("cmyk.jpg", photo.convert("CMYK"))
    save("palette.png", photo.quantize(32))
    save("palette_transparent.png", photo.quantize(32), transparency=3)
    save("alpha.png", Image.merge("RGBA", (*photo.split(), photo.convert("L"))))
    save("grayscale.png", photo.convert("L"))
    save("grayscale_alpha.png", Image.merge("LA", (photo.convert("L"), photo.convert("L"))))
    save("one_bit.png", photo.convert("1"))
    pixels = np.asarray(photo)
    wide = pixels.astype(">u2") * 257 - 100 * (pixels > 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in wide)
    (ODD / "sixteen_bit.png").write_bytes(png(40, 30, 16, 2, rows))
    (ODD / "interlaced.png").write_bytes(interlaced_png(pixels))
    save("plain.bmp", photo)
    save("palette.bmp", photo.quantize(32))
    save("grayscale.bmp", photo.convert("L"))
    save("alpha.bmp", photo.convert("RGBA"))
    save("plain.gif", photo)
    frames = [photo.rotate(angle) for angle in (90, 180)]
    save("animated.gif", photo, save_all=True, append_images=frames)
    save("one_pixel.png", photo.resize((1, 1)))
    save("one_row.jpg", photo.resize((40, 1)))
    save("tiny.png", photo.resize((5, 4)))
    save("lossy.webp", photo)
    save("plain.tiff", photo)
    save("jpeg_2000.jp2", photo)
    jpeg = (ODD / "baseline.jpg").read_bytes()
    precision = jpeg.index(b"\xff\xc0") + 4
    (ODD / "twelve_bit.jpg").write_bytes(jpeg[:precision] + b"\x0c" + jpeg[precision + 1 :])
    (ODD / "truncated.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (ODD / "header_only.jpg").write_bytes(jpeg[:20])
    (ODD / "truncated.png").write_bytes((ODD / "interlaced.png").read_bytes()[:300])
    (ODD / "truncated.gif").write_bytes((ODD / "plain.gif").read_bytes()[:300])
    (ODD / "truncated.bmp").write_bytes((ODD / "plain.bmp").read_bytes()[:300])
    (ODD / "page.jpg").write_text("<!DOCTYPE html>\n<html><body>404</body></html>\n")
    (ODD / "empty.jpg").write_bytes(b"")
    (ODD / "huge.png").write_bytes(huge_png())


def decode(path, channels=3):
    return tf.io.decode_image(path.read_bytes(), channels=channels, expand_animations=False)


def corpus_answers(arrays):
    entries = []
    for path in sorted(ODD.iterdir()):
        entry = {"path": f"odd/{path.name}", "array": None}
        try:
            pixels = None if path.name == "huge.png" else decode(path)
        except tf.errors.InvalidArgumentError:
            pixels = None
        if pixels is not None:
            entry |= {"array": f"corpus/{path.name}", "shape": list(pixels.shape)}
            arrays[entry["array"]] = tf.image.resize(pixels, SIZE).numpy()
        entries.append(entry)
    return entries


def option_answers(arrays):
    """Every method, with and without antialiasing, each way to fit; then the other options."""
    entries = []

    def add(path, value, **options):
        key = f"option/{len(entries)}"
        arrays[key] = np.asarray(value, np.float32)
        entries.append({"path": path, "array": key, "options": options})

    for path in PHOTOS:
        pixels = decode(TEST_DATA / path)
        for method in METHODS:
            for antialias in (False, True):
                options = {"method": method, "antialias": antialias}
                add(path, tf.image.resize(pixels, SIZE, **options), **options, fit="stretch")
                padded = tf.image.resize_with_pad(pixels, *SIZE, **options)
                add(path, padded, **options, fit="pad")
        for method in ("bilinear", "nearest", "bicubic", "lanczos3", "lanczos5", "area"):
            cropped = keras3.utils.img_to_array(cropped_like_keras(pixels.numpy()))
            for antialias in (False, True):
                resized = tf.image.resize(cropped, SIZE, method=method, antialias=antialias)
                if method in ("bilinear", "nearest") and not antialias:
                    smart = keras3.preprocessing.image.smart_resize(pixels.numpy(), SIZE, method)
                    assert np.allclose(smart, resized, atol=1e-3)
                add(path, resized, method=method, antialias=antialias, fit="crop")
        plain = tf.image.resize(pixels, SIZE).numpy()
        add(path, plain[..., ::-1], channels="bgr")
        add(path, tf.image.resize(decode(TEST_DATA / path, 1), SIZE), channels="grayscale")
        crop = keras3.layers.CenterCrop(5, 8)(plain[np.newaxis])[0]
        add(path, crop, center_crop=[5, 8])
        mean, std, scale = np.float32([0.4, 0.5, 0.6]), np.float32([0.2, 0.25, 0.3]), np.float32(1 / 256)
        add(path, (plain * scale - mean) / std, mean=[0.4, 0.5, 0.6], std=[0.2, 0.25, 0.3], scale=1 / 256)
        add(path, plain * np.float32(0.5), scale=0.5)
    plain = tf.image.resize(decode(TEST_DATA / PHOTOS[0]), SIZE).numpy()
    assert families_of(keras3) == set(FAMILIES[3])
    assert families_of(keras2) == set(FAMILIES[2] + FAMILIES[3])
    for keras, families in FAMILIES.items():
        for family in families:
            module = getattr({2: keras2, 3: keras3}[keras].applications, family)
            add(PHOTOS[0], module.preprocess_input(plain.copy()), preprocessing=family)
    return entries


def families_of(keras):
    """The modules that preprocess for their models; imagenet_utils is what they call."""
    found = {
        name
        for name in dir(keras.applications)
        if hasattr(getattr(keras.applications, name), "preprocess_input")
    }
    return found - {"imagenet_utils"}


def cropped_like_keras(pixels):
    """What smart_resize cuts out, in the integers of its source."""
    height, width = pixels.shape[:2]
    crop_height = max(min(height, int(float(width * SIZE[0]) / SIZE[1])), 1)
    crop_width = max(min(width, int(float(height * SIZE[1]) / SIZE[0])), 1)
    top, left = int(float(height - crop_height) / 2), int(float(width - crop_width) / 2)
    return pixels[top : top + crop_height, left : left + crop_width]


def main():
    write_corpus()
    arrays = {}
    corpus, options = corpus_answers(arrays), option_answers(arrays)
    made_with = {"tensorflow": tf.__version__, "keras": keras3.__version__}
    head = {"made_with": made_with, "size": SIZE}
    write_files(ODD, head, {"corpus": corpus, "options": options}, arrays)
    for entry in corpus:
        print(entry["path"], entry.get("shape", "refused"))
    print(f"{len(options)} options")


if __name__ == "__main__":
    main()
