"""Layers that change shapes, that merge, that attend, that preprocess; unknown sizes and lengths.

Left out in Keras 3: random augmentation, which its exports perform at inference too (the answer is
another each time, and tf.saved_model.save cannot save the seeds); bilinear UpSampling2D of unknown
sizes, which it cannot trace; TimeDistributed over an unknown number of steps, which it traces wrongly
(the export returns as many steps as there are rows)."""

import numpy as np

from frameworks import random_batch
from zoo_common import Built, batches, functional, integers, sequential


def reshaping(keras):
    layers = keras.layers
    image = keras.Input((6, 6, 4), name="image")
    padded = layers.ZeroPadding2D(((1, 0), (0, 2)), name="pad_2d")(image)
    cropped = layers.Cropping2D(((1, 0), (0, 2)), name="crop_2d")(padded)
    upsampled = layers.UpSampling2D(2, name="up_2d")(cropped)
    smooth = layers.UpSampling2D(2, interpolation="bilinear", name="bilinear")(cropped)
    swapped = layers.Permute((2, 1, 3), name="permute")(upsampled)
    flat = layers.Flatten(name="flatten")(smooth)
    repeated = layers.RepeatVector(3, name="repeat")(flat)
    events = layers.Reshape((36, 4), name="as_events")(image)
    events = layers.ZeroPadding1D(2, name="pad_1d")(events)
    events = layers.Cropping1D((1, 2), name="crop_1d")(events)
    events = layers.UpSampling1D(2, name="up_1d")(events)
    scan = layers.Reshape((3, 4, 3, 4), name="as_scan")(image)
    scan = layers.ZeroPadding3D(1, name="pad_3d")(scan)
    scan = layers.Cropping3D(((1, 0), (0, 1), (1, 1)), name="crop_3d")(scan)
    scan = layers.UpSampling3D(2, name="up_3d")(scan)
    model = functional(keras, image, [swapped, repeated, events, scan], "reshaping")
    return Built(model, batches((6, 6, 4)))


def merging(keras):
    """Every merge of two branches and of two inputs; Subtract and Dot depend on the order."""
    layers = keras.layers
    first = keras.Input((5,), name="input_a")
    second = keras.Input((5,), name="input_b")
    a = layers.Dense(4, activation="relu", name="dense_a")(first)
    b = layers.Dense(4, activation="tanh", name="dense_b")(second)
    merged = [
        layers.Add(name="add")([a, b]),
        layers.Subtract(name="subtract")([b, a]),
        layers.Subtract(name="subtract_1")([a, b]),
        layers.Multiply(name="multiply")([a, b, a]),
        layers.Average(name="average")([a, b]),
        layers.Maximum(name="maximum")([a, b]),
        layers.Minimum(name="minimum")([b, a]),
        layers.Dot(1, name="dot")([a, b]),
        layers.Dot(1, normalize=True, name="cosine")([b, a]),
        layers.Dot((1, 1), name="outer")(
            [layers.Reshape((2, 2), name="square_a")(a), layers.Reshape((2, 2), name="square_b")(b)]
        ),
    ]
    merged[-1] = layers.Flatten(name="flatten")(merged[-1])
    joined = layers.Concatenate(name="concatenate")(merged)
    model = functional(keras, [first, second], joined, "merging")
    return Built(model, batches((5,), (5,)))


def two_inputs(keras):
    """Each input has a branch of its own before they meet."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="input_a")
    events = keras.Input((6,), name="input_b")
    a = layers.Conv2D(4, 3, activation="relu", name="conv_a")(image)
    a = layers.BatchNormalization(name="bn_a")(a)
    a = layers.GlobalAveragePooling2D(name="pool_a")(a)
    b = layers.Dense(4, activation="relu", name="dense_b")(events)
    b = layers.Dropout(0.5, name="drop_b")(b)
    joined = layers.Concatenate(name="concatenate")([a, b])
    out = layers.Dense(3, activation="softmax", name="predictions")(joined)
    model = functional(keras, [image, events], [out, a], "two")
    return Built(model, batches((8, 8, 3), (6,)))


def attention(keras):
    layers = keras.layers
    events = keras.Input((7, 8), name="events")
    memory = keras.Input((5, 8), name="memory")
    mha = layers.MultiHeadAttention(2, 4, name="mha")(events, memory)
    own, scores = layers.MultiHeadAttention(2, 4, output_shape=6, name="self_attention")(
        mha, mha, return_attention_scores=True
    )
    causal = layers.MultiHeadAttention(1, 3, name="causal")(events, events, use_causal_mask=True)
    added = layers.Add(name="residual")([causal, events])
    normed = layers.LayerNormalization(name="norm")(added)
    dot = layers.Attention(name="attention")([normed, memory])
    scaled = layers.Attention(use_scale=True, name="scaled")([dot, memory, memory])
    additive = layers.AdditiveAttention(name="additive")([scaled, memory])
    outputs = [own, scores, additive]
    model = functional(keras, [events, memory], outputs, "attention")
    return Built(model, batches((7, 8), (5, 8)))


def grouped_attention(keras):
    """Keras 3 only."""
    layers = keras.layers
    events = keras.Input((7, 8), name="events")
    x = layers.GroupQueryAttention(4, 4, 2, name="grouped")(events, events)
    x = layers.EinsumDense("abc,cd->abd", (None, 5), activation="relu", name="einsum")(x)
    return Built(functional(keras, events, x, "grouped"), batches((7, 8)))


def embedding(keras):
    """Masks leave the embedding and go on through layers that do not use them."""
    layers = keras.layers
    words = keras.Input((8,), dtype="int32", name="words")
    plain = layers.Embedding(20, 6, name="plain")(words)
    masked = layers.Embedding(20, 6, mask_zero=True, name="masked")(words)
    dropped = layers.Dropout(0.3, name="dropout")(masked)
    mean = layers.GlobalAveragePooling1D(name="mean")(dropped)
    dense = layers.Dense(5, activation="relu", name="dense")(masked)
    top = layers.GlobalMaxPooling1D(name="top")(dense)
    convolved = layers.Conv1D(4, 3, activation="relu", name="conv")(plain)
    flat = layers.Flatten(name="flatten")(convolved)
    joined = layers.Concatenate(name="concatenate")([mean, top, flat])
    return Built(functional(keras, words, joined, "words"), [integers((8,), 20)])


def masking(keras):
    """A Masking layer and layers that hand its mask on."""
    layers = keras.layers
    events = keras.Input((8, 3), name="events")
    x = layers.Masking(0.0, name="masking")(events)
    x = layers.Dense(4, name="dense")(x)
    x = layers.Activation("linear", name="linear")(x)
    x = layers.LSTM(5, return_sequences=True, name="lstm")(x)
    x = layers.Dropout(0.1, name="dropout")(x)
    x = layers.GRU(4, name="gru")(x)
    array = batches((8, 3))[0]
    array[0, 5:] = 0.0
    array[1, 3:] = 0.0
    return Built(functional(keras, events, x, "masked"), [array])


def preprocessing(keras):
    """Preprocessing layers inside the model."""
    layers = keras.layers
    image = keras.Input((10, 12, 3), name="image")
    normalize = layers.Normalization(name="normalization")
    normalize.adapt(random_batch((4, 8, 9, 3), 3))
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescaling")(image)
    x = layers.Resizing(8, 9, name="resizing")(x)
    x = normalize(x)
    x = layers.CenterCrop(6, 6, name="center_crop")(x)
    x = layers.Resizing(9, 9, interpolation="nearest", name="nearest")(x)
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(image, x, name="preprocessing")
    return Built(model, [random_batch((2, 10, 12, 3), 5, 0.0, 255.0)])


def categories(keras):
    """Preprocessing of numbers and categories: tables, buckets, encodings."""
    layers = keras.layers
    numbers = keras.Input((3,), name="numbers")
    codes = keras.Input((2,), dtype="int64", name="codes")
    buckets = layers.Discretization([-0.5, 0.0, 0.5], name="discretization")(numbers)
    encoded = layers.CategoryEncoding(4, output_mode="multi_hot", name="encoding")(buckets)
    adapted = layers.Discretization(num_bins=3, output_mode="multi_hot", name="adapted")
    adapted.adapt(np.linspace(-1.0, 1.0, 30).reshape(10, 3))
    looked_up = layers.IntegerLookup(vocabulary=[5, 7, 9, 11], name="lookup")(codes)
    embedded = layers.Embedding(5, 3, name="embedding")(looked_up)
    flat = layers.Flatten(name="flatten")(embedded)
    joined = layers.Concatenate(name="concatenate")([encoded, adapted(numbers), flat])
    out = layers.Dense(4, activation="relu", name="dense")(joined)
    model = functional(keras, [numbers, codes], out, "categories")
    return Built(model, [*batches((3,)), np.array([[5, 9], [3, 11]], np.int64)])


def augmentation(keras):
    """Layers that do something in training only."""
    layers = keras.layers
    random = [
        layers.RandomFlip(name="flip"),
        layers.RandomRotation(0.1, name="rotation"),
        layers.RandomZoom(0.1, name="zoom"),
        layers.RandomTranslation(0.1, 0.1, name="translation"),
        layers.RandomContrast(0.1, name="contrast"),
    ]
    chain = [
        *([] if hasattr(keras, "ops") else random),
        layers.GaussianNoise(0.1, name="noise"),
        layers.Conv2D(4, 3, activation="relu", name="conv"),
        layers.SpatialDropout2D(0.2, name="spatial"),
        layers.GaussianDropout(0.2, name="gaussian"),
        layers.AlphaDropout(0.2, name="alpha"),
        layers.ActivityRegularization(0.01, name="regularization"),
        layers.Flatten(name="flatten"),
        layers.Dense(3, kernel_regularizer="l2", name="dense"),
        layers.Dropout(0.2, name="dropout"),
        layers.Activation("linear", name="linear"),
    ]
    return Built(sequential(keras, (8, 8, 3), chain, "augmented"), batches((8, 8, 3)))


def dynamic_image(keras):
    """Height and width are not known."""
    layers = keras.layers
    image = keras.Input((None, None, 3), name="image")
    x = layers.Conv2D(6, 3, strides=2, padding="same", activation="relu", name="conv")(image)
    skip = x
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Conv2DTranspose(6, 2, strides=2, name="transposed")(x)
    x = layers.Add(name="add")([x, skip])
    x = layers.UpSampling2D(name="up")(x)
    x = layers.Resizing(8, 8, name="resizing")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    return Built(functional(keras, image, x, "dynamic"), batches((12, 16, 3)))


def dynamic_length(keras):
    """The number of steps is not known."""
    layers = keras.layers
    events = keras.Input((None, 4), name="events")
    x = layers.Conv1D(6, 3, padding="same", activation="relu", name="conv")(events)
    x = layers.LSTM(5, return_sequences=True, name="lstm")(x)
    x = layers.Bidirectional(layers.GRU(3, return_sequences=True), name="both")(x)
    if not hasattr(keras, "ops"):
        x = layers.TimeDistributed(layers.Dense(4, name="dense"), name="distributed")(x)
    x = layers.GlobalMaxPooling1D(name="top")(x)
    return Built(functional(keras, events, x, "dynamic"), batches((9, 4)))
