"""Random small models: branches, merges, shared layers, nested models, layers without ops, operators,
layers of several outputs that operators, nobody or the model's user takes, and names that look like
suffixes of others. Every layer keeps the shape of what enters it, so that
anything can follow anything; each model is saved in one of the ways of Keras 2 or Keras 3."""

import random

from common import KERAS2, KERAS2_SAVED, KERAS3_EXPORT, KERAS3_SAVED, redraw, run_seeds
from random_layers import SHAPES, RandomLayers

import answers
import probes
from frameworks import keras2, random_batch, tf

WAYS = [KERAS2, KERAS3_EXPORT, KERAS3_SAVED, KERAS2, KERAS3_EXPORT, KERAS2_SAVED]
# The spatial axes of every other image are open.
OPEN_IMAGE = (None, None, 3)
MAX_DEPTH = 3
# Of so many models the first ones, of Keras 2 and of Keras 3, have answers for gradients.
GRADIENT_SPACING = 12
GRADIENT_WAYS = 2
MAX_CALLS = 60
# A normalization of four values that lie close together enlarges what rounding leaves.
TOLERANCE = 1e-4


class Grower(RandomLayers):
    """Grows one model; models inside it have growers of their own."""

    def __init__(self, keras, draw, kind, shape, depth=0):
        super().__init__(keras, draw, kind)
        self.shape = shape
        self.depth = depth
        self.shared = []
        self.tensors = []
        self.extras = []
        self.sizes = {}
        self.input_counts = {}
        self.calls = 0

    def sequential(self, name):
        """A chain; one in three does not start with an input."""
        chain = [self.any_layer() for _ in range(self.draw.randint(2, 6))]
        if self.depth < MAX_DEPTH and self.draw.random() < 0.4:
            inner = self.nested()
            if len(inner.inputs) == len(inner.outputs) == 1:
                chain.insert(self.draw.randrange(len(chain) + 1), inner)
        self.calls = sum(self.sizes.get(id(layer), 1) for layer in chain)
        starts = [] if self.draw.random() < 0.33 else [self.keras.Input(self.shape)]
        if "/" in chain[0].name:
            starts = [self.keras.Input(self.shape)]
        model = self.keras.Sequential([*starts, *chain], name=name)
        if not starts:
            model.build((None, *self.shape))
        return model

    def functional(self, name):
        """A graph of some calls with one or two inputs and up to three outputs."""
        count = self.draw.choice([1, 1, 2])
        inputs = [
            self.keras.Input(self.shape, name=self.name("input")) for _ in range(count)
        ]
        self.tensors = list(inputs)
        steps = [self.add, self.add, self.add, self.add_idle, self.call_again, self.call_again]
        steps += [self.merge, self.merge, self.operate, self.add_split, self.add_pick]
        steps += [self.add_split]
        steps += [self.join]
        steps += [self.add_enlarged, self.add_padded, self.excite] if self.kind == "image" else []
        steps += [self.add_attention] if self.kind == "events" and self.depth == 0 else []
        steps += [self.add_swap] if self.draw.random() < 0.3 else []
        steps += [self.nest] * 2 if self.depth < MAX_DEPTH else []
        for _ in range(self.draw.randint(3, 10 - 2 * self.depth)):
            self.one_of(*steps)
        joined = self.layers.Add(name=self.name("merge"))([self.tensors[-1], *inputs])
        others = [tensor for tensor in self.tensors if all(tensor is not one for one in inputs)]
        extra = self.draw.choice([0, 0, 1, 2])
        outputs = [joined, *self.draw.sample(others, min(extra, len(others)))]
        outputs += self.extras if self.depth == 0 else self.extras[:1]
        return self.keras.Model(inputs, outputs if len(outputs) > 1 else joined, name=name)

    def any_tensor(self):
        """The last tensor more often than others, so that models grow deep."""
        return self.tensors[-1] if self.draw.random() < 0.6 else self.draw.choice(self.tensors)

    def add(self):
        layer = self.any_layer()
        self.shared.append(layer)
        self.call(layer)

    def call(self, layer):
        """Calls a layer and counts the calls, those inside a model too."""
        self.calls += self.sizes.get(id(layer), 1)
        count = self.input_counts.get(id(layer), 1)
        taken = [self.any_tensor() for _ in range(count)]
        given = layer(taken if count > 1 else taken[0])
        self.tensors.extend(given if isinstance(given, (list, tuple)) else [given])

    def add_idle(self):
        self.tensors.append(self.idle()(self.any_tensor()))

    def add_enlarged(self):
        """Twice as large, then as before."""
        enlarge = self.layers.UpSampling2D(2, name=self.name("enlarge"))
        shrink = self.layers.AveragePooling2D(2, name=self.name("shrink"))
        self.tensors.append(shrink(enlarge(self.any_tensor())))

    def add_padded(self):
        """A convolution whose padding is a layer of its own."""
        pad = self.layers.ZeroPadding2D(1, name=self.name("pad"))
        make = self.draw.choice([self.layers.Conv2D, self.layers.SeparableConv2D])
        self.tensors.append(make(self.width, 3, name=self.name())(pad(self.any_tensor())))

    def excite(self):
        """Channels weighted by what a small network makes of their means."""
        tensor = self.any_tensor()
        squeeze = self.layers.GlobalAveragePooling2D(keepdims=True, name=self.name("squeeze"))
        weigh = self.layers.Conv2D(self.width, 1, activation="sigmoid", name=self.name("excite"))
        weights = weigh(squeeze(tensor))
        self.tensors.append(self.layers.Multiply(name=self.name("scale"))([tensor, weights]))

    def join(self):
        """Two tensors side by side, then a layer that makes one of them."""
        taken = [self.any_tensor(), self.any_tensor()]
        joined = self.layers.Concatenate(name=self.name("join"))(taken)
        self.tensors.append(self.layers.Dense(self.width, name=self.name())(joined))

    def call_again(self):
        if self.shared:
            self.call(self.draw.choice(self.shared))

    def merge(self):
        """Merges two or three tensors; in one of three cases others too, or the same from behind."""
        kind = self.draw.choice(["Subtract", "Add", "Multiply", "Average", "Maximum", "Behind"])
        make = self.behind if kind == "Behind" else getattr(self.layers, kind)
        layer = make(name=self.name())
        count = 2 if kind in ("Subtract", "Behind") else self.draw.choice([2, 2, 3])
        taken = [self.any_tensor() for _ in range(count)]
        self.tensors.append(layer(taken))
        if self.draw.random() < 0.33:
            others = [self.any_tensor() for _ in range(count)]
            self.tensors.append(layer(self.draw.choice([taken[::-1], others])))

    def operate(self):
        one, other = self.any_tensor(), self.draw.choice(self.tensors)
        self.tensors.append(self.operated(one, other))

    def operated(self, one, other):
        """What an operator or two make of tensors, in the shape of the first."""
        return self.one_of(
            lambda: one * 0.5 + other,
            lambda: 0.5 - one,
            lambda: other - one * one,
            lambda: one[(slice(None),) * (len(one.shape) - 1) + (slice(None, None, -1),)] / 2.0,
            lambda: self.as_numbers(one > other) - one,
            lambda: self.as_numbers(abs(one) <= 0.3),
        )

    def as_numbers(self, booleans):
        operations = tf if self.keras is keras2 else self.keras.ops
        return operations.cast(booleans, "float32")

    def add_swap(self):
        taken = [self.any_tensor(), self.any_tensor()]
        self.tensors.extend(self.swap(name=self.name("swap"))(taken))

    def add_split(self):
        layer = self.draw.choice([self.split, *self.scaled])(name=self.name())
        self.add_outputs(layer(self.any_tensor()))

    def add_attention(self):
        """Attention that gives its scores too; these have another shape, a part of them has not."""
        layer = self.layers.MultiHeadAttention(1, self.width, name=self.name())
        taken = [self.any_tensor(), self.any_tensor()]
        given, scores = layer(*taken, return_attention_scores=True)
        self.extras.extend([scores] * (self.draw.random() < 0.5))
        self.add_outputs([given, scores[:, 0, :, 1:]])

    def add_outputs(self, given):
        """Of the outputs of one layer, each is free for all, taken by operators alone, or by nobody;
        the model may return it in any case."""
        for tensor in given:
            way = self.draw.choice(["free", "operators", "operators", "nobody"])
            self.extras.extend([tensor] * (self.draw.random() < 0.3))
            if way == "free":
                self.tensors.append(tensor)
            elif way == "operators":
                self.tensors.append(self.operated(tensor, self.any_tensor()))

    def add_pick(self):
        taken = [self.any_tensor(), self.draw.choice(self.tensors)]
        self.tensors.append(self.pick(self.draw.randrange(2), name=self.name("pick"))(taken))

    def nest(self):
        model = self.nested()
        self.shared.append(model)
        self.call(model)

    def nested(self):
        grower = Grower(self.keras, self.draw, self.kind, self.shape, self.depth + 1)
        if self.draw.random() < 0.5:
            model = grower.sequential(self.name())
        else:
            model = grower.functional(self.name())
        self.sizes[id(model)] = grower.calls
        self.input_counts[id(model)] = len(model.inputs)
        return model


def grow(keras, draw, kind):
    """A model that is not too large to be answered soon."""
    while True:
        shape = OPEN_IMAGE if kind == "image" and draw.random() < 0.5 else SHAPES[kind]
        grower = Grower(keras, draw, kind, shape)
        model = draw.choice([grower.functional, grower.functional, grower.sequential])("grown")
        if grower.calls <= MAX_CALLS:
            return model


def make(out, seed):
    draw = random.Random(seed)
    maker = WAYS[seed % len(WAYS)]
    kind = draw.choice(list(SHAPES))
    name = f"random_{seed:04d}_{maker.name}"
    model = grow(maker.keras, draw, kind)
    redraw(model, seed)
    inputs = [random_batch((2, *SHAPES[kind]), 50 + n, -1.0) for n in range(len(model.inputs))]
    wanted = answers.Wanted(
        (probes.inputs, probes.pre_activation), tolerance=TOLERANCE, topology=True
    )
    has_gradients = seed % GRADIENT_SPACING < GRADIENT_WAYS
    maker.write(out, name, model, inputs, wanted, has_gradients)


if __name__ == "__main__":
    run_seeds(__doc__, "random", 200, make)
