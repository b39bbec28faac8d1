package layertap.jobs.rows

import java.io.ByteArrayOutputStream
import java.nio.charset.StandardCharsets.{UTF_16, UTF_8}
import java.nio.file.{Files, Path}
import java.util.zip.GZIPOutputStream
import layertap.testing.{Command, JobFolder, SharedSpark}
import org.scalatest.funsuite.AnyFunSuite

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
}
