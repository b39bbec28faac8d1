"""The package `layertap` with its jar, as pip installs it: jar, session, inspect, plan, and the notebook."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest
import zipfile
from pathlib import Path

import numpy
import pandas

import layertap

ROOT = Path(__file__).resolve().parents[2]
MODEL = "test-data/models/digits_keras3"
FEEDS = [{"input": "pixels", "column": "pixels", "tensor": {"shape": [8, 8, 1]}}]


def python(code, path=None, **environment):
    """What a program prints, in an interpreter of its own; a variable of None is not set."""
    variables = {**os.environ, **environment}
    if path:
        variables["PYTHONPATH"] = str(path)
    variables = {name: value for name, value in variables.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=variables, capture_output=True, text=True, check=False, cwd=ROOT,
    )
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


def refused(call, error=layertap.MissingError):
    """The message of a program's refusal."""
    return f"""
        import layertap
        try:
            {call}
        except layertap.{error.__name__} as e:
            print(e)
        """


class Installed(unittest.TestCase):
    """What pip put there, and what it says where something is missing."""

    def test_the_wheel_brings_the_jar(self):
        self.assertNotIn("LAYERTAP_JAR", os.environ)
        jar = Path(layertap.jar())
        self.assertTrue(jar.is_relative_to(Path(layertap.__file__).parent))
        with zipfile.ZipFile(jar) as classes:
            self.assertIn("layertap/Main.class", classes.namelist())
            self.assertIn("META-INF/services/layertap.extract.ExtractorOpener", classes.namelist())
        self.assertRegex(layertap.__version__, r"^\d+\.\d+\.\d+\+jar$")

    def test_the_thin_wheel_is_the_same_package_without_it(self):
        def package(wheel):
            with zipfile.ZipFile(wheel) as files:
                return {
                    name: files.read(name) for name in files.namelist() if name.startswith("layertap/")
                }

        thin, fat = package(os.environ["THIN_WHEEL"]), package(os.environ["JAR_WHEEL"])
        added = [name for name in fat if name not in thin]
        self.assertEqual(len(added), 1, added)
        self.assertRegex(added[0], r"^layertap/jars/layertap-[\d.]+\.jar$")
        self.assertEqual({name: fat[name] for name in thin}, thin)
        self.assertIn("layertap/py.typed", thin)
        platform = re.search(r"-py3-none-(\w+)\.whl$", os.environ["JAR_WHEEL"]).group(1)
        self.assertNotEqual(platform, "any")

    def test_without_a_jar_one_sentence_says_what_to_do(self):
        with tempfile.TemporaryDirectory() as site:
            with zipfile.ZipFile(os.environ["THIN_WHEEL"]) as files:
                files.extractall(site)
            self.assertEqual(
                python(refused("layertap.jar()"), path=site),
                "cannot find layertap's jar: this installation carries none; install the wheel with"
                " '+jar' in its name, or set LAYERTAP_JAR to the jar",
            )
            self.assertEqual(
                python(refused("layertap.jar()"), path=site, LAYERTAP_JAR="no.jar"),
                "cannot find layertap's jar: LAYERTAP_JAR names no.jar, which is no file; correct it",
            )
            named = python("import layertap; print(layertap.jar())", path=site, LAYERTAP_JAR=layertap.jar())
            self.assertEqual(named, layertap.jar())

    def test_without_java_or_spark_one_sentence_says_what_to_do(self):
        self.assertEqual(
            python(refused("layertap.inspect('m')"), JAVA_HOME="/nowhere"),
            "cannot start Java: there is no /nowhere/bin/java; install JDK 17, or correct JAVA_HOME",
        )
        self.assertEqual(
            python(refused("layertap.inspect('m')"), SPARK_HOME="/nowhere"),
            "cannot find Spark: there is no folder /nowhere/jars; correct SPARK_HOME",
        )
        without = "import sys; sys.modules['pyspark'] = None\n"
        self.assertEqual(
            python(without + textwrap.dedent(refused("layertap.session()"))),
            "cannot start Spark: there is no package pyspark; install pyspark 4",
        )

    def test_importing_the_package_imports_neither_spark_nor_pandas(self):
        code = "import sys, layertap; print([m for m in ('pyspark', 'pandas') if m in sys.modules])"
        self.assertEqual(python(code), "[]")

    def test_options_of_java_are_those_of_the_build(self):
        from layertap import _jar

        options = (ROOT / ".mvn/spark-java17.options").read_text(encoding="utf-8").split()
        self.assertEqual(_jar.JAVA_OPTIONS, options)


class Inspect(unittest.TestCase):
    def test_a_row_for_each_layer(self):
        frame = layertap.inspect(ROOT / MODEL)
        self.assertIsInstance(frame, pandas.DataFrame)
        conv2 = frame[frame["selector"] == "conv2"].iloc[0]
        self.assertEqual((conv2["class"], conv2["parameters"]), ("Conv2D", 19248))
        self.assertEqual(conv2["shape"][1:], [8, 8, 48])
        self.assertIn("serving_default", frame.attrs["signatures"])
        self.assertEqual(frame.attrs["total"]["parameters"], int(frame["parameters"].sum()))
        self.assertNotIn("tensors", frame.attrs)

    def test_options(self):
        frame = layertap.inspect(ROOT / MODEL, layers="conv*", tensors=True, tags=["serve"],
                                 signature="serving_default")
        self.assertEqual(list(frame["selector"]), ["conv1", "conv2"])
        self.assertEqual(list(layertap.inspect(ROOT / MODEL, layers="conv*", tags="serve")["selector"]),
                         ["conv1", "conv2"])
        self.assertTrue(any("conv2" in str(tensor) for tensor in frame.attrs["tensors"]))

    def test_refusals_are_errors_with_the_command_s_words(self):
        with self.assertRaises(layertap.CommandError) as refusal:
            layertap.inspect("no/such/model")
        self.assertEqual(refusal.exception.code, 2)
        self.assertRegex(str(refusal.exception), r"^cannot read .*no/such/model")
        self.assertNotIn("layertap: exit", str(refusal.exception))


class Plan(unittest.TestCase):
    def test_a_file(self):
        frame = layertap.plan("conf/digits.conf", settings={"output.path": "target/python/planned"})
        row = frame.iloc[0]
        self.assertEqual((row["column"], row["selector"], row["dtype"]), ("features", "conv2", "float32"))
        self.assertEqual((row["shape"], row["bytes"]), ("(48)", 192))
        self.assertEqual(frame.attrs["input"], "test-data/digits (parquet): 1 file, 77,328 bytes")
        self.assertEqual(frame.attrs["feeds"][0]["column"], "pixels array<float>")

    def test_dictionaries_and_lists_without_an_input(self):
        features = ["softmax", {"layer": "conv2", "pool": "avg", "column": "embedding"}]
        by_name = layertap.plan(model=ROOT / MODEL, feeds=FEEDS, features=features)
        self.assertEqual(list(by_name["column"]), ["softmax", "embedding"])
        self.assertIn("not looked at", by_name.attrs["input"])
        config = {"model": {"path": str(ROOT / MODEL)}, "feeds": FEEDS, "features": features}
        for given in (config, {"layertap": config}):
            pandas.testing.assert_frame_equal(
                layertap.plan(given), by_name, check_flags=False
            )
        self.assertGreater(by_name.attrs["variables"]["bytes"], 0)

    def test_one_stands_for_a_list_of_one(self):
        one = {"layer": "conv2", "pool": "avg"}
        listed = layertap.plan(model=ROOT / MODEL, feeds=FEEDS, features=[one])
        for feeds in (FEEDS[0], "{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }"):
            for features in (one, "{ layer = conv2, pool = avg }", "[{ layer = conv2, pool = avg }]"):
                found = layertap.plan(model=ROOT / MODEL, feeds=feeds, features=features)
                pandas.testing.assert_frame_equal(found, listed, check_flags=False)
                self.assertEqual(found.attrs["fingerprint"], listed.attrs["fingerprint"])
        for features in ("conv1", numpy.array(["conv1"])):
            found = layertap.plan(model=ROOT / MODEL, feeds=tuple(FEEDS), features=features)
            self.assertEqual(list(found["selector"]), ["conv1"])

    def test_problems_come_out_together(self):
        with self.assertRaises(layertap.CommandError) as refusal:
            layertap.plan(model=ROOT / MODEL, feeds=FEEDS, features=["conv3"])
        self.assertEqual(refusal.exception.code, 2)
        self.assertRegex(str(refusal.exception), r"^cannot find the layer 'conv3'.*nearest: conv")
        with self.assertRaises(layertap.CommandError) as refusal:
            layertap.plan(model=ROOT / MODEL, feeds=[{"input": "pixels"}], features=[{"layr": "conv2"}])
        self.assertEqual(
            str(refusal.exception).splitlines(),
            [
                "cannot use the configuration: 3 problems:",
                "  --set feeds: feeds[0].column is missing",
                "  --set features: features[0].layer needs exactly one of layer, index, graph-tensor"
                " or output",
                "  --set features: features[0].layr is no key of layertap; the nearest is 'layer'",
            ],
        )


class Session(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spark = layertap.session("local[2]", config={"spark.ui.enabled": "false"})

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()

    def test_it_has_the_jar_and_reads_a_table(self):
        self.assertEqual(self.spark.sparkContext.master, "local[2]")
        jvm = self.spark.sparkContext._jvm
        self.assertEqual(jvm.java.lang.Class.forName("layertap.Main").getName(), "layertap.Main")
        self.assertEqual(self.spark.read.parquet(str(ROOT / "test-data/digits")).count(), 1797)

    def test_a_second_call_gives_the_same_one(self):
        self.assertIs(layertap.session(), self.spark)

    def test_another_session_without_the_jar_is_not_taken_for_one(self):
        printed = python(
            """
            import layertap
            from pyspark.sql import SparkSession
            SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
            try:
                layertap.session()
            except layertap.MissingError as e:
                print(e)
            """
        )
        self.assertEqual(
            printed.splitlines()[-1],
            "cannot give a session with layertap's jar: one without it runs already; stop it, or start"
            f" it with spark.jars = {layertap.jar()}",
        )


class Notebook(unittest.TestCase):
    def test_every_cell_runs_and_the_last_layer_knows_the_photos_best(self):
        import nbformat
        from nbconvert.preprocessors import ExecutePreprocessor

        notebook = nbformat.read(ROOT / "docs/notebook.ipynb", as_version=4)
        self.assertTrue(all(not cell.get("outputs") for cell in notebook.cells), "outputs are not kept")
        shutil.rmtree(ROOT / "target/notebook", ignore_errors=True)
        ExecutePreprocessor(timeout=600, kernel_name="python3").preprocess(
            notebook, {"metadata": {"path": str(ROOT)}}
        )
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        text = "\n".join(
            output.get("text", "") for cell in code for output in cell.outputs if "text" in output
        )
        scores = dict(re.findall(r"^(\w+) +(\d\.\d+)$", text, re.MULTILINE))
        self.assertEqual(len(scores), 3, text)
        self.assertGreater(min(map(float, scores.values())), 0.5, text)
        images = [
            output for cell in code for output in cell.outputs
            if "image/png" in output.get("data", {})
        ]
        self.assertGreaterEqual(len(images), 1)


if __name__ == "__main__":
    os.chdir(ROOT)
    chosen = sys.argv[1:]
    loader = unittest.defaultTestLoader
    module = sys.modules[__name__]
    tests = loader.loadTestsFromNames(chosen, module) if chosen else loader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
