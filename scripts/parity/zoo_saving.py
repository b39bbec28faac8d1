"""Ways to make and to save a model: subclassing, training before, dtypes, signatures of one's own,
saving again what was loaded."""

import io
from contextlib import redirect_stdout
from functools import partial

import numpy as np

import answers
from answer_files import Answer, Saved
from common import redraw
from frameworks import empty_folder, keras2, random_batch, save_keras2, tf
from zoo_common import Built, batches, functional

MIXED_TOLERANCES = {"mixed_float16": 2e-3, "mixed_bfloat16": 2e-2}


def convolutional(keras, name="cnn", dtype=None):
    """A small network with what most have: convolutions, normalisation, dropout, a head."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image", dtype=dtype)
    act = layers.Activation("relu", name="act", dtype=dtype)
    x = layers.Conv2D(4, 3, name="conv", dtype=dtype)(image)
    x = act(layers.BatchNormalization(name="bn", dtype=dtype)(x))
    x = layers.Dropout(0.2, name="dropout", dtype=dtype)(x)
    x = act(layers.Conv2D(6, 3, name="conv_1", dtype=dtype)(x))
    x = layers.GlobalAveragePooling2D(name="pool", dtype=dtype)(x)
    x = layers.Dense(3, activation="softmax", name="head", dtype=dtype)(x)
    return functional(keras, image, x, name)


def plain(keras):
    return Built(convolutional(keras), batches((8, 8, 3)))


def deferred(keras):
    """A Sequential model without InputLayer, built by its first data."""
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.BatchNormalization(name="bn"),
            layers.Dropout(0.1, name="dropout"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, activation="softmax", name="head"),
        ],
        name="deferred",
    )
    model.build((None, 8, 8, 3))
    redraw(model, seed=1)
    return Built(model, batches((8, 8, 3)))


def without_weights(keras):
    """A Sequential model of which no variable tells who named its scopes."""
    layers = keras.layers
    chain = [
        layers.ReLU(name="re_lu_1"),
        layers.Dropout(0.1, name="dropout"),
        layers.Softmax(name="re_lu_1_1"),
        layers.Flatten(name="flatten"),
    ]
    model = keras.Sequential([keras.Input((4, 3)), *chain], name="chain")
    return Built(model, batches((4, 3)))


def trained(keras):
    """Saved after fit, evaluate and predict: optimizer and metrics come along."""
    model = convolutional(keras)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    images, labels = random_batch((16, 8, 8, 3), 7), np.arange(16) % 3
    model.fit(images, labels, epochs=1, verbose=0)
    model.evaluate(images, labels, verbose=0)
    model.predict(images, verbose=0)
    return Built(model, batches((8, 8, 3)))


def double_precision(keras):
    inputs = [array.astype(np.float64) for array in batches((8, 8, 3))]
    return Built(convolutional(keras, dtype="float64"), inputs)


def half_precision(keras):
    return _mixed(keras, "mixed_float16")


def brain_precision(keras):
    return _mixed(keras, "mixed_bfloat16")


def _mixed(keras, policy):
    """Layers compute in a small float and keep float32 weights; the last is float32 altogether."""
    layers = keras.layers
    image = keras.Input((8, 8, 3), name="image")
    x = layers.Conv2D(4, 3, activation="relu", name="conv", dtype=policy)(image)
    x = layers.BatchNormalization(name="bn", dtype=policy)(x)
    x = layers.Dropout(0.2, name="dropout", dtype=policy)(x)
    x = layers.Flatten(name="flatten", dtype=policy)(x)
    x = layers.Dense(5, activation="tanh", name="dense", dtype=policy)(x)
    x = layers.Dense(3, activation="softmax", name="head", dtype="float32")(x)
    model = functional(keras, image, x, "mixed")
    return Built(model, batches((8, 8, 3)), tolerance=MIXED_TOLERANCES[policy])


def subclassed(keras):
    """A model that is a class, of layers that hold layers; with the values of all of them."""

    class Block(keras.layers.Layer):
        def __init__(self, filters, **kwargs):
            super().__init__(**kwargs)
            self.conv = keras.layers.Conv2D(filters, 3, name="conv")
            self.bn = keras.layers.BatchNormalization(name="bn")
            self.act = keras.layers.ReLU(name="act")

        def call(self, inputs, training=False):
            return self.act(self.bn(self.conv(inputs), training=training))

    class Network(keras.Model):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.first = Block(4, name="first")
            self.second = Block(6, name="second")
            self.pool = keras.layers.GlobalAveragePooling2D(name="pool")
            self.dropout = keras.layers.Dropout(0.2, name="dropout")
            self.head = keras.layers.Dense(3, activation="softmax", name="head")

        def call(self, inputs, training=False):
            x = self.second(self.first(inputs, training=training), training=training)
            return self.head(self.dropout(self.pool(x), training=training))

    return Network(name="network")


def subclassed_answers(model, image):
    """Runs the parts of a Network by hand."""
    named = []
    for block in (model.first, model.second):
        convolved = block.conv(image)
        normed = block.bn(convolved, training=False)
        inside = {block.conv: convolved, block.bn: normed, block.act: block.act(normed)}
        image = inside[block.act]
        named += [(block.name, block, image)]
        named += [(f"{block.name}/{layer.name}", layer, value) for layer, value in inside.items()]
    pooled = model.pool(image)
    named += [("pool", model.pool, pooled), ("dropout", model.dropout, pooled)]
    named += [("head", model.head, model.head(pooled))]
    return [
        Answer(
            path,
            value.numpy(),
            type(layer).__name__,
            index=model.layers.index(layer) if "/" not in path else None,
            parameters=layer.count_params(),
            has_ops=answers.has_ops(layer),
        )
        for path, layer, value in named
    ]


def make_subclassed(maker, out, name):
    model = subclassed(maker.keras)
    images = batches((8, 8, 3))
    model(images[0])
    model.predict(images[0], verbose=0)
    redraw(model, seed=1)
    saved = Saved.at(maker.save(model, name, out), maker.name, keras=maker.keras.__version__)
    final = [model(images[0], training=False).numpy()]
    saved.write(saved.keyed([], images), final, subclassed_answers(model, tf.constant(images[0])))


def make_with_endpoint(maker, out, name):
    """An ExportArchive whose endpoint takes bytes and rescales them before it calls the model."""
    keras = maker.keras
    model = convolutional(keras)
    archive = keras.export.ExportArchive()
    archive.track(model)
    spec = tf.TensorSpec((None, 8, 8, 3), tf.uint8, name="pixels")
    archive.add_endpoint("serve", lambda pixels: model(_rescaled(pixels)), input_signature=[spec])
    folder = empty_folder(name, out)
    with redirect_stdout(io.StringIO()):
        archive.write_out(str(folder))
    _write_rescaled(Saved.at(folder, maker.name, keras=keras.__version__), model)


def make_with_two_models(maker, out, name):
    """An ExportArchive of two models whose layers have the same names, with an endpoint of each; the
    first one's is of the second model."""
    keras = maker.keras
    models = [_coder(keras, "encoder", 6), _coder(keras, "decoder", 4)]
    archive = keras.export.ExportArchive()
    for model in models:
        archive.track(model)
    for model in reversed(models):
        spec = tf.TensorSpec((None, *model.inputs[0].shape[1:]), tf.float32, name="numbers")
        archive.add_endpoint(f"use_{model.name}", partial(_call, model), input_signature=[spec])
    folder = empty_folder(name, out)
    with redirect_stdout(io.StringIO()):
        archive.write_out(str(folder))
    write = answers.write_keras2 if maker.keras is keras2 else answers.write_keras3
    write(folder, models[1], batches((4,)), Built(models[1], []).wanted(), maker=maker.name)


def _coder(keras, name, size):
    """The same layers for inputs of any size; the last one has no weights."""
    layers = keras.layers
    numbers = keras.Input((size,), name="numbers")
    x = layers.Dense(8, activation="relu", name="hidden")(numbers)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.Dense(4, name="code")(x)
    return functional(keras, numbers, layers.Softmax(name="shares")(x), name)


def _call(model, numbers):
    return model(numbers)


def make_with_signature(out, name):
    """Keras 2 `model.save` with a signature of one's own."""
    model = convolutional(keras2)
    spec = tf.TensorSpec((None, 8, 8, 3), tf.uint8, name="pixels")

    @tf.function(input_signature=[spec])
    def serve(pixels):
        return {"scores": model(_rescaled(pixels), training=False)}

    folder = empty_folder(name, out)
    model.save(folder, save_format="tf", signatures={"serving_default": serve})
    _write_rescaled(Saved.at(folder, "keras2", keras=keras2.__version__), model)


def _rescaled(pixels):
    return tf.cast(pixels, tf.float32) / 127.5 - 1.0


def _write_rescaled(saved, model):
    pixels = random_batch((2, 8, 8, 3), 9, 0.0, 255.0).astype(np.uint8)
    images = [_rescaled(pixels).numpy()]
    is_keras2 = saved.maker == "keras2"
    found = answers.keras_answers(model, images, listed_first=is_keras2)
    saved.write(saved.keyed([], [pixels]), answers.evaluate(model, images), found, model.to_json())


def make_loaded(out, name):
    """Keras 2: saved, loaded by Keras and saved again."""
    model, inputs = convolutional(keras2), batches((8, 8, 3))
    loaded = keras2.models.load_model(save_keras2(model, f"{name}_first", out))
    folder = save_keras2(loaded, name, out)
    answers.write_keras2(folder, model, inputs, Built(model, inputs).wanted())
    empty_folder(f"{name}_first", out)


def make_resaved(maker, out, name):
    """Saved, loaded by TensorFlow and saved again."""
    model, inputs = convolutional(maker.keras), batches((8, 8, 3))
    loaded = tf.saved_model.load(str(maker.save(model, f"{name}_first", out)))
    folder = empty_folder(name, out)
    tf.saved_model.save(loaded, str(folder), signatures=loaded.signatures)
    write = answers.write_keras2 if maker.keras is keras2 else answers.write_keras3
    write(folder, model, inputs, Built(model, inputs).wanted(), maker="resaved")
    empty_folder(f"{name}_first", out)
