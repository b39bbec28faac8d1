"""Random models (as random_models grows them) under random signatures: the model called several times,
by itself or through a tf.function, and layers of it called beside it, in any order, with dead ops
between."""

import random

from common import redraw, run_seeds

import answers
import random_models
from answer_files import Answer, Saved
from answers import _numbers
from frameworks import keras2, keras3, random_batch, tf
from signatures import save

TRIES = 200


class Step:
    """One call that a signature makes, of the model or of one of its layers, with a multiple of what
    is fed; the signature uses one of its outputs, not always the first."""

    def __init__(self, layer, factor, is_through_function, output):
        self.layer = layer
        self.factor = factor
        self.is_through_function = is_through_function
        self.output = output

    def run(self, model, fed):
        called = self.layer or model
        taken = fed * self.factor
        if self.is_through_function:
            return tf.function(lambda value: called(value))(taken)
        return called(taken)

    def used(self, model, fed):
        """The output that the signature uses."""
        given = tf.nest.flatten(self.run(model, fed))
        return given[self.output % len(given)]

    def calls(self, model, fed):
        """The calls of layers that it makes, as Keras lists them."""
        taken = [tf.constant(fed) * self.factor]
        if self.layer is None:
            return list(answers.calls_of(model, taken))
        direct = [answers.direct_call(self.layer, model.layers.index(self.layer), taken)]
        inside = (
            answers.calls_of(self.layer, taken, f"{self.layer.name}/")
            if answers.is_model(self.layer)
            else []
        )
        return [*direct, *inside]


class Signature:
    """Some steps, of which at least one is the model's, and whether their results stay apart."""

    def __init__(self, draw, model):
        layers = callable_alone(model)
        steps = [Step(None, draw.choice([1.0, -1.0, 0.5]), draw.random() < 0.3, 0)]
        for _ in range(draw.randint(1, 3)):
            layer = draw.choice([None, *layers, *layers])
            factor = draw.choice([1.0, -1.0, 0.5, 2.0])
            steps.append(Step(layer, factor, draw.random() < 0.2, draw.choice([0, 0, 1, 2])))
        draw.shuffle(steps)
        self.steps = steps
        self.is_joined = draw.random() < 0.5
        self.has_dead_ops = draw.random() < 0.5

    def serve(self, model, fed):
        given = [step.used(model, fed) for step in self.steps]
        if self.has_dead_ops:
            with tf.name_scope("summaries"):
                for tensor in given:
                    tf.reduce_max(tf.abs(tensor))
        if self.is_joined:
            return {"joined": tf.add_n([mean_of_rows(one) for one in given])}
        return {f"given_{n}": tf.identity(one) for n, one in enumerate(given)}


def mean_of_rows(tensor):
    """One number for each row, whatever the rank: layers and the model give different ones."""
    return tf.reduce_mean(tf.reshape(tensor, [tf.shape(tensor)[0], -1]), axis=-1)


def callable_alone(model):
    """Layers that have weights, so that a call of them is seen, and take one tensor, as wide as what
    is fed."""
    width = model.inputs[0].shape[-1]
    return [layer for layer in model.layers if layer.weights and takes_one(layer, width)]


def takes_one(layer, width):
    entering = [answers.entering(node) for node in layer._inbound_nodes]
    return all(len(tensors) == 1 and tensors[0].shape[-1] == width for tensors in entering)


def answers_of(model, signature, fed, is_listed):
    """An answer for each output of each layer in each of the calls; those of the model are numbered
    first. Without a list, as where `is_listed` is false, calls count in the order in which they run."""
    steps = sorted(signature.steps, key=lambda step: step.layer is not None)
    calls = [step.calls(model, fed) for step in steps]
    listed = _numbers(sum(calls, []))
    running = sum((sorted(step, key=lambda call: call.order) for step in calls), [])
    numbers = listed if is_listed else _numbers(running)
    found = []
    for call in running:
        for position, value in enumerate(call.outputs):
            port = f":{position}" if len(call.outputs) > 1 else ""
            found.append(
                Answer(
                    f"{call.path}{numbers[id(call)]}{port}",
                    value.numpy(),
                    type(call.layer).__name__,
                    index=call.index,
                    parameters=call.layer.count_params(),
                    has_ops=answers.has_ops(call.layer),
                    tolerance=random_models.TOLERANCE,
                    listed_selector=f"{call.path}{listed[id(call)]}{port}",
                )
            )
    return found


def grow(keras, draw, kind):
    """A model of one input with a layer that can be called beside it."""
    for _ in range(TRIES):
        model = random_models.grow(keras, draw, kind)
        if len(model.inputs) == 1 and callable_alone(model):
            return model
    raise RuntimeError(f"no model of one input among {TRIES}")


def make(out, seed):
    draw = random.Random(seed)
    keras = [keras2, keras3][seed % 2]
    kind = draw.choice(list(random_models.SHAPES))
    model = grow(keras, draw, kind)
    redraw(model, seed)
    signature = Signature(draw, model)
    maker = "keras2" if keras is keras2 else "keras3-export"
    fed = random_batch((2, *random_models.SHAPES[kind]), 50, -1.0)
    spec = [tf.TensorSpec((None, *fed.shape[1:]), tf.float32, name="numbers")]
    name = f"random_signature_{seed:04d}_{maker}"
    folder = save(model, name, signature.serve, out, spec)
    saved = Saved.at(folder, maker, keras=keras.__version__)
    outputs = [value.numpy() for value in signature.serve(model, tf.constant(fed)).values()]
    topology = model.to_json() if keras is keras3 else None
    found = answers_of(model, signature, fed, is_listed=keras is keras2)
    saved.write(saved.keyed([], [fed]), outputs, found, topology)


if __name__ == "__main__":
    run_seeds(__doc__, "random_signature", 60, make)
