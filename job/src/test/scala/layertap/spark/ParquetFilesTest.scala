package layertap.spark

import java.nio.file.Files
import layertap.spark.Digits.{expected, features, set}
import layertap.testing.{JobFolder, SharedSpark}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{Path => HadoopPath}
import org.apache.parquet.column.Encoding
import org.apache.parquet.hadoop.ParquetFileReader
import org.apache.parquet.hadoop.metadata.{BlockMetaData, ColumnChunkMetaData}
import org.apache.parquet.hadoop.util.HadoopInputFile
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What the files' footers say: encodings, codecs, row groups, sizes. */
class ParquetFilesTest extends AnyFunSuite {
  private val spark = SharedSpark.session

  private def files(folder: JobFolder): Seq[String] =
    folder.manifest.get("files").asScala.map(_.get("path").asText).toSeq

  private def rowGroups(folder: JobFolder, file: String): Seq[BlockMetaData] = {
    val path = new HadoopPath(folder.output.resolve(file).toUri)
    val reader = ParquetFileReader.open(HadoopInputFile.fromPath(path, new Configuration))
    try reader.getRowGroups.asScala.toSeq
    finally reader.close()
  }

  private def chunks(folder: JobFolder): Map[String, ColumnChunkMetaData] =
    files(folder)
      .flatMap(rowGroups(folder, _))
      .flatMap(_.getColumns.asScala)
      .map(chunk => chunk.getPath.toDotString -> chunk)
      .toMap

  private def hasDictionary(chunk: ColumnChunkMetaData): Boolean =
    chunk.getEncodings.asScala.exists(_.usesDictionary) || chunk.hasDictionaryPage

  test("features have no dictionary, in whatever form; kept columns have; all are zstd") {
    JobFolder.use { folder =>
      val forms =
        "[softmax, {layer = softmax, as = vector, column = v}, {layer = bn1, as = nested," +
          " column = n}, {layer = softmax, store = float16, column = h}]"
      folder.extracted(Digits.job(), set("input.where=id < 60", s"features=$forms"): _*)
      val found = chunks(folder)
      val ofFeatures = Set(
        "softmax.list.element",
        "v.type",
        "v.size",
        "v.indices.list.element",
        "v.values.list.element",
        "n.list.element.list.element.list.element",
        "h"
      )
      assert(found.keySet === ofFeatures ++ Set("id", "label", "split"))
      found.foreach { case (path, chunk) =>
        assert(chunk.getCodec.name === "ZSTD", path)
        if (ofFeatures(path)) assert(!hasDictionary(chunk), s"$path: ${chunk.getEncodings}")
      }
      assert(hasDictionary(found("label")) && hasDictionary(found("split")))
      assert(found("softmax.list.element").getEncodings.contains(Encoding.PLAIN))
    }
  }

  test("small files of several tasks become one, a row group for each") {
    JobFolder.use { folder =>
      val job = Digits.job(Digits.write(folder, "in", "id < 70", 7))
      val rows = folder.extracted(job)
      assert(rows.rdd.getNumPartitions === 1)
      assert(files(folder).size === 1)
      assert(rowGroups(folder, files(folder).head).size === 2)
      assert(features(rows.collect().toSeq) === expected(70))
      assert(rows.schema("softmax").metadata.contains("layertap"))
    }
  }

  test("a cluster's defaults do not matter, and are the same afterwards") {
    val defaults = Map(
      "spark.sql.sources.commitProtocolClass" -> "org.apache.spark.internal.io.HadoopMapReduceCommitProtocol",
      "spark.sql.parquet.writeLegacyFormat" -> "true",
      "spark.sql.parquet.outputTimestampType" -> "INT96",
      "spark.sql.sources.partitionOverwriteMode" -> "dynamic",
      "spark.sql.sources.useV1SourceList" -> "",
      "spark.sql.files.maxRecordsPerFile" -> "3",
      "mapreduce.fileoutputcommitter.algorithm.version" -> "2",
      "spark.sql.parquet.output.committer.class" -> "org.apache.parquet.hadoop.ParquetOutputCommitter"
    )
    defaults.foreach { case (key, value) => spark.conf.set(key, value) }
    try
      JobFolder.use { folder =>
        val split = set("output.partition-by=split", "output.mode=overwrite", "input.where=id < 20")
        folder.extract(Digits.job(), split: _*)
        assert(folder.extract(Digits.job(), split: _*).code === 0)
        assert(files(folder).size === 1)
        assert(chunks(folder).contains("softmax.list.element"))
        assert(features(folder.rows.collect().toSeq) === expected(20))
        defaults.foreach { case (key, value) => assert(spark.conf.get(key) === value) }
      }
    finally defaults.keys.foreach(spark.conf.unset)
  }

  test("files do not grow beyond half a gigabyte: rows are counted where their size is known") {
    val softmax = ParquetSettings.rowBytes(schema("[softmax]"))
    assert(softmax === 1 + 10 * 4)
    val options =
      ParquetSettings.of(schema("[softmax]"), layertap.config.JobConfig.Compression.ZSTD)
    assert(options.get("maxRecordsPerFile") === s"${(512L << 20) / 41}")
    assert(options.get("parquet.page.size.row.check.min") === "100")
  }

  private def schema(features: String): OutputSchema = {
    val text = s"layertap {${Digits.job()}, output.path = x, features = $features}"
    val config = layertap.config.JobConfigLoader.load(text, "test", java.util.List.of())
    val files = new HadoopModelFiles(config.model.path, new Configuration)
    val planned = new PlanBuilder(config, files).build(1)
    new OutputSchema(java.util.List.of(), FeatureColumn.of(planned.plan.features), false)
  }
}
