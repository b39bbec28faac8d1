"""A Keras 3 model whose layers write into a part of a tensor by keras.ops.slice_update, which Keras leaves
to an op of XLA: at a fixed place, at one that does not fit and is moved, at places that are counted in a
loop, and into a constant, as windows of attention are marked. TensorFlow has no derivative of that op:
those of the answers are of the same model with an update of ordinary ops."""

import answers
import gradient_answers
from frameworks import export_keras3, keras3, np, random_batch, start, tf

ops = keras3.ops


def padded_update(whole, starts, part):
    """What slice_update gives, by ops that have derivatives."""
    room = tf.shape(whole) - tf.shape(part)
    before = tf.clip_by_value(tf.stack(starts), 0, room)
    paddings = tf.stack([before, room - before], axis=1)
    return tf.where(tf.pad(tf.ones_like(part), paddings) > 0, tf.pad(part, paddings), whole)


class Updating(keras3.layers.Layer):
    def __init__(self, update, **kwargs):
        super().__init__(**kwargs)
        self.update = update


class Placed(Updating):
    """Writes the second input into the first, `starts` after the axis of rows."""

    def __init__(self, starts, **kwargs):
        super().__init__(**kwargs)
        self.starts = starts

    def call(self, inputs):
        whole, part = inputs
        return self.update(whole, (0, *self.starts), part)

    def compute_output_shape(self, shapes):
        return shapes[0]


class Summed(Updating):
    """The sums of all steps so far, a step after the other."""

    def call(self, steps):
        def step(number, state):
            sums, last = state
            last = last + ops.take(steps, [number], axis=1)
            return self.update(sums, (0, number, 0), last), last

        begin = ops.zeros_like(steps), ops.zeros_like(steps[:, :1])
        return ops.fori_loop(0, steps.shape[1], step, begin)[0]

    def compute_output_shape(self, shape):
        return shape


class Marked(Updating):
    """Adds one to a part of each row."""

    def call(self, steps):
        marks = ops.zeros((1, *steps.shape[1:]))
        return steps + self.update(marks, (0, 1, 2), ops.ones((1, 2, 2)))


def build(update):
    start(seed=5)
    layers = keras3.layers
    events = keras3.Input((5, 4), name="events")
    part = layers.Dense(2, name="part")(events)[:, :3]
    placed = Placed((1, 2), update=update, name="placed")([events, part])
    moved = Placed((4, -1), update=update, name="moved")([placed, part])
    summed = Summed(update, name="summed")(moved)
    marked = Marked(update, name="marked")(summed)
    return keras3.Model(events, layers.Dense(2, name="head")(marked), name="slice_updates")


def main():
    model = build(ops.slice_update)
    inputs = [random_batch((2, 5, 4), seed=6, low=-1.0)]
    folder = export_keras3(model, "slice_updates_keras3")
    answers.write_keras3(folder, model, inputs)
    twin = build(padded_update)
    np.testing.assert_array_equal(twin(inputs), model(inputs))
    gradient_answers.write(folder, twin, inputs, spacing=1)


if __name__ == "__main__":
    main()
