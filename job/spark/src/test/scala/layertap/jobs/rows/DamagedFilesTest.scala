package layertap.jobs.rows

import java.io.ByteArrayOutputStream
import java.nio.file.{Files, Path}
import java.util.zip.GZIPOutputStream
import layertap.testing.{JobFolder, SharedSpark}
import org.scalatest.funsuite.AnyFunSuite

/** Files that no other try reads: exit 2 with the file's name, so that no scheduler tries again. */
class DamagedFilesTest extends AnyFunSuite {
  private val schema = "id int, pixels array<float>"

  /** The message of a job over files of a format. */
  private def refused(format: String, schema: String = schema)(write: Path => Unit): String =
    JobFolder.use { folder =>
      val in = Files.createDirectory(folder.path.resolve("in"))
      write(in)
      val configuration =
        s"""model { path = test-data/models/digits_keras3 }
           |input { format = $format, path = "$in", keep = [id], schema = "$schema" }
           |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
           |features = [softmax]""".stripMargin
      val command = folder.extract(configuration)
      assert(command.code === 2, command.log)
      assert(!Files.exists(folder.output))
      command.message.replace(in.toString, "IN").replace("file://IN", "file:IN")
    }

  private def message(file: String, why: String) =
    s"cannot read $file: its bytes are not what its format, or the ending of its name, says ($why);" +
      " repair it or leave it out, or correct input.format"

  /** The only file of data that Spark writes of some rows. */
  private def bytes(format: String): Array[Byte] = JobFolder.use { folder =>
    val at = folder.path.resolve("written")
    SharedSpark.session.read
      .parquet("test-data/digits")
      .select("id", "pixels")
      .coalesce(1)
      .write
      .format(format)
      .save(at.toString)
    Files.readAllBytes(
      Files.list(at).filter(_.getFileName.toString.startsWith("part-")).findFirst.get
    )
  }

  private def gzip(text: String): Array[Byte] = {
    val bytes = new ByteArrayOutputStream
    val stream = new GZIPOutputStream(bytes)
    stream.write(text.getBytes)
    stream.close()
    bytes.toByteArray
  }

  private lazy val rows = (0 until 500)
    .map(id => s"""{"id": $id, "pixels": [${Seq.fill(64)(s"0.$id").mkString(", ")}]}""")
    .mkString("\n")

  test("a compressed file that is cut off") {
    val whole = gzip(rows)
    assert(
      refused("json")(in => Files.write(in.resolve("a.json.gz"), whole.dropRight(400))) ===
        message("the file file:IN/a.json.gz", "Unexpected end of input stream")
    )
  }

  test("a file that is not compressed as its name says") {
    assert(
      refused("json")(in => Files.writeString(in.resolve("a.json.gz"), rows)) ===
        message("the file file:IN/a.json.gz", "not a gzip file")
    )
    val found = refused("json")(in => Files.writeString(in.resolve("a.json.zst"), rows))
    assert(found.startsWith("cannot read the file file:IN/a.json.zst: its bytes are not "), found)
  }

  test(
    "ORC: a file of another format among others, with and without a schema; one that is cut off"
  ) {
    val orc = bytes("orc")
    Seq(schema, "").foreach { given =>
      assert(
        refused("orc", given) { in =>
          Files.write(in.resolve("a.orc"), orc)
          Files.writeString(in.resolve("z.orc"), "This is a text, and no ORC file.")
        } === message(
          "the file file:IN/z.orc",
          "Malformed ORC file file:IN/z.orc. Invalid postscript."
        )
      )
    }
    val cut = refused("orc", "")(in => Files.write(in.resolve("a.orc"), orc.take(orc.length / 2)))
    assert(cut.startsWith("cannot read a file of the input: its bytes are not what "), cut)
  }

  test("Avro: a file of another format") {
    assert(refused("avro") { in =>
      Files.write(in.resolve("a.avro"), bytes("avro"))
      Files.writeString(in.resolve("z.avro"), "This is a text, and no Avro file.")
    } === message("the file file:IN/z.avro", "Not an Avro data file"))
  }

  test("Parquet: a page whose header is damaged") {
    val parquet = bytes("parquet")
    (4 until 60).foreach(parquet(_) = -1)
    val found = refused("parquet")(in => Files.write(in.resolve("a.parquet"), parquet))
    assert(found.startsWith("cannot read the file file:IN/a.parquet: its bytes are "), found)
  }
}
