"""Small nets of what Keras differentiates, saved by Keras 2 and Keras 3 beside what tf.GradientTape
gives for them: recurrent layers of a known number of steps, and layers of images."""

import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "models"))

import numpy as np

import answers
import gradient_answers
from frameworks import empty_folder, export_keras3, keras2, keras3, random_batch, start, tf


def recurrent(keras):
    """Masked steps, backwards, both ways, states of one layer into another."""
    layers = keras.layers
    words = keras.Input((6,), dtype="int32", name="words")
    events = keras.Input((6, 3), name="events")
    embedded = layers.Embedding(12, 4, mask_zero=True, name="embedding")(words)
    masked = layers.LSTM(4, return_sequences=True, name="lstm")(embedded)
    masked = layers.GRU(3, name="gru")(masked)
    back = layers.GRU(3, go_backwards=True, return_sequences=True, name="back")(events)
    both = layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="both")(back)
    plain, hidden = layers.SimpleRNN(3, return_sequences=True, return_state=True, name="rnn")(both)
    last = layers.LSTM(3, activation="relu", name="last")(plain)
    joined = layers.Concatenate(name="joined")([masked, hidden, last])
    scores = layers.Dense(3, name="scores")(joined)
    ids = np.array([[3, 5, 1, 7, 0, 0], [2, 9, 4, 4, 11, 0]], np.int32)
    return keras.Model([words, events], scores, name="net"), [ids, random_batch((2, 6, 3), 5, -1.0)]


def masking(keras):
    """Masked steps of events, in the middle too, through layers whose steps show in no shape that
    TensorFlow infers: a dense layer's, one for each step."""
    layers = keras.layers
    events = keras.Input((8, 3), name="events")
    x = layers.Masking(name="masking")(events)
    x = layers.Dense(4, activation="tanh", name="dense")(x)
    x = layers.LSTM(5, return_sequences=True, name="lstm")(x)
    x = layers.Bidirectional(layers.LSTM(2, return_sequences=True), name="both")(x)
    x = layers.TimeDistributed(layers.Dense(3), name="each")(x)
    scores = layers.GRU(4, name="gru")(x)
    array = random_batch((3, 8, 3), 11, -1.0)
    array[0, 5:] = 0
    array[1, 2] = 0
    array[1, 7] = 0
    return keras.Model(events, scores, name="net"), [array]


def convolutional(keras):
    """Normalisation, swish, gelu, depthwise, separable and transposed convolutions, PReLU,
    resizing, attention, a shared layer, two inputs."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    other = keras.Input((4,), name="other")
    x = layers.Conv2D(4, 3, padding="same", use_bias=False, name="conv")(image)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.Activation("swish", name="swish")(x)
    x = layers.DepthwiseConv2D(3, strides=2, padding="same", name="depthwise")(x)
    x = layers.PReLU(shared_axes=[1, 2], name="prelu")(x)
    x = layers.SeparableConv2D(4, 3, padding="same", activation="gelu", name="separable")(x)
    x = layers.Conv2DTranspose(4, 2, strides=2, padding="same", name="transposed")(x)
    x = layers.Resizing(4, 4, name="resizing")(x)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Reshape((4, 4), name="steps")(x)
    x = layers.MultiHeadAttention(2, 2, name="attention")(x, x)
    x = layers.LayerNormalization(name="norm")(x)
    x = layers.GlobalAveragePooling1D(name="mean")(x)
    shared = layers.Dense(4, activation="elu", name="shared")
    x = layers.Add(name="sum")([shared(x), shared(other)])
    scores = layers.Dense(3, activation="softmax", name="scores")(x)
    arrays = [random_batch((2, 8, 8, 3), 6, -1.0), random_batch((2, 4), 7, -1.0)]
    return keras.Model([image, other], scores, name="net"), arrays


def video(keras):
    """Three-dimensional convolutions, of which TensorFlow's C API has no gradient."""
    layers = keras.layers
    clip = keras.Input((4, 5, 6, 2), name="clip")
    x = layers.Conv3D(3, 3, padding="same", activation="tanh", name="same")(clip)
    x = layers.Conv3D(2, (2, 3, 2), strides=(2, 1, 2), name="strided")(x)
    x = layers.Flatten(name="flat")(x)
    scores = layers.Dense(2, name="scores")(x)
    return keras.Model(clip, scores, name="net"), [random_batch((2, 4, 5, 6, 2), 8, -1.0)]


def transposed(keras):
    """Transposed convolutions over three axes, of which TensorFlow's C API has no gradient: strides
    smaller and larger than the kernel and different ones, both paddings, sizes that only an output
    padding tells, one slice of depth; and those over two axes and one with the same options."""
    layers = keras.layers
    scan = keras.Input((2, 3, 2, 2), name="scan")
    x = layers.Conv3DTranspose(3, 2, strides=2, activation="tanh", name="valid")(scan)
    x = layers.Conv3DTranspose(2, (3, 2, 3), padding="same", name="same")(x)
    x = layers.Conv3D(2, 3, strides=2, name="down")(x)
    x = layers.Conv3DTranspose(3, (4, 3, 2), strides=(3, 1, 2), padding="same", name="uneven")(x)
    x = layers.Conv3DTranspose(2, (2, 1, 3), strides=(3, 2, 1), name="apart")(x)
    x = layers.Conv3D(2, (3, 2, 3), strides=(3, 2, 2), activation="elu", name="down_1")(x)
    x = layers.Conv3DTranspose(
        2, 3, strides=2, padding="same", output_padding=(1, 0, 1), name="padded"
    )(x)
    x = layers.Conv3D(2, (3, 3, 2), strides=2, name="down_2")(x)
    x = layers.Conv3DTranspose(
        2, (1, 3, 2), strides=(2, 2, 2), output_padding=(1, 1, 0), use_bias=False, name="flat"
    )(x)
    x = layers.Conv3D(2, (3, 1, 2), strides=(2, 1, 2), name="down_3")(x)
    x = layers.Reshape((-1, 2, 2), name="image")(x)
    x = layers.Conv2DTranspose(
        2, 3, strides=2, padding="same", output_padding=(0, 1), activation="gelu", name="image_padded"
    )(x)
    # Of that of Keras 3, CPUs have no kernel.
    dilation = 2 if keras is keras2 else 1
    x = layers.Conv2DTranspose(2, 2, dilation_rate=dilation, padding="same", name="dilated")(x)
    x = layers.DepthwiseConv2D(3, strides=2, depth_multiplier=2, name="depthwise")(x)
    x = layers.DepthwiseConv2D(3, dilation_rate=2, padding="same", name="depthwise_dilated")(x)
    x = layers.Reshape((-1, 4), name="steps")(x)
    x = layers.Conv1DTranspose(3, 4, strides=3, padding="same", name="sequence")(x)
    x = layers.Conv1DTranspose(
        3, 3, strides=2, output_padding=1, activation="softplus", name="sequence_padded"
    )(x)
    x = layers.GlobalAveragePooling1D(name="mean")(x)
    scores = layers.Dense(2, name="scores")(x)
    return keras.Model(scan, scores, name="net"), [random_batch((3, 2, 3, 2, 2), 12, -1.0)]


def sized(keras):
    """Crops of which one must enlarge: their ops are branches, and the sizes decide. With Keras 2
    locally connected layers in their three ways."""
    layers = keras.layers
    image = keras.Input((7, 6, 4), name="image")
    x = layers.CenterCrop(5, 4, name="crop")(image)
    x = layers.Conv2D(4, 2, activation="tanh", name="conv")(x)
    x = layers.CenterCrop(6, 5, name="enlarge")(x)
    if keras is keras2:
        for way in (1, 2, 3):
            x = layers.LocallyConnected2D(4, 2, implementation=way, name=f"local_{way}")(x)
            x = layers.Activation("elu", name=f"elu_{way}")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    scores = layers.Dense(2, name="scores")(x)
    return keras.Model(image, scores, name="net"), [random_batch((3, 7, 6, 4), 13, -1.0)]


def chosen(keras):
    """Values picked by their places: some of the input itself, the largest, all in order."""
    layers = keras.layers
    take = keras.ops.take if keras is keras3 else tf.gather
    largest = keras.ops.top_k if keras is keras3 else tf.math.top_k
    in_order = keras.ops.sort if keras is keras3 else tf.sort
    events = keras.Input((5, 4), name="events")
    some = layers.Dense(4, activation="tanh", name="some")(take(events, [3, 0, 3], axis=1))
    x = layers.Dense(6, activation="elu", name="dense")(events)
    x = layers.Dense(5, name="behind")(largest(x, 3)[0])
    x = in_order(x, axis=1)
    x = layers.Dense(4, activation="tanh", name="sorted")(x)
    joined = layers.Concatenate(axis=1, name="joined")([some, x])
    joined = layers.Conv1D(3, 8, name="weighing")(joined)
    flat = layers.Flatten(name="flat")(joined)
    scores = layers.Dense(2, name="scores")(flat)
    return keras.Model(events, scores, name="net"), [random_batch((3, 5, 4), 14, -1.0)]


def jitter(model, seed):
    """Weights that are not zero, so that each op counts."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        change = random.uniform(0.05, 0.3, tuple(weight.shape))
        weight.assign(np.asarray(weight) + change.astype(np.float32))


def export_keras2(model, name, parent):
    """Keras 2 `model.export`: `model.save` writes megabytes of functions for training."""
    folder = empty_folder(name, parent)
    with redirect_stdout(io.StringIO()):
        model.export(str(folder))
    return folder


def grouped(keras):
    """Convolutions in groups of channels, of one channel each and of more."""
    layers = keras.layers
    image = keras.Input((7, 7, 4), name="image")
    x = layers.Conv2D(8, 3, groups=4, activation="tanh", name="single")(image)
    x = layers.Conv2D(6, 3, strides=2, padding="same", groups=2, name="pairs")(x)
    x = layers.GlobalAveragePooling2D(name="mean")(x)
    scores = layers.Dense(3, name="scores")(x)
    return keras.Model(image, scores, name="net"), [random_batch((2, 7, 7, 4), 9, -1.0)]


def handing(keras):
    """Layers that hand on what they take, to some of those that take it: one called twice, one after
    another, at the start, inside a model, at the end."""
    layers = keras.layers
    inside = keras.Input((4,), name="inside")
    kept = layers.Dropout(0.5, name="kept")(inside)
    inner = keras.Model(
        inside, layers.Dense(4, activation="tanh", name="code")(kept), name="inner"
    )
    numbers = keras.Input((4,), name="numbers")
    entry = layers.Dropout(0.5, name="entry")(numbers)
    x = layers.Dense(4, activation="tanh", name="hidden")(numbers)
    drop = layers.Dropout(0.5, name="drop")
    one, other = drop(x), drop(x)
    noise = layers.GaussianNoise(0.1, name="noise")(one)
    linear = layers.Activation("linear", name="linear")(noise)
    y = layers.Dense(4, activation="tanh", name="behind")(linear)
    z = layers.Dense(4, activation="elu", name="beside")(other)
    product = layers.Multiply(name="product")([z, x, one])
    joined = layers.Add(name="sum")([y, product, entry, x, inner(x)])
    twins = layers.Dropout(0.5, name="twins")
    joined = layers.Multiply(name="square")([twins(joined), twins(joined)])
    scores = layers.Dense(3, name="scores")(joined)
    last = layers.Dropout(0.5, name="last")(scores)
    return keras.Model(numbers, last, name="net"), [random_batch((2, 4), 10, -1.0)]


def in_dtype(keras, dtype):
    """Maps, a sequence and scores in one dtype."""
    layers = keras.layers
    image = keras.Input((6, 6, 2), dtype=dtype, name="image")
    x = layers.Conv2D(3, 3, dtype=dtype, name="conv")(image)
    x = layers.BatchNormalization(dtype=dtype, name="bn")(x)
    x = layers.Activation("gelu", dtype=dtype, name="gelu")(x)
    x = layers.Reshape((4, 12), dtype=dtype, name="steps")(x)
    x = layers.GRU(3, return_sequences=True, reset_after=False, dtype=dtype, name="gru")(x)
    x = layers.GlobalMaxPooling1D(dtype=dtype, name="largest")(x)
    scores = layers.Dense(3, dtype=dtype, name="scores")(x)
    array = random_batch((2, 6, 6, 2), 8, -1.0).astype(dtype)
    return keras.Model(image, scores, name="net"), [array]


def half(keras):
    return in_dtype(keras, "float16")


def double(keras):
    return in_dtype(keras, "float64")


def mixed(keras):
    """Attention whose products are of float16, between numbers of float32."""
    layers = keras.layers
    policy = (keras2.mixed_precision.Policy if keras is keras2 else keras3.DTypePolicy)("mixed_float16")
    events = keras.Input((6, 3), name="events")
    x = layers.Dense(4, activation="tanh", dtype=policy, name="entry")(events)
    x = layers.MultiHeadAttention(2, 3, dtype=policy, name="attention")(x, x)
    x = layers.LayerNormalization(dtype=policy, name="norm")(x)
    x = layers.Dot(2, dtype=policy, name="similar")([x, x])
    x = layers.GlobalMaxPooling1D(dtype=policy, name="largest")(x)
    scores = layers.Dense(3, dtype="float32", name="scores")(x)
    return keras.Model(events, scores, name="net"), [random_batch((2, 6, 3), 15, -1.0)]


MAPPED = {"recurrent": "both", "half": "conv", "double": "gru", "mixed": "entry"}


NETS = (
    *(recurrent, masking, convolutional, video, transposed, sized, chosen, grouped, handing),
    *(half, double, mixed),
)


def write_map(folder, model, inputs, wrt, number=1):
    """Beside a model the Grad-CAM of one class: the mean of the gradient over all axes between rows
    and channels weighs the channels."""
    layer = model.get_layer(wrt)
    whole = type(model)(model.inputs, [layer.output, model.output])

    @tf.function
    def derivative(*entering):
        with tf.GradientTape() as tape:
            value, scores = whole(list(entering), training=False)
            score = tf.reduce_sum(scores[:, number])
        return value, tape.gradient(score, value)

    value, gradient = (np.asarray(each, np.float64) for each in derivative(*inputs))
    space = tuple(range(1, value.ndim - 1))
    found = np.maximum((value * gradient.mean(axis=space, keepdims=True)).sum(axis=-1), 0)
    text = {"of": "scores", "class": number, "wrt": wrt, "map": found.round(9).tolist()}
    Path(f"{folder}.map.answers.json").write_text(json.dumps(text) + "\n")


def require_gradients(folder):
    """Zeros, as behind a saturated layer, would prove nothing of the layers before it."""
    found = json.loads(Path(f"{folder}.gradients.answers.json").read_text())["gradients"]
    zero = [each["wrt"] for each in found if each["reached"] and each["max_abs"] < 1e-6]
    if zero:
        raise ValueError(f"the gradients of {folder.name} by {zero} are zero")


def main():
    for build in NETS:
        for version, keras, save, write in (
            (2, keras2, export_keras2, answers.write_keras2),
            (3, keras3, export_keras3, answers.write_keras3),
        ):
            start(4)
            model, inputs = build(keras)
            jitter(model, 9)
            if sys.argv[1:] and build.__name__ not in sys.argv[1:]:
                continue
            folder = save(model, f"{build.__name__}_keras{version}", HERE)
            write(folder, model, inputs, answers.Wanted(topology=True))
            # Sessions are fed no float16, and its rounding is its own: a test looks at the map alone.
            if build not in (half, mixed):
                gradient_answers.write(folder, model, inputs, spacing=1)
                require_gradients(folder)
            if build.__name__ in MAPPED:
                write_map(folder, model, inputs, MAPPED[build.__name__])


if __name__ == "__main__":
    main()
