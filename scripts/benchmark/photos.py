"""Photos as each model takes them: for peers that decode with Pillow, and for those that do it with TensorFlow."""

import io
from dataclasses import dataclass

import numpy as np

SIZE = 224


@dataclass(frozen=True)
class PhotoModel:
    """A model of keras.applications: its preprocessing, in layertap's configuration and by TensorFlow; its tap."""

    preprocessing: str
    layer: str
    bgr_less: tuple | None

    def scaled(self, pixels):
        """RGB of 0 to 255, of any array library, as the model was trained."""
        if self.bgr_less is None:
            return pixels / 127.5 - 1
        return pixels[..., ::-1] - np.array(self.bgr_less, np.float32)


MODELS = {
    "MobileNetV2": PhotoModel("mobilenet_v2", "out_relu", None),
    "ResNet50": PhotoModel("resnet", "conv5_block3_out", (103.939, 116.779, 123.68)),
}


def _along(length):
    """For each pixel of the result the two of the photo that it lies between, and how far, as tf.image.resize."""
    centre = np.maximum((np.arange(SIZE) + 0.5) * length / SIZE - 0.5, 0).astype(np.float32)
    low = centre.astype(int)
    return low, np.minimum(low + 1, length - 1), (centre - low).astype(np.float32)


def by_pillow(data, model):
    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.float32)
    top, bottom, down = _along(pixels.shape[0])
    left, right, across = _along(pixels.shape[1])
    rows = pixels[top] + (pixels[bottom] - pixels[top]) * down[:, None, None]
    return MODELS[model].scaled(rows[:, left] + (rows[:, right] - rows[:, left]) * across[None, :, None])


def by_tensorflow(data, model):
    import tensorflow as tf

    image = tf.io.decode_image(data, channels=3, expand_animations=False)
    return MODELS[model].scaled(tf.image.resize(image, (SIZE, SIZE)))


class OnnxFeatures:
    """Photos through a model by ONNX Runtime in one thread, its maps averaged over space."""

    def __init__(self, path, model):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(path, options)
        self.input = self.session.get_inputs()[0].name
        self.model = model

    def of(self, pixels):
        return self.session.run(None, {self.input: np.ascontiguousarray(pixels, np.float32)})[0].mean(axis=(1, 2))

    def of_photos(self, photos):
        return self.of(np.stack([by_pillow(photo, self.model) for photo in photos]))


def keras_features(path, model):
    """A model of Keras whose output is the same."""
    import keras

    loaded = keras.models.load_model(path)
    pooled = keras.layers.GlobalAveragePooling2D()(loaded.get_layer(MODELS[model].layer).output)
    return keras.Model(loaded.inputs, pooled)
