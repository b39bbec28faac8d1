"""What pyspark takes to the first file of Parquet: a session in local[2], a count, a write. IMAGES OUTPUT
[session]: with the third, the session alone."""

import json
import sys
import time

from pyspark.sql import SparkSession


def main():
    images, output, *alone = sys.argv[1:]
    start = time.monotonic()
    took = {}
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    spark = builder.config("spark.driver.memory", "1500m").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    took["session"] = time.monotonic() - start
    if not alone:
        rows = spark.read.format("binaryFile").load(images)
        rows.select("path").count()
        took["count"] = time.monotonic() - start - took["session"]
        rows.select("path", "length").limit(1).write.parquet(output, mode="overwrite")
        took["write"] = time.monotonic() - start - took["session"] - took["count"]
    spark.stop()
    print(json.dumps(took))


if __name__ == "__main__":
    main()
