"""Random graphs that no Keras made: sessions of TensorFlow 1, with control flow of both kinds, and
functions of a tf.Module that call functions. Every tensor of the graph has an answer."""

import random
from contextlib import nullcontext
from itertools import count

import numpy as np
from common import run_seeds
from random_convolutions import through, v1
from random_ops import SHAPES, RandomOps

import answers
from answer_files import Answer, Saved
from frameworks import empty_folder, random_batch, tf
from tensorflow.python.ops.resource_variable_ops import ResourceVariable

TOLERANCE = 1e-4
WORDS = ["tower", "block", "head", "conv", "dense", "x", "Relu", "add", "layer_1", "layer"]


class Grower:
    """Grows one graph in the default graph; `weight` makes its variables."""

    def __init__(self, seed, kind, weight):
        self.draw = random.Random(seed)
        self.weight = weight
        self.ops = RandomOps(self.draw, kind, self.drawn_weight)
        self.functions = []

    def drawn_weight(self, shape, low, high):
        numbers = np.random.default_rng(self.draw.randrange(2**32)).uniform(low, high, shape)
        return self.weight(numbers.astype(np.float32))

    def scope(self):
        return v1.name_scope(self.draw.choice(WORDS)) if self.draw.random() < 0.4 else nullcontext()

    def grow(self, inputs):
        """The outputs by name: the last tensor, and some others."""
        tensors = list(inputs)
        for _ in range(self.draw.randint(6, 16)):
            taken = tensors[-1] if self.draw.random() < 0.6 else self.draw.choice(tensors)
            with self.scope():
                given = self.next(taken, tensors)
            given = given if isinstance(given, (list, tuple)) else [given]
            for tensor in given:
                tensor.set_shape([None, *inputs[0].shape[1:]])
            if self.draw.random() < 0.4:
                given = [tf.identity(given[0], name=self.draw.choice(WORDS)), *given[1:]]
            tensors += given
        joined = tf.add_n([tensors[-1], *inputs], name="joined")
        others = self.draw.sample(tensors[len(inputs) :], self.draw.choice([0, 1, 2]))
        return {"joined": joined} | {f"other_{n}": each for n, each in enumerate(others)}

    def next(self, taken, tensors):
        chance = self.draw.random()
        if chance < 0.15:
            return self.merged(taken, self.draw.choice(tensors))
        if chance < 0.25:
            return self.called(taken)
        return self.ops.step()(taken)

    def merged(self, first, second):
        return self.draw.choice(
            [
                lambda: first + second,
                lambda: first * second,
                lambda: first - second,
                lambda: tf.add_n([first, second, first]),
                lambda: tf.maximum(first, second),
                lambda: tf.math.squared_difference(first, second),
                lambda: tf.where(first > second, first, second * 0.5),
                lambda: first * tf.sigmoid(second),
                lambda: tf.concat([first, second], -1)[..., 1:-3],
            ]
        )()

    def called(self, taken):
        """A function, sometimes one that was called before."""
        if not self.functions or self.draw.random() < 0.6:
            steps = [self.ops.step() for _ in range(self.draw.randint(1, 3))]
            self.functions.append(tf.function(lambda x: through(steps, x), autograph=False))
        return self.draw.choice(self.functions)(taken)


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


def make_session(out, name, seed):
    """A graph of TensorFlow 1, with Switch and Merge in every other one."""
    draw = random.Random(seed)
    kind = draw.choice(list(SHAPES))
    is_old = draw.random() < 0.5
    arrays = fed(kind, draw.choice([1, 1, 2]))
    folder = empty_folder(name, out)
    if is_old:
        v1.disable_control_flow_v2()
    try:
        with tf.Graph().as_default() as graph:
            shape = [None, *SHAPES[kind]]
            placeholders = [v1.placeholder(tf.float32, shape, name="fed") for _ in arrays]
            use_resource = draw.random() < 0.5

            def weight(numbers):
                # Initializers inside of control flow would be part of it.
                with tf.init_scope(), graph.as_default(), tf.control_dependencies(None):
                    return v1.Variable(numbers, use_resource=use_resource)

            outputs = Grower(seed, kind, weight).grow(placeholders)
            tensors = wanted_tensors(graph, placeholders)
            session = v1.Session(graph=graph)
            session.run(v1.global_variables_initializer())
            inputs = {f"fed_{n}": each for n, each in enumerate(placeholders)}
            v1.saved_model.simple_save(session, str(folder), inputs, outputs)
        pairs = {
            key: (placeholder, array)
            for (key, placeholder), array in zip(inputs.items(), arrays, strict=True)
        }
        answers.write_tf1(folder, session, tensors, pairs, outputs, TOLERANCE)
    finally:
        v1.enable_control_flow_v2()


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

    @tf.function(input_signature=specs, autograph=False)
    def probe(*inputs):
        serve.python_function(*inputs)
        grown = wanted_tensors(v1.get_default_graph(), inputs)
        return {each.name: each for each in grown if each.op.type != "Placeholder"}

    folder = empty_folder(name, out)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})
    graph = serve.get_concrete_function().graph
    scope = scope_of(graph)
    found = [
        Answer(
            {"graph_tensor": scope + each},
            value.numpy(),
            graph.get_tensor_by_name(each).op.type,
            tolerance=TOLERANCE,
        )
        for each, value in probe(*arrays).items()
    ]
    inputs = {spec.name: array for spec, array in zip(specs, arrays, strict=True)}
    final = [value.numpy() for value in serve(*arrays).values()]
    Saved.at(folder, "module").write(inputs, final, found)


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
