"""run.precision: images in memory through models, in float32, in bfloat16 and in what `auto` chooses, in turns in one
process; and the least cosine between the features of a row of numbers in float32 and in bfloat16. Processors without
instructions for bfloat16 have nothing to gain."""

import argparse
import sys
from statistics import median

import numpy as np

import features
import machine
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

NAMES = ["MobileNetV2", "ResNet50", "VGG16", "EfficientNetB0"]
WAYS = {"float32": "float32", "bfloat16": "forced-bfloat16", "auto": "auto"}
INSTRUCTIONS = {"avx512_bf16", "amx_bf16"}


def run(name, arguments):
    model = MODELS / name
    models = []
    for way, precision in WAYS.items():
        configuration = CACHE / f"precision-{name}-{way}.conf"
        configuration.write_text(pixels(model, precision=precision))
        models += [configuration, NOT_WRITTEN]
    written = []
    for way in ("float32", "bfloat16"):
        configuration = CACHE / f"precision-{name}-{way}-numbers.conf"
        configuration.write_text(numbers(model, precision=WAYS[way]))
        written.append(CACHE / f"precision-{way}.float32")
        models += [configuration, written[-1]]
    settings = arguments.callers, arguments.seconds, rows_of_numbers()
    with Asked(java_command("layertap.extract.batch.SessionRates", *settings, *models)) as java:
        ways = {way: (java, f"{number} bare {arguments.batch}") for number, way in enumerate(WAYS)}
        found = in_turns(ways, arguments.rounds)
    rates = {way: median(values) for way, values in found.items()}
    table(f"{name}, {arguments.callers} callers", found)
    print(f"bfloat16 / float32: {rates['bfloat16'] / rates['float32']:.2f}")
    print(f"auto / the faster one: {rates['auto'] / max(rates['float32'], rates['bfloat16']):.2f}")
    cosine = features.least_cosine(*(features_in(path).astype(np.float64) for path in written))
    print(f"least cosine between features of a row: {cosine:.6f}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench precision", description=__doc__)
    parser.add_argument("--models", nargs="+", choices=NAMES, default=NAMES, metavar="MODEL")
    parser.add_argument("--batch", type=int, default=8, help="rows")
    add_turns(parser, seconds=8)
    arguments = parser.parse_args()
    if not INSTRUCTIONS & machine.flags():
        print("this processor has no instructions for bfloat16: without them it is slower", file=sys.stderr)
    make_models(arguments.models)
    for name in arguments.models:
        run(name, arguments)


if __name__ == "__main__":
    main()
