"""The session: rows of numbers that are in memory through models, by FeatureExtractor, by TensorFlow's bare session
of the same graph, and by ONNX Runtime with as many callers of one thread each; ONNX Runtime in batches of several
sizes, of which the best counts. All take turns. Fails if their features differ."""

import argparse
import sys
from statistics import median

import numpy as np

from measuring import ROOT, measure
from peer_models import onnx_model, peers_python
from rates import CACHE, NUMBERS, ROWS, Asked, in_turns, java_command, rows_of_numbers, table

WANTED = {"MobileNetV2": 0.9, "EfficientNetB0": 0.9, "ResNet50": 1.0}
TOLERANCE = 1e-3


def compare(ours, theirs):
    ours, theirs = (np.fromfile(path, np.float32).reshape(ROWS, -1) for path in (ours, theirs))
    difference = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"largest difference between the features: {difference:.1e} of their largest value")
    if not difference < TOLERANCE:
        sys.exit("layertap and ONNX Runtime computed different features")


def run(name, arguments):
    configuration = CACHE / f"session-{name}.conf"
    model = CACHE / "batch" / name
    configuration.write_text(NUMBERS.format(model=model, features="last"))
    ours, theirs = CACHE / "session-ours.float32", CACHE / "session-theirs.float32"
    for path in (ours, theirs):
        path.unlink(missing_ok=True)
    settings = arguments.callers, arguments.seconds, rows_of_numbers()
    own = java_command("layertap.extract.batch.SessionRates", *settings, configuration, ours)
    peer = [peers_python(), ROOT / "scripts/benchmark/onnx_rates.py", *settings, onnx_model(model), theirs]
    with Asked(own) as java, Asked(peer) as onnx:
        ways = {
            f"layertap, batches of {arguments.batch}": (java, f"0 extractor {arguments.batch}"),
            f"TensorFlow's session of its graph, of {arguments.batch}": (java, f"0 bare {arguments.batch}"),
        }
        peers = {f"ONNX Runtime, batches of {batch}": (onnx, batch) for batch in arguments.batches}
        found = in_turns(ways | peers, arguments.rounds)
    rates = {name: median(values) for name, values in found.items()}
    best = max(peers, key=rates.get)
    table(f"{name}, {arguments.callers} callers", found)
    compare(ours, theirs)
    print(f"layertap / best ({best}): {rates[next(iter(ways))] / rates[best]:.2f} (wanted: {WANTED[name]})")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench session", description=__doc__)
    parser.add_argument("--models", nargs="+", choices=WANTED, default=list(WANTED), metavar="MODEL")
    parser.add_argument("--batch", type=int, default=8, help="rows, of layertap")
    parser.add_argument("--batches", type=int, nargs="+", default=[4, 8, 32], help="rows, of ONNX Runtime")
    parser.add_argument("--callers", type=int, default=2, help="threads, as tasks of a job")
    parser.add_argument("--seconds", type=float, default=10, help="that each runs in each round")
    parser.add_argument("--rounds", type=int, default=3, help="of all, in turns")
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    make = [sys.executable, ROOT / "scripts/benchmark/make_batch.py", CACHE / "batch", *arguments.models]
    measure(make, CACHE / "run.log")
    for name in arguments.models:
        run(name, arguments)


if __name__ == "__main__":
    main()
