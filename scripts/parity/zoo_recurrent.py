"""Recurrent layers: whatever they return, their sequence, last output and states are answered.

Left out: recurrent_dropout in tf.saved_model.save of Keras 3, which does not track its seeds."""

import answers
from frameworks import tf
from zoo_common import Built, batches, functional, integers

KINDS = ("LSTM", "GRU", "SimpleRNN")


def events_of(keras, shape=(6, 4)):
    return keras.Input(shape, name="events")


def returning_last(keras):
    """The usual case: only the last output is returned."""
    layers = keras.layers
    events = events_of(keras)
    last = [getattr(layers, kind)(5, name=kind.lower())(events) for kind in KINDS]
    joined = layers.Concatenate(name="concatenate")(last)
    return Built(functional(keras, events, joined, "last"), batches((6, 4)))


def returning_sequences(keras):
    layers = keras.layers
    x = events = events_of(keras)
    for kind in KINDS:
        x = getattr(layers, kind)(5, return_sequences=True, name=kind.lower())(x)
    return Built(functional(keras, events, x, "sequences"), batches((6, 4)))


def returning_states(keras):
    """States without the sequence and with it."""
    layers = keras.layers
    events = events_of(keras)
    returned = []
    for kind in KINDS:
        layer = getattr(layers, kind)
        short = layer(4, return_state=True, name=kind.lower())(events)
        full = layer(4, return_sequences=True, return_state=True, name=f"{kind.lower()}_1")(events)
        returned += [*short, *full]
    return Built(functional(keras, events, returned, "states"), batches((6, 4)))


def returning_states_unused(keras):
    """The model drops the states that the layers return, or keeps nothing else."""
    layers = keras.layers
    events = events_of(keras)
    last, _, _ = layers.LSTM(4, return_state=True, name="lstm")(events)
    _, hidden, cell = layers.LSTM(4, return_state=True, name="lstm_1")(events)
    _, state = layers.GRU(3, return_sequences=True, return_state=True, name="gru")(events)
    joined = layers.Concatenate(name="concatenate")([last, cell, hidden, state])
    return Built(functional(keras, events, joined, "unused"), batches((6, 4)))


def encoder_decoder(keras):
    """States of one layer are the initial states of the next."""
    layers = keras.layers
    source = keras.Input((6, 4), name="source")
    target = keras.Input((5, 3), name="target")
    _, hidden, cell = layers.LSTM(5, return_state=True, name="encoder")(source)
    decoded = layers.LSTM(5, return_sequences=True, name="decoder")(
        target, initial_state=[hidden, cell]
    )
    _, state = layers.GRU(4, return_state=True, name="encoder_1")(source)
    decoded_1 = layers.GRU(4, name="decoder_1")(target, initial_state=state)
    model = functional(keras, [source, target], [decoded, decoded_1], "translator")
    return Built(model, batches((6, 4), (5, 3)))


def stacked(keras):
    layers = keras.layers
    events = events_of(keras)
    x = layers.LSTM(6, return_sequences=True, name="lstm")(events)
    x = layers.Dropout(0.2, name="dropout")(x)
    x = layers.LSTM(6, return_sequences=True, dropout=0.2, name="lstm_1")(x)
    x = layers.LSTM(5, recurrent_dropout=0.2, name="lstm_2")(x)
    x = layers.Dense(3, activation="softmax", name="dense")(x)
    return Built(functional(keras, events, x, "stacked"), batches((6, 4)))


def bidirectional(keras):
    layers = keras.layers
    events = events_of(keras)
    joined = []
    for kind, mode in zip(KINDS, ("concat", "sum", "ave"), strict=True):
        name = f"{mode}_{kind.lower()}"
        inner = getattr(layers, kind)(3, name=f"inner_{name}")
        joined.append(layers.Bidirectional(inner, merge_mode=mode, name=name)(events))
    sequences = layers.Bidirectional(
        layers.LSTM(3, return_sequences=True), merge_mode="mul", name="sequences"
    )(events)
    separate = layers.Bidirectional(layers.GRU(3), merge_mode=None, name="separate")(sequences)
    out = layers.Concatenate(name="concatenate")([*joined, *separate])
    return Built(functional(keras, events, out, "both"), batches((6, 4)))


def bidirectional_states(keras):
    layers = keras.layers
    events = events_of(keras)
    lstm = layers.LSTM(3, return_sequences=True, return_state=True, name="inner")
    outputs = layers.Bidirectional(lstm, name="both")(events)
    gru = layers.GRU(3, return_state=True, name="inner_1")
    outputs_1 = layers.Bidirectional(gru, name="both_1")(outputs[0])
    return Built(
        functional(keras, events, [*outputs, *outputs_1], "both_states"), batches((6, 4))
    )


def backwards(keras):
    layers = keras.layers
    events = events_of(keras)
    x = layers.LSTM(4, go_backwards=True, return_sequences=True, name="lstm")(events)
    x = layers.GRU(4, go_backwards=True, return_sequences=True, name="gru")(x)
    x = layers.SimpleRNN(4, go_backwards=True, name="rnn")(x)
    return Built(functional(keras, events, x, "backwards"), batches((6, 4)))


def unrolled(keras):
    """No loop in the graph, and a bias of its own kind."""
    layers = keras.layers
    events = events_of(keras, (3, 4))
    x = layers.LSTM(4, unroll=True, return_sequences=True, name="lstm")(events)
    x = layers.GRU(4, unroll=True, reset_after=False, return_sequences=True, name="gru")(x)
    x = layers.SimpleRNN(4, unroll=True, name="rnn")(x)
    return Built(functional(keras, events, x, "unrolled"), batches((3, 4)))


def other_activations(keras):
    """Cells that Keras 2 does not run by its own standard_lstm function."""
    layers = keras.layers
    events = events_of(keras)
    x = layers.LSTM(4, activation="relu", return_sequences=True, name="lstm")(events)
    x = layers.LSTM(4, recurrent_activation="hard_sigmoid", name="lstm_1", use_bias=False)(x)
    y = layers.GRU(4, reset_after=False, return_sequences=True, name="gru")(events)
    y = layers.GRU(4, activation="elu", return_state=True, name="gru_1")(y)
    model = functional(keras, events, [x, *y], "others")
    return Built(model, batches((6, 4)))


def masked(keras):
    """A masked embedding before every kind, some of which return sequences or states."""
    layers = keras.layers
    words = keras.Input((8,), dtype="int32", name="words")
    x = layers.Embedding(20, 6, mask_zero=True, name="embedding")(words)
    last = [getattr(layers, kind)(5, name=kind.lower())(x) for kind in KINDS]
    sequence = layers.LSTM(4, return_sequences=True, name="lstm_1")(x)
    states = layers.GRU(4, return_sequences=True, return_state=True, name="gru_1")(sequence)
    both = layers.Bidirectional(layers.LSTM(3, name="inner"), name="both")(states[0])
    joined = layers.Concatenate(name="concatenate")([*last, states[1], both])
    return Built(functional(keras, words, joined, "words"), [integers((8,), 20)])


def distributed(keras):
    layers = keras.layers
    movie = keras.Input((3, 6, 6, 2), name="movie")
    convolution = layers.Conv2D(4, 3, activation="relu", name="conv")
    x = layers.TimeDistributed(convolution, name="frames")(movie)
    x = layers.TimeDistributed(layers.Flatten(name="flatten"), name="flat")(x)
    x = layers.TimeDistributed(layers.Dense(5, activation="tanh"), name="dense")(x)
    x = layers.LSTM(4, name="lstm")(x)
    return Built(functional(keras, movie, x, "movie"), batches((3, 6, 6, 2)))


def convolutional(keras):
    """ConvLSTM1D and ConvLSTM2D."""
    layers = keras.layers
    movie = keras.Input((3, 6, 6, 2), name="movie")
    x = layers.ConvLSTM2D(3, 3, return_sequences=True, padding="same", name="conv_lstm")(movie)
    x = layers.BatchNormalization(name="bn")(x)
    x = layers.ConvLSTM2D(2, 3, name="conv_lstm_1")(x)
    x = layers.Reshape((4, 4, 2), name="reshape")(x)
    x = layers.ConvLSTM1D(2, 3, name="conv_lstm_2")(x)
    return Built(functional(keras, movie, x, "movie"), batches((3, 6, 6, 2)))


def stacked_cells(keras):
    """RNN layers over lists of cells. Nothing tells which of the cells' states a selector means, so
    they are refused: answers that ask for those of the last cell show that no other's are given."""
    layers = keras.layers
    events = events_of(keras)
    cells = layers.StackedRNNCells([layers.LSTMCell(4), layers.LSTMCell(3)], name="cells")
    stack = layers.RNN(cells, return_sequences=True, name="stack")
    stack_1 = layers.RNN([layers.GRUCell(3), layers.GRUCell(4)], name="stack_1")
    model = functional(keras, events, stack_1(stack(events)), "stack")
    inputs = batches((6, 4))
    more = [
        *states_of(keras, model, stack, events, inputs, {"hidden": 2, "cell": 3}),
        *states_of(keras, model, stack_1, stack.output, inputs, {"hidden": 1}),
    ]
    return Built(model, inputs, more)


def states_of(keras, model, layer, entering, inputs, positions):
    """Answers for states of an RNN layer, by their positions among those that it can return."""
    returning = keras.layers.RNN(layer.cell, return_state=True)
    _, *states = tf.nest.flatten(returning(entering))
    for name, position in positions.items():
        value = answers.evaluate(keras.Model(model.input, states[position]), inputs)[0]
        yield answers.Answer(f"{layer.name}:{name}", value, "RNN")


def cell_class(keras, state_count, step):
    """A cell as users write their own. `step` takes what a dense layer makes of events and last state,
    and the states; it returns the new ones, of which the cell gives the last."""

    class OwnCell(keras.layers.Layer):
        def __init__(self, units, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.state_size = units if state_count == 1 else [units] * state_count
            self.output_size = units
            self.dense = keras.layers.Dense(units, name="dense")

        def build(self, input_shape):
            self.dense.build((input_shape[0], input_shape[-1] + self.units))
            self.built = True

        def call(self, inputs, states, training=False):
            states = step(self.dense(tf.concat([inputs, states[-1]], -1)), *states)
            return states[-1], states

        def get_config(self):
            return super().get_config() | {"units": self.units}

    return OwnCell


def own_cell(keras):
    """A cell that the user wrote, in an RNN layer."""
    cell = cell_class(keras, 1, lambda dense, state: [tf.math.tanh(dense)])
    events = events_of(keras)
    rnn = keras.layers.RNN(cell(4, name="cell"), name="rnn")
    full = keras.layers.RNN(
        cell(4, name="cell_1"), return_sequences=True, return_state=True, name="rnn_1"
    )
    model = functional(keras, events, [rnn(events), *full(events)], "minimal")
    inputs = batches((6, 4))
    state = answers.evaluate(keras.Model(events, rnn.output), inputs)[0]
    more = [answers.Answer("rnn:hidden", state, "RNN")]
    return Built(model, inputs, more)


def memory_first(keras):
    """A cell that the user wrote, whose states are a memory and what the cell gives."""

    def step(dense, memory, given):
        memory = memory * 0.5 + dense
        return [memory, tf.math.tanh(memory) + given * 0.1]

    cell = cell_class(keras, 2, step)
    events = events_of(keras)
    rnn = keras.layers.RNN(cell(4, name="cell"), name="rnn")
    model = functional(keras, events, rnn(events), "leaky")
    inputs = batches((6, 4))
    more = states_of(keras, model, rnn, events, inputs, {"hidden": 1, "cell": 0})
    return Built(model, inputs, list(more))
