"""Random layers for random_models: those that keep the shape of what enters them, and custom ones."""

from custom_layers import pick_layer, swap_layer

from frameworks import keras2, tf

SHAPES = {"vector": (4,), "image": (5, 5, 3), "events": (5, 4)}
FUSED = [None, "relu", "tanh", "sigmoid", "swish", "elu", "gelu", "softmax", "hard_sigmoid", "selu", "leaky_relu"]
NAMES = ["dense", "conv", "act", "re_lu", "block", "net", "encoder", "conv/bn", "block/conv"]


def custom_layers(keras):
    """A layer with two outputs, one that uses its inputs from behind, two that hand theirs on (one of
    them, or both in another order), one that watches what it takes by ops that nothing uses, and two
    with a weight and two outputs, of which one may be what it takes."""

    class Split(keras.layers.Layer):
        def call(self, inputs):
            return tf.math.sin(inputs), tf.math.cos(inputs) * inputs

        def compute_output_shape(self, shape):
            return shape, shape

    class Behind(keras.layers.Layer):
        def call(self, inputs):
            return inputs[1] - 0.5 * inputs[0]

        def compute_output_shape(self, shapes):
            return shapes[0]

    class Watched(keras.layers.Layer):
        def call(self, inputs):
            tf.reduce_max(tf.abs(inputs))
            given = tf.math.atan(inputs)
            tf.reduce_mean(given * given)
            return given

        def compute_output_shape(self, shape):
            return shape

    class Scaled(keras.layers.Layer):
        def build(self, shape):
            self.gamma = self.add_weight(name="gamma", shape=(shape[-1],), initializer="ones")

        def compute_output_shape(self, shape):
            return shape, shape

    class Fork(Scaled):
        def call(self, inputs):
            return tf.math.sin(inputs * self.gamma), tf.math.cos(inputs) * self.gamma

    class Aside(Scaled):
        def call(self, inputs):
            return inputs, tf.math.atan(inputs * self.gamma)

    return Split, pick_layer(keras), Behind, swap_layer(keras), Watched, Fork, Aside


class RandomLayers:
    """Makes layers for one model, with names that are free in it."""

    def __init__(self, keras, draw, kind):
        self.keras = keras
        self.layers = keras.layers
        self.draw = draw
        self.kind = kind
        self.width = SHAPES[kind][-1]
        self.names = set()
        made = custom_layers(keras)
        self.split, self.pick, self.behind, self.swap, self.watched, *self.scaled = made

    def name(self, stem=None):
        """A name that is free, mostly one that looks like a suffix of another's. Only Keras 2
        allows slashes."""
        while True:
            name = stem or self.draw.choice(NAMES)
            if self.keras is not keras2:
                name = name.replace("/", "_")
            suffix = self.draw.choice(["", "", "_1", "_2", "_1_1", "_10"])
            if name + suffix not in self.names:
                self.names.add(name + suffix)
                return name + suffix

    def any_layer(self):
        """A layer with one input that keeps its shape."""
        makers = [self.weighted, self.weighted, self.activation, self.normalization, self.idle]
        makers += [self.watch]
        return self.one_of(*makers)

    def one_of(self, *makers):
        return self.draw.choice(makers)()

    def weighted(self):
        fused = self.draw.choice(FUSED)
        options = {"activation": fused, "use_bias": self.draw.random() < 0.7}
        if self.kind == "image":
            return self.convolution(options)
        if self.kind == "events" and self.draw.random() < 0.7:
            return self.over_steps(options)
        return self.layers.Dense(self.width, name=self.name(), **options)

    def convolution(self, options):
        size, dilation = self.draw.choice([(1, 1), (3, 1), (3, 2)])
        options |= {"padding": "same", "name": self.name()}
        dilated = options | {"dilation_rate": dilation}
        return self.one_of(
            lambda: self.layers.Conv2D(self.width, size, **dilated),
            lambda: self.layers.Conv2D(self.width, size, **dilated),
            lambda: self.layers.DepthwiseConv2D(size, **dilated),
            lambda: self.layers.SeparableConv2D(self.width, size, depth_multiplier=2, **options),
            lambda: self.layers.Conv2DTranspose(self.width, size, **options),
        )

    def over_steps(self, options):
        name = self.name()
        named = options | {"name": name}
        backwards = self.draw.random() < 0.3
        dilation = self.draw.choice([1, 1, 2])
        return self.one_of(
            lambda: self.recurrent("GRU", name=name),
            lambda: self.recurrent("LSTM", name=name, go_backwards=backwards),
            lambda: self.recurrent("SimpleRNN", name=name),
            lambda: self.layers.Bidirectional(self.recurrent("LSTM"), merge_mode="sum", name=name),
            lambda: self.layers.Conv1D(
                self.width, 3, padding="causal", dilation_rate=dilation, **named
            ),
            lambda: self.layers.SeparableConv1D(self.width, 3, padding="same", **named),
            lambda: self.layers.TimeDistributed(self.layers.Dense(self.width, **options), name=name),
        )

    def recurrent(self, kind, **options):
        return getattr(self.layers, kind)(self.width, return_sequences=True, **options)

    def watch(self):
        return self.watched(name=self.name("watched"))

    def activation(self):
        name = self.name()
        shared = [1, 2] if self.kind == "image" else None
        return self.one_of(
            lambda: self.layers.ReLU(name=name),
            lambda: self.layers.ReLU(6.0, name=name),
            lambda: self.layers.LeakyReLU(name=name),
            lambda: self.layers.PReLU(shared_axes=shared, name=name),
            lambda: self.layers.Softmax(name=name),
            lambda: self.layers.Activation("tanh", name=name),
        )

    def normalization(self):
        name = self.name()
        parts = {part: self.draw.random() < 0.7 for part in ("scale", "center")}
        return self.one_of(
            lambda: self.layers.BatchNormalization(name=name, **parts),
            lambda: self.layers.BatchNormalization(name=name, **parts),
            lambda: self.layers.LayerNormalization(name=name, **parts),
            lambda: self.layers.UnitNormalization(name=name),
        )

    def idle(self):
        if self.draw.random() < 0.5:
            return self.layers.Dropout(0.5, name=self.name("idle"))
        return self.layers.Activation("linear", name=self.name("linear"))
