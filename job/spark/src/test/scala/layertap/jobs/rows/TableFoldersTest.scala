package layertap.jobs.rows

import java.nio.file.{Files, Path}
import layertap.testing.{JobFolder, SharedSpark}
import org.scalatest.funsuite.AnyFunSuite

/** Folders of Delta Lake and Hudi, whose files alone have rows that are no longer there. */
class TableFoldersTest extends AnyFunSuite {
  private def run(log: String, path: Path => String, code: Int): String = JobFolder.use { folder =>
    val table = folder.path.resolve("table")
    SharedSpark.session.read
      .parquet("test-data/digits")
      .where("id < 4")
      .write
      .partitionBy("split", "label")
      .parquet(table.toString)
    Files.createDirectory(table.resolve(log))
    val configuration =
      s"""model { path = test-data/models/digits_keras3 }
         |input { format = parquet, path = "${path(table)}", keep = [id] }
         |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
         |features = [softmax]""".stripMargin
    val command = folder.extract(configuration)
    assert(command.code === code, command.log)
    (if (code == 0) command.out else command.message).replace(table.toString, "TABLE")
  }

  private def message(folder: String, log: String, format: String) =
    s"cannot read $folder as Parquet: file:TABLE/$log shows that it is of a table of format $format," +
      " among whose files are those of deleted and of earlier rows; set input.format = " + format +
      ", with the package that has it, or, to read all files there are, input.path =" +
      s""" "$folder/*.parquet""""

  test("a table of Delta Lake is not read as Parquet, and a part of one neither") {
    assert(run("_delta_log", _.toString, 2) === message("file:TABLE", "_delta_log", "delta"))
    val part = run("_delta_log", table => s"$table/split=train/label=*", 2)
    assert(part.startsWith("cannot read file:TABLE/split=train/label="), part)
    assert(part.contains(" as Parquet: file:TABLE/_delta_log shows that it is of a table "), part)
  }

  test("a table of Hudi neither") {
    assert(run(".hoodie", _.toString, 2) === message("file:TABLE", ".hoodie", "hudi"))
  }

  test("files that are named are read, and folders without a log") {
    assert(
      run("_delta_log", table => s"$table/*/*/*.parquet", 0).contains("4 rows read, 4 written")
    )
    assert(run("_other", _.toString, 0).contains("4 rows read, 4 written"))
  }
}
