"""The blocks of random_chains: a convolution, what stands before it and what follows it."""

from random_chain_convolutions import Convolutions
from random_convolutions import v1

from frameworks import tf


class Parts(Convolutions):
    """Draws blocks of a convolution and what may stand beside it."""

    def block(self):
        """Steps of one tensor each."""
        steps = [self.convolution()]
        steps += [
            self.draw.choice([self.affine, self.normalization])()
            for _ in range(self.draw.choice([0, 1, 1, 2, 3]))
        ]
        steps += [self.activation()] * self.draw.choice([0, 1, 1])
        if self.draw.random() < 0.2:
            steps.insert(self.draw.randint(1, len(steps)), self.used_twice)
        if self.draw.random() < 0.2:
            steps.insert(self.draw.randint(1, len(steps)), self.moved())
        if self.draw.random() < 0.15:
            steps.insert(self.draw.randint(0, len(steps)), self.looped)
        return steps

    def affine(self):
        def bias(x):
            return tf.nn.bias_add(x, self.weight(x.shape[-1:], -0.3, 0.3))

        return self.one(
            bias,
            bias,
            lambda x: x + self.operand(x, 0.1, 0.5),
            lambda x: self.operand(x, 0.1, 0.5) + x,
            lambda x: v1.add(x, self.operand(x, 0.1, 0.5)),
            lambda x: x - self.operand(x, 0.1, 0.5),
            lambda x: self.operand(x, 0.1, 0.5) - x,
            lambda x: x * self.operand(x, 0.5, 1.5),
            lambda x: self.operand(x, 0.5, 1.5) * x,
            lambda x: x / self.operand(x, 0.5, 1.5),
            lambda x: x * tf.constant(1.0, self.dtype),
            lambda x: tf.math.squared_difference(x, self.operand(x, 0.1, 0.5)),
            lambda x: x + self.operand(x, 0.1, 0.5) * self.operand(x, 0.1, 0.5),
        )

    def normalization(self):
        epsilon = self.one(1e-3, 1e-4, 1e-5)

        def weights(x):
            return [
                self.weight(x.shape[-1:], *limits)
                for limits in [(-0.3, 0.3), (0.5, 1.5), (-0.3, 0.3), (0.5, 1.5)]
            ]

        def written(x):
            mean, variance, shift, scale = weights(x)
            return tf.nn.batch_normalization(x, mean, variance, shift, scale, epsilon)

        def fused(x):
            if x.shape.rank != 4 or self.dtype != tf.float32:
                return written(x)
            mean, variance, shift, scale = weights(x)
            made, means, _ = v1.nn.fused_batch_norm(
                x, scale, shift, mean, variance, epsilon, is_training=False
            )
            return made + means if self.draw.random() < 0.15 else made

        return self.one(written, fused, fused)

    def activation(self):
        return self.one(
            tf.nn.relu,
            tf.nn.relu,
            tf.nn.relu6,
            tf.nn.elu,
            tf.nn.selu,
            tf.nn.tanh,
            tf.nn.sigmoid,
            tf.nn.softplus,
            lambda x: tf.nn.leaky_relu(x, self.one(0.0, 0.1, 0.2, 0.3, 1.5)),
            lambda x: x * tf.sigmoid(x),
            lambda x: tf.sigmoid(x) * x,
            lambda x: x * tf.tanh(tf.math.softplus(x)),
            lambda x: x * tf.nn.relu6(x + 3.0) / 6.0,
            lambda x: x * (tf.nn.relu6(x + 3.0) * (1 / 6)),
            lambda x: x * (tf.nn.relu6(3.0 + x) / 6.0),
            lambda x: tf.nn.gelu(x, self.one(True, False)),
            lambda x: 0.5 * x * tf.math.erfc(-x / 1.4142135),
            lambda x: x * tf.math.erfc(x * -0.7071067),
            lambda x: tf.math.log(0.5 * tf.math.erfc(4.0 * x * 0.7071067)) * 0.1,
            lambda x: tf.math.log(x * x * tf.math.erfc(x) + 0.5),
        )

    def used_twice(self, x):
        return self.one(
            lambda: x + tf.nn.relu(x),
            lambda: x * x,
            lambda: tf.concat([x, x * 0.5], -1),
            lambda: tf.maximum(x, -x),
            lambda: tf.nn.relu(x) - tf.nn.relu(-x) * self.operand(x, 0.1, 0.3),
        )()

    def moved(self):
        """Another order, shape or place, and back."""
        order = [0, self.axes + 1, *range(1, self.axes + 1)]
        back = [0, *range(2, self.axes + 2), 1]

        def first(x):
            x = tf.transpose(x, order)
            if self.axes == 2 and self.draw.random() < 0.6 and self.dtype == tf.float32:
                x = tf.nn.bias_add(x, self.weight(x.shape[1:2], -0.3, 0.3), "NCHW")
            x = tf.nn.relu(x) if self.draw.random() < 0.5 else x * 0.5
            return tf.transpose(x, back)

        def in_batch(x):
            block, crops = [1] * self.axes, [[0, 0]] * self.axes
            wide = tf.space_to_batch_nd(x, [1], [[0, 0]])
            wide = wide + self.operand(x, 0.1, 0.5)
            return tf.batch_to_space(wide, block, crops) if self.axes == 2 else wide

        def axis_more(x):
            place = self.one(1, -2)
            return tf.squeeze(self.affine()(tf.expand_dims(x, place)), place)

        return self.one(first, in_batch, axis_more, tf.identity, tf.stop_gradient)

    def looped(self, x):
        """A loop, or a condition, whose body convolves."""
        channels = x.shape[-1]
        kernel = tf.convert_to_tensor(self.kernel(*[1] * self.axes, channels, channels))
        bias = tf.convert_to_tensor(self.weight([channels], -0.3, 0.3))
        is_constant = self.draw.random() < 0.5
        call = [tf.nn.conv1d, tf.nn.conv2d, tf.nn.conv3d][self.axes - 1]
        numbers = self.numbers([*[1] * self.axes, channels, channels], -0.5, 0.5)

        def body(value):
            inner = tf.constant(numbers, self.dtype) if is_constant else kernel
            made = call(value, inner, 1 if self.axes < 3 else [1] * 5, "SAME")
            return tf.nn.relu(made + bias)

        if self.draw.random() < 0.5:
            return v1.cond(tf.shape(x)[0] > self.one(0, 5), lambda: body(x), lambda: x * 0.5)
        return v1.while_loop(
            lambda n, _: n < 2, lambda n, each: (n + 1, body(each)), (tf.constant(0), x)
        )[1]
