"""Answers for the layers inside of layers, of models that libraries make: no list has them, so each call
is watched while the model runs."""

from collections import Counter
from contextlib import contextmanager

import answers
from answer_files import Answer
from frameworks import tf


@contextmanager
def _watched(layer_class, seen):
    """Calls `seen` with the layers around a call, the outermost first, and what the call gives."""
    call = layer_class.__call__
    around = []

    def watched(self, *arguments, **named):
        around.append(self)
        try:
            given = call(self, *arguments, **named)
            seen(list(around), given)
            return given
        finally:
            around.pop()

    layer_class.__call__ = watched
    try:
        yield
    finally:
        layer_class.__call__ = call


def answers_while(run, layer_class, least_depth=1):
    """An answer for each output of each call of a layer while `run` calls a model, of layers that lie at
    least so deep in it: 1 are its own. Calls are numbered in the order in which they end."""
    calls = []

    def seen(around, given):
        path = "/".join(layer.name for layer in around[1:])
        tensors = _tensors(given)
        if len(around) > least_depth and all(hasattr(tensor, "numpy") for tensor in tensors):
            calls.append((path, around[-1], [tensor.numpy() for tensor in tensors]))

    with _watched(layer_class, seen):
        run()
    totals = Counter(path for path, _, _ in calls)
    numbers = Counter()
    found = []
    for path, layer, values in calls:
        number = f"@{numbers[path]}" if totals[path] > 1 else ""
        numbers[path] += 1
        for position, value in enumerate(values):
            port = f":{position}" if len(values) > 1 else ""
            found.append(_answer(path + number + port, layer, value))
    return found


def _answer(selector, layer, value):
    return Answer(
        selector,
        value,
        type(layer).__name__,
        parameters=layer.count_params(),
        has_ops=answers.has_ops(layer),
    )


def _tensors(given):
    """None of an output by names: their order is that of no position."""
    if tf.is_tensor(given):
        return [given]
    return [each for each in given if tf.is_tensor(each)] if type(given) in (tuple, list) else []
