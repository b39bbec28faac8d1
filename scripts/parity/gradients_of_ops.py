"""Models of the ops of gradient_ops, gradient_rows and gradient_images, and the derivatives of a score
through each op by what it takes."""

import numpy as np
from common import arguments, run
from gradient_images import IMAGES
from gradient_ops import SQUARES, STEPS
from gradient_rows import ROWS
from random_graphs import scope_of

import gradient_answers
from answer_files import Saved
from frameworks import empty_folder, random_batch, tf

KINDS = {
    "row": ((4,), ROWS),
    "steps": ((6, 4), STEPS),
    "square": ((4, 4), SQUARES),
    "image": ((8, 8, 4), IMAGES),
    "odd_image": ((7, 9, 4), {key: op for key, op in IMAGES.items() if key.startswith("conv_")}),
}
SERVED, DIFFERENTIATED = 0, 1
# What float32 may lose in either.
ROUNDING = 1e-5


def weighted(row):
    """By different factors, without which the derivative of a softmax is nothing but rounding."""
    return row * np.linspace(0.5, 2.0, row.shape[-1], dtype=np.float32)


def make(out, name, shape, ops):
    """A model of which each op takes the input by an identity of its own. `ops` maps names to ops, or to
    pairs of one and of what has the same derivative where TensorFlow has none."""
    array = random_batch((2, *shape), 70, low=-1.0)
    pairs = {key: op if isinstance(op, tuple) else (op, op) for key, op in ops.items()}

    def joined(position, x):
        """What enters each op, and what all of them give, side by side."""
        starts = {key: tf.identity(x, name=f"start_{key}") for key in pairs}
        given = [pair[position](starts[key]) for key, pair in pairs.items()]
        flat = [weighted(tf.reshape(each, [1, int(np.prod(each.shape))])) for each in given]
        return starts, tf.concat(flat, -1, name="joined")

    spec = tf.TensorSpec((2, *shape), tf.float32, name="x")
    module = tf.Module()
    serve = tf.function(
        lambda x: {"joined": joined(SERVED, x)[1]}, input_signature=[spec], autograph=False
    )
    module.serve = serve

    @tf.function(input_signature=[spec], autograph=False)
    def derive(x):
        starts, scores = joined(DIFFERENTIATED, x)
        score = gradient_answers.score_of(scores)
        return dict(zip(starts, tf.gradients(score, list(starts.values())), strict=True))

    gradients = derive(array)
    folder = empty_folder(name, out)
    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})
    final = [value.numpy() for value in serve(array).values()]
    Saved.at(folder, "module").write({"x": array}, final, [])
    scope = scope_of(serve.get_concrete_function().graph)
    found = {f"{scope}start_{key}:0": value.numpy() for key, value in gradients.items()}
    gradient_answers.write_tensors(
        folder, {"output": "joined"}, final[0].shape[-1], found, ROUNDING
    )


def main():
    parsed = arguments(__doc__)
    for kind, (shape, ops) in KINDS.items():
        name = f"gradients_of_ops_{kind}"
        run(name, lambda n=name, s=shape, o=ops: make(parsed.out, n, s, o), seed=0)


if __name__ == "__main__":
    main()
