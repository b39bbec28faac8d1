"""The packaged jar on one version of Spark and one Java, as its users call it:

    smoke_test.py RESULTS.json JDK_JAVA

SPARK_HOME, JAVA_HOME and LAYERTAP_JAR say which. Features are compared with what TensorFlow computes from the
original models, stored in test-data/. Writes to RESULTS.json what each suite came to. JDK_JAVA is a java with a
compiler, for LinkCheck. A version of Spark before 4.0 must be refused.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as parquet
import pyspark

ROOT = Path(__file__).resolve().parents[2]
HOME = Path(os.environ["SPARK_HOME"])
JAR = os.environ["LAYERTAP_JAR"]
FOLDER = ROOT / "target/versions/smoke"
DIGITS = ROOT / "test-data/digits"

# What Hadoop before 3.5 says on a Java that lacks what it asks for the user by.
HADOOP_REFUSES = "getSubject is not supported"


VERSION = tuple(int(number) for number in pyspark.__version__.split(".")[:2])


class HadoopRefuses(Exception):
    """Spark itself does not start on this Java, as before its version 4.2 on those from 23 on."""


def command(*arguments):
    return [str(HOME / "bin/spark-submit"), "--master", "local[2]", "--conf", "spark.ui.enabled=false", JAR, *arguments]


def submit(code, *arguments):
    """What a job prints, which must end with an exit code."""
    done = subprocess.run(command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    if HADOOP_REFUSES in done.stdout:
        raise HadoopRefuses(done.stdout[-300:])
    require(done.returncode == code, f"exit {done.returncode}, not {code}", done.stdout)
    return done.stdout


def require(holds, message, log=""):
    if not holds:
        raise AssertionError(f"{message}\n{log[-4000:]}")


def extract(code, rows, out, *settings):
    """Runs a job that writes the softmax of digits in a table of Parquet."""
    file = FOLDER / "job.conf"
    file.write_text(
        f"""layertap {{
          model.path = test-data/models/digits_keras3
          input {{ format = parquet, path = "{rows}", keep = [id] }}
          feeds = [{{ input = pixels, column = pixels, tensor {{ shape = [8, 8, 1] }} }}]
          features = [softmax]
          output {{ path = "{out}", key = id }}
        }}"""
    )
    return submit(code, "extract", str(file), *(part for setting in settings for part in ("--set", setting)))


def require_digits(out, ids):
    """Fails unless an output has the rows of some ids, each once, with what TensorFlow computes for them."""
    found = pa.concat_tables(parquet.read_table(file) for file in sorted(out.rglob("*.parquet"))).sort_by("id")
    require(found["id"].to_pylist() == sorted(ids), f"{found.num_rows} rows: {found['id'].to_pylist()[:20]}…")
    answers = np.load(ROOT / "test-data/jobs.answers.npz")["digits/softmax"][found["id"].to_numpy()]
    difference = np.abs(np.stack(found["softmax"].to_numpy()) - answers).max()
    require(difference <= 1e-5, f"features differ by {difference}")


def link():
    """Each class, field and method of Spark that the jar names is there."""
    done = subprocess.run(
        [sys.argv[2], "scripts/versions/LinkCheck.java", JAR, str(HOME / "jars")], capture_output=True, text=True
    )
    require(done.returncode == 0 and ", 0 unresolved" in done.stdout, "unresolved", done.stdout + done.stderr)


def refusal():
    """An older version: one sentence and exit 2, and no word of missing methods; what needs no Spark works."""
    for name in ("extract", "plan"):
        log = submit(2, name, "conf/digits.conf")
        last = log.strip().splitlines()[-1]
        sentence = (
            f"layertap: exit 2: cannot run on Spark {pyspark.__version__}: layertap needs what Spark 4.0 brought;"
            " use Spark 4.0, 4.1, 4.2 or 4.3"
        )
        require(last == sentence, "the sentence", log)
        require("Exception" not in log and "Error" not in log, "a stack trace", log)
    log = submit(0, "inspect", "test-data/models/digits_keras3")
    require("total: 6 layers" in log, "what inspect prints", log)


def digits():
    """All digits, with no warning."""
    log = extract(0, DIGITS, FOLDER / "digits")
    require("1,797 rows read, 1,797 written, 0 skipped, 0 invalid" in log, "counts", log)
    require("is newer than those" not in log, "a warning of a version that is known", log)
    require_digits(FOLDER / "digits", range(1797))


def faults():
    """Invalid rows: counted, or told by name; a mistake in the configuration; files of other names."""
    table = parquet.read_table(DIGITS).filter(pyarrow.compute.less(pyarrow.compute.field("id"), 60)).select(["id", "pixels"])
    pixels = dict(zip(table["id"].to_pylist(), table["pixels"].to_pylist()))
    pixels[7] = None
    pixels[9] = pixels[9][:63]
    rows = FOLDER / "faults.parquet"
    parquet.write_table(
        pa.table({"id": pa.array(pixels, table["id"].type), "pixels": pa.array(pixels.values(), table["pixels"].type)}),
        rows,
    )
    log = extract(0, rows, FOLDER / "skipped", "rows.on-invalid=skip")
    require("60 rows read, 58 written, 2 skipped, 2 invalid" in log, "counts", log)
    require_digits(FOLDER / "skipped", set(pixels) - {7, 9})
    log = extract(2, rows, FOLDER / "refused", "input.where=id < 9")
    require("layertap: exit 2: cannot extract the row id=7: pixels: the value is null" in log, "the row's name", log)
    require(not (FOLDER / "refused").exists(), "an output of a failed job")
    log = extract(2, rows, FOLDER / "refused", "features=[nowhere]")
    require("layertap: exit 2: cannot find the layer 'nowhere': the model has no layer of that name; nearest: conv1" in log, "the reason", log)


def photos():
    """Files with names that Spark passes over."""
    folder = FOLDER / "photos"
    shutil.copytree(ROOT / "test-data/images", folder)
    shutil.copy(folder / "china/china.jpg", folder / "_left.jpg")
    shutil.copy(folder / "china/china.jpg", folder / ".left.jpg")
    # Of no bytes, which Spark leaves out and layertap does not.
    (folder / "china/empty.jpg").touch()
    settings = (f"input.path={folder}", f"output.path={FOLDER}/embeddings", "rows.on-invalid=skip")
    job = ("extract", "conf/photos.conf", *(part for setting in settings for part in ("--set", setting)))
    log = submit(0, *job)
    require("layertap: 2 files left out: .left.jpg, _left.jpg; what begins with . or _" in log, "what is left out", log)
    require("18 rows read, 17 written, 1 skipped, 1 invalid" in log, "counts", log)
    found = pa.concat_tables(parquet.read_table(file) for file in sorted((FOLDER / "embeddings").rglob("*.parquet")))
    found = found.sort_by("path")
    names = ["images/" + "/".join(path.split("/")[-2:]) for path in found["path"].to_pylist()]
    require(names == json.loads((ROOT / "test-data/jobs.answers.json").read_text())["photos"], f"paths: {names}")
    embeddings = np.stack([row["values"] if isinstance(row, dict) else row for row in found["embedding"].to_pylist()])
    difference = np.abs(embeddings - np.load(ROOT / "test-data/jobs.answers.npz")["photos/embedding"]).max()
    require(difference <= 1e-4, f"embeddings differ by {difference}")
    if VERSION >= (4, 3):
        log = submit(0, *job, "--set", 'input.options={ ignoredPathSegmentRegex = "^[.]" }')
        require("1 file left out: .left.jpg; what ends with ._COPYING_ or matches ^[.]" in log, "the setting", log)
        require("19 rows read, 18 written, 1 skipped, 1 invalid" in log, "counts with the setting", log)


def resume():
    """A run of some rows, one that is killed amid its chunks, one that adds the rest: each row is there once."""
    out = FOLDER / "resumed"
    settings = ("output.mode=resume", "output.chunk-rows=150")
    extract(0, DIGITS, out, *settings, "input.where=id % 7 = 3")
    first = files(out)
    killed = FOLDER / "killed.log"
    with killed.open("w") as log:
        process = subprocess.Popen(
            command("extract", str(FOLDER / "job.conf"), *(p for setting in settings for p in ("--set", setting))),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    end = time.monotonic() + 300
    while len(files(out)) < len(first) + 2 and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    require(process.wait() == -signal.SIGKILL, "it ended before it was killed", killed.read_text())
    kept = files(out)
    require(len(kept) >= len(first) + 2, "chunks before the kill", killed.read_text())
    log = extract(0, DIGITS, out, *settings)
    require(kept <= files(out), "files that were published before the kill")
    require_digits(out, range(1797))
    written = int(re.search(r"([\d,]+) written", log).group(1).replace(",", ""))
    require(0 < written < 1797 - 257, f"{written} rows written by the last run", log)


def files(out):
    return {file.name for file in out.rglob("*.parquet")}


def exit_codes():
    """Inside YARN the exit code travels in an exception of Spark, whose constructor differs."""
    done = subprocess.run(
        [
            *(str(Path(os.environ["JAVA_HOME"]) / "bin/java"), "-cp", f"{JAR}:{HOME}/jars/*"),
            *("-Dspark.master=yarn", "-Dspark.submit.deployMode=cluster", "layertap.Main", "inspect", "nowhere"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    require("SparkUserAppException: User application exited with 2" in done.stderr, "its exception", done.stderr)


def transform():
    own = ("explain_shows_model_and_features", "cached_rows_are_the_same", "a_stream_of_files", "sql_over_a_view")
    featurizer("classic", "ClassicTest", *own)


def connect():
    featurizer("connect", "ConnectTest", "it_is_connect")


def featurizer(kind, case, *own):
    """Tests of LayerFeaturizer, which are scripts/test-featurizer's."""
    shared = (
        "features_are_what_keras_computes",
        "invalid_rows",
        "what_cannot_be_done_is_one_sentence",
        "pipeline_is_trained_saved_and_loaded",
        "saved_loaded_and_copied",
    )
    done = subprocess.run(
        [
            *(sys.executable, f"scripts/featurizer/{kind}_test.py"),
            *(f"{case}.test_{name}" for name in (*shared, *own)),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    if HADOOP_REFUSES in done.stdout:
        raise HadoopRefuses(done.stdout[-300:])
    require(done.returncode == 0, "tests failed", done.stdout)
    wanted = len(shared) + len(own)
    require(f"{wanted} run, 0 failed" in done.stdout, f"not {wanted} tests", done.stdout)


SUITES = [link, digits, faults, photos, resume, exit_codes, transform, connect]


def run(suite):
    start = time.monotonic()
    try:
        suite()
        result = "passed"
    except HadoopRefuses as refusal:
        result = "Hadoop refuses" if VERSION < (4, 2) else "failed"
        print(refusal)
    except Exception:
        traceback.print_exc(file=sys.stdout)
        result = "failed"
    print(f"-- {suite.__name__}: {result} ({time.monotonic() - start:.0f} s)", flush=True)
    return result


if __name__ == "__main__":
    os.chdir(ROOT)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    (ROOT / "target/featurizer").mkdir(parents=True, exist_ok=True)
    chosen = os.environ.get("SUITES", "").split()
    suites = [suite for suite in SUITES if not chosen or suite.__name__ in chosen] if VERSION >= (4, 0) else [refusal]
    Path(sys.argv[1]).write_text(json.dumps({suite.__name__: run(suite) for suite in suites}))
