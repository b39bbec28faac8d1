"""LayerFeaturizer in a classic session, which has the jar by spark.jars."""

import contextlib
import io
import os
import unittest

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

    def test_cached_rows_are_the_same(self):
        added = self.softmax().transform(self.digits(8)).cache()
        self.assertEqual(added.collect(), added.collect())
        added.unpersist()


if __name__ == "__main__":
    models.main(__name__)
