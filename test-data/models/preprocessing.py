"""Models on which the reading and the check of preprocessing are tested, in ../preprocessing/: one that treats
each of its inputs in another way, with what that way does to 0 and 255, and classifiers of crops of
scikit-learn's two photos, each trained with another preprocessing, with crops as files, and digits."""

import json

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

from frameworks import MODELS, empty_folder, export_keras3, keras2, keras3, start, tf

FOLDER = MODELS.parent / "preprocessing"
TORCH_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
TORCH_STD = np.array([0.229, 0.224, 0.225], np.float32)
CAFFE_MEAN = np.array([103.939, 116.779, 123.68], np.float32)
SIZE = 24


def save_keras2(model, name):
    """Without what only training needs."""
    folder = empty_folder(name, FOLDER)
    model.save(folder, save_format="tf", include_optimizer=False)
    return folder


def save_signature(model, name):
    """Only the signature, which holds the ops of the layers: a tenth of what Keras 2 saves."""
    module = tf.Module()
    module.weights = model.variables

    @tf.function(input_signature=[
        {x.name: tf.TensorSpec([None, 8, 8, 3], x.dtype, x.name) for x in model.inputs}
    ])
    def serve(inputs):
        return {"head": model([inputs[x.name] for x in model.inputs], training=False)}

    folder = empty_folder(name, FOLDER)
    tf.saved_model.save(module, str(folder), signatures=serve)
    return folder


def ways(keras):
    """Each way of treating an input, by the input's name."""
    layers = keras.layers
    if keras is keras3:
        ops = keras.ops
        cast, concatenate, split, stack = ops.cast, ops.concatenate, ops.split, ops.stack
        take = lambda x: ops.take(x, [2, 1, 0], axis=-1)
        flip = lambda x: ops.flip(x, axis=-1)
        unstack = lambda x: ops.unstack(x, axis=-1)
    else:
        cast, concatenate, split, stack = tf.cast, tf.concat, tf.split, tf.stack
        take = lambda x: tf.gather(x, [2, 1, 0], axis=-1)
        flip = lambda x: tf.reverse(x, [-1])
        unstack = lambda x: tf.unstack(x, axis=-1)
    blue, green, red = (float(mean) for mean in CAFFE_MEAN)

    def split_and_joined(x):
        r, g, b = split(x, 3, axis=-1)
        return concatenate([b - blue, g - green, r - red], axis=-1)

    def unstacked(x):
        r, g, b = unstack(x)
        return stack([b, g, r], axis=-1)

    return {
        "rescaled": layers.Rescaling(1 / 127.5, offset=-1.0, name="one"),
        "normalized": layers.Normalization(
            mean=(TORCH_MEAN * 255).tolist(), variance=((TORCH_STD * 255) ** 2).tolist(), name="two"
        ),
        "divided": lambda x: x / 127.5 - 1.0,
        "standardised": lambda x: (x / 255.0 - TORCH_MEAN) / TORCH_STD,
        "sliced": lambda x: x[..., ::-1] - CAFFE_MEAN,
        "gathered": take,
        "turned": flip,
        "parted": split_and_joined,
        "unstacked": unstacked,
        "octets": lambda x: cast(x, "float32") * (1 / 255),
        "resized": lambda x: layers.Rescaling(1 / 255, name="three")(
            layers.Resizing(6, 6, name="four")(x)
        ),
        "padded": lambda x: layers.ZeroPadding2D(1, name="five")(x),
        "raw": lambda x: x,
    }


def scaled_inputs(keras):
    inputs, treated, pooled = [], {}, []
    for name, way in ways(keras).items():
        dtype = "uint8" if name == "octets" else "float32"
        x = keras.Input((8, 8, 3), name=name, dtype=dtype)
        inputs.append(x)
        treated[name] = way(x)
        convolved = keras.layers.Conv2D(2, 3, name=f"{name}_conv")(treated[name])
        pooled.append(keras.layers.GlobalAveragePooling2D(name=f"{name}_pool")(convolved))
    joined = keras.layers.Concatenate(name="joined")(pooled)
    model = keras.Model(inputs, keras.layers.Dense(2, name="head")(joined), name="scaled")
    return model, keras.Model(inputs, list(treated.values()))


def answers(before, names):
    """What becomes of 0 and 255, and from which channel the values come, in the middle of the image."""

    def run(pixel):
        image = np.broadcast_to(np.array(pixel, np.float32), (1, 8, 8, 3))
        batch = [image.astype(np.uint8) if name == "octets" else image for name in names]
        return [np.asarray(value)[0, 3, 3].astype(float) for value in before.predict(batch, verbose=0)]

    low, high = run([0, 0, 0]), run([255, 255, 255])
    single = [run(255 * np.eye(3)[channel]) for channel in range(3)]
    return {
        name: {
            "low": low[n].tolist(),
            "high": high[n].tolist(),
            "order": [
                int(np.argmax([abs(single[c][n][out] - low[n][out]) for c in range(3)]))
                for out in range(3)
            ],
        }
        for n, name in enumerate(names)
    }


def crops(count, seed):
    """Crops of both photos, and of which photo each is."""
    random = np.random.default_rng(seed)
    photos = load_sample_images().images
    labels = random.integers(0, 2, count)
    images = []
    for label in labels:
        height, width, _ = photos[label].shape
        top, left = random.integers(0, height - SIZE), random.integers(0, width - SIZE)
        images.append(photos[label][top : top + SIZE, left : left + SIZE])
    return np.stack(images), labels


PREPROCESSING = {
    "tf": lambda x: x / 127.5 - 1,
    "torch": lambda x: (x / 255 - TORCH_MEAN) / TORCH_STD,
    "caffe": lambda x: x[..., ::-1] - CAFFE_MEAN,
}


def classifier(keras):
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3), name="photo"),
            layers.Conv2D(8, 3, strides=2, use_bias=False, name="conv1"),
            layers.BatchNormalization(momentum=0.9, name="bn1"),
            layers.ReLU(name="relu1"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(2, activation="softmax", name="head"),
        ],
        name="photos",
    )


def trained(keras, preprocess):
    start(seed=0)
    images, labels = crops(1200, seed=1)
    model = classifier(keras)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    values = preprocess(images.astype(np.float32))
    model.fit(values, labels, batch_size=32, epochs=6, verbose=0)
    others, their = crops(400, seed=2)
    accuracy = model.evaluate(preprocess(others.astype(np.float32)), their, verbose=0)[1]
    # Without what compiling added.
    plain = classifier(keras)
    plain.set_weights(model.get_weights())
    return plain, accuracy


def write_crops():
    (FOLDER / "photos").mkdir(parents=True, exist_ok=True)
    for number, (image, label) in enumerate(zip(*crops(16, seed=3), strict=True)):
        Image.fromarray(image).save(FOLDER / "photos" / f"{number:02}_{('china', 'flower')[label]}.png")


def write_digits():
    pixels = (load_digits().data[:32] / 16).astype(np.float32).reshape(-1, 8, 8, 1)
    np.savez_compressed(FOLDER / "digits.npz", pixels=pixels)


def main():
    write_crops()
    write_digits()
    for keras, version in ((keras2, "keras2"), (keras3, "keras3")):
        start(seed=0)
        model, before = scaled_inputs(keras)
        name = f"scaled_inputs_{version}"
        if keras is keras2:
            save_signature(model, name)
        else:
            export_keras3(model, name, FOLDER)
        expected = answers(before, list(ways(keras)))
        (FOLDER / f"{name}.answers.json").write_text(json.dumps(expected, indent=1) + "\n")
        for way, preprocess in PREPROCESSING.items():
            model, accuracy = trained(keras, preprocess)
            name = f"photos_{way}_{version}"
            if keras is keras2:
                save_keras2(model, name)
            else:
                export_keras3(model, name, FOLDER)
            print(f"{name}: accuracy {accuracy:.3f}", flush=True)


if __name__ == "__main__":
    main()
