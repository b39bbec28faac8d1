"""Reference answers for derivatives of scores: what tf.GradientTape gives for the models of cnn.py
and branches of digits.py, computed from the original Keras models, in gradients.answers.*."""

import json

import numpy as np

import cnn
from frameworks import MODELS, keras2, keras3, random_batch, tf

INPUT = "input"
STEPS = 4


class Pieces:
    """A functional model that can be run from any layer's output on: what a layer gives is a value
    that is given instead."""

    def __init__(self, model):
        self.model = model

    def run(self, image, given=None):
        """The outputs of all layers, by name; those in `given` are replaced."""
        values = {}
        for layer in self.model.layers:
            if type(layer).__name__ == "InputLayer":
                value = image
            else:
                node = layer._inbound_nodes[0]
                taken = [values[self._name(parent)] for parent in node.parent_nodes]
                value = layer(taken[0] if len(taken) == 1 else taken, training=False)
            values[layer.name] = (given or {}).get(layer.name, value)
        return values

    @staticmethod
    def _name(parent):
        return (parent.layer if hasattr(parent, "layer") else parent.operation).name

    def before_softmax(self, values, layer):
        """What the fused activation of the last dense layer takes."""
        dense = self.model.get_layer(layer)
        taken = values["dense1"]
        return tf.matmul(taken, dense.kernel) + dense.bias

    def scores(self, image, of, given=None):
        values = self.run(image, given)
        name, _, side = of.partition(":")
        return self.before_softmax(values, name) if side else values[name]

    def gradient(self, image, of, classes, wrt, value=None):
        """The derivative of each row's score by a layer's output, and that output."""
        image = tf.constant(image)
        start = self.run(image)[wrt] if value is None else tf.constant(value)
        with tf.GradientTape() as tape:
            tape.watch(start)
            scores = self.scores(image, of, {wrt: start})
            summed = tf.reduce_sum(scores, axis=list(range(1, len(scores.shape) - 1)))
            chosen = tf.gather(summed, classes, axis=1, batch_dims=1)
        return tape.gradient(chosen, start).numpy(), start.numpy()

    def top(self, image, of):
        scores = self.scores(tf.constant(image), of).numpy()
        return scores.sum(axis=tuple(range(1, scores.ndim - 1))).argmax(axis=-1)


def integrated(pieces, image, of, classes, wrt, baseline):
    _, value = pieces.gradient(image, of, classes, wrt)
    points = [
        pieces.gradient(image, of, classes, wrt, baseline + (value - baseline) * step / STEPS)[0]
        for step in range(STEPS + 1)
    ]
    mean = (sum(points) - (points[0] + points[-1]) / 2) / STEPS
    return mean * (value - baseline)


def grad_cam(pieces, image, of, classes, wrt, size=None):
    gradient, value = pieces.gradient(image, of, classes, wrt)
    space = tuple(range(1, value.ndim - 1))
    weights = gradient.mean(axis=space, keepdims=True)
    found = np.maximum((weights * value).sum(axis=-1), 0)
    return tf.image.resize(found[..., None], size)[..., 0].numpy() if size else found


def answers(pieces, image):
    """Pairs of a setting, in the words of the configuration, and its values."""
    dense = "predictions:pre-activation"
    of = "{ layer = predictions, at = pre-activation }"
    top = pieces.top(image, dense)
    label = np.array([3, 7])
    first = next(l.name for l in pieces.model.layers if type(l).__name__ == "InputLayer")
    for wrt in ("conv2", "bn1", "dense1", "add", "pool1"):
        gradient, value = pieces.gradient(image, dense, top, wrt)
        yield f"gradient {{ of = {of}, class = top, wrt = {wrt} }}", gradient
        yield (
            f"gradient {{ of = {of}, class = top, wrt = {wrt}, method = times-input }}",
            gradient * value,
        )
    yield (
        f"gradient {{ of = {of}, class = 2, wrt = {first} }}",
        pieces.gradient(image, dense, np.array([2, 2]), first)[0],
    )
    yield (
        f"gradient {{ of = predictions, class = {{ column = label }}, wrt = {first} }}",
        pieces.gradient(image, "predictions", label, first)[0],
    )
    yield (
        f"gradient {{ of = conv2, class = 5, wrt = {first} }}",
        pieces.gradient(image, "conv2", np.array([5, 5]), first)[0],
    )
    for wrt, baseline in ((first, 0), ("conv2", 0), (first, 0.25)):
        yield (
            f"gradient {{ of = {of}, class = top, wrt = {wrt}, method = integrated,"
            f" steps = {STEPS}, baseline = {baseline} }}",
            integrated(pieces, image, dense, top, wrt, baseline),
        )
    for wrt, size in (("conv2", None), ("conv2", (28, 28)), ("shortcut", (10, 7)), ("bn1", (5, 5))):
        resized = f", size = [{size[0]}, {size[1]}]" if size else ""
        yield (
            f"grad-cam {{ of = {of}, class = top, wrt = {wrt}{resized} }}",
            grad_cam(pieces, image, dense, top, wrt, size),
        )


def require_same(model, name, image):
    """The model is the very one that is stored."""
    stored = json.loads((MODELS / f"{name}.answers.json").read_text())
    arrays = np.load(MODELS / f"{name}.answers.npz")
    answer = next(a for a in stored["layers"] if a["selector"] == "predictions")
    found = np.asarray(model(image, training=False)).reshape(-1)[:: answer["stride"]]
    np.testing.assert_allclose(found, arrays[answer["array"]].reshape(-1), atol=1e-6)


def main():
    image = random_batch((2, 28, 28, 1), seed=10)
    arrays, described = {}, []
    for name, keras in (("cnn_functional_keras2", keras2), ("cnn_functional_keras3", keras3)):
        model = cnn.build(cnn.functional, keras, 1)
        require_same(model, name, image)
        pieces = Pieces(model)
        for setting, values in answers(pieces, image):
            key = str(len(described))
            flat = values.reshape(-1)
            stride = max(1, flat.size // 600)
            arrays[key] = flat[::stride]
            described.append(
                {
                    "model": name,
                    "setting": setting,
                    "shape": list(values.shape),
                    "array": key,
                    "stride": stride,
                    "max_abs": float(np.abs(flat).max()),
                }
            )
    np.savez_compressed(MODELS / "gradients.answers.npz", **arrays)
    text = json.dumps({"answers": described}, indent=1)
    (MODELS / "gradients.answers.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
