"""Images: the job, its parts and Keras in turns; medians and their ratios."""

import argparse
import sys

from jobs import CACHE, Runs, images_folder, images_job

BATCH = 4
CALLERS = 2
MODEL = "MobileNetV2"


def larger(rows, copies):
    return f"job on {copies * rows:,} rows"


def report(runs, rows, copies):
    runs.table(lambda name: rows * copies if name.startswith("job on") else rows)
    own_cpu = {mode: runs.printed(mode, "cpu_seconds") for mode in ("decode", "session")}
    own_seconds = runs.printed("session", "seconds")
    ready = {name: runs.printed(name, "seconds") for name in ("job", "keras")}
    print(f"\nbare session, calls alone: {rows / own_seconds:.1f} rows/s with {CALLERS} callers")
    print(f"CPU seconds of decoding alone {own_cpu['decode']:.1f}, of the calls {own_cpu['session']:.1f}")
    ratio = runs.seconds("keras") / runs.seconds("job")
    print(f"\njob / keras, rows/s:                              {ratio:.2f}")
    print(
        f"the same once Spark is up, and Keras' model is: {ready['keras'] / ready['job']:9.2f}"
        f"  ({rows / ready['job']:.1f} and {rows / ready['keras']:.1f} rows/s)"
    )
    ratio = (runs.cpu("job") - own_cpu["decode"]) / own_cpu["session"]
    print(f"(job CPU - decoding) / session CPU:                {ratio:.2f}")
    large = larger(rows, copies)
    if large in runs.measured:
        more = (runs.cpu(large) - runs.cpu("job")) / (copies - 1)
        ratio = (more - own_cpu["decode"]) / own_cpu["session"]
        print(f"the same without the start, by the larger job:     {ratio:.2f}")
        memory = {name: runs.median(name, lambda m: m.megabytes) for name in ("job", large)}
        print(f"memory of the larger job / of the smaller:         {memory[large] / memory['job']:.3f}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench images", description=__doc__)
    parser.add_argument("--rows", type=int, default=2000, help="images of 500x375")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    parser.add_argument("--copies", type=int, default=10, help="of the images in the larger job; 1: none")
    arguments = parser.parse_args()
    rows, copies = arguments.rows, arguments.copies
    runs = Runs(CALLERS)
    runs.make("make.py", CACHE, rows)
    configuration, output = images_job("job-1", rows, BATCH)
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        runs.job("job", configuration, output)
        for mode in ("session", "decode"):
            runs.part(mode, mode, configuration, images_folder(rows), rows, CALLERS, BATCH)
        results = CACHE / "keras.parquet"
        results.unlink(missing_ok=True)
        runs.python("keras", "keras_predict.py", MODEL, CACHE / "model.keras", images_folder(rows), results, 32)
    if copies > 1:
        runs.job(larger(rows, copies), *images_job(f"job-{copies}", rows, BATCH, copies))
    report(runs, rows, copies)


if __name__ == "__main__":
    main()
