"""An LSTM that returns its last output alone, saved by Keras 2; the same before a Bidirectional layer
that returns states, exported by Keras 3. And a layer whose first state another layer gives."""

import sys

import answers
from frameworks import MODELS, export_keras3, keras2, keras3, random_batch, save_keras2, start

sys.path.append(str(MODELS.parents[1] / "scripts" / "parity"))
import probes

WANTED = answers.Wanted((probes.inputs, probes.recurrence))


def last(keras):
    start(seed=0)
    events = keras.Input((6, 4), name="events")
    return keras.Model(events, keras.layers.LSTM(5, name="lstm")(events), name="last")


def states(keras):
    start(seed=0)
    layers = keras.layers
    events = keras.Input((6, 4), name="events")
    lstm = layers.LSTM(5, name="lstm")(events)
    inner = layers.LSTM(3, return_sequences=True, return_state=True, name="inner")
    both = layers.Bidirectional(inner, name="both")(events)
    return keras.Model(events, [lstm, *both], name="states")


def carried():
    """The state has another layer's value, so a start in the middle may replace it for the loop alone."""
    start(seed=0)
    layers = keras2.layers
    events, given = keras2.Input((4, 3), name="events"), keras2.Input((2,), name="given")
    first = layers.Dense(3, name="first")(given)
    last = layers.SimpleRNN(3, name="rnn")(events, initial_state=first)
    return keras2.Model([events, given], last, name="carried")


def main():
    inputs = [random_batch((2, 6, 4), seed=23, low=-1.0)]
    model = last(keras2)
    answers.write_keras2(save_keras2(model, "recurrent_keras2"), model, inputs, WANTED)
    model = carried()
    both = [random_batch((2, 4, 3), seed=24, low=-1.0), random_batch((2, 2), seed=25, low=-1.0)]
    answers.write_keras2(save_keras2(model, "carried_keras2"), model, both, WANTED)
    model = states(keras3)
    answers.write_keras3(export_keras3(model, "recurrent_keras3"), model, inputs, WANTED)


if __name__ == "__main__":
    main()
