"""Makes records/: a model of five inputs by Keras 2 and Keras 3, TFRecord files of which each record
feeds them all, plain, gzip and zlib, and records.answers.npz, what Keras computes of each record
that tf.io parses."""

import shutil
import sys
from pathlib import Path

TEST_DATA = Path(__file__).resolve().parent
sys.path.append(str(TEST_DATA / "models"))

from answer_files import write_files
from frameworks import export_keras3, keras2, keras3, np, save_keras2, start, tf

FOLDER = TEST_DATA / "records"
ROWS = 23
WORDS = ["heron", "kestrel", "wren é"]
TAPS = ["conv", "numbers", "kinds", "words", "lstm", "scores"]


def build(keras):
    """Photos, numbers, a class, a text and a sequence of any length."""
    start(seed=5)
    layers = keras.layers
    photo = keras.Input((8, 8, 3), name="photo")
    stats = keras.Input((3,), name="stats")
    kind = keras.Input((1,), dtype="int32", name="kind")
    word = keras.Input((1,), dtype="string", name="word")
    steps = keras.Input((None, 2), name="steps")
    conv = layers.Conv2D(4, 3, activation="relu", name="conv")(photo)
    found = layers.StringLookup(vocabulary=WORDS, name="lookup")(word)
    joined = layers.Concatenate(name="joined")(
        [
            layers.GlobalAveragePooling2D(name="pool")(conv),
            layers.Dense(3, name="numbers")(stats),
            layers.Flatten(name="flat_kinds")(layers.Embedding(5, 2, name="kinds")(kind)),
            layers.Flatten(name="flat_words")(layers.Embedding(4, 2, name="words")(found)),
            layers.GlobalMaxPooling1D(name="latest")(
                layers.LSTM(3, return_sequences=True, name="lstm")(steps)
            ),
        ]
    )
    scores = layers.Dense(4, activation="softmax", name="scores")(joined)
    return keras.Model([photo, stats, kind, word, steps], scores, name="records")


def feature(values):
    kinds = {
        bytes: lambda: tf.train.Feature(bytes_list=tf.train.BytesList(value=values)),
        float: lambda: tf.train.Feature(float_list=tf.train.FloatList(value=values)),
        int: lambda: tf.train.Feature(int64_list=tf.train.Int64List(value=values)),
    }
    return kinds[type(values[0])]()


def record(i, random):
    pixels = random.integers(0, 256, (8, 8, 3), np.uint8)
    steps = random.uniform(-1, 1, (i % 6 + 1, 2)).astype(np.float32)
    context = {
        "id": [i],
        "photo": [tf.io.encode_png(pixels).numpy()],
        "stats": [float(x) for x in random.normal(size=3).astype(np.float32)],
        "kind": [int(random.integers(0, 5))],
        "word": [[*WORDS, "dodo"][i % 4].encode()],
    }
    lists = {"steps": tf.train.FeatureList(feature=[feature(step.tolist()) for step in steps])}
    return tf.train.SequenceExample(
        context=tf.train.Features(
            feature={name: feature(values) for name, values in context.items()}
        ),
        feature_lists=tf.train.FeatureLists(feature_list=lists),
    ).SerializeToString()


def write():
    random = np.random.default_rng(9)
    records = [record(i, random) for i in range(ROWS)]
    files = [("a.tfrecord", "", 0, 10), ("b.tfrecord.gz", "GZIP", 10, 17), ("c.zlib", "ZLIB", 17, 23)]
    (FOLDER / "rows").mkdir()
    for name, compression, begin, end in files:
        with tf.io.TFRecordWriter(str(FOLDER / "rows" / name), compression) as writer:
            for each in records[begin:end]:
                writer.write(each)
    return files


def read(files):
    """The model's inputs of each record, as TensorFlow reads and parses them."""
    for name, compression, _, _ in files:
        for each in tf.data.TFRecordDataset(str(FOLDER / "rows" / name), compression):
            context, lists = tf.io.parse_single_sequence_example(
                each,
                {
                    "id": tf.io.FixedLenFeature([], tf.int64),
                    "photo": tf.io.FixedLenFeature([], tf.string),
                    "stats": tf.io.FixedLenFeature([3], tf.float32),
                    "kind": tf.io.FixedLenFeature([1], tf.int64),
                    "word": tf.io.FixedLenFeature([1], tf.string),
                },
                {"steps": tf.io.FixedLenSequenceFeature([2], tf.float32)},
            )
            pixels = tf.cast(tf.io.decode_png(context["photo"], 3), tf.float32)
            yield [
                pixels / 127.5 - 1,
                context["stats"],
                tf.cast(context["kind"], tf.int32),
                context["word"],
                lists["steps"],
            ]


def answers(keras, model, files):
    """Each layer's output, a row at a time, so that no sequence is padded."""
    taps = keras.Model(model.inputs, [model.get_layer(name).output for name in TAPS])
    values = {name: [] for name in TAPS}
    for inputs in read(files):
        outputs = taps([tf.expand_dims(each, 0) for each in inputs])
        for name, output in zip(TAPS, outputs, strict=True):
            values[name].append(output[0].numpy())
    sequences = values.pop("lstm")
    arrays = {name: np.stack(rows).reshape(ROWS, -1) for name, rows in values.items()}
    arrays["conv_avg"] = np.stack([row.mean((0, 1)) for row in values["conv"]])
    arrays["conv_max"] = np.stack([row.max((0, 1)) for row in values["conv"]])
    arrays["lstm"] = np.concatenate(sequences).reshape(-1)
    arrays["lstm_steps"] = np.array([len(row) for row in sequences])
    for name, pool in [("avg", lambda x: x.mean(0)), ("max", lambda x: x.max(0))]:
        arrays[f"lstm_{name}"] = np.stack([pool(row) for row in sequences])
    arrays["lstm_first"] = np.stack([row[0] for row in sequences])
    arrays["lstm_last"] = np.stack([row[-1] for row in sequences])
    return arrays


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    files = write()
    arrays = {}
    for keras, save, name in [(keras2, save_keras2, "keras2"), (keras3, export_keras3, "keras3")]:
        model = build(keras)
        save(model, name, FOLDER)
        arrays |= {f"{name}/{key}": value for key, value in answers(keras, model, files).items()}
    made_with = {"tensorflow": tf.__version__, "keras": keras3.__version__}
    write_files(TEST_DATA / "records", {"made_with": made_with}, {}, arrays)


if __name__ == "__main__":
    main()
