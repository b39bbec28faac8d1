package layertap.spark

import layertap.config.JobConfigLoader
import org.scalatest.funsuite.AnyFunSuite

class SparkSettingsTest extends AnyFunSuite {
  private val limit = "spark.rdd.limit.scaleUpFactor"

  private val config = JobConfigLoader.load(
    """layertap {
      |model.path = m
      |input { format = parquet, path = rows, keep = id }
      |feeds = [ { input = x, column = x, tensor {} } ]
      |features = y
      |output.path = features
      |}""".stripMargin,
    "test",
    java.util.List.of()
  )

  test("first rows are looked for in few partitions at once, unless somebody wants it otherwise") {
    assert(SparkExtraction.settings(config).get(limit) === "2")
    System.setProperty(limit, "8")
    try assert(SparkExtraction.settings(config).get(limit) === "8")
    finally System.clearProperty(limit)
  }
}
