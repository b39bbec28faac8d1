"""The same features by pyspark in local[2]: predict_batch_udf with a model of Keras, whose two processes decode and
predict in one thread each. NAME MODEL IMAGES OUTPUT BATCH"""

import json
import os
import sys
import time

# For the processes of Python that Spark starts.
os.environ.update(
    TF_CPP_MIN_LOG_LEVEL="2",
    KERAS_BACKEND="tensorflow",
    TF_NUM_INTRAOP_THREADS="1",
    TF_NUM_INTEROP_THREADS="1",
    PYSPARK_PYTHON=sys.executable,
    PYTHONPATH=os.path.dirname(os.path.abspath(__file__)),
)

from pyspark.ml.functions import predict_batch_udf
from pyspark.sql import SparkSession
from pyspark.sql.types import ArrayType, FloatType


def predictor(name, path):
    def make():
        import numpy as np

        from photos import by_tensorflow, keras_features

        model = keras_features(path, name)

        def predict(photos):
            return model.predict_on_batch(np.stack([by_tensorflow(photo, name) for photo in photos]))

        return predict

    return make


def main():
    name, path, images, output, batch = sys.argv[1:6]
    start = time.monotonic()
    settings = {"spark.ui.enabled": "false", "spark.driver.memory": "2g", "spark.sql.parquet.compression.codec": "zstd"}
    # The same number of files in a task as a job of layertap has.
    settings["spark.sql.files.openCostInBytes"] = "1m"
    # Arrow hands rows to Python by so many.
    settings["spark.sql.execution.arrow.maxRecordsPerBatch"] = "256"
    builder = SparkSession.builder.master("local[2]")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    features = predict_batch_udf(
        predictor(name, path), return_type=ArrayType(FloatType()), batch_size=int(batch)
    )
    rows = spark.read.format("binaryFile").load(images)
    rows.select("path", features("content").alias("features")).write.parquet(output, mode="overwrite")
    seconds = time.monotonic() - start
    spark.stop()
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
