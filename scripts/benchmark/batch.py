"""Batch sizes: rows of numbers through models, in batches of several sizes and of run.batch-size = auto, in
turns in one process; medians of rows per second."""

import argparse
from statistics import median

from measuring import measure
from rates import CACHE, MODELS, add_turns, java_command, make_models, numbers

LOG = CACHE / "batch.log"
IMAGES, SEQUENCES = [2, 4, 8, 16, 32], [2, 8, 32, 64, 128, 256]
SIZES = {
    "MobileNetV2": IMAGES,
    "ResNet50": IMAGES,
    "EfficientNetB0": IMAGES,
    "VGG16": IMAGES,
    "LSTM": SEQUENCES,
}


def java(*arguments):
    return measure(java_command("layertap.extract.batch.BatchRates", *arguments), LOG).printed()


def report(name, sizes, found):
    rates = {size: median(found[str(size)]) for size in sizes}
    best = max(rates, key=rates.get)
    print(f"\n{name}, rows/s (auto takes up to {found['most']} rows)")
    for size, rate in rates.items():
        spread = (max(found[str(size)]) - min(found[str(size)])) / rate
        print(f"{size:>8}{rate:12.1f}   spread {spread:4.0%}")
    chosen = ", ".join(str(size) for size in found["chosen"])
    print(f"{'auto':>8}{median(found['auto']):12.1f}   chose {chosen}; while it tried: {median(found['until']):.1f}")
    print(f"auto / best fixed ({best}): {median(found['auto']) / rates[best]:.3f}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench batch", description=__doc__)
    parser.add_argument("--models", nargs="+", choices=SIZES, default=list(SIZES), metavar="MODEL")
    parser.add_argument("--sizes", type=int, nargs="+", help="of batches; default: 2 to 32, of sequences to 256")
    add_turns(parser, seconds=6)
    arguments = parser.parse_args()
    make_models(arguments.models, LOG)
    for name in arguments.models:
        configuration = CACHE / f"batch-{name}.conf"
        configuration.write_text(numbers(MODELS / name))
        sizes = arguments.sizes or SIZES[name]
        report(
            name,
            sizes,
            java(configuration, arguments.callers, arguments.seconds, arguments.rounds, *sizes),
        )


if __name__ == "__main__":
    main()
