"""What the parity scripts share: the modules of test-data, the ways to save a model, random weights,
and the loop over models."""

import argparse
import gc
import io
import sys
import time
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "test-data" / "models"))

import numpy as np

import answers
import gradient_answers
from frameworks import (
    empty_folder,
    export_keras3,
    keras2,
    keras3,
    save_keras2,
    start,
    tf,
)


def save_by_tensorflow(model, name, parent):
    """`tf.saved_model.save` of a Keras model; returns its folder."""
    folder = empty_folder(name, parent)
    tf.saved_model.save(model, str(folder))
    return folder


def export_keras2(model, name, parent):
    """Keras 2 `model.export`, which tells at length what it wrote; returns its folder."""
    folder = empty_folder(name, parent)
    with redirect_stdout(io.StringIO()):
        model.export(str(folder))
    return folder


@dataclass(frozen=True)
class Maker:
    """A Keras version and one of its ways to write a SavedModel."""

    name: str
    keras: object
    save: object

    def write(
        self,
        parent,
        name,
        model,
        inputs,
        wanted,
        has_gradients=False,
        before_softmax=False,
        exact=None,
    ):
        """Saves the model as `name` and writes its answers, those for gradients too if asked for:
        tracing them takes longer than all else."""
        folder = self.save(model, name, parent)
        write = answers.write_keras2 if self.keras is keras2 else answers.write_keras3
        write(folder, model, inputs, wanted, maker=self.name)
        if has_gradients:
            gradient_answers.write(
                folder, model, inputs, before_softmax=before_softmax, exact=exact
            )


KERAS2 = Maker("keras2", keras2, save_keras2)
KERAS2_SAVED = Maker("keras2-saved", keras2, save_by_tensorflow)
KERAS2_EXPORT = Maker("keras2-export", keras2, export_keras2)
KERAS3_EXPORT = Maker("keras3-export", keras3, export_keras3)
KERAS3_SAVED = Maker("keras3-saved", keras3, save_by_tensorflow)


def arguments(description, *more):
    """Parses OUT and further arguments, each (flag, options of add_argument); makes the folder."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("out", type=Path, help="folder for the models")
    for flag, options in more:
        parser.add_argument(flag, **options)
    parsed = parser.parse_args()
    parsed.out = parsed.out.resolve()
    parsed.out.mkdir(parents=True, exist_ok=True)
    return parsed


def comma_separated(text):
    return text.split(",")


def run(name, make, seed):
    """Makes one model from a fresh session and says how long it took."""
    begin = time.monotonic()
    start(seed)
    make()
    gc.collect()
    print(f"{name}: {time.monotonic() - begin:.1f} s", flush=True)


def run_seeds(description, name, count, make):
    """Makes a random model from each of some seeds, `count` of them where the command says nothing else;
    `make` takes the folder and the seed."""
    parsed = arguments(
        description,
        ("--count", {"type": int, "default": count, "help": "how many"}),
        ("--first", {"type": int, "default": 0, "help": "seed of the first"}),
    )
    for seed in range(parsed.first, parsed.first + parsed.count):
        run(f"{name}_{seed:04d}", lambda: make(parsed.out, seed), seed)


def redraw(model, seed, gain=2.0):
    """New weights by their names: kernels scaled by their fan-in and `gain`, so that the signal
    neither dies nor explodes; offsets, scales and statistics that change what passes through."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        draw = DRAWS.get(weight.name.removesuffix(":0").split("/")[-1])
        if draw and tf.as_dtype(weight.dtype).is_floating:
            weight.assign(draw(random, tuple(weight.shape), gain))


def _kernel(random, shape, gain):
    """Keras 3 calls a depthwise kernel, which has one output per channel, a kernel too."""
    is_depthwise = len(shape) == 4 and shape[-1] == 1
    fan_in = np.prod(shape[: -2 if is_depthwise else -1])
    return random.normal(0.0, np.sqrt(gain / fan_in), shape)


def _offset(random, shape, _):
    return random.normal(0.0, 0.1, shape)


def _scale(random, shape, _):
    return random.uniform(0.5, 1.5, shape)


DRAWS = {
    "kernel": _kernel,
    "pointwise_kernel": _kernel,
    "depthwise_kernel": _kernel,
    "bias": _offset,
    "beta": _offset,
    "alpha": _offset,
    "moving_mean": _offset,
    "mean": _offset,
    "gamma": _scale,
    "variable": _scale,  # of a layer that names none: ConvNeXt's scale of a branch in Keras 3
    "moving_variance": _scale,
    "variance": _scale,
}
