"""Keras' applications with random weights, each saved by Keras 2 (`model.save`) and Keras 3
(`model.export`), with answers for every layer.

Inputs are as small as the architecture allows; weights are drawn anew, so that the image still shows
in the last layer and batch normalisation does something. VGG16 goes without its head of 24 million
weights, the others with ten classes."""

from common import (
    KERAS2,
    KERAS3_EXPORT,
    arguments,
    comma_separated,
    redraw,
    run,
)

import answers
import probes
from frameworks import keras3, random_batch

SIDES = {"InceptionV3": 75, "InceptionResNetV2": 75, "Xception": 71}
PIXELS = {"MobileNetV3Small", "EfficientNetB0", "EfficientNetV2B0", "ConvNeXtTiny"}
GAINS = {"EfficientNetB0": 3.0, "EfficientNetV2B0": 1.8, "MobileNetV3Small": 2.5, "Xception": 1.2}
NAMES = [
    "VGG16",
    "ResNet50",
    "ResNet50V2",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "DenseNet121",
    "InceptionV3",
    "InceptionResNetV2",
    "Xception",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "ConvNeXtTiny",
    "NASNetMobile",
]
# InceptionResNetV2 takes too long.
WITH_GRADIENTS = [name for name in NAMES if name != "InceptionResNetV2"]
# Of these weights it is chaotic: in Keras 3 itself float32 moves gradients by up to 7e-3 from those in
# float64, and one ulp of the pixels by 2e-3. So its answers are those of float64, in Keras 3.
IN_FLOAT64 = {"EfficientNetB0"}
MAKERS = {2: KERAS2, 3: KERAS3_EXPORT}


def build(name, keras, side):
    head = {"include_top": False} if name == "VGG16" else {"classes": 10}
    model = getattr(keras.applications, name)(weights=None, input_shape=(side, side, 3), **head)
    redraw(model, seed=1, gain=GAINS.get(name, 2.0))
    return model


def build_in_float64(name, side, weights):
    """The model of Keras 3 with the same weights in float64."""
    keras3.config.set_floatx("float64")
    keras3.config.set_dtype_policy("float64")
    try:
        model = build(name, keras3, side)
        model.set_weights(weights)
        return model
    finally:
        keras3.config.set_floatx("float32")
        keras3.config.set_dtype_policy("float32")


def images(name, side):
    """Two images, in pixels for an architecture that rescales them itself."""
    low, high = (0.0, 255.0) if name in PIXELS else (-1.0, 1.0)
    return random_batch((2, side, side, 3), 12, low, high)


def make(out, name, version, has_gradients):
    side = SIDES.get(name, 32)
    maker = MAKERS[version]
    model = build(name, maker.keras, side)
    wanted = answers.Wanted(probes=(probes.pre_activation,), topology=version == 3)
    inputs = [images(name, side)]
    exact = None
    if name in IN_FLOAT64:
        has_gradients = has_gradients and version == 3
        exact = build_in_float64(name, side, model.get_weights()) if has_gradients else None
    full_name = f"{name}_keras{version}"
    maker.write(
        out, full_name, model, inputs, wanted, has_gradients, before_softmax=True, exact=exact
    )


def main():
    parsed = arguments(
        __doc__,
        ("--only", {"type": comma_separated, "default": NAMES, "help": "names, by commas"}),
        (
            "--gradients",
            {"type": comma_separated, "default": WITH_GRADIENTS, "help": "names, by commas"},
        ),
        ("--keras", {"type": int, "choices": [2, 3], "help": "one version; both without"}),
    )
    for name in parsed.only:
        for version in [parsed.keras] if parsed.keras else [2, 3]:
            has_gradients = name in parsed.gradients
            run(name, lambda: make(parsed.out, name, version, has_gradients), seed=0)


if __name__ == "__main__":
    main()
