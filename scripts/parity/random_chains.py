"""Random chains of convolutions with all that may stand beside them: windows of any size, stride and
gaps, groups, maps, sequences and volumes, padding of any width, channels first, operands of any rank,
weights that are shared or computed, attributes left out, other numbers than float32. A few tensors of
each chain have answers, so that what is between is free to be folded away."""

import random
from contextlib import suppress

import numpy as np
from common import run_seeds
from random_chain_parts import Parts
from random_convolutions import v1
from random_graphs import initialized, save

import answers
from frameworks import empty_folder, random_batch, tf

TOLERANCE = {tf.float32: 1e-4, tf.float64: 1e-6, tf.float16: 2e-2, tf.bfloat16: 1e-1}
MOST_ANSWERS = 4
TRIES = 50


class Chain:
    """Grows one chain in the default graph; `weight` makes its variables."""

    def __init__(self, draw, weight):
        self.draw = draw
        dtypes = [tf.float32] * 9 + [tf.float64, tf.float16, tf.bfloat16]
        self.dtype = self.draw.choice(dtypes)
        self.axes = self.draw.choice([1, 1, 2, 2, 2, 2, 3])
        self.channels = self.draw.choice([1, 2, 3, 4, 6])
        size = self.draw.choice([5, 6, 8])
        self.shape = [size + axis for axis in range(self.axes)] + [self.channels]
        self.open_shape = [self.draw.choice([None, *[each] * 3]) for each in self.shape[:-1]]
        self.parts = Parts(self.draw, self.dtype, self.axes, weight)

    def grow(self, fed):
        """All tensors that the chain goes through, the last one at the end."""
        made = [tf.cast(fed, self.dtype)]
        for _ in range(self.draw.randint(2, 5)):
            taken = made[-1] if self.draw.random() < 0.8 else self.draw.choice(made)
            for step in self.parts.block():
                taken = step(taken)
                made.append(taken)
        return made[1:]

    def chosen(self, made):
        """The last tensor, and a few others of any kind."""
        count = min(self.draw.choice([0, 0, 1, 1, 2, MOST_ANSWERS]), len(made) - 1)
        picked = self.draw.sample(made[:-1], count) + made[-1:]
        self.draw.shuffle(picked)
        return list({each.name: each for each in picked}.values())


def make(out, seed):
    """Draws again where windows are larger than what is left of a map, or numbers not finite."""
    for attempt in range(TRIES):
        with suppress(ValueError, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            return make_drawn(out, seed, random.Random(f"{seed}-{attempt}"))
    raise RuntimeError(f"no chain that runs among {TRIES}")


def make_drawn(out, seed, draw):
    is_resource, is_stripped, is_old = (draw.random() < 0.5 for _ in range(3))

    def weight(numbers, dtype):
        with tf.init_scope(), graph.as_default(), tf.control_dependencies(None):
            return v1.Variable(tf.cast(numbers, dtype), use_resource=is_resource)

    chain = Chain(draw, weight)
    folder = empty_folder(f"random_chain_{seed:04d}", out)
    array = random_batch((3, *chain.shape), 60, -1.0)
    (v1.disable_control_flow_v2 if is_old else v1.enable_control_flow_v2)()
    try:
        with tf.Graph().as_default() as graph:
            fed = v1.placeholder(tf.float32, [None, *chain.open_shape, chain.channels], name="fed")
            chosen = chain.chosen(chain.grow(fed))
            outputs = {"last": chosen[0]}
        session = initialized(graph)
        with graph.as_default():
            save(session, folder, {"fed": fed}, outputs, is_stripped)
    finally:
        v1.enable_control_flow_v2()
    if not all(np.isfinite(np.float64(each)).all() for each in session.run(chosen, {fed: array})):
        raise ValueError("not finite")
    feeds = {"fed": (fed, array)}
    answers.write_tf1(folder, session, chosen, feeds, outputs, TOLERANCE[chain.dtype])


if __name__ == "__main__":
    run_seeds(__doc__, "random_chain", 60, make)
