"""Values beside the layers' outputs that selectors can name, for any call of a layer: what enters
it, what enters its activation function, the sequence and the states of a recurrent layer. Each is
computed by the original layers or by an equal one that returns it."""

import answers
from answers import Probe
from frameworks import keras2, tf

WEIGHTED = ("Dense", "EinsumDense", "Conv", "SeparableConv", "DepthwiseConv")
STATES = {
    "LSTM": ("hidden", "cell"),
    "GRU": ("hidden",),
    "SimpleRNN": ("hidden",),
    "ConvLSTM1D": ("hidden", "cell"),
    "ConvLSTM2D": ("hidden", "cell"),
}


def inputs(call):
    """What enters the layer, by position if there are several."""
    for position, value in enumerate(call.inputs):
        if type(call.layer).__name__ != "InputLayer":
            at = f"input:{position}" if len(call.inputs) > 1 else "input"
            yield Probe(value.numpy(), at=at)


def pre_activation(call):
    """What enters the activation function of a layer with a kernel."""
    if has_fused_activation(call.layer):
        linear = _result(call.layer, call.inputs[0], {}, activation="linear")
        yield Probe(linear.numpy(), at="pre-activation")


def has_fused_activation(layer):
    name = type(layer).__name__
    return (
        name.startswith(WEIGHTED)
        and not name.startswith("ConvLSTM")
        and layer.activation is not None
        and layer.activation.__name__ != "linear"
    )


def recurrence(call):
    """The sequence, the last output and the states of a recurrent layer that loops."""
    if _loops(call.layer):
        yield from _states(call.layer, call.inputs, "")
    if type(call.layer).__name__ == "Bidirectional" and len(call.inputs) == 1:
        for layer in (call.layer.forward_layer, call.layer.backward_layer):
            if _loops(layer):
                yield from _states(layer, call.inputs, f"/{layer.name}")


def distributed(call):
    """The layers inside a TimeDistributed layer of Keras 2, with the steps of each row by themselves.
    Keras 3 calls them once for each step."""
    if type(call.layer) is keras2.layers.TimeDistributed:
        events = call.inputs[0]
        together = tf.reshape(events, (-1, *events.shape[2:]))
        inner = call.layer.layer
        for path, layer, value in _inside(inner, together):
            steps = tuple(events.shape[:2])
            apart = value.numpy().reshape((*steps, *value.shape[1:]))
            yield Probe(apart, f"/{path}", layer=layer)


def _inside(layer, value):
    if answers.is_model(layer):
        for call in answers.calls_of(layer, [value], f"{layer.name}/"):
            if answers.has_ops(call.layer):
                yield call.path, call.layer, call.outputs[0]
    else:
        yield layer.name, layer, layer(value)


def _loops(layer):
    return type(layer).__name__ in STATES and not layer.unroll


def _states(layer, entering, inside):
    events, *initial = entering
    options = {"mask": getattr(events, "_keras_mask", None), "initial_state": initial or None}
    full = _result(layer, events, options, return_sequences=True, return_state=True)
    short = _result(layer, events, options, return_sequences=False, return_state=False)
    sequence, *states = tf.nest.flatten(full)
    yield Probe(sequence.numpy(), inside, ":sequence")
    yield Probe(short.numpy(), inside, ":last")
    for name, state in zip(STATES[type(layer).__name__], states, strict=True):
        yield Probe(state.numpy(), inside, f":{name}")


def _result(layer, value, options, **changes):
    """What a layer of the same class and weights, but for the changes of its configuration,
    returns."""
    other = type(layer).from_config(layer.get_config() | changes)
    other(value, **options)
    other.set_weights(layer.get_weights())
    return other(value, **options)
