"""Executors: photos through MobileNetV2 on a cluster of this machine (Spark's local-cluster) with one executor of a
core, and with two. Both in turns; seconds are those of the job once Spark is up. Beside them the tasks of the second
half, when every executor has started and compiled what it runs: the start is a share of each job, and not of how far
executors scale. What a second core of the machine is worth, ONNX Runtime tells: sessions of a thread, in one process
alone and in two at once. Fails if the features differ."""

import argparse
import json
import os
import shutil
import sys
from statistics import median

import features
from jobs import CACHE, LOG, Runs, images_job
from measuring import ROOT, jar, measure
from peer_models import onnx_model, peers_python, spark_home
from rates import MODELS, Asked, at_once, make_models, rows_of_numbers

WANTED = 1.9
PEER_BATCH = 8
PEER_SECONDS = 10
MEGABYTES = 2048
EVENTS = CACHE / "executor-events"


def run(runs, name, count, configuration, output):
    """Runs the job; what it took is noted. The median of the seconds of its later tasks."""
    print(f"  {name} …", file=sys.stderr, flush=True)
    for folder in (output, EVENTS):
        shutil.rmtree(folder, ignore_errors=True)
    EVENTS.mkdir()
    settings = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": EVENTS.as_uri(),
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "true",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.cores.max": count,
        # Else tasks start before all executors are there.
        "spark.scheduler.minRegisteredResourcesRatio": 1,
        "spark.scheduler.maxRegisteredResourcesWaitingTime": "60s",
    }
    command = [ROOT / "scripts/submit", "--master", f"local-cluster[{count},1,{MEGABYTES}]"]
    command += ["--driver-memory", "1g", "--executor-memory", f"{MEGABYTES}m"]
    for key, value in settings.items():
        command += ["--conf", f"{key}={value}"]
    command += ["extract", configuration]
    home = spark_home()
    measured = measure(
        [str(word) for word in command],
        LOG,
        SPARK_HOME=str(home),
        SPARK_SCALA_VERSION="2.13",
        LAYERTAP_JAR=str(jar()),
        PATH=f"{home / 'bin'}:{os.environ['PATH']}",
    )
    measured.output = (output / "_layertap.json").read_text()
    runs.note(name, measured)
    # Where workers of local-cluster leave their copies of the jar.
    shutil.rmtree(home / "work", ignore_errors=True)
    return later_tasks()


def later_tasks():
    """The median of the seconds of the second half of the tasks that the job's largest stage ran."""
    stages = {}
    for path in EVENTS.glob("*/events_*"):
        with path.open() as lines:
            events = [json.loads(line) for line in lines]
        for event in events:
            if event["Event"] == "SparkListenerTaskEnd" and event["Task End Reason"]["Reason"] == "Success":
                task = event["Task Info"]
                launched = task["Launch Time"]
                stages.setdefault(event["Stage ID"], []).append((launched, task["Finish Time"] - launched))
    if not stages:
        sys.exit(f"cannot tell how long tasks took: Spark wrote no events into {EVENTS}")
    tasks = sorted(max(stages.values(), key=len))
    return median(milliseconds for _, milliseconds in tasks[len(tasks) // 2 :]) / 1000


def peer(name):
    """A process of ONNX Runtime that runs MobileNetV2 in a thread."""
    settings = 1, PEER_SECONDS, rows_of_numbers(), onnx_model(MODELS / "MobileNetV2"), CACHE / f"{name}.float32"
    return Asked([peers_python(), ROOT / "scripts/benchmark/onnx_rates.py", *settings])


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench executors", description=__doc__)
    parser.add_argument("--photos", type=int, default=2000, help="of 500x375")
    parser.add_argument("--copies", type=int, default=8, help="how often each is read: the start shall not count much")
    parser.add_argument("--batch", default="8", help="rows in a batch, or auto")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    arguments = parser.parse_args()
    photos, copies = arguments.photos, arguments.copies
    rows = photos * copies
    runs = Runs(1)
    runs.make("make.py", CACHE, photos)
    ways = {"1 executor of a core": 1, "2 executors of a core": 2}
    jobs = {name: images_job(f"executors-{count}", photos, arguments.batch, copies) for name, count in ways.items()}
    jar()
    make_models(["MobileNetV2"])
    peers = []
    later = {name: [] for name in ways}
    with peer("first") as first, peer("second") as second:
        for number in range(arguments.rounds):
            print(f"round {number + 1}", file=sys.stderr)
            for name, count in ways.items():
                later[name].append(run(runs, name, count, *jobs[name]))
            alone = first.ask(PEER_BATCH)
            peers.append(sum(at_once([first, second], PEER_BATCH)) / alone)
    runs.table(lambda name: rows)
    print(f"\n{'once Spark is up':36}{'seconds':>10}{'rows/s':>10}{'a later task, s':>18}")
    for name in ways:
        seconds = runs.printed(name, "seconds")
        print(f"{name:36}{seconds:10.1f}{rows / seconds:10.1f}{median(later[name]):18.3f}")
    one, two = (runs.printed(name, "seconds") for name in ways)
    one_task, two_tasks = (median(later[name]) for name in ways)
    print(f"\ntwo executors / one, rows/s, the whole job: {one / two:.2f}")
    print(f"two executors / one, rows/s, later tasks: {2 * one_task / two_tasks:.2f} (wanted: {WANTED})")
    print(f"two processes of ONNX Runtime at once / one alone, rows/s: {median(peers):.2f}")
    features.same_values(*(features.read(output) for _, output in jobs.values()), "one executor", tolerance=1e-5)


if __name__ == "__main__":
    main()
