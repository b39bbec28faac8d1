"""What the modules of the zoo share: a built model with its inputs, and short ways to build."""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

import answers
import probes
from common import KERAS2, KERAS2_EXPORT, KERAS2_SAVED, KERAS3_EXPORT, KERAS3_SAVED, redraw
from frameworks import random_batch

# The ways whose graphs differ; others save the same ones.
WITH_GRADIENTS = (KERAS2, KERAS3_EXPORT)
EVERY_KERAS = (KERAS2, KERAS3_EXPORT, KERAS3_SAVED)
EVERY_WAY = (*EVERY_KERAS, KERAS2_SAVED, KERAS2_EXPORT)
ONLY_KERAS3 = (KERAS3_EXPORT, KERAS3_SAVED)
PROBES = (probes.inputs, probes.pre_activation, probes.recurrence, probes.distributed)


@dataclass
class Built:
    """A model of the zoo: `inputs` in the order of model.inputs, `more` answers than those of its
    layers."""

    model: object
    inputs: list
    more: list = field(default_factory=list)
    tolerance: float | None = None

    def wanted(self, topology=True):
        return answers.Wanted(PROBES, self.more, self.tolerance, topology)


@dataclass(frozen=True)
class Case:
    """A row of the zoo's table: `build` takes a Keras module and returns a Built."""

    topic: str
    build: object
    makers: tuple = EVERY_KERAS
    has_gradients: bool = False

    def models(self, out):
        """Yields name and maker of each model; a maker builds, saves and answers it."""
        for maker in self.makers:
            name = f"zoo_{self.topic}_{maker.name}"
            yield name, partial(self._make, out, name, maker)

    def _make(self, out, name, maker):
        built = self.build(maker.keras)
        has_gradients = self.has_gradients and maker in WITH_GRADIENTS
        maker.write(out, name, built.model, built.inputs, built.wanted(), has_gradients)


@dataclass(frozen=True)
class Single:
    """A row of the zoo's table: `make` takes folder and name of a model, and writes it whole."""

    topic: str
    maker: str
    make: object

    def models(self, out):
        name = f"zoo_{self.topic}_{self.maker}"
        yield name, partial(self.make, out, name)


def batches(*shapes, low=-1.0):
    """A batch of two for each shape (without the batch axis)."""
    return [random_batch((2, *shape), 20 + n, low) for n, shape in enumerate(shapes)]


def integers(shape, below, seed=30):
    """A batch of two of integers from 0, whose last steps are 0."""
    values = np.random.default_rng(seed).integers(1, below, (2, *shape)).astype(np.int32)
    values[0, -2:] = 0
    values[1, -4:] = 0
    return values


def functional(keras, inputs, outputs, name, seed=1):
    """A functional model with new weights."""
    model = keras.Model(inputs, outputs, name=name)
    redraw(model, seed)
    return model


def sequential(keras, shape, layers, name, seed=1):
    """A Sequential model with new weights."""
    model = keras.Sequential([keras.Input(shape), *layers], name=name)
    redraw(model, seed)
    return model


def graph_tensor(name, value, op):
    return answers.Answer({"graph_tensor": name}, np.asarray(value), op)
