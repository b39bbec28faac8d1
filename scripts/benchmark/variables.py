"""The largest resident memory of a job, as a multiple of the variables that its model keeps."""

import argparse
import os
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from measuring import CACHES, apart, measure_job

CACHE = CACHES / "memory"
SIDE = 8000
LIMIT = 2.5

CONFIGURATION = """
layertap {{
  model {{ path = "{folder}/model" }}
  input {{ format = parquet, path = "{folder}/rows.parquet", keep = id }}
  feeds = [ {{ input = x, column = x, tensor {{}} }} ]
  features = [ {{ output = y }} ]
  output {{ path = "{folder}/features", mode = overwrite }}
}}
"""


def make(folder, layers):
    """A chain of square matrices, and rows for it."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
    import tensorflow as tf

    class Chain(tf.Module):
        def __init__(self):
            super().__init__()
            generator = tf.random.Generator.from_seed(0)
            scale = SIDE**-0.5
            self.matrices = [
                tf.Variable(generator.normal([SIDE, SIDE], stddev=scale)) for _ in range(layers)
            ]

        @tf.function(input_signature=[tf.TensorSpec([None, SIDE], tf.float32, "x")])
        def run(self, x):
            for matrix in self.matrices:
                x = tf.tanh(x @ matrix)
            return {"y": x}

    chain = Chain()
    tf.saved_model.save(chain, str(folder / "model"), signatures=chain.run)
    rows = np.random.default_rng(0).random((16, SIDE), dtype=np.float32)
    table = pa.table({"id": range(len(rows)), "x": list(rows)})
    parquet.write_table(table, folder / "rows.parquet")
    expected = chain.run(tf.constant(rows))["y"].numpy()
    np.save(folder / "expected.npy", expected)


def check(folder):
    """The features must still be TensorFlow's."""
    table = parquet.read_table(folder / "features").sort_by("id")
    found = np.stack(table["y"].to_numpy(zero_copy_only=False))
    expected = np.load(folder / "expected.npy")
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1536, help="of variables")
    layers = max(1, parser.parse_args().megabytes * 2**20 // (SIDE * SIDE * 4))
    folder = CACHE / str(layers)
    if not (folder / "expected.npy").exists():
        folder.mkdir(parents=True, exist_ok=True)
        print("  making the model …", file=sys.stderr)
        apart(make, folder, layers)
    configuration = folder / "job.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    measured = measure_job(configuration, folder / "run.log", heap="-Xmx1g")
    variables = layers * SIDE * SIDE * 4 / 2**20
    ratio = measured.megabytes / variables
    print(f"kept variables {variables:.0f} MB, largest resident memory {measured.megabytes:.0f} MB")
    print(f"memory / variables: {ratio:.2f} (at most {LIMIT})")
    print(f"largest difference to TensorFlow, relative to the largest value: {check(folder):.1e}")
    sys.exit(ratio > LIMIT)


if __name__ == "__main__":
    main()
