"""Maps over photos: where a map is large the photo turns red, and what cannot be laid is refused."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
from PIL import Image

OVERLAY = Path(__file__).with_name("overlay.py")


def write(folder, column, values, shape, store="native"):
    """An output of two rows as layertap writes it, and their grey photos of 40 x 20 pixels."""
    paths = []
    for name in ("a", "b"):
        photo = folder / name / "photo.png"
        photo.parent.mkdir()
        Image.new("RGB", (40, 20), (128, 128, 128)).save(photo)
        paths.append(photo.as_uri())
    described = {"layertap": {"shape": shape, "store": store}}
    spark = {
        "type": "struct",
        "fields": [
            {"name": "path", "type": "string", "nullable": True, "metadata": {}},
            {"name": column, "type": "binary", "nullable": True, "metadata": described},
        ],
    }
    table = pa.table({"path": paths, column: values})
    key = "org.apache.spark.sql.parquet.row.metadata"
    out = folder / "out"
    out.mkdir()
    parquet.write_table(
        table.replace_schema_metadata({key: json.dumps(spark)}), out / "part-0.parquet"
    )
    return out


def run(*arguments):
    return subprocess.run(
        [sys.executable, OVERLAY, *map(str, arguments)], capture_output=True, text=True
    )


class OverlayTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def laid(self, column, values, shape, *arguments, store="native"):
        out = write(self.folder, column, values, shape, store)
        done = run(out, column, "--to", self.folder / "maps", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("2 PNGs in", done.stdout)
        return [
            np.asarray(Image.open(self.folder / "maps" / name)).astype(int)
            for name in ("photo.png", "photo-2.png")
        ]

    def assert_red_at(self, pixels, y, x):
        """Red, and elsewhere not."""
        self.assertEqual(pixels.shape, (20, 40, 3))
        self.assertGreater(pixels[y, x, 0] - pixels[y, x, 2], 60)
        self.assertLess(pixels[19 - y, 39 - x, 0], pixels[19 - y, 39 - x, 2])

    def test_each_map_lies_over_its_own_photo(self):
        top_left = [1.0, 0, 0, 0]
        bottom_right = [0, 0, 0, 5.0]
        first, second = self.laid("cam", [top_left, bottom_right], [2, 2])
        self.assert_red_at(first, 0, 0)
        self.assert_red_at(second, 19, 39)

    def test_bfloat16_is_read_as_it_was_stored(self):
        values = np.array([[4, 0, 0, 0], [4, 0, 0, 0]], np.float32)
        stored = [bytes((row.view(np.uint32) >> 16).astype("<u2").tobytes()) for row in values]
        first, _ = self.laid("cam", stored, [2, 2], store="bfloat16")
        self.assert_red_at(first, 0, 0)

    def test_of_a_gradient_the_largest_number_of_a_pixel_counts(self):
        values = np.zeros((2, 2, 3))
        values[0, 0] = [0.1, -2, 0]
        first, _ = self.laid("saliency", [values.reshape(-1)] * 2, [2, 2, 3])
        self.assert_red_at(first, 0, 0)

    def test_a_map_of_zeros_and_one_without_opacity_leave_the_photo(self):
        first, _ = self.laid("cam", [[1.0, 0, 0, 0]] * 2, [2, 2], "--opacity", "0")
        self.assertTrue((first == 128).all())

    def test_what_is_no_map_is_refused(self):
        out = write(self.folder, "embedding", [[1.0, 2]] * 2, [2])
        done = run(out, "embedding", "--to", self.folder / "maps")
        self.assertEqual(
            done.stderr.strip(),
            "cannot lay 'embedding' over photos: its shape is [2], not [height, width] or"
            " [height, width, channels]; name a column of maps",
        )
        done = run(out, "cam", "--to", self.folder / "maps")
        self.assertEqual(
            done.stderr.strip(),
            "cannot read maps from 'cam': it is no feature column of this output; its features are"
            " embedding",
        )
        done = run(out, "embedding", "--to", self.folder / "maps", "--photo", "file")
        self.assertIn("the output has no column 'file'; add it to input.keep", done.stderr)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
