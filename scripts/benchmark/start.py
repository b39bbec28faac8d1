"""The start: extract of one row beside pyspark's own start to its first file of Parquet, plan beside pyspark's
session; the same row under spark-submit, with and without an archive of Spark's classes; and what inspect and plan
cost on NASNetMobile, the model of the parity suite with most layers, beyond the start of a JVM with the same classes.
All in turns; a first run of each, which is not counted, leaves the archives of classes and the verdict of the trial."""

import argparse
import os
import shutil
import sys
from statistics import median

from jobs import CACHE, HEAP, LOG
from measuring import ROOT, apart, jar, measure
from peer_models import peers_python, spark_home

LIMIT = 3.0
PLAN_BEYOND_INSPECT = 1.5
PLAN_OF_SESSION = 1.1
EXTRACT_OF_PYSPARK = 0.6
PYSPARK, SESSION = "pyspark: session, count, write", "pyspark: session"
EXTRACT, PLAN, NO_INPUT = "extract --limit 1", "plan", "plan --no-input"
SUBMIT, ARCHIVED = "spark-submit, extract --limit 1", "spark-submit, with an archive"
IMAGES, OUTPUT, PEER_OUTPUT = ROOT / "test-data/images", CACHE / "start-features", CACHE / "pyspark-start"
MODEL = CACHE / "nasnet-mobile"
LOCAL = "-Dspark.master=local[2] -Dspark.ui.enabled=false"
LAYERTAP = ROOT / "scripts/layertap"
ARCHIVE = CACHE / "spark.jsa"
QUIET = "-Xlog:cds=off -Xlog:cds+dynamic=off"

CONFIGURATION = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = image-files, path = "{images}", keep = path }}
  feeds = [ {{
    input = image, column = content
    image {{ size = [224, 224], preprocessing = nasnet }}
  }} ]
  features = [ {{ layer = normal_concat_12, pool = avg }} ]
  output {{ path = "{output}", mode = overwrite }}
}}
"""


def make():
    """The model, with random weights."""
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", KERAS_BACKEND="tensorflow")
    import keras

    keras.utils.set_random_seed(0)
    image = keras.Input((224, 224, 3), name="image")
    model = keras.applications.NASNetMobile(
        input_tensor=image, input_shape=(224, 224, 3), include_top=False, weights=None
    )
    unfinished = MODEL.with_suffix(".unfinished")
    model.export(unfinished, format="tf_saved_model", verbose=False)
    unfinished.rename(MODEL)


def configure():
    """Takes a late layer, so that most of the model is kept."""
    configuration = CACHE / "start.conf"
    configuration.write_text(
        CONFIGURATION.format(
            model=MODEL, images=IMAGES, output=OUTPUT
        )
    )
    return configuration


def commands(configuration):
    """By name. `plan` remembers the trial of the model, which ran in a JVM of its own; one does without."""
    plan = [LAYERTAP, "plan", configuration]
    pyspark = [peers_python(), ROOT / "scripts/benchmark/pyspark_start.py", IMAGES, PEER_OUTPUT]
    return {
        "java -version": ["java", "-version"],
        "layertap --version": [LAYERTAP, "--version"],
        "inspect": [LAYERTAP, "inspect", MODEL],
        PLAN: plan,
        NO_INPUT: [*plan, "--no-input"],
        "plan without trial": [*plan, "--set", "run.trial-seconds=0"],
        SESSION: [*pyspark, "session"],
        EXTRACT: [LAYERTAP, "extract", configuration, "--limit", "1"],
        PYSPARK: pyspark,
        **dict.fromkeys((SUBMIT, ARCHIVED), submit(configuration)),
    }


def submit(configuration):
    """An extraction of one row by the jar, with spark-submit of the peers' pyspark."""
    spark_submit = spark_home() / "bin/spark-submit"
    options = ["--master", "local[2]", "--driver-memory", "1500m", "--conf", "spark.ui.enabled=false"]
    return [spark_submit, *options, jar(), "extract", configuration, "--limit", "1"]


def run_once(name, command):
    """Without what earlier ones wrote."""
    for folder in (OUTPUT, PEER_OUTPUT):
        shutil.rmtree(folder, ignore_errors=True)
    archived = f"-XX:SharedArchiveFile={ARCHIVE} {QUIET}" if name == ARCHIVED else ""
    return measure(command, LOG, LAYERTAP_JAVA_OPTIONS=f"{HEAP} {LOCAL}", SPARK_SUBMIT_OPTS=archived)


def report(measured):
    print(f"\n{'whole process':34}{'seconds':>10}{'spread':>8}{'CPU s':>10}{'beyond':>10}{'MB':>10}")
    seconds = {name: median(run.seconds for run in runs) for name, runs in measured.items()}
    cpu = {name: median(run.cpu for run in runs) for name, runs in measured.items()}
    for name, runs in measured.items():
        spread = (max(run.seconds for run in runs) - min(run.seconds for run in runs)) / seconds[name]
        print(
            f"{name:34}{seconds[name]:10.2f}{spread:8.0%}{cpu[name]:10.2f}"
            f"{max(0.0, cpu[name] - cpu['layertap --version']):10.2f}"
            f"{median(run.megabytes for run in runs):10.0f}"
        )
    print(
        "\nbeyond: CPU seconds more than layertap --version; of inspect and plan without trial,"
        f" which opens the model in this JVM alone, at most {LIMIT} are wanted. Of pyspark they are those of Python"
        " alone; seconds are of the whole"
    )
    session = median(run.printed()["session"] for run in measured[SESSION])
    print(f"\npyspark's session, in its process: {session:.2f} s")
    extract = seconds[EXTRACT] / seconds[PYSPARK]
    print(f"{EXTRACT} / {PYSPARK}, seconds: {extract:.2f} (wanted: {EXTRACT_OF_PYSPARK})")
    print(f"{ARCHIVED} / without, seconds: {seconds[ARCHIVED] / seconds[SUBMIT]:.2f}")
    print(f"{PLAN} / {SESSION}, seconds: {seconds[PLAN] / seconds[SESSION]:.2f} (wanted: {PLAN_OF_SESSION})")
    model = cpu[NO_INPUT] - cpu["inspect"]
    print(f"{NO_INPUT}, beyond inspect, CPU seconds: {model:.2f} (wanted: {PLAN_BEYOND_INSPECT})")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each, in turns")
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    if not MODEL.exists():
        apart(make)
    turns = commands(configure())
    measured = {}
    for name in (EXTRACT, PLAN):
        measure(turns[name], LOG, LAYERTAP_JAVA_OPTIONS=HEAP)
    ARCHIVE.unlink(missing_ok=True)
    shutil.rmtree(OUTPUT, ignore_errors=True)
    measure(turns[SUBMIT], LOG, SPARK_SUBMIT_OPTS=f"-XX:ArchiveClassesAtExit={ARCHIVE} {QUIET}")
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        for name, command in turns.items():
            print(f"  {name} …", file=sys.stderr, flush=True)
            measured.setdefault(name, []).append(run_once(name, command))
    report(measured)


if __name__ == "__main__":
    main()
