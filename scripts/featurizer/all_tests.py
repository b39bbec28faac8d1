"""Runs the tests of each kind of session in a process of its own, and adds up what they say.

    all_tests.py [classic | connect | missing]
"""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
KINDS = ["missing", "classic", "connect"]


def counts(kind):
    process = subprocess.run(
        [sys.executable, str(HERE / f"{kind}_test.py")], stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True
    )
    print(f"== {kind}\n{process.stdout}", flush=True)
    found = re.search(r"^(\d+) run, (\d+) failed$", process.stdout, re.MULTILINE)
    run, failed = (int(found.group(1)), int(found.group(2))) if found else (1, 1)
    if process.returncode != 0 and failed == 0:
        failed = 1
    return run - failed, failed


if __name__ == "__main__":
    totals = [counts(kind) for kind in sys.argv[1:] or KINDS]
    passed, failed = (sum(column) for column in zip(*totals))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
