"""Reference answers beside a SavedModel: the value of every layer (or named tensor), computed from
the original Keras or TensorFlow model, never from the export. The format is in ../README.md."""

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from frameworks import keras2, keras3, tf

SIGNATURE = "serving_default"
SAMPLE_LIMIT = 1024
IDENTITY_CLASSES = {
    "ActivityRegularization",
    "AlphaDropout",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "Identity",
    "InputLayer",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
}


@dataclass
class Answer:
    """The value of one output of one call of a layer, or of one tensor of a graph."""

    selector: object
    value: np.ndarray
    class_name: str
    index: int | None = None
    parameters: int = 0
    has_ops: bool = True


def write_keras2(folder, model, inputs):
    """Answers for a Keras 2 model saved in `folder`; `inputs` in the order of model.inputs."""
    _write_keras(folder, "keras2", keras2, model, inputs)


def write_keras3(folder, model, inputs, maker="keras3-export"):
    """Answers for a Keras 3 model; `maker` is "keras3-saved" after tf.saved_model.save."""
    _write_keras(folder, maker, keras3, model, inputs)


def write_tf1(folder, session, tensors, inputs, outputs):
    """Answers for tensors of a session's graph; `inputs` maps signature keys to (placeholder,
    array), `outputs` maps signature keys to tensors."""
    feeds = dict(inputs.values())
    answers = [
        Answer({"graph_tensor": tensor.name}, session.run(tensor, feeds), tensor.op.type)
        for tensor in tensors
    ]
    arrays = {key: array for key, (_, array) in inputs.items()}
    write(folder, "tf1", {}, arrays, session.run(list(outputs.values()), feeds), answers)


def write(folder, maker, versions, inputs, final, answers):
    """Check the SavedModel's signature against the `final` values of the original model and write
    the answers beside it; `inputs` maps signature keys to arrays."""
    outputs = tf.saved_model.load(str(folder)).signatures[SIGNATURE](**_constants(inputs))
    signature_outputs = _signature_outputs(outputs, final, answers)
    head = {
        "made_with": {"tensorflow": tf.__version__, **versions},
        "maker": maker,
        "signature": SIGNATURE,
        "inputs": {
            key: {"dtype": str(array.dtype), "shape": list(array.shape)}
            for key, array in inputs.items()
        },
        "signature_outputs": signature_outputs,
    }
    layers = [_describe(depth, answer) for depth, answer in enumerate(answers)]
    arrays = {f"input/{key}": array for key, array in inputs.items()}
    arrays |= {f"answer/{depth}": _sample(answer.value) for depth, answer in enumerate(answers)}
    write_files(folder, head, {"layers": layers}, arrays)
    print(f"{folder.name}: {len(answers)} answers, inputs {list(inputs)}")


def write_files(path, head, lists, arrays):
    """Write `path`.answers.npz and .json; the JSON has a line per key of the head and per entry of
    a list."""
    np.savez_compressed(f"{path}.answers.npz", **arrays)
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    for key, entries in lists.items():
        rows = ",\n".join(f"    {json.dumps(entry)}" for entry in entries)
        lines.append(f"  {json.dumps(key)}: [\n{rows}\n  ]")
    Path(f"{path}.answers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def keras_answers(model, inputs):
    """One answer per output of each call of each layer, layers of nested models included."""
    found = list(_walk(model, inputs, path=""))
    totals = Counter((name, output) for name, output, _ in found)
    seen = Counter()
    for name, output, answer in found:
        call = f"@{seen[name, output]}" if totals[name, output] > 1 else ""
        seen[name, output] += 1
        answer.selector = f"{name}{call}{output}"
    return [answer for _, _, answer in found]


def _write_keras(folder, maker, library, model, inputs):
    answers = keras_answers(model, inputs)
    final = [value.numpy() for value in _evaluate(model, model.outputs, inputs)]
    keyed = _by_signature_key(folder, [tensor.name for tensor in model.inputs], inputs)
    write(folder, maker, {"keras": library.__version__}, keyed, final, answers)


def _walk(model, inputs, path):
    """Yields (path and name, output suffix, answer) in the order of model.layers."""
    calls = list(_calls(model))
    tensors = [tf.nest.flatten(node.output_tensors) for _, _, node in calls]
    values = iter(_evaluate(model, sum(tensors, []), inputs))
    for (index, layer, node), outputs in zip(calls, tensors):
        for position in range(len(outputs)):
            suffix = f":{position}" if len(outputs) > 1 else ""
            answer = Answer(
                selector=None,
                value=next(values).numpy(),
                class_name=type(layer).__name__,
                index=None if path else index,
                parameters=layer.count_params(),
                has_ops=_has_ops(layer),
            )
            yield path + layer.name, suffix, answer
        if hasattr(_graph(layer), "_nodes_by_depth"):
            inner = _evaluate(model, tf.nest.flatten(node.input_tensors), inputs)
            yield from _walk(layer, inner, f"{path}{layer.name}/")


def _calls(model):
    """Yields (index, layer, node) for every call of a layer that belongs to this model."""
    nodes = {id(node) for depth in _graph(model)._nodes_by_depth.values() for node in depth}
    for index, layer in enumerate(model.layers):
        for node in layer._inbound_nodes:
            if id(node) in nodes:
                yield index, layer, node


def _graph(model):
    """Keras 3's Sequential keeps its graph in a functional model of its own."""
    return getattr(model, "_functional", None) or model


def _evaluate(model, tensors, inputs):
    """The values of symbolic tensors of the model, in inference mode."""
    library = keras3 if isinstance(model, keras3.Model) else keras2
    return tf.nest.flatten(library.Model(model.inputs, tensors)(inputs, training=False))


def _has_ops(layer):
    name = type(layer).__name__
    linear = name == "Activation" and layer.activation.__name__ == "linear"
    return not linear and name not in IDENTITY_CLASSES


def _by_signature_key(folder, names, arrays):
    """Maps the signature's input keys to arrays: by name where names agree, else by order."""
    signature = tf.saved_model.load(str(folder)).signatures[SIGNATURE]
    keys = sorted(signature.structured_input_signature[1], key=lambda key: (len(key), key))
    return dict(zip(names if set(names) == set(keys) else keys, arrays, strict=True))


def _constants(arrays):
    return {key: tf.constant(array) for key, array in arrays.items()}


def _signature_outputs(outputs, final, answers):
    """Maps each signature output to an answer; one that is no layer's output is added to them."""
    assert len(outputs) == len(final), f"{len(outputs)} signature outputs, {len(final)} expected"
    mapping = {}
    for key, output in sorted(outputs.items()):
        value = next((value for value in final if _close(output.numpy(), value)), None)
        assert value is not None, f"signature output {key} differs from the original model"
        same = (n for n, answer in enumerate(answers) if np.array_equal(answer.value, value))
        position = next(same, len(answers))
        if position == len(answers):
            answers.append(Answer({"output": key}, value, "signature"))
        mapping[key] = f"answer/{position}"
    return mapping


def _close(first, second):
    return first.shape == second.shape and np.allclose(
        first, second, rtol=0, atol=1e-4 * _max_abs(second)
    )


def _max_abs(value):
    return float(np.abs(value.astype(np.float64)).max())


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
    return value.reshape(-1)[:: _stride(value.shape)]


def _describe(depth, answer):
    return {
        "selector": answer.selector,
        "index": answer.index,
        "class": answer.class_name,
        "shape": list(answer.value.shape),
        "dtype": str(answer.value.dtype),
        "array": f"answer/{depth}",
        "stride": _stride(answer.value.shape),
        "max_abs": _max_abs(answer.value),
        "parameters": answer.parameters,
        "depth": depth,
        "has_ops": answer.has_ops,
    }
