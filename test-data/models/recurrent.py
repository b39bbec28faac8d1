"""An LSTM that returns its last output alone, saved by Keras 2; the same before a Bidirectional layer
that returns states, exported by Keras 3."""

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


def main():
    inputs = [random_batch((2, 6, 4), seed=23, low=-1.0)]
    model = last(keras2)
    answers.write_keras2(save_keras2(model, "recurrent_keras2"), model, inputs, WANTED)
    model = states(keras3)
    answers.write_keras3(export_keras3(model, "recurrent_keras3"), model, inputs, WANTED)


if __name__ == "__main__":
    main()
