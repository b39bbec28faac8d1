"""Inner pieces of a job, measured by JMH in Java: time per call of each way to do a thing, beside the fastest way of
the same parameters. The ways of one class run in one run, each in processes of its own. With --smoke each runs once
for a moment: it fails if one throws, and its times say nothing. JMH's own results go to target/pieces."""

import argparse
import json
import os
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "target/pieces"
SMOKE = ["-f", "0", "-wi", "0", "-i", "1", "-r", "10ms"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pattern", nargs="?", default=".*", help="which: a regular expression of CLASS.WAY")
    parser.add_argument("--forks", type=int, default=2, help="processes for each way")
    parser.add_argument("--iterations", type=int, default=5, help="seconds that count in each, after 3 that do not")
    parser.add_argument("--smoke", action="store_true", help="run each once for 10 ms, in one process")
    arguments = parser.parse_args()
    options = SMOKE
    if not arguments.smoke:
        options = ["-f", str(arguments.forks), "-wi", "3", "-w", "1s", "-i", str(arguments.iterations), "-r", "1s"]
    RESULTS.mkdir(parents=True, exist_ok=True)
    results = RESULTS / f"{time.strftime('%Y-%m-%dT%H-%M-%S')}.json"
    code = run(arguments.pattern, options, results, arguments.smoke)
    measured = json.loads(results.read_text() or "[]") if results.exists() else []
    if not measured and not arguments.smoke:
        sys.exit(f"cannot measure '{arguments.pattern}': JMH has no results; see its words above")
    if arguments.smoke:
        print(f"{len(measured)} passed, {0 if code == 0 else 1} failed")
    else:
        print_table(measured)
        print(f"JMH's results: {results.relative_to(ROOT)}")
    sys.exit(code)


def run(pattern, options, results, ignores_others):
    """JMH on the class path that Maven wrote; its progress goes to the standard error."""
    classes = ROOT / "job/benchmarks/target/classes"
    path = os.pathsep.join([str(classes), (ROOT / "target/benchmarks-classpath").read_text().strip()])
    logging = ROOT / "job/spark/src/main/resources/layertap/spark/log4j2.properties"
    command = ["java", f"@{ROOT}/.mvn/spark-java17.options", "-Xmx1500m", f"-Dlog4j2.configurationFile={logging}"]
    if ignores_others:
        command.append("-Djmh.ignoreLock=true")
    command += ["-cp", path, "org.openjdk.jmh.Main", pattern, *options, "-foe", "true"]
    command += ["-rf", "json", "-rff", str(results)]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr).returncode


def print_table(measured):
    """A line a way: its time, the error that JMH gives, and how often the fastest way goes into it."""

    def group(result):
        name = result["benchmark"].rsplit(".", 2)[1]
        return name, [f"{key} = {value}" for key, value in result.get("params", {}).items()]

    for (name, parameters), results in groupby(sorted(measured, key=group), group):
        results = sorted(results, key=lambda result: result["primaryMetric"]["score"])
        fastest = results[0]["primaryMetric"]["score"]
        print(" ".join([name, *parameters]))
        for result in results:
            metric = result["primaryMetric"]
            error = float(metric["scoreError"])
            spread = f"±{error:10,.1f}" if error == error else " " * 11
            way = result["benchmark"].rsplit(".", 1)[1]
            print(f"  {way:14}{metric['score']:14,.1f} {spread} us {metric['score'] / fastest:8.2f} x")


if __name__ == "__main__":
    main()
