"""Makes tfrecord/: Examples and SequenceExamples as TensorFlow writes them, and
tfrecord.answers.json, what TensorFlow parses of them. The rows of digits/, photos/ and events/ are
those of ../digits, ../images and ../events: jobs.answers.npz holds their features."""

import json
import shutil
import sys
from pathlib import Path

import pyarrow.parquet as pq

TEST_DATA = Path(__file__).resolve().parent
sys.path.append(str(TEST_DATA / "models"))

from frameworks import np, tf

FOLDER = TEST_DATA / "tfrecord"
ROWS, DIGITS, EVENTS = 12, 24, 6
PHOTOS = ["china/square.jpg", "china/roof.jpg", "flower/square.jpg"]


def feature(values, kind=float):
    values = values if isinstance(values, list) else [values]
    kind = type(values[0]) if values else kind
    if kind is bytes:
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if kind is float:
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def features(row):
    kinds = {"tags": bytes}
    return tf.train.Features(
        feature={name: feature(value, kinds.get(name, float)) for name, value in row.items()}
    )


def example(row):
    return tf.train.Example(features=features(row)).SerializeToString()


def sequence(context, lists):
    feature_lists = {
        name: tf.train.FeatureList(feature=[feature(step) for step in steps])
        for name, steps in lists.items()
    }
    return tf.train.SequenceExample(
        context=features(context),
        feature_lists=tf.train.FeatureLists(feature_list=feature_lists),
    ).SerializeToString()


def write(name, records, compression=""):
    path = FOLDER / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for record in records:
            writer.write(record)
    assert read(name, compression) == records
    return path


def read(name, compression=""):
    return list(tf.data.TFRecordDataset(str(FOLDER / name), compression).as_numpy_iterator())


def rows():
    """Every kind, one value and several, values missing; plain and as TensorFlow compresses."""
    generator = np.random.default_rng(3)
    made = [
        {
            "id": i - 3,
            "name": f"row {i} é".encode(),
            "score": float(np.float32(generator.random())),
            "pixels": [float(value) for value in generator.random(4, np.float32)],
            "ids": [int(value) for value in generator.integers(-5, 1 << 40, i % 3 + 1)],
            "tags": [b"\xff\xd8", b"", b"b"][: i % 4],
        }
        for i in range(ROWS)
    ]
    del made[5]["score"]
    records = [example(row) for row in made]
    plain = write("rows/rows.tfrecord", records)
    packed = write("rows/rows.tfrecord.gz", records, "GZIP")
    write("rows/rows_zlib.tfrecord", records, "ZLIB")
    halves = [write(f"half{i}", records[i * 6 : i * 6 + 6], "GZIP") for i in range(2)]
    (FOLDER / "rows/rows_members.tfrecord.gz").write_bytes(b"".join(h.read_bytes() for h in halves))
    for half in halves:
        half.unlink()
    assert read("rows/rows_members.tfrecord.gz", "GZIP") == records
    assert plain.stat().st_size > packed.stat().st_size
    parsed = tf.io.parse_example(
        records,
        {
            "id": tf.io.FixedLenFeature([], tf.int64),
            "name": tf.io.FixedLenFeature([], tf.string),
            "score": tf.io.FixedLenFeature([], tf.float32, default_value=-1),
            "pixels": tf.io.FixedLenFeature([4], tf.float32),
            "ids": tf.io.RaggedFeature(tf.int64),
        },
    )
    return {
        name: (column.to_list() if name == "ids" else column.numpy().tolist())
        for name, column in parsed.items()
        if name != "name"
    } | {"name": [name.decode() for name in parsed["name"].numpy()]}


def odd():
    """Records that hold something else than the first one does, and one that is no Example."""
    whole = {"id": 0, "x": 1.0, "text": b"a", "many": [1.0, 2.0]}
    write(
        "odd.tfrecord",
        [
            example(whole),
            example(whole | {"id": 1, "x": [1.0, 2.0]}),
            example(whole | {"id": 2, "x": 7}),
            example(whole | {"id": 3, "text": b"\xff"}),
            sequence({"id": 4, "text": b"a", "many": [1.0]}, {"x": [1.0]}),
            example({"id": 5}),
            example(whole | {"id": 6, "x": [], "many": []}),
            b"\x0a\xff no Example",
            sequence({"id": 8, "text": b"a", "x": 1.0}, {"x": [1.0]}),
            example(whole | {"id": 9}),
        ],
    )


def sequences():
    """Steps of two values, of a value, of none; no steps."""
    write(
        "sequences.tfrecord",
        [
            sequence({"id": 0}, {"steps": [[1.0, 2.0], [3.0]], "words": [b"a", b"b"], "n": [[1]]}),
            sequence({"id": 1}, {"steps": [[]], "words": [], "n": [1, 2]}),
            sequence({"id": 2}, {"steps": [], "words": [b"c"]}),
        ],
    )


def digits():
    table = pq.read_table(TEST_DATA / "digits").sort_by("id").slice(0, DIGITS).to_pylist()
    records = [
        example({"id": row["id"], "label": row["label"], "pixels": row["pixels"]}) for row in table
    ]
    write("digits/digits-00000-of-00003.tfrecord", records[:8])
    write("digits/digits-00001-of-00003.tfrecord", records[8:16])
    write("digits/digits-00002-of-00003.tfrecord.gz", records[16:], "GZIP")


def photos():
    records = [
        example(
            {
                "image/encoded": (TEST_DATA / "images" / photo).read_bytes(),
                "image/filename": f"images/{photo}".encode(),
                "image/class/text": photo.split("/")[0].encode(),
                "image/class/label": i % 2,
            }
        )
        for i, photo in enumerate(PHOTOS)
    ]
    write("photos/validation-00000-of-00001", records)


def events():
    table = pq.read_table(TEST_DATA / "events").sort_by("id").slice(0, EVENTS).to_pylist()
    write(
        "events/events.tfrecord.gz",
        [sequence({"id": row["id"]}, {"events": row["events"]}) for row in table],
        "GZIP",
    )


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    answers = rows()
    odd()
    sequences()
    digits()
    photos()
    events()
    made_with = {"tensorflow": tf.__version__}
    text = json.dumps({"made_with": made_with, "rows": answers}, indent=1)
    (TEST_DATA / "tfrecord.answers.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
