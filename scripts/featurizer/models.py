"""Models of the tests with what Keras computes for them, and how a test of one kind ends."""

import json
import sys
import unittest
from pathlib import Path

import numpy as np

MODELS = Path(__file__).parents[2] / "test-data" / "models"
DIGITS = "test-data/digits"
DIGITS_MODEL = "test-data/models/digits_keras3"
DIGITS_FEED = {"input": "pixels", "column": "pixels", "tensor": {"shape": [8, 8, 1]}}

CASES = {
    "cnn_functional_keras2": ("image", [28, 28, 1], ["conv1", "bn1", "predictions"]),
    "digits_keras3": ("pixels", [8, 8, 1], ["bn1", "pool", "softmax"]),
    "lstm_keras3": ("events", [10, 100], ["lstm:0", "lstm:2"]),
}


class Case:
    """A model, its stored inputs, and the features for which there are answers."""

    def __init__(self, name):
        self.model = f"test-data/models/{name}"
        self.input, self.shape, self.layers = CASES[name]
        self._arrays = np.load(MODELS / f"{name}.answers.npz")
        self._layers = json.loads((MODELS / f"{name}.answers.json").read_text())["layers"]

    def settings(self):
        return {
            "model": self.model,
            "feeds": [{"input": self.input, "column": self.input, "tensor": {"shape": self.shape}}],
            "features": [{"layer": layer, "column": f"f{i}"} for i, layer in enumerate(self.layers)],
        }

    def rows(self, spark):
        values = self._arrays[f"input/{self.input}"]
        return spark.createDataFrame(
            [(i, [float(x) for x in row.reshape(-1)]) for i, row in enumerate(values)],
            f"id int, {self.input} array<float>",
        ).coalesce(1)

    def require_answers(self, rows):
        """Fails unless the features of all rows are what Keras computes."""
        rows = sorted(rows, key=lambda row: row["id"])
        for i, layer in enumerate(self.layers):
            answer = next(a for a in self._layers if a["selector"] == layer)
            found = np.concatenate([np.asarray(row[f"f{i}"], np.float64).reshape(-1) for row in rows])
            expected = self._arrays[answer["array"]]
            difference = np.abs(found[:: answer["stride"]][: expected.size] - expected.reshape(-1))
            assert difference.size == expected.size, layer
            assert difference.max() / answer["max_abs"] <= 1e-5, (self.model, layer, difference.max())


SCORES = {"layer": "predictions", "at": "pre-activation"}

# Derivatives and maps as Python writes them, each with its setting in gradients.answers.json.
DERIVATIVES = {
    "gradient { of = predictions, class = { column = label }, wrt = image }":
        {"gradient": {"of": "predictions", "class": {"column": "label"}, "wrt": "image"}},
    "gradient { of = conv2, class = 5, wrt = image }":
        {"gradient": {"of": "conv2", "class": np.int64(5), "wrt": "image"}},
    "gradient { of = { layer = predictions, at = pre-activation }, class = top, wrt = conv2,"
    " method = times-input }":
        {"gradient": {"of": SCORES, "class": "top", "wrt": "conv2", "method": "times-input"}},
    "gradient { of = { layer = predictions, at = pre-activation }, class = top, wrt = image,"
    " method = integrated, steps = 4, baseline = 0.25 }":
        {"gradient": {"of": SCORES, "class": "top", "wrt": "image", "method": "integrated",
                      "steps": 4, "baseline": np.float32(0.25)}},
    "grad-cam { of = { layer = predictions, at = pre-activation }, class = top, wrt = shortcut,"
    " size = [10, 7] }":
        {"grad-cam": {"of": SCORES, "class": "top", "wrt": "shortcut", "size": (10, 7)}, "as": "nested"},
}


def require_derivatives(model, rows):
    """Fails unless the columns d0, d1, … of the rows of two images are what tf.GradientTape gives."""
    arrays = np.load(MODELS / "gradients.answers.npz")
    listed = json.loads((MODELS / "gradients.answers.json").read_text())["answers"]
    rows = sorted(rows, key=lambda row: row["id"])
    for i, setting in enumerate(DERIVATIVES):
        answer = next(a for a in listed if a["model"] == model and a["setting"] == setting)
        found = np.stack([np.asarray(row[f"d{i}"], np.float64).reshape(-1) for row in rows]).reshape(-1)
        assert found.size == np.prod(answer["shape"]), setting
        difference = np.abs(found[:: answer["stride"]] - arrays[answer["array"]]).max()
        assert difference <= 1e-5 * answer["max_abs"], (setting, difference)


def main(module):
    """All tests of a module, or those that the command line names, as ClassicTest.test_no_session."""
    loader, tests = unittest.defaultTestLoader, sys.modules[module]
    chosen = loader.loadTestsFromNames(sys.argv[1:], tests) if sys.argv[1:] else loader.loadTestsFromModule(tests)
    result = unittest.TextTestRunner(verbosity=2).run(chosen)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun} run, {failed} failed", flush=True)
    sys.exit(1 if failed else 0)
