package layertap.spark.write

import layertap.extract.check.LocalTrial
import layertap.hadoop.HadoopFiles
import layertap.spark.schema.FeatureColumn
import layertap.hadoop.HadoopModelFiles
import layertap.hadoop.HadoopOutputStore
import layertap.spark.schema.OutputSchema
import layertap.plan.PlanBuilder
import java.nio.file.{Files, Path}
import java.time.Duration
import java.util.concurrent.{Callable, Executors}
import layertap.config.JobConfig.Compression
import layertap.config.JobConfigLoader
import layertap.publish.Publication
import layertap.testing.SharedSpark
import layertap.testing.WideModel
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{Path => HadoopPath}
import org.apache.spark.sql.{DataFrame, Encoders, Row}
import scala.jdk.CollectionConverters._
import scala.util.{Random, Using}

/** What outputs cost, for the benchmark: prints seconds and bytes as JSON.
  *
  * {{{
  * write FOLDER MILLIONS     writes so many synthetic feature values in each form
  * publish FILES             publishes so many files to the storage that STORAGE_ROOT names
  * make-wide FOLDER ROWS     a model whose features are 12.8 MB a row, and so many rows for it
  * }}}
  */
object OutputBenchmark {
  private val rowValues = 1000
  private val wideValues = 3_200_000
  private val forms = Seq("array", "vector", "float16", "bfloat16")

  def main(arguments: Array[String]): Unit = arguments match {
    case Array("write", folder, millions) => write(Path.of(folder), millions.toInt)
    case Array("publish", files)          => publish(files.toInt)
    case Array("make-wide", folder, rows) => makeWide(Path.of(folder), rows.toInt)
    case _                                => sys.error(s"no benchmark: ${arguments.mkString(" ")}")
  }

  private def seconds(work: => Unit): Double = {
    val start = System.nanoTime
    work
    (System.nanoTime - start) / 1e9
  }

  private def write(folder: Path, millions: Int): Unit = {
    val model = WideModel.write(folder.resolve("model"), rowValues)
    val figures = for {
      form <- forms
      compression <-
        if (form == "array") Compression.values.toSeq.take(2) :+ Compression.NONE
        else Seq(Compression.ZSTD)
    } yield {
      val schema = outputSchema(model, form)
      val rows = activations(schema, form, millions)
      val options = ParquetSettings.of(schema, compression)
      val target = s"file:${folder.resolve(s"$form-$compression").toAbsolutePath}"
      def staged(): StagedFiles =
        StagedFiles.write(rows, target, "bench", java.util.List.of(), options)
      staged()
      val making = seconds(rows.write.format("noop").mode("overwrite").save())
      var files: StagedFiles = null
      val all = seconds { files = staged() }
      val bytes = files.files.asScala.map(_.bytes).sum
      val name = s"$form, ${compression.name.toLowerCase}"
      s""""$name": {"seconds": ${all - making}, "bytes": $bytes}"""
    }
    println(figures.mkString("{", ", ", "}"))
  }

  private def outputSchema(model: Path, form: String): OutputSchema = {
    val feature = form match {
      case "array"  => ""
      case "vector" => ", as = vector"
      case store    => s", store = $store"
    }
    val text =
      s"""layertap { model.path = "$model", input { format = parquet, path = x }, output.path = x
         |feeds = [{ input = x, column = x, tensor { shape = [1] } }]
         |features = [{ output = wide$feature }] }""".stripMargin
    val config = JobConfigLoader.load(text, "benchmark", java.util.List.of())
    val files = HadoopModelFiles.of(config.model.path, new Configuration)
    val planned =
      new PlanBuilder(config, files, HadoopFiles.read(_)).build(new LocalTrial(files, 1))
    new OutputSchema(java.util.List.of(), FeatureColumn.of(planned.plan.features), false)
  }

  /** Half of them zeros, as behind a ReLU; the same ones in each form. */
  private def activations(schema: OutputSchema, form: String, millions: Int): DataFrame = {
    val rows = millions.toLong * 1_000_000 / rowValues
    val encoder = Encoders.row(schema.toStructType)
    SharedSpark.session
      .range(0, rows, 1, 2)
      .map((id: java.lang.Long) => OutputBenchmark.row(form, id))(encoder)
  }

  private def row(form: String, id: Long): Row = {
    val random = new Random(id)
    val values = Array.fill(rowValues)(random.nextGaussian().toFloat.max(0))
    form match {
      case "array"  => Row(values)
      case "vector" => Row(org.apache.spark.ml.linalg.Vectors.dense(values.map(_.toDouble)))
      case _        =>
        val halves = java.nio.ByteBuffer.allocate(2 * rowValues)
        values.foreach(value =>
          halves.putShort((java.lang.Float.floatToRawIntBits(value) >>> 16).toShort)
        )
        Row(halves.array)
    }
  }

  private def publish(files: Int): Unit = {
    val configuration = new Configuration
    sys.env("STORAGE_SETTINGS").split(" ").filter(_.nonEmpty).foreach { word =>
      val Array(key, value) = word.split("=", 2)
      configuration.set(key, value)
    }
    val root = sys.env("STORAGE_ROOT")
    val store = HadoopOutputStore.of(root, configuration)
    val target = store.qualify(s"$root/published")
    def published(run: String, replaces: Boolean): Double =
      Using.resource(Publication.open(store, target, run, Duration.ofMinutes(10))) { publication =>
        val names = (0 until files).map(number => f"part-$run-$number%05d.parquet")
        writeFiles(publication.directory, names, configuration)
        seconds(publication.publish(names.toSet.asJava, "{}", replaces))
      }
    published("first", replaces = true)
    val overwrite = published("second", replaces = true)
    val append = published("third", replaces = false)
    store.delete(target)
    println(s"""{"overwrite": $overwrite, "append": $append}""")
  }

  private def writeFiles(
      directory: String,
      names: Seq[String],
      configuration: Configuration
  ): Unit = {
    val fileSystem = new HadoopPath(directory).getFileSystem(configuration)
    val threads = Executors.newFixedThreadPool(8)
    try {
      val writes = names.map { name =>
        val write: Callable[Unit] = () =>
          Using.resource(fileSystem.create(new HadoopPath(directory, name)))(
            _.write(new Array[Byte](1000))
          )
        threads.submit(write)
      }
      writes.foreach(_.get)
    } finally threads.shutdown()
  }

  private def makeWide(folder: Path, rows: Int): Unit = {
    WideModel.write(folder.resolve("model"), wideValues)
    val made = SharedSpark.session.range(0, rows, 1, 2).selectExpr("id", "float(id) AS x")
    made.write.mode("overwrite").parquet(folder.resolve("rows").toString)
    println(s"""{"rows": $rows, "bytes": ${Files.size(folder.resolve("model/saved_model.pb"))}}""")
  }
}
