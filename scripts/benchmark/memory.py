"""Memory: the largest resident memory of a job of one task beside what plan advises for an executor of one task.
ResNet50 in batches of 32, and a map of 56x56x256 numbers that is not averaged. Java's heap, as large as advised, is
touched at once, as that of an executor is after a while. Beside it, what is not heap; and by how much a job with
the batch needs more than one with single rows."""

import argparse
import json
import os
import shutil
import sys
from statistics import median

from jobs import CACHE, LOG, Runs, images_folder
from measuring import ROOT, measure, measure_job

WANTED = 0.2
MEGABYTE = 2**20

CONFIGURATION = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = image-files, path = "{images}", keep = path }}
  feeds = [ {{
    input = keras_tensor, column = content
    image {{ size = [224, 224], preprocessing = resnet }}
  }} ]
  features = [ {feature} ]
  run {{ batch-size = {batch} }}
  output {{ path = "{output}", mode = overwrite }}
}}
"""

JOBS = {
    "ResNet50, batches of 32": ("{ layer = conv5_block3_out, pool = avg }", 32),
    "56x56x256 a row, batches of 8": ("conv2_block3_out", 8),
}


def configure(rows, feature, batch):
    output, path = CACHE / "memory-features", CACHE / f"memory-{batch}.conf"
    values = {"model": CACHE / "model-ResNet50", "images": images_folder(rows), "output": output}
    path.write_text(CONFIGURATION.format(feature=feature, batch=batch, **values))
    return path, output


def planned(configuration):
    """What plan says about memory, in megabytes."""
    plan = measure([ROOT / "scripts/layertap", "plan", configuration, "--json"], LOG).printed()
    return {key: bytes_ / MEGABYTE for key, bytes_ in plan["memory"].items() if key.endswith("bytes")}


def resident(rows, feature, batch, heap, touched):
    """Largest, in megabytes."""
    configuration, output = configure(rows, feature, batch)
    shutil.rmtree(output, ignore_errors=True)
    options = f"-Xms{heap:.0f}m -Xmx{heap:.0f}m" + (" -XX:+AlwaysPreTouch" if touched else "")
    measured = measure_job(configuration, LOG, heap=options, cores=1)
    written = json.loads((output / "_layertap.json").read_text())["rows"]
    shutil.rmtree(output, ignore_errors=True)
    if written["written"] != rows:
        sys.exit(f"the job wrote {written} instead of {rows} rows")
    return measured.megabytes


def report(name, plan, found):
    heap, beside = plan["executor-heap-bytes"], plan["executor-overhead-bytes"]
    whole, single = median(found["touched"]), median(found["single rows"])
    lines = {
        "resident, heap and all": (whole, heap + beside),
        "without the heap": (whole - heap, beside),
        "more than with single rows": (median(found["batch"]) - single, plan["batch-bytes"]),
    }
    print(f"\n{name:36}{'MB':>10}{'plan, MB':>10}{'ratio':>8}")
    for line, (is_, said) in lines.items():
        print(f"{line:36}{is_:10,.0f}{said:10,.0f}{is_ / said:8.2f}")
    print(f"wanted of the first: 1 ± {WANTED}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench memory", description=__doc__)
    parser.add_argument("--rows", type=int, default=128, help="photos")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    arguments = parser.parse_args()
    rows = arguments.rows
    runs = Runs(1)
    runs.make("make.py", CACHE, rows, "ResNet50")
    os.environ["LAYERTAP_JAVA_OPTIONS"] = ""
    for name, (feature, batch) in JOBS.items():
        print(name, file=sys.stderr)
        plan = planned(configure(rows, feature, batch)[0])
        heap = plan["executor-heap-bytes"]
        found = {"touched": [], "batch": [], "single rows": []}
        for number in range(arguments.rounds):
            print(f"round {number + 1}", file=sys.stderr)
            found["touched"].append(resident(rows, feature, batch, heap, True))
            found["batch"].append(resident(rows, feature, batch, heap, False))
            found["single rows"].append(resident(rows, feature, 1, heap, False))
        report(name, plan, found)


if __name__ == "__main__":
    main()
