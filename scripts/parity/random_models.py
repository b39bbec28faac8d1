"""Random small models: branches, merges, shared layers, nested models, layers without ops, operators,
and names that look like suffixes of others. Every layer keeps the shape of what enters it, so that
anything can follow anything."""

from frameworks import tf

SHAPES = {"vector": (4,), "image": (5, 5, 3), "events": (5, 4)}
FUSED = [None, "relu", "tanh", "sigmoid", "swish", "elu"]
NAMES = ["dense", "conv", "act", "re_lu", "block", "net", "encoder"]
MAX_DEPTH = 2


def custom_layers(keras):
    """A layer with two outputs, and one that returns one of its inputs."""

    class Split(keras.layers.Layer):
        def call(self, inputs):
            return tf.math.sin(inputs), tf.math.cos(inputs) * inputs

        def compute_output_shape(self, shape):
            return shape, shape

    class Pick(keras.layers.Layer):
        without_ops = True

        def __init__(self, position, **kwargs):
            super().__init__(**kwargs)
            self.position = position

        def call(self, inputs):
            return inputs[self.position]

        def compute_output_shape(self, shapes):
            return shapes[self.position]

        def get_config(self):
            return super().get_config() | {"position": self.position}

    return Split, Pick


class Grower:
    """Grows one model; models inside it have growers of their own."""

    def __init__(self, keras, random, kind, depth=0):
        self.keras = keras
        self.layers = keras.layers
        self.random = random
        self.kind = kind
        self.depth = depth
        self.names = set()
        self.shared = []
        self.tensors = []

    def sequential(self, name):
        """A chain; one in three does not start with an input."""
        chain = [self.any_layer() for _ in range(self.random.randint(2, 6))]
        if self.depth < MAX_DEPTH and self.random.random() < 0.4:
            chain.insert(self.random.randrange(len(chain) + 1), self.nested())
        starts = [] if self.random.random() < 0.33 else [self.keras.Input(SHAPES[self.kind])]
        model = self.keras.Sequential([*starts, *chain], name=name)
        if not starts:
            model.build((None, *SHAPES[self.kind]))
        return model

    def functional(self, name, several=True):
        """A graph of up to ten calls with one or two inputs and up to three outputs."""
        count = self.random.choice([1, 1, 2]) if several else 1
        inputs = [
            self.keras.Input(SHAPES[self.kind], name=self.name("input")) for _ in range(count)
        ]
        self.tensors = list(inputs)
        steps = [self.add, self.add, self.add, self.add_idle, self.call_again, self.call_again]
        steps += [self.merge, self.operate, self.split, self.pick]
        steps += [self.nest] * 2 if self.depth < MAX_DEPTH else []
        for _ in range(self.random.randint(4, 10 - 3 * self.depth)):
            self.random.choice(steps)()
        joined = self.layers.Add(name=self.name("merge"))([self.last(), *inputs])
        others = [tensor for tensor in self.tensors if tensor not in set_of(inputs)]
        extra = self.random.randint(0, 2) if several else 0
        outputs = [joined, *self.random.sample(others, min(extra, len(others)))]
        return self.keras.Model(inputs, outputs if len(outputs) > 1 else joined, name=name)
