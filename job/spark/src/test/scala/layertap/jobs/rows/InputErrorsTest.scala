package layertap.jobs.rows

import java.nio.file.Files
import layertap.testing.JobFolder
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite

/** What is wrong with an input, by the text of the message. */
class InputErrorsTest extends AnyFunSuite {
  private def refused(settings: String*): String = JobFolder.use { folder =>
    val configuration =
      """model { path = test-data/models/digits_keras3 }
        |input { format = parquet, path = test-data/digits, keep = [id], where = "id < 4" }
        |feeds = [{ input = pixels, column = pixels, tensor { shape = [8, 8, 1] } }]
        |features = [softmax]""".stripMargin
    val command = folder.extract(configuration, settings.flatMap(Seq("--set", _)): _*)
    assert(command.code === 2, command.log)
    assert(!command.log.contains("\tat "), command.log)
    assert(command.out === "")
    assert(!Files.exists(folder.output))
    command.message
  }

  test("a path without anything") {
    val message = refused("input.path=nowhere")
    assert(message.startsWith("cannot read the input: "), message)
    assert(message.contains("/nowhere") && message.endsWith("; check input"), message)
  }

  test("a folder of files of another format") {
    val message = refused("input.path=conf")
    assert(message.startsWith("cannot "), message)
    assert(message.contains(" is not a Parquet file"), message)
    assert(message.endsWith("; check input"), message)
  }

  test("a local file that Hadoop cannot read for the colon in its name") {
    TempFolder.use { folder =>
      Files.writeString(folder.resolve("at 12:30:00.jpg"), "a photo")
      val settings = Seq("format=image-files", s"path=$folder", "keep=[path]", "where=null") :+
        "select.pixels=array_repeat(length(content), 64)"
      val message = refused(settings.map("input." + _): _*)
      assert(message.startsWith("cannot run the job: "), message)
      assert(message.contains("/at%2012:30:00.jpg"), message)
      val why = " Hadoop reads no file of a local disk that has a colon in its name; rename it"
      assert(message.endsWith(why + "; check input"), message)
    }
  }

  test("a format that Spark does not have") {
    val message = refused("input.format=parket")
    assert(message.startsWith("cannot read the input: "), message)
    assert(message.contains("parket"), message)
  }

  private def jdbc(options: String): String = refused(
    "input.format=jdbc",
    "input.where=null",
    s"input.options={ dbtable = t, $options }"
  )

  test("a database without its driver: the jar that is missing") {
    assert(
      jdbc(
        "url = \"jdbc:postgresql://h/db?user=u&password=hunter2\""
      ) === "cannot read the input by" +
        " JDBC: no jar on the class path holds a driver for jdbc:postgresql; add" +
        " org.postgresql:postgresql with --packages org.postgresql:postgresql:VERSION, or its jar with" +
        " --jars"
    )
    assert(
      jdbc("url = \"jdbc:mysql://h/db\", driver = com.mysql.cj.jdbc.Driver") === "cannot read the" +
        " input by JDBC: no jar on the class path holds the driver com.mysql.cj.jdbc.Driver; add" +
        " com.mysql:mysql-connector-j with --packages com.mysql:mysql-connector-j:VERSION, or its jar" +
        " with --jars"
    )
    assert(
      jdbc(
        "url = \"jdbc:acme://h/db\""
      ) === "cannot read the input by JDBC: no jar on the class path" +
        " holds a driver for jdbc:acme; add the driver's jar with --jars"
    )
  }

  test("a table that is not there") {
    val message = refused("input.path=null", "input.table=no_such_table")
    assert(message.startsWith("cannot read the input: "), message)
    assert(message.contains("no_such_table"), message)
  }

  test("columns that are not there: the key that names them, and the nearest") {
    assert(
      refused("input.keep=[idd]") === "cannot read the column 'idd' that input.keep names: the" +
        " input has no such column; nearest: id, label, pixels, split"
    )
    val key = refused("output.key=[ident]")
    assert(key.startsWith("cannot read the column 'ident' that output.key names: "), key)
    val feed = refused("feeds=[{ input = pixels, column = pixel }]")
    assert(feed.startsWith("cannot read the column 'pixel' that feeds names: "), feed)
    assert(feed.contains("nearest: pixels"), feed)
  }

  test("expressions that are wrong") {
    val where = refused("input.where=id <")
    assert(where.startsWith("cannot read the input: "), where)
    val unknown = refused("input.select.x=nope + 1")
    assert(unknown.contains("nope"), unknown)
    val computed = refused("input.select.x=raise_error('no luck')", "input.keep=[x]")
    assert(computed.contains("no luck"), computed)
  }

  test("a column that no tensor is made of") {
    val message = refused("input.select.pixels=map('a', 1)")
    assert(message.contains("pixels: "), message)
  }
}
