"""Decoding and resizing: layertap beside tf.data on the same files, on one core, and its share of the CPU time
of a job."""

import argparse
import sys

from jobs import CACHE, Runs, images_folder, images_job

BATCH = 4
CALLERS = 2


def report(runs, rows):
    runs.table(lambda name: 0 if name == "job on no rows" else rows)
    cpu = {name: runs.printed(name, "cpu_seconds") for name in ("decode", "tf.data")}
    seconds = {name: runs.printed(name, "seconds") for name in ("decode", "tf.data")}
    print("\ndecoding, resizing, preprocessing, in one thread")
    for name in cpu:
        print(f"{name:10}{rows / seconds[name]:8.1f} rows/s{rows / cpu[name]:10.1f} rows per CPU second")
    print(f"decode / tf.data, rows/s:                          {seconds['tf.data'] / seconds['decode']:.2f}")
    print(f"decode / tf.data, rows per CPU second:             {cpu['tf.data'] / cpu['decode']:.2f}")
    print(f"share of it in the job's CPU time:                 {cpu['decode'] / runs.cpu('job'):.2f}")
    more = runs.cpu("job") - runs.cpu("job on no rows")
    print(f"share of it without the start:                     {cpu['decode'] / more:.2f}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench decode", description=__doc__)
    parser.add_argument("--rows", type=int, default=2000, help="images of 500x375")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    arguments = parser.parse_args()
    rows = arguments.rows
    runs = Runs(CALLERS)
    runs.make("make.py", CACHE, rows)
    images = images_folder(rows)
    configuration, output = images_job("job-1", rows, BATCH)
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        runs.part("decode", "decode", configuration, images, rows, 1)
        runs.python("tf.data", "tf_data.py", images)
        runs.job("job", configuration, output)
        runs.job("job on no rows", configuration, output, "--limit", "0")
    report(runs, rows)


if __name__ == "__main__":
    main()
