"""Sequences: an LSTM over 10 steps of 100 numbers, from Parquet to Parquet, beside Keras' predict with
the same batches, or each with the batches that it takes by itself."""

import argparse
import sys

from jobs import CACHE, Runs

CALLERS = 2

# What Keras takes where it is told nothing, as the job takes `auto`.
KERAS_DEFAULT = 32

# Each task holds the compressed row group that it reads, and Arrow made one of each file: 370 MB.
HEAP = "-Xmx4g"

CONFIGURATION = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = parquet, path = "{rows}", keep = id }}
  feeds = [ {{ input = events, column = events, sequence {{}} }} ]
  features = [ lstm ]
  run {{ batch-size = {batch} }}
  output {{ path = "{output}", mode = overwrite }}
}}
"""


def report(runs, rows, batches):
    runs.table(lambda name: rows)
    print("\njob / keras, rows/s         whole process    once Spark and Keras' model are up")
    for batch in batches:
        job, keras = names(batch)
        whole = runs.seconds(keras) / runs.seconds(job)
        ready = {name: runs.printed(name, "seconds") for name in (job, keras)}
        print(
            f"{f'batches of {batch}':<28}{whole:13.2f}{ready[keras] / ready[job]:13.2f}"
            f"  ({rows / ready[job]:.0f} and {rows / ready[keras]:.0f} rows/s)"
        )


def names(batch):
    return f"job, batches of {batch}", f"keras, batches of {keras_batch(batch)}"


def keras_batch(batch):
    return KERAS_DEFAULT if batch == "auto" else batch


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench sequences", description=__doc__)
    parser.add_argument("--rows", type=int, default=400_000, help="sequences")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    parser.add_argument(
        "--batches",
        nargs="+",
        default=["8", "32", "auto"],
        help="rows in a batch; with auto the job chooses, beside Keras' default of 32",
    )
    arguments = parser.parse_args()
    rows, batches = arguments.rows, arguments.batches
    runs = Runs(CALLERS)
    runs.make("make_sequences.py", CACHE, rows)
    folder = CACHE / f"sequences-{rows}"
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        keras_done = set()
        for batch in batches:
            output = CACHE / f"sequences-{batch}-features"
            configuration = CACHE / f"sequences-{batch}.conf"
            values = {"model": CACHE / "lstm", "rows": folder, "batch": batch, "output": output}
            configuration.write_text(CONFIGURATION.format(**values))
            job, keras = names(batch)
            runs.job(job, configuration, output, options=HEAP)
            results = CACHE / "keras-sequences.parquet"
            if keras not in keras_done:
                keras_done.add(keras)
                runs.python(keras, "keras_sequences.py", CACHE, folder, results, keras_batch(batch))
    runs.check("same_features.py", output, results)
    report(runs, rows, batches)


if __name__ == "__main__":
    main()
