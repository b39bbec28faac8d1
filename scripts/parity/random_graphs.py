"""Random graphs that no Keras made: sessions of TensorFlow 1, with control flow of both kinds, and
functions of a tf.Module that call functions. Every tensor of the graph has an answer, every third
one's derivative too."""

import random
from contextlib import suppress
from itertools import count

import numpy as np
from common import run_seeds
from random_convolutions import CHANNELS, v1
from random_growth import Grower
from random_ops import SHAPES

import answers
import gradient_answers
from answer_files import Answer, Saved
from frameworks import empty_folder, random_batch, tf
from tensorflow.core.protobuf.rewriter_config_pb2 import RewriterConfig
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

TOLERANCE = 1e-4
GRADIENT_SPACING = 3
SMALLEST_GRADIENT = 1e-4


def fed(kind, count):
    return [random_batch((2, *SHAPES[kind]), 60 + n, -1.0) for n in range(count)]


def wanted_tensors(graph, inputs):
    """Tensors of the graph that depend on what is fed, outside of control flow of TensorFlow 1."""
    reached = {tensor.op for tensor in inputs}
    for op in graph.get_operations():
        if any(tensor.op in reached for tensor in op.inputs):
            reached.add(op)
    numeric = (tf.float32, tf.float64, tf.int32, tf.int64, tf.bool)
    return [
        tensor
        for op in graph.get_operations()
        if op in reached and graph.is_fetchable(op) and op._get_control_flow_context() is None
        for tensor in op.outputs
        if tensor.dtype in numeric and tensor.shape.rank and tensor.shape[0] is None
    ]


def gradients_of(joined, tensors, seed):
    """By name the derivative of a score by some of the tensors, None where none reaches one; not where
    a gradient of Python's, as swish has, may hide that one does."""
    floats = [each for each in tensors if each.dtype in (tf.float32, tf.float64)]
    chosen = floats[seed % GRADIENT_SPACING :: GRADIENT_SPACING]
    found = tf.gradients(gradient_answers.score_of(joined), chosen)
    is_hidden = any("_gradient_op_type" in op.node_def.attr for op in joined.graph.get_operations())
    return {
        each.name: gradient
        for each, gradient in zip(chosen, found, strict=True)
        if gradient is not None or not is_hidden
    }


def write_gradients(folder, graph, gradients):
    """A derivative that went through a float16 may differ by the rounding of that, and one that is
    next to zero is nothing else. TensorFlow fails for dilated convolutions on CPUs; such graphs have
    no answers for derivatives."""
    rounding = 1e-3 if "DT_HALF" in str(graph.as_graph_def()) else TOLERANCE / 2
    told = {
        key: value
        for key, value in gradients.items()
        if value is None or np.abs(value).max() > SMALLEST_GRADIENT
    }
    gradient_answers.write_tensors(folder, {"output": "joined"}, CHANNELS, told, rounding)


def save(session, folder, inputs, outputs, is_stripped):
    """As simple_save does, which leaves no attributes out that have their default."""
    builder = v1.saved_model.Builder(str(folder))
    signature = v1.saved_model.predict_signature_def(inputs, outputs)
    builder.add_meta_graph_and_variables(
        session,
        [v1.saved_model.tag_constants.SERVING],
        signature_def_map={"serving_default": signature},
        assets_collection=v1.get_collection(v1.GraphKeys.ASSET_FILEPATHS),
        clear_devices=True,
        strip_default_attrs=is_stripped,
    )
    builder.save()


def make_session(out, name, seed):
    """A graph of TensorFlow 1, with Switch and Merge in every other one."""
    draw = random.Random(seed)
    kind = draw.choice(list(SHAPES))
    is_old = draw.random() < 0.5
    arrays = fed(kind, draw.choice([1, 1, 2]))
    use_resource = draw.random() < 0.5
    is_stripped = draw.random() < 0.5
    folder = empty_folder(name, out)
    if is_old:
        v1.disable_control_flow_v2()
    try:
        graph, placeholders, outputs = grown(seed, kind, len(arrays), use_resource)
        tensors = wanted_tensors(graph, placeholders)
        session = initialized(graph)
        inputs = {f"fed_{n}": each for n, each in enumerate(placeholders)}
        with graph.as_default():
            save(session, folder, inputs, outputs, is_stripped)
        pairs = {key: (inputs[key], array) for key, array in zip(inputs, arrays, strict=True)}
        answers.write_tf1(folder, session, tensors, pairs, outputs, TOLERANCE)
        # Derivatives change conditions and loops, which no session may have run before.
        graph, placeholders, outputs = grown(seed, kind, len(arrays), use_resource)
        tensors = wanted_tensors(graph, placeholders)
        with graph.as_default():
            gradients = gradients_of(outputs["joined"], tensors, seed)
        reached = {key: each for key, each in gradients.items() if each is not None}
        feeds = dict(zip(placeholders, arrays, strict=True))
        with suppress(tf.errors.InvalidArgumentError):
            values = initialized(graph).run(reached, feeds)
            write_gradients(folder, graph, {key: values.get(key) for key in gradients})
    finally:
        v1.enable_control_flow_v2()


def grown(seed, kind, count, use_resource):
    """A graph, its placeholders and its outputs by name."""
    with tf.Graph().as_default() as graph:
        shape = [None, *SHAPES[kind]]
        placeholders = [v1.placeholder(tf.float32, shape, name="fed") for _ in range(count)]

        def weight(numbers):
            # Initializers inside of control flow would be part of it.
            with tf.init_scope(), graph.as_default(), tf.control_dependencies(None):
                return v1.Variable(numbers, use_resource=use_resource)

        return graph, placeholders, Grower(seed, kind, weight).grow(placeholders)


def initialized(graph):
    """A session that fuses no ops: TensorFlow's does so also with those that are asked for."""
    config = v1.ConfigProto()
    config.graph_options.rewrite_options.remapping = RewriterConfig.OFF
    with graph.as_default():
        session = v1.Session(graph=graph, config=config)
        session.run(v1.global_variables_initializer())
    return session


def make_module(out, name, seed):
    """A function of a tf.Module that calls others."""
    draw = random.Random(seed)
    kind = draw.choice(list(SHAPES))
    arrays = fed(kind, draw.choice([1, 1, 2]))
    module = tf.Module()
    module.weights = []
    specs = [
        tf.TensorSpec((None, *SHAPES[kind]), tf.float32, name=f"fed_{n}")
        for n in range(len(arrays))
    ]

    @tf.function(input_signature=specs, autograph=False)
    def serve(*inputs):
        """Makes the weights when it is traced; who grows the same again takes them in that order."""
        positions = count()

        def weight(numbers):
            position = next(positions)
            if position == len(module.weights):
                with tf.init_scope():
                    module.weights.append(ResourceVariable(numbers))
            return module.weights[position]

        return Grower(seed, kind, weight).grow(inputs)

    def traced(taken):
        """What `taken` makes of the score and of all tensors of the graph, when it runs."""

        @tf.function(input_signature=specs, autograph=False)
        def run(*inputs):
            outputs = serve.python_function(*inputs)
            tensors = wanted_tensors(v1.get_default_graph(), inputs)
            inner = [each for each in tensors if each.op.type != "Placeholder"]
            return taken(outputs["joined"], inner)

        return run(*arrays)

    unreached = []

    def derivatives(joined, tensors):
        gradients = gradients_of(joined, tensors, seed)
        unreached.extend(key for key, each in gradients.items() if each is None)
        return {key: each for key, each in gradients.items() if each is not None}

    folder = empty_folder(name, out)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})
    graph = serve.get_concrete_function().graph
    scope = scope_of(graph)
    values = traced(lambda _, tensors: {each.name: each for each in tensors})
    found = [
        Answer(
            {"graph_tensor": scope + each},
            value.numpy(),
            graph.get_tensor_by_name(each).op.type,
            tolerance=TOLERANCE,
        )
        for each, value in values.items()
    ]
    inputs = {spec.name: array for spec, array in zip(specs, arrays, strict=True)}
    final = [value.numpy() for value in serve(*arrays).values()]
    Saved.at(folder, "module").write(inputs, final, found)
    with suppress(tf.errors.InvalidArgumentError):
        gradients = {scope + key: value.numpy() for key, value in traced(derivatives).items()}
        gradients |= {scope + key: None for key in unreached}
        write_gradients(folder, graph, gradients)


def scope_of(graph):
    """Where its tensors stand in the flat graph: at the root, if no op is named as a call around."""
    name = "StatefulPartitionedCall"
    is_taken = any(op.name == name for op in graph.get_operations())
    return f"{name}/{name}/" if is_taken else ""


def make(out, seed):
    maker, make_graph = [("tf1", make_session), ("module", make_module)][seed % 2]
    make_graph(out, f"random_graph_{seed:04d}_{maker}", seed)


if __name__ == "__main__":
    run_seeds(__doc__, "random_graph", 40, make)
