"""MobileNetV2 (alpha 0.35, 96x96, no head) with random weights, exported by Keras 3."""

import numpy as np

import answers
from frameworks import (
    export_keras3,
    keras3,
    random_batch,
    randomize_batch_normalization,
    start,
)


def randomize_convolutions(model, seed):
    """Kernels scaled by their fan-in, so that the image still shows in the last layers: with Keras'
    own initial weights the signal of an untrained MobileNetV2 fades away."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        if "Conv2D" in type(layer).__name__:
            height, width, channels, _ = layer.kernel.shape
            depthwise = type(layer).__name__ == "DepthwiseConv2D"
            fan_in = height * width * (1 if depthwise else channels)
            layer.kernel.assign(random.normal(0.0, np.sqrt(2 / fan_in), layer.kernel.shape))


def build():
    model = keras3.applications.MobileNetV2(
        input_shape=(96, 96, 3), alpha=0.35, include_top=False, weights=None
    )
    randomize_convolutions(model, seed=1)
    randomize_batch_normalization(model, seed=0)
    return model


def images():
    return random_batch((2, 96, 96, 3), seed=12, low=-1.0)


def main():
    start(seed=0)
    model = build()
    answers.write_keras3(export_keras3(model, "mobilenet_v2_keras3"), model, [images()])


if __name__ == "__main__":
    main()
