"""Outputs of layertap, read by pyarrow and compared with Keras' stored answers."""

import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as dataset
import pyarrow.parquet as parquet

import package_test
from jobs import Answers, column_metadata, extract, manifest

CNN = "cnn_functional_keras2"
ANY_SIZE = "any_size_keras3"
ROW_GROUP_BYTES = 100 << 20


def column_chunks(output):
    """Of all files: the path of each column chunk, and what the footer says of it."""
    for file in output.rglob("*.parquet"):
        footer = parquet.ParquetFile(file).metadata
        for group in range(footer.num_row_groups):
            for column in range(footer.num_columns):
                chunk = footer.row_group(group).column(column)
                yield chunk.path_in_schema, chunk


def has_dictionary(chunk):
    return chunk.has_dictionary_page or any("DICTIONARY" in name for name in chunk.encodings)


def flat(column):
    """Arrays of any depth as the rows of a matrix."""
    values = column.combine_chunks()
    rows = len(values)
    while pa.types.is_list(values.type):
        values = values.flatten()
    return values.to_numpy(zero_copy_only=False).reshape(rows, -1)


class ReadBackTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def cnn(self, features, labels=("a", "b"), **settings):
        """An output of the answers' two inputs, in their order."""
        answers = Answers(CNN)
        table = pa.table(
            {
                "id": [0, 1],
                "label": list(labels),
                "x": list(answers.input.reshape(2, -1)),
            }
        )
        output = extract(self.folder, CNN, table, features, feed="tensor { shape = [28, 28, 1] }", **settings)
        return answers, output

    def test_every_layer_flat(self):
        answers, output = self.cnn(['"*"'])
        rows = parquet.read_table(output).sort_by("id")
        self.assertEqual(rows.column_names, ["id", "label", *answers.layers])
        self.assertEqual(rows["label"].to_pylist(), ["a", "b"])
        for layer, answer in answers.layers.items():
            self.assertEqual(rows.schema.field(layer).type.value_type, pa.float32(), layer)
            values = flat(rows[layer])
            self.assertEqual(values.shape[1], np.prod(answer["shape"][1:]), layer)
            self.assertLessEqual(answers.difference(layer, values), 1e-5, layer)

    def test_forms(self):
        forms = {
            "flat": "",
            "nested": "as = nested",
            "vector": "as = vector",
            "half": "store = float16",
            "brain": "store = bfloat16",
            "pooled": "pool = avg, normalize = l2",
        }
        answers, output = self.cnn(
            [f"{{ layer = conv2, column = {name}, {form} }}" for name, form in forms.items()]
        )
        rows = parquet.read_table(output).sort_by("id")
        values = flat(rows["flat"])
        self.assertLessEqual(answers.difference("conv2", values), 1e-5)
        np.testing.assert_array_equal(flat(rows["nested"]), values)
        first = rows["nested"][0].as_py()
        self.assertEqual((len(first), len(first[0]), len(first[0][0])), (13, 13, 16))
        vector = rows["vector"].combine_chunks()
        np.testing.assert_array_equal(flat(pa.chunked_array([vector.field("values")])), values)
        half = np.stack([np.frombuffer(row.as_py(), "<f2") for row in rows["half"]])
        np.testing.assert_array_equal(half, values.astype(np.float16))
        bits = np.stack([np.frombuffer(row.as_py(), "<u2") for row in rows["brain"]])
        brain = (bits.astype(np.uint32) << 16).view(np.float32)
        exact = values.view(np.uint32)
        rounded = ((exact + 0x7FFF + ((exact >> 16) & 1)) & 0xFFFF0000).view(np.float32)
        np.testing.assert_array_equal(brain, rounded)
        pooled = values.reshape(2, 13 * 13, 16).astype(np.float64).mean(axis=1)
        pooled /= np.linalg.norm(pooled, axis=1, keepdims=True)
        np.testing.assert_allclose(flat(rows["pooled"]), pooled, atol=1e-6)

        metadata = column_metadata(output)
        self.assertEqual(metadata["id"], {})
        fingerprint = manifest(output)["model"]["fingerprint"]
        for name in forms:
            described = metadata[name]["layertap"]
            self.assertEqual(described["layer"], "conv2")
            self.assertEqual(described["dtype"], "float32")
            self.assertEqual(described["fingerprint"], fingerprint)
            self.assertEqual(described["shape"], [16] if name == "pooled" else [13, 13, 16])
        self.assertEqual(metadata["half"]["layertap"]["store"], "float16")
        self.assertEqual(metadata["brain"]["layertap"]["store"], "bfloat16")
        self.assertEqual(metadata["pooled"]["layertap"]["pool"], "avg")

        for path, chunk in column_chunks(output):
            self.assertEqual(chunk.compression, "ZSTD", path)
            is_kept = path in ("id", "label")
            self.assertTrue(is_kept or not has_dictionary(chunk), f"{path}: {chunk.encodings}")

    def test_kept_columns_have_a_dictionary(self):
        _, output = self.cnn(["conv1"], labels=("same", "same"))
        chunks = dict(column_chunks(output))
        self.assertTrue(has_dictionary(chunks["label"]), chunks["label"].encodings)

    def test_other_codecs(self):
        for codec in ("snappy", "gzip", "none"):
            with self.subTest(codec):
                _, output = self.cnn(
                    ["mean"], output_compression=codec, output_mode="overwrite"
                )
                wanted = {"none": "UNCOMPRESSED"}.get(codec, codec.upper())
                self.assertEqual({chunk.compression for _, chunk in column_chunks(output)}, {wanted})
                self.assertEqual(parquet.read_table(output).num_rows, 2)

    def test_folders(self):
        answers, output = self.cnn(["conv2"], output_partition_by="[label]")
        self.assertEqual(
            {folder.name for folder in output.iterdir() if folder.is_dir()}, {"label=a", "label=b"}
        )
        rows = dataset.dataset(output, partitioning="hive").to_table().sort_by("id")
        self.assertEqual(rows["label"].to_pylist(), ["a", "b"])
        self.assertLessEqual(answers.difference("conv2", flat(rows["conv2"])), 1e-5)
        listed = {file["path"] for file in manifest(output)["files"]}
        self.assertEqual(
            listed, {str(file.relative_to(output)) for file in output.rglob("*.parquet")}
        )

    def test_rows_of_megabytes(self):
        """What goes into the model, as a feature: 12.6 MB a row."""
        shape = (1000, 1050, 3)
        images = np.random.default_rng(7).random((16, *shape), dtype=np.float32)
        table = pa.table({"id": list(range(16)), "x": list(images.reshape(16, -1))})
        output = extract(
            self.folder,
            ANY_SIZE,
            table,
            ["{ layer = conv, at = input, column = wide }"],
            feed=f"tensor {{ shape = [{', '.join(map(str, shape))}] }}",
            run_batch_size=1,
        )
        ids = []
        for file in sorted(output.glob("*.parquet")):
            reader = parquet.ParquetFile(file)
            for group in range(reader.num_row_groups):
                footer = reader.metadata.row_group(group)
                self.assertLessEqual(footer.total_byte_size, ROW_GROUP_BYTES)
                rows = reader.read_row_group(group)
                for id, values in zip(rows["id"].to_pylist(), rows["wide"]):
                    ids.append(id)
                    np.testing.assert_array_equal(
                        values.values.to_numpy(), images[id].reshape(-1)
                    )
        self.assertEqual(sorted(ids), list(range(16)))


if __name__ == "__main__":
    tests = unittest.TestSuite()
    for module in (sys.modules[__name__], package_test):
        tests.addTests(unittest.defaultTestLoader.loadTestsFromModule(module))
    result = unittest.TextTestRunner(verbosity=2).run(tests)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
