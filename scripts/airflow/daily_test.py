"""Runs layertap_daily.py by `airflow dags test`, as its readers would, and looks at what it leaves.

scripts/test-airflow calls this with Airflow, SPARK_SUBMIT and LAYERTAP_JAR. Arguments are names of
tests; without, all run.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / "target" / "airflow"
DAY = "2026-01-31"
ROWS = 20

JOB = """
layertap {
  model { path = %(root)s/test-data/models/digits_keras3 }
  input {
    format = parquet, path = %(root)s/test-data/digits, keep = [id, ds]
    select { ds = "if(id < %(rows)d, '%(day)s', '2026-02-01')" }
  }
  feeds = [ { input = pixels, column = pixels, tensor { shape = [8, 8, 1] } } ]
  features = [ { layer = conv2, pool = avg, column = embedding } ]
  output { path = none }
}
""" % {"root": ROOT, "rows": ROWS, "day": DAY}

# One row of the day sleeps for ten minutes.
SLOW = JOB.replace(
    "select {", "select { slept = \"if(id = 3, reflect('java.lang.Thread', 'sleep', 600000L), '')\","
).replace("keep = [id, ds]", "keep = [id, ds, slept]")


class Airflow:
    """An Airflow of its own, with a copy of the DAG, and a folder for features."""

    def __init__(self, name):
        self.home = WORK / name
        shutil.rmtree(self.home, ignore_errors=True)
        (self.home / "dags").mkdir(parents=True)
        shutil.copy(ROOT / "scripts/airflow/layertap_daily.py", self.home / "dags")
        self.features = self.home / "features"
        self.environment = {
            **os.environ,
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW_CONN_SPARK_DEFAULT": '{"conn_type": "spark", "host": "local[2]"}',
            "SPARK_LOCAL_IP": "127.0.0.1",
            "LAYERTAP_CONF": str(self.configure(JOB)),
            "LAYERTAP_OUTPUT": str(self.features),
            "LAYERTAP_RETRIES": "1",
            "LAYERTAP_RETRY_SECONDS": "1",
        }
        self._run("db", "migrate")

    def configure(self, job):
        path = self.home / "job.conf"
        path.write_text(job)
        return path

    def _run(self, *command):
        return subprocess.run(
            ["airflow", *command],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
        )

    def run_day(self, on_line=lambda line: None, **settings):
        """Runs the day: whether it went well, the log, and how often the job was started.

        :param on_line: is called with each line as it comes
        """
        process = subprocess.Popen(
            ["airflow", "dags", "test", "layertap_daily", DAY],
            env={**self.environment, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = []
        for line in process.stdout:
            lines.append(line)
            on_line(line)
        log = "".join(lines)
        (self.home / "run.log").write_text(log)
        starts = len(re.findall(r"Spark-Submit cmd: ", log))
        return process.wait() == 0, log, starts

    def manifest(self):
        return json.loads((self.features / f"date={DAY}" / "_layertap.json").read_text())


def test_a_day_is_extracted(airflow):
    is_well, log, starts = airflow.run_day()
    assert is_well and starts == 1
    manifest = airflow.manifest()
    assert manifest["complete"] and manifest["rows"]["written"] == ROWS, manifest
    assert manifest["input"]["where"] == f"ds = '{DAY}'", manifest


def test_the_same_day_twice_is_the_day_once(airflow):
    airflow.run_day()
    first = airflow.manifest()
    is_well, log, starts = airflow.run_day()
    assert is_well and starts == 1
    second = airflow.manifest()
    assert second["run"] != first["run"]
    assert second["rows"] == first["rows"], second
    files = {path.name for path in (airflow.features / f"date={DAY}").glob("*.parquet")}
    assert files == {file["path"] for file in second["files"]}, files


def test_a_wrong_layer_fails_at_once(airflow):
    airflow.configure(JOB.replace("conv2", "conv9"))
    is_well, log, starts = airflow.run_day(LAYERTAP_RETRIES="3")
    assert not is_well and starts == 1
    assert "layertap: exit 2: cannot find the layer 'conv9'" in log
    assert "another try would fail as well" in log
    assert not airflow.features.exists()


def test_storage_that_fails_is_tried_again(airflow):
    # A file stands where the storage should be mounted.
    airflow.features.write_text("")

    def repair(line):
        if "layertap: exit 3: " in line and airflow.features.is_file():
            airflow.features.unlink()

    is_well, log, starts = airflow.run_day(on_line=repair)
    assert is_well and starts == 2
    assert airflow.manifest()["rows"]["written"] == ROWS


def test_storage_that_goes_on_failing_fails_the_day(airflow):
    airflow.features.write_text("")
    is_well, log, starts = airflow.run_day()
    assert not is_well and starts == 2
    assert airflow.features.is_file()


def test_a_job_that_takes_too_long_is_killed_and_tried_again(airflow):
    airflow.configure(SLOW)
    is_well, log, starts = airflow.run_day(LAYERTAP_TIMEOUT_SECONDS="15")
    assert not is_well and starts == 2
    assert "AirflowTaskTimeout" in log
    running = subprocess.run(["pgrep", "-f", str(airflow.home)], capture_output=True, text=True)
    assert running.stdout == "", running.stdout
    # The files that the killed jobs left do not disturb the next run.
    airflow.configure(JOB)
    is_well, log, starts = airflow.run_day()
    assert is_well and starts == 1
    assert airflow.manifest()["rows"]["written"] == ROWS


def test_in_cluster_mode_the_manifest_counts(airflow):
    # As in cluster mode, spark-submit ends with 0 even if the driver fails. The first driver fails; the
    # output of an earlier run does not count as its own.
    airflow.run_day()
    first = airflow.manifest()
    submit = airflow.home / "spark-submit"
    submit.write_text(
        f"""#!/usr/bin/env bash
words=()
while [[ $# -gt 0 ]]; do
  if [[ $1 == --deploy-mode ]]; then shift; else words+=("$1"); fi
  shift
done
if [[ ! -e {airflow.home}/failed ]]; then touch {airflow.home}/failed; exit 0; fi
"{os.environ["SPARK_SUBMIT"]}" "${{words[@]}}"
exit 0
"""
    )
    submit.chmod(0o755)
    connection = {"conn_type": "spark", "host": "local[2]", "extra": {"deploy-mode": "cluster"}}
    is_well, log, starts = airflow.run_day(
        SPARK_SUBMIT=str(submit), AIRFLOW_CONN_SPARK_DEFAULT=json.dumps(connection)
    )
    assert is_well and starts == 2
    assert f"published nothing to {airflow.features}/date={DAY}, there is {first['run']}" in log
    assert airflow.manifest()["run"] != first["run"]


def main():
    tests = {name: test for name, test in globals().items() if name.startswith("test_")}
    failed = 0
    chosen = sys.argv[1:] or list(tests)
    for name in chosen:
        print(f"-- {name}", flush=True)
        try:
            tests[name](Airflow(name))
        except Exception:
            failed += 1
            print("".join((WORK / name / "run.log").read_text().splitlines(keepends=True)[-80:]))
            traceback.print_exc(file=sys.stdout)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
