package layertap.jobs.rows

import java.io.UncheckedIOException
import java.net.{SocketTimeoutException, URI}
import java.nio.file.{AccessDeniedException, Files, Path}
import layertap.failure.UserException
import layertap.spark.layout.TableFolders
import layertap.testing.{FarFileSystem, JobFolder, SharedSpark, TempFolder}
import org.apache.hadoop.conf.Configuration
import org.apache.hadoop.fs.{Path => HadoopPath}
import org.apache.hadoop.security.AccessControlException
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Folders of Delta Lake and Hudi, whose files alone have rows that are no longer there. */
class TableFoldersTest extends AnyFunSuite {
  private def run(
      log: String,
      path: Path => String,
      code: Int,
      partitions: Seq[String] = Seq("split", "label"),
      more: Seq[String] = Seq()
  ): String =
    JobFolder.use { folder =>
      val table = folder.path.resolve("table")
      SharedSpark.session.read
        .parquet("test-data/digits")
        .where("id < 4")
        .write
        .partitionBy(partitions: _*)
        .parquet(table.toString)
      Files.createDirectory(table.resolve(log))
      Files.writeString(table.resolve(log).resolve("1.checkpoint.parquet"), "of the log alone")
      val configuration =
        s"""model { path = test-data/models/digits_keras3 }
         |input { format = parquet, path = "${path(table)}", keep = [id] }
         |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
         |features = [softmax]""".stripMargin
      val command = folder.extract(configuration, more.map(_.replace("TABLE", table.toString)): _*)
      assert(command.code === code, command.log)
      (if (code == 0) command.out else command.message).replace(table.toString, "TABLE")
    }

  private def message(folder: String, log: String, format: String) =
    s"cannot read $folder as Parquet: file:TABLE/$log shows that it is of a table of format $format," +
      " among whose files are those of deleted and of earlier rows; set input.format = " + format +
      ", with the package that has it, or, to read all files there are, input.path =" +
      s""" "$folder/*=*/*=*/*.parquet" and input.options { basePath = "$folder" }"""

  test("a table of Delta Lake is not read as Parquet, and a part of one neither") {
    assert(run("_delta_log", _.toString, 2) === message("file:TABLE", "_delta_log", "delta"))
    val part = run("_delta_log", table => s"$table/split=train/label=*", 2)
    assert(part.startsWith("cannot read file:TABLE/split=train/label="), part)
    assert(part.contains(" as Parquet: file:TABLE/_delta_log shows that it is of a table "), part)
  }

  /** Does what the message about a path says. */
  private def advised(part: String, partitions: Seq[String], rows: Int): Unit = {
    val said = run("_delta_log", table => s"$table$part", 2, partitions)
    val settings =
      """input.path = "(.*?)" and input.options \{ basePath = "(.*?)" }""".r
        .findFirstMatchIn(said)
        .get
    val more = Seq(
      s"input.path=\"${settings.group(1)}\"",
      s"input.options={ basePath = \"${settings.group(2)}\" }",
      "input.keep=[id, split, label]"
    )
    val read = run("_delta_log", _.toString, 0, partitions, more.flatMap(Seq("--set", _)))
    assert(read.contains(s"$rows rows read, $rows written"), read)
  }

  test("what the message says reads all files, with the columns of their folders") {
    val train =
      SharedSpark.session.read.parquet("test-data/digits").where("id < 4 and split = 'train'")
    advised("", Seq("split", "label"), 4)
    advised("", Seq("split"), 4)
    advised("", Seq(), 4)
    advised("/split=train", Seq("split", "label"), train.count().toInt)
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

  private def require(
      folders: Seq[String],
      files: Seq[String] = Seq(),
      hadoop: Configuration = new Configuration
  ): Unit = {
    val asked = new java.util.LinkedHashSet(folders.map(new HadoopPath(_)).asJava)
    TableFolders.requireNone(asked, files.map(new HadoopPath(_)).asJava, hadoop)
  }

  test("files in folders that give no columns") {
    TempFolder.use { folder =>
      Files.createDirectory(folder.resolve(".hoodie"))
      val message = intercept[UserException](
        require(Seq(folder.toString), Seq("/other/b.parquet", s"$folder/2024/01/a.parquet"))
      ).getMessage
      val words =
        s"""input.path = "$folder/*/*/*.parquet" and input.options { basePath = "$folder" }"""
      assert(message.endsWith(words), message)
    }
  }

  test("of many tables the first 20 are asked") {
    TempFolder.use { folder =>
      val table = Files.createDirectories(folder.resolve("table/_delta_log")).getParent.toString
      def others(count: Int) = (1 to count).map(i => s"$folder/none-$i")
      require(others(20) :+ table)
      intercept[UserException](require(others(19) :+ table))
      val parts = (1 to 30).map(i => s"$folder/none/part=$i")
      intercept[UserException](require(parts :+ table))
    }
  }

  test("a table's log that the user may not see is none, a storage that fails ends the job") {
    val hadoop = new Configuration
    hadoop.set("fs.denied.impl", classOf[DeniedFileSystem].getName)
    Seq("hadoop", "java").foreach(kind => require(Seq(s"denied:///$kind/t"), hadoop = hadoop))
    val failure =
      intercept[UncheckedIOException](require(Seq("denied:///slow/t"), hadoop = hadoop))
    assert(failure.getMessage.startsWith("cannot see whether there is denied:/slow/t/"))
    assert(failure.getCause.getMessage === "Read timed out")
  }
}

/** A file system that answers with failures, by the folder that is asked for. */
class DeniedFileSystem extends FarFileSystem {
  override def getScheme: String = "denied"
  override def getUri: URI = URI.create("denied:///")

  override def exists(path: HadoopPath): Boolean =
    throw (path.toUri.getPath.split("/")(1) match {
      case "hadoop" => new AccessControlException("Permission denied")
      case "java"   => new AccessDeniedException("403 Forbidden")
      case _        => new SocketTimeoutException("Read timed out")
    })
}
