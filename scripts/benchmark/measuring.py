"""Runs whole processes, mainly jobs of this checkout, and measures them."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CACHES = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "layertap"


@dataclass
class Measured:
    """A finished process: wall and CPU seconds, largest resident memory, what it printed."""

    seconds: float
    cpu: float
    megabytes: float
    output: str

    def printed(self):
        """The JSON object at the end of it."""
        start = self.output.index("{")
        return json.loads(self.output[start:])


def apart(function, *arguments):
    """Calls a function in a process of its own: a process inherits the largest memory of the one that
    started it."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode != 0:
        sys.exit(f"failed: {function.__name__}")


def jar():
    """The cluster's jar, built anew if a source is newer."""
    package = ["-Dstyle.color=never", "-Dchecks.skip", "-DskipTests", "-Djavacpp.platform=linux-x86_64", "package"]
    found = list((ROOT / "target").glob("layertap-*.jar"))
    sources = [path for path in (ROOT / "job").glob("*/src/main/**/*") if path.is_file()]
    if not found or max(path.stat().st_mtime for path in sources) > found[0].stat().st_mtime:
        print("  building the jar …", file=sys.stderr)
        subprocess.run(["mvn", "--quiet", "--batch-mode", "--no-transfer-progress", *package], cwd=ROOT, check=True)
        found = list((ROOT / "target").glob("layertap-*.jar"))
    return found[0]


def measure_job(configuration, log, *arguments, heap, cores=2):
    """Runs a job of this checkout, the whole process."""
    command = [ROOT / "scripts/layertap", "extract", configuration, *arguments]
    options = f"{heap} -Dspark.master=local[{cores}] -Dspark.ui.enabled=false"
    return measure(command, log, LAYERTAP_JAVA_OPTIONS=options)


def measure(command, log, **environment):
    """Runs a command in the checkout; ends this program if it fails."""
    output = log.with_suffix(".out")
    start = time.monotonic()
    with open(output, "w") as out, open(log, "w") as err:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=out, stderr=err
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if status != 0:
        print(log.read_text()[-2000:], file=sys.stderr)
        sys.exit(f"failed: {' '.join(str(word) for word in command)}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(seconds, cpu, usage.ru_maxrss / 1024, output.read_text())
