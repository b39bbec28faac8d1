"""Photos to Parquet, whole processes in turns: the job, and Daft with ONNX Runtime at two batch sizes, of which
the better counts. Fails if their features differ."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.dataset as dataset

from jobs import CACHE, Runs, images_folder, images_job
from measuring import measure

CALLERS = 2
BATCH = 8
PEER_BATCHES = (8, 32)
# Pillow, with which Daft's rows are decoded, computes the cosine transform of JPEG in other steps than TensorFlow
# and layertap: pixels differ by one or two of 255, and features of random weights by up to a hundredth.
LEAST_COSINE = 0.9999
SCRIPTS = Path(__file__).resolve().parent


def peers_python():
    return Path(os.environ["LAYERTAP_PEERS"]) / "bin/python"


def onnx_model():
    path = CACHE / "model.onnx"
    if not path.exists():
        convert = ["-m", "tf2onnx.convert", "--saved-model", CACHE / "model", "--opset", "17"]
        command = [peers_python(), *convert, "--output", path]
        subprocess.run([str(word) for word in command], check=True, stdout=sys.stderr)
    return path


def features(folder):
    files = [str(path) for path in folder.rglob("*.parquet")]
    table = dataset.dataset(files).to_table(columns=["path", "out_relu"])
    names = [Path(path).name for path in table["path"].to_pylist()]
    order = np.argsort(names)
    return np.array(names)[order], np.array(table["out_relu"].to_pylist(), np.float32)[order]


def compare(job, peer):
    (names, ours), (peer_names, theirs) = features(job), features(peer)
    if not np.array_equal(names, peer_names):
        sys.exit("the job and Daft wrote other rows")
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    cosine = ((ours * theirs).sum(axis=1) / lengths).min()
    print(f"least cosine between the features of a row: {cosine:.6f}")
    if cosine < LEAST_COSINE:
        sys.exit("the job and Daft computed different features")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench peers", description=__doc__)
    parser.add_argument("--rows", type=int, default=2000, help="images of 500x375")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    arguments = parser.parse_args()
    runs = Runs(CALLERS)
    runs.make("make.py", CACHE, arguments.rows)
    model, images = onnx_model(), images_folder(arguments.rows)
    configuration, output = images_job("job-peers", arguments.rows, BATCH)
    peer_output = CACHE / "daft-features"
    # The first run builds, and leaves the archive of classes.
    Runs(CALLERS).job("job, first run", configuration, output)
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        runs.job("job", configuration, output)
        for batch in PEER_BATCHES:
            shutil.rmtree(peer_output, ignore_errors=True)
            command = [peers_python(), SCRIPTS / "daft_onnx.py", model, images, peer_output, batch]
            words = [str(word) for word in command]
            runs.measured.setdefault(f"Daft, batch {batch}", []).append(
                measure(words, CACHE / "run.log", BATCH=str(batch))
            )
    runs.table(lambda name: arguments.rows)
    compare(output, peer_output)
    best = min((f"Daft, batch {batch}" for batch in PEER_BATCHES), key=runs.seconds)
    print(f"\njob / {best}, seconds: {runs.seconds('job') / runs.seconds(best):.2f}")
    print(f"job / {best}, CPU seconds: {runs.cpu('job') / runs.cpu(best):.2f}")


if __name__ == "__main__":
    main()
