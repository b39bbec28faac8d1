"""Convolutions, activations, normalisation and pooling.

Left out: Keras 2's SpectralNormalization, which takes Keras 3's InputSpec for its own and fails where
both are installed."""

from frameworks import tf
from zoo_common import Built, batches, functional, sequential

ACTIVATIONS = [
    "relu",
    "relu6",
    "silu",
    "swish",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "softplus",
    "softsign",
    "elu",
    "selu",
    "celu",
    "leaky_relu",
    "tanh",
    "hard_tanh",
    "tanh_shrink",
    "sigmoid",
    "log_sigmoid",
    "softmax",
    "log_softmax",
    "exponential",
    "mish",
    "squareplus",
    "linear",
]


def available_activations(keras):
    """Keras 2 has fewer of them, and relu6 in TensorFlow only."""
    return [name for name in ACTIVATIONS if hasattr(keras.activations, name)]


def fused_activations(keras):
    """Every activation in a Dense and in a Conv2D layer, with and without a bias."""
    image = keras.Input((6, 6, 3), name="image")
    flat = keras.layers.Flatten(name="flatten")(image)
    branches = []
    for name in available_activations(keras):
        activation = getattr(keras.activations, name)
        dense = keras.layers.Dense(4, activation=activation, name=f"dense_{name}")(flat)
        convolved = keras.layers.Conv2D(
            4, 2, activation=activation, use_bias=len(branches) % 4 < 2, name=f"conv_{name}"
        )(image)
        pooled = keras.layers.GlobalMaxPooling2D(name=f"pool_{name}")(convolved)
        branches += [dense, pooled]
    joined = keras.layers.Concatenate(name="concatenate")(branches)
    return Built(functional(keras, image, joined, "fused"), batches((6, 6, 3)))


def functions_of_tensorflow(keras):
    """Functions of TensorFlow and of the user as activations."""
    image = keras.Input((6, 6, 3), name="image")
    x = keras.layers.Conv2D(4, 3, activation=tf.nn.relu6, name="relu6")(image)
    x = keras.layers.Conv2D(4, 1, activation=tf.nn.silu, name="silu")(x)
    x = keras.layers.Conv2D(4, 1, activation=tf.math.sin, name="sine")(x)
    x = keras.layers.Dense(4, activation=tf.nn.softplus, name="softplus")(x)
    return Built(functional(keras, image, x, "functions"), batches((6, 6, 3)))


def activation_layers(keras):
    """Layers that are an activation, one after another; a linear one leaves no ops."""
    layers = keras.layers
    slope = "alpha" if not hasattr(keras, "ops") else "negative_slope"
    chain = [
        layers.Dense(8, name="dense"),
        layers.PReLU(alpha_initializer="random_uniform", name="prelu"),
        layers.Activation("linear", name="linear"),
        layers.LeakyReLU(**{slope: 0.2}, name="leaky"),
        layers.Dense(8, name="dense_1"),
        layers.ELU(alpha=0.7, name="elu"),
        layers.ReLU(max_value=6.0, negative_slope=0.1, threshold=0.05, name="relu6"),
        layers.Dense(8, name="dense_2"),
        layers.Activation("swish", name="swish"),
        layers.Activation("gelu", name="gelu"),
        layers.Activation("hard_sigmoid", name="hard_sigmoid"),
        layers.Dense(8, name="dense_3"),
        layers.Activation("softplus", name="softplus"),
        layers.Softmax(name="softmax"),
        layers.Activation("linear", name="linear_1"),
    ]
    if hasattr(layers, "ThresholdedReLU"):
        chain.insert(1, layers.ThresholdedReLU(theta=0.1, name="thresholded"))
    return Built(sequential(keras, (5,), chain, "activations"), batches((5,)))


def convolutions_1d(keras):
    layers = keras.layers
    events = keras.Input((16, 3), name="events")
    x = layers.Conv1D(4, 3, padding="causal", activation="relu", name="causal")(events)
    x = layers.Conv1D(6, 3, dilation_rate=2, activation="tanh", name="dilated")(x)
    x = layers.SeparableConv1D(8, 3, strides=2, activation="silu", name="separable")(x)
    x = layers.DepthwiseConv1D(3, depth_multiplier=2, activation="elu", name="depthwise")(x)
    x = layers.Conv1DTranspose(5, 3, strides=2, activation="relu", name="transposed")(x)
    return Built(functional(keras, events, x, "convolutions"), batches((16, 3)))


def convolutions_2d(keras):
    layers = keras.layers
    image = keras.Input((14, 14, 4), name="image")
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="same")(image)
    x = layers.Conv2D(8, 3, strides=2, use_bias=False, name="strided")(x)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.Conv2D(8, 1, groups=2, activation="gelu", name="grouped")(x)
    x = layers.Conv2D(8, 3, dilation_rate=2, activation="relu", name="dilated")(x)
    x = layers.DepthwiseConv2D(2, activation="relu6" if hasattr(keras, "ops") else "relu")(x)
    x = layers.DepthwiseConv2D(1, depth_multiplier=2, activation="swish", name="multiplied")(x)
    x = layers.Conv2DTranspose(6, 3, strides=2, activation="sigmoid", name="transposed")(x)
    x = layers.Conv2DTranspose(6, 3, padding="same", use_bias=False, name="transposed_same")(x)
    x = layers.SeparableConv2D(5, 3, activation="softplus", name="separable")(x)
    return Built(functional(keras, image, x, "convolutions"), batches((14, 14, 4)))


def convolutions_3d(keras):
    layers = keras.layers
    scan = keras.Input((6, 6, 6, 2), name="scan")
    x = layers.Conv3D(4, 3, activation="relu", name="conv")(scan)
    x = layers.Conv3D(4, 2, padding="same", use_bias=False, activation="tanh", name="same")(x)
    x = layers.Conv3DTranspose(3, 2, strides=2, activation="relu", name="transposed")(x)
    return Built(functional(keras, scan, x, "convolutions"), batches((6, 6, 6, 2)))


def normalization(keras):
    """Each before and after a layer with weights; batch normalisation in several forms."""
    layers = keras.layers
    image = keras.Input((6, 6, 4), name="image")
    x = layers.Conv2D(8, 3, name="conv")(image)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.Activation("relu", name="act")(x)
    x = layers.Conv2D(8, 1, name="conv_1")(x)
    x = layers.BatchNormalization(center=False, scale=False, name="bn_1")(x)
    x = layers.BatchNormalization(axis=1, name="bn_2")(x)
    x = layers.LayerNormalization(name="layer_norm")(x)
    x = layers.LayerNormalization(axis=[1, 2, 3], center=False, name="layer_norm_1")(x)
    x = layers.GroupNormalization(groups=4, name="group_norm")(x)
    x = layers.GroupNormalization(groups=-1, name="instance_norm")(x)
    x = layers.UnitNormalization(name="unit_norm")(x)
    x = layers.Dense(6, name="dense")(x)
    x = layers.BatchNormalization(name="bn_3")(x)
    if hasattr(layers, "RMSNormalization"):
        x = layers.SpectralNormalization(layers.Dense(4, name="inner"), name="spectral")(x)
        x = layers.RMSNormalization(name="rms_norm")(x)
    return Built(functional(keras, image, x, "normalization"), batches((6, 6, 4)))


def pooling(keras):
    """Every pooling of one, two and three dimensions, from one image."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    events = layers.Reshape((16, 12), name="as_events")(image)
    scan = layers.Reshape((4, 4, 4, 3), name="as_scan")(image)
    pooled = []
    for rank, taken in (1, events), (2, image), (3, scan):
        for kind in "Average", "Max":
            pool = getattr(layers, f"{kind}Pooling{rank}D")
            whole = getattr(layers, f"Global{kind}Pooling{rank}D")
            x = pool(2, name=f"{kind}_{rank}d".lower())(taken)
            x = pool(2, 1, padding="same", name=f"{kind}_{rank}d_same".lower())(x)
            pooled.append(whole(name=f"global_{kind}_{rank}d".lower())(x))
            kept = whole(keepdims=True, name=f"kept_{kind}_{rank}d".lower())(x)
            pooled.append(layers.Flatten(name=f"flat_{kind}_{rank}d".lower())(kept))
    joined = layers.Concatenate(name="concatenate")(pooled)
    return Built(functional(keras, image, joined, "pooling"), batches((8, 8, 3)))
