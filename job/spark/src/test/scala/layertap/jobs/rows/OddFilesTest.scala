package layertap.jobs.rows

import com.fasterxml.jackson.databind.ObjectMapper
import java.awt.image.BufferedImage
import java.nio.file.{Files, Path}
import java.sql.Timestamp
import java.time.temporal.ChronoUnit.MILLIS
import javax.imageio.ImageIO
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.TestData
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Folders of images as people have them, through whole jobs: every file is one row, whatever it
  * is.
  */
class OddFilesTest extends AnyFunSuite {
  private def job(path: String, more: String = ""): String =
    s"""model { path = test-data/models/mobilenet_v2_keras3 }
       |input { format = image-files, path = "$path", keep = [path] }
       |feeds = [
       |  { input = keras_tensor, column = content, image { preprocessing = mobilenet_v2 } }
       |]
       |features = [{ layer = Conv1, at = input, column = pixels, pool = avg }]
       |$more""".stripMargin

  private val corpus: Map[String, Boolean] = {
    val answers = new ObjectMapper().readTree(TestData.root.resolve("odd.answers.json").toFile)
    answers
      .get("corpus")
      .asScala
      .map { answer =>
        val name = answer.get("path").asText.stripPrefix("odd/")
        name -> (!answer.get("array").isNull || name == "plain.tiff")
      }
      .toMap
  }

  private def name(row: Row): String = Path.of(row.getAs[String]("path")).getFileName.toString

  private def features(rows: Seq[Row]): Map[String, Seq[Any]] =
    rows.filterNot(_.isNullAt(1)).map(row => name(row) -> row.getSeq[Any](1)).toMap

  /** Each file that can be read, alone. */
  private lazy val alone: Map[String, Seq[Any]] = corpus
    .collect { case (file, true) => file }
    .take(6)
    .map { file =>
      JobFolder.use { folder =>
        val rows = folder.extracted(job(s"test-data/odd/$file")).collect()
        assert(rows.length === 1)
        file -> rows(0).getSeq[Any](1)
      }
    }
    .toMap

  test("keep: every file once, features or the reason") {
    JobFolder.use { folder =>
      val rows = folder.extracted(job("test-data/odd", "rows.on-invalid = keep")).collect().toSeq
      assert(rows.map(name).sorted === corpus.keys.toSeq.sorted)
      rows.foreach { row =>
        assert(row.isNullAt(1) === !corpus(name(row)), name(row))
        assert(row.isNullAt(2) === corpus(name(row)), name(row))
      }
      val found = features(rows)
      alone.foreach { case (file, values) => assert(found(file) === values, file) }
    }
  }

  test("skip: the files that can be read, and the counts") {
    JobFolder.use { folder =>
      val settings = "rows.on-invalid = skip\nrun.batch-size = 3"
      val rows = folder.extracted(job("test-data/odd", settings)).collect().toSeq
      assert(rows.map(name).toSet === corpus.filter(_._2).keySet)
      val found = features(rows)
      alone.foreach { case (file, values) => assert(found(file) === values, file) }
      val counts = folder.manifest.get("rows")
      assert(counts.get("read").asInt === corpus.size)
      assert(counts.get("skipped").asInt === corpus.count(!_._2))
    }
  }

  test("error: each bad file fails the job and is named") {
    Seq("twelve_bit.jpg", "huge.png").foreach { file =>
      JobFolder.use { folder =>
        val command = folder.extract(job(s"test-data/odd/$file"))
        assert(command.code === 2, command.log)
        val named =
          s"cannot extract the row path=file:.*/test-data/odd/$file: content: the image .*;" +
            " correct or filter it, or set rows.on-invalid to skip or keep"
        assert(command.message.matches(named), command.message)
      }
    }
  }

  test(
    "folders are read to the bottom, globs too; hidden and _ names are no rows, all others are"
  ) {
    JobFolder.use { folder =>
      val photo = Files.readAllBytes(TestData.root.resolve("odd/tiny.png"))
      val files =
        Seq("a.png", "b/c.png", "b/d/e", "b/k=v/f.png", ".g.png", "_h.png", "_i/j.png", ".k/l.png")
      files.foreach { file =>
        val path = folder.path.resolve("in").resolve(file)
        Files.createDirectories(path.getParent)
        Files.write(path, photo)
      }
      def names(glob: String): Seq[String] = {
        val overwrite = "output.mode = overwrite"
        folder.extracted(job(s"${folder.path}/$glob", overwrite)).collect().map(name).toSeq.sorted
      }
      assert(names("in") === Seq("a.png", "c.png", "e", "f.png"))
      assert(names("in/b/*.png") === Seq("c.png"))
      assert(names("in/{a,b/c}.png") === Seq("a.png", "c.png"))
    }
  }

  test("empty files are rows, as far as the reader's options let files in") {
    JobFolder.use { folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      Seq("a.jpg", "b.png", "_c.jpg", ".d.jpg").foreach(name => Files.createFile(in.resolve(name)))
      val keep = "rows.on-invalid = keep\noutput.mode = overwrite"
      def reasons(options: String): Map[String, String] = {
        val rows =
          folder.extracted(job(in.toString, s"$keep\ninput.options { $options }")).collect()
        rows.map(row => name(row) -> row.getAs[String]("_error")).toMap
      }
      val reason = "content: the image is empty (0 bytes)"
      assert(reasons("") === Map("a.jpg" -> reason, "b.png" -> reason))
      assert(reasons("pathGlobFilter = \"*.png\"") === Map("b.png" -> reason))
    }
  }

  test("what Spark knows of a file it also tells of an empty one: its folders, _metadata") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in")
      val photo = Files.readAllBytes(TestData.root.resolve("odd/tiny.png"))
      val files =
        Seq("k=3/a.png", "k=3/ü %20b.png", "k=4/inside/c.png").map(in.resolve(_))
      files.foreach(file => Files.createDirectories(file.getParent))
      val settings =
        """input { options.recursiveFileLookup = false, select.m = "_metadata", keep = [path, k, m] }
          |input.where = "k > 2 AND _metadata.file_size < 1000000"
          |rows.on-invalid = keep
          |output.mode = overwrite""".stripMargin
      def rows(): Map[String, Seq[Any]] =
        folder
          .extracted(smallJob(in, settings))
          .selectExpr(
            "path",
            "k",
            "m.file_path",
            "m.file_name",
            "m.file_block_start",
            "m.file_size",
            "m.file_block_length",
            "m.file_modification_time",
            "_error"
          )
          .collect()
          .map(row => row.getString(0) -> row.toSeq.tail)
          .toMap
      Files.write(files.head, photo)
      files.tail.foreach(Files.createFile(_))
      val empty = rows()
      assert(empty.values.count(_.last != null) === 2)
      empty.foreach { case (path, row) =>
        val file = files.find(file => path.endsWith(file.getFileName.toString)).get
        assert(row(4) === Files.size(file))
        assert(row(5) === Files.size(file))
        assert(
          row(6) === Timestamp.from(Files.getLastModifiedTime(file).toInstant.truncatedTo(MILLIS))
        )
      }
      files.foreach(Files.write(_, photo))
      val full = rows()
      assert(full.values.map(_.last).toSeq === Seq(null, null, null))
      assert(
        empty.map { case (path, row) => path -> row.take(4) } ===
          full.map { case (path, row) => path -> row.take(4) }
      )
      assert(folder.rows.columns.toSeq === Seq("path", "k", "m", "mean", "_error"))
      // What only expressions see is no column of the input.
      Files.write(files.head, Array.emptyByteArray)
      val all = folder.extracted(smallJob(in, settings + "\ninput.keep = \"*\""))
      assert(!all.columns.contains("_metadata"))
    }
  }

  test("_metadata of an empty file: whoever names it gets it, a feed too, and * does not") {
    JobFolder.use { folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      Files.createFile(in.resolve("empty.png"))
      Files.copy(TestData.root.resolve("odd/tiny.png"), in.resolve("tiny.png"))
      val configuration =
        s"""model.path = test-data/models/digits_keras3
           |input { format = image-files, path = "$in", keep = "*" }
           |feeds = [{ input = pixels, columns = [${Seq
            .fill(64)("_metadata.file_size")
            .mkString(
              ", "
            )}], tensor { shape = [8, 8, 1] } }]
           |features = softmax
           |output.mode = overwrite""".stripMargin
      val rows = folder.extracted(configuration)
      assert(rows.where("softmax is not null").count() === 2)
      assert(!rows.columns.contains("_metadata"))
      val named = folder.extracted(configuration, "--set", "input.keep=[path, _metadata]")
      val sizes = named.selectExpr("_metadata.file_size").collect().map(_.getLong(0)).toSet
      assert(sizes === Set(0L, Files.size(in.resolve("tiny.png"))))
      val own = folder.extracted(configuration, "--set", "input.select._metadata=_metadata")
      assert(own.columns.contains("_metadata"))
    }
  }

  test("a column that a user calls _metadata is a column like others") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in").toString
      val digits = SharedSpark.session.read.parquet("test-data/digits").where("id < 4")
      digits.withColumnRenamed("label", "_metadata").write.parquet(in)
      val configuration =
        s"""model.path = test-data/models/digits_keras3
           |input { format = parquet, path = "$in", keep = "*" }
           |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
           |features = softmax
           |output.mode = overwrite""".stripMargin
      val wanted = digits.select("id", "label").collect().toSet
      assert(folder.extracted(configuration).select("id", "_metadata").collect().toSet === wanted)
      Seq("_metadata", "_METADATA").foreach { name =>
        val made = folder.extracted(
          configuration.replace(in, "test-data/digits"),
          "--set",
          s"input.select.$name=label",
          "--set",
          "input.where=id < 4"
        )
        assert(made.columns.contains(name))
        assert(made.select("id", name).collect().toSet === wanted)
      }
    }
  }

  test("folders tell the same of files that Spark passes over: nothing, texts, of large ones") {
    JobFolder.use { folder =>
      val in = folder.path.resolve("in")
      Seq("k=__HIVE_DEFAULT_PARTITION__/t=a%20b", "k=3/t=ü").map(in.resolve(_)).foreach { inside =>
        Files.createDirectories(inside)
        Files.createFile(inside.resolve("empty.png"))
        writeLarge(inside.resolve("large.png"))
        Files.copy(TestData.root.resolve("odd/tiny.png"), inside.resolve("tiny.png"))
      }
      val settings =
        "input { options.recursiveFileLookup = false, keep = [path, k, t] }\nrows.on-invalid = keep"
      val rows = folder.extracted(smallJob(in, settings)).collect()
      val told = rows.groupBy(name).map { case (file, rows) =>
        file -> rows.map(row => (row.get(1), row.get(2))).toSet
      }
      val wanted = Set[(Any, Any)]((null, "a b"), (3, "ü"))
      assert(
        told === Map("empty.png" -> wanted, "large.png" -> wanted, "tiny.png" -> wanted)
      )
    }
  }

  private def smallJob(path: Path, more: String = ""): String =
    s"""model.path = test-data/models/any_size_keras3
       |input { path = "$path", keep = path }
       |feeds = [{ input = image, column = content, image { fit = none } }]
       |features = mean
       |$more""".stripMargin

  test("ten thousand tiny files share tasks: thirty of them or more are in one") {
    JobFolder.use { folder =>
      val photo = Files.readAllBytes(TestData.root.resolve("odd/tiny.png"))
      val in = Files.createDirectory(folder.path.resolve("in"))
      val count = 10000
      (0 until count).foreach(i => Files.write(in.resolve(s"$i.png"), photo))
      val tasks = SharedSpark.countTasks(folder.extracted(smallJob(in)))
      assert(tasks <= count / 30)
      assert(folder.rows.select("path").distinct().count() === count)
      assert(folder.manifest.get("rows").get("written").asInt === count)
      assert(folder.manifest.get("files").size < 20)
    }
  }

  test("names with spaces, brackets, percent signs, letters of any script are names like others") {
    JobFolder.use { folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      val photo = Files.readAllBytes(TestData.root.resolve("odd/tiny.png"))
      val names =
        Seq("a b.png", "a%20b.png", "a[1].png", "{x}.png", "Ä,ö+.png", "a'\"b.png", "a=b.PNG")
      names.foreach(name => Files.write(in.resolve(name), photo))
      Files.createFile(in.resolve("of no bytes [2].png"))
      val rows = folder.extracted(smallJob(in, "rows.on-invalid = keep")).collect()
      val found =
        rows.map(row => Path.of(row.getString(0).stripPrefix("file:")).getFileName.toString)
      assert(found.sorted === (names :+ "of no bytes [2].png").sorted)
      assert(rows.count(_.isNullAt(1)) === 1)
    }
  }

  /** A file of three gigabytes of which the disk keeps none. */
  private def writeLarge(file: Path): Unit = {
    val open = new java.io.RandomAccessFile(file.toFile, "rw")
    try open.setLength(3L << 30)
    finally open.close()
  }

  test("a file of more than two gigabytes is an invalid row, and fails no other") {
    JobFolder.use { folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      Files.copy(TestData.root.resolve("odd/tiny.png"), in.resolve("tiny.png"))
      writeLarge(in.resolve("large.png"))
      val rows = folder.extracted(smallJob(in, "rows.on-invalid = keep")).collect().toSeq
      assert(rows.map(name).sorted === Seq("large.png", "tiny.png"))
      val large = rows.find(name(_) == "large.png").get
      assert(large.isNullAt(1) && large.getAs[String]("_error") === "content: the image is null")
      assert(!rows.find(name(_) == "tiny.png").get.isNullAt(1))
      val lengths = "input.keep=[path, length]"
      val kept = folder.extracted(
        smallJob(in, "rows.on-invalid = skip\noutput.mode = overwrite"),
        "--set",
        lengths
      )
      assert(kept.collect().map(name).toSeq === Seq("tiny.png"))
    }
  }

  test("a path of a file of more than two gigabytes: the row is invalid, and says why") {
    JobFolder.use { folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      writeLarge(folder.path.resolve("large.png"))
      val paths = Seq("test-data/odd/tiny.png", s"${folder.path}/large.png")
      val spark = SharedSpark.session
      import spark.implicits._
      paths.toDF("path").write.mode("overwrite").parquet(in.toString)
      val configuration = smallJob(in, "rows.on-invalid = keep\ninput.format = parquet")
        .replace(
          "column = content, image { fit = none }",
          "column = path, image { fit = none, holds = paths }"
        )
      val rows = folder.extracted(configuration).collect().toSeq
      val reasons = rows.map(row => name(row) -> row.getAs[String]("_error")).toMap
      assert(
        reasons === Map(
          "tiny.png" -> null,
          "large.png" -> (s"path: '${folder.path}/large.png' has 3221225472 bytes, more than the 2 GB" +
            " that a value may have")
        )
      )
    }
  }

  test("an image of ten megabytes is a row like others") {
    JobFolder.use { folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      Seq("a.bmp", "b.bmp").foreach { name =>
        val image = new BufferedImage(2000, 1700, BufferedImage.TYPE_3BYTE_BGR)
        assert(ImageIO.write(image, "bmp", in.resolve(name).toFile))
        assert(Files.size(in.resolve(name)) > 10000000)
      }
      assert(folder.extracted(smallJob(in)).where("mean is not null").count() === 2)
    }
  }
}
