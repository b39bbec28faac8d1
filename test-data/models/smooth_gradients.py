"""Reference answers for derivatives on whose way to the score nothing has a kink: what tf.GradientTape gives
for the original model of mobilenet_v2.py, in smooth_gradients.answers.*."""

import json

import numpy as np

import mobilenet_v2
from frameworks import MODELS, keras3, start, tf

MODEL = "mobilenet_v2_keras3"
OF = "Conv_1_bn"
WRT = "block_16_project_BN"


def derivatives(model, images):
    """The scores summed over space; of the largest one the derivative, and what it is by."""
    layers = keras3.Model(model.inputs, [model.get_layer(name).output for name in (WRT, OF)])
    with tf.GradientTape() as tape:
        value, maps = layers(tf.constant(images), training=False)
        top = tf.reduce_max(tf.reduce_sum(maps, axis=(1, 2)), axis=-1)
    return tape.gradient(top, value).numpy(), value.numpy()


def main():
    start(seed=0)
    model, images = mobilenet_v2.build(), mobilenet_v2.images()
    stored = json.loads((MODELS / f"{MODEL}.answers.json").read_text())
    arrays = np.load(MODELS / f"{MODEL}.answers.npz")
    answer = next(each for each in stored["layers"] if each["selector"] == "out_relu")
    found = np.asarray(model(images, training=False)).reshape(-1)[:: answer["stride"]]
    np.testing.assert_allclose(found, arrays[answer["array"]].reshape(-1), atol=5e-4)

    gradient, value = derivatives(model, images)
    weights = gradient.mean(axis=(1, 2), keepdims=True)
    asked = f"of = {OF}, class = top, wrt = {WRT}"
    answers = {
        f"grad-cam {{ {asked} }}": np.maximum((weights * value).sum(axis=-1), 0),
        f"gradient {{ {asked} }}": gradient,
        f"gradient {{ {asked}, method = times-input }}": gradient * value,
    }
    np.savez_compressed(
        MODELS / "smooth_gradients.answers.npz",
        **{str(n): array.reshape(-1) for n, array in enumerate(answers.values())},
    )
    described = [
        {"model": MODEL, "setting": setting, "array": str(n), "stride": 1}
        | {"shape": list(array.shape), "max_abs": float(np.abs(array).max())}
        for n, (setting, array) in enumerate(answers.items())
    ]
    text = json.dumps({"answers": described}, indent=1)
    (MODELS / "smooth_gradients.answers.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
