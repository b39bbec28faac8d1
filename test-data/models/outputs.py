"""Layers of several outputs that operators take: attention whose scores the model returns; a layer of
three outputs that are all taken; one of which only the last is; and one of which the others go into
functions that Keras 3 traces in more ops than one. Saved by Keras 2, exported by Keras 3 with its
topology. And blocks of two outputs, of which the last one gives one that nobody takes: its other output
is all that leaves it."""

import answers
from frameworks import export_keras3, keras2, keras3, random_batch, save_keras2, start, tf

WANTED = answers.Wanted(topology=True)


def fork(keras):
    class Fork(keras.layers.Layer):
        def call(self, inputs):
            return tf.math.sin(inputs), tf.math.cos(inputs) * inputs, tf.math.square(inputs)

        def compute_output_shape(self, shape):
            return shape, shape, shape

    return Fork


def deviation(keras, tensor):
    operations = tf.math if keras is keras2 else keras.ops
    name = "reduce_std" if keras is keras2 else "std"
    return getattr(operations, name)(tensor, axis=1)


def build(keras):
    start(seed=0)
    layers = keras.layers
    events = keras.Input((4, 3), name="events")
    attention = layers.MultiHeadAttention(2, 2, name="attention")
    attended, scores = attention(events, events, return_attention_scores=True)
    normed = layers.LayerNormalization(name="norm")(events + attended)
    sine, cosine, square = fork(keras)(name="fork")(normed)
    _, _, only = fork(keras)(name="last")(normed)
    one, other, third = fork(keras)(name="vague")(normed)
    small = sine > 0.1
    joined = cosine[:, ::-1] + only * 0.5 - square
    head = layers.Dense(2, name="head")(joined)
    ratio = layers.Dense(1, name="ratio")(deviation(keras, one) / deviation(keras, other))
    return keras.Model(events, [head, scores, small, third, ratio], name="outputs")


def skipping(keras):
    """As in a temporal convolutional network: what skips the blocks after one goes to the end."""

    class Skipping(keras.layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.inner = keras.layers.Dense(3, activation="relu", name="inner")
            self.final = keras.layers.Activation("tanh", name="final")

        def build(self, shape):
            self.inner.build(shape)
            self.built = True

        def call(self, inputs):
            skip = self.inner(inputs)
            return self.final(inputs + skip), skip

    start(seed=0)
    events = x = keras.Input((4, 3), name="events")
    skips = []
    for number in range(2):
        x, skip = Skipping(name=f"block_{number}")(x)
        skips.append(skip)
    added = keras.layers.Add(name="added")(skips)
    return keras.Model(events, keras.layers.Dense(2, name="head")(added), name="skipping")


def main():
    inputs = [random_batch((2, 4, 3), seed=31, low=-1.0)]
    model = build(keras2)
    answers.write_keras2(save_keras2(model, "outputs_keras2"), model, inputs, WANTED)
    model = build(keras3)
    answers.write_keras3(export_keras3(model, "outputs_keras3"), model, inputs, WANTED)
    model = skipping(keras3)
    answers.write_keras3(export_keras3(model, "skipping_keras3"), model, inputs)


if __name__ == "__main__":
    main()
