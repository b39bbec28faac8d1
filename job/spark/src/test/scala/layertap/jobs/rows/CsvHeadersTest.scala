package layertap.jobs.rows

import java.io.{ByteArrayOutputStream, UncheckedIOException}
import java.nio.charset.StandardCharsets.{UTF_16, UTF_8}
import java.nio.file.{Files, Path}
import java.util.zip.GZIPOutputStream
import layertap.failure.UserException
import layertap.spark.layout.CsvHeaders
import layertap.spark.tfrecord.FailingFileSystem
import layertap.testing.{Command, JobFolder, SharedSpark, TempFolder}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{FileStatus, Path => HadoopPath}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** CSV files whose columns stand in different orders, of which Spark would take one column's values
  * for another's.
  */
class CsvHeadersTest extends AnyFunSuite {
  private val columns = Seq("id", "label", "px")
  private val schema = "input.schema=\"id int, label int, px string\""

  /** A file of CSV with one row, whose id is 1 and whose label is 2. */
  private def text(columns: String*): String = {
    val values =
      Map("id" -> "1", "label" -> "2", "px" -> Seq.fill(64)("0.5").mkString(" "), "more" -> "3")
    columns.mkString(",") + "\n" + columns.map(values.getOrElse(_, "")).mkString(",") + "\n"
  }

  private def extract(folder: JobFolder, settings: Seq[String])(write: Path => Unit): Command = {
    val in = Files.createDirectory(folder.path.resolve("in"))
    write(in)
    val configuration =
      s"""model { path = test-data/models/digits_keras3 }
         |input {
         |  format = csv, path = "$in", keep = [id, label]
         |  options { header = true, inferSchema = true }
         |  select { pixels = "cast(split(px, ' ') AS array<float>)" }
         |}
         |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
         |features = [softmax]""".stripMargin
    folder.extract(configuration, settings.flatMap(Seq("--set", _)): _*)
  }

  private def refused(settings: String*)(write: Path => Unit): String = JobFolder.use { folder =>
    val command = extract(folder, settings)(write)
    assert(command.code === 2, command.log)
    assert(!Files.exists(folder.output))
    command.message.replace(folder.path.resolve("in").toString, "IN")
  }

  /** The ids and labels of what is written. */
  private def read(settings: String*)(write: Path => Unit): Seq[(Int, Int)] = JobFolder.use {
    folder =>
      val command = extract(folder, settings)(write)
      assert(command.code === 0, command.log)
      val rows = SharedSpark.session.read.parquet(folder.output.toString)
      // Where headers differ, Spark infers texts.
      rows
        .selectExpr("cast(id as int) id", "cast(label as int) label")
        .collect()
        .toSeq
        .map(row => row.getInt(0) -> row.getInt(1))
  }

  private def write(texts: String*)(in: Path): Unit =
    texts.zipWithIndex.foreach { case (text, i) => Files.writeString(in.resolve(s"$i.csv"), text) }

  private def otherOrder(file: String) =
    s"cannot read file:IN/$file: in its header 'label' is column 1, in that of another file column 2," +
      " and Spark takes the columns of CSV by their places; read files of each order by a job of its" +
      " own, or, if the header is wrong, set input.options { enforceSchema = true }"

  test("files whose columns stand in another order than those of the others") {
    assert(
      refused()(write(text(columns: _*) + " " * 100, text("label", "id", "px"))) === otherOrder(
        "1.csv"
      )
    )
  }

  test("the same in files as programs write them: quotes, a mark of the encoding, compression") {
    // Spark takes the names of the largest file.
    val largest = text(columns: _*) + " " * 100
    val other = text("label", "id", "px").replaceFirst("label,id", "\"label\" , \"ID\"")
    val windows = "\uFEFF\n" + other.replace("\n", "\r\n")
    assert(refused()(write(largest, windows)) === otherOrder("1.csv"))
    assert(refused() { in =>
      write(largest)(in)
      val bytes = new ByteArrayOutputStream
      val stream = new GZIPOutputStream(bytes)
      stream.write(text("label", "id", "px").getBytes(UTF_8))
      stream.close()
      Files.write(in.resolve("1.csv.gz"), bytes.toByteArray)
    } === otherOrder("1.csv.gz"))
    assert(refused("input.options.encoding=UTF-16") { in =>
      Files.write(in.resolve("0.csv"), largest.getBytes(UTF_16))
      Files.write(in.resolve("1.csv"), text("label", "id", "px").getBytes(UTF_16))
    } === otherOrder("1.csv"))
    val byTabs = Seq(largest, text("label", "id", "px")).map(_.replace(',', '\t'))
    assert(refused("input.options.sep=\\t")(write(byTabs: _*)) === otherOrder("1.csv"))
    val commented = Seq(largest, "#label,px\n" + text("label", "id", "px"))
    assert(refused("input.options.comment=#")(write(commented: _*)) === otherOrder("1.csv"))
  }

  test("a schema that leaves a column out, or has them in another order") {
    def message(place: Int, wanted: Int, name: String) =
      s"cannot read file:IN/0.csv: in its header '$name' is column $place, in input.schema column" +
        s" $wanted, and Spark takes the columns of CSV by their places; write all columns of the" +
        " header into input.schema, in its order, or, if the header is wrong, set input.options {" +
        " enforceSchema = true }"
    assert(refused(schema)(write(text("more" +: columns: _*))) === message(2, 1, "id"))
    assert(refused(schema)(write(text("label", "id", "px"))) === message(1, 2, "label"))
  }

  test(
    "files that have more columns behind, other names, or the order that is asked for are read"
  ) {
    assert(
      read(schema)(write(text(columns :+ "more": _*), text(columns: _*))) === Seq(1 -> 2, 1 -> 2)
    )
    assert(
      read()(write(text(columns: _*), text(columns :+ "more": _*), text(columns: _*))).distinct ===
        Seq(1 -> 2)
    )
    val renamed = text(columns: _*).replace("id,label,px", "number,class,label_of")
    assert(read(schema)(write(renamed)) === Seq(1 -> 2))
    val unnamed = text(columns: _*).replace("id,label,px", ",id,id")
    assert(read(schema)(write(unnamed)) === Seq(1 -> 2))
    assert(
      read("input.options.enforceSchema=true")(
        write(text(columns: _*), text("label", "id", "px"))
      ).toSet === Set(1 -> 2, 2 -> 1)
    )
  }

  test("files that the job does not read are not asked") {
    val settings = "input.options.pathGlobFilter=\"0.*\""
    assert(read(settings)(write(text(columns: _*), text("label", "id", "px"))) === Seq(1 -> 2))
  }

  test("names that need Spark's parser: quotes within, escapes, line ends") {
    val quoted = text("id", "more", "more2", "label", "px").replace("more,more2", "w\",h\"")
    assert(read()(write(quoted, quoted)).toSet === Set(1 -> 2))
    val wide = "input.schema=\"id int, w string, label int, px string\""
    val escaped = text("id", "more", "label", "px").replace("more", "\"w\\\",h\"")
    assert(read(wide)(write(escaped)) === Seq(1 -> 2))
    val lines = text("id", "more", "label", "px").replace("more", "\"w\nh, px\"")
    assert(read(wide, "input.options.multiLine=true")(write(lines)) === Seq(1 -> 2))
    assert(
      refused(wide, "input.options.multiLine=true") { in =>
        write(lines.replaceFirst(",label,px", ",px,label"))(in)
      }.startsWith(
        "cannot read file:IN/0.csv: in its header 'px' is column 3, in input.schema column 4"
      )
    )
    val spaced = text(columns: _*) + " " * 100
    val other = text("label", "id", "px").replaceFirst("label,id", "  label  , id ")
    assert(refused()(write(spaced, other)) === otherOrder("1.csv"))
    assert(
      refused("input.options.ignoreLeadingWhiteSpace=true")(write(spaced, other)) ===
        otherOrder("1.csv")
    )
  }

  test("a separator that Spark does not take") {
    val message = refused("input.options.sep=\"\"", schema)(write(text(columns: _*)))
    assert(message.contains("Delimiter cannot be empty"), message)
  }

  private def withSetting[A](key: String, value: String)(work: => A): A = {
    SharedSpark.session.conf.set(key, value)
    try work
    finally SharedSpark.session.conf.unset(key)
  }

  test("names that differ in the case of letters are compared with none") {
    withSetting("spark.sql.caseSensitive", "true") {
      val both = text("id", "ID", "label", "px").replaceFirst("\n1,,", "\n1,7,")
      val more = text("id", "ID", "label", "px", "more").replaceFirst("\n1,,", "\n1,7,")
      assert(read()(write(both, more)).toSet === Set(1 -> 2))
    }
  }

  test("the column of rows that cannot be read is in no file, wherever the schema has it") {
    def schema(name: String) = s"input.schema=\"id int, $name string, label int, px string\""
    val file = text(columns: _*)
    assert(read(schema("_corrupt_record"))(write(file)) === Seq(1 -> 2))
    assert(
      read(schema("bad"), "input.options.columnNameOfCorruptRecord=bad")(write(file)) === Seq(
        1 -> 2
      )
    )
    withSetting("spark.sql.columnNameOfCorruptRecord", "bad") {
      assert(read(schema("bad"))(write(file)) === Seq(1 -> 2))
    }
  }

  test("files in folders that a condition may leave out are not asked") {
    def folders(in: Path): Unit = Seq(columns, Seq("label", "id", "px")).zipWithIndex.foreach {
      case (names, part) =>
        val folder = Files.createDirectory(in.resolve(s"part=$part"))
        Files.writeString(folder.resolve("a.csv"), text(names: _*) + " " * (100 - part))
    }
    assert(read("input.where=\"part = 0\"")(folders) === Seq(1 -> 2))
    assert(refused()(folders) === otherOrder("part=1/a.csv"))
  }

  test("of many files the first 1000 are asked") {
    TempFolder.use { folder =>
      write(text(columns: _*), text("label", "id", "px"))(folder)
      def status(name: String) =
        new FileStatus(1, false, 1, 1, 0, new HadoopPath(folder.resolve(name).toString))
      def ask(others: Int): Unit = {
        val files =
          status("0.csv") +: (1 to others).map(i => status(s"gone-$i")) :+ status("1.csv")
        require(files, new Configuration)
      }
      ask(999)
      assert(intercept[UserException](ask(998)).getMessage.contains("'label' is column 1"))
    }
  }

  private def require(files: Seq[FileStatus], hadoop: Configuration): Unit =
    CsvHeaders.require(files.asJava, Map("header" -> "true").asJava, columns.asJava, true, hadoop)

  test("a storage that fails is not passed over, a file that is not what its name says is") {
    val hadoop = new Configuration
    hadoop.set("fs.failing.impl", classOf[FailingFileSystem].getName)
    val file = new FileStatus(1, false, 1, 1, 0, new HadoopPath("failing:///a.csv"))
    val failure = intercept[UncheckedIOException](require(Seq(file), hadoop))
    assert(failure.getMessage === "cannot read the header of failing:/a.csv")
    assert(failure.getCause.getMessage === "connection reset")
    assert(FailingFileSystem.open.get === 0, "files that stay open")
    TempFolder.use { folder =>
      val path = Files.writeString(folder.resolve("a.csv.gz"), text("label", "id", "px"))
      require(
        Seq(new FileStatus(1, false, 1, 1, 0, new HadoopPath(path.toString))),
        new Configuration
      )
    }
  }
}
