"""Steps of plain TensorFlow ops, as graphs have them that no Keras made. Each takes a tensor of one
shape and gives one or several of the same, so that anything can follow anything."""

from math import prod

from random_convolutions import CHANNELS, ConvolutionOps, one, v1

from frameworks import tf

SHAPES = {"image": (8, 8, CHANNELS), "events": (6, CHANNELS), "row": (CHANNELS,)}


class RandomOps(ConvolutionOps):
    """Draws steps; `weight` makes a variable of the graph at hand."""

    def __init__(self, draw, kind, weight):
        self.draw = draw
        self.kind = kind
        self.weight = weight

    def step(self):
        """A function of one tensor."""
        steps = [self.affine, self.affine, self.activation, self.activation, self.dense]
        steps += [self.normalization, self.normalization, self.parts, self.shapes, self.types]
        steps += [self.rows, self.switch, self.loop, self.largest]
        if self.kind == "image":
            steps += [self.convolution] * 4 + [self.depthwise, self.transposed, self.padded]
            steps += [self.padded, self.pooled, self.blocks, self.resized, self.channels_first]
        if self.kind == "events":
            steps += [self.convolution_of_steps] * 2 + [self.running, self.steps_reversed]
        return self.draw.choice(steps)()

    def channels(self, low, high):
        """Numbers for the channels: a variable, a constant of the graph, or one for all."""
        kind = self.draw.choice(["variable", "constant", "single"])
        if kind == "variable":
            return self.weight((CHANNELS,), low, high)
        count = CHANNELS if kind == "constant" else 1
        numbers = [self.draw.uniform(low, high) for _ in range(count)]
        return tf.constant(numbers if kind == "constant" else numbers[0], tf.float32)

    def affine(self):
        scale, shift = (0.5, 1.5), (-0.3, 0.3)
        return self.draw.choice(
            [
                lambda x: x * self.channels(*scale),
                lambda x: self.channels(*scale) * x,
                lambda x: x / self.channels(*scale),
                lambda x: x + self.channels(*shift),
                lambda x: x - self.channels(*shift),
                lambda x: self.channels(*shift) - x,
                lambda x: tf.nn.bias_add(x, self.weight((CHANNELS,), *shift)),
                lambda x: x * self.channels(*scale) + self.channels(*shift),
                lambda x: (x - self.channels(*shift)) / self.channels(*scale),
                lambda x: -x,
                lambda x: x * 0.5 + x * self.channels(*scale),
                lambda x: tf.add_n([x, self.channels(*shift) + x * 0.1]),
            ]
        )

    def activation(self):
        return self.draw.choice(
            [
                tf.nn.relu,
                tf.nn.relu6,
                tf.math.tanh,
                tf.math.sigmoid,
                tf.nn.elu,
                tf.nn.selu,
                tf.nn.softplus,
                tf.nn.softmax,
                tf.math.abs,
                lambda x: tf.nn.leaky_relu(x, self.draw.choice([0.1, 0.2, 0.3])),
                lambda x: x * tf.math.sigmoid(x),
                lambda x: tf.math.sigmoid(x) * x,
                lambda x: tf.math.sigmoid(x * 1.702) * x,
                lambda x: x * tf.nn.relu6(x + 3.0) / 6.0,
                lambda x: x * (tf.nn.relu6(x + 3.0) * (1 / 6)),
                lambda x: tf.maximum(x, 0.0),
                lambda x: tf.maximum(x, 0.2 * x),
                lambda x: tf.minimum(tf.maximum(x, 0.0), 6.0),
                lambda x: tf.clip_by_value(x, -0.5, 0.5),
                lambda x: tf.nn.relu(x) - tf.nn.relu(-x) * self.channels(0.1, 0.3),
                lambda x: tf.math.square(x) * 0.5,
                lambda x: tf.math.sqrt(tf.math.abs(x) + 0.1),
                lambda x: 0.5 * x * (1.0 + tf.math.erf(x / 1.4142135)),
                lambda x: tf.nn.l2_normalize(x + 0.5, -1),
            ]
        )

    def dense(self):
        weights = self.matrix(CHANNELS, CHANNELS)
        if self.kind != "row":
            return self.draw.choice(
                [
                    lambda x: tf.tensordot(x, weights, [[-1], [0]]),
                    lambda x: tf.einsum("...c,cd->...d", x, weights),
                    lambda x: x @ tf.convert_to_tensor(weights),
                ]
            )
        return self.draw.choice(
            [
                lambda x: tf.matmul(x, weights),
                lambda x: tf.matmul(x, weights, transpose_b=True),
                lambda x: v1.nn.xw_plus_b(x, weights, self.weight((CHANNELS,), -0.3, 0.3)),
                lambda x: tf.transpose(tf.matmul(weights, x, True, True)),
                lambda x: tf.nn.relu(tf.matmul(x, weights) * self.channels(0.5, 1.5)),
            ]
        )

    def matrix(self, *shape):
        """A variable, sometimes one that the graph scales or turns before it is used."""
        size = 1.0 / (sum(shape) / len(shape)) ** 0.5
        weights = self.weight(shape, -1.5 * size, 1.5 * size)
        chance = self.draw.random()
        if chance < 0.15:
            return weights * self.weight(shape[-1:], 0.5, 1.5)
        if chance < 0.25:
            return tf.reverse(tf.convert_to_tensor(weights), [0])
        return weights

    def normalization(self):
        scale = self.weight((CHANNELS,), 0.5, 1.5)
        shift, mean = self.weight((CHANNELS,), -0.3, 0.3), self.weight((CHANNELS,), -0.3, 0.3)
        variance = self.weight((CHANNELS,), 0.5, 1.5)
        by_factor = scale * tf.math.rsqrt(variance + 1e-3)
        kinds = [
            lambda x: tf.nn.batch_normalization(x, mean, variance, shift, scale, 1e-3),
            lambda x: tf.nn.batch_normalization(x, mean, variance, None, None, 1e-3),
            lambda x: x * by_factor + (shift - mean * by_factor),
            lambda x: (x - mean) / tf.sqrt(variance + 1e-3) * scale + shift,
            lambda x: of_each_row(x, scale, shift),
        ]
        if self.kind == "image":
            kinds += [lambda x: fused(x, scale, shift, mean, variance)] * 3
        return self.draw.choice(kinds)

    def parts(self):
        def reversed_parts(x):
            first, second = tf.split(x, self.draw.choice([2, [1, 3]]), -1)
            return [tf.concat([second, first], -1)]

        def stacked(x):
            parts = tf.unstack(x, axis=-1, num=CHANNELS)
            self.draw.shuffle(parts)
            return [tf.stack(parts, -1), tf.stack(parts[::-1], -1)]

        return self.draw.choice(
            [
                reversed_parts,
                stacked,
                lambda x: tf.concat([x[..., 2:], x[..., :2]], -1),
                lambda x: x[..., ::-1],
                lambda x: tf.gather(x, [3, 1, 0, 2], axis=-1),
                lambda x: tf.concat([x, x * 2.0], -1)[..., 2:6],
            ]
        )

    def shapes(self):
        """Another shape and back, by what the graph knows or asks for."""
        shape = SHAPES[self.kind]
        size = prod(shape)

        def flat(x):
            wide = tf.reshape(x, self.draw.choice([[-1, size], [tf.shape(x)[0], size]]))
            wide = tf.nn.relu(wide) if self.draw.random() < 0.5 else wide * 0.5
            return tf.reshape(wide, [-1, *shape])

        def folded(x):
            return tf.reshape(tf.math.tanh(tf.reshape(x, [-1, CHANNELS])), tf.shape(x))

        return self.draw.choice(
            [
                flat,
                folded,
                lambda x: tf.squeeze(tf.expand_dims(x, 1) * 0.5, 1),
                lambda x: tf.reduce_sum(tf.repeat(tf.expand_dims(x, -1), 2, -1), -1),
                lambda x: tf.tile(x, [1] * len(shape) + [2])[..., 1:5],
                lambda x: tf.broadcast_to(tf.reduce_mean(x, -1, keepdims=True), tf.shape(x)) + x,
                lambda x: tf.identity(tf.stop_gradient(x)),
                lambda x: tf.pad(x, [[0, 0]] * len(shape) + [[1, 1]])[..., 1:-1],
            ]
        )

    def types(self):
        return self.draw.choice(
            [
                lambda x: tf.cast(tf.cast(x, tf.float64) * 0.5, tf.float32),
                lambda x: tf.cast(tf.cast(x, tf.float16) + 1.0, tf.float32),
                lambda x: tf.cast(x > 0.1, tf.float32) + x,
                lambda x: tf.where(x > 0.0, x, x * 0.1),
                lambda x: v1.where(x > 0.0, x, tf.zeros_like(x)),
                lambda x: tf.where(tf.math.is_nan(x), tf.ones_like(x), x),
                lambda x: tf.one_hot(tf.argmax(x, -1), CHANNELS) + x,
            ]
        )

    def largest(self):
        def top(x):
            values, indices = tf.math.top_k(x, CHANNELS)
            return [values, tf.cast(indices, tf.float32) * 0.1]

        return self.draw.choice([top, lambda x: tf.sort(x, -1), lambda x: tf.cumsum(x, -1) * 0.5])

    def rows(self):
        """What an embedding gives for the positions of the largest values."""
        table = self.weight((CHANNELS, CHANNELS), -0.5, 0.5)
        return self.draw.choice(
            [
                lambda x: tf.nn.embedding_lookup(table, tf.argmax(x, -1)) + x,
                lambda x: tf.gather(table, tf.argmax(x, -1, tf.int32)) * x,
            ]
        )

    def switch(self):
        """A condition that the graph decides, or one that the data decide."""
        inner = [self.affine(), self.activation()]
        return self.draw.choice(
            [
                lambda x: v1.cond(tf.shape(x)[-1] > 2, lambda: one(inner[0](x)), lambda: x - 1.0),
                lambda x: v1.cond(
                    tf.reduce_sum(x) > 0.3, lambda: one(inner[0](x)), lambda: one(inner[1](x))
                ),
            ]
        )

    def loop(self):
        weights = tf.convert_to_tensor(self.matrix(CHANNELS, CHANNELS))
        count = self.draw.randint(1, 4)

        def body(n, value):
            return n + 1, tf.math.tanh(tf.tensordot(value, weights, [[-1], [0]]))

        def run(x):
            steps, value = v1.while_loop(lambda n, _: n < count, body, (tf.constant(0), x))
            return value + tf.cast(steps, tf.float32) if self.draw.random() < 0.3 else value

        return run


def of_each_row(x, scale, shift):
    """Shifted after it: the mean of what is normalized alone is nothing but rounding."""
    mean, variance = tf.nn.moments(x, [-1], keepdims=True)
    return (x - mean) / tf.sqrt(variance + 0.1) * scale + shift


def fused(x, scale, shift, mean, variance):
    given, _, _ = v1.nn.fused_batch_norm(x, scale, shift, mean, variance, 1e-3, is_training=False)
    return given
