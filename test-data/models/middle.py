"""Layers of which an output is fed while the layer itself goes on from that tensor to another output, as
attention does from its scores, and a nested model whose output is that of a layer inside. Saved by
Keras 2, exported by Keras 3 with its topology. Beside the model: what its layers give in Keras when the
call of one returns other values (`PLACE|fed` and `PLACE|LAYER`)."""

from pathlib import Path

import numpy as np

import answers
from frameworks import MODELS, export_keras3, keras2, keras3, random_batch, save_keras2, start, tf

FOLDER = MODELS.parent / "middle"
WANTED = answers.Wanted(topology=True)
FED = [("attention", 0), ("attention", 1), ("weighing", 1), ("encoder", 0), ("encoder", 1)]


def build(keras):
    start(seed=0)
    layers = keras.layers
    steps = keras.Input((4, 4), name="steps")
    sequence, hidden = layers.GRU(3, return_sequences=True, return_state=True, name="recurrent")(steps)
    encoder = keras.Model(steps, [sequence, hidden], name="encoder")
    events, memory = keras.Input((4, 4), name="events"), keras.Input((4, 4), name="memory")
    attention = layers.MultiHeadAttention(2, 2, name="attention")
    attended, scores = attention(events, memory, return_attention_scores=True)
    added = layers.Add(name="added")([attended, events])
    weighed, weights = layers.Attention(name="weighing")([added, memory], return_attention_scores=True)
    sequence, hidden = encoder(weighed)
    parts = [
        layers.Flatten(name="seen")(scores),
        layers.GlobalAveragePooling1D(name="mean")(sequence),
        hidden,
    ]
    joined = layers.Concatenate(name="joined")(parts)
    outputs = [layers.Dense(2, name="head")(joined), weights]
    return keras.Model([events, memory], outputs, name="middle")


def run(model, inputs, replaced=None):
    """What the layers give where the call of one returns `replaced[2]` as its output `replaced[1]`."""
    encoder, attention = model.get_layer("encoder"), model.get_layer("attention")
    named = {layer.name: layer for layer in model.layers if "Input" not in type(layer).__name__}
    named["encoder/recurrent"] = encoder.get_layer("recurrent")
    named["attention/attention_output"] = attention._output_dense
    values = {}

    def watch(name, call):
        def watched(*args, **kwargs):
            given = call(*args, **kwargs)
            if replaced and replaced[0] == name:
                parts = tf.nest.flatten(given)
                parts[replaced[1]] = tf.constant(replaced[2])
                given = tf.nest.pack_sequence_as(given, parts)
            parts = tf.nest.flatten(given)
            for position, part in enumerate(parts):
                values[f"{name}:{position}" if len(parts) > 1 else name] = part.numpy()
            return given

        return watched

    for name, layer in named.items():
        object.__setattr__(layer, "call", watch(name, layer.call))
    try:
        model(inputs, training=False)
    finally:
        for layer in named.values():
            object.__delattr__(layer, "call")
    return values


def write(folder, model, inputs):
    arrays, unfed = {}, run(model, inputs)
    for number, (name, position) in enumerate(FED):
        place = f"{name}:{position}"
        fed = random_batch(unfed[place].shape, seed=90 + number, low=-1.0).astype("float32")
        arrays[f"{place}|fed"] = fed
        for layer, value in run(model, inputs, (name, position, fed)).items():
            arrays[f"{place}|{layer}"] = value
    np.savez(Path(f"{folder}.fed.npz"), **arrays)


def main():
    inputs = [random_batch((2, 4, 4), seed=41, low=-1.0), random_batch((2, 4, 4), seed=42, low=-1.0)]
    model = build(keras2)
    folder = save_keras2(model, "middle_keras2", FOLDER)
    answers.write_keras2(folder, model, inputs, WANTED)
    write(folder, model, inputs)
    model = build(keras3)
    folder = export_keras3(model, "middle_keras3", FOLDER)
    answers.write_keras3(folder, model, inputs, WANTED)
    write(folder, model, inputs)


if __name__ == "__main__":
    main()
