"""TensorFlow 1 graphs, answered by their tensors. The cells and layers of TensorFlow 1 live in
tf_keras by now."""

import numpy as np

import answers
from frameworks import empty_folder, random_batch, tf
from tf_keras.src.layers.rnn.legacy_cells import GRUCell, LSTMCell
from tf_keras.src.legacy_tf_layers import convolutional, core, normalization, pooling

v1 = tf.compat.v1


def make(build, out, name):
    """Builds a TensorFlow 1 graph and saves it; `build` returns inputs as (placeholder, array) by
    signature key, tensors worth an answer, and outputs by signature key."""
    folder = empty_folder(name, out)
    with tf.Graph().as_default() as graph:
        v1.set_random_seed(5)
        inputs, tensors, outputs = build()
        session = v1.Session(graph=graph)
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        placeholders = {key: placeholder for key, (placeholder, _) in inputs.items()}
        v1.saved_model.simple_save(session, str(folder), placeholders, outputs)
    answers.write_tf1(folder, session, tensors, inputs, outputs)


def with_old_control_flow(build):
    """Loops and conditions of Switch and Merge, as TensorFlow 1 made them."""
    v1.disable_control_flow_v2()
    try:
        return build()
    finally:
        v1.enable_control_flow_v2()


def variable(name, shape, use_resource=True, partitions=None):
    return v1.get_variable(
        name,
        shape,
        initializer=v1.random_normal_initializer(stddev=0.3, seed=len(name)),
        use_resource=use_resource,
        partitioner=v1.fixed_size_partitioner(partitions) if partitions else None,
    )


def variables():
    """Reference and resource variables, whole and in parts; placeholders with defaults."""
    x = v1.placeholder(tf.float32, [None, 6], name="x")
    scale = v1.placeholder_with_default(tf.constant(2.0), [], name="scale")
    shift = v1.placeholder_with_default(tf.zeros([1, 8]), [None, 8], name="shift")
    tensors = [tf.multiply(x, scale, name="scaled")]
    for use_resource in (False, True):
        kind = "resource" if use_resource else "reference"
        with v1.variable_scope(kind):
            whole = variable("whole", [6, 8], use_resource)
            parts = variable("parts", [6, 8], use_resource, partitions=3)
            bias = variable("bias", [8], use_resource)
            product = tf.matmul(tensors[0], whole, name="product")
            other = tf.matmul(tensors[0], tf.convert_to_tensor(parts), name="partitioned")
            table = variable("table", [9, 8], use_resource, partitions=2)
            rows = tf.nn.embedding_lookup(table, tf.constant([1, 4, 8]), name="rows")
            biased = tf.nn.bias_add(product + other, bias, name="biased")
            tensors += [product, other, rows, biased, tf.nn.relu(biased, name="activated")]
    total = tf.add(tensors[5] + tensors[-1], shift, name="total")
    inputs = {"x": (x, random_batch((2, 6), 43, low=-1.0))}
    return inputs, [*tensors, total], {"total": total}


def batch_normalization():
    """Convolutions with batch normalisation in inference, fused and in single ops."""
    image = v1.placeholder(tf.float32, [None, 8, 8, 3], name="image")
    with v1.variable_scope("block"):
        kernel = variable("kernel", [3, 3, 3, 4])
        convolved = tf.nn.conv2d(image, kernel, strides=1, padding="SAME", name="conv")
        gamma, beta, mean = (variable(name, [4]) for name in ("gamma", "beta", "mean"))
        variance = tf.abs(variable("variance", [4])) + 0.5
        fused, _, _ = v1.nn.fused_batch_norm(
            convolved, gamma, beta, mean, variance, is_training=False, name="fused"
        )
        single = tf.nn.batch_normalization(convolved, mean, variance, beta, gamma, 1e-3, "single")
    pooled = tf.nn.max_pool2d(tf.nn.relu(fused, name="relu"), 2, 2, "VALID", name="pool")
    averaged = tf.nn.avg_pool2d(single, 2, 2, "VALID", name="average")
    joined = tf.concat([pooled, averaged], -1, name="joined")
    flat = tf.reshape(joined, [-1, 4 * 4 * 8], name="flat")
    logits = tf.matmul(flat, variable("weights", [128, 3]), name="logits")
    inputs = {"image": (image, random_batch((2, 8, 8, 3), 44))}
    softmax = tf.nn.softmax(logits, name="probabilities")
    tensors = [convolved, fused, single, pooled, averaged, joined, flat, logits, softmax]
    return inputs, tensors, {"probabilities": softmax}


def control_flow():
    """Loops and conditions between tensors of the graph."""
    x = v1.placeholder(tf.float32, [None, 4], name="x")
    weights = variable("weights", [4, 4])
    hidden = tf.matmul(x, weights, name="hidden")
    positive = tf.greater(tf.reduce_sum(hidden), 0.0, name="positive")
    chosen = v1.cond(positive, lambda: hidden * 2.0, lambda: hidden - 1.0, name="choose")
    chosen = tf.identity(chosen, name="chosen")
    steps, looped = v1.while_loop(
        lambda n, value: n < 4,
        lambda n, value: (n + 1, tf.math.tanh(tf.matmul(value, weights))),
        (tf.constant(0), chosen),
        name="loop",
    )
    result = tf.add(looped, tf.cast(steps, tf.float32), name="result")
    inputs = {"x": (x, random_batch((2, 4), 45, low=-1.0))}
    return inputs, [hidden, positive, chosen, looped, result], {"result": result}


def dynamic_rnn():
    """LSTM and GRU cells of TensorFlow 1, run by dynamic_rnn, with lengths."""
    x = v1.placeholder(tf.float32, [None, 6, 3], name="x")
    lengths = v1.placeholder(tf.int32, [None], name="lengths")
    sequence, state = v1.nn.dynamic_rnn(
        LSTMCell(4, name="lstm"), x, sequence_length=lengths, dtype=tf.float32, scope="first"
    )
    outputs, last = v1.nn.dynamic_rnn(
        GRUCell(3, name="gru"), sequence, dtype=tf.float32, scope="second"
    )
    result = tf.concat([last, state.c, state.h], -1, name="result")
    arrays = random_batch((2, 6, 3), 46, low=-1.0), np.array([4, 6], np.int32)
    inputs = {"x": (x, arrays[0]), "lengths": (lengths, arrays[1])}
    return inputs, [sequence, state.c, state.h, outputs, last, result], {"result": result}


def loops_behind_convolutions():
    """A loop over steps, another and a condition behind convolutions that run activations."""
    image = v1.placeholder(tf.float32, [None, 6, 6, 3], name="image")
    x = convolutional.conv2d(image, 4, 3, padding="same", activation=tf.nn.relu, name="conv")
    x = normalization.batch_normalization(x, training=False, name="bn")
    maps = convolutional.conv2d(x, 4, 3, activation=tf.nn.leaky_relu, name="conv_1")
    steps = tf.reshape(maps, [-1, 4, 16], name="steps")
    sequence, last = v1.nn.dynamic_rnn(GRUCell(3, name="gru"), steps, dtype=tf.float32)
    weights = variable("weights", [3, 3])
    rounds, looped = v1.while_loop(
        lambda n, value: n < 3,
        lambda n, value: (n + 1, tf.math.tanh(tf.matmul(value, weights) + last)),
        (tf.constant(0), last),
        name="loop",
    )
    is_bright = tf.greater(tf.reduce_sum(maps), 0.0, name="is_bright")
    chosen = v1.cond(is_bright, lambda: looped * 2.0, lambda: looped - 1.0, name="choose")
    first, second, third = tf.split(chosen, 3, axis=1, name="parts")
    result = tf.add(first * third, second + tf.cast(rounds, tf.float32), name="result")
    inputs = {"image": (image, random_batch((2, 6, 6, 3), 48, low=-1.0))}
    return inputs, [x, maps, sequence, last, looped, result], {"result": result}


def layers_of_tf1():
    """tf.compat.v1.layers of old code, in variable scopes that are reused."""
    image = v1.placeholder(tf.float32, [None, 8, 8, 3], name="image")
    tensors = []
    for reuse in (False, True):
        with v1.variable_scope("tower", reuse=reuse):
            taken = image if not reuse else image[:, ::-1]
            x = convolutional.conv2d(taken, 4, 3, activation=tf.nn.relu, name="conv")
            x = normalization.batch_normalization(x, training=False, name="bn")
            x = pooling.max_pooling2d(x, 2, 2, name="pool")
            x = core.dropout(x, 0.5, training=False, name="dropout")
            tensors += [x, core.dense(core.flatten(x, name="flat"), 5, name="dense")]
    total = tf.add(tensors[1], tensors[3], name="total")
    inputs = {"image": (image, random_batch((2, 8, 8, 3), 47))}
    return inputs, [*tensors, total], {"total": total}


def many_tensors():
    """A long chain with every tensor answered."""
    x = v1.placeholder(tf.float32, [None, 5], name="x")
    weights = variable("weights", [5, 5])
    tensors = [x]
    for n in range(100):
        with v1.name_scope(f"step_{n}"):
            product = tf.matmul(tensors[-1], weights, name="product")
            tensors += [product, tf.math.tanh(product + tensors[0], name="squashed")]
    return {"x": (x, random_batch((2, 5), 48, low=-1.0))}, tensors, {"last": tensors[-1]}


def switches():
    """Batch normalisation, dropout and conditions behind the switch `phase_train` of the signature,
    and dropouts behind placeholders with defaults, which is how TensorFlow 1 models were trained and
    saved; in inference."""
    image = v1.placeholder(tf.float32, [None, 8, 8, 3], name="image")
    training = v1.placeholder(tf.bool, name="phase_train")
    keep = v1.placeholder_with_default(tf.constant(1.0), [], name="keep_prob")
    rate = v1.placeholder_with_default(tf.constant(0.0), [], name="rate")
    phase = v1.placeholder_with_default(tf.constant(False), [], name="keras_learning_phase")
    x = convolutional.conv2d(image, 4, 3, activation=tf.nn.relu, name="conv")
    x = normalization.batch_normalization(x, training=training, name="bn")
    normalized = tf.identity(x, name="normalized")
    x = core.dropout(x, 0.5, training=training, name="dropout")
    dropped = tf.identity(x, name="dropped")
    flat = tf.reshape(x, [-1, 6 * 6 * 4], name="flat")
    # As tf.nn.dropout was written up to TensorFlow 1.12, and since.
    uniform = v1.random_uniform(tf.shape(flat), seed=1)
    older = tf.multiply(flat / keep, tf.floor(keep + uniform), name="older")
    newer = v1.nn.dropout(older, rate=rate, name="newer")
    noisy = tf.add(newer, rate * v1.random_normal(tf.shape(newer), seed=2), name="noisy")
    chosen = v1.cond(phase, lambda: v1.nn.dropout(noisy, rate=0.5), lambda: noisy * 2.0)
    chosen = tf.identity(chosen, name="chosen")
    picked = v1.where(phase, v1.nn.dropout(chosen, rate=0.5), chosen, name="picked")
    nested = v1.cond(
        tf.logical_not(training),
        lambda: v1.cond(phase, lambda: picked + 1.0, lambda: picked - 1.0),
        lambda: v1.nn.dropout(picked, rate=0.5),
    )
    logits = core.dense(tf.identity(nested, name="nested"), 3, name="dense")
    inputs = {
        "image": (image, random_batch((2, 8, 8, 3), 49)),
        "phase_train": (training, np.array(False)),
    }
    tensors = [normalized, dropped, older, newer, noisy, chosen, picked, nested, logits]
    return inputs, tensors, {"logits": logits}


def stored_flags():
    """Weights that are initialized in the first run, which a variable tells to be over, and a dropout
    whose rate is a variable."""
    x = v1.placeholder(tf.float32, [None, 4], name="x")
    initialized, rate = (
        v1.get_variable(name, [], dtype, v1.constant_initializer(value), trainable=False)
        for name, dtype, value in (("initialized", tf.bool, True), ("rate", tf.float32, 0.0))
    )
    weights = variable("weights", [4, 4])
    count = v1.get_variable("count", [], use_resource=True)

    def first():
        with tf.control_dependencies([count.assign_add(1.0)]):
            return weights * 2.0

    chosen = v1.cond(initialized, lambda: tf.identity(weights), first, name="choose")
    hidden = tf.matmul(x, chosen, name="hidden")
    dropped = v1.nn.dropout(hidden, rate=rate, name="dropped")
    inputs = {"x": (x, random_batch((2, 4), 51, low=-1.0))}
    return inputs, [hidden, dropped], {"dropped": dropped}


def switched_rnn():
    """An LSTM whose cell drops its inputs and outputs, behind a switch."""
    x = v1.placeholder(tf.float32, [None, 6, 3], name="x")
    keep = v1.placeholder_with_default(tf.constant(1.0), [], name="keep_prob")

    def step(time, state, outputs):
        taken = x[:, time] / keep * tf.floor(keep + v1.random_uniform(tf.shape(x[:, time]), seed=3))
        state = tf.math.tanh(taken @ kernel + state @ recurrent)
        return time + 1, state, tf.concat([outputs[:, 1:], state[:, None]], 1)

    kernel, recurrent = variable("kernel", [3, 4]), variable("recurrent", [4, 4])
    start = tf.zeros([tf.shape(x)[0], 4])
    steps = tf.zeros([tf.shape(x)[0], 6, 4])
    shapes = (tf.TensorShape([]), tf.TensorShape([None, 4]), tf.TensorShape([None, 6, 4]))
    _, state, outputs = v1.while_loop(
        lambda time, *_: time < 6, step, (tf.constant(0), start, steps), shapes
    )
    state, outputs = tf.identity(state, name="state"), tf.identity(outputs, name="outputs")
    return {"x": (x, random_batch((2, 6, 3), 50, low=-1.0))}, [state, outputs], {"state": state}
