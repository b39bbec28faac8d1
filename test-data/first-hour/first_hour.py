"""What docs/first-hour.md starts from: a network for photos and one for sequences of visits, as someone
hands them over, a table of visits, and in answers.npz what Keras computes for the photos of ../images and
for the visits. And lambdas_model, with Lambda layers that hand on what they take."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "models"))

import pyarrow as pa
import pyarrow.parquet as pq
from frameworks import (
    export_keras3,
    keras2,
    keras3,
    np,
    randomize_batch_normalization,
    save_keras2,
    start,
    tf,
)

HEIGHT, WIDTH = 40, 56
FEATURES, ROWS = 5, 30


def gated(maps):
    """A residual block whose channels are weighted by a gate, as in EfficientNet: pooling inside."""
    layers = keras3.layers
    channels = maps.shape[-1]
    inner = layers.Conv2D(channels, 3, padding="same", use_bias=False, name="block_conv")(maps)
    inner = layers.BatchNormalization(name="block_norm")(inner)
    inner = layers.ReLU(name="block_relu")(inner)
    gate = layers.GlobalAveragePooling2D(name="gate_squeeze")(inner)
    gate = layers.Reshape((1, 1, channels), name="gate_reshape")(gate)
    gate = layers.Conv2D(4, 1, activation="relu", name="gate_reduce")(gate)
    gate = layers.Conv2D(channels, 1, activation="sigmoid", name="gate_expand")(gate)
    inner = layers.Multiply(name="gate_scale")([inner, gate])
    return layers.Add(name="block_out")([maps, inner])


def photos_model():
    start(seed=21)
    layers = keras3.layers
    photo = keras3.Input((HEIGHT, WIDTH, 3), name="photo")
    maps = layers.Rescaling(1 / 127.5, offset=-1.0, name="to_range")(photo)
    maps = layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(maps)
    maps = layers.BatchNormalization(name="stem_norm")(maps)
    maps = layers.ReLU(name="stem_relu")(maps)
    maps = gated(maps)
    maps = layers.ZeroPadding2D(1, name="top_pad")(maps)
    maps = layers.Conv2D(24, 3, strides=2, use_bias=False, name="top_conv")(maps)
    maps = layers.BatchNormalization(name="top_norm")(maps)
    maps = layers.ReLU(name="top_relu")(maps)
    pooled = layers.GlobalAveragePooling2D(name="pooled")(maps)
    dropped = layers.Dropout(0.2, name="dropped")(pooled)
    breeds = layers.Dense(7, activation="softmax", name="breeds")(dropped)
    model = keras3.Model(photo, breeds, name="photos")
    randomize_batch_normalization(model, seed=22)
    return model


def visits_model():
    start(seed=23)
    layers = keras3.layers
    visits = keras3.Input((None, FEATURES), name="visits")
    steps = layers.Bidirectional(layers.GRU(6, return_sequences=True), name="both_ways")(visits)
    state = layers.GRU(10, name="summary")(steps)
    return keras3.Model(visits, layers.Dense(2, name="outcome")(state), name="visits_model")


def lambdas_model():
    start(seed=25)
    layers = keras2.layers
    numbers = keras2.Input((8,), name="numbers")
    hidden = layers.Dense(4, name="hidden")(numbers)
    same = layers.Lambda(lambda values: values, name="same")(hidden)
    twice = layers.Lambda(lambda values: 2 * values, name="twice")(same)
    also = layers.Lambda(lambda values: values, name="also")(twice)
    return keras2.Model(numbers, [layers.Dense(2, name="head")(twice), also], name="lambdas")


def decoded(path):
    image = tf.io.decode_image(path.read_bytes(), channels=3, expand_animations=False)
    return tf.image.resize(image, (HEIGHT, WIDTH)).numpy()


def part(model, layer):
    return keras3.Model(model.input, model.get_layer(layer).output)


def photo_answers(model, arrays):
    paths = sorted((HERE.parent / "images").glob("*/*"))
    pixels = np.stack([decoded(path) for path in paths])
    for layer in ("pooled", "block_out", "top_relu"):
        values = part(model, layer).predict(pixels, verbose=False)
        arrays[layer] = values if values.ndim == 2 else values.mean(axis=(1, 2))


def visit_rows():
    random = np.random.default_rng(24)
    lengths = random.integers(1, 10, ROWS)
    return [random.normal(size=(int(n), FEATURES)).round(3).astype(np.float32) for n in lengths]


def write_visits(rows):
    folder = HERE / "visits"
    folder.mkdir(exist_ok=True)
    table = pa.table(
        {
            "patient": pa.array(range(ROWS), pa.int64()),
            "ward": pa.array([f"ward {number % 3}" for number in range(ROWS)]),
            "visits": pa.array([row.tolist() for row in rows], pa.list_(pa.list_(pa.float32()))),
        }
    )
    pq.write_table(table, folder / "visits.parquet", compression="zstd")


def main():
    arrays = {}
    model = photos_model()
    export_keras3(model, "photos_model", HERE)
    photo_answers(model, arrays)
    model = visits_model()
    export_keras3(model, "visits_model", HERE)
    rows = visit_rows()
    write_visits(rows)
    summary, sequence = part(model, "summary"), part(model, "both_ways")
    alone = [row[np.newaxis] for row in rows]
    arrays["summary"] = np.concatenate([summary.predict(row, verbose=False) for row in alone])
    arrays["both_ways"] = np.concatenate(
        [sequence.predict(row, verbose=False).mean(axis=1) for row in alone]
    )
    save_keras2(lambdas_model(), "lambdas_model", HERE)
    np.savez_compressed(HERE / "answers.npz", **arrays)
    print({name: array.shape for name, array in arrays.items()})


if __name__ == "__main__":
    main()
