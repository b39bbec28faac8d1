"""Names and channels of the layers of keras.applications' architectures, by Keras 2 and Keras 3, in
../preprocessing/architectures.json.gz; their weights are not needed."""

import gzip
import json

from frameworks import MODELS, keras2, keras3, start

BOTH = {
    "mobilenet": ["MobileNet"],
    "mobilenet_v2": ["MobileNetV2"],
    "mobilenet_v3": ["MobileNetV3Small", "MobileNetV3Large"],
    "vgg16": ["VGG16"],
    "vgg19": ["VGG19"],
    "resnet": ["ResNet50", "ResNet101"],
    "resnet_v2": ["ResNet50V2"],
    "densenet": ["DenseNet121", "DenseNet201"],
    "inception_v3": ["InceptionV3"],
    "inception_resnet_v2": ["InceptionResNetV2"],
    "xception": ["Xception"],
    "nasnet": ["NASNetMobile"],
    "efficientnet": ["EfficientNetB0", "EfficientNetB3"],
    "efficientnet_v2": ["EfficientNetV2B0", "EfficientNetV2S"],
    "convnext": ["ConvNeXtTiny"],
}
ONLY_KERAS2 = {"regnet": ["RegNetX002", "RegNetY002"], "resnet_rs": ["ResNetRS50"]}


def layers(model):
    """The channels of each layer that has one output."""
    found = {}
    for layer in model.layers:
        shape = getattr(layer, "output_shape", None) or layer.output.shape
        shape = shape[0] if isinstance(shape, list) else shape
        found[layer.name] = shape[-1] if len(shape) > 1 else None
    return found


def main():
    described = []
    for keras, version, families in (
        (keras2, "keras2", BOTH | ONLY_KERAS2),
        (keras3, "keras3", BOTH),
    ):
        for family, names in families.items():
            for name in names:
                start(seed=0)
                build = getattr(keras.applications, name, None)
                if build is None:
                    print(f"{version} has no {name}", flush=True)
                    continue
                model = build(weights=None)
                described.append(
                    {"name": name, "keras": version, "family": family, "layers": layers(model)}
                )
                print(version, name, len(described[-1]["layers"]), flush=True)
    path = MODELS.parent / "preprocessing" / "architectures.json.gz"
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write(json.dumps(described).encode())


if __name__ == "__main__":
    main()
