"""run.precision: images in memory through models, in float32, in bfloat16 and in what `auto` chooses, in turns in one
process; and the least cosine between the features of a row of numbers in float32 and in bfloat16. Processors without
instructions for bfloat16 have nothing to gain."""

import argparse
import sys
from statistics import median

import numpy as np

from measuring import ROOT, measure
from rates import (
    CACHE,
    NOT_WRITTEN,
    ROWS,
    Asked,
    in_turns,
    java_command,
    numbers,
    pixels,
    rows_of_numbers,
    table,
)

MODELS = ["MobileNetV2", "ResNet50", "VGG16", "EfficientNetB0"]
WAYS = {"float32": "float32", "bfloat16": "forced-bfloat16", "auto": "auto"}
INSTRUCTIONS = {"avx512_bf16", "amx_bf16"}


def least_cosine(paths):
    one, other = (np.fromfile(path, np.float32).reshape(ROWS, -1).astype(np.float64) for path in paths)
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    return ((one * other).sum(axis=1) / lengths).min()


def run(name, arguments):
    model = CACHE / "batch" / name
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
    print(f"least cosine between features of a row: {least_cosine(written):.6f}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench precision", description=__doc__)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS, metavar="MODEL")
    parser.add_argument("--batch", type=int, default=8, help="rows")
    parser.add_argument("--callers", type=int, default=2, help="threads, as tasks of a job")
    parser.add_argument("--seconds", type=float, default=8, help="that each runs in each round")
    parser.add_argument("--rounds", type=int, default=3, help="of all, in turns")
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    with open("/proc/cpuinfo") as processor:
        if not INSTRUCTIONS & set(processor.read().split()):
            print("this processor has no instructions for bfloat16: without them it is slower", file=sys.stderr)
    make = [sys.executable, ROOT / "scripts/benchmark/make_batch.py", CACHE / "batch", *arguments.models]
    measure(make, CACHE / "run.log")
    for name in arguments.models:
        run(name, arguments)


if __name__ == "__main__":
    main()
