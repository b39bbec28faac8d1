"""Makes image-formats/ (WebP and TIFF images of every kind that is read, images of all eight
orientations, and kinds that are refused) and image-formats.answers.*: the pixels that Pillow makes
of them. Samples of 16 bits and of floats are made bytes by tf.image.convert_image_dtype."""

import io
import shutil
import struct
import sys
import zlib
from pathlib import Path

from PIL import Image, ImageOps, __version__ as pillow

TEST_DATA = Path(__file__).resolve().parent
sys.path.append(str(TEST_DATA / "models"))

from answer_files import write_files
from frameworks import np, tf

FORMATS = TEST_DATA / "image-formats"
SIZE = (9, 14)
ORIENTATION = 274


def webp_chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp_file(*chunks):
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def three(number):
    return struct.pack("<I", number)[:3]


def animation_beside(still, width, height):
    """An animation whose first frame leaves a part of its canvas free."""
    data = still[12:]
    place = three(3) + three(2) + three(width - 1) + three(height - 1) + three(100) + b"\0"
    frame = webp_chunk(b"ANMF", place + data)
    canvas = webp_chunk(b"VP8X", b"\2\0\0\0" + three(width + 9) + three(height + 6))
    return webp_file(canvas, webp_chunk(b"ANIM", b"\xff\x80\x40\xff\0\0"), frame, frame)


def tiff(width, height, tags, parts, order="<", tile=None):
    """A TIFF file of `tags` {number: (type, values)} and its strips or tiles."""
    tags = {256: ("I", [width]), 257: ("I", [height]), **tags}
    offsets, lengths = (324, 325) if tile else (273, 279)
    if tile:
        tags |= {322: ("I", [tile]), 323: ("I", [tile])}
    tags |= {offsets: ("I", [0] * len(parts)), lengths: ("I", [len(part) for part in parts])}
    numbers = {"B": 1, "H": 3, "I": 4}
    beside = 8 + 2 + 12 * len(tags) + 4
    values = sum(struct.calcsize(kind) * len(value) for kind, value in tags.values())
    start = beside + values + values % 2
    tags[offsets] = ("I", [start + sum(map(len, parts[:i])) for i in range(len(parts))])
    entries, more = b"", b""
    for number in sorted(tags):
        kind, value = tags[number]
        raw = struct.pack(f"{order}{len(value)}{kind}", *value)
        place = raw.ljust(4, b"\0")
        if len(raw) > 4:
            place = struct.pack(f"{order}I", beside + len(more))
            more += raw
        entries += struct.pack(f"{order}HHI", number, numbers[kind], len(value)) + place
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HIH", 42, 8, len(tags))
    head += entries + b"\0\0\0\0" + more
    return head.ljust(start, b"\0") + b"".join(parts)


def layout(bits, photometric, samples=3, compression=1, **more):
    names = {"planar": 284, "predictor": 317, "palette": 320, "extra": 338, "kind": 339, "fill": 266}
    tags = {
        258: ("H", [bits] * samples),
        259: ("H", [compression]),
        262: ("H", [photometric]),
        277: ("H", [samples]),
    }
    return tags | {names[name]: ("H", value) for name, value in more.items()}


def packed(pixels, bits):
    """Rows of samples of fewer than eight bits."""
    count = 8 // bits
    rows = np.pad(pixels, ((0, 0), (0, -pixels.shape[1] % count))) >> 8 - bits
    return sum(rows[:, i::count] << 8 - bits * (i + 1) for i in range(count)).astype(np.uint8).tobytes()


def tiles(pixels, side, pack=bytes):
    parts = []
    for top in range(0, pixels.shape[0], side):
        for left in range(0, pixels.shape[1], side):
            tile = pixels[top : top + side, left : left + side]
            missing = [(0, side - size) for size in tile.shape[:2]] + [(0, 0)] * (tile.ndim - 2)
            parts.append(pack(np.pad(tile, missing).tobytes()))
    return parts


def write(name, file):
    (FORMATS / name).write_bytes(file)


def save(name, image, **options):
    image.save(FORMATS / name, **options)


def write_webp(photo, small):
    grey = small.convert("L")
    alpha = Image.merge("RGBA", (*small.split(), grey))
    for quality in (0, 30, 75, 100):
        save(f"lossy_{quality}.webp", photo, quality=quality, method=quality % 7)
    save("lossy_small.webp", small, quality=60)
    save("lossy_alpha.webp", alpha, quality=60, exact=True)
    save("lossless.webp", small, lossless=True)
    save("lossless_alpha.webp", alpha, lossless=True, exact=True)
    save("lossless_alpha_cleared.webp", alpha, lossless=True)
    save("lossless_palette.webp", small.quantize(16).convert("RGB"), lossless=True)
    save("lossless_two_colours.webp", small.quantize(2).convert("RGB"), lossless=True)
    save("one_pixel.webp", small.resize((1, 1)))
    frames = {"save_all": True, "append_images": [small.rotate(90)], "duration": 100}
    save("animated.webp", small, **frames)
    save("animated_alpha.webp", alpha, **frames | {"append_images": [alpha.rotate(90)]}, lossless=True)
    write("animated_beside.webp", animation_beside((FORMATS / "lossy_small.webp").read_bytes(), *small.size))
    noise = np.random.default_rng(1).integers(0, 256, (33, 35, 3), dtype=np.uint8)
    save("noise.webp", Image.fromarray(noise), quality=80)
    save("noise_lossless.webp", Image.fromarray(noise), lossless=True)
    save("metadata.webp", small, quality=60, icc_profile=b"x" * 101, exif=exif(1))


def write_tiff(photo):
    grey = photo.convert("L")
    for name, compression in {
        "raw": None, "lzw": "tiff_lzw", "deflate": "tiff_adobe_deflate", "old_deflate": "tiff_deflate",
        "packbits": "packbits",
    }.items():  # fmt: skip
        save(f"rgb_{name}.tiff", photo, compression=compression)
        save(f"grey_{name}.tiff", grey, compression=compression)
        save(f"bilevel_{name}.tiff", photo.convert("1"), compression=compression)
        save(f"palette_{name}.tiff", photo.quantize(32), compression=compression)
    for name in ("group3", "group4", "tiff_ccitt"):
        save(f"bilevel_{name}.tiff", photo.convert("1"), compression=name)
    save("rgb_jpeg.tiff", photo, compression="jpeg")
    save("rgb_jpeg_strips.tiff", photo, compression="jpeg", tiffinfo={278: 16})
    save("grey_jpeg.tiff", grey, compression="jpeg")
    save("cmyk.tiff", photo.convert("CMYK"), compression="tiff_lzw")
    save("alpha.tiff", Image.merge("RGBA", (*photo.split(), grey)), compression="tiff_lzw")
    save("grey_alpha.tiff", Image.merge("LA", (grey, grey)))
    save("strips.tiff", photo, compression="tiff_lzw", tiffinfo={278: 7})
    save("differences.tiff", photo, compression="tiff_lzw", tiffinfo={317: 2})
    save("pages.tiff", photo, save_all=True, append_images=[photo.rotate(90)])
    pixels, greys = np.asarray(photo), np.asarray(grey)
    size = photo.size
    planes = [zlib.compress(pixels[..., i].tobytes()) for i in range(3)]
    write("planes.tiff", tiff(*size, layout(8, 2, compression=8, planar=[2]), planes))
    write("tiles.tiff", tiff(*size, layout(8, 2), tiles(pixels, 32), tile=32))
    write("tiles_deflate.tiff", tiff(*size, layout(8, 2, compression=8), tiles(pixels, 16, zlib.compress), tile=16))
    write("white_is_zero.tiff", tiff(*size, layout(8, 0, 1), [greys.tobytes()]))
    write("bilevel_white_is_zero.tiff", tiff(*size, layout(1, 0, 1), [packed(greys, 1)]))
    write("grey_2_bits.tiff", tiff(*size, layout(2, 1, 1), [packed(greys, 2)]))
    write("grey_4_bits.tiff", tiff(*size, layout(4, 1, 1), [packed(greys, 4)]))
    colours = [int(i) * 4096 + 77 for i in range(16)]
    write("palette_4_bits.tiff", tiff(*size, layout(4, 3, 1, palette=colours + colours[::-1] + colours), [packed(greys, 4)]))
    lowest_first = bytes(int(f"{byte:08b}"[::-1], 2) for byte in packed(greys, 1))
    write("bilevel_lowest_bit_first.tiff", tiff(*size, layout(1, 1, 1, fill=[2]), [lowest_first]))
    dimmed = (pixels.astype(np.uint16) * greys[..., np.newaxis] // 255).astype(np.uint8)
    write("premultiplied.tiff", tiff(*size, layout(8, 2, 4, extra=[1]), [np.dstack([dimmed, greys]).tobytes()]))
    write("five_samples.tiff", tiff(*size, layout(8, 2, 5, extra=[0, 0]), [np.dstack([pixels, greys, greys]).tobytes()]))


def write_wide_tiff(photo):
    """Samples of more than eight bits: {name: the samples}."""
    pixels, grey = np.asarray(photo), np.asarray(photo.convert("L"))
    size = photo.size
    words = pixels.astype(np.uint16) * 257 - 100 * (pixels > 0).astype(np.uint16)
    grey_words = grey.astype(np.uint16) * 257 - 3 * (grey > 0).astype(np.uint16)
    floats, doubles = (pixels / 255).astype(np.float32), grey / 255
    kept = {
        "grey_16_bits.tiff": grey_words,
        "rgb_16_bits.tiff": words,
        "rgb_16_bits_big_endian.tiff": words,
        "rgb_16_bits_differences.tiff": words,
        "float.tiff": doubles.astype(np.float32),
        "float_big_endian.tiff": doubles.astype(np.float32),
        "float_rgb.tiff": floats,
        "double.tiff": doubles,
    }
    save("grey_16_bits.tiff", Image.fromarray(grey_words), compression="tiff_lzw")
    write("rgb_16_bits.tiff", tiff(*size, layout(16, 2), [words.astype("<u2").tobytes()]))
    write("rgb_16_bits_big_endian.tiff", tiff(*size, layout(16, 2), [words.astype(">u2").tobytes()], ">"))
    steps = words.copy()
    steps[:, 1:] -= words[:, :-1]
    write("rgb_16_bits_differences.tiff", tiff(*size, layout(16, 2, compression=8, predictor=[2]), [zlib.compress(steps.astype("<u2").tobytes())]))
    save("float.tiff", Image.fromarray(doubles.astype(np.float32)), compression="tiff_adobe_deflate")
    write("float_big_endian.tiff", tiff(*size, layout(32, 1, 1, kind=[3]), [doubles.astype(">f4").tobytes()], ">"))
    write("float_rgb.tiff", tiff(*size, layout(32, 2, kind=[3] * 3), [floats.tobytes()]))
    write("double.tiff", tiff(*size, layout(64, 1, 1, kind=[3]), [doubles.astype("<f8").tobytes()]))
    return kept


def write_refused(photo):
    grey = photo.convert("L")
    size = photo.size
    save("big.tiff", photo, big_tiff=True)
    save("zstandard.tiff", photo, compression="zstd")
    save("lab.tiff", photo.convert("LAB"))
    save("ycbcr.tiff", photo.convert("YCbCr"))
    save("cmyk_jpeg.tiff", photo.convert("CMYK"), compression="jpeg")
    save("signed_32_bits.tiff", photo.convert("I"))
    save("avif.avif", photo)
    values = np.asarray(grey).astype("<f4")
    write("float_to_255.tiff", tiff(*size, layout(32, 1, 1, kind=[3]), [values.tobytes()]))
    values[3, 4] = np.nan
    write("float_nan.tiff", tiff(*size, layout(32, 1, 1, kind=[3]), [(values / 255).tobytes()]))


def exif(orientation):
    data = Image.Exif()
    data[ORIENTATION] = orientation
    return data


def write_turned(photo):
    for number in range(1, 9):
        save(f"turned_{number}.jpg", photo, quality=90, exif=exif(number))
        save(f"turned_{number}.png", photo, exif=exif(number))
        save(f"turned_{number}.webp", photo, quality=90, exif=exif(number))
        save(f"turned_{number}.tiff", photo, tiffinfo={ORIENTATION: number})
    save("turned_nine.png", photo, exif=exif(9))
    before = (FORMATS / "turned_6.png").read_bytes()
    start = before.index(b"eXIf") - 4
    end = start + 12 + struct.unpack(">I", before[start : start + 4])[0]
    last = before.index(b"IEND") - 4
    assert start < before.index(b"IDAT")
    write("turned_after_pixels.png", before[:start] + before[end:last] + before[start:end] + before[last:])


def stored(path):
    """Pixels as they are stored. Pillow turns TIFF images whether one wants it or not; of JPEG it
    has slightly other pixels than TensorFlow."""
    image = Image.open(path)
    if image.format == "JPEG":
        return tf.io.decode_image(path.read_bytes(), expand_animations=False).numpy()
    if image.format == "TIFF" and image.tag_v2.get(ORIENTATION, 1) != 1:
        image = Image.open(io.BytesIO(path.read_bytes().replace(
            struct.pack("<HHIH", ORIENTATION, 3, 1, image.tag_v2[ORIENTATION]),
            struct.pack("<HHIH", ORIENTATION, 3, 1, 1))))  # fmt: skip
    return np.asarray(image.convert("RGB"))


def upright(path):
    image = Image.open(path)
    if image.format == "TIFF":
        image.load()  # turns it
        return np.asarray(image.convert("RGB"))
    kept = Image.fromarray(stored(path))
    kept.getexif()[ORIENTATION] = image.getexif()[ORIENTATION]
    return np.asarray(ImageOps.exif_transpose(kept))


def main():
    shutil.rmtree(FORMATS, ignore_errors=True)
    FORMATS.mkdir()
    square = Image.open(TEST_DATA / "images" / "china" / "square.jpg")
    photo, small = square.resize((83, 62)), square.resize((31, 23))
    write_webp(photo, small)
    write_tiff(small)
    arrays, pixels, turned, resized, refused = {}, [], [], [], []
    paths = sorted(FORMATS.iterdir())
    for name, samples in write_wide_tiff(small).items():
        made = tf.image.convert_image_dtype(samples, tf.uint8).numpy()
        arrays[f"pixels/{name}"] = made if made.ndim == 3 else np.dstack([made] * 3)
        pixels.append({"path": f"image-formats/{name}", "array": f"pixels/{name}"})
    for path in paths:
        arrays[f"pixels/{path.name}"] = stored(path)
        pixels.append({"path": f"image-formats/{path.name}", "array": f"pixels/{path.name}"})
    known = set(FORMATS.iterdir())
    write_turned(square.crop((40, 20, 140, 90)).resize((12, 8)))
    for path in sorted(set(FORMATS.iterdir()) - known):
        values = {"ignore": stored(path), "exif": upright(path)}
        for orientation, value in values.items():
            key = f"{orientation}/{path.name}"
            arrays[key] = value
            turned.append({"path": f"image-formats/{path.name}", "orientation": orientation, "array": key})
            for method in ("bilinear", "area"):
                key = f"{method}/{orientation}/{path.name}"
                if "6" in path.name or "3" in path.name:
                    arrays[key] = tf.image.resize(value, SIZE, method=method).numpy()
                    resized.append({"path": f"image-formats/{path.name}", "orientation": orientation, "resize": method, "array": key})
    known = set(FORMATS.iterdir())
    write_refused(small)
    refused = [{"path": f"image-formats/{path.name}"} for path in sorted(set(FORMATS.iterdir()) - known)]
    made_with = {"pillow": pillow, "tensorflow": tf.__version__}
    lists = {"pixels": pixels, "turned": turned, "resized": resized, "refused": refused}
    write_files(FORMATS, {"made_with": made_with, "size": SIZE}, lists, arrays)
    print({name: len(entries) for name, entries in lists.items()})


if __name__ == "__main__":
    main()
