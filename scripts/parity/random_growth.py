"""Grows a random graph of plain TensorFlow ops: steps behind each other, merges and calls."""

import random
from contextlib import nullcontext

import numpy as np
from random_convolutions import through, v1
from random_ops import RandomOps

from frameworks import tf

WORDS = ["tower", "block", "head", "conv", "dense", "x", "Relu", "add", "layer_1", "layer"]


class Grower:
    """Grows one graph in the default graph; `weight` makes its variables."""

    def __init__(self, seed, kind, weight):
        self.draw = random.Random(seed)
        self.weight = weight
        self.ops = RandomOps(self.draw, kind, self.drawn_weight)
        self.functions = []

    def drawn_weight(self, shape, low, high):
        numbers = np.random.default_rng(self.draw.randrange(2**32)).uniform(low, high, shape)
        return self.weight(numbers.astype(np.float32))

    def scope(self):
        return v1.name_scope(self.draw.choice(WORDS)) if self.draw.random() < 0.4 else nullcontext()

    def grow(self, inputs):
        """The outputs by name: the last tensor, and some others."""
        tensors = list(inputs)
        for _ in range(self.draw.randint(6, 16)):
            taken = tensors[-1] if self.draw.random() < 0.6 else self.draw.choice(tensors)
            with self.scope():
                given = self.next(taken, tensors)
            given = given if isinstance(given, (list, tuple)) else [given]
            for tensor in given:
                tensor.set_shape([None, *inputs[0].shape[1:]])
            if self.draw.random() < 0.4:
                given = [tf.identity(given[0], name=self.draw.choice(WORDS)), *given[1:]]
            tensors += given
        joined = tf.add_n([tensors[-1], *inputs], name="joined")
        others = self.draw.sample(tensors[len(inputs) :], self.draw.choice([0, 1, 2]))
        return {"joined": joined} | {f"other_{n}": each for n, each in enumerate(others)}

    def next(self, taken, tensors):
        chance = self.draw.random()
        if chance < 0.15:
            return self.merged(taken, self.draw.choice(tensors))
        if chance < 0.25:
            return self.called(taken)
        return self.ops.step()(taken)

    def merged(self, first, second):
        return self.draw.choice(
            [
                lambda: first + second,
                lambda: first * second,
                lambda: first - second,
                lambda: tf.add_n([first, second, first]),
                lambda: tf.maximum(first, second),
                lambda: tf.math.squared_difference(first, second),
                lambda: tf.where(first > second, first, second * 0.5),
                lambda: first * tf.sigmoid(second),
                lambda: tf.concat([first, second], -1)[..., 1:-3],
            ]
        )()

    def called(self, taken):
        """A function, sometimes one that was called before."""
        if not self.functions or self.draw.random() < 0.6:
            steps = [self.ops.step() for _ in range(self.draw.randint(1, 3))]
            self.functions.append(tf.function(lambda x: through(steps, x), autograph=False))
        return self.draw.choice(self.functions)(taken)
