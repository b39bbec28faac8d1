"""The session: rows that are in memory through models, by TensorFlow's bare session of the graph that runs for images,
by FeatureExtractor of numbers, and by ONNX Runtime with as many callers of one thread each, each in batches of several
sizes, of which the best counts. All take turns. Fails if their features differ. A model is VisionTransformer, a small
one, UNet, one of keras.applications, or of sequences of 128 events of 64 numbers: TCN, a temporal convolutional
network, GRU and BidirectionalLSTM, of two layers each. All have random weights."""

import argparse
import sys
from statistics import median

import keras
import numpy as np

from measuring import ROOT
from peer_models import onnx_model, peers_python
from rates import (
    CACHE,
    MODELS,
    NOT_WRITTEN,
    Asked,
    add_turns,
    features_in,
    in_turns,
    java_command,
    make_models,
    numbers,
    pixels,
    rows_of_numbers,
    table,
)

MEASURED = ["MobileNetV2", "EfficientNetB0", "ResNet50", "VisionTransformer"]
OTHERS = ["UNet"]
OF_SEQUENCES = ["BidirectionalLSTM", "GRU", "TCN"]
WANTED = {"ResNet50": 1.0}
WANTED_OF_OTHERS = 0.9

# Models that tf2onnx does not read, by what it is given instead: the same weights and values.
FOR_ONNX = {"VisionTransformer": "VisionTransformer-for-onnx"}

TOLERANCE = 1e-3


def compare(ours, theirs):
    ours, theirs = features_in(ours), features_in(theirs)
    difference = np.abs(ours - theirs).max() / np.abs(theirs).max()
    print(f"largest difference between the features: {difference:.1e} of their largest value")
    if not difference < TOLERANCE:
        sys.exit("layertap and ONNX Runtime computed different features")


def run(name, arguments):
    model = MODELS / name
    fed_numbers, fed_pixels = CACHE / f"session-{name}.conf", CACHE / f"session-{name}-pixels.conf"
    fed_numbers.write_text(numbers(model))
    fed_pixels.write_text(pixels(model))
    ours, theirs = CACHE / "session-ours.float32", CACHE / "session-theirs.float32"
    for path in (ours, theirs):
        path.unlink(missing_ok=True)
    settings = arguments.callers, arguments.seconds, rows_of_numbers()
    models = [fed_numbers, ours]
    if name not in OF_SEQUENCES:
        models += [fed_pixels, NOT_WRITTEN]
    own = java_command("layertap.extract.batch.SessionRates", *settings, *models)
    converted = onnx_model(MODELS / FOR_ONNX.get(name, name))
    peer = [peers_python(), ROOT / "scripts/benchmark/onnx_rates.py", *settings, converted, theirs]
    with Asked(own) as java, Asked(peer) as onnx:
        ways = {
            "session for images": {size: (java, f"1 bare {size}") for size in arguments.batches},
            "layertap of numbers": {size: (java, f"0 extractor {size}") for size in arguments.batches},
            "ONNX Runtime": {size: (onnx, size) for size in arguments.peer_batches},
        }
        if name in OF_SEQUENCES:
            del ways["session for images"]
        flat = {f"{way}, batches of {size}": asked for way, sizes in ways.items() for size, asked in sizes.items()}
        found = in_turns(flat, arguments.rounds)
    rates = {way: max(median(found[f"{way}, batches of {size}"]) for size in sizes) for way, sizes in ways.items()}
    table(f"{name}, {arguments.callers} callers", found)
    compare(ours, theirs)
    wanted = WANTED.get(name, WANTED_OF_OTHERS)
    for way in list(ways)[:-1]:
        print(f"{way} / ONNX Runtime, each at its best: {rates[way] / rates['ONNX Runtime']:.2f} (wanted: {wanted})")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench session", description=__doc__)
    parser.add_argument("--models", nargs="+", default=MEASURED, metavar="MODEL")
    parser.add_argument("--batches", type=int, nargs="+", default=[2, 8], help="rows, of layertap")
    parser.add_argument("--peer-batches", type=int, nargs="+", default=[4, 8, 32], help="rows, of ONNX Runtime")
    add_turns(parser)
    arguments = parser.parse_args()
    for name in arguments.models:
        # Names of models begin with a capital letter, those of their modules do not.
        is_of_keras = name[0].isupper() and hasattr(keras.applications, name)
        if name not in MEASURED + OTHERS + OF_SEQUENCES and not is_of_keras:
            parser.error(f"cannot measure {name}: keras.applications has no such model; name one that it has")
    make_models([*arguments.models, *(FOR_ONNX[name] for name in arguments.models if name in FOR_ONNX)])
    for name in arguments.models:
        run(name, arguments)


if __name__ == "__main__":
    main()
