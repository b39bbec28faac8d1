package layertap.spark.write

import layertap.config.JobConfig.Compression
import layertap.extract.check.LocalTrial
import layertap.hadoop.HadoopFiles
import layertap.jobs.Digits
import layertap.spark.schema.FeatureColumn
import layertap.hadoop.HadoopModelFiles
import layertap.spark.schema.OutputSchema
import layertap.plan.PlanBuilder
import java.nio.file.Files
import layertap.report.WrittenFile
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{Path => HadoopPath}
import org.apache.parquet.column.Encoding
import org.apache.parquet.hadoop.ParquetFileReader
import org.apache.parquet.hadoop.metadata.{BlockMetaData, ColumnChunkMetaData}
import org.apache.parquet.hadoop.util.HadoopInputFile
import org.apache.spark.sql.types._
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
      assertSame(features(rows.collect().toSeq), expected(70))
      assert(rows.schema("softmax").metadata.contains("layertap"))
    }
  }

  test("a cluster's defaults do not matter, and are the same afterwards") {
    val committer = "org.apache.parquet.hadoop.ParquetOutputCommitter"
    val defaults = Map(
      "spark.sql.sources.commitProtocolClass" -> "org.apache.spark.internal.io.HadoopMapReduceCommitProtocol",
      "spark.sql.parquet.writeLegacyFormat" -> "true",
      "spark.sql.parquet.outputTimestampType" -> "INT96",
      "spark.sql.sources.partitionOverwriteMode" -> "dynamic",
      "spark.sql.sources.useV1SourceList" -> "",
      "spark.sql.files.maxRecordsPerFile" -> "3",
      "mapreduce.fileoutputcommitter.algorithm.version" -> "2",
      "mapreduce.fileoutputcommitter.marksuccessfuljobs" -> "true",
      "mapreduce.fileoutputcommitter.cleanup-failures.ignored" -> "true",
      "mapreduce.outputcommitter.factory.scheme.file" -> "no.such.Factory",
      "mapreduce.outputcommitter.factory.class" -> "no.such.Factory",
      "fs.s3a.committer.name" -> "magic",
      "spark.sql.sources.outputCommitterClass" -> committer,
      "spark.sql.parquet.output.committer.class" -> committer,
      "spark.sql.parquet.compression.codec" -> "gzip",
      "parquet.enable.dictionary" -> "true",
      "parquet.block.size" -> "1000",
      "parquet.summary.metadata.level" -> "ALL",
      "spark.sql.sources.default" -> "csv",
      "spark.sql.caseSensitive" -> "true",
      "spark.sql.ansi.enabled" -> "false",
      "spark.sql.adaptive.enabled" -> "false",
      "spark.sql.files.ignoreMissingFiles" -> "true",
      "spark.sql.parquet.mergeSchema" -> "true"
    )
    defaults.foreach { case (key, value) => spark.conf.set(key, value) }
    val hadoop = spark.sparkContext.hadoopConfiguration
    defaults.foreach { case (key, value) => hadoop.set(key, value) }
    try
      JobFolder.use { folder =>
        val split = set("output.partition-by=split", "output.mode=overwrite", "input.where=id < 20")
        folder.extract(Digits.job(), split: _*)
        assert(folder.extract(Digits.job(), split: _*).code === 0)
        assert(files(folder).size === 1)
        assert(folder.output.toFile.list.toSet - "split=train" === Set("_layertap.json"))
        val softmax = chunks(folder)("softmax.list.element")
        assert(softmax.getCodec.name === "ZSTD" && !hasDictionary(softmax))
        assert(rowGroups(folder, files(folder).head).size === 1)
        assertSame(features(folder.rows.collect().toSeq), expected(20))
        defaults.foreach { case (key, value) => assert(spark.conf.get(key) === value) }
      }
    finally
      defaults.keys.foreach { key =>
        spark.conf.unset(key)
        hadoop.unset(key)
      }
  }

  test("small files of a folder become files of 256 MB; those of 128 MB and more stay") {
    def file(path: String, megabytes: Long) = new WrittenFile(path, megabytes << 20)
    def groups(files: WrittenFile*) =
      FileMerge.groups(files.asJava).asScala.map(_.asScala.map(_.bytes >> 20)).filter(_.nonEmpty)
    assert(
      groups((0 until 1000).map(number => file(s"part-$number", 1)): _*)
        .map(_.size) === Seq(256, 256, 256, 232)
    )
    assert(
      groups(file("a", 127), file("b", 128), file("c", 512), file("d", 129)).toSet ===
        Set(Seq(127), Seq(128), Seq(512), Seq(129))
    )
    assert(groups(file("a", 100), file("b", 100), file("c", 100)) === Seq(Seq(100, 100), Seq(100)))
    assert(groups(file("x=1/a", 1), file("x=2/a", 1), file("x=1/b", 2)) === Seq(Seq(1, 2), Seq(1)))
  }

  test("Hadoop's settings are not parsed anew for each file that is merged") {
    JobFolder.use { folder =>
      folder.extracted(Digits.job(), set("input.where=id < 20"): _*)
      val source = new HadoopPath(folder.output.resolve(files(folder).head).toUri)
      val parsed = (1 to 2).map(_ * 3).map { count =>
        val target = new HadoopPath(source.getParent, s"appended-$count.parquet")
        val loads = loadsOfSettings { configuration =>
          FileMerge.append(target, Seq.fill(count)(source).asJava, configuration)
        }
        assert(rowGroups(folder, target.getName).map(_.getRowCount).sum === count * 20)
        loads
      }
      assert(parsed(0) === parsed(1))
    }
  }

  /** How often Hadoop looks for its own defaults: once for each set of settings that it makes. */
  private def loadsOfSettings(work: Configuration => Unit): Int = {
    val thread = Thread.currentThread
    val usual = thread.getContextClassLoader
    var count = 0
    val counting = new ClassLoader(usual) {
      override def getResource(name: String): java.net.URL = {
        if (name == "core-default.xml") {
          count += 1
        }
        super.getResource(name)
      }
    }
    thread.setContextClassLoader(counting)
    try work(new Configuration)
    finally thread.setContextClassLoader(usual)
    count
  }

  test("files do not grow beyond half a gigabyte: rows are counted where their size is known") {
    val softmax = ParquetSettings.rowBytes(schema("[softmax]"))
    assert(softmax === 1 + 10 * 4)
    val options =
      ParquetSettings.of(schema("[softmax]"), Compression.ZSTD)
    assert(options.get("maxRecordsPerFile") === s"${(512L << 20) / 41}")
    assert(options.get("parquet.page.size.row.check.min") === "100")
  }

  test("memory is looked at from the first row on where a kept column may be of any size") {
    def firstLook(types: DataType*): String = {
      val kept = types.zipWithIndex.map { case (kind, at) => StructField(s"c$at", kind) }
      val written = schema("[softmax]")
      ParquetSettings
        .of(new OutputSchema(kept.asJava, written.features, false), Compression.ZSTD)
        .get("parquet.page.size.row.check.min")
    }
    assert(firstLook(LongType, DateType, TimestampType, DecimalType(10, 2)) === "100")
    Seq(StringType, BinaryType, ArrayType(LongType), MapType(LongType, LongType)).foreach { kind =>
      assert(firstLook(LongType, kind) === "1", kind)
    }
  }

  private def schema(features: String): OutputSchema = {
    val text = s"layertap {${Digits.job()}, output.path = x, features = $features}"
    val config = layertap.config.JobConfigLoader.load(text, "test", java.util.List.of())
    val files = HadoopModelFiles.of(config.model.path, new Configuration)
    val planned =
      new PlanBuilder(config, files, HadoopFiles.read(_)).build(new LocalTrial(files, 1))
    new OutputSchema(java.util.List.of(), FeatureColumn.of(planned.plan.features), false)
  }
}
