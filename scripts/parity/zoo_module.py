"""Models of tf.Module, answered by tensors of their graphs."""

import numpy as np

from answer_files import Saved
from frameworks import empty_folder, random_batch, tf
from zoo_common import graph_tensor


class Nested(tf.Module):
    """Functions that call functions, in name scopes, one of them twice."""

    def __init__(self):
        super().__init__(name="nested")
        draw = np.random.default_rng(3)
        self.first = tf.Variable(draw.normal(size=(4, 5)).astype(np.float32), name="first")
        self.second = tf.Variable(draw.normal(size=(5, 5)).astype(np.float32), name="second")

    @tf.function
    def project(self, x):
        return tf.nn.relu(tf.matmul(x, self.first, name="product"), name="activated")

    @tf.function
    def mix(self, x):
        with tf.name_scope("mixing"):
            return tf.math.tanh(tf.matmul(x, self.second, name="mixed"), name="squashed")

    @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32, name="x")])
    def serve(self, x):
        with tf.name_scope("encoder"):
            hidden = self.project(x)
        once = self.mix(hidden)
        twice = self.mix(once)
        return {"once": once, "twice": tf.identity(twice + hidden, name="total")}


def make_module(out, name):
    module = Nested()
    x = random_batch((2, 4), 41, low=-1.0)
    product = tf.matmul(x, module.first)
    hidden = module.project(x)
    mixed = tf.matmul(hidden, module.second)
    once = module.mix(hidden)
    twice = module.mix(once)
    total = twice + hidden
    tensors = {
        "product": (product, "MatMul"),
        "activated": (hidden, "Relu"),
        "total": (total, "Identity"),
        "StatefulPartitionedCall/mixing/mixed": (mixed, "MatMul"),
        "StatefulPartitionedCall/mixing/squashed": (once, "Tanh"),
        "StatefulPartitionedCall_1/mixing/squashed": (twice, "Tanh"),
    }
    _write_module(out, name, module, x, [once, total], tensors)


class ControlFlow(tf.Module):
    """tf.cond and tf.while_loop around tensors of the outer graph."""

    def __init__(self):
        super().__init__(name="control")
        draw = np.random.default_rng(4)
        self.weights = tf.Variable(draw.normal(size=(4, 4)).astype(np.float32) / 2, name="weights")

    @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.float32, name="x")])
    def serve(self, x):
        parts = self.parts(x)
        return {"result": parts["result"]}

    def parts(self, x):
        """Everything that is named in the graph, by name."""
        scaled = tf.multiply(x, 3.0, name="scaled")
        positive = tf.greater(tf.reduce_sum(scaled), 0.0, name="positive")
        chosen = tf.cond(
            positive, lambda: tf.matmul(scaled, self.weights), lambda: scaled - 1.0, name="choose"
        )
        steps, looped = tf.while_loop(
            lambda n, value: n < 3,
            lambda n, value: (n + 1, tf.math.tanh(tf.matmul(value, self.weights))),
            (tf.constant(0), chosen),
            name="loop",
        )
        result = tf.add(looped, tf.cast(steps, tf.float32), name="result")
        named = {"scaled": scaled, "positive": positive, "choose": chosen, "result": result}
        return named | {"loop:3": looped}


def make_control_flow(out, name):
    module = ControlFlow()
    x = random_batch((2, 4), 42, low=-1.0)
    parts = module.parts(tf.constant(x))
    result = parts["result"]
    tensors = {key: (value, "") for key, value in parts.items()}
    _write_module(out, name, module, x, [result], tensors)


class Switched(tf.Module):
    """Conditions and dropouts behind scalars of the signature."""

    def __init__(self):
        super().__init__(name="switched")
        draw = np.random.default_rng(5)
        self.weights = tf.Variable(draw.normal(size=(4, 4)).astype(np.float32), name="weights")

    @tf.function(
        input_signature=[
            tf.TensorSpec((None, 4), tf.float32, name="x"),
            tf.TensorSpec((), tf.bool, name="training"),
            tf.TensorSpec((), tf.float32, name="rate"),
            tf.TensorSpec((), tf.int32, name="head"),
        ]
    )
    def serve(self, x, training, rate, head):
        return {"result": self.parts(x, training, rate, head)["result"]}

    def parts(self, x, training, rate, head):
        """Everything that is named in the graph, by name."""
        product = tf.matmul(x, self.weights, name="product")
        dropped = tf.cond(training, lambda: tf.nn.dropout(product, 0.5), lambda: product - 1.0)
        dropped = tf.identity(dropped, name="dropped")
        thinned = tf.identity(tf.nn.dropout(dropped, rate=rate), name="thinned")
        heads = [
            lambda: tf.nn.relu(thinned),
            lambda: tf.cond(training, lambda: thinned, lambda: tf.math.tanh(thinned)),
            lambda: tf.nn.dropout(thinned, 0.3),
        ]
        chosen = tf.identity(tf.switch_case(head, heads), name="chosen")
        result = tf.matmul(chosen, self.weights, name="result")
        return {
            "product": product,
            "dropped": dropped,
            "thinned": thinned,
            "chosen": chosen,
            "result": result,
        }


def make_switched(out, name):
    module = Switched()
    x = random_batch((2, 4), 43, low=-1.0)
    switches = {"training": np.array(False), "rate": np.float32(0), "head": np.int32(1)}
    parts = module.parts(tf.constant(x), **{key: tf.constant(s) for key, s in switches.items()})
    tensors = {key: (value, "") for key, value in parts.items()}
    _write_module(out, name, module, x, [parts["result"]], tensors, switches)


def _write_module(out, name, module, x, final, tensors, switches=None):
    folder = empty_folder(name, out)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    found = [graph_tensor(key, value.numpy(), op) for key, (value, op) in tensors.items()]
    inputs = {"x": x} | {key: np.asarray(value) for key, value in (switches or {}).items()}
    Saved.at(folder, "module").write(inputs, [value.numpy() for value in final], found)
