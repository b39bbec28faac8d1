"""Makes jobs.answers.*: what the examples of ../conf extract, computed by TensorFlow from the
SavedModels and by Keras' own preprocessing from the rows."""

import sys
from pathlib import Path

import pyarrow.parquet as pq

TEST_DATA = Path(__file__).resolve().parent
sys.path.append(str(TEST_DATA / "models"))

from answer_files import write_files
from frameworks import keras3, np, tf

MODELS = TEST_DATA / "models"


def signature(model):
    return tf.saved_model.load(MODELS / model).signatures["serving_default"]


def photos():
    """The embedding of conf/photos.conf, a row for each file in the order of the paths."""
    paths = sorted((TEST_DATA / "images").glob("*/*"))
    run = signature("mobilenet_v2_keras3")
    embeddings = []
    for path in paths:
        pixels = tf.io.decode_image(path.read_bytes(), channels=3, expand_animations=False)
        resized = tf.image.resize(pixels, (96, 96)).numpy()
        batch = keras3.applications.mobilenet_v2.preprocess_input(resized[np.newaxis])
        maps = run(keras_tensor=tf.constant(batch))["output_0"]
        embeddings.append(tf.math.l2_normalize(tf.reduce_mean(maps, [1, 2]), axis=1)[0])
    return [f"images/{path.parent.name}/{path.name}" for path in paths], np.stack(embeddings)


def digits():
    """The softmax of every digit, by id."""
    table = pq.read_table(TEST_DATA / "digits")
    pixels = np.stack(table["pixels"].to_numpy()).astype(np.float32).reshape(-1, 8, 8, 1)
    order = np.argsort(table["id"].to_numpy())
    return signature("digits_keras3")(pixels=tf.constant(pixels[order]))["output_0"].numpy()


def events():
    """Sequence, hidden and cell state of conf/events.conf, by id."""
    table = pq.read_table(TEST_DATA / "events").sort_by("id")
    sequences = [np.array(sequence, np.float32) for sequence in table["events"].to_pylist()]
    padded = keras3.utils.pad_sequences(
        sequences, maxlen=10, dtype="float32", padding="post", truncating="post"
    )
    outputs = signature("lstm_keras3")(events=tf.constant(padded))
    names = ["sequence", "hidden", "cell"]
    return {name: outputs[f"output_{i}"].numpy() for i, name in enumerate(names)}


def main():
    paths, embeddings = photos()
    arrays = {"photos/embedding": embeddings, "digits/softmax": digits()}
    arrays |= {f"events/{name}": value for name, value in events().items()}
    made_with = {"tensorflow": tf.__version__, "keras": keras3.__version__}
    write_files(TEST_DATA / "jobs", {"made_with": made_with}, {"photos": paths}, arrays)
    for name, array in arrays.items():
        print(name, array.shape)


if __name__ == "__main__":
    main()
