"""Measures inspect and plan on NASNetMobile, the model of the parity suite with most layers, beyond the start
of a JVM with the same classes."""

import argparse
import os
import sys
from statistics import median

from jobs import CACHE, HEAP, LOG
from measuring import ROOT, apart, measure

LIMIT = 3.0
MODEL = CACHE / "nasnet-mobile"
LAYERTAP = ROOT / "scripts/layertap"

CONFIGURATION = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = image-files, path = "{images}", keep = path }}
  feeds = [ {{
    input = image, column = content
    image {{ size = [224, 224], preprocessing = nasnet }}
  }} ]
  features = [ {{ layer = normal_concat_12, pool = avg }} ]
  output {{ path = "{output}" }}
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
            model=MODEL, images=ROOT / "test-data/images", output=CACHE / "start-features"
        )
    )
    return configuration


def commands(configuration):
    """By name. `plan` tries the model in a JVM of its own unless run.trial-seconds is 0."""
    plan = [LAYERTAP, "plan", configuration]
    return {
        "java -version": ["java", "-version"],
        "layertap --version": [LAYERTAP, "--version"],
        "inspect": [LAYERTAP, "inspect", MODEL],
        "plan": plan,
        "plan without trial": [*plan, "--set", "run.trial-seconds=0"],
    }


def report(measured):
    print(f"\n{'whole process':22}{'seconds':>10}{'CPU s':>10}{'beyond':>10}{'MB':>10}")
    start = median(run.cpu for run in measured["layertap --version"])
    for name, runs in measured.items():
        cpu = median(run.cpu for run in runs)
        print(
            f"{name:22}{median(run.seconds for run in runs):10.2f}{cpu:10.2f}"
            f"{max(0.0, cpu - start):10.2f}{median(run.megabytes for run in runs):10.0f}"
        )
    print(
        "\nbeyond: CPU seconds more than layertap --version; of inspect and plan without trial,"
        f" which opens the model in this JVM alone, at most {LIMIT} are wanted"
    )


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench start", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="runs of each, in turns")
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    if not MODEL.exists():
        apart(make)
    configuration = configure()
    measured = {}
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        for name, command in commands(configuration).items():
            run = measure(command, LOG, LAYERTAP_JAVA_OPTIONS=HEAP)
            measured.setdefault(name, []).append(run)
    report(measured)


if __name__ == "__main__":
    main()
