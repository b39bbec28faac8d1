package layertap.cli.init

import java.nio.file.{Files, Path}
import layertap.testing.{Command, ManyPhotos, Npz, SharedSpark, TempFolder}
import org.scalatest.funsuite.AnyFunSuite

/** The page on the first hour, played: its commands run in their order, and print what it says. */
class FirstHourTest extends AnyFunSuite {
  private val page = Files.readString(Path.of("docs/first-hour.md"))
  private val folder = Path.of("target/first-hour")
  private lazy val spark = SharedSpark.session

  /** The words of a command line, of which quotes hold some together. */
  private def words(line: String): Seq[String] =
    """'([^']*)'|(\S+)""".r
      .findAllMatchIn(line.replace("\\\n", " "))
      .map(word => Option(word.group(1)).getOrElse(word.group(2)))
      .toSeq

  private val commands: Seq[Seq[String]] =
    """(?m)^scripts/layertap ((?:.*\\\n)*.*)$""".r
      .findAllMatchIn(page)
      .map(found => words(found.group(1)))
      .toSeq

  private val configurations: Seq[String] =
    """(?ms)^```hocon\n(.*?)^```$""".r.findAllMatchIn(page).map(_.group(1)).toSeq

  private val errors: Seq[(Seq[String], String)] =
    """(?m)^```text\n\$ layertap (.*)\n(.*)\n```$""".r
      .findAllMatchIn(page)
      .map(found => (words(found.group(1)), found.group(2)))
      .toSeq

  private def run(arguments: Seq[String]): Command = {
    // A JVM for each job would take the tests' time.
    val untried =
      if (arguments.head == "extract") Seq("--set", "run.trial-seconds=0") else Seq[String]()
    Command.run(arguments ++ untried: _*)
  }

  private def assertClose(found: scala.collection.Seq[Float], expected: Array[Double]): Unit = {
    assert(found.size === expected.length)
    found.zip(expected).foreach { case (a, b) => assert(math.abs(a - b) <= 1e-4) }
  }

  test("two commands for photos, two for sequences, and messages that lead on") {
    if (Files.exists(folder)) TempFolder.delete(folder)
    ManyPhotos.copy(folder.resolve("photos"))
    Files.writeString(folder.resolve("photos/notes.txt"), "taken in May\n")
    assert(commands.map(_.head) === Seq("init", "extract", "init", "extract"))
    commands.foreach { arguments =>
      val command = run(arguments)
      assert(command.code === 0, command.log)
    }
    val written =
      Seq("photos.conf", "visits.conf").map(name => Files.readString(folder.resolve(name)))
    assert(written === configurations)

    val keras = Npz.read(Path.of("test-data/first-hour/answers.npz"))
    def answer(name: String, row: Int): Array[Double] = {
      val width = keras(name).shape.last.toInt
      keras(name).values.slice(row * width, (row + 1) * width)
    }
    val photos = spark.read.parquet(folder.resolve("features/photos_model").toString).collect()
    assert(photos.length === ManyPhotos.originals.size)
    photos.foreach { row =>
      val path = Path.of(row.getAs[String]("path").split("/photos/").last)
      val original = ManyPhotos.originals.indexWhere(_.endsWith(path))
      assert(row.getAs[String]("label") === path.getParent.toString)
      assertClose(row.getAs("embedding"), answer("pooled", original))
    }
    val visits = spark.read.parquet(folder.resolve("features/visits_model").toString).collect()
    assert(visits.length === 30)
    visits.foreach(row =>
      assertClose(row.getAs("embedding"), answer("summary", row.getAs[Long]("patient").toInt))
    )

    assert(errors.size >= 5)
    errors.foreach { case (arguments, expected) =>
      val overwriting =
        if (arguments.head == "extract") Seq("--set", "output.mode=overwrite") else Seq[String]()
      val command = run(arguments ++ overwriting)
      assert(
        command.lastLine.replace(s"file:${Path.of("").toAbsolutePath}/", "file:…/") === expected
      )
    }
  }
}
