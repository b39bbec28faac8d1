"""Decodes, resizes and preprocesses files with tf.data in one thread; prints seconds as JSON."""

import json
import os
import sys
import time
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")

import tensorflow as tf

from photos import by_tensorflow

WARM_UP = 32


def load(path):
    return by_tensorflow(tf.io.read_file(path), "MobileNetV2")


def main():
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    paths = sorted(str(path) for path in Path(sys.argv[1]).iterdir())
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    rows = tf.data.Dataset.from_tensor_slices(paths).map(load).with_options(options)
    for _ in rows.take(WARM_UP):
        pass
    start, cpu_start = time.monotonic(), time.process_time()
    # Counted inside the pipeline: passing each image to Python is not part of decoding.
    count = int(rows.reduce(0, lambda counted, image: counted + tf.minimum(1, tf.size(image))))
    seconds, cpu_seconds = time.monotonic() - start, time.process_time() - cpu_start
    print(json.dumps({"rows": count, "seconds": seconds, "cpu_seconds": cpu_seconds}))


if __name__ == "__main__":
    main()
