"""The files of reference answers beside a SavedModel; their format is in ../README.md."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from frameworks import tf

SIGNATURE = "serving_default"
SAMPLE_LIMIT = 1024
TOPOLOGY = ".topology"
SMALL_FLOATS = {"float16", "bfloat16"}


@dataclass
class Answer:
    """The value of one output of one call of a layer, or of one tensor of a graph."""

    selector: object
    value: np.ndarray
    class_name: str
    index: int | None = None
    parameters: int = 0
    has_ops: bool = True
    depth: int | None = None
    tolerance: float | None = None
    listed_selector: object = None

    def described(self, position):
        """The entry of the JSON list; `listed_selector` is left to the caller."""
        entry = {
            "selector": self.selector,
            "index": self.index,
            "class": self.class_name,
            "shape": list(self.value.shape),
            "dtype": str(self.value.dtype),
            "array": f"answer/{position}",
            "stride": _stride(self.value.shape),
            "max_abs": _max_abs(self.value),
            "parameters": self.parameters,
            "depth": position if self.depth is None else self.depth,
            "has_ops": self.has_ops,
        }
        return entry if self.tolerance is None else entry | {"tolerance": self.tolerance}


@dataclass
class Saved:
    """A SavedModel on disk and what is to be noted of it beside the answers."""

    folder: Path
    maker: str
    versions: dict
    signature: Callable

    @classmethod
    def at(cls, folder, maker, **versions):
        signature = tf.saved_model.load(str(folder)).signatures[SIGNATURE]
        return cls(folder, maker, versions, signature)

    def keyed(self, names, arrays):
        """Maps the signature's input keys to arrays: by name where names agree, else by order."""
        taken = self.signature.structured_input_signature[1]
        keys = sorted(taken, key=lambda key: (len(key), key))
        return dict(zip(names if set(names) == set(keys) else keys, arrays, strict=True))

    def write(self, inputs, final, answers, topology=None):
        """Check the signature against the `final` values of the original model and write the
        answers beside it; `inputs` maps signature keys to arrays, `topology` is the model's JSON."""
        outputs = self.signature(**{key: tf.constant(array) for key, array in inputs.items()})
        head = {
            "made_with": {"tensorflow": tf.__version__, **self.versions},
            "maker": self.maker,
            "signature": SIGNATURE,
            "inputs": {
                key: {"dtype": str(array.dtype), "shape": list(array.shape)}
                for key, array in inputs.items()
            },
            "signature_outputs": _signature_outputs(outputs, final, answers),
        }
        arrays = {f"input/{key}": array for key, array in inputs.items()}
        arrays |= {f"answer/{n}": _sample(answer.value) for n, answer in enumerate(answers)}
        layers = [answer.described(position) for position, answer in enumerate(answers)]
        write_files(self.folder, head, {"layers": layers}, arrays)
        if topology:
            self._write_topology(topology, head, layers, answers)
        print(f"{self.folder.name}: {len(answers)} answers, inputs {list(inputs)}", flush=True)

    def _write_topology(self, topology, head, layers, answers):
        """The topology, and the answers once more if it numbers the calls in another order."""
        path = f"{self.folder}{TOPOLOGY}"
        Path(f"{path}.json").write_text(topology)
        listed = [
            entry | {"selector": answer.listed_selector or answer.selector}
            for entry, answer in zip(layers, answers, strict=True)
        ]
        if listed != layers:
            _write_json(path, head, {"layers": listed})


def write_files(path, head, lists, arrays):
    """Write `path`.answers.npz and .json; the JSON has a line per key of the head and per entry of
    a list."""
    np.savez_compressed(f"{path}.answers.npz", **arrays)
    _write_json(path, head, lists)


def _write_json(path, head, lists):
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key, entries in lists.items():
        rows = ",\n".join(f"    {json.dumps(entry)}" for entry in entries)
        lines.append(f"  {json.dumps(key)}: [\n{rows}\n  ]")
    Path(f"{path}.answers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _signature_outputs(outputs, final, answers):
    """Maps each signature output to an answer; one that is no layer's output is added to them."""
    assert len(outputs) == len(final), f"{len(outputs)} signature outputs, {len(final)} expected"
    tolerance = max((answer.tolerance or 0 for answer in answers), default=0) or 1e-4
    mapping = {}
    for key, output in sorted(outputs.items()):
        value = next((value for value in final if _close(output.numpy(), value, tolerance)), None)
        assert value is not None, f"signature output {key} differs from the original model"
        same = (n for n, answer in enumerate(answers) if np.array_equal(answer.value, value))
        position = next(same, len(answers))
        if position == len(answers):
            answers.append(Answer({"output": key}, value, "signature"))
        mapping[key] = f"answer/{position}"
    return mapping


def _close(first, second, tolerance):
    return first.shape == second.shape and np.allclose(
        first.astype(np.float64),
        second.astype(np.float64),
        rtol=0,
        atol=tolerance * _max_abs(second),
    )


def _max_abs(value):
    return float(np.abs(value.astype(np.float64)).max(initial=0.0))


def _stride(shape):
    """1 up to the limit; beyond it odd and coprime to the last dimension, to meet all channels."""
    size = math.prod(shape)
    if size <= SAMPLE_LIMIT:
        return 1
    stride = math.ceil(size / SAMPLE_LIMIT) | 1
    while math.gcd(stride, shape[-1]) > 1:
        stride += 2
    return stride


def _sample(value):
    """The stored part of an answer; NumPy files know no bfloat16, so small floats are widened."""
    sample = value.reshape(-1)[:: _stride(value.shape)]
    return sample.astype(np.float32) if str(value.dtype) in SMALL_FLOATS else sample
