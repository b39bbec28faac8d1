"""Programs that measure on demand: each is started once, warms up, and then takes turns with the others."""

import os
import subprocess
import sys
from statistics import median

import numpy as np

from measuring import CACHES, ROOT, measure

CACHE = CACHES / "benchmark"
MODELS = CACHE / "batch"
ROWS = 32
SIDE = 224

# Where SessionRates writes no features.
NOT_WRITTEN = "-"

PLAN = """
layertap {{
  model {{ path = "{model}" }}
  input {{ format = parquet, path = "rows" }}
  feeds = [ {{ input = x, column = x, {conversion} }} ]
  features = [ {features} ]
  run {{ precision = {precision} }}
  output {{ path = "features" }}
}}
"""


def numbers(model, features="last", precision="float32"):
    """A configuration whose model is fed numbers."""
    return PLAN.format(model=model, features=features, precision=precision, conversion="tensor {}")


def pixels(model, precision="float32"):
    """The same, fed images: they are finite, so nobody looks at each number before a batch runs."""
    image = f"image {{ size = [{SIDE}, {SIDE}], preprocessing = mobilenet_v2 }}"
    return PLAN.format(model=model, features="last", precision=precision, conversion=image)


def java_command(main, *arguments):
    """A program of the tests, on the class path that Maven wrote."""
    folders = [ROOT / f"job/core/target/{kind}" for kind in ("test-classes", "classes")]
    path = os.pathsep.join([*map(str, folders), (ROOT / "target/test-classpath").read_text().strip()])
    return ["java", "-Xmx1500m", "-XX:+UseSerialGC", "-cp", path, main, *map(str, arguments)]


def rows_of_numbers():
    """A file of images of numbers from 0 to 1."""
    path = CACHE / f"rows-{ROWS}.float32"
    if not path.exists():
        np.random.default_rng(7).random((ROWS, SIDE, SIDE, 3), np.float32).tofile(path)
    return path


def features_in(path):
    """What SessionRates wrote for the rows of numbers."""
    return np.fromfile(path, np.float32).reshape(ROWS, -1)


def make_models(names, log=CACHE / "run.log"):
    """Makes those that do not exist yet, in MODELS."""
    CACHE.mkdir(parents=True, exist_ok=True)
    measure([sys.executable, ROOT / "scripts/benchmark/make_batch.py", MODELS, *names], log)


def add_turns(parser, seconds=10):
    """How programs take turns."""
    parser.add_argument("--callers", type=int, default=2, help="threads, as tasks of a job")
    parser.add_argument("--seconds", type=float, default=seconds, help="that each runs in each round")
    parser.add_argument("--rounds", type=int, default=3, help="of all, in turns")


class Asked:
    """A program that says `ready`, and answers each line with a number."""

    def __init__(self, command):
        words = [str(word) for word in command]
        log = (CACHE / "asked.log").open("a")
        self.process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        )
        self.answer()

    def answer(self):
        line = self.process.stdout.readline().strip()
        if not line:
            sys.exit(f"failed: {' '.join(self.process.args)}; see {CACHE / 'asked.log'}")
        return line

    def ask(self, line):
        self.begin(line)
        return float(self.answer())

    def begin(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.process.stdin.close()
        self.process.wait()


def at_once(programs, line):
    """What each answers while the others run too."""
    for program in programs:
        program.begin(line)
    return [float(program.answer()) for program in programs]


def in_turns(ways, rounds):
    """Medians and spreads of rows/s, by name: `ways` has for each name the program and what it is asked."""
    for program, line in ways.values():
        program.ask(line)  # not counted: everything is warm after it
    found = {name: [] for name in ways}
    for number in range(rounds):
        print(f"round {number + 1}", file=sys.stderr)
        for name, (program, line) in ways.items():
            found[name].append(program.ask(line))
            print(f"  {name}: {found[name][-1]:.1f} rows/s", file=sys.stderr, flush=True)
    return found


def spread(values):
    return (max(values) - min(values)) / median(values)


def table(title, found):
    print(f"\n{title:42}{'rows/s':>10}{'spread':>10}")
    for name, rates in found.items():
        print(f"{name:42}{median(rates):10.1f}{spread(rates):10.0%}")
