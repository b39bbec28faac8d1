"""Plays the first hour with models and data of a new seed: first_hour_test.py CLONE FOLDER [SEED]"""

import json
import random
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "test-data" / "models"))

import pyarrow as pa
import pyarrow.parquet as pq
from frameworks import export_keras3, keras2, keras3, np, save_keras2, start, tf
from PIL import Image

MOST_COMMANDS = 3
PHOTOS, SEQUENCES = 300, 40
LABELS = ["cats", "dogs", "odd ones"]


class Names:
    """Names that tell nothing, each another one."""

    def __init__(self, choice):
        self.choice, self.used = choice, set()

    def __call__(self):
        while True:
            name = "".join(self.choice.choices("bcdfgklmnprstvz", k=3)) + str(self.choice.randrange(90))
            if name not in self.used:
                self.used.add(name)
                return name


def photo_model(keras, choice, name):
    """Convolutions in stages, some of them residual or gated; scaled inside; pooled; a classifier."""
    layers = keras.layers
    height, width = choice.randrange(40, 90), choice.randrange(40, 90)
    image = keras.Input((height, width, 3), name=name())
    scale, offset = choice.choice([(1 / 255, 0.0), (1 / 127.5, -1.0)])
    maps = layers.Rescaling(scale, offset=offset, name=name())(image)
    for _ in range(choice.randrange(2, 4)):
        channels = choice.randrange(6, 20)
        maps = layers.Conv2D(channels, 3, strides=2, padding="same", name=name())(maps)
        maps = layers.BatchNormalization(momentum=0.5, name=name())(maps)
        maps = layers.ReLU(name=name())(maps)
        if choice.random() < 0.5:
            inner = layers.Conv2D(channels, 3, padding="same", activation="relu", name=name())(maps)
            maps = layers.Add(name=name())([maps, inner])
        if choice.random() < 0.5:
            gate = layers.GlobalAveragePooling2D(keepdims=True, name=name())(maps)
            gate = layers.Conv2D(channels, 1, activation="sigmoid", name=name())(gate)
            maps = layers.Multiply(name=name())([maps, gate])
    pooling = choice.choice([layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D])
    vector = pooling(name=name())(maps)
    if choice.random() < 0.5:
        vector = layers.Dropout(0.3, name=name())(vector)
    return keras.Model(image, layers.Dense(5, activation="softmax", name=name())(vector))


def sequence_model(keras, choice, name):
    """A convolution or two recurrent layers over steps in any number, or in a fixed one."""
    layers = keras.layers
    steps = choice.choice([None, 12])
    events = keras.Input((steps, choice.randrange(2, 9)), name=name())
    values = layers.Conv1D(7, 3, padding="same", activation="tanh", name=name())(events)
    if choice.random() < 0.5:
        values = layers.GRU(6, return_sequences=True, name=name())(values)
        values = layers.LSTM(choice.randrange(4, 11), name=name())(values)
    else:
        values = layers.Dense(9, name=name())(values)
        values = layers.GlobalAveragePooling1D(name=name())(values)
    return keras.Model(events, layers.Dense(2, name=name())(values))


def write_photos(folder, generator):
    for number in range(PHOTOS):
        label = folder / LABELS[number % len(LABELS)]
        label.mkdir(parents=True, exist_ok=True)
        height, width = generator.integers(20, 120, 2)
        small = generator.integers(0, 256, (5, 6, 3), dtype=np.uint8)
        photo = Image.fromarray(small).resize((int(width), int(height)), Image.Resampling.BICUBIC)
        photo.save(label / f"{number:03d}.{['jpg', 'png', 'JPG'][number % 7 % 3]}")
    (folder / "notes.txt").write_text("taken in May\n")


def write_sequences(folder, generator, features):
    rows = [
        generator.normal(size=(int(length), features)).round(3).astype(np.float32)
        for length in generator.integers(1, 20, SEQUENCES)
    ]
    folder.mkdir()
    table = {
        "number": pa.array(range(SEQUENCES), pa.int64()),
        "log": pa.array([row.tolist() for row in rows], pa.list_(pa.list_(pa.float32()))),
    }
    pq.write_table(pa.table(table), folder / "part-0.parquet")
    return rows


def export(keras, model, name, folder):
    save = save_keras2 if keras is keras2 else export_keras3
    return save(model, name, folder)


class Player:
    def __init__(self, clone, folder):
        self.clone, self.folder, self.commands = clone, folder, 0

    def run(self, *arguments):
        self.commands += 1
        print("$ scripts/layertap", *arguments, flush=True)
        subprocess.run([self.clone / "scripts/layertap", *map(str, arguments)], check=True)

    def features(self, model, data, *options):
        """From a model and data to rows and the layer that was tapped."""
        self.commands = 0
        configuration = self.folder / f"{model.name}.conf"
        self.run("init", model, data, "--output", configuration, *options)
        self.run("extract", configuration)
        assert self.commands <= MOST_COMMANDS, f"{self.commands} commands"
        output = self.folder / "features" / model.name
        manifest = json.loads((output / "_layertap.json").read_text())
        (feature,) = manifest["features"]
        print(f"{feature['layer']} {feature['shape']}, pool = {feature['pool']}")
        return pq.read_table(output, partitioning=None).to_pylist(), feature


def expected(keras, model, feature, batch):
    values = keras.Model(model.input, model.get_layer(feature["layer"]).output)(batch).numpy()
    if feature["pool"] == "avg":
        values = values.reshape(len(values), -1, values.shape[-1]).mean(axis=1)
    return values.reshape(len(values), -1)


def pixels_of(path, model):
    image = tf.io.decode_image(path.read_bytes(), channels=3, expand_animations=False)
    return tf.image.resize(image, model.input.shape[1:3]).numpy()


def learn_statistics(model, data):
    """Batch normalisations keep the mean and variance of what they saw, as after training."""
    batch = np.stack([pixels_of(path, model) for path in sorted(data.glob("*/*"))[:50]])
    for _ in range(10):
        model(batch, training=True)


def assert_close(found, wanted):
    difference = np.abs(np.asarray(found) - wanted).max() / np.abs(wanted).max()
    assert difference < 1e-4, f"features differ by {difference:.1e} of the largest"


def play_photos(player, keras, choice, generator):
    model = photo_model(keras, choice, Names(choice))
    data = player.folder / "my photos"
    write_photos(data, generator)
    learn_statistics(model, data)
    saved = export(keras, model, "photos", player.folder)
    rows, feature = player.features(saved, data, "--label")
    assert len(rows) == PHOTOS, f"{len(rows)} rows"
    assert {row["label"] for row in rows} == set(LABELS)
    paths = [data / row["label"] / row["path"].rsplit("/", 1)[1] for row in rows]
    pixels = np.stack([pixels_of(path, model) for path in paths])
    wanted = expected(keras, model, feature, pixels)
    assert_close([row["embedding"] for row in rows], wanted)


def play_sequences(player, keras, choice, generator):
    model = sequence_model(keras, choice, Names(choice))
    steps, features = model.input.shape[1:]
    data = player.folder / "logs"
    sequences = write_sequences(data, generator, features)
    saved = export(keras, model, "sequences", player.folder)
    rows, feature = player.features(saved, data)
    assert sorted(row["number"] for row in rows) == list(range(SEQUENCES))
    for row in rows:
        batch = sequences[row["number"]][np.newaxis]
        if steps:
            batch = keras3.utils.pad_sequences(
                batch, steps, dtype="float32", padding="post", truncating="post"
            )
        assert_close([row["embedding"]], expected(keras, model, feature, batch))


def main():
    clone, folder = Path(sys.argv[1]), Path(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    passed = failed = 0
    for number, play in enumerate((play_photos, play_sequences)):
        choice = random.Random(10 * seed + number)
        keras = choice.choice([keras2, keras3])
        start(seed=choice.randrange(10**6))
        try:
            play(Player(clone, folder), keras, choice, np.random.default_rng(seed))
            passed += 1
        except (AssertionError, subprocess.CalledProcessError) as failure:
            print(f"{play.__name__} with {keras.__name__}, seed {seed}: {failure}", file=sys.stderr)
            failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
