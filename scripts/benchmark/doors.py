"""Doors: the latency of one row through Extractor, in plain Java, beside the bare session of TensorFlow; and
photos of a DataFrame through LayerFeaturizer beside the same photos through a job, in one session of Spark."""

import argparse
import os

from measuring import CACHES, ROOT, measure

CACHE = CACHES / "benchmark"
LOG = "job/spark/src/main/resources/layertap/spark/log4j2.properties"
SINGLE, DOUBLED = "bare session, one row", "bare session, the row twice"
ALONE, AS_JOB = "Extractor, one row", "Extractor, rowsAloneAsInJobs"


def java(main, *arguments):
    """A program of the tests in a JVM of its own, on the class path that Maven wrote."""
    compiled = [ROOT / f"job/{module}/target/{kind}" for module in ("spark", "core") for kind in ("test-classes", "classes")]
    path = os.pathsep.join([*map(str, compiled), (ROOT / "target/test-classpath").read_text().strip()])
    command = ["java", "@.mvn/spark-java17.options", "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={LOG}", "-cp", path, main, *map(str, arguments)]
    return measure(command, CACHE / "doors.log").printed()


def milliseconds(nanos):
    return f"{nanos / 1e6:10.3f}"


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench doors", description=__doc__)
    parser.add_argument("--calls", type=int, default=500, help="rows, one after the other, in each round")
    parser.add_argument("--rounds", type=int, default=5, help="of all ways, in turns")
    parser.add_argument("--model", default="test-data/models/mobilenet_v2_keras3", help="of images of 96 x 96")
    parser.add_argument("--rows", type=int, default=4000, help="photos of a DataFrame; 0: without Spark")
    arguments = parser.parse_args()
    CACHE.mkdir(parents=True, exist_ok=True)
    found = java("layertap.extract.serving.DoorLatency", arguments.model, arguments.calls, arguments.rounds)
    print("milliseconds of one row            p50       p99")
    for way in (SINGLE, ALONE, DOUBLED, AS_JOB):
        print(f"{way:28}{milliseconds(found[way]['p50'])}{milliseconds(found[way]['p99'])}")
    print("\nExtractor / bare session           p50       p99")
    for name, way, bare in (("one row", ALONE, SINGLE), ("rowsAloneAsInJobs / twice", AS_JOB, DOUBLED),
                            ("rowsAloneAsInJobs / one row", AS_JOB, SINGLE)):
        ratios = [found[way][key] / found[bare][key] for key in ("p50", "p99")]
        print(f"{name:28}{ratios[0]:10.2f}{ratios[1]:10.2f}")
    print(f"\nsixteen callers, rows/s     {found['rows/s of sixteen callers']:10.0f}")
    if arguments.rows:
        rows = java("layertap.jobs.doors.DoorRows", CACHE, arguments.rows, arguments.rounds)
        print(f"\nphotos, rows/s: job {rows['job']:.0f}, transform {rows['transform']:.0f};"
              f" transform / job {rows['transform'] / rows['job']:.2f}")


if __name__ == "__main__":
    main()
