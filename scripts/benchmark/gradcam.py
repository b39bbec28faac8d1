"""Grad-CAMs: a job on images of 500x375 through MobileNetV2 with a map at the last convolution for the top
class, beside Keras' GradientTape in batches of several sizes, of which the fastest counts. The maps are
compared. A job before the first round, which is not measured, leaves the archive of classes and the verdict of
the trial, as any first job does."""

import argparse
import sys

from jobs import CACHE, HEAP, LOG, Runs, images_folder
from measuring import measure_job

CALLERS = 2
WANTED = 1.5
JOB = "job"

CONFIGURATION = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = image-files, path = "{images}", keep = path }}
  feeds = [ {{
    input = keras_tensor, column = content
    image {{ size = [224, 224], preprocessing = mobilenet_v2 }}
  }} ]
  features = [ {{ grad-cam {{ of = predictions, class = top, wrt = out_relu }}, column = cam }} ]
  {run}
  output {{ path = "{output}", mode = overwrite }}
}}
"""


def configure(images, batch):
    """A configuration in the cache, and its output. Without a batch it has the default."""
    output, path = CACHE / "gradcam-features", CACHE / "gradcam.conf"
    run = f"run {{ batch-size = {batch} }}" if batch else ""
    values = {"model": CACHE / "gradcam", "images": images, "run": run, "output": output}
    path.write_text(CONFIGURATION.format(**values))
    return path, output


def keras(batch):
    return f"keras, batches of {batch}"


def report(runs, rows, batches):
    runs.table(lambda name: rows)
    ready = {name: runs.printed(name, "seconds") for name in [JOB, *map(keras, batches)]}
    print(f"\n{'once Spark and Keras’ model are up':36}{'seconds':>10}{'rows/s':>10}")
    for name, seconds in ready.items():
        print(f"{name:36}{seconds:10.1f}{rows / seconds:10.1f}")
    fastest = min(map(keras, batches), key=ready.get)
    whole = min(runs.seconds(keras(batch)) for batch in batches)
    print(f"\njob / fastest Keras ({fastest}; wanted {WANTED})")
    print(f"  rows/s once they are up   {ready[fastest] / ready[JOB]:.2f}")
    print(f"  rows/s, whole process     {whole / runs.seconds(JOB):.2f}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench gradcam", description=__doc__)
    parser.add_argument("--rows", type=int, default=1000, help="images")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    parser.add_argument("--batch", type=int, help="the job's; it has its default without it")
    parser.add_argument("--batches", type=int, nargs="+", default=[4, 8, 32], help="of Keras")
    arguments = parser.parse_args()
    rows, batches = arguments.rows, arguments.batches
    runs = Runs(CALLERS)
    runs.make("make_gradcam.py", CACHE, rows)
    images = images_folder(rows)
    configuration, output = configure(images, arguments.batch)
    measure_job(configuration, LOG, heap=HEAP, cores=CALLERS)
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        runs.job(JOB, configuration, output)
        for batch in batches:
            results = CACHE / "keras-gradcam.parquet"
            runs.python(keras(batch), "keras_gradcam.py", CACHE, images, results, batch)
            runs.check("same_maps.py", output, results)
    report(runs, rows, batches)


if __name__ == "__main__":
    main()
