"""Grad-CAMs: a job on images of 500x375 through MobileNetV2 with a map at the last convolution for the top
class, beside Keras' GradientTape with the same batches. The maps are compared."""

import argparse
import sys

from jobs import CACHE, Runs, images_folder

CALLERS = 2
WANTED = 1.5

CONFIGURATION = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = image-files, path = "{images}", keep = path }}
  feeds = [ {{
    input = keras_tensor, column = content
    image {{ size = [224, 224], preprocessing = mobilenet_v2 }}
  }} ]
  features = [ {{ grad-cam {{ of = predictions, class = top, wrt = out_relu }}, column = cam }} ]
  run {{ batch-size = {batch} }}
  output {{ path = "{output}", mode = overwrite }}
}}
"""


def report(runs, rows, batches):
    runs.table(lambda name: rows)
    print("\njob / keras, rows/s         whole process    once Spark and Keras' model are up")
    for batch in batches:
        job, keras = f"job, batches of {batch}", f"keras, batches of {batch}"
        whole = runs.seconds(keras) / runs.seconds(job)
        ready = {name: runs.printed(name, "seconds") for name in (job, keras)}
        print(
            f"batches of {batch:<17}{whole:13.2f}{ready[keras] / ready[job]:13.2f}"
            f"  ({rows / ready[job]:.1f} and {rows / ready[keras]:.1f} rows/s; wanted {WANTED})"
        )


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench gradcam", description=__doc__)
    parser.add_argument("--rows", type=int, default=1000, help="images")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    parser.add_argument(
        "--batches", type=int, nargs="+", default=[8, 32], help="rows in a batch; 32 is Keras' default"
    )
    arguments = parser.parse_args()
    rows, batches = arguments.rows, arguments.batches
    runs = Runs(CALLERS)
    runs.make("make_gradcam.py", CACHE, rows)
    images = images_folder(rows)
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        for batch in batches:
            output = CACHE / f"gradcam-{batch}-features"
            configuration = CACHE / f"gradcam-{batch}.conf"
            values = {
                "model": CACHE / "gradcam",
                "images": images,
                "batch": batch,
                "output": output,
            }
            configuration.write_text(CONFIGURATION.format(**values))
            runs.job(f"job, batches of {batch}", configuration, output)
            results = CACHE / "keras-gradcam.parquet"
            name = f"keras, batches of {batch}"
            runs.python(name, "keras_gradcam.py", CACHE, images, results, batch)
            runs.check("same_maps.py", output, results)
    report(runs, rows, batches)


if __name__ == "__main__":
    main()
