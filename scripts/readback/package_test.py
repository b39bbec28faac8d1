"""The Python package `layertap`, the recipes of docs/reading.md, and which readers skip what."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import venv
from pathlib import Path

import duckdb
import numpy as np
import pandas
import polars
import pyarrow as pa
import pyarrow.dataset as dataset
import pyarrow.parquet as parquet

import layertap
from jobs import MODELS, ROOT, Answers, column_metadata, extract, manifest

CNN = "cnn_functional_keras2"
CONV2 = (13, 13, 16)
RECIPES = Path(__file__).parent / "recipes.py"


def bfloat16(values):
    """Rounded to the nearest, ties to even."""
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)


def ordered(features):
    """By id."""
    order = np.argsort(features["id"])
    return {name: array[order] for name, array in features.items()}


class Outputs:
    """The outputs that all tests read, each made by one job, and Keras' values of what they hold."""

    def __init__(self, folder):
        self.folder = folder
        self.expected = {}
        self.images()
        self.sequences()
        self.maps()
        np.savez(folder / "expected.npz", **self.expected)

    def publish(self, name, output):
        shutil.move(output, self.folder / name)

    def images(self):
        answers = Answers(CNN)
        table = pa.table({"id": [1, 0], "label": ["a", "b"], "x": list(answers.input.reshape(2, -1))})
        forms = {"flat": "", "nested": "as = nested", "vector": "as = vector",
                 "half": "store = float16", "brain": "store = bfloat16"}
        listed = [f"{{ layer = conv2, column = {name}, {form} }}" for name, form in forms.items()]
        output = extract(self.folder / "cnn", CNN, table, listed, feed="tensor { shape = [28, 28, 1] }")
        # What pyarrow reads of the flat column is Keras' answer; all forms are compared with it.
        read = parquet.read_table(output).sort_by([("id", "descending")])
        values = np.stack(read["flat"].to_numpy()).reshape(2, *CONV2)
        assert answers.difference("conv2", values) <= 1e-5
        values = values[::-1]
        self.expected |= {
            "images/id": np.array([0, 1]),
            "images/flat": values,
            "images/nested": values,
            "images/vector": values,
            "images/half": values.astype(np.float16),
            "images/brain": bfloat16(np.ascontiguousarray(values)),
        }
        self.publish("images", output)

    def sequences(self):
        model = "lstm_keras2"
        answers = Answers(model, "events")
        table = pa.table({"id": [0, 1], "x": list(answers.input.reshape(2, -1))})
        listed = ['{ layer = "lstm:0", column = lstm }',
                  '{ layer = "lstm:0", column = nested, as = nested }']
        output = extract(self.folder / "lstm", model, table, listed, input="events",
                         feed="tensor { shape = [10, 100] }")
        read = parquet.read_table(output).sort_by("id")
        values = np.stack(read["lstm"].to_numpy()).reshape(2, 10, 32)
        assert answers.difference("lstm:0", values) <= 1e-5
        self.expected |= {"sequences/id": np.array([0, 1]), "sequences/lstm": values,
                          "sequences/nested": values}
        self.publish("sequences", output)

    def maps(self):
        answers = np.load(MODELS / "open_axes.answers.npz")
        images = [answers[f"image/{number}"] for number in range(4)]
        kind = pa.list_(pa.list_(pa.list_(pa.float32())))
        table = pa.table({"id": [0, 1, 2, 3], "x": pa.array([i.tolist() for i in images], kind)})
        output = extract(self.folder / "any", "any_size_keras3", table, ["conv"], feed="tensor {}")
        convolved = [answers[f"conv/{number}"] for number in range(4)]
        # The values are the job's, near Keras'; their shapes are Keras'.
        read = parquet.read_table(output).sort_by("id")
        whole = np.zeros((4, 20, 20, 4), np.float32)
        for number, (values, want) in enumerate(zip(read["conv"].to_pylist(), convolved)):
            values = np.array(values, np.float32).reshape(want.shape)
            np.testing.assert_allclose(values, want, atol=1e-5 * np.abs(want).max())
            whole[number, : want.shape[0], : want.shape[1]] = values
        self.expected |= {"maps/id": np.arange(4), "maps/conv": whole,
                          "sizes": np.array([array.shape[:2] for array in convolved])}
        self.publish("maps", output)


class PackageTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = Path(temporary.name)
        cls.outputs = Outputs(cls.folder)

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.own = Path(temporary.name)

    def recipe(self, heading, python=sys.executable, **environment):
        packages = os.pathsep.join(
            path for path in (os.environ["LAYERTAP_SITE"], environment.pop("PYTHONPATH", "")) if path
        )
        done = subprocess.run(
            [python, RECIPES, heading, self.folder], capture_output=True, text=True,
            env={**os.environ, **environment, "PYTHONPATH": packages},
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("columns as expected", done.stdout)

    def test_recipe_numpy(self):
        self.recipe("As NumPy arrays")

    def test_recipe_pandas(self):
        self.recipe("pandas")

    def test_recipe_polars(self):
        self.recipe("polars")

    def test_recipe_duckdb(self):
        self.recipe("DuckDB")

    def test_recipe_without_the_package(self):
        self.recipe("Without the package")

    def test_recipe_spark(self):
        python = os.environ["SPARK_PYTHON"]
        self.recipe("Spark", python, PYSPARK_PYTHON=python)

    def test_sequences_of_fixed_steps_have_their_full_shape(self):
        output = self.folder / "sequences"
        self.assertEqual([f["shape"] for f in manifest(output)["features"]], [[10, 32], [10, 32]])
        described = column_metadata(output)
        self.assertEqual(described["lstm"]["layertap"]["shape"], [10, 32])
        self.assertEqual(described["nested"]["layertap"]["shape"], [10, 32])

    def test_what_is_known_of_columns(self):
        images = layertap.read(self.folder / "images")
        self.assertEqual(list(images), ["id", "label", "flat", "nested", "vector", "half", "brain"])
        self.assertEqual(images.kept, ["id", "label"])
        self.assertEqual(images.rows, 2)
        self.assertEqual(images["label"].tolist(), ["a", "b"])
        half = images.columns["half"]
        self.assertEqual((half.layer, half.shape, half.store), ("conv2", CONV2, "float16"))
        self.assertEqual(half.fingerprint, images.manifest["model"]["fingerprint"])
        self.assertEqual(layertap.feature_columns(self.folder / "images"), images.columns)
        self.assertIn("flat: float32 (2, 13, 13, 16)", repr(images))

    def test_some_columns(self):
        maps = layertap.read(self.folder / "maps", columns=["conv"])
        self.assertEqual(list(maps), ["conv"])
        self.assertEqual(maps["conv"].dtype, object)
        shapes = layertap.read(self.folder / "maps", columns=["conv_shape"])
        self.assertEqual(sorted(map(list, shapes["conv_shape"])), [[3, 5, 4], [3, 5, 4], [4, 3, 4], [10, 6, 4]])
        with self.assertRaises(layertap.OutputError) as refused:
            layertap.read(self.folder / "images", columns=["flatt"])
        self.assertEqual(
            str(refused.exception),
            f"cannot read the column flatt of {self.folder}/images: there is none of that name;"
            " nearest: flat",
        )

    def test_maps_and_derivatives(self):
        answers = Answers(CNN)
        stored = np.load(MODELS / "gradients.answers.npz")
        listed = json.loads((MODELS / "gradients.answers.json").read_text())["answers"]
        table = pa.table({"id": [0, 1], "label": [3, 7], "x": list(answers.input.reshape(2, -1))})
        of = "of = { layer = predictions, at = pre-activation }, class = top, wrt ="
        settings = {
            "plain": (f"grad-cam {{ {of} conv2 }}", "", (13, 13)),
            "wide": (f"grad-cam {{ {of} shortcut, size = [10, 7] }}", ", as = nested", (10, 7)),
            "vector": (f"grad-cam {{ {of} conv2, size = [28, 28] }}", ", as = vector", (28, 28)),
            "half": (f"grad-cam {{ {of} bn1, size = [5, 5] }}", ", store = float16", (5, 5)),
            "saliency": ("gradient { of = predictions, class = { column = label }, wrt = image }", "", (28, 28, 1)),
        }
        features = [f"{{ {setting}, column = {name}{form} }}" for name, (setting, form, _) in settings.items()]
        output = extract(self.own, CNN, table, features, feed="tensor { shape = [28, 28, 1] }")
        read = ordered(layertap.read(output))
        self.assertEqual(list(read)[2:], list(settings))
        for name, (setting, _, shape) in settings.items():
            answer = next(a for a in listed if a["model"] == CNN and a["setting"] == setting)
            self.assertEqual(read[name].shape, (2, *shape))
            found = read[name].astype(np.float64).reshape(-1)[:: answer["stride"]]
            difference = np.abs(found - stored[answer["array"]]).max() / answer["max_abs"]
            self.assertLess(difference, 1e-3 if name == "half" else 1e-5, name)
        described = layertap.feature_columns(output)
        self.assertEqual(described["wide"].shape, (10, 7))
        self.assertEqual(read["half"].dtype, np.float16)

    def test_steps_that_rows_decide(self):
        answers = np.load(MODELS / "open_axes.answers.npz")
        tokens = [answers[f"tokens/{number}"] for number in range(8)]
        table = pa.table({"id": list(range(8)), "x": [row.tolist() for row in tokens]})
        output = extract(self.own, "tokens_keras3", table,
                         ["lstm", '{ layer = lstm, column = nested, as = nested }',
                          '{ layer = lstm, column = half, store = float16 }'],
                         input="tokens", feed="tensor {}")
        self.assertEqual(manifest(output)["features"][0]["shape"], [-1, 5])
        read = ordered(layertap.read(output))
        for number in range(8):
            want = answers[f"lstm/{number}"]
            for column in ("lstm", "nested", "half"):
                self.assertEqual(read[column][number].shape, want.shape)
            np.testing.assert_allclose(read["lstm"][number], want, atol=1e-5)
            np.testing.assert_array_equal(read["nested"][number], read["lstm"][number])
            np.testing.assert_array_equal(
                read["half"][number], read["lstm"][number].astype(np.float16))

    def kept(self, rows=40):
        """Digits, every fourth of them invalid, in two folders, with what Python has no number for."""
        digits = parquet.read_table(ROOT / "test-data/digits").slice(0, rows)
        pixels = digits["pixels"].to_pylist()
        for row in range(0, rows, 4):
            pixels[row] = None
        return pa.table({
            "id": pa.array(range(rows), pa.int64()),
            "half": [["left", "right side/5%"][row % 2] for row in range(rows)],
            "seen": pa.array([None if row % 3 else row for row in range(rows)], pa.int64()),
            "at": pa.array([row * 1_000_000 for row in range(rows)], pa.timestamp("us", tz="UTC")),
            "history": [[row, row + 1] for row in range(rows)],
            "x": pa.array(pixels, digits.schema.field("pixels").type),
        })

    def test_rows_without_features_folders_and_kept_columns(self):
        table = self.kept()
        settings = dict(input="pixels", feed="tensor { shape = [8, 8, 1] }", rows_on_invalid="keep",
                        output_partition_by="[half]")
        output = extract(self.own, "digits_keras3", table, ["bn1"], **settings)
        with self.assertRaises(layertap.OutputError) as refused:
            layertap.read(output)
        self.assertRegex(
            str(refused.exception),
            r"cannot read .*: it has rows without features \(.+\); leave them out with"
            r" on_invalid='skip', or get masked arrays with on_invalid='keep'",
        )
        whole = ordered(layertap.read(output, on_invalid="keep"))
        invalid = np.arange(40) % 4 == 0
        self.assertEqual(whole["bn1"].shape, (40, 8, 8, 16))
        self.assertIsInstance(whole["bn1"], np.ma.MaskedArray)
        np.testing.assert_array_equal(whole["bn1"].mask.all(axis=(1, 2, 3)), invalid)
        np.testing.assert_array_equal(whole["bn1"].mask.any(axis=(1, 2, 3)), invalid)
        self.assertTrue(np.isnan(np.asarray(whole["bn1"])[invalid]).all())
        self.assertEqual([error is not None for error in whole["_error"]], list(invalid))
        skipped = ordered(layertap.read(output, on_invalid="skip"))
        self.assertEqual(skipped["id"].tolist(), [row for row in range(40) if row % 4])
        self.assertNotIsInstance(skipped["bn1"], np.ma.MaskedArray)
        np.testing.assert_array_equal(skipped["bn1"], np.asarray(whole["bn1"])[~invalid])
        # What pyarrow reads of the same folders.
        plain = dataset.dataset(output, partitioning="hive").to_table().sort_by("id")
        plain = plain.filter(plain["bn1"].is_valid())["bn1"].to_numpy()
        np.testing.assert_array_equal(skipped["bn1"], np.stack(plain).reshape(30, 8, 8, 16))

        self.assertEqual(whole["half"].tolist(), [["left", "right side/5%"][row % 2] for row in range(40)])
        self.assertEqual(whole["seen"].tolist(), [None if row % 3 else row for row in range(40)])
        self.assertEqual(whole["at"].dtype.kind, "M")
        self.assertEqual(whole["at"].astype("datetime64[s]").astype(int).tolist(), list(range(40)))
        self.assertEqual([list(row) for row in whole["history"]], [[row, row + 1] for row in range(40)])

        ids = []
        for part in range(2):
            for batch in layertap.read_batches(output, 7, on_invalid="skip", part=(part, 2)):
                self.assertLessEqual(batch.rows, 7)
                self.assertEqual(batch["bn1"].shape[1:], (8, 8, 16))
                self.assertTrue(batch["bn1"].flags.writeable and batch["id"].flags.writeable)
                ids += batch["id"].tolist()
        self.assertEqual(sorted(ids), skipped["id"].tolist())

        (output / "_layertap.json").unlink()
        unlisted = layertap.read(output, columns=["id", "bn1"], on_invalid="skip")
        self.assertIsNone(unlisted.manifest)
        np.testing.assert_array_equal(ordered(unlisted)["bn1"], skipped["bn1"])

    def test_files_of_failed_and_other_jobs_are_not_read(self):
        output = self.own / "out"
        shutil.copytree(self.folder / "images", output)
        part = next(output.glob("*.parquet"))
        shutil.copy(part, output / "part-left-behind.parquet")
        self.assertEqual(layertap.read(output).rows, 2)
        (output / "_layertap.json").unlink()
        self.assertEqual(layertap.read(output).rows, 4)
        other = next((self.folder / "sequences").glob("*.parquet"))
        shutil.copy(other, output / "part-other.parquet")
        with self.assertRaises(layertap.OutputError) as refused:
            layertap.read(output)
        self.assertIn("are not those of", str(refused.exception))
        self.assertEqual(layertap.read(part).rows, 2)

    def test_what_cannot_be_read(self):
        for prepare, message in (
            (lambda: None, "cannot read {}: there is no such folder; check the path"),
            (lambda: self.own.joinpath("out").mkdir(),
             "cannot read {}: it holds no Parquet files; name the folder of an output that has rows"),
            (lambda: self.own.joinpath("out/_layertap.json").write_text('{"format": 2}'),
             "cannot read {}: its _layertap.json is of format 2, this version of layertap knows"
             " format 1; install the version that wrote it"),
        ):
            prepare()
            with self.assertRaises(layertap.OutputError) as refused:
                layertap.read(self.own / "out")
            self.assertEqual(str(refused.exception), message.format(self.own / "out"))
        shutil.rmtree(self.own / "out")
        shutil.copytree(self.folder / "images", self.own / "out")
        part = next(self.own.glob("out/*.parquet"))
        part.unlink()
        with self.assertRaises(layertap.OutputError) as refused:
            layertap.read(self.own / "out")
        self.assertIn(f"{part.name}, which _layertap.json lists, is not there", str(refused.exception))

    def test_a_fresh_environment(self):
        """The wheel with what it asks for, and nothing else."""
        environment = self.own / "environment"
        venv.create(environment, with_pip=True)
        python = environment / "bin/python"
        wheel = os.environ["LAYERTAP_WHEEL"]
        # Else pip finds the package where these tests do.
        clean = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True, env=clean)
        subprocess.run([python, "-m", "pip", "check", "--quiet"], check=True, env=clean)
        program = (
            "import layertap; features = layertap.read('images');"
            "print(layertap.__version__, features['flat'].shape, layertap.__file__)"
        )
        done = subprocess.run([python, "-c", program], cwd=self.folder, env=clean,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        version, shape = done.stdout.split(" ", 1)
        self.assertRegex(version, r"^\d+\.\d+\.\d+$")
        self.assertTrue(shape.startswith(f"(2, 13, 13, 16) {environment}"), shape)
        shown = subprocess.run([python, "-m", "pip", "show", "--files", "layertap"],
                               capture_output=True, text=True, env=clean).stdout
        for file in ("layertap/py.typed", "METADATA", "RECORD", "licenses/LICENSE", "licenses/NOTICE"):
            self.assertIn(file, shown)


class ReadersTest(unittest.TestCase):
    """The table of docs/reading.md."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name
        parquet.write_table(pa.table({"id": [0, 1]}), f"{self.folder}/part-0.parquet")

    def readers(self):
        folder = self.folder
        return {
            "pyarrow": lambda: parquet.read_table(folder).num_rows,
            "pyarrow.dataset": lambda: dataset.dataset(folder).to_table().num_rows,
            "pandas": lambda: len(pandas.read_parquet(folder)),
            "layertap": lambda: layertap.read(folder).rows,
            "DuckDB": lambda: len(duckdb.sql(f"FROM read_parquet('{folder}')").fetchall()),
            "DuckDB *": lambda: len(duckdb.sql(f"FROM read_parquet('{folder}/*')").fetchall()),
            "DuckDB pattern": lambda: len(
                duckdb.sql(f"FROM read_parquet('{folder}/**/*.parquet')").fetchall()),
            "polars": lambda: polars.read_parquet(folder).height,
            "polars hidden": lambda: polars.scan_parquet(
                folder, hidden_file_prefix=["_", "."]).collect().height,
            "polars pattern": lambda: polars.read_parquet(f"{folder}/**/*.parquet").height,
        }

    def failing(self):
        failing = set()
        for name, read in self.readers().items():
            try:
                self.assertEqual(read(), 2, name)
            except AssertionError:
                raise
            except Exception:
                failing.add(name)
        return failing

    def test_data_alone(self):
        self.assertEqual(self.failing(), set())

    def test_files_beside_the_data(self):
        for name in (".layertap-skipped.json", ".part-0.parquet.crc", "_layertap.json"):
            with self.subTest(name):
                file = Path(self.folder) / name
                # A manifest that the package reads, too.
                file.write_text('{"format": 1, "earlier": [], "files": [{"path": "part-0.parquet"}]}')
                self.assertEqual(self.failing(), {"polars", "DuckDB *"})
                file.unlink()


def torch_recipe():
    """Runs the recipe for PyTorch alone, with the Python that TORCH_PYTHON names."""
    PackageTest.setUpClass()
    try:
        PackageTest().recipe("PyTorch", os.environ["TORCH_PYTHON"])
    finally:
        PackageTest.doClassCleanups()


if __name__ == "__main__":
    torch_recipe()
    print("1 passed, 0 failed")
