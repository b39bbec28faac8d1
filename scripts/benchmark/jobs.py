"""The runs that benchmarks compare: jobs of this checkout, parts of them without Spark, the same in Python;
and the configuration for images."""

import os
import shutil
import sys
from pathlib import Path
from statistics import median

from measuring import CACHES, ROOT, measure, measure_job

SCRIPTS = Path(__file__).resolve().parent
CACHE = CACHES / "benchmark"
LOG = CACHE / "run.log"
HEAP = "-Xms1500m -Xmx1500m"

IMAGES = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = image-files, path = [{images}], keep = path }}
  feeds = [ {{
    input = keras_tensor, column = content
    image {{ size = [224, 224], preprocessing = {preprocessing} }}
  }} ]
  features = [ {{ layer = {layer}, pool = avg }} ]
  run {{ batch-size = {batch}, precision = {precision} }}
  output {{ path = "{output}", mode = overwrite }}
}}
"""


class Runs:
    """Runs commands one after the other and keeps what each took, by name."""

    def __init__(self, callers):
        self.callers = callers
        self.measured = {}
        CACHE.mkdir(parents=True, exist_ok=True)

    def _run(self, name, command):
        _tell(name)
        return measure(command, LOG)

    def note(self, name, measured):
        """Keeps what a command took that was run elsewhere."""
        self.measured.setdefault(name, []).append(measured)

    def make(self, script, *arguments):
        """Runs a script that makes models and data that do not exist yet."""
        self._run("making rows and model", self._python(script, arguments))

    def check(self, script, *arguments):
        """Runs a script that fails if a result is wrong."""
        self._run("comparing the results", self._python(script, arguments))

    def python(self, name, script, *arguments):
        self.note(name, self._run(name, self._python(script, arguments)))

    def _python(self, script, arguments):
        return [sys.executable, SCRIPTS / script, *map(str, arguments)]

    def job(self, name, configuration, output, *arguments, options=""):
        """The whole process; what it printed is its manifest. There is no output before it."""
        _tell(name)
        shutil.rmtree(output, ignore_errors=True)
        heap = f"{HEAP} {options}"
        measured = measure_job(configuration, LOG, *arguments, heap=heap, cores=self.callers)
        measured.output = (output / "_layertap.json").read_text()
        self.note(name, measured)

    def part(self, name, *arguments):
        """A part of a job of images: see BareRun."""
        classpath = (ROOT / "target/test-classpath").read_text()
        folders = f"{ROOT}/job/spark/target/test-classes:{ROOT}/job/spark/target/classes:{classpath}"
        java = ["java", *HEAP.split(), "-XX:+UseSerialGC", "-cp", folders, "layertap.jobs.BareRun"]
        self.note(name, self._run(name, java + [str(argument) for argument in arguments]))

    def median(self, name, value):
        return median(value(measured) for measured in self.measured[name])

    def seconds(self, name):
        """Of the whole process."""
        return self.median(name, lambda measured: measured.seconds)

    def spread(self, name):
        """Between its fastest and its slowest run, of the median."""
        seconds = [measured.seconds for measured in self.measured[name]]
        return (max(seconds) - min(seconds)) / median(seconds)

    def cpu(self, name):
        """CPU seconds of the whole process."""
        return self.median(name, lambda measured: measured.cpu)

    def printed(self, name, key):
        """What the process measured itself."""
        return self.median(name, lambda measured: measured.printed()[key])

    def table(self, rows):
        """A line for each name; `rows` tells how many rows it went through."""
        print(f"\n{'whole process':36}{'seconds':>10}{'spread':>8}{'rows/s':>10}{'CPU s':>10}{'MB':>10}")
        for name in self.measured:
            megabytes = self.median(name, lambda measured: measured.megabytes)
            print(
                f"{name:36}{self.seconds(name):10.1f}{self.spread(name):8.0%}"
                f"{rows(name) / self.seconds(name):10.1f}{self.cpu(name):10.1f}{megabytes:10.0f}"
            )


def _tell(name):
    print(f"  {name} …", file=sys.stderr, flush=True)


def images_folder(rows):
    return CACHE / f"images-{rows}"


def images_job(
    name,
    rows,
    batch,
    copies=1,
    model="model",
    preprocessing="mobilenet_v2",
    layer="out_relu",
    precision="float32",
):
    """The configuration of a job on images, each read as many times as there are copies, and its
    output."""
    images = images_folder(rows)
    folders = [images]
    for copy in range(1, copies):
        folder = CACHE / f"{images.name}-{copy}"
        if not folder.exists():
            shutil.copytree(images, folder, copy_function=os.link)
        folders.append(folder)
    output = CACHE / f"{name}-features"
    path = CACHE / f"{name}.conf"
    values = {
        "model": CACHE / model,
        "images": ", ".join(f'"{folder}"' for folder in folders),
        "preprocessing": preprocessing,
        "layer": layer,
        "batch": batch,
        "precision": precision,
        "output": output,
    }
    path.write_text(IMAGES.format(**values))
    return path, output
