"""Lays maps of an output over the photos that they are of, a PNG for each row."""

import argparse
import json
import sys
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import pyarrow.dataset as dataset
from PIL import Image

SPARK = b"org.apache.spark.sql.parquet.row.metadata"

# Dark blue for nothing, over green and yellow, to red for the largest value.
COLORS = np.array(
    [[0, 0, 96], [0, 64, 255], [0, 224, 160], [255, 224, 0], [224, 0, 0]], dtype=np.float64
)


def feature(schema, column):
    """What layertap says of a column: shape, store and so on."""
    fields = json.loads((schema.metadata or {}).get(SPARK, b'{"fields": []}'))["fields"]
    for field in fields:
        if field["name"] == column and "layertap" in field["metadata"]:
            return field["metadata"]["layertap"]
    names = [field["name"] for field in fields if "layertap" in field["metadata"]]
    sys.exit(
        f"cannot read maps from '{column}': it is no feature column of this output; its features"
        f" are {', '.join(names) or 'none'}"
    )


def numbers(value, store):
    """The numbers of one row, flat."""
    if store == "float16":
        return np.frombuffer(value, "<f2").astype(np.float64)
    if store == "bfloat16":
        bits = np.frombuffer(value, "<u2").astype(np.uint32) << 16
        return bits.view(np.float32).astype(np.float64)
    if isinstance(value, dict):  # a dense vector of Spark ML
        value = value["values"]
    return np.asarray(value, dtype=np.float64).reshape(-1)


def to_map(values, shape, column):
    """[height, width] from 0 to 1: the share of the largest number."""
    if len(shape) not in (2, 3) or -1 in shape:
        sys.exit(
            f"cannot lay '{column}' over photos: its shape is {shape}, not [height, width] or"
            " [height, width, channels]; name a column of maps"
        )
    values = values.reshape(shape)
    heat = np.abs(values).max(axis=-1) if len(shape) == 3 else np.maximum(values, 0)
    largest = heat.max()
    return heat / largest if largest > 0 else heat


def colored(heat):
    """Colours of a map, [height, width, 3] of 0 to 255."""
    place = heat * (len(COLORS) - 1)
    low = np.minimum(place.astype(int), len(COLORS) - 2)
    part = (place - low)[..., None]
    return COLORS[low] * (1 - part) + COLORS[low + 1] * part


def overlaid(photo, heat, opacity):
    """The photo with the map over it, where the map is not zero."""
    photo = photo.convert("RGB")
    image = Image.fromarray((heat * 255).round().astype(np.uint8))
    large = np.asarray(image.resize(photo.size, Image.Resampling.BILINEAR)) / 255
    weight = (opacity * np.minimum(1, 0.25 + large))[..., None]
    mixed = np.asarray(photo) * (1 - weight) + colored(large) * weight
    return Image.fromarray(mixed.round().astype(np.uint8))


def local(path):
    """A path, or a URI of a file."""
    address = urlparse(path)
    if address.scheme not in ("", "file"):
        sys.exit(f"cannot read the photo {path}: it is not a local file; copy the photos here")
    return Path(unquote(address.path) if address.scheme else path)


def main():
    parser = argparse.ArgumentParser(prog="scripts/overlay", description=__doc__)
    parser.add_argument("output", type=Path, help="folder that layertap wrote")
    parser.add_argument("column", help="Grad-CAMs, or gradients of images")
    parser.add_argument("--to", type=Path, required=True, help="folder for the PNGs")
    parser.add_argument("--photo", default="path", help="column of the photos' paths (path)")
    parser.add_argument("--opacity", type=float, default=0.5, help="of the map, 0 to 1 (0.5)")
    parser.add_argument("--limit", type=int, help="how many rows at most")
    arguments = parser.parse_args()
    if not 0 <= arguments.opacity <= 1:
        parser.error("--opacity is from 0 to 1")
    rows = dataset.dataset(arguments.output, format="parquet", exclude_invalid_files=False)
    described = feature(rows.schema, arguments.column)
    if arguments.photo not in rows.schema.names:
        sys.exit(
            f"cannot find the photos: the output has no column '{arguments.photo}'; add it to"
            " input.keep, or name another with --photo"
        )
    arguments.to.mkdir(parents=True, exist_ok=True)
    columns = [arguments.photo, arguments.column]
    names = {}
    written = 0
    # A row may hold a megabyte: few are in memory at once.
    batches = rows.to_batches(columns=columns, batch_size=64, batch_readahead=1, fragment_readahead=1)
    for row in (row for batch in batches for row in batch.to_pylist()):
        if row[arguments.column] is None:
            continue
        if arguments.limit is not None and written == arguments.limit:
            break
        path = local(row[arguments.photo])
        values = numbers(row[arguments.column], described.get("store", "native"))
        heat = to_map(values, described.get("shape", []), arguments.column)
        # Photos of one name lie in several folders.
        count = names[path.stem] = names.get(path.stem, 0) + 1
        name = path.stem if count == 1 else f"{path.stem}-{count}"
        with Image.open(path) as photo:
            overlaid(photo, heat, arguments.opacity).save(arguments.to / f"{name}.png")
        written += 1
    print(f"{written} PNGs in {arguments.to}")


if __name__ == "__main__":
    main()
