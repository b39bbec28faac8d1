package layertap.publish

import java.nio.file.{Files, Path}
import java.time.Duration
import layertap.failure.OutputException
import layertap.publish.FolderContents.{read, write}
import layertap.report.ManifestWriter
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite

/** A decision that nobody can read: after a power cut a file may be empty. */
class DamagedDecisionTest extends AnyFunSuite {
  private val lease = Duration.ofSeconds(60)
  private val old = Map("part-0" -> "old", ManifestWriter.FILE -> "old manifest")
  private val damaged = Seq(
    "",
    "null",
    "{}",
    """{"runId":"run1","how":"MO""",
    """{"runId":"run1","files":["part-a"]}""",
    """{"how":"MOVE","files":["part-a"]}""",
    """{"runId":"run1","how":"MOVE"}""",
    """{"runId":"run1","how":"LATER","files":["part-a"]}"""
  )

  test("a damaged decision is named, with what to do, and nothing is touched until then") {
    damaged.foreach { text =>
      TempFolder.use { folder =>
        val target = folder.resolve("features")
        val places = new OutputPlaces(target.toString, "run1")
        write(target, old)
        write(Path.of(places.staged), Map("part-a" -> "new", ManifestWriter.FILE -> "new manifest"))
        Files.writeString(Path.of(places.decision), text)
        val message =
          s"cannot finish publishing to $target what a dead run had decided to publish: its note of" +
            s" ${text.length} characters, ${places.decision}, is damaged or another version's; to" +
            " drop that run, delete the note, and from the output the files that its" +
            " _layertap.json, if it has one, does not list"
        val store = new CrashingStore
        val left = read(folder)
        def open(): Unit = Publication.open(store, target.toString, "next", lease).close()
        assert(intercept[OutputException](open()).getMessage === message)
        val found = intercept[OutputException](OutputFinder.find(store, target.toString, lease))
        assert(found.getMessage === message)
        assert(read(folder) === left)
        Files.delete(Path.of(places.decision))
        open()
        assert(read(folder) === Some(old.map { case (name, words) => s"features/$name" -> words }))
      }
    }
  }
}
