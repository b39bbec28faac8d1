"""What must hold in a classic session and in one of Connect alike."""

import os
import shutil
import tempfile

import numpy as np
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression

import layertap
from layertap import LayerFeaturizer
from layertap.spark import FeaturizerError
from models import CASES, DERIVATIVES, DIGITS, DIGITS_FEED, DIGITS_MODEL, Case, require_derivatives


class SharedTests:
    """Mixed into a test case that has ``spark``."""

    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = temporary.name

    def digits(self, below):
        return self.spark.read.parquet(os.path.abspath(DIGITS)).where(f"id < {below}")

    def softmax(self, **settings):
        return LayerFeaturizer(DIGITS_MODEL, DIGITS_FEED, ["softmax"], **settings)

    def embedding(self):
        return LayerFeaturizer(
            model=DIGITS_MODEL,
            feeds=[DIGITS_FEED],
            features=[{"layer": "pool", "as": "vector", "column": "embedding"}],
        )

    def test_features_are_what_keras_computes(self):
        for name in CASES:
            case = Case(name)
            rows = LayerFeaturizer(**case.settings()).transform(case.rows(self.spark)).collect()
            case.require_answers(rows)

    def test_derivatives_and_maps_are_those_of_a_tape(self):
        case = Case("cnn_functional_keras2")
        features = [{**feature, "column": f"d{i}"} for i, feature in enumerate(DERIVATIVES.values())]
        settings = {**case.settings(), "features": ["predictions", *features]}
        rows = case.rows(self.spark).selectExpr("*", "if(id = 0, 3, 7) AS label")
        added = LayerFeaturizer(**settings).transform(rows)
        self.assertEqual(added.columns, ["id", "image", "label", "predictions", *(f["column"] for f in features)])
        found = added.collect()
        require_derivatives("cnn_functional_keras2", found)
        self.assertEqual(np.shape(found[0]["d4"]), (10, 7))
        invalid = LayerFeaturizer(**settings, onInvalid="keep").transform(
            rows.selectExpr("id", "image", "if(id = 0, 10, label) AS label")
        )
        self.assertEqual(
            [row["_error"] for row in invalid.orderBy("id").collect()],
            ["label: the class is 10, and there are 10, counted from 0", None],
        )

    def test_all_columns_stay_and_features_say_where_they_are_from(self):
        rows = self.digits(10)
        added = self.softmax().transform(rows)
        self.assertEqual(added.columns, rows.columns + ["softmax"])
        metadata = added.schema["softmax"].metadata["layertap"]
        self.assertEqual((metadata["layer"], metadata["shape"]), ("softmax", [10]))
        self.assertEqual(added.where("id = 3").count(), 1)
        self.assertEqual(len(added.limit(4).collect()), 4)

    def test_settings_may_be_hocon_or_python(self):
        rows = self.digits(3)
        by_text = LayerFeaturizer(
            model=DIGITS_MODEL,
            feeds="{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }",
            features="softmax",
            tags="serve",
        )
        by_value = LayerFeaturizer(
            DIGITS_MODEL,
            {**DIGITS_FEED, "tensor": {"shape": np.array([8, 8, 1])}},
            ("softmax", {"layer": "conv2", "pool": "avg", "column": "mean"}),
            tags=["serve"],
            signature="serving_default",
            batchSize=2,
        )
        a, b = (f.transform(rows).orderBy("id").collect() for f in (by_text, by_value))
        for one, other in zip(a, b):
            np.testing.assert_allclose(one["softmax"], other["softmax"], atol=1e-6)
            self.assertEqual(len(other["mean"]), 48)
        self.assertEqual(by_value.getOrDefault(by_value.batchSize), 2)

    def test_invalid_rows(self):
        rows = self.digits(6).selectExpr("id", "if(id = 4, null, pixels) AS pixels")
        kept = {
            row["id"]: row for row in self.softmax(onInvalid="keep").transform(rows).collect()
        }
        self.assertEqual(len(kept), 6)
        self.assertEqual(kept[4]["_error"], "pixels: the value is null")
        self.assertIsNone(kept[4]["softmax"])
        self.assertIsNone(kept[3]["_error"])
        skipped = self.softmax(onInvalid="skip").transform(rows)
        self.assertEqual(sorted(row["id"] for row in skipped.collect()), [0, 1, 2, 3, 5])
        with self.assertRaisesRegex(Exception, "cannot extract the row id=4: pixels: the value is null"):
            self.softmax().transform(rows).collect()

    def test_what_cannot_be_done_is_one_sentence(self):
        rows = self.digits(1).selectExpr("*", "1 AS softmax")
        with self.assertRaises(FeaturizerError) as raised:
            self.softmax().transform(rows)
        self.assertEqual(
            str(raised.exception),
            "cannot add the column 'softmax': the DataFrame has one of that name (upper and lower case"
            " count as equal); set column of the feature to another name, or rename or drop the DataFrame's",
        )

    def test_pipeline_is_trained_saved_and_loaded(self):
        classifier = LogisticRegression(featuresCol="embedding", labelCol="label", maxIter=10)
        pipeline = Pipeline(stages=[self.embedding(), classifier])
        path = os.path.join(self.folder, "pipeline")
        pipeline.write().overwrite().save(path)
        model = Pipeline.load(path).fit(self.digits(200))
        model.write().overwrite().save(path)
        loaded = PipelineModel.load(path)
        self.assertIsInstance(loaded.stages[0], LayerFeaturizer)

        def answers(of):
            rows = of.transform(self.digits(60)).select("id", "prediction", "label").collect()
            return {row["id"]: (row["prediction"], row["label"]) for row in rows}

        found = answers(loaded)
        self.assertEqual(found, answers(model))
        self.assertGreater(sum(a == b for a, b in found.values()), 54)

    def test_saved_loaded_and_copied(self):
        featurizer = self.softmax(batchSize=3, onInvalid="skip")
        path = os.path.join(self.folder, "featurizer")
        featurizer.save(path)
        loaded = LayerFeaturizer.load(path)
        self.assertIsInstance(loaded, LayerFeaturizer)
        self.assertEqual(loaded.uid, featurizer.uid)
        self.assertEqual(
            {p.name: v for p, v in loaded.extractParamMap().items()},
            {p.name: v for p, v in featurizer.extractParamMap().items()},
        )
        copied = featurizer.copy({featurizer.features: ["dense"], featurizer.batchSize: 1})
        self.assertEqual(copied.transform(self.digits(1)).columns[-1], "dense")
        self.assertEqual(loaded.transform(self.digits(1)).columns[-1], "softmax")
        self.assertEqual(
            featurizer.transform(self.digits(1), {featurizer.features: "dense"}).columns[-1], "dense"
        )

    def test_sql_over_a_view(self):
        self.softmax().transform(self.digits(12)).createOrReplaceTempView("featurized")
        row = self.spark.sql("SELECT count(*) AS n, sum(size(softmax)) AS s FROM featurized").first()
        self.assertEqual((row["n"], row["s"]), (12, 120))
        self.spark.catalog.dropTempView("featurized")

    def test_rows_of_tfrecord_files(self):
        records, format = "test-data/tfrecord/digits", "layertap.spark.tfrecord.TfRecordFormat"
        expected = np.load("test-data/jobs.answers.npz")["digits/softmax"]
        damaged = os.path.join(self.folder, "in")
        shutil.copytree(records, damaged)
        file = os.path.join(damaged, "digits-00001-of-00003.tfrecord")
        with open(file, "r+b") as stream:
            stream.seek(2 * 324 + 40)
            stream.write(b"?")
        for path, ids in [(records, [*range(24)]), (damaged, [i for i in range(24) if i != 10])]:
            rows = self.spark.read.format(format).load(os.path.abspath(path))
            found = self.softmax(onInvalid="keep").transform(rows).orderBy("id").collect()
            good = [row for row in found if row["_error"] is None]
            self.assertEqual([row["id"] for row in good], ids)
            difference = np.abs(np.array([row["softmax"] for row in good]) - expected[ids])
            self.assertLess(difference.max(), 1e-5)
            reasons = [row["_error"].split(": ", 1)[1] for row in found if row["_error"]]
            self.assertEqual(reasons, [
                "record 2 (counted from 0), at byte 648: the checksum of its data is wrong"
            ][: 24 - len(ids)])

    def test_a_stream_of_files(self):
        source, out = (os.path.join(self.folder, name) for name in ("in", "out"))
        self.digits(20).repartition(2).write.parquet(source)
        stream = self.softmax().transform(
            self.spark.readStream.schema(self.digits(1).schema).parquet(source)
        )
        for _ in range(2):
            query = (
                stream.writeStream.option("checkpointLocation", os.path.join(self.folder, "checkpoint"))
                .trigger(availableNow=True)
                .start(out)
            )
            self.assertTrue(query.awaitTermination(120))
            self.assertIsNone(query.exception())
            self.digits(40).where("id >= 20").coalesce(1).write.mode("append").parquet(source)
        ids = sorted(row["id"] for row in self.spark.read.parquet(out).select("id").collect())
        self.assertEqual(ids, list(range(40)))

    def test_what_is_written_is_read_by_layertap(self):
        out = os.path.join(self.folder, "features")
        self.softmax().transform(self.digits(5)).select("id", "softmax").write.parquet(out)
        self.assertEqual(layertap.read(out)["softmax"].shape, (5, 10))

    def test_config_is_a_whole_file(self):
        rows = self.digits(2)
        added = LayerFeaturizer(config=os.path.abspath("conf/digits.conf")).transform(rows)
        self.assertGreater(len(added.columns), len(rows.columns))
        self.assertEqual(added.columns[: len(rows.columns)], rows.columns)
        self.assertEqual(added.count(), 2)
