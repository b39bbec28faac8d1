package layertap.spark.write

import java.nio.file.Path
import layertap.config.JobConfig.{Compression, Mode, Output}
import layertap.failure.OutputException
import layertap.publish.{CrashingStore, FolderContents, OutputStore}
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** What is in the place of an output, and which modes may go on; on a disk and an object store. */
class ExistingOutputTest extends AnyFunSuite {
  private def manifest(written: Int): String =
    s"""{"format": 1, "complete": true, "run": "b", "created": "", "plan": "p", "columns": [],
       | "rows": {"read": $written, "written": $written, "skipped": 0, "invalid": 0}, "files": [],
       | "earlier": [{"run": "a", "created": "", "files": [],
       |   "rows": {"read": 2, "written": 0, "skipped": 2, "invalid": 2}}]}""".stripMargin

  private val places: Map[String, Map[String, String]] = Map(
    "nothing" -> Map(),
    "hidden files" -> Map("_SUCCESS" -> "", ".x/y.parquet" -> "", "_tmp/z" -> ""),
    "foreign files" -> Map("_SUCCESS" -> "", "_k=1/part-0" -> "", "b" -> "", "c" -> "", "d" -> ""),
    "another format" -> Map("_layertap.json" -> """{"format": 2}""", "part-0" -> ""),
    "rows" -> Map("_layertap.json" -> manifest(1234), "part-0" -> "", "notes.txt" -> ""),
    "no rows" -> Map("_layertap.json" -> manifest(0))
  )

  private val foreign =
    "cannot replace OUT: it has no _layertap.json, but files that layertap did not" +
      " write (_k=1/part-0, b, c and 1 more); set another output.path, or output.replace-foreign = true"
  private val unknown =
    "cannot add to OUT: it has no _layertap.json of format 1, so nobody knows what" +
      " made it; set another output.path, or output.mode to overwrite with" +
      " output.replace-foreign = true"
  private val taken =
    "cannot write to OUT: it is there already; set output.mode to overwrite, or another output.path"

  private def look(
      store: OutputStore,
      target: Path,
      mode: Mode,
      replaceForeign: Boolean
  ): String = {
    val none = List.empty[String].asJava
    val output = new Output(
      "OUT",
      "",
      mode,
      replaceForeign,
      none,
      Compression.ZSTD,
      none,
      "",
      1,
      10
    )
    try {
      val existing = ExistingOutput.at(store, target.toString, output)
      existing.requireOwn(output)
      val rows = existing.rows
      s"${existing.isEmpty} ${rows.written}/${rows.read} '${existing.replaced}'"
    } catch { case e: OutputException => e.getMessage }
  }

  for (renames <- Seq(true, false)) {
    test(s"every mode over everything, ${if (renames) "on a disk" else "in an object store"}") {
      val (fresh, added) = ("true 0/0 ''", "false 1234/1236 ''")
      val expected = Map(
        "nothing" -> Seq(fresh, fresh, fresh, fresh),
        "hidden files" -> Seq(taken, fresh, fresh, fresh),
        "foreign files" -> Seq(taken, foreign, "true 0/0 'files of unknown origin'", unknown),
        "another format" -> Seq(
          taken,
          "true 0/0 'files of unknown origin'",
          "true 0/0 'files of unknown origin'",
          unknown
        ),
        "rows" -> Seq(taken, "true 0/0 '1,234 rows'", "true 0/0 '1,234 rows'", added),
        "no rows" -> Seq(taken, fresh, fresh, "false 0/2 ''")
      )
      places.foreach { case (words, files) =>
        TempFolder.use { folder =>
          val target = folder.resolve("out")
          FolderContents.write(target, files)
          val store = new CrashingStore(renamesDirectories = renames)
          val found = Seq(
            look(store, target, Mode.ERROR, replaceForeign = false),
            look(store, target, Mode.OVERWRITE, replaceForeign = false),
            look(store, target, Mode.OVERWRITE, replaceForeign = true),
            look(store, target, Mode.APPEND, replaceForeign = true)
          )
          assert(found === expected(words), words)
          val resumed = look(store, target, Mode.RESUME, replaceForeign = false)
          assert(resumed === expected(words).last, words)
        }
      }
    }
  }
}
