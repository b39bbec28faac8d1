"""The convolutions of random_chains, of all kinds, and the weights they take."""

import numpy as np
from random_convolutions import v1

from frameworks import tf

PADDINGS = ["SAME", "SAME", "VALID", "PAD", "PAD", "explicit"]


class Convolutions:
    """Draws convolutions of tensors with so many axes between batch and channels; `weight` makes a variable
    of numbers and a dtype."""

    def __init__(self, draw, dtype, axes, weight):
        self.draw = draw
        self.dtype = dtype
        self.axes = axes
        self.make_weight = weight
        self.shared = {}

    def one(self, *choices):
        return self.draw.choice(choices)

    def numbers(self, shape, low, high):
        return np.random.default_rng(self.draw.randrange(2**32)).uniform(low, high, shape)

    def weight(self, shape, low, high):
        return self.make_weight(self.numbers(shape, low, high), self.dtype)

    def kernel(self, *shape):
        """A variable, a constant, one that is computed, or one that another convolution has."""
        size = 1.5 / np.sqrt(np.prod(shape[:-1]))
        kind = self.one(
            "variable",
            "variable",
            "variable",
            "constant",
            "scaled",
            "bytes",
            "turned",
            "shared",
            "shaped",
        )
        if kind == "shared" and shape in self.shared:
            return self.shared[shape]
        if kind == "constant":
            made = tf.constant(self.numbers(shape, -size, size), self.dtype)
        elif kind == "scaled":
            made = self.weight(shape, -size, size) * self.weight(shape[-1:], 0.5, 1.5)
        elif kind == "bytes":
            whole = np.random.default_rng(self.draw.randrange(2**32)).integers(-127, 127, shape)
            made = tf.cast(tf.constant(whole, tf.int8), self.dtype) * tf.constant(
                size / 127, self.dtype
            )
        elif kind == "turned":
            made = tf.transpose(self.weight(shape[::-1], -size, size))
        elif kind == "shaped":
            made = tf.reshape(self.weight([int(np.prod(shape))], -size, size), shape)
        else:
            made = self.weight(shape, -size, size)
        self.shared[shape] = made
        return made

    def operand(self, x, low, high):
        """Numbers for channels, for one of them, or for all."""
        channels = x.shape[-1]
        rank = self.draw.randint(0, self.axes + 2)
        # TensorFlow's own optimizer takes a bias of four axes and one number for a map of biases.
        last = channels if rank == self.axes + 2 else self.one(channels, channels, channels, 1)
        shape = [1] * (rank - 1) + [last] if rank else []
        if rank > 1 and self.draw.random() < 0.15 and x.shape[-2]:
            shape[-2] = x.shape[-2]
        kind = self.one("variable", "variable", "constant", "computed", "shaped")
        if kind == "constant":
            return tf.constant(self.numbers(shape, low, high), self.dtype)
        if kind == "computed":
            return self.one(tf.exp, tf.sqrt, tf.negative)(self.weight(shape, low, high))
        if kind == "shaped":
            return tf.reshape(self.weight([int(np.prod(shape))], low, high), shape)
        return tf.convert_to_tensor(self.weight(shape, low, high))

    def convolution(self):
        if self.axes == 1:
            return self.one(self.plain, self.plain, self.flat, self.flat, self.separable)()
        if self.axes == 2:
            kinds = [self.plain] * 4 + [self.depthwise] * 3 + [self.transposed, self.grouped]
            return self.one(*kinds)()
        return self.plain()

    def padded(self, x, edges):
        pads = [[0, 0], *edges, [0, 0]]
        return tf.pad(x, pads) if self.draw.random() < 0.8 else tf.pad(x, pads, constant_values=0.5)

    def edges(self, sizes, gaps):
        """Zeros before and after each axis: as SAME has them, causal, or any number."""
        kind = self.one("same", "causal", "any", "wide")
        if kind == "same":
            return [
                [gap * (size - 1) // 2, gap * (size - 1) - gap * (size - 1) // 2]
                for size, gap in zip(sizes, gaps)
            ]
        if kind == "causal":
            return [[gap * (size - 1), 0] for size, gap in zip(sizes, gaps)]
        most = 2 if kind == "any" else 5
        return [[self.draw.randint(0, most), self.draw.randint(0, most)] for _ in sizes]

    def windows(self):
        sizes = [self.one(1, 2, 3, 3) for _ in range(self.axes)]
        gaps, steps = [1] * self.axes, [1] * self.axes
        if self.draw.random() < 0.3:
            gaps = [self.one(1, 2)] * self.axes
        elif self.draw.random() < 0.3:
            steps = [self.one(1, 2)] * self.axes
        return sizes, gaps, steps

    def plain(self):
        """As tf.nn.convolution makes it, which moves gaps into the batch or gives them to the op."""
        sizes, gaps, steps = self.windows()
        out = self.one(1, 2, 4, 5)
        padding = self.one(*PADDINGS)
        edges = self.edges(sizes, gaps)

        def run(x):
            kernel = self.kernel(*sizes, x.shape[-1], out)
            if padding == "explicit" and self.axes == 2:
                pads = [[0, 0], *edges, [0, 0]]
                return tf.nn.conv2d(x, kernel, steps, pads, dilations=gaps)
            if padding in ("PAD", "explicit"):
                x, mode = self.padded(x, edges), "VALID"
            else:
                mode = self.enough(x, sizes, gaps, padding)
            if self.draw.random() < 0.5 or (self.axes == 3 and gaps[0] > 1):
                return v1.nn.convolution(x, kernel, mode, steps, gaps)
            call = [tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d][self.axes - 1]
            steps_in = steps if self.axes < 3 else [1, *steps, 1]
            gaps_in = gaps if self.axes < 3 else [1, *gaps, 1]
            return call(x, kernel, steps_in, mode, dilations=gaps_in)

        return run

    def enough(self, x, sizes, gaps, padding):
        """VALID only where the map is surely large enough."""
        known = x.shape[1:-1]
        fits = all(
            each and each > 2 * (size - 1) * gap for each, size, gap in zip(known, sizes, gaps)
        )
        return padding if fits else "SAME"

    def flat(self):
        """A convolution of a sequence as one of maps of one row or one column."""
        size, gap = self.one(1, 2, 3), self.one(1, 1, 2)
        out = self.one(1, 3, 4)
        axis = self.one(1, 2, -2, -3)
        is_separate = self.draw.random() < 0.4

        def run(x):
            place = [1, size] if axis in (1, -3) else [size, 1]
            pads = [[0, 0], [gap * (size - 1), 0], [0, 0]]
            x = tf.pad(x, pads) if self.draw.random() < 0.5 else x
            wide = tf.expand_dims(x, axis)
            kernel = self.kernel(*place, x.shape[-1], out)
            gaps = [gap if each > 1 else 1 for each in place]
            if is_separate:
                # As layers do it: the gaps by the batch.
                wide = tf.nn.depthwise_conv2d(
                    wide, self.kernel(*place, x.shape[-1], 2), [1] * 4, "SAME"
                )
                kernel = self.kernel(1, 1, wide.shape[-1], out)
            made = tf.nn.conv2d(wide, kernel, 1, "SAME", dilations=gaps)
            made = self.affine()(made) if self.draw.random() < 0.3 else made
            return tf.squeeze(made, axis if axis > 0 or self.draw.random() < 0.5 else axis % 4)

        return run

    def separable(self):
        size, out = self.one(1, 2, 3), self.one(2, 4)

        def run(x):
            wide = tf.expand_dims(x, 1)
            depthwise = self.kernel(1, size, x.shape[-1], 2)
            made = tf.nn.separable_conv2d(
                wide, depthwise, self.kernel(1, 1, 2 * x.shape[-1], out), [1] * 4, "SAME"
            )
            return tf.squeeze(made, [1])

        return run

    def depthwise(self):
        size, multiple, step = self.one(1, 2, 3), self.one(1, 1, 2, 3), self.one(1, 1, 2)
        gaps = [self.one(1, 1, 2)] * 2 if step == 1 else [1, 1]
        padding = self.one(*PADDINGS)
        edges = self.edges([size, size], gaps)

        def run(x):
            kernel = self.kernel(size, size, x.shape[-1], multiple)
            mode = self.enough(x, [size, size], gaps, "VALID" if padding == "VALID" else "SAME")
            steps = [1, step, step, 1]
            if padding == "explicit" and gaps == [1, 1] and size > 2:
                edges_in = [
                    [0, 0],
                    *[[min(each, size - 1) for each in edge] for edge in edges],
                    [0, 0],
                ]
                return tf.nn.depthwise_conv2d(x, kernel, steps, edges_in)
            if padding in ("PAD", "explicit"):
                x = self.padded(x, edges)
                mode = self.enough(x, [size, size], gaps, "VALID")
            return tf.nn.depthwise_conv2d(x, kernel, steps, mode, dilations=gaps)

        return run

    def grouped(self):
        size, padding = self.one(1, 3), self.one("SAME", "PAD")

        def run(x):
            channels = x.shape[-1]
            groups = max(each for each in (1, 2, 3) if channels % each == 0)
            kernel = self.kernel(size, size, channels // groups, 2 * groups)
            if padding == "PAD":
                edge = [size // 2, size // 2]
                return tf.nn.conv2d(tf.pad(x, [[0, 0], edge, edge, [0, 0]]), kernel, 1, "VALID")
            return tf.nn.conv2d(x, kernel, 1, padding)

        return run

    def transposed(self):
        size, out = self.one(2, 3), self.one(2, 4)

        def run(x):
            kernel = self.kernel(size, size, out, x.shape[-1])
            shape = tf.concat([tf.shape(x)[:-1], [out]], 0)
            made = tf.nn.conv2d_transpose(x, kernel, shape, 1, "SAME")
            made.set_shape([None, *x.shape[1:-1], out])
            return made

        return run
