"""A Keras 3 model whose layers write into a part of a tensor by keras.ops.slice_update, which Keras leaves
to an op of XLA: at a fixed place, at one that does not fit and is moved, at places that are counted in a
loop, and into a constant, as windows of attention are marked."""

import answers
from frameworks import export_keras3, keras3, random_batch, start

ops = keras3.ops


class Placed(keras3.layers.Layer):
    """Writes the second input into the first, `starts` after the axis of rows."""

    def __init__(self, starts, **kwargs):
        super().__init__(**kwargs)
        self.starts = starts

    def call(self, inputs):
        whole, part = inputs
        return ops.slice_update(whole, (0, *self.starts), part)


class Summed(keras3.layers.Layer):
    """The sums of all steps so far, a step after the other."""

    def call(self, steps):
        def step(number, state):
            sums, last = state
            last = last + ops.take(steps, [number], axis=1)
            return ops.slice_update(sums, (0, number, 0), last), last

        begin = ops.zeros_like(steps), ops.zeros_like(steps[:, :1])
        return ops.fori_loop(0, steps.shape[1], step, begin)[0]


class Marked(keras3.layers.Layer):
    """Adds one to a part of each row."""

    def call(self, steps):
        marks = ops.zeros((1, *steps.shape[1:]))
        return steps + ops.slice_update(marks, (0, 1, 2), ops.ones((1, 2, 2)))


def build():
    start(seed=5)
    layers = keras3.layers
    events = keras3.Input((5, 4), name="events")
    part = layers.Dense(2, name="part")(events)[:, :3]
    placed = Placed((1, 2), name="placed")([events, part])
    moved = Placed((4, -1), name="moved")([placed, part])
    summed = Summed(name="summed")(moved)
    marked = Marked(name="marked")(summed)
    return keras3.Model(events, layers.Dense(2, name="head")(marked), name="slice_updates")


def main():
    model = build()
    folder = export_keras3(model, "slice_updates_keras3")
    answers.write_keras3(folder, model, [random_batch((2, 5, 4), seed=6, low=-1.0)])


if __name__ == "__main__":
    main()
