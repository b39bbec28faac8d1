"""Runs whole processes and tells what they took."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass


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


def measure(command, log, folder, **environment):
    """Runs a command in a folder; ends this program if it fails."""
    output = log.with_suffix(".out")
    start = time.monotonic()
    with open(output, "w") as out, open(log, "w") as err:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | environment, stdout=out, stderr=err
        )
        _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    if status != 0:
        print(log.read_text()[-2000:], file=sys.stderr)
        sys.exit(f"failed: {' '.join(str(word) for word in command)}")
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(seconds, cpu, usage.ru_maxrss / 1024, output.read_text())
