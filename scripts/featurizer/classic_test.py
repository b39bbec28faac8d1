"""LayerFeaturizer in a classic session, which has the jar by spark.jars."""

import contextlib
import io
import os
import re
import shutil
import unittest
from pathlib import Path

from pyspark.sql import SparkSession

import models
from shared_tests import SharedTests

SPARK = (
    SparkSession.builder.master("local[2]")
    .config("spark.jars", os.environ["LAYERTAP_JAR"])
    .config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "2")
    .getOrCreate()
)
SPARK.sparkContext.setLogLevel("OFF")


class ClassicTest(SharedTests, unittest.TestCase):
    spark = SPARK

    def test_explain_shows_model_and_features(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.softmax().transform(self.digits(3)).explain()
        self.assertIn("LayerFeaturizer(test-data/models/digits_keras3: softmax)", out.getvalue())

    def test_the_examples_of_the_documentation(self):
        blocks = re.findall(r"^```py\n(.*?)^```", Path("docs/dataframes.md").read_text(), re.MULTILINE | re.DOTALL)
        self.assertEqual(len(blocks), 3)
        for folder in ("target/digits-pipeline", "target/digits-stream"):
            shutil.rmtree(folder, ignore_errors=True)
        names = {"spark": self.spark}
        with contextlib.redirect_stdout(io.StringIO()) as out:
            for block in blocks:
                exec(compile(block, "docs/dataframes.md", "exec"), names)
        self.assertEqual(names["features"].count(), 1797)
        self.assertIn("prediction", out.getvalue())
        self.assertEqual(self.spark.read.parquet("target/digits-stream/features").count(), 1797)

    def test_cached_rows_are_the_same(self):
        added = self.softmax().transform(self.digits(8)).cache()
        self.assertEqual(added.collect(), added.collect())
        added.unpersist()


if __name__ == "__main__":
    models.main(__name__)
