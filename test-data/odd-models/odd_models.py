"""Models that take and give what is no float32, that look words up, or that take batches of one
size, each with rows for its inputs and its answers for them."""

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow
import pyarrow.parquet

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "models"))

from frameworks import (  # noqa: E402
    empty_folder,
    export_keras3,
    keras2,
    keras3,
    save_keras2,
    start,
    tf,
)

ROWS = 11
WORDS = ["cat", "dog", "bird", "fish"]
LOOKUPS = ["found", "vectorize", "coded", "hashed", "encoded", "binned", "back", "averaged"]


class Types(tf.Module):
    """A tensor of each type in, a tensor of each type out."""

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 2], tf.int32, "small"),
            tf.TensorSpec([None, 2], tf.int64, "large"),
            tf.TensorSpec([None, 2], tf.float64, "exact"),
            tf.TensorSpec([None, 2], tf.bool, "flag"),
            tf.TensorSpec([None, 2], tf.string, "text"),
            tf.TensorSpec([None], tf.string, "word"),
        ]
    )
    def __call__(self, small, large, exact, flag, text, word):
        return {
            "int8": tf.cast(small, tf.int8),
            "int16": tf.cast(small * 100, tf.int16),
            "int32": small * 1000 + 1,
            "int64": large * 3,
            "uint8": tf.cast(small, tf.uint8),
            "uint16": tf.cast(small * 300, tf.uint16),
            "uint32": tf.cast(small, tf.uint32),
            "float16": tf.cast(exact, tf.float16),
            "bfloat16": tf.cast(exact, tf.bfloat16),
            "float32": tf.cast(exact, tf.float32),
            "float64": exact * 2.0,
            "bool": tf.logical_not(flag),
            "string": tf.strings.upper(text),
            "string_scalar": tf.strings.join([word, word]),
            "bool_scalar": flag[:, 0],
            "int64_scalar": large[:, 1],
        }


class VocabularyFile(tf.Module):
    """Reads its vocabulary from a file among its assets."""

    def __init__(self, path):
        super().__init__()
        initializer = tf.lookup.TextFileInitializer(
            path,
            tf.string,
            tf.lookup.TextFileIndex.WHOLE_LINE,
            tf.int64,
            tf.lookup.TextFileIndex.LINE_NUMBER,
        )
        self.table = tf.lookup.StaticVocabularyTable(initializer, num_oov_buckets=2)

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.string, "words")])
    def __call__(self, words):
        return {"ids": self.table.lookup(words)}


def tables(keras):
    """Every layer of Keras that looks up, cuts into bins or hashes; answers by layer."""
    start(seed=5)
    layers = keras.layers
    words = keras.Input((3,), dtype="string", name="words")
    text = keras.Input((1,), dtype="string", name="text")
    codes = keras.Input((3,), dtype="int64", name="codes")
    numbers = keras.Input((3,), name="numbers")
    found = layers.StringLookup(vocabulary=WORDS, num_oov_indices=2, name="found")(words)
    back = layers.StringLookup(vocabulary=WORDS, invert=True, name="back")
    vectorize = layers.TextVectorization(output_sequence_length=4, name="vectorize")
    vectorize.adapt(np.array(["the cat sat", "the dog", "a fish, the bird"]))
    coded = layers.IntegerLookup(vocabulary=[5, 70, 900], name="coded")(codes)
    vectorized = vectorize(text)
    embedded = layers.Embedding(16, 4, name="embedded")(vectorized)
    outputs = [
        found,
        vectorized,
        coded,
        layers.Hashing(num_bins=7, name="hashed")(words),
        layers.CategoryEncoding(num_tokens=5, output_mode="multi_hot", name="encoded")(coded),
        layers.Discretization(bin_boundaries=[-1.0, 0.0, 0.5], name="binned")(numbers),
        back(layers.StringLookup(vocabulary=WORDS, name="plain")(words)),
        layers.GlobalAveragePooling1D(name="averaged")(embedded),
    ]
    return keras.Model([words, text, codes, numbers], outputs, name="tables")


def export_fixed_keras3(model, name, parent):
    """Keras 3 `model.export` that keeps the batch axis of the input, which it opens by itself."""
    folder = empty_folder(name, parent)
    signature = [
        keras3.InputSpec(shape=value.shape, dtype=value.dtype, name=value.name)
        for value in model.inputs
    ]
    model.export(folder, format="tf_saved_model", input_signature=signature, verbose=False)


# By batch size: what builds the model, what saves it.
FIXED = {1: (keras2, save_keras2), 8: (keras3, export_fixed_keras3)}


def fixed(keras, size):
    """A model that was built for batches of one size."""
    start(seed=size)
    numbers = keras.Input((4,), batch_size=size, name="numbers")
    hidden = keras.layers.Dense(3, activation="tanh", name="hidden")(numbers)
    return keras.Model(numbers, keras.layers.Dense(2, name="last")(hidden), name="fixed")


class KeptTables(tf.Module):
    """Looks up in tables that were filled while the model lived: their contents are variables."""

    def __init__(self):
        super().__init__()
        self.numbers = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)
        self.numbers.insert(WORDS[:3], tf.constant([7, 8, 9], tf.int64))
        self.pairs = tf.lookup.experimental.DenseHashTable(
            tf.string,
            tf.float32,
            [0.5, 0.25],
            empty_key="$empty",
            deleted_key="$deleted",
            initial_num_buckets=8,
        )
        self.pairs.insert(WORDS[1:], tf.constant([[1.0, 2], [3, 4], [5, 6]]))

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "word")])
    def __call__(self, word):
        return {"number": self.numbers.lookup(word), "pair": self.pairs.lookup(word)}


class Ragged(tf.Module):
    """Gives a ragged tensor beside a plain one."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, "word")])
    def __call__(self, word):
        characters = tf.strings.unicode_split(word, "UTF-8")
        return {"characters": characters, "lengths": tf.cast(characters.row_lengths(), tf.int32)}


def stateful(keras, size):
    """A recurrent model that goes on where its last batch ended."""
    start(seed=13)
    steps = keras.Input(batch_shape=(size, 3, 2), name="steps")
    hidden = keras.layers.LSTM(3, stateful=True, name="lstm")(steps)
    return keras.Model(steps, keras.layers.Dense(2, name="last")(hidden), name="stateful")


def asserting(keras):
    """A model with a layer that refuses large numbers; nothing waits for its assertions."""

    class Checked(keras.layers.Layer):
        def call(self, numbers):
            tf.debugging.assert_less(numbers, 100.0, message="too large")
            tf.Assert(tf.reduce_all(numbers > -100.0), ["too small"])
            return numbers * 2.0

    start(seed=17)
    numbers = keras.Input((4,), name="numbers")
    hidden = Checked(name="checked")(keras.layers.Dense(3, name="first")(numbers))
    return keras.Model(numbers, keras.layers.Dense(2, name="last")(hidden), name="asserting")


class Scaled(keras2.layers.Dense):
    """Scales what its first batch gives to a deviation of one, and remembers by a flag that it did."""

    def build(self, shape):
        super().build(shape)
        self.scale = self.add_weight(name="scale", shape=[self.units], initializer="ones")
        self.is_scaled = self.add_weight(
            name="is_scaled", shape=[], dtype=tf.bool, initializer="zeros", trainable=False
        )

    def call(self, numbers):
        given = super().call(numbers)

        def rescaled():
            changed = self.scale.assign(1.0 / tf.math.reduce_std(given, 0))
            with tf.control_dependencies([changed, self.is_scaled.assign(True)]):
                return tf.identity(changed)

        return given * tf.cond(self.is_scaled, lambda: tf.identity(self.scale), rescaled)


class Hostile(tf.Module):
    """Gives one output that can be had beside many that cannot."""

    def __init__(self):
        super().__init__()
        self.count = tf.Variable(0.0)

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 4], tf.float32, "numbers"),
            tf.TensorSpec([None], tf.string, "word"),
        ]
    )
    def __call__(self, numbers, word):
        doubled = numbers * 2.0
        grid = tf.reshape(doubled, [-1, 2, 2, 1])
        state = tf.zeros([1, tf.shape(numbers)[0], 3])
        return {
            "doubled": doubled,
            "read": tf.map_fn(tf.io.read_file, word),
            "found": tf.io.matching_files(word),
            "python": tf.numpy_function(np.abs, [doubled], tf.float32),
            "random": doubled + tf.random.normal([4]),
            "counted": doubled + self.count.assign_add(1.0),
            "printed": tf.strings.format("{}", word),
            "on_a_gpu": tf.raw_ops.CudnnRNN(
                input=doubled[None], input_h=state, input_c=state, params=tf.zeros([100])
            )[0][0],
            "complex": tf.cast(doubled, tf.complex64),
            "unsigned": tf.cast(doubled, tf.uint64),
            "total": tf.reduce_sum(doubled),
            "transposed": tf.transpose(doubled),
            "centered": doubled - tf.reduce_mean(doubled, 0),
            "training": tf.compat.v1.nn.fused_batch_norm(grid, [1.0], [0.0])[0],
        }


def precise(keras, dtype):
    """A model that computes in one type; for the mixed ones, with variables of float32."""
    start(seed=9)
    layers = keras.layers
    numbers = keras.Input((4,), name="numbers", dtype="float32")
    grid = layers.Reshape((2, 2, 1), name="grid", dtype=dtype)(numbers)
    hidden = layers.Conv2D(3, 2, padding="same", activation="relu", name="conv", dtype=dtype)(grid)
    hidden = layers.BatchNormalization(name="bn", dtype=dtype)(hidden)
    hidden = layers.Flatten(name="flat", dtype=dtype)(hidden)
    last = layers.Dense(2, activation="tanh", name="last", dtype=dtype)(hidden)
    return keras.Model(numbers, last, name="precise")


def rows(random):
    """Values for all inputs of all models."""
    pick = lambda *shape: random.choice([*WORDS, "cow", ""], (ROWS, *shape))
    return {
        "small": random.integers(0, 100, (ROWS, 2)).astype(np.int32),
        "large": random.integers(-(2**60), 2**60, (ROWS, 2)),
        "exact": random.normal(size=(ROWS, 2)),
        "flag": random.random((ROWS, 2)) < 0.5,
        "words": pick(3),
        "word": pick(),
        "text": np.array([" ".join(line) for line in pick(3)]),
        "codes": random.choice([5, 70, 900, 3], (ROWS, 3)),
        "numbers": random.normal(size=(ROWS, 4)).astype(np.float32),
        "steps": random.normal(size=(ROWS, 3, 2)).astype(np.float32),
    }


def plain(value):
    """As JSON: halves and unsigned numbers as floats and ints, strings as text."""
    array = np.asarray(value)
    if array.dtype == object or array.dtype.kind == "S":
        return np.vectorize(lambda text: text.decode(), otypes=[object])(array).tolist()
    return (array.astype(np.float32) if array.dtype.kind not in "biuf" else array).tolist()


def write(name, taken, answers):
    """The rows and the answers of a model, in the order of the rows."""
    columns = {"id": pyarrow.array(range(ROWS), pyarrow.int32())}
    for key, array in taken.items():
        columns[key] = pyarrow.array(array.tolist())
    pyarrow.parquet.write_table(pyarrow.table(columns), HERE / f"{name}.parquet")
    described = {
        key: {"dtype": value.dtype.name, "rows": plain(value)} for key, value in answers.items()
    }
    (HERE / f"{name}.answers.json").write_text(json.dumps(described) + "\n")
    print(name, list(answers), flush=True)


def save_module(module, name):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    tf.saved_model.save(module, str(folder), signatures=module.__call__)


def modules(values):
    start(seed=1)
    names = ["small", "large", "exact", "flag", "words", "word"]
    module = Types()
    save_module(module, "types_module")
    taken = {"text" if key == "words" else key: values[key] for key in names}
    taken["text"] = taken["text"][:, :2]
    write("types_module", taken, module(*[tf.constant(array) for array in taken.values()]))

    # A relative path: TensorFlow writes it into the model.
    os.chdir(HERE)
    vocabulary = Path("vocabulary.txt")
    vocabulary.write_text("\n".join(WORDS) + "\n")
    module = VocabularyFile(str(vocabulary))
    save_module(module, "vocabulary_file")
    vocabulary.unlink()
    taken = {"words": values["words"]}
    write("vocabulary_file", taken, module(tf.constant(values["words"])))


def word_modules(values):
    taken = {"word": values["word"]}
    for module, name in ((KeptTables(), "kept_tables"), (Ragged(), "ragged_module")):
        save_module(module, name)
        answers = module(tf.constant(values["word"]))
        plain_ones = {key: value for key, value in answers.items() if key != "characters"}
        write(name, taken, plain_ones)


def hostile(values):
    save_module(Hostile(), "hostile_module")
    taken = {"numbers": values["numbers"], "word": values["word"]}
    write("hostile_module", taken, {"doubled": values["numbers"] * 2})


def vocabularies(values):
    """Layers of Keras that take their words from a file, which becomes an asset."""
    os.chdir(HERE)
    vocabulary = Path("vocabulary.txt")
    vocabulary.write_text("\n".join(WORDS) + "\n")
    for keras, save, name in ((keras2, save_keras2, "keras2"), (keras3, export_keras3, "keras3")):
        words = keras.Input((3,), dtype="string", name="words")
        found = keras.layers.StringLookup(vocabulary="vocabulary.txt", name="found")
        model = keras.Model(words, found(words), name="vocabulary")
        answers = model(tf.constant(values["words"]))
        save(model, f"vocabulary_{name}", HERE)
        write(f"vocabulary_{name}", {"words": values["words"]}, {"found": answers})
    vocabulary.unlink()


def lookups(values):
    taken = {
        "words": values["words"],
        "text": values["text"][:, None],
        "codes": values["codes"],
        "numbers": values["numbers"][:, :3],
    }
    for keras, save, name in (
        (keras2, save_keras2, "tables_keras2"),
        (keras3, export_keras3, "tables_keras3"),
    ):
        model = tables(keras)
        outputs = model([tf.constant(array) for array in taken.values()], training=False)
        save(model, name, HERE)
        write(name, taken, dict(zip(LOOKUPS, outputs, strict=True)))


def in_batches(model, layer, array, size, start_again):
    """What a layer and the whole model put out, in batches of one size, the last one filled up."""
    count = -(-ROWS // size) * size
    padded = np.concatenate([array, array])[:count]
    tapped = type(model)(model.inputs, [model.get_layer(layer).output, model.output])
    outputs = []
    for i in range(0, count, size):
        start_again()
        outputs.append(tapped(padded[i : i + size], training=False))
    together = [tf.concat(parts, 0)[:ROWS] for parts in zip(*outputs, strict=True)]
    return dict(zip((layer, "last"), together, strict=True))


def batches(values):
    for size, (keras, save) in FIXED.items():
        model = fixed(keras, size)
        save(model, f"batch_of_{size}", HERE)
        answers = in_batches(model, "hidden", values["numbers"], size, lambda: None)
        write(f"batch_of_{size}", {"numbers": values["numbers"]}, answers)


def states(values):
    """Keras 2 is saved after a batch, so in another state than it starts with; each batch of the
    answers starts from the state that was saved."""
    steps = values["steps"]
    for size, keras, save, name in (
        (1, keras2, save_keras2, "stateful_keras2"),
        (2, keras3, export_fixed_keras3, "stateful_keras3"),
    ):
        model = stateful(keras, size)
        if keras is keras2:
            model.predict(steps[:1], verbose=0)
        variables = model.get_layer("lstm").states
        saved = [np.array(variable) for variable in variables]
        save(model, name, HERE)

        def start_again(variables=variables, saved=saved):
            for variable, state in zip(variables, saved, strict=True):
                variable.assign(state)

        write(name, {"steps": steps}, in_batches(model, "lstm", steps, size, start_again))


def assertions(values):
    taken = {"numbers": values["numbers"]}
    for keras, save, name in ((keras2, save_keras2, "keras2"), (keras3, export_keras3, "keras3")):
        model = asserting(keras)
        names = ["first", "checked", "last"]
        tapped = keras.Model(model.inputs, [model.get_layer(key).output for key in names])
        answers = tapped(values["numbers"], training=False)
        save(model, f"asserting_{name}", HERE)
        write(f"asserting_{name}", taken, dict(zip(names, answers, strict=True)))


def initialized(values):
    """A model whose stored flag tells that the branch which changes variables is not taken."""
    start(seed=19)
    numbers = keras2.Input((4,), name="numbers")
    hidden = Scaled(3, activation="tanh", name="scaled")(numbers)
    model = keras2.Model(numbers, keras2.layers.Dense(2, name="last")(hidden), name="initialized")
    model(values["numbers"][:5])
    tapped = keras2.Model(numbers, [hidden, *model.outputs])
    answers = tapped(values["numbers"], training=False)
    save_keras2(model, "initialized_keras2", HERE)
    taken = {"numbers": values["numbers"]}
    write("initialized_keras2", taken, dict(zip(["scaled", "last"], answers, strict=True)))


def precisions(values):
    taken = {"numbers": values["numbers"]}
    for keras, save, name in ((keras2, save_keras2, "keras2"), (keras3, export_keras3, "keras3")):
        for dtype in ("float64", "mixed_float16", "mixed_bfloat16"):
            model = precise(keras, dtype)
            names = ["conv", "bn", "last"]
            tapped = keras.Model(model.inputs, [model.get_layer(key).output for key in names])
            answers = tapped(values["numbers"], training=False)
            save(model, f"{dtype}_{name}", HERE)
            write(f"{dtype}_{name}", taken, dict(zip(names, answers, strict=True)))


def main():
    values = rows(np.random.default_rng(3))
    modules(values)
    word_modules(values)
    hostile(values)
    vocabularies(values)
    lookups(values)
    batches(values)
    states(values)
    assertions(values)
    initialized(values)
    precisions(values)


if __name__ == "__main__":
    main()
