"""Reference answers beside a SavedModel: the value of every layer (or named tensor), computed from
the original Keras or TensorFlow model, never from the export."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from answer_files import Answer, Saved
from frameworks import keras2, keras3, tf

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
    "StochasticDepth",
}


@dataclass
class Call:
    """One call of a layer as the model runs: `index` is the layer's in model.layers, `order` when
    it runs, `inputs` and `outputs` are what enters and leaves it."""

    layer: object
    path: str
    index: int | None
    order: tuple
    inputs: list
    outputs: list


@dataclass
class Probe:
    """One more value worth an answer at a call: of what stands at `inside` below the layer (`layer` if
    it is one that the model does not list), its output `port`, or what `at` says."""

    value: np.ndarray
    inside: str = ""
    port: str = ""
    at: str = ""
    layer: object = None

    def selector(self, path, number):
        name = f"{path}{self.inside}{number}{self.port}"
        return {"layer": name, "at": self.at} if self.at else name


@dataclass
class Wanted:
    """What is to be answered beside every layer's outputs: `probes` are functions that yield the
    probes of a call, `more` are answers as they are, `tolerance` is for all."""

    probes: tuple = ()
    more: list = field(default_factory=list)
    tolerance: float | None = None
    topology: bool = False


def write_keras2(folder, model, inputs, wanted=None, maker="keras2"):
    """Answers for a Keras 2 model saved in `folder`; `inputs` in the order of model.inputs."""
    _write_keras(Saved.at(folder, maker, keras=keras2.__version__), model, inputs, wanted)


def write_keras3(folder, model, inputs, wanted=None, maker="keras3-export"):
    """Answers for a Keras 3 model; `maker` is "keras3-saved" after tf.saved_model.save."""
    _write_keras(Saved.at(folder, maker, keras=keras3.__version__), model, inputs, wanted)


def write_tf1(folder, session, tensors, inputs, outputs, tolerance=None):
    """Answers for tensors of a session's graph; `inputs` maps signature keys to (placeholder,
    array), `outputs` maps signature keys to tensors."""
    feeds = dict(inputs.values())
    values = session.run(tensors, feeds)
    answers = [
        Answer({"graph_tensor": tensor.name}, value, tensor.op.type, tolerance=tolerance)
        for tensor, value in zip(tensors, values, strict=True)
    ]
    arrays = {key: array for key, (_, array) in inputs.items()}
    final = session.run(list(outputs.values()), feeds)
    Saved.at(folder, "tf1").write(arrays, final, answers)


def keras_answers(model, inputs, wanted=None, listed_first=False):
    """An answer per output of each call of each layer, layers of nested models included, then those
    of the probes. Calls are numbered in the order in which they run, in listed_selector as Keras
    lists them; `listed_first` if nothing but the latter is known of the model."""
    wanted = wanted or Wanted()
    calls = list(calls_of(model, inputs))
    listed = _numbers(calls)
    numbers = listed if listed_first else _numbers(sorted(calls, key=lambda call: call.order))
    answers, further = [], []
    for call in calls:
        depth = len(answers)
        for probe in _outputs(call):
            answers.append(_answer(call, probe, numbers, listed))
        for probes in wanted.probes:
            for probe in probes(call):
                further.append(_answer(call, probe, numbers, listed))
                further[-1].depth = depth
    answers += further + wanted.more
    for answer in answers:
        answer.tolerance = answer.tolerance or wanted.tolerance
    return answers


def calls_of(model, inputs, path="", order=()):
    """Yields every call of a layer in the order of model.layers, those of a nested model after it."""
    nodes = list(_nodes(model))
    enter = [entering(node) for _, _, _, node in nodes]
    leave = [tf.nest.flatten(node.output_tensors) for _, _, _, node in nodes]
    values = iter(_evaluate(model, sum(enter + leave, []), inputs))
    entered = [[next(values) for _ in tensors] for tensors in enter]
    for (index, layer, rank, _), taken, tensors in zip(nodes, entered, leave, strict=True):
        call = Call(
            layer=layer,
            path=path + layer.name,
            index=None if path else index,
            order=(*order, rank),
            inputs=taken,
            outputs=[next(values) for _ in tensors],
        )
        yield call
        if is_model(layer):
            yield from calls_of(layer, taken, f"{call.path}/", call.order)


def direct_call(layer, index, inputs):
    """A call of a layer of one input by itself, beside its model."""
    return Call(layer, layer.name, index, (), inputs, tf.nest.flatten(layer(inputs[0])))


def evaluate(model, inputs, tensors=None):
    """The model's outputs, or symbolic tensors of the model, as arrays, in inference mode."""
    return [value.numpy() for value in _evaluate(model, tensors or model.outputs, inputs)]


def _write_keras(saved, model, inputs, wanted):
    wanted = wanted or Wanted()
    answers = keras_answers(model, inputs, wanted, listed_first=saved.maker == "keras2")
    keyed = saved.keyed([tensor.name for tensor in model.inputs], inputs)
    topology = model.to_json() if wanted.topology else None
    saved.write(keyed, evaluate(model, inputs), answers, topology)


def _numbers(calls):
    """The suffix of each call's selector: none for a layer that is called once."""
    totals = Counter(call.path for call in calls)
    seen = Counter()
    numbers = {}
    for call in calls:
        numbers[id(call)] = f"@{seen[call.path]}" if totals[call.path] > 1 else ""
        seen[call.path] += 1
    return numbers


def _outputs(call):
    for position, value in enumerate(call.outputs):
        yield Probe(value.numpy(), port=f":{position}" if len(call.outputs) > 1 else "")


def _answer(call, probe, numbers, listed):
    layer = probe.layer or call.layer
    return Answer(
        selector=probe.selector(call.path, numbers[id(call)]),
        value=probe.value,
        class_name=type(layer).__name__,
        index=None if probe.layer else call.index,
        parameters=layer.count_params(),
        has_ops=has_ops(layer),
        listed_selector=probe.selector(call.path, listed[id(call)]),
    )


def _nodes(model):
    """Yields (index, layer, rank, node) for every call of a layer that belongs to this model; the
    rank tells when it runs."""
    by_depth = _graph(model)._nodes_by_depth
    in_order = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    ranks = {id(node): rank for rank, node in enumerate(in_order)}
    for index, layer in enumerate(model.layers):
        for node in layer._inbound_nodes:
            if id(node) in ranks:
                yield index, layer, ranks[id(node)], node


def entering(node):
    """What the layer is called with; Keras 3 counts a mask that it hands on itself, too."""
    if not hasattr(node, "arguments"):
        return node.keras_inputs
    arguments = node.arguments.kwargs.items()
    named = {key: value for key, value in arguments if not _is_carried_mask(key, value)}
    taken = tf.nest.flatten([node.arguments.args, named])
    return [tensor for tensor in taken if isinstance(tensor, keras3.KerasTensor)]


def _is_carried_mask(key, value):
    tensors = [each for each in tf.nest.flatten(value) if isinstance(each, keras3.KerasTensor)]
    return "mask" in key and all(tensor.dtype == "bool" for tensor in tensors)


def _graph(model):
    """Keras 3's Sequential keeps its graph in a functional model of its own."""
    return getattr(model, "_functional", None) or model


def is_model(layer):
    return hasattr(_graph(layer), "_nodes_by_depth")


def _evaluate(model, tensors, inputs):
    """The values of symbolic tensors of the model, in inference mode."""
    library = keras3 if isinstance(model, keras3.Model) else keras2
    return tf.nest.flatten(library.Model(model.inputs, tensors)(inputs, training=False))


def has_ops(layer):
    """Whether the layer does anything at inference; one of the user's own that does not says so in
    `without_ops`."""
    if is_model(layer):
        return any(has_ops(inner) for inner in layer.layers)
    name = type(layer).__name__
    linear = name == "Activation" and layer.activation.__name__ == "linear"
    return not (linear or name in IDENTITY_CLASSES or getattr(layer, "without_ops", False))
