"""A small BERT: token ids and their mask through embeddings and three transformer blocks, exported by
Keras 3. Beside the usual answers it writes texts, and `bert_keras3.texts.answers.*`: the hidden states of
blocks for these texts, pooled by Keras under the mask."""

import re

import answers
import pyarrow as pa
import pyarrow.parquet as parquet
from answer_files import write_files
from frameworks import MODELS, export_keras3, keras3, np, start, tf

STEPS, WIDTH, HEADS, BLOCKS = 16, 12, 2, 3
VOCABULARY = (
    "[pad] [unk] [cls] [sep] a and bird cat dog house in is no not of on over river"
    " runs saw sees sings small sun the tree under water where white"
).split()
TEXTS = [
    "The small white cat sleeps under the tree.",
    "A dog runs over the river, and a bird sings on the house.",
    "Where is the sun?",
    "No!",
    "",
    "The dog saw the cat; the cat saw the bird; the bird saw no dog and no cat in the house of the sun.",
    "Water is not WHITE",
    "Not a tree: a house.",
    "The bird sees the small dog",
]


class Positions(keras3.layers.Layer):
    """Adds a learned vector to each step."""

    def build(self, shape):
        self.table = self.add_weight(shape=shape[1:], initializer="random_normal", name="table")

    def call(self, states):
        return states + self.table


def build():
    start(seed=21)
    layers = keras3.layers
    ids = keras3.Input((STEPS,), dtype="int32", name="token_ids")
    mask = keras3.Input((STEPS,), dtype="int32", name="mask")
    large = keras3.initializers.RandomNormal(stddev=1.0)
    states = layers.Embedding(len(VOCABULARY), WIDTH, large, name="tokens")(ids)
    states = Positions(name="positions")(states)
    states = layers.LayerNormalization(name="embedding")(states)
    seen = layers.Reshape((1, STEPS), name="seen")(mask)
    for number in range(BLOCKS):
        attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, name=f"attention_{number}")
        attended = attention(states, states, attention_mask=seen)
        states = layers.LayerNormalization(name=f"attended_{number}")(states + attended)
        wide = layers.Dense(2 * WIDTH, activation="gelu", name=f"wide_{number}")(states)
        narrow = layers.Dense(WIDTH, name=f"narrow_{number}")(wide)
        states = layers.LayerNormalization(name=f"block_{number}")(states + narrow)
    return keras3.Model([ids, mask], states, name="bert")


def tokenized(text):
    """As conf/texts.conf does it in SQL."""
    words = re.sub("[^a-z]+", " ", text.lower()).strip().split(" ")[: STEPS - 2]
    known = {word: number for number, word in enumerate(VOCABULARY)}
    return [known.get(word, 1) for word in ["[cls]", *(w for w in words if w), "[sep]"]]


def padded(texts):
    rows = [tokenized(text) for text in texts]
    ids = keras3.utils.pad_sequences(rows, STEPS, padding="post")
    mask = np.array([[1] * len(row) + [0] * (STEPS - len(row)) for row in rows], np.int32)
    return ids.astype(np.int32), mask


def text_answers(model):
    ids, mask = padded(TEXTS)
    blocks = keras3.Model(model.inputs, [model.get_layer(f"block_{n}").output for n in range(BLOCKS)])
    hidden = [np.asarray(states) for states in blocks([ids, mask], training=False)]
    arrays = {"ids": ids, "mask": mask}
    mean = keras3.layers.GlobalAveragePooling1D()
    for number, states in enumerate(hidden):
        arrays[f"block_{number}/avg"] = np.asarray(mean(states, mask=tf.constant(mask == 1)))
        arrays[f"block_{number}/first"] = states[:, 0]
        arrays[f"block_{number}/max"] = np.where(mask[..., None] == 1, states, -np.inf).max(axis=1)
    # Whoever forgets the mask gets something else.
    unmasked = blocks([ids, np.ones_like(mask)], training=False)
    for states, whole in zip(hidden, unmasked):
        assert np.abs(states[:, 0] - np.asarray(whole)[:, 0]).max() > 0.1
    write_files(MODELS / "bert_keras3.texts", {"vocabulary": VOCABULARY}, {"texts": TEXTS}, arrays)


def main():
    model = build()
    inputs = list(padded(TEXTS[:2]))
    answers.write_keras3(export_keras3(model, "bert_keras3"), model, inputs)
    text_answers(model)
    folder = MODELS.parent / "texts"
    folder.mkdir(exist_ok=True)
    table = pa.table({"id": pa.array(range(len(TEXTS)), pa.int32()), "text": TEXTS})
    parquet.write_table(table, folder / "texts.parquet")


if __name__ == "__main__":
    main()
