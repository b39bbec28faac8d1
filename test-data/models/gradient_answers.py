"""Reference answers for gradients beside a SavedModel: the derivative of a weighted sum of scores by
the outputs of layers, as tf.GradientTape gives it for the original Keras model."""

import numpy as np

from answer_files import Answer, _sample, write_files
from answers import Call, Probe, entering, _nodes, _numbers
from frameworks import keras2, keras3, tf

FLOATS = {"float16", "bfloat16", "float32", "float64"}


def write(folder, model, inputs, spacing=3, before_softmax=False, exact=None):
    """Answers for every call whose number in the order of running is a multiple of `spacing`, and
    for the inputs. One of a tensor that no gradient reaches says so instead of a value.

    `before_softmax` takes the scores that the softmax of the last layer gets: of random weights
    they may be thousands, of which a softmax makes ones and zeros whose gradients are rounding errors.

    `exact` is the same model in float64. Then the answers are its own, and `rounding` says how far
    those of the model in float32 are from them, in the largest value of each."""
    found = _found(model, inputs, spacing, before_softmax)
    if found is None:
        return
    head, entries, gradients = found
    arrays = {f"input/{n}": array for n, array in enumerate(inputs)}
    if exact is not None:
        doubles = [array.astype(np.float64) for array in inputs]
        _, _, right = _found(exact, doubles, spacing, before_softmax)
        head["rounding"] = max(map(_distance, gradients, right))
        gradients = [each if each is None else each.astype(np.float32) for each in right]
    _write(folder, head, entries, gradients, arrays)


def score_of(scores):
    """The weighted sum of scores, which is differentiated."""
    return tf.reduce_sum(scores * tf.cast(_weights(scores.shape[-1]), scores.dtype))


def write_tensors(folder, of, classes, gradients, rounding):
    """Answers for tensors of a graph: `gradients` maps their names to the derivatives of the
    weighted sum of the scores `of`, a selector, or to None where no gradient reaches them."""
    head = {"of": of, "rounding": rounding, "weights": _weights(classes).tolist()}
    entries = [
        {"wrt": {"graph_tensor": name}, "reached": array is not None, "depth": 0}
        for name, array in gradients.items()
    ]
    _write(folder, head, entries, list(gradients.values()), {})


def _write(folder, head, entries, gradients, arrays):
    for number, (entry, array) in enumerate(zip(entries, gradients, strict=True)):
        if array is None:
            continue
        described = Answer(None, array, "").described(number)
        entry |= {key: described[key] for key in ("shape", "array", "stride", "max_abs")}
        arrays[described["array"]] = _sample(array)
    write_files(f"{folder}.gradients", head, {"gradients": entries}, arrays)


def _distance(gradient, right):
    if right is None:
        return 0.0
    return float(np.abs(gradient - right).max() / max(np.abs(right).max(), 1e-30))


def _found(model, inputs, spacing, before_softmax):
    """What stands at the head of the file, and for each tensor an entry and a derivative or None. None
    for a model without scores of floating-point numbers."""
    outputs = tf.nest.flatten(model.outputs)
    found = [tensor for tensor in outputs if _is_float(tensor)]
    if not found:
        return None
    calls, numbers = _calls(model)
    chosen = calls[::spacing] + [call for call in calls if type(call.layer).__name__ == "InputLayer"]
    chosen = list({id(call): call for call in chosen}.values())
    wanted = [
        (call, port, tensor)
        for call in chosen
        for port, tensor in enumerate(call.outputs)
        if _is_float(tensor)
    ]
    library = keras3 if isinstance(model, keras3.Model) else keras2
    given_by = next(call for call in calls if any(each is found[0] for each in call.outputs))
    is_before = before_softmax and _is_softmax(given_by.layer)
    dense = given_by.layer if is_before and hasattr(given_by.layer, "kernel") else None
    last = given_by.inputs[0] if is_before else found[0]
    whole = library.Model(model.inputs, [*(tensor for _, _, tensor in wanted), last])

    # In a graph a state of a recurrent layer is a tensor of its own; run eagerly, it is also the last
    # step of the sequence.
    @tf.function
    def derivatives(*entering):
        with tf.GradientTape() as tape:
            for array in entering:
                if _is_float(array):
                    tape.watch(array)
            *values, given = tf.nest.flatten(whole(list(entering), training=False))
            if dense:
                given = tf.matmul(given, dense.kernel) + dense.bias
            score = score_of(given)
        gradients = tape.gradient(score, values)
        # A tape follows what depends on a tensor that it watches, an input here, and so leaves out
        # what a comparison was cast to, although the score depends on that.
        left = [number for number, gradient in enumerate(gradients) if gradient is None]
        unwatched = tf.gradients(score, [values[number] for number in left]) if left else []
        for number, gradient in zip(left, unwatched, strict=True):
            gradients[number] = gradient
        return values, gradients

    _, gradients = derivatives(*(tf.constant(array) for array in inputs))
    head = {
        "of": _of(found[0], numbers, calls),
        "at": "pre-activation" if dense else "input" if is_before else "output",
        "weights": _weights(found[0].shape[-1]).tolist(),
        "inputs": [tensor.name for tensor in model.inputs],
    }
    entries, arrays = [], []
    for (call, port, _), gradient in zip(wanted, gradients, strict=True):
        entry = {"wrt": _selector(call, port, numbers), "class": type(call.layer).__name__}
        if gradient is None:
            entries.append(entry | {"reached": False})
        else:
            entries.append(entry | {"reached": True, "depth": len(calls)})
        arrays.append(None if gradient is None else np.asarray(tf.convert_to_tensor(gradient)))
    return head, entries, arrays


def _is_softmax(layer):
    return getattr(getattr(layer, "activation", None), "__name__", "") == "softmax"


def _weights(classes):
    """Of the scores in the sum that is differentiated, so that each way through a model counts."""
    return np.linspace(0.5, 2.0, classes, dtype=np.float32)


def _is_float(tensor):
    return tf.as_dtype(tensor.dtype).name in FLOATS


def _calls(model):
    """The calls of the layers of the model itself, with symbolic tensors, in the order of running; and
    their numbers as Keras lists them."""
    calls = []
    for index, layer, rank, node in _nodes(model):
        leaving = tf.nest.flatten(node.output_tensors)
        calls.append(Call(layer, layer.name, index, (rank,), entering(node), leaving))
    return sorted(calls, key=lambda call: call.order), _numbers(calls)


def _selector(call, port, numbers):
    probe = Probe(None, port=f":{port}" if len(call.outputs) > 1 else "")
    return probe.selector(call.path, numbers[id(call)])


def _of(tensor, numbers, calls):
    """The selector of what gives a tensor."""
    for call in calls:
        for port, given in enumerate(call.outputs):
            if given is tensor:
                return _selector(call, port, numbers)
    raise ValueError(f"no layer gives {tensor}")
