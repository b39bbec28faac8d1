"""The cost of writing features, of publishing files, and of rows of megabytes."""

import argparse
import shutil

from measuring import CACHES, ROOT, measure, measure_job

CACHE = CACHES / "output"
STORAGES = {"local disk": [], "HDFS": ["with-hdfs"], "S3 (moto)": ["with-s3"]}

CONFIGURATION = """
layertap {{
  model {{ path = "{folder}/model" }}
  input {{ format = parquet, path = "{folder}/rows", keep = id }}
  feeds = [ {{ input = x, column = x, tensor {{ shape = [1] }} }} ]
  features = [ {{ output = wide }} ]
  run {{ batch-size = 2 }}
  output {{ path = "{folder}/features", mode = overwrite }}
}}
"""


def benchmark(*arguments, storage=(), **environment):
    """Runs the benchmark's program, beside a storage if one is named."""
    classpath = (ROOT / "target/s3-classpath").read_text()
    folders = f"{ROOT}/job/spark/target/test-classes:{ROOT}/job/spark/target/classes:{classpath}"
    log = f"-Dlog4j2.configurationFile={ROOT}/job/spark/src/main/resources/layertap/spark/log4j2.properties"
    java = ["java", "-Xmx2g", f"@{ROOT}/.mvn/spark-java17.options", log, "-cp", folders]
    command = [ROOT / "scripts/storage" / script for script in storage] + java
    command += ["layertap.spark.write.OutputBenchmark", *map(str, arguments)]
    return measure(command, CACHE / "run.log", **environment).printed()


def writing(millions):
    print(f"\n{'a million feature values':34}{'seconds':>10}{'bytes':>14}")
    for name, found in benchmark("write", CACHE / "written", millions).items():
        print(f"{name:34}{found['seconds'] / millions:10.4f}{found['bytes'] / millions:14,.0f}")


def publishing(files):
    print(f"\n{f'publication of {files:,} files, seconds':34}{'overwrite':>10}{'append':>14}")
    for name, storage in STORAGES.items():
        local = {} if storage else {"STORAGE_ROOT": f"file:{CACHE}/published", "STORAGE_SETTINGS": ""}
        found = benchmark("publish", files, storage=storage, **local)
        print(f"{name:34}{found['overwrite']:10.2f}{found['append']:14.2f}")


def wide(rows):
    folder = CACHE / "wide"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    benchmark("make-wide", folder, rows)
    configuration = folder / "job.conf"
    configuration.write_text(CONFIGURATION.format(folder=folder))
    measured = measure_job(configuration, CACHE / "run.log", heap="-Xmx2g")
    print(
        f"\n{rows} rows of 12.8 MB, heap of 2 GB: {measured.seconds:.1f} s, largest resident memory"
        f" {measured.megabytes:,.0f} MB"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=100, help="millions of feature values written")
    parser.add_argument("--files", type=int, default=1000, help="files that are published at once")
    parser.add_argument("--rows", type=int, default=64, help="rows of 12.8 MB")
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    try:
        writing(arguments.values)
        publishing(arguments.files)
        wide(arguments.rows)
    finally:
        for folder in ("written", "published", "wide"):
            shutil.rmtree(CACHE / folder, ignore_errors=True)


if __name__ == "__main__":
    main()
