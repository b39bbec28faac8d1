"""Makes the models of the benchmark of batch sizes, with random weights."""

import os
import sys
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import keras
import tensorflow as tf

STEPS, NUMBERS, UNITS = 10, 100, 64
SIDE = 224

PATCH, WIDTH, HEADS, BLOCKS = 16, 192, 3, 6

EVENTS, CHANNELS, DILATIONS = 128, 64, (1, 2, 4, 8)

LEVELS = (16, 32, 64, 128)


def lstm():
    """As in the benchmark of sequences."""
    events = keras.Input((STEPS, NUMBERS), name="x")
    return keras.Model(events, keras.layers.LSTM(UNITS, name="last")(events))


def temporal_convolutions():
    """A temporal convolutional network: causal convolutions, of ever wider gaps, beside residual sums."""
    layers = keras.layers
    x = events = keras.Input((EVENTS, CHANNELS), name="x")
    for dilation in DILATIONS:
        inside = x
        for _ in range(2):
            inside = layers.Conv1D(CHANNELS, 3, padding="causal", dilation_rate=dilation)(inside)
            inside = layers.ReLU()(layers.BatchNormalization()(inside))
        x = layers.Add()([x, inside])
    return keras.Model(events, layers.GlobalAveragePooling1D(name="last")(x))


def gated_units():
    """Two layers of gated recurrent units."""
    layers = keras.layers
    events = keras.Input((EVENTS, CHANNELS), name="x")
    return keras.Model(events, layers.GRU(UNITS, name="last")(layers.GRU(2 * UNITS, return_sequences=True)(events)))


def both_ways():
    """Two layers of LSTMs that read forwards and backwards."""
    layers = keras.layers
    events = keras.Input((EVENTS, CHANNELS), name="x")
    steps = layers.Bidirectional(layers.LSTM(UNITS, return_sequences=True))(events)
    return keras.Model(events, layers.Bidirectional(layers.LSTM(UNITS), name="last")(steps))


def u_net():
    """A U-Net of four levels, transposed convolutions on the way up; its features the mean over the pixels."""
    layers = keras.layers

    def twice(x, channels):
        for _ in range(2):
            x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(channels, 3, padding="same")(x)))
        return x

    x = pixels = keras.Input((SIDE, SIDE, 3), name="x")
    levels = []
    for channels in LEVELS[:-1]:
        levels.append(twice(x, channels))
        x = layers.MaxPooling2D()(levels[-1])
    x = twice(x, LEVELS[-1])
    for channels, beside in zip(LEVELS[-2::-1], levels[::-1]):
        x = layers.Conv2DTranspose(channels, 2, strides=2)(x)
        x = twice(layers.Concatenate()([x, beside]), channels)
    return keras.Model(pixels, layers.GlobalAveragePooling2D(name="last")(x))


def of_images(name):
    model = getattr(keras.applications, name)(input_shape=(SIDE, SIDE, 3), include_top=False, weights=None)
    pixels = keras.Input((SIDE, SIDE, 3), name="x")
    pooled = keras.layers.GlobalAveragePooling2D(name="last")
    return keras.Model(pixels, pooled(model(pixels)))


def gelu_for_onnx(x):
    """As TensorFlow 2.18 wrote it: tf2onnx does not know the op of today, and ONNX Runtime fuses this."""
    return 0.5 * x * (1.0 + tf.math.erf(x / 2**0.5))


def vision_transformer(gelu):
    """A small one, its features the mean over the patches."""
    layers = keras.layers
    pixels = keras.Input((SIDE, SIDE, 3), name="x")
    x = layers.Conv2D(WIDTH, PATCH, PATCH)(pixels)
    x = layers.Reshape((-1, WIDTH))(x)
    for _ in range(BLOCKS):
        normal = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.Add()([x, layers.MultiHeadAttention(HEADS, WIDTH // HEADS)(normal, normal)])
        normal = layers.LayerNormalization(epsilon=1e-6)(x)
        x = layers.Add()([x, layers.Dense(WIDTH)(layers.Dense(4 * WIDTH, activation=gelu)(normal))])
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    return keras.Model(pixels, layers.GlobalAveragePooling1D(name="last")(x))


MADE = {
    "BidirectionalLSTM": both_ways,
    "GRU": gated_units,
    "LSTM": lstm,
    "TCN": temporal_convolutions,
    "UNet": u_net,
    "VisionTransformer": lambda: vision_transformer("gelu"),
    # The same weights.
    "VisionTransformer-for-onnx": lambda: vision_transformer(gelu_for_onnx),
}


def main():
    folder = Path(sys.argv[1])
    for name in sys.argv[2:]:
        if not (folder / name / "saved_model.pb").exists():
            keras.utils.set_random_seed(0)
            model = MADE[name]() if name in MADE else of_images(name)
            model.export(folder / name, format="tf_saved_model", verbose=False)


if __name__ == "__main__":
    main()
