"""Signatures of one's own over one model: layers called beside it, the model called twice, through
functions, in parts, between other ops. The model is that of test-data/models/signatures.py."""

from frameworks import keras2, random_batch, tf
from signatures import (
    build,
    direct,
    direct_calls,
    of_hidden,
    of_model,
    save,
    save_module,
    twice,
    twice_calls,
    write,
)


def direct_before(model, x):
    return {"mirrored": model.get_layer("hidden")(-x), "scores": model(x)}


def direct_before_calls(model, x):
    return [of_model(model, x), of_hidden(model, -x)]


def mirrored(model, x):
    return {"scores": (model(x) + model(-x)) / 2.0}


def mirrored_calls(model, x):
    return [of_model(model, x), of_model(model, -x)]


def adjacent(model, x):
    """Nothing is traced between the calls."""
    negated, doubled = -x, 2.0 * x
    first, second, third = model(x), model(negated), model(doubled)
    return {"scores": first + second + third}


def adjacent_calls(model, x):
    return [of_model(model, taken) for taken in (x, -x, 2.0 * x)]


def into_itself(model, x):
    """Two direct calls of a layer with other ops between, and one in a scope of its own."""
    hidden = model.get_layer("hidden")
    first = hidden(x[:, ::-1])
    second = hidden(first[:, :5])
    with tf.name_scope("extra"):
        third = hidden(second[:, :5])
    return {"scores": model(x), "third": third}


def into_itself_calls(model, x):
    first = of_hidden(model, x[:, ::-1])
    second = of_hidden(model, first["hidden"][:, :5])
    return [of_model(model, x), first, second, of_hidden(model, second["hidden"][:, :5])]


def in_functions(model, x):
    through = tf.function(lambda taken: model(taken))
    return {"scores": through(2.0 * x) + through(-x) * 0.5}


def in_functions_calls(model, x):
    return [of_model(model, 2.0 * x), of_model(model, -x)]


def deep_in_functions(model, x):
    inside = tf.function(lambda taken: model(taken))
    return {"scores": tf.function(lambda taken: inside(taken * 3.0))(x)}


def deep_in_functions_calls(model, x):
    return [of_model(model, x * 3.0)]


def surrounded(model, x):
    """Ops before and after the model, in scopes."""
    with tf.name_scope("prepare"):
        taken = tf.tanh(x) * 2.0
    given = model(taken)
    with tf.name_scope("finish"):
        return {"scores": tf.nn.softmax(given) / 2.0}


def surrounded_calls(model, x):
    return [of_model(model, tf.tanh(x) * 2.0)]


def scoped(model, x):
    """Both the model and a layer beside it stand in a scope of the signature."""
    with tf.name_scope("serve"):
        return {"scores": model(x), "mirrored": model.get_layer("hidden")(-x)}


def called_without_scope(model, x):
    """The model's own call opens no scope."""
    return {"scores": model.call(x)}


def called_without_scope_calls(model, x):
    return [of_model(model, x)]


SIGNATURES = {
    "direct": (direct, direct_calls),
    "direct_before": (direct_before, direct_before_calls),
    "twice": (twice, twice_calls),
    "mirrored": (mirrored, mirrored_calls),
    "adjacent": (adjacent, adjacent_calls),
    "into_itself": (into_itself, into_itself_calls),
    "in_functions": (in_functions, in_functions_calls),
    "deep_in_functions": (deep_in_functions, deep_in_functions_calls),
    "surrounded": (surrounded, surrounded_calls),
    "scoped": (scoped, direct_before_calls),
    "called_without_scope": (called_without_scope, called_without_scope_calls),
}

# In a tf.Module the scopes that the code opens are layers like others.
IN_SCOPES_OF_CODE = ("into_itself", "scoped")


def make(signature, keras, is_module, out, name):
    """Saves the model with a signature, in a tf.Module or not, and answers it."""
    serve, calls = SIGNATURES[signature]
    model = build(keras)
    if is_module:
        folder, maker = save_module(model, name, serve, out), "module"
    else:
        folder = save(model, name, serve, out)
        maker = "keras2" if keras is keras2 else "keras3-export"
    write(folder, model, maker, serve, calls, random_batch((2, 5), seed=33, low=-1.0))
