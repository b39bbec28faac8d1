"""Nested models, shared layers, names that look like suffixes of others."""

from common import redraw
from frameworks import random_batch
from zoo_common import Built, batches, functional


def encoder(keras, name, units=5, size=4):
    """A functional model with a Dropout and a layer that is called twice."""
    layers = keras.layers
    inputs = keras.Input((size,), name=f"{name}_in")
    x = layers.Dense(units, activation="relu", name="dense")(inputs)
    act = layers.Activation("tanh", name="act")
    x = layers.Dropout(0.3, name="dropout")(act(x))
    x = layers.Dense(size, name="dense_1")(x)
    return keras.Model(inputs, act(x), name=name)


def chain(keras, name, size=4):
    """A Sequential model that starts with an input."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((size,)),
            layers.Dense(6, activation="relu", name="dense"),
            layers.Dropout(0.1, name="dropout"),
            layers.Dense(size, activation="linear", name="dense_1"),
        ],
        name=name,
    )


def nested_functional(keras):
    inputs = keras.Input((4,), name="events")
    x = keras.layers.Dense(4, activation="relu", name="dense")(inputs)
    x = encoder(keras, "encoder")(x)
    x = keras.layers.Dense(3, name="head")(x)
    return Built(functional(keras, inputs, x, "outer"), batches((4,)))


def nested_sequential(keras):
    inputs = keras.Input((4,), name="events")
    x = chain(keras, "first")(inputs)
    x = chain(keras, "second")(x)
    return Built(functional(keras, inputs, x, "outer"), batches((4,)))


def in_a_sequential(keras):
    """A functional and a Sequential model in a Sequential."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,)),
            encoder(keras, "encoder"),
            layers.BatchNormalization(name="bn"),
            chain(keras, "chain"),
            layers.Dense(2, activation="softmax", name="head"),
        ],
        name="outer",
    )
    redraw(model, seed=1)
    return Built(model, batches((4,)))


def three_deep(keras):
    """A model in a model in a model, with equal names at each depth."""
    layers = keras.layers
    inner = encoder(keras, "inner")
    middle_in = keras.Input((4,), name="middle_in")
    x = layers.Dense(4, activation="elu", name="dense")(middle_in)
    x = inner(x)
    x = chain(keras, "chain")(x)
    middle = keras.Model(middle_in, layers.Add(name="add")([x, middle_in]), name="middle")
    inputs = keras.Input((4,), name="events")
    x = layers.Dense(4, name="dense")(inputs)
    x = layers.Dense(3, name="head")(middle(x))
    return Built(functional(keras, inputs, x, "outer"), batches((4,)))


def used_twice(keras):
    """One encoder for two inputs, and again on its own output; a Sequential for both as well."""
    layers = keras.layers
    first = keras.Input((4,), name="input_a")
    second = keras.Input((4,), name="input_b")
    shared = encoder(keras, "encoder")
    tower = chain(keras, "tower")
    a, b = shared(first), shared(second)
    again = shared(a)
    joined = layers.Concatenate(name="concatenate")([tower(again), tower(b), a])
    out = layers.Dense(2, name="head")(joined)
    return Built(functional(keras, [first, second], out, "siamese"), batches((4,), (4,)))


def used_twice_inside(keras):
    """A model called twice in a model that is called twice."""
    layers = keras.layers
    inner = encoder(keras, "inner")
    middle_in = keras.Input((4,), name="middle_in")
    middle = keras.Model(middle_in, inner(inner(middle_in)), name="middle")
    inputs = keras.Input((4,), name="events")
    x = layers.Add(name="add")([middle(inputs), middle(layers.ReLU(name="relu")(inputs))])
    return Built(functional(keras, inputs, x, "outer"), batches((4,)))


def several_ports(keras):
    """A nested model with two inputs and two outputs, one of which nothing uses."""
    layers = keras.layers
    a, b = keras.Input((4,), name="in_a"), keras.Input((4,), name="in_b")
    total = layers.Add(name="add")([a, b])
    difference = layers.Subtract(name="subtract")([a, b])
    ratio = layers.Dense(3, name="dense")(difference)
    inner = keras.Model([a, b], [total, ratio, difference], name="inner")
    first = keras.Input((4,), name="input_a")
    second = keras.Input((4,), name="input_b")
    total, ratio, _ = inner([second, first])
    out = layers.Concatenate(name="concatenate")([total, ratio])
    return Built(functional(keras, [first, second], out, "outer"), batches((4,), (4,)))


def passing_through(keras):
    """A nested model that returns its input, and one without any ops."""
    layers = keras.layers
    inner_in = keras.Input((4,), name="inner_in")
    dense = layers.Dense(3, name="dense")(inner_in)
    inner = keras.Model(inner_in, [inner_in, dense], name="inner")
    idle = keras.Sequential(
        [keras.Input((4,)), layers.Dropout(0.1, name="drop"), layers.Dropout(0.2, name="drop_1")],
        name="idle",
    )
    inputs = keras.Input((4,), name="events")
    same, dense = inner(layers.ReLU(name="relu")(idle(inputs)))
    out = layers.Concatenate(name="concatenate")([same, dense])
    return Built(functional(keras, inputs, out, "outer"), batches((4,)))


def base_and_head(keras):
    """Transfer learning as people do it: a convolutional base in a classifier."""
    layers = keras.layers
    base = keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None
    )
    base.trainable = False
    image = keras.Input((32, 32, 3), name="image")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="rescaling")(image)
    x = base(x, training=False)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    out = layers.Dense(3, activation="softmax", name="head")(x)
    model = functional(keras, image, out, "classifier")
    return Built(model, [random_batch((2, 32, 32, 3), 5, 0.0, 255.0)])


def shared_layers(keras):
    """Shared layers on two branches, in a row, and on branches made in the reverse order."""
    layers = keras.layers
    first = keras.Input((4,), name="input_a")
    second = keras.Input((4,), name="input_b")
    project = layers.Dense(4, activation="relu", name="project")
    act = layers.Activation("tanh", name="act")
    norm = layers.BatchNormalization(name="norm")
    b = act(project(second))
    a = act(project(first))
    deep = act(norm(project(norm(a))))
    twice = act(act(b))
    joined = layers.Concatenate(name="concatenate")([a, deep, twice, b])
    model = functional(keras, [first, second], joined, "shared")
    return Built(model, batches((4,), (4,)))


def shared_recurrent(keras):
    """An embedding and an LSTM for two sentences."""
    layers = keras.layers
    first = keras.Input((5, 3), name="input_a")
    second = keras.Input((6, 3), name="input_b")
    lstm = layers.LSTM(4, name="lstm")
    both = layers.Bidirectional(layers.GRU(3), name="both")
    b, a = lstm(second), lstm(first)
    c, d = both(second), both(first)
    joined = layers.Concatenate(name="concatenate")([a, b, c, d])
    return Built(functional(keras, [first, second], joined, "sentences"), batches((5, 3), (6, 3)))


def shared_across_models(keras):
    """A layer that a model and a model inside it share."""
    layers = keras.layers
    project = layers.Dense(4, activation="tanh", name="project")
    inner_in = keras.Input((4,), name="inner_in")
    inner = keras.Model(inner_in, layers.ReLU(name="relu")(project(inner_in)), name="inner")
    inputs = keras.Input((4,), name="events")
    out = layers.Add(name="add")([inner(inputs), project(layers.ELU(name="elu")(inputs))])
    return Built(functional(keras, inputs, out, "outer"), batches((4,)))


def colliding_names(keras):
    """Names that are others' with a suffix."""
    layers = keras.layers
    image = keras.Input((6, 6, 3), name="image")
    x = layers.Conv2D(4, 3, name="conv")(image)
    x = layers.ReLU(name="re_lu")(x)
    x = layers.Conv2D(4, 1, name="conv_1")(x)
    x = layers.ReLU(negative_slope=0.1, name="re_lu_1")(x)
    x = layers.Conv2D(4, 1, activation="relu", name="conv_1_1")(x)
    x = layers.BatchNormalization(name="bn_2")(x)
    x = layers.BatchNormalization(name="bn_1")(x)
    x = layers.BatchNormalization(name="bn")(x)
    act = layers.Activation("tanh", name="act")
    other = layers.Activation("sigmoid", name="act_1")
    other_1 = layers.Activation("softplus", name="act_1_1")
    x = layers.Concatenate(name="concatenate")([act(x), other(x), act(other_1(x)), other_1(x)])
    return Built(functional(keras, image, x, "collide"), batches((6, 6, 3)))


def named_like_the_model(keras):
    """A layer and an inner model with the outer model's name, and layers of ops' names."""
    layers = keras.layers
    inner_in = keras.Input((4,), name="inner_in")
    inner = keras.Model(inner_in, layers.Dense(4, name="net")(inner_in), name="net_1")
    inputs = keras.Input((4,), name="inputs")
    x = layers.Dense(4, activation="relu", name="net")(inputs)
    x = inner(x)
    x = layers.Dense(4, name="Relu")(x)
    x = layers.ReLU(name="MatMul")(x)
    x = layers.Dense(4, name="serving_default")(x)
    x = layers.Dense(4, name="StatefulPartitionedCall")(x)
    return Built(functional(keras, inputs, x, "net"), batches((4,)))


def odd_names(keras):
    """Names with dots and dashes, and in Keras 2 with slashes."""
    layers = keras.layers
    inputs = keras.Input((4,), name="events")
    x = layers.Dense(4, name="block-1.dense")(inputs)
    x = layers.ReLU(name="block-1.dense_relu")(x)
    x = layers.Dense(4, activation="relu", name="2nd")(x)
    x = layers.Dense(4, name="Capital")(x)
    if not hasattr(keras, "ops"):
        x = layers.Dense(4, name="block/dense")(x)
        x = layers.ReLU(name="block/dense/relu")(x)
        x = layers.Dense(4, name="block")(x)
    return Built(functional(keras, inputs, x, "odd.names"), batches((4,)))


def only_scope(keras):
    """The layer is the only one with ops: its scope is the graph's only one, as a model's would be."""
    inputs = keras.Input((4,), name="events")
    layer = keras.layers.Dense(3, activation="relu", name="encoder")
    return Built(functional(keras, inputs, layer(inputs), "outer"), batches((4,)))


def only_scope_inside(keras):
    """The same for a nested model."""
    inputs = keras.Input((4,), name="events")
    return Built(functional(keras, inputs, encoder(keras, "encoder")(inputs), "outer"), batches((4,)))
