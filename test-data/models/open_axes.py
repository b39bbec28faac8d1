"""Models whose inputs have open axes: `tokens_keras3` takes any number of token ids, `any_size_keras3`
images of any size. Beside the usual answers, `open_axes.answers.*` holds those of rows of their own
lengths, and pooled over the true steps of padded rows, and gradients of padded rows."""

import answers
from answer_files import write_files
from frameworks import MODELS, export_keras3, keras3, np, random_batch, start, tf

VOCABULARY, LENGTHS, PADDED = 20, [1, 5, 3, 8, 3, 1, 12, 5], 8
SIZES = [(6, 9), (8, 5), (6, 9), (20, 11)]


def tokens_model():
    start(seed=3)
    tokens = keras3.Input((None,), dtype="int32", name="tokens")
    vectors = keras3.layers.Embedding(VOCABULARY, 6, name="embedding")(tokens)
    convolved = keras3.layers.Conv1D(7, 3, padding="same", activation="relu", name="conv")(vectors)
    states = keras3.layers.LSTM(5, return_sequences=True, name="lstm")(convolved)
    return keras3.Model(tokens, states, name="tokens_model")


def any_size_model():
    start(seed=4)
    image = keras3.Input((None, None, 3), name="image")
    convolved = keras3.layers.Conv2D(4, 3, strides=2, padding="same", name="conv")(image)
    pooled = keras3.layers.GlobalAveragePooling2D(name="mean")(convolved)
    return keras3.Model(image, pooled, name="any_size_model")


def random_tokens():
    random = np.random.default_rng(5)
    return [random.integers(0, VOCABULARY, length).astype(np.int32) for length in LENGTHS]


def sequence_answers(model, rows, arrays):
    """Each row alone, at its own length; then all padded to one, pooled by Keras under a mask."""
    for number, row in enumerate(rows):
        arrays[f"tokens/{number}"] = row
        arrays[f"lstm/{number}"] = model.predict(row[np.newaxis], verbose=False)[0]
    for side in ("pre", "post"):
        padded = keras3.utils.pad_sequences(rows, PADDED, padding=side, truncating="post")
        states = model.predict(padded, verbose=False)
        lengths = np.minimum(LENGTHS, PADDED)
        steps = np.arange(PADDED)
        first = PADDED - lengths if side == "pre" else np.zeros_like(lengths)
        mask = (steps >= first[:, None]) & (steps < (first + lengths)[:, None])
        mean = keras3.layers.GlobalAveragePooling1D()(states, mask=tf.constant(mask))
        arrays[f"{side}/avg"] = np.asarray(mean)
        arrays[f"{side}/max"] = np.where(mask[..., None], states, -np.inf).max(axis=1)
        arrays[f"{side}/first"] = states[np.arange(len(rows)), first]
        arrays[f"{side}/last"] = states[np.arange(len(rows)), first + lengths - 1]


def gradient_answers(model, rows, arrays):
    """The derivative of a channel, summed over the steps of a padded row, by the embedding."""
    embedding, *others = model.layers[1:]
    for side in ("pre", "post"):
        vectors = embedding(keras3.utils.pad_sequences(rows, PADDED, padding=side, truncating="post"))
        with tf.GradientTape() as tape:
            tape.watch(vectors)
            states = vectors
            for layer in others:
                states = layer(states)
            score = tf.reduce_sum(states[:, :, 1])
        arrays[f"{side}/gradient"] = tape.gradient(score, vectors).numpy()


def image_answers(model, arrays):
    convolution = keras3.Model(model.input, model.get_layer("conv").output)
    for number, (height, width) in enumerate(SIZES):
        image = random_batch((height, width, 3), seed=number)
        arrays[f"image/{number}"] = image
        arrays[f"conv/{number}"] = convolution.predict(image[np.newaxis], verbose=False)[0]
        arrays[f"mean/{number}"] = model.predict(image[np.newaxis], verbose=False)[0]


def main():
    arrays = {}
    tokens = random_tokens()
    model = tokens_model()
    folder = export_keras3(model, "tokens_keras3")
    answers.write_keras3(folder, model, [np.stack([tokens[1], tokens[7]])])
    sequence_answers(model, tokens, arrays)
    gradient_answers(model, tokens, arrays)
    model = any_size_model()
    folder = export_keras3(model, "any_size_keras3")
    answers.write_keras3(folder, model, [random_batch((2, 10, 12, 3), seed=6)])
    image_answers(model, arrays)
    head = {"tokens": LENGTHS, "padded": PADDED, "sizes": SIZES}
    write_files(MODELS / "open_axes", head, {}, arrays)


if __name__ == "__main__":
    main()
