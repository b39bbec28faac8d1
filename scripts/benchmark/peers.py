"""Photos to features in Parquet, whole processes in turns: a job, and what else does that, each in two or three
settings. After the first round a setting that takes a tenth longer than the best of its peer is left out; the best
median of each counts. Outputs are deleted before each run. Fails if features differ."""

import argparse
import shutil
import sys
from pathlib import Path

import features
from jobs import CACHE, LOG, Runs, images_folder, images_job
from measuring import measure
from peer_models import onnx_model, peers_python
from photos import MODELS

CALLERS = 2
# Pillow, by which peers of Python decode, computes the cosine transform of JPEG in other steps than TensorFlow and
# layertap: pixels differ by one or two of 255, and features of random weights by up to a hundredth.
LEAST_COSINE = 0.9999
SCRIPTS = Path(__file__).resolve().parent

NAMES = {"daft": "Daft", "ray": "Ray Data", "keras": "Keras predict", "udf": "predict_batch_udf"}
SCRIPT = {"daft": "daft_onnx.py", "ray": "ray_onnx.py", "keras": "keras_predict.py", "udf": "udf_keras.py"}
# What follows the arguments that all scripts take, and how a setting is called.
SETTINGS = {
    "daft": {"batch 8": [8], "batch 32": [32]},
    "ray": {
        "2 actors decode, batch 8": [8, 2, "actors"],
        "2 actors decode, batch 32": [32, 2, "actors"],
        "tasks decode, 1 actor, batch 32": [32, 1, "tasks"],
    },
    "keras": {"batch 8": [8], "batch 32": [32]},
    "udf": {"batch 8": [8], "batch 32": [32]},
}
# The job's seconds, of a peer's; asked for at 2,000 photos and at 20,000.
WANTED = {
    ("MobileNetV2", "daft"): "1.0, of 20,000 photos 0.9",
    ("MobileNetV2", "ray"): "0.5",
    ("MobileNetV2", "keras"): "0.4",
    ("MobileNetV2", "udf"): "0.33",
    ("ResNet50", "daft"): "1.0",
    ("ResNet50", "keras"): "0.75",
}
LEFT_OUT = 1.1


def title(peer, setting):
    return f"{NAMES[peer]}, {setting}"


def run_peer(runs, peer, setting, model, saved, images, output):
    """Keras has the environment in which the model was made, the others that of the peers."""
    if output.is_dir():
        shutil.rmtree(output)
    output.unlink(missing_ok=True)
    path = onnx_model(saved) if peer in ("daft", "ray") else saved.with_name(f"{saved.name}.keras")
    python = sys.executable if peer == "keras" else peers_python()
    command = [python, SCRIPTS / SCRIPT[peer], model, path, images, output, *SETTINGS[peer][setting]]
    print(f"  {title(peer, setting)} …", file=sys.stderr, flush=True)
    runs.note(title(peer, setting), measure([str(word) for word in command], LOG))


def compare(ours, precision, peer, theirs):
    """Keras decodes as layertap does, so a job that ran in float32, as Keras does, has the same values."""
    if peer in ("keras", "udf") and precision == "float32":
        features.same_values(ours, theirs, NAMES[peer])
    else:
        features.same_direction(ours, theirs, NAMES[peer], LEAST_COSINE)


def job(precision):
    return "job" if precision == "float32" else f"job, {precision}"


def report(runs, arguments, settings):
    runs.table(lambda name: arguments.rows)
    for own in map(job, arguments.precisions):
        print(f"\n{own + ' / best setting of a peer':48}{'seconds':>8}{'CPU s':>8}   wanted")
        for peer, kept in settings.items():
            best = min((title(peer, setting) for setting in kept), key=runs.seconds)
            seconds = runs.seconds(own) / runs.seconds(best)
            # Processes of Ray and the JVM of pyspark are not among those that were waited for.
            cpu = f"{runs.cpu(own) / runs.cpu(best):8.2f}" if peer in ("daft", "keras") else f"{'':8}"
            print(f"{best:48}{seconds:8.2f}{cpu}   {WANTED.get((arguments.model, peer), '')}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench peers", description=__doc__)
    parser.add_argument("--rows", type=int, default=2000, help="images of 500x375")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    parser.add_argument("--peers", nargs="+", choices=NAMES, default=list(NAMES), metavar="PEER", help=", ".join(NAMES))
    parser.add_argument("--model", choices=MODELS, default="MobileNetV2", help=", ".join(MODELS))
    parser.add_argument("--batch", default="auto", help="rows in a batch of the job; the default of jobs is auto")
    parser.add_argument("--precisions", nargs="+", default=["float32"], help="jobs of each run.precision")
    arguments = parser.parse_args()
    model, rows = arguments.model, arguments.rows
    runs = Runs(CALLERS)
    runs.make("make.py", CACHE, rows, model)
    saved = CACHE / ("model" if model == "MobileNetV2" else f"model-{model}")
    photo = MODELS[model]
    jobs = {
        job(precision): images_job(
            f"job-peers-{precision}",
            rows,
            arguments.batch,
            model=saved.name,
            preprocessing=photo.preprocessing,
            layer=photo.layer,
            precision=precision,
        )
        for precision in arguments.precisions
    }
    images, peer_output = images_folder(rows), CACHE / "peer-features"
    # The first run builds, and leaves the archive of classes and the verdict of the trial.
    first = Runs(CALLERS)
    for name, (configuration, output) in jobs.items():
        first.job(f"{name}, first run", configuration, output)
    settings = {peer: list(SETTINGS[peer]) for peer in arguments.peers}
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        for name, (configuration, output) in jobs.items():
            runs.job(name, configuration, output)
        if number == 0:
            computed = []
            for name, (_, output) in jobs.items():
                engine = runs.measured[name][0].printed()["versions"]["engine"]
                computed.append((features.read(output, photo.layer), engine["precision"]))
        for peer, kept in settings.items():
            for setting in kept:
                run_peer(runs, peer, setting, model, saved, images, peer_output)
                if number == 0:
                    theirs = features.read(peer_output, "features")
                    for ours, precision in computed:
                        compare(ours, precision, peer, theirs)
            best = min(runs.seconds(title(peer, setting)) for setting in kept)
            settings[peer] = [s for s in kept if runs.seconds(title(peer, s)) <= LEFT_OUT * best]
    report(runs, arguments, settings)


if __name__ == "__main__":
    main()
