"""One small functional model under signatures of one's own: that call a layer beside the model, call the
model twice, or go through another tf.function."""

import io
from collections import Counter
from contextlib import redirect_stdout

import answers
from answer_files import Answer, Saved
from frameworks import MODELS, empty_folder, keras2, keras3, random_batch, start, tf

SPEC = [tf.TensorSpec((None, 5), tf.float32, name="numbers")]


def build(keras):
    """A layer, a model inside of two more, an idle layer, a head."""
    start(seed=3)
    layers = keras.layers
    taken = keras.Input((6,), name="inner_input")
    coded = layers.Dense(4, name="code")(layers.ReLU(name="rectify")(taken))
    inner = keras.Model(taken, coded, name="inner")
    numbers = keras.Input((5,), name="entry")
    x = layers.Dense(6, activation="tanh", name="hidden")(numbers)
    x = layers.Dropout(0.5, name="keep")(inner(x))
    return keras.Model(numbers, layers.Dense(2, name="head")(x), name="net")


def of_inner(model, entering):
    """What one call of the model inside gives, by layer."""
    inner = model.get_layer("inner")
    rectified = inner.get_layer("rectify")(entering)
    coded = inner.get_layer("code")(rectified)
    inside = {"inner_input": entering, "rectify": rectified, "code": coded}
    return {"inner": coded} | {f"inner/{name}": value for name, value in inside.items()}


def of_model(model, entering):
    """What one call of the model gives, by layer."""
    hidden = model.get_layer("hidden")(entering)
    inside = of_inner(model, hidden)
    head = model.get_layer("head")(inside["inner"])
    return {"entry": entering, "hidden": hidden, **inside, "keep": inside["inner"], "head": head}


def of_hidden(model, entering):
    return {"hidden": model.get_layer("hidden")(entering)}


# Each takes a model and what is fed, and gives what the signature returns.


def direct(model, x):
    mirrored = model.get_layer("hidden")(-x)
    return {"scores": model(x), "mirrored": mirrored, "coded": model.get_layer("inner")(mirrored)}


def twice(model, x):
    through = tf.function(lambda taken: model(taken))
    return {"scores": (through(2.0 * x) + model(-x)) / 2.0}


def direct_calls(model, x):
    """The layers' values for each call that `direct` makes."""
    mirrored = of_hidden(model, -x)
    return [of_model(model, x), mirrored, of_inner(model, mirrored["hidden"])]


def twice_calls(model, x):
    """The call through the function is traced first."""
    return [of_model(model, 2.0 * x), of_model(model, -x)]


def save(model, name, serve, parent=MODELS, spec=SPEC):
    """Saves the model with a signature that takes `spec`; returns its folder."""
    folder = empty_folder(name, parent)
    if isinstance(model, keras2.Model):
        signature = tf.function(lambda numbers: serve(model, numbers), input_signature=spec)
        model.save(folder, save_format="tf", signatures={"serving_default": signature})
        return folder
    archive = keras3.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serve", lambda numbers: serve(model, numbers), input_signature=spec)
    with redirect_stdout(io.StringIO()):
        archive.write_out(str(folder), verbose=False)
    return folder


class Held(tf.Module):
    """A tf.Module that holds a model, and calls it in a function that its signature calls."""

    def __init__(self, model, serve):
        super().__init__(name="held")
        self.model = model
        inside = tf.function(lambda numbers: serve(model, numbers))
        self.serve = tf.function(lambda numbers: inside(numbers / 2.0), input_signature=SPEC)


def save_module(model, name, serve, parent=MODELS):
    """Saves a tf.Module that holds the model; returns its folder."""
    folder = empty_folder(name, parent)
    module = Held(model, serve)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.serve})
    return folder


def answers_of(model, calls):
    """An answer for each layer in each of the calls."""
    counts = Counter(path for call in calls for path in call)
    numbers = Counter()
    found = []
    for call in calls:
        for path, value in call.items():
            suffix = f"@{numbers[path]}" if counts[path] > 1 else ""
            numbers[path] += 1
            layer = layer_at(model, path)
            found.append(
                Answer(
                    path + suffix,
                    value.numpy(),
                    type(layer).__name__,
                    index=model.layers.index(layer) if "/" not in path else None,
                    parameters=layer.count_params(),
                    has_ops=answers.has_ops(layer),
                )
            )
    return found


def layer_at(model, path):
    for name in path.split("/"):
        model = model.get_layer(name)
    return model


def write(folder, model, maker, serve, calls, numbers):
    """The answers of a model that is saved in `folder`."""
    library = keras2 if isinstance(model, keras2.Model) else keras3
    saved = Saved.at(folder, maker, keras=library.__version__)
    fed = tf.constant(numbers)
    taken = fed / 2.0 if maker == "module" else fed
    outputs = [value.numpy() for value in serve(model, taken).values()]
    topology = model.to_json() if maker == "keras3-export" else None
    found = answers_of(model, calls(model, taken))
    if maker == "module":  # whose file lists no layers, so that InputLayers leave no trace
        found = [answer for answer in found if answer.class_name != "InputLayer"]
    saved.write(saved.keyed([], [numbers]), outputs, found, topology)


def main():
    numbers = random_batch((2, 5), seed=33, low=-1.0)
    for name, keras, serve, calls in (
        ("direct_call_keras2", keras2, direct, direct_calls),
        ("direct_call_keras3", keras3, direct, direct_calls),
        ("called_twice_keras2", keras2, twice, twice_calls),
    ):
        model = build(keras)
        maker = "keras2" if keras is keras2 else "keras3-export"
        write(save(model, name, serve), model, maker, serve, calls, numbers)
    model = build(keras2)
    folder = save_module(model, "held_module", direct)
    write(folder, model, "module", direct, direct_calls, numbers)


if __name__ == "__main__":
    main()
