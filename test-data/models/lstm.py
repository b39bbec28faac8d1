"""An LSTM over 10 steps of 100 numbers that returns its sequence and both states, saved by Keras 2
and exported by Keras 3."""

import answers
from frameworks import export_keras3, keras2, keras3, random_batch, save_keras2, start


def build(keras):
    start(seed=0)
    events = keras.Input((10, 100), name="events")
    lstm = keras.layers.LSTM(32, return_sequences=True, return_state=True, name="lstm")
    return keras.Model(events, lstm(events), name="recurrent")


def main():
    inputs = [random_batch((2, 10, 100), seed=11, low=-1.0)]
    model = build(keras2)
    answers.write_keras2(save_keras2(model, "lstm_keras2"), model, inputs)
    model = build(keras3)
    answers.write_keras3(export_keras3(model, "lstm_keras3"), model, inputs)


if __name__ == "__main__":
    main()
