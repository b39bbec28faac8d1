"""Modules whose rows do not lie along the first axis: one takes the bytes of a single image, one stacks
hidden states of two layers, one has a vector for each number of all rows; each with rows for its input and
its answers for them."""

import json

import numpy as np
import pyarrow
import pyarrow.parquet

from odd_models import HERE, empty_folder, start, tf

ROWS = 5


class OneImage(tf.Module):
    """Takes one PNG at a time."""

    def __init__(self, kernel):
        super().__init__()
        self.kernel = tf.Variable(kernel, name="kernel")

    @tf.function(input_signature=[tf.TensorSpec([], tf.string, "png")])
    def __call__(self, png):
        image = tf.cast(tf.io.decode_png(png, channels=3), tf.float32)
        known = tf.ensure_shape(image, [4, 5, 3]) / 255.0
        batch = tf.expand_dims(known, 0)
        vector = tf.reduce_mean(batch, axis=[1, 2]) @ self.kernel
        return {
            "any_size": image,
            "pixels": known,
            "batch": batch,
            "vector": vector,
            "brightest": tf.reduce_max(known),
        }


class Stacked(tf.Module):
    """Gives the states of two layers as [layers, rows, units]."""

    def __init__(self, kernels):
        super().__init__()
        self.kernels = [tf.Variable(kernel, name="kernel") for kernel in kernels]

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32, "numbers")])
    def __call__(self, numbers):
        states = [tf.tanh(numbers @ self.kernels[0])]
        states.append(tf.tanh(states[0] @ self.kernels[1]))
        return {"states": tf.stack(states)}


class Parsed(tf.Module):
    """Parses Examples with any number of ids; a vector for each id, and the sum of those of a row."""

    def __init__(self, vectors):
        super().__init__()
        self.vectors = tf.Variable(vectors, name="vectors")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "examples")])
    def __call__(self, examples):
        ids = tf.io.parse_example(examples, {"ids": tf.io.VarLenFeature(tf.int64)})["ids"]
        vectors = tf.tanh(tf.gather(self.vectors, ids.values))
        rows = tf.size(examples)
        return {
            "vectors": vectors,
            "sums": tf.math.unsorted_segment_sum(vectors, ids.indices[:, 0], rows),
        }


def example(ids):
    """A serialized Example."""
    feature = tf.train.Feature(int64_list=tf.train.Int64List(value=ids))
    return tf.train.Example(
        features=tf.train.Features(feature={"ids": feature})
    ).SerializeToString(deterministic=True)


def write(module, name, columns, answers):
    """The module, columns with a value for each row, and for each output its values by row."""
    tf.saved_model.save(module, str(empty_folder(name, HERE)))
    table = pyarrow.table({"id": pyarrow.array(range(ROWS), pyarrow.int32()), **columns})
    pyarrow.parquet.write_table(table, HERE / f"{name}.parquet")
    lines = [f'  "{key}": {json.dumps({"rows": rows})}' for key, rows in answers.items()]
    (HERE / f"{name}.answers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    start(seed=0)
    draw = np.random.default_rng(41)
    images = draw.integers(0, 256, (ROWS, 4, 5, 3)).astype(np.uint8)
    encoded = [tf.io.encode_png(image).numpy() for image in images]
    one = OneImage(draw.normal(size=(3, 2)).astype(np.float32))
    results = [one(tf.constant(png)) for png in encoded]
    answers = {key: [result[key].numpy().tolist() for result in results] for key in results[0]}
    write(one, "one_image_module", {"png": pyarrow.array(encoded, pyarrow.binary())}, answers)

    shapes = [(3, 4), (4, 4)]
    stacked = Stacked([draw.normal(size=shape).astype(np.float32) for shape in shapes])
    numbers = draw.normal(size=(ROWS, 3)).astype(np.float32)
    states = stacked(tf.constant(numbers))["states"].numpy()
    answers = {"states": [states[:, row].tolist() for row in range(ROWS)]}
    listed = pyarrow.array(numbers.tolist(), pyarrow.list_(pyarrow.float32()))
    write(stacked, "stacked_module", {"numbers": listed}, answers)

    parsed = Parsed(draw.normal(size=(4, 3)).astype(np.float32))
    examples = [example([number]) for number in (2, 0, 3, 3, 1)]
    results = parsed(tf.constant(examples))
    answers = {key: result.numpy().tolist() for key, result in results.items()}
    write(parsed, "parsed_module", {"examples": pyarrow.array(examples, pyarrow.binary())}, answers)


if __name__ == "__main__":
    main()
