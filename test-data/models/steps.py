"""A convolution and a model inside TimeDistributed layers, which Keras 2 calls with the steps of all rows
as rows. The answers of the layers inside have the steps of each row by themselves."""

import answers
from answer_files import Answer
from frameworks import keras2, random_batch, save_keras2, start

STEPS = 3


def build():
    start(seed=0)
    layers = keras2.layers
    movie = keras2.Input((STEPS, 5, 5, 2), name="movie")
    frames = layers.TimeDistributed(layers.Conv2D(2, 3, name="conv"), name="frames")(movie)
    inner = keras2.Sequential(
        [layers.Input((3, 3, 2)), layers.Flatten(name="flat"), layers.Dense(4, name="code")],
        name="encoder",
    )
    coded = layers.TimeDistributed(inner, name="coded")(frames)
    head = layers.Flatten(name="head")(coded)
    return keras2.Model(movie, head, name="steps")


def apart(array, rows):
    return array.reshape((rows, STEPS, *array.shape[1:]))


def main():
    movies = random_batch((2, STEPS, 5, 5, 2), seed=34, low=-1.0)
    model = build()
    together = movies.reshape((-1, *movies.shape[2:]))
    convolution, encoder = (model.get_layer(name).layer for name in ("frames", "coded"))
    convolved = convolution(together)
    flat = encoder.get_layer("flat")(convolved)
    inside = {
        "frames/conv": (convolved, convolution),
        "coded/encoder/flat": (flat, encoder.get_layer("flat")),
        "coded/encoder/code": (encoder(convolved), encoder.get_layer("code")),
    }
    more = [
        Answer(
            name,
            apart(value.numpy(), len(movies)),
            type(layer).__name__,
            parameters=layer.count_params(),
        )
        for name, (value, layer) in inside.items()
    ]
    wanted = answers.Wanted(more=more)
    answers.write_keras2(save_keras2(model, "steps_keras2"), model, [movies], wanted)


if __name__ == "__main__":
    main()
