"""TensorFlow, Keras 2 and Keras 3 with quiet logs on the CPU, and the steps that every model
script shares: seed, random statistics, save."""

import os

os.environ.update(
    TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1", KERAS_BACKEND="tensorflow"
)

import shutil
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def native_messages_hidden():
    """TensorFlow's native libraries greet on standard error whatever the log level says."""
    sys.stderr.flush()
    standard_error = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(standard_error, 2)
        os.close(standard_error)


with native_messages_hidden():
    import absl.logging
    import keras as keras3
    import numpy as np
    import tensorflow as tf
    import tf_keras as keras2

absl.logging.set_verbosity(absl.logging.ERROR)
tf.get_logger().setLevel("ERROR")
warnings.filterwarnings("ignore", module="keras")

MODELS = Path(__file__).resolve().parent


def start(seed):
    """Forget earlier models (their names are counted) and seed Python, NumPy and TensorFlow."""
    for library in (keras2, keras3):
        library.backend.clear_session()
        library.utils.set_random_seed(seed)


def random_batch(shape, seed, low=0.0, high=1.0):
    """A seeded float32 array, uniform in [low, high)."""
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def randomize_batch_normalization(model, seed):
    """Give every batch normalisation statistics and weights that change what passes through."""
    random = np.random.default_rng(seed)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            layer.gamma.assign(random.uniform(0.5, 1.5, layer.gamma.shape))
            layer.beta.assign(random.normal(0.0, 0.1, layer.beta.shape))
            layer.moving_mean.assign(random.normal(0.0, 0.1, layer.moving_mean.shape))
            layer.moving_variance.assign(random.uniform(0.5, 1.5, layer.moving_variance.shape))


def empty_folder(name, parent=MODELS):
    """The folder of the SavedModel `name`, without what an earlier run left."""
    folder = parent / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def save_keras2(model, name, parent=MODELS):
    """Keras 2 `model.save` as a SavedModel; returns its folder."""
    folder = empty_folder(name, parent)
    model.save(folder, save_format="tf")
    return folder


def export_keras3(model, name, parent=MODELS):
    """Keras 3 `model.export` as a SavedModel; returns its folder."""
    folder = empty_folder(name, parent)
    model.export(folder, format="tf_saved_model", verbose=False)
    return folder
