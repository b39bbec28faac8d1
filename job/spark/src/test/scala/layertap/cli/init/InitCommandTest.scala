package layertap.cli.init

import com.fasterxml.jackson.databind.ObjectMapper
import java.nio.file.{Files, Path}
import layertap.testing.{
  Command,
  JobFolder,
  ManyPhotos,
  Npz,
  NumpyArray,
  SharedSpark,
  StoredAnswers
}
import layertap.testing.{TempFolder, TestData}
import org.apache.spark.sql.{DataFrame, Row}
import org.apache.spark.sql.functions.{col, expr}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What `init` writes runs as it is, and gives the features that Keras computes. */
class InitCommandTest extends AnyFunSuite {
  private val spark = SharedSpark.session
  import spark.implicits._

  private val firstHour = TestData.root.resolve("first-hour")
  private lazy val keras = Npz.read(firstHour.resolve("answers.npz"))

  /** Writes a configuration for a model and an input, and runs it unchanged. */
  private def run(folder: JobFolder, model: Path, input: Any, options: String*): DataFrame = {
    val file = folder.path.resolve("first.conf")
    val written = Command.run(
      Seq("init", model.toString, input.toString, "--output", file.toString) ++ options: _*
    )
    assert(written.code === 0, written.log)
    assert(written.out === "")
    assert(written.log === s"layertap: wrote $file; next: extract $file\n")
    val extracted = folder.extractFile(file)
    assert(extracted.code === 0, extracted.log)
    folder.rows
  }

  private def assertClose(
      found: Seq[Double],
      answer: NumpyArray,
      row: Int,
      bound: Double = 1e-5
  ): Unit = {
    val width = answer.values.length / answer.shape.head.toInt
    assert(found.size === width)
    val largest = answer.values.map(math.abs).max
    found.zip(answer.values.slice(row * width, (row + 1) * width)).foreach {
      case (value, expected) =>
        assert(math.abs(value - expected) <= bound * largest, s"row $row")
    }
  }

  private def embedding(row: Row): Seq[Double] =
    row.getAs[scala.collection.Seq[Float]]("embedding").toSeq.map(_.toDouble)

  private def refused(arguments: String*): String = {
    val command = Command.run("init" +: arguments: _*)
    assert(command.code === 2, command.log)
    assert(command.out === "")
    command.message
  }

  test("300 photos in folders, a text file among them: the pooled layer, labels by folder") {
    JobFolder.use { folder =>
      val photos = folder.path.resolve("my photos")
      ManyPhotos.write(photos, 300)
      Files.writeString(photos.resolve("notes.txt"), "taken in May")
      val rows = run(folder, firstHour.resolve("photos_model"), photos, "--label").collect()
      assert(rows.length === 300)
      assert(rows.head.schema.fieldNames === Array("path", "label", "embedding"))
      assert(rows.map(_.getAs[String]("label")).toSet === Set("china", "flower"))
      rows.foreach { row =>
        val path = row.getAs[String]("path")
        assert(path.contains(s"/${row.getAs[String]("label")}/"))
        assertClose(embedding(row), keras("pooled"), ManyPhotos.originalOf(path))
      }
    }
  }

  Seq("webp", "tiff").foreach { ending =>
    test(s"photos of $ending, which TensorFlow itself does not decode") {
      JobFolder.use { folder =>
        val photos = firstHour.resolve(s"${ending}_photos")
        val rows = run(folder, firstHour.resolve("photos_model"), photos, "--label").collect()
        val sorted = rows.sortBy(_.getAs[String]("path"))
        assert(
          sorted.map(_.getAs[String]("label")).toSeq === Seq("china", "china", "flower", "flower")
        )
        val answers = Npz.read(firstHour.resolve("other_photos.npz"))(ending)
        sorted.zipWithIndex.foreach { case (row, i) => assertClose(embedding(row), answers, i) }
      }
    }
  }

  test("a table with a binary column of encoded images, and one of paths") {
    JobFolder.use { folder =>
      val photos = ManyPhotos.originals.zipWithIndex
        .map { case (path, number) =>
          (number, Files.readAllBytes(path), path.toAbsolutePath.toString)
        }
        .toDF("number", "picture", "file")
      def check(input: Path): Unit = {
        val rows = run(folder, firstHour.resolve("photos_model"), input).collect()
        assert(rows.length === 17)
        rows.foreach(row => assertClose(embedding(row), keras("pooled"), row.getAs[Int]("number")))
        Files.delete(folder.path.resolve("first.conf"))
        TempFolder.delete(folder.output)
      }
      photos.drop("file").write.parquet(folder.path.resolve("binary").toString)
      check(folder.path.resolve("binary"))
      photos.drop("picture").write.parquet(folder.path.resolve("paths").toString)
      check(folder.path.resolve("paths"))
    }
  }

  test("photos in tf.Examples, in files without an ending") {
    JobFolder.use { folder =>
      val model = TestData.model("mobilenet_v2_keras3")
      val rows = run(folder, model, TestData.root.resolve("tfrecord/photos")).collect()
      assert(rows.head.schema.fieldNames === Array("image/class/label", "embedding"))
      assert(rows.map(_.getLong(0)) === Array(0, 1, 0))
      val expected = Npz.read(TestData.root.resolve("jobs.answers.npz"))("photos/embedding")
      val listed = new ObjectMapper().readTree(TestData.root.resolve("jobs.answers.json").toFile)
      val paths = listed.get("photos").asScala.map(_.asText).toSeq
      Seq("china/square.jpg", "china/roof.jpg", "flower/square.jpg").zip(rows).foreach {
        case (photo, row) =>
          // The answers are of unit length.
          val length = math.sqrt(embedding(row).map(x => x * x).sum)
          // As of conf/photos.conf: these are 53 layers.
          val answer = paths.indexOf(s"images/$photo")
          assertClose(embedding(row).map(_ / length), expected, answer, 1e-4)
      }
    }
  }

  test("sequences of different lengths, each at its own") {
    JobFolder.use { folder =>
      val model = firstHour.resolve("visits_model")
      val rows = run(folder, model, firstHour.resolve("visits")).collect()
      assert(rows.length === 30)
      assert(rows.head.schema.fieldNames === Array("patient", "ward", "embedding"))
      rows.foreach(row =>
        assertClose(embedding(row), keras("summary"), row.getAs[Long]("patient").toInt)
      )
    }
  }

  /** The inputs that are stored beside a model's answers, as columns of arrays. */
  private def storedInputs(stored: StoredAnswers): DataFrame = {
    val count = stored.inputs.values.head.shape.head.toInt
    val rows = (0 until count).map(row => row.toLong)
    stored.inputs.foldLeft(rows.toDF("row")) { case (table, (name, values)) =>
      val width = values.values.length / count
      val arrays = rows
        .map(row => (row, values.floats.slice(row.toInt * width, (row.toInt + 1) * width)))
        .toDF("row", name)
      table.join(arrays, "row")
    }
  }

  Seq("digits_keras3" -> "pool", "branches_keras3" -> "joined", "cnn_sequential_keras2" -> "")
    .foreach { case (model, layer) =>
      test(s"arrays for each input of $model") {
        JobFolder.use { folder =>
          val stored = StoredAnswers.of(TestData.model(model))
          val input = folder.path.resolve("arrays")
          storedInputs(stored).write.parquet(input.toString)
          val rows = run(folder, TestData.model(model), input).orderBy("row").collect()
          val tapped = folder.manifest.get("features").get(0).get("layer").asText
          assert(layer.isEmpty || tapped === layer)
          val answer = stored.answers.find(_.name == tapped).get
          val values = rows.flatMap(embedding(_))
          assert(values.length === answer.shape.product)
          assert(answer.difference(values) <= answer.bound)
        }
      }
    }

  test("texts for an input of strings") {
    JobFolder.use { folder =>
      val odd = TestData.root.resolve("odd-models")
      val input = odd.resolve("tables_keras3.parquet")
      val rows = run(folder, odd.resolve("tables_keras3"), input).orderBy("id").collect()
      val expected = new ObjectMapper()
        .readTree(odd.resolve("tables_keras3.answers.json").toFile)
        .get("averaged")
        .get("rows")
        .asScala
        .map(_.asScala.map(_.asDouble).toSeq)
        .toSeq
      assert(rows.length === expected.size)
      rows.zip(expected).foreach { case (row, answer) =>
        embedding(row).zip(answer).foreach { case (a, b) => assert(math.abs(a - b) <= 1e-6) }
      }
    }
  }

  test("a table of the session, a struct's field, rows of JSON and CSV") {
    JobFolder.use { folder =>
      val model = firstHour.resolve("visits_model")
      val visits = spark.read.parquet(firstHour.resolve("visits").toString)
      visits.write.saveAsTable("init_visits")
      try {
        val rows = run(folder, model, "init_visits").collect()
        rows.foreach(row =>
          assertClose(embedding(row), keras("summary"), row.getAs[Long]("patient").toInt)
        )
      } finally spark.sql("DROP TABLE init_visits")
      TempFolder.delete(folder.output)
      Files.delete(folder.path.resolve("first.conf"))
      val json = folder.path.resolve("json")
      visits
        .select(col("patient"), expr("named_struct('log', visits) AS record"))
        .write
        .json(json.toString)
      val rows = run(folder, model, json).collect()
      assert(Files.readString(folder.path.resolve("first.conf")).contains("\"record.log\""))
      rows.foreach(row =>
        assertClose(embedding(row), keras("summary"), row.getAs[Long]("patient").toInt)
      )
    }
  }

  test("what fits twice is written as comments, and is said: nothing is guessed") {
    JobFolder.use { folder =>
      val input = folder.path.resolve("two")
      Seq((Array(1f, 2f, 3f, 4f), Array(5f, 6f, 7f, 8f)))
        .toDF("a", "b")
        .write
        .parquet(
          input.toString
        )
      val file = folder.path.resolve("first.conf")
      val command = Command.run(
        "init",
        "test-data/models/branches_keras3",
        input.toString,
        "--output",
        file.toString
      )
      assert(command.code === 2)
      assert(
        command.message === s"cannot complete $file: input left: a and b fit it; which is it?;" +
          " input right: a and b fit it; which is it?; answer the lines that begin with \"open:\"" +
          " in it, then run plan"
      )
      val text = Files.readString(file)
      assert(text.contains("    # { input = left, column = a, tensor {} }\n"))
      val extracted = folder.extractFile(file)
      assert(extracted.code === 2)
    }
  }

  test("without --output the configuration is printed, and nothing else") {
    val command = Command.run(
      "init",
      firstHour.resolve("visits_model").toString,
      firstHour.resolve("visits").toString
    )
    assert(command.code === 0)
    assert(command.out.startsWith("# A start, by layertap init."))
    assert(command.out.endsWith("}\n"))
    assert(command.log === "")
  }

  test("inputs that are not there, or of which nothing tells what they are") {
    val model = firstHour.resolve("photos_model").toString
    assert(
      refused(model, "no/such/folder") ===
        "cannot find the input no/such/folder: there is no such file or folder; check the path"
    )
    assert(
      refused(model, "no_such.table") ===
        "cannot find the input no_such.table: there is no such file or folder, and no table of" +
        " that name in Spark's catalogs; check the path"
    )
    TempFolder.use { folder =>
      assert(
        refused(model, folder.toString) ===
          s"cannot tell what rows $folder holds: there is no file in it that a reader would see;" +
          " name a folder with files"
      )
      Files.writeString(folder.resolve("rows.lmdb"), "x")
      assert(
        refused(model, folder.toString) ===
          s"cannot tell how $folder is read: its files are named as rows.lmdb; write a" +
          " configuration with input.format = the name of a Spark source that reads them, or" +
          " convert them to Parquet"
      )
      Files.writeString(folder.resolve("a.jpg"), "x")
      Files.writeString(folder.resolve("b.jpg"), "x")
      Files.writeString(folder.resolve("c.csv"), "x")
      assert(
        refused(model, folder.toString) ===
          s"cannot tell which files of $folder are the rows: there are 2 image files and 1 CSV" +
          s" file; name a folder that holds one kind, or files by a glob such as '$folder/*.jpg'"
      )
    }
  }

  test("--label of rows that are no files; a file that is there") {
    val model = firstHour.resolve("visits_model").toString
    val visits = firstHour.resolve("visits").toString
    assert(
      refused(model, visits, "--label") ===
        s"cannot make labels of $visits: --label takes the names of folders of image files, and its" +
        " rows are no such files; leave --label out, and name the column that holds labels in" +
        " input.keep"
    )
    assert(
      refused(model, visits, "--output", "README.md") ===
        "cannot write README.md: it is there already; name a new file"
    )
  }

  test("the only signature and the only tags are taken; of several one is to be named") {
    val hub = TestData.root.resolve("cases/tf1_hub/model").toString
    assert(
      refused(hub, firstHour.resolve("visits").toString) ===
        s"cannot choose the tags of $hub: it has [] and [train]; name those of one graph with --tags"
    )
    val direct = "test-data/models/direct_call_keras2"
    val text = Command.run("init", direct, "test-data/digits", "--tags", "serve")
    assert(text.out.contains(s"""model { path = "$direct""""), text.log)
  }

  test("files by their first bytes, and a header of CSV") {
    TempFolder.use { folder =>
      val photos = Files.createDirectory(folder.resolve("photos"))
      ManyPhotos.originals.take(3).zipWithIndex.foreach { case (photo, number) =>
        Files.copy(photo, photos.resolve(s"photo$number"))
      }
      val model = firstHour.resolve("photos_model").toString
      val images = Command.run("init", model, photos.toString)
      assert(images.code === 0, images.log)
      assert(images.out.contains("# Told by the first bytes of photo0.\n"))
      val table = Files.writeString(folder.resolve("measures.csv"), "a,left,right\n1,2,3\n")
      val csv = Command.run("init", "test-data/models/branches_keras3", table.toString)
      assert(csv.code === 2)
      assert(csv.out.contains("options { header = \"true\", inferSchema = \"true\" }"), csv.out)
      assert(csv.out.contains("left (int)"), csv.out)
    }
  }
}
