"""Runs the job, its parts and Keras in turns, and prints medians and their ratios."""

import argparse
import os
import shutil
import sys
from pathlib import Path
from statistics import median

from measuring import measure

SCRIPTS = Path(__file__).resolve().parent
ROOT = SCRIPTS.parent.parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "layertap/benchmark"
BATCH = 4
CALLERS = 2
HEAP = "-Xms1500m -Xmx1500m"

CONFIGURATION = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = image-files, path = [{images}], keep = path }}
  feeds = [ {{
    input = keras_tensor, column = content
    image {{ size = [224, 224], preprocessing = mobilenet_v2 }}
  }} ]
  features = [ {{ layer = out_relu, pool = avg }} ]
  run {{ batch-size = {batch} }}
  output {{ path = "{output}", mode = overwrite }}
}}
"""


class Benchmark:
    """The commands that are compared, on one set of images."""

    def __init__(self, rows):
        self.rows = rows
        self.images = CACHE / f"images-{rows}"
        self.measured = {}
        python = [sys.executable]
        self.python = python
        self._run("making the images and the model", python + [SCRIPTS / "make.py", CACHE, str(rows)])
        self.configuration = self._configuration("job", 1)

    def _run(self, name, command, **environment):
        print(f"  {name} …", file=sys.stderr, flush=True)
        return measure(command, CACHE / "run.log", ROOT, **environment)

    def _configuration(self, name, copies):
        """A job on the images, each read as many times as there are copies."""
        folders = [self.images]
        for copy in range(1, copies):
            folder = CACHE / f"{self.images.name}-{copy}"
            if not folder.exists():
                shutil.copytree(self.images, folder, copy_function=os.link)
            folders.append(folder)
        path = CACHE / f"{name}.conf"
        values = {
            "model": CACHE / "model",
            "images": ", ".join(f'"{folder}"' for folder in folders),
            "batch": BATCH,
            "output": CACHE / f"{name}-features",
        }
        path.write_text(CONFIGURATION.format(**values))
        return path

    def _note(self, name, measured):
        self.measured.setdefault(name, []).append(measured)
        return measured

    def job(self, copies=1):
        name = "job" if copies == 1 else f"job on {copies * self.rows:,} rows"
        configuration = self._configuration(f"job-{copies}", copies)
        command = [ROOT / "scripts/layertap", "extract", configuration]
        options = f"{HEAP} -Dspark.master=local[{CALLERS}] -Dspark.ui.enabled=false"
        measured = self._run(name, command, LAYERTAP_JAVA_OPTIONS=options)
        measured.output = (CACHE / f"job-{copies}-features/_layertap.json").read_text()
        return self._note(name, measured)

    def part(self, mode):
        classpath = (ROOT / "target/test-classpath").read_text()
        folders = f"{ROOT}/target/test-classes:{ROOT}/target/classes:{classpath}"
        java = ["java", *HEAP.split(), "-XX:+UseSerialGC", "-cp", folders, "layertap.spark.BareRun"]
        command = java + [mode, self.configuration, self.images, str(self.rows), str(CALLERS)]
        return self._note(mode, self._run(mode, command + [str(BATCH)]))

    def keras(self):
        command = self.python + [SCRIPTS / "keras_predict.py", CACHE, self.images]
        return self._note("keras", self._run("keras", command + [CACHE / "keras.parquet"]))

    def median(self, name, value):
        return median(value(measured) for measured in self.measured[name])


def report(benchmark, copies):
    rows = benchmark.rows
    seconds = {name: benchmark.median(name, lambda m: m.seconds) for name in benchmark.measured}
    cpu = {name: benchmark.median(name, lambda m: m.cpu) for name in benchmark.measured}
    memory = {name: benchmark.median(name, lambda m: m.megabytes) for name in benchmark.measured}
    print(f"\n{'whole process':28}{'seconds':>10}{'rows/s':>10}{'CPU s':>10}{'MB':>10}")
    for name in benchmark.measured:
        read = rows * copies if name.startswith("job on") else rows
        print(
            f"{name:28}{seconds[name]:10.1f}{read / seconds[name]:10.1f}{cpu[name]:10.1f}"
            f"{memory[name]:10.0f}"
        )
    own_cpu = {
        mode: benchmark.median(mode, lambda m: m.printed()["cpu_seconds"])
        for mode in ("decode", "session")
    }
    own_seconds = benchmark.median("session", lambda m: m.printed()["seconds"])
    ready = {
        name: benchmark.median(name, lambda m: m.printed()["seconds"]) for name in ("job", "keras")
    }
    print(f"\nbare session, calls alone: {rows / own_seconds:.1f} rows/s with {CALLERS} callers")
    print(f"CPU seconds of decoding alone {own_cpu['decode']:.1f}, of the calls {own_cpu['session']:.1f}")
    print(f"\njob / keras, rows/s:                              {seconds['keras'] / seconds['job']:.2f}")
    print(
        f"the same once Spark is up, and Keras' model is: {ready['keras'] / ready['job']:9.2f}"
        f"  ({rows / ready['job']:.1f} and {rows / ready['keras']:.1f} rows/s)"
    )
    ratio = (cpu["job"] - own_cpu["decode"]) / own_cpu["session"]
    print(f"(job CPU - decoding) / session CPU:                {ratio:.2f}")
    large = f"job on {copies * rows:,} rows"
    if large in cpu:
        more = (cpu[large] - cpu["job"]) / (copies - 1)
        ratio = (more - own_cpu["decode"]) / own_cpu["session"]
        print(f"the same without the start, by the larger job:     {ratio:.2f}")
        print(f"memory of the larger job / of the smaller:         {memory[large] / memory['job']:.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000, help="images of 500x375")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each, in turns")
    parser.add_argument("--copies", type=int, default=10, help="of the images in the larger job; 1: none")
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    benchmark = Benchmark(arguments.rows)
    for number in range(arguments.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        benchmark.job()
        benchmark.part("session")
        benchmark.part("decode")
        benchmark.keras()
    if arguments.copies > 1:
        benchmark.job(arguments.copies)
    report(benchmark, arguments.copies)


if __name__ == "__main__":
    main()
