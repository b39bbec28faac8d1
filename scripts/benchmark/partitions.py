"""Partitions: photos in a column of Parquet files through MobileNetV2, once in many partitions of few rows, once in
few of many. All in turns; seconds are those of the job once Spark is up. Fails if the features differ."""

import argparse
import shutil
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

import features
from jobs import CACHE, Runs, images_folder

WANTED = 0.9
CALLERS = 2
# As large as a partition may be, so that none has two files.
FILE_APIECE = "-Dspark.sql.files.openCostInBytes=134217728"

CONFIGURATION = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = parquet, path = "{rows}", keep = path }}
  feeds = [ {{
    input = keras_tensor, column = content
    image {{ size = [224, 224], preprocessing = mobilenet_v2 }}
  }} ]
  features = [ {{ layer = out_relu, pool = avg }} ]
  run {{ batch-size = {batch} }}
  output {{ path = "{output}", mode = overwrite }}
}}
"""


def make(images, folder, partitions):
    """As many Parquet files, of the same number of photos each."""
    if folder.exists():
        return
    unfinished = folder.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    photos = sorted(images.iterdir())
    for number, part in enumerate(np.array_split(np.arange(len(photos)), partitions)):
        rows = {"path": [photos[i].name for i in part], "content": [photos[i].read_bytes() for i in part]}
        parquet.write_table(pa.table(rows), unfinished / f"{number:05d}.parquet", compression="none")
    unfinished.rename(folder)


def configure(folder, batch):
    output, configuration = CACHE / f"{folder.name}-features", CACHE / f"{folder.name}.conf"
    values = {"model": CACHE / "model", "rows": folder, "output": output, "batch": batch}
    configuration.write_text(CONFIGURATION.format(**values))
    return configuration, output


def report(runs, rows):
    runs.table(lambda name: rows)
    print(f"\n{'once Spark is up':36}{'seconds':>10}{'rows/s':>10}")
    for name in runs.measured:
        seconds = runs.printed(name, "seconds")
        print(f"{name:36}{seconds:10.1f}{rows / seconds:10.1f}")
    many, few = runs.measured
    ratio = runs.printed(few, "seconds") / runs.printed(many, "seconds")
    print(f"\n{many} / {few}, rows/s: {ratio:.2f} (wanted: {WANTED})")
    tasks = int(many.split()[0].replace(",", "")) - int(few.split()[0].replace(",", ""))
    print(f"CPU milliseconds of a task beside its rows: {1000 * (runs.cpu(many) - runs.cpu(few)) / tasks:.0f}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench partitions", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000, help="photos of 500x375")
    parser.add_argument("--sizes", type=int, nargs=2, default=[10, 1000], help="rows of a partition, few and many")
    parser.add_argument("--batch", default="8", help="rows in a batch, or auto")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    arguments = parser.parse_args()
    rows = arguments.rows
    runs = Runs(CALLERS)
    runs.make("make.py", CACHE, rows)
    jobs = {}
    for size in arguments.sizes:
        partitions = -(-rows // size)
        folder = CACHE / f"photos-{rows}-in-{partitions}"
        make(images_folder(rows), folder, partitions)
        jobs[f"{partitions:,} partitions of {size:,}"] = configure(folder, arguments.batch)
    # The first run builds, and leaves the archive of classes and the verdict of the trial.
    Runs(CALLERS).job("first run", *next(iter(jobs.values())), "--limit", "8")
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        for name, (configuration, output) in jobs.items():
            runs.job(name, configuration, output, options=FILE_APIECE)
    report(runs, rows)
    many, few = (features.read(output) for _, output in jobs.values())
    features.same_values(many, few, "few partitions", tolerance=1e-5)


if __name__ == "__main__":
    main()
