"""Truncation: rows of numbers that are in memory through ResNet50 up to five depths, each beside its share of the
whole model's floating-point operations; and ten layers in one pass beside the last alone. All are averaged over
space and take turns in one process."""

import argparse
from statistics import median

from measuring import ROOT, measure
from rates import (
    CACHE,
    MODELS,
    Asked,
    add_turns,
    in_turns,
    java_command,
    make_models,
    numbers,
    rows_of_numbers,
    table,
)

LOG = CACHE / "run.log"
MODEL = MODELS / "ResNet50"
WANTED = 1.1
WHOLE = "conv5_block3_out"
DEPTHS = ["conv2_block3_out", "conv3_block4_out", "conv4_block3_out", "conv4_block6_out", "conv5_block1_out"]
BETWEEN = ["conv3_block1_out", "conv4_block1_out", "conv4_block5_out", "conv5_block2_out"]
TEN = "ten layers in one pass"


def operations():
    """For each layer those of a row up to it: a block's end comes after all that it needs, and before the rest."""
    inspected = measure([ROOT / "scripts/layertap", "inspect", MODEL, "--json"], LOG).printed()
    sums, total = {}, 0
    for layer in inspected["layers"]:
        if "/" in layer["selector"]:
            total += layer["flops"]
            sums[layer["selector"].split("/")[1]] = total
    return sums


def configure(name, layers):
    configuration = CACHE / f"depth-{name}.conf"
    features = ", ".join(f'{{ layer = "resnet50/{layer}", pool = avg }}' for layer in layers)
    configuration.write_text(numbers(MODEL, features))
    return configuration


def report(found, sums):
    table("ResNet50 up to", found)
    rates = {name: median(values) for name, values in found.items()}
    print(f"\n{'ResNet50 up to':28}{'ms a row':>10}{'of whole':>10}{'of FLOPs':>10}{'ratio':>8}  (wanted: {WANTED})")
    for name in DEPTHS:
        time, share = rates[WHOLE] / rates[name], sums[name] / sums[WHOLE]
        print(f"{name:28}{1000 / rates[name]:10.1f}{time:10.1%}{share:10.1%}{time / share:8.2f}")
    print(f"\n{TEN} / the last alone, time: {rates[WHOLE] / rates[TEN]:.2f} (wanted: {WANTED})")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench depth", description=__doc__)
    parser.add_argument("--batch", type=int, default=8, help="rows")
    add_turns(parser)
    arguments = parser.parse_args()
    make_models(["ResNet50"])
    ways = {name: [name] for name in [*DEPTHS, WHOLE]} | {TEN: [*DEPTHS, *BETWEEN, WHOLE]}
    files = [configure(name.replace(" ", "-"), layers) for name, layers in ways.items()]
    pairs = [word for path in files for word in (path, path.with_suffix(".float32"))]
    settings = arguments.callers, arguments.seconds, rows_of_numbers()
    with Asked(java_command("layertap.extract.batch.SessionRates", *settings, *pairs)) as java:
        asked = {name: (java, f"{number} extractor {arguments.batch}") for number, name in enumerate(ways)}
        found = in_turns(asked, arguments.rounds)
    report(found, operations())


if __name__ == "__main__":
    main()
