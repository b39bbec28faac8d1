"""Signatures that use one output of layers of several outputs beside their model; and a model of one
layer with ops that a signature calls again and again, by itself and through a function."""

import answers
from answer_files import Answer, Saved
from answers import _numbers
from frameworks import keras2, keras3, random_batch, start, tf
from signatures import save


def fork(keras):
    class Fork(keras.layers.Layer):
        def build(self, shape):
            self.scale = self.add_weight(name="scale", shape=(shape[-1],), initializer="uniform")

        def call(self, inputs):
            return tf.math.sin(inputs * self.scale), tf.math.cos(inputs) * self.scale

        def compute_output_shape(self, shape):
            return shape, shape

    return Fork


def several_outputs(keras):
    """A layer of two outputs and a model inside of two outputs, all taken."""
    start(seed=5)
    layers = keras.layers
    taken = keras.Input((5,), name="pair_input")
    code = layers.Dense(5, activation="tanh", name="code")(taken)
    pair = keras.Model(taken, [layers.Dense(5, name="mixed")(code), code], name="pair")
    numbers = keras.Input((5,), name="entry")
    sine, cosine = fork(keras)(name="fork")(numbers)
    one, other = pair(sine)
    joined = layers.Add(name="joined")([one, cosine, other])
    return keras.Model(numbers, layers.Dense(2, name="head")(joined), name="net")


def one_layer(keras):
    """A Dense layer; the linear activation after it leaves no ops."""
    start(seed=6)
    numbers = keras.Input((5,), name="entry")
    x = keras.layers.Dense(5, activation="relu", name="only")(numbers)
    return keras.Model(numbers, keras.layers.Activation("linear", name="same")(x), name="net")


# What a signature calls: None for the model or the name of a layer, what it takes, which output the
# signature returns, and whether through a function.


def second_outputs(x):
    return [(None, x, 0, False), ("fork", -x, 1, False), ("pair", -x, 1, False)]


def in_turns(x):
    beside = ("only", 0.5 * x, 0, False)
    return [(None, x, 0, False), (None, 2.0 * x, 0, True), beside, (None, -x, 0, False)]


def adjacent(x):
    """Nothing is traced between the calls of the model."""
    return [(None, x, 0, False), (None, -x, 0, False), ("only", 0.5 * x, 0, False)]


def serve(model, x, steps):
    given = {}
    for n, (layer, taken, output, is_through_function) in enumerate(steps(x)):
        called = model if layer is None else model.get_layer(layer)
        call = tf.function(lambda value, called=called: called(value))
        results = tf.nest.flatten((call if is_through_function else called)(taken))
        given[f"given_{n}"] = tf.identity(results[output])
    return given


def calls_of(model, layer, taken):
    """The calls of layers that one step makes."""
    if layer is None:
        return list(answers.calls_of(model, [taken]))
    called = model.get_layer(layer)
    direct = answers.direct_call(called, model.layers.index(called), [taken])
    inside = answers.calls_of(called, [taken], f"{layer}/") if answers.is_model(called) else []
    return [direct, *inside]


def write(name, model, steps, numbers):
    library = keras2 if isinstance(model, keras2.Model) else keras3
    folder = save(model, name, lambda model, fed: serve(model, fed, steps))
    saved = Saved.at(
        folder, "keras2" if library is keras2 else "keras3-export", keras=library.__version__
    )
    fed = tf.constant(numbers)
    # Those of the model are counted first.
    in_order = sorted(steps(fed), key=lambda step: step[0] is not None)
    calls = [call for layer, taken, _, _ in in_order for call in calls_of(model, layer, taken)]
    suffixes = _numbers(calls)
    found = [
        Answer(
            f"{call.path}{suffixes[id(call)]}{f':{n}' if len(call.outputs) > 1 else ''}",
            value.numpy(),
            type(call.layer).__name__,
            index=call.index,
            parameters=call.layer.count_params(),
            has_ops=answers.has_ops(call.layer),
        )
        for call in calls
        for n, value in enumerate(call.outputs)
    ]
    outputs = [value.numpy() for value in serve(model, fed, steps).values()]
    topology = model.to_json() if library is keras3 else None
    saved.write(saved.keyed([], [numbers]), outputs, found, topology)


def main():
    numbers = random_batch((2, 5), seed=35, low=-1.0)
    write("second_outputs_keras2", several_outputs(keras2), second_outputs, numbers)
    write("second_outputs_keras3", several_outputs(keras3), second_outputs, numbers)
    write("in_turns_keras2", one_layer(keras2), in_turns, numbers)
    write("adjacent_keras2", one_layer(keras2), adjacent, numbers)


if __name__ == "__main__":
    main()
