"""Steps on maps and on sequences: convolutions and what often stands before and behind them, padding,
pooling, other sizes."""

from frameworks import tf

v1 = tf.compat.v1

CHANNELS = 4


class ConvolutionOps:
    """What RandomOps draws for images and events; uses its `draw`, `matrix`, `weight` and its other
    steps."""

    def convolution(self):
        size = self.draw.choice([1, 1, 3, 3, 5])
        kernel = self.matrix(size, size, CHANNELS, CHANNELS)
        dilation = self.draw.choice([1, 1, 1, 2]) if size > 1 else 1
        edge = dilation * (size - 1) // 2
        pads = [[0, 0], [edge, edge], [edge, edge], [0, 0]]
        modes = ["SAME", "SAME", "explicit", "PAD", "PAD", "REFLECT", "ONES", "twice"]
        mode = self.draw.choice(modes)

        def run(x):
            if mode == "explicit":
                return tf.nn.conv2d(x, kernel, 1, pads, dilations=dilation)
            if mode == "SAME" or edge == 0:
                return tf.nn.conv2d(x, kernel, 1, "SAME", dilations=dilation)
            if mode == "twice" and size == 3:
                wide = tf.nn.conv2d(tf.pad(x, pads), kernel, 1, "SAME", dilations=dilation)
                return wide[:, edge:-edge, edge:-edge]
            if mode == "REFLECT":
                wide = tf.pad(x, pads, "REFLECT")
            else:
                wide = tf.pad(x, pads, constant_values=1.0 if mode == "ONES" else 0.0)
            return tf.nn.conv2d(wide, kernel, 1, "VALID", dilations=dilation)

        return self.followed(run)

    def depthwise(self):
        kernel = self.matrix(3, 3, CHANNELS, 1)
        pads = [[0, 0], [2, 0], [0, 2], [0, 0]]
        return self.followed(
            self.draw.choice(
                [
                    lambda x: tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME"),
                    lambda x: tf.nn.depthwise_conv2d(tf.pad(x, pads), kernel, [1, 1, 1, 1], "VALID"),
                    lambda x: tf.nn.separable_conv2d(
                        x, kernel, self.matrix(1, 1, CHANNELS, CHANNELS), [1, 1, 1, 1], "SAME"
                    ),
                ]
            )
        )

    def transposed(self):
        kernel = self.matrix(3, 3, CHANNELS, CHANNELS)
        return self.followed(
            lambda x: tf.nn.conv2d_transpose(x, kernel, tf.shape(x), 1, "SAME")
        )

    def followed(self, run):
        """What often follows a convolution, right behind it."""
        chain = self.draw.choice(
            [
                [],
                [self.affine()],
                [self.normalization()],
                [self.affine(), self.normalization(), self.activation()],
                [self.normalization(), self.activation()],
                [self.affine(), self.affine(), self.activation()],
            ]
        )

        return lambda x: through([run, *chain], x)

    def padded(self):
        """Padding whose result is used twice, or by what is no convolution."""
        pads = [[0, 0], [1, 1], [1, 1], [0, 0]]
        first, second = (self.matrix(3, 3, CHANNELS, CHANNELS) for _ in range(2))

        def shared(x):
            wide = tf.pad(x, pads)
            return [
                tf.nn.conv2d(wide, first, 1, "VALID"),
                tf.nn.conv2d(wide, second, 1, "VALID"),
            ]

        return self.draw.choice(
            [
                shared,
                lambda x: tf.nn.max_pool2d(tf.pad(x, pads), 3, 1, "VALID"),
                lambda x: tf.nn.avg_pool2d(tf.pad(x, pads), 3, 1, "VALID"),
                lambda x: tf.nn.conv2d(tf.pad(tf.nn.relu(x), pads), first, 1, "VALID"),
                lambda x: tf.nn.conv2d(tf.pad(tf.pad(x, pads), pads), first, 1, "SAME")[
                    :, 2:-2, 2:-2
                ],
                lambda x: tf.nn.conv2d(x, first, 1, "SAME") + tf.nn.conv2d(x, first, 1, "SAME"),
            ]
        )

    def pooled(self):
        return self.draw.choice(
            [
                lambda x: tf.nn.max_pool2d(x, 3, 1, "SAME"),
                lambda x: tf.nn.avg_pool2d(x, 2, 1, "SAME"),
                lambda x: tf.reduce_mean(x, [1, 2], keepdims=True) * x,
                lambda x: tf.nn.lrn(x, 2, bias=1.0, alpha=0.5, beta=0.5),
                lambda x: tf.nn.dilation2d(
                    x, self.weight((2, 2, CHANNELS), -0.3, 0.3), [1] * 4, "SAME", "NHWC", [1] * 4
                ),
            ]
        )

    def blocks(self):
        kernel = self.matrix(1, 1, 4 * CHANNELS, 4 * CHANNELS)

        def deep(x):
            narrow = tf.nn.conv2d(tf.nn.space_to_depth(x, 2), kernel, 1, "SAME")
            return tf.nn.depth_to_space(narrow, 2)

        def strided(x):
            down = tf.nn.conv2d(x, self.matrix(3, 3, CHANNELS, CHANNELS), 2, "SAME")
            return v1.image.resize_nearest_neighbor(down, tf.shape(x)[1:3])

        return self.draw.choice([deep, strided])

    def resized(self):
        is_aligned = self.draw.random() < 0.5

        def larger(x):
            wide = v1.image.resize_bilinear(x, tf.shape(x)[1:3] * 2, align_corners=is_aligned)
            return tf.nn.avg_pool2d(wide, 2, 2, "VALID")

        return self.draw.choice([larger, lambda x: tf.image.flip_left_right(x)])

    def channels_first(self):
        """Channels before space, and back."""
        steps = [
            tf.nn.relu,
            tf.math.tanh,
            tf.nn.leaky_relu,
            tf.nn.silu,
            tf.nn.gelu,
            lambda x: x * tf.math.tanh(tf.math.softplus(x)),
            lambda x: x * 0.5,
        ]
        run = self.draw.choice(steps)
        return lambda x: tf.transpose(run(tf.transpose(x, [0, 3, 1, 2])), [0, 2, 3, 1])

    def convolution_of_steps(self):
        kernel = self.matrix(3, CHANNELS, CHANNELS)
        return self.followed(
            self.draw.choice(
                [
                    lambda x: tf.nn.conv1d(x, kernel, 1, "SAME"),
                    lambda x: tf.nn.conv1d(tf.pad(x, [[0, 0], [2, 0], [0, 0]]), kernel, 1, "VALID"),
                    lambda x: tf.nn.conv1d(x, kernel, 1, "SAME", dilations=2),
                ]
            )
        )

    def running(self):
        return self.draw.choice(
            [
                lambda x: tf.cumsum(x, 1) * 0.3,
                lambda x: tf.cumsum(x, 1, exclusive=True, reverse=True) * 0.3,
                lambda x: tf.matmul(tf.nn.softmax(tf.matmul(x, x, transpose_b=True)), x),
                lambda x: x + tf.reduce_max(x, 1, keepdims=True),
            ]
        )

    def steps_reversed(self):
        return self.draw.choice(
            [
                lambda x: x[:, ::-1],
                lambda x: tf.reverse_sequence(x, tf.fill([tf.shape(x)[0]], 4), 1),
                lambda x: tf.roll(x, 1, 1),
                lambda x: tf.transpose(tf.math.tanh(tf.transpose(x, [1, 0, 2])), [1, 0, 2]),
            ]
        )


def one(given):
    """The first of several."""
    return given[0] if isinstance(given, (list, tuple)) else given


def through(steps, x):
    for step in steps:
        x = one(step(x))
    return x
