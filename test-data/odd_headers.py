"""Makes odd-headers/: small images that say their size where few look, and odd-headers/answers.json,
their pixels as TensorFlow decodes them."""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

FOLDER = Path(__file__).resolve().parent / "odd-headers"


def image(width, height, seed):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def encoded(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def frame(width, height, seed, left=0, top=0):
    """A frame of a GIF with colours of its own."""
    gif = encoded(image(width, height, seed).quantize(16), "GIF")
    flags = gif[10]
    colors = 3 << ((flags & 7) + 1)
    start = gif.index(b",", 13 + colors)
    pixels = gif[start + 10 : gif.rindex(b";")]
    descriptor = struct.pack("<HHHHB", left, top, width, height, 0x80 | (flags & 7))
    return b"," + descriptor + gif[13 : 13 + colors] + pixels


def gif(*records, screen=(8, 8)):
    return b"GIF89a" + struct.pack("<HHBBB", *screen, 0, 0, 0) + b"".join(records) + b";"


def write_images():
    FOLDER.mkdir(exist_ok=True)

    def write(name, contents):
        (FOLDER / name).write_bytes(contents)

    comment = b"!\xfe\x05hello\x00"
    control = b"!\xf9\x04\x00\x0a\x00\x00\x00"
    # giflib reads on after an extension whose first block is empty.
    empty = b"!\xfe\x00\x03abc\x00"
    whole = [frame(6, 5, seed) for seed in (1, 2, 3)]
    write("first_largest.gif", gif(control, whole[0], comment, whole[1], control, whole[2]))
    write("first_smaller.gif", gif(frame(4, 3, 4, 1, 1), whole[0]))
    write("wide_and_high.gif", gif(frame(7, 2, 5), frame(2, 6, 6)))
    write("larger_than_screen.gif", gif(whole[0], screen=(2, 2)))
    write("beside_the_corner.gif", gif(frame(4, 3, 7, 2, 1)))
    write("empty_comment.gif", gif(empty, whole[1], empty, whole[0]))
    write("second_cut.gif", gif(whole[2], whole[0])[:-40])
    write("after_the_end.gif", gif(whole[2]) + whole[0] * 2)
    jpeg = encoded(image(6, 5, 8), "JPEG", quality=90)
    between = b"\x00\x01junk\xff\x00more"
    write("garbage_between.jpg", jpeg[:20] + between + jpeg[20:])
    write("filled_markers.jpg", jpeg[:2] + b"\xff" * 5 + b"\xff\xd0\xff\x01" + jpeg[2:])
    png = encoded(image(6, 5, 9), "PNG")
    write("chunk_before_header.png", png[:8] + chunk(b"abCd", b"ahead") + png[8:])
    texts = chunk(b"zTXt", b"key\0\0" + zlib.compress(b"text" * 100)) + chunk(
        b"iTXt", b"key\0\1\0\0\0" + zlib.compress(b"text" * 100)
    )
    end = png.index(b"IEND") - 4
    write("texts.png", png[:33] + texts + chunk(b"tEXt", b"key\0text") + png[33:end] + texts + png[end:])


def main():
    write_images()
    answers = {}
    for path in sorted(FOLDER.iterdir()):
        if path.suffix != ".json":
            pixels = tf.io.decode_image(path.read_bytes(), channels=3, expand_animations=False)
            answers[path.name] = {"shape": pixels.shape.as_list(), "pixels": pixels.numpy().ravel().tolist()}
            print(path.name, path.stat().st_size, pixels.shape)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items())
    (FOLDER / "answers.json").write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
