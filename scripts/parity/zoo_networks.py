"""Small networks of the kinds that people really have, whole: custom layers, skips, several heads."""

import numpy as np

from frameworks import random_batch, tf
from zoo_common import Built, batches, functional, integers


def u_net(keras):
    """Down and up again, with skips, transposed convolutions and upsampling."""
    layers = keras.layers

    def block(x, filters, name):
        for n in (1, 2):
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=f"{name}_conv{n}")(x)
            x = layers.BatchNormalization(name=f"{name}_bn{n}")(x)
            x = layers.Activation("relu", name=f"{name}_relu{n}")(x)
        return x

    image = keras.Input((16, 16, 3), name="image")
    down1 = block(image, 4, "down1")
    down2 = block(layers.MaxPooling2D(name="pool1")(down1), 6, "down2")
    middle = block(layers.MaxPooling2D(name="pool2")(down2), 8, "middle")
    middle = layers.SpatialDropout2D(0.2, name="drop")(middle)
    x = layers.Conv2DTranspose(6, 2, strides=2, padding="same", name="up2")(middle)
    x = block(layers.Concatenate(name="skip2")([x, down2]), 6, "decode2")
    x = layers.UpSampling2D(interpolation="bilinear", name="up1")(x)
    x = block(layers.Concatenate(name="skip1")([x, down1]), 4, "decode1")
    mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x)
    return Built(functional(keras, image, mask, "u_net"), batches((16, 16, 3)))


def wave_net(keras):
    """Dilated causal convolutions with gates and residual sums."""
    layers = keras.layers
    sound = keras.Input((32, 1), name="sound")
    x = layers.Conv1D(4, 2, padding="causal", name="causal")(sound)
    skips = []
    for rate in (1, 2, 4, 8):
        filtered = layers.Conv1D(
            4, 2, padding="causal", dilation_rate=rate, activation="tanh", name=f"filter_{rate}"
        )(x)
        gate = layers.Conv1D(
            4, 2, padding="causal", dilation_rate=rate, activation="sigmoid", name=f"gate_{rate}"
        )(x)
        gated = layers.Multiply(name=f"gated_{rate}")([filtered, gate])
        skips.append(layers.Conv1D(4, 1, name=f"skip_{rate}")(gated))
        x = layers.Add(name=f"residual_{rate}")([skips[-1], x])
    x = layers.ReLU(name="relu")(layers.Add(name="sum")(skips))
    x = layers.Conv1D(3, 1, activation="softmax", name="head")(x)
    return Built(functional(keras, sound, x, "wave_net"), batches((32, 1)))


def _transformer_layers(keras):
    class Positions(keras.layers.Layer):
        """Adds a learned vector to each step."""

        def build(self, shape):
            self.table = self.add_weight(
                shape=(1, *shape[1:]), initializer="random_normal", name="table"
            )
            self.built = True

        def call(self, inputs):
            return inputs + self.table

    class Block(keras.layers.Layer):
        """Attention and a perceptron, each behind a normalisation and before a sum."""

        def __init__(self, size, **kwargs):
            super().__init__(**kwargs)
            layers = keras.layers
            self.size = size
            self.norm1 = layers.LayerNormalization(name="norm1")
            self.attention = layers.MultiHeadAttention(2, size // 2, name="attention")
            self.norm2 = layers.LayerNormalization(name="norm2")
            self.hidden = layers.Dense(2 * size, activation="gelu", name="hidden")
            self.out = layers.Dense(size, name="out")
            self.drop = layers.Dropout(0.1, name="drop")

        def call(self, inputs, training=False):
            x = self.norm1(inputs)
            x = inputs + self.drop(self.attention(x, x), training=training)
            return x + self.drop(self.out(self.hidden(self.norm2(x))), training=training)

        def get_config(self):
            return super().get_config() | {"size": self.size}

    class ClassToken(keras.layers.Layer):
        """Puts a learned step before the others."""

        def build(self, shape):
            self.token = self.add_weight(
                shape=(1, 1, shape[-1]), initializer="random_normal", name="token"
            )
            self.built = True

        def call(self, inputs):
            token = tf.broadcast_to(self.token, [tf.shape(inputs)[0], 1, inputs.shape[-1]])
            return tf.concat([token, inputs], 1)

        def compute_output_shape(self, shape):
            return (shape[0], None if shape[1] is None else shape[1] + 1, shape[2])

    return Positions, Block, ClassToken


def vision_transformer(keras):
    layers = keras.layers
    positions, block, token = _transformer_layers(keras)
    image = keras.Input((16, 16, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(image)
    x = layers.Conv2D(8, 4, strides=4, name="patches")(x)
    x = layers.Reshape((16, 8), name="steps")(x)
    x = positions(name="positions")(token(name="token")(x))
    for n in range(2):
        x = block(8, name=f"block_{n}")(x)
    x = layers.LayerNormalization(name="norm")(x)
    x = layers.Lambda(lambda steps: steps[:, 0], name="first", output_shape=(8,))(x)
    x = layers.Dense(3, name="head")(x)
    inputs = [127.5 * array + np.float32(127.5) for array in batches((16, 16, 3))]
    return Built(functional(keras, image, x, "vit"), inputs)


def text_transformer(keras):
    """Token ids with a mask of padding."""
    layers = keras.layers
    positions, block, _ = _transformer_layers(keras)
    ids = keras.Input((12,), dtype="int32", name="ids")
    x = layers.Embedding(30, 8, name="embedding")(ids)
    x = block(8, name="block")(positions(name="positions")(x))
    x = layers.GlobalAveragePooling1D(name="pool")(x)
    x = layers.Dense(4, activation="relu", name="dense")(x)
    x = layers.Dense(2, activation="softmax", name="head")(x)
    return Built(functional(keras, ids, x, "text"), [integers((12,), 30)])


def siamese(keras):
    """One encoder for both images, and a distance."""
    layers = keras.layers
    encoder = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.Flatten(name="flatten"),
            layers.Dense(5, name="embedding"),
        ],
        name="encoder",
    )
    left, right = keras.Input((8, 8, 1), name="left"), keras.Input((8, 8, 1), name="right")
    a, b = encoder(left), encoder(right)
    distance = layers.Lambda(
        lambda pair: tf.sqrt(tf.reduce_sum(tf.square(pair[0] - pair[1]), 1, keepdims=True) + 1e-6),
        output_shape=(1,),
        name="distance",
    )([a, b])
    same = layers.Dense(1, activation="sigmoid", name="same")(distance)
    return Built(
        functional(keras, [left, right], same, "siamese"), batches((8, 8, 1), (8, 8, 1))
    )


def video(keras):
    """A small network for each frame, then a recurrent layer, in both directions."""
    layers = keras.layers
    frames = keras.Input((5, 8, 8, 3), name="frames")
    per_frame = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="bn"),
            layers.GlobalMaxPooling2D(name="pool"),
        ],
        name="per_frame",
    )
    x = layers.TimeDistributed(per_frame, name="each_frame")(frames)
    x = layers.Bidirectional(
        layers.GRU(3, return_sequences=True), merge_mode="ave", name="both_ways"
    )(x)
    x = layers.LSTM(4, name="lstm")(x)
    x = layers.Dense(2, activation="softmax", name="head")(x)
    return Built(functional(keras, frames, x, "video"), batches((5, 8, 8, 3)))


def heads(keras):
    """Pictures, words and numbers into one trunk, and several heads with names."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    words = keras.Input((6,), dtype="int32", name="words")
    numbers = keras.Input((4,), name="numbers")
    a = layers.Conv2D(4, 3, strides=2, name="conv")(image)
    a = layers.PReLU(shared_axes=[1, 2], name="prelu")(a)
    a = layers.GlobalAveragePooling2D(name="image_vector")(a)
    b = layers.Embedding(20, 5, mask_zero=True, name="embedding")(words)
    b = layers.GRU(4, name="gru")(b)
    c = layers.BatchNormalization(name="bn")(numbers)
    c = layers.Dense(4, activation="swish", name="dense")(c)
    trunk = layers.Concatenate(name="trunk")([a, b, c])
    trunk = layers.Dropout(0.3, name="drop")(layers.Dense(6, activation="elu", name="shared")(trunk))
    price = layers.Dense(1, activation="softplus", name="price")(trunk)
    kind = layers.Dense(3, activation="softmax", name="kind")(trunk)
    inputs = [*batches((8, 8, 3)), integers((6,), 20), random_batch((2, 4), 40)]
    return Built(functional(keras, [image, words, numbers], [price, kind], "heads"), inputs)


def squeeze_and_excite(keras):
    """A layer that weighs channels, with layers of its own, used in every stage."""
    layers = keras.layers

    class SqueezeAndExcite(layers.Layer):
        def __init__(self, ratio=2, **kwargs):
            super().__init__(**kwargs)
            self.ratio = ratio

        def build(self, shape):
            self.pool = layers.GlobalAveragePooling2D(keepdims=True, name="pool")
            self.squeeze = layers.Dense(shape[-1] // self.ratio, activation="relu", name="squeeze")
            self.excite = layers.Dense(shape[-1], activation="sigmoid", name="excite")
            self.squeeze.build((None, 1, 1, shape[-1]))
            self.excite.build((None, 1, 1, shape[-1] // self.ratio))
            self.built = True

        def call(self, inputs):
            return inputs * self.excite(self.squeeze(self.pool(inputs)))

        def get_config(self):
            return super().get_config() | {"ratio": self.ratio}

    image = keras.Input((8, 8, 3), name="image")
    x = image
    for n in range(3):
        y = layers.SeparableConv2D(4, 3, padding="same", name=f"stage{n}_conv")(x)
        y = layers.GroupNormalization(2, name=f"stage{n}_norm")(y)
        y = SqueezeAndExcite(name=f"stage{n}_se")(y)
        x = y if n == 0 else layers.add([x, y], name=f"stage{n}_add")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return Built(functional(keras, image, x, "excited"), batches((8, 8, 3)))
