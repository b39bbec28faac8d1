package layertap.publish

import java.nio.file.{Files, Path}
import java.time.{Clock, Duration}
import layertap.failure.OutputBusyException
import layertap.publish.FolderContents.{Contents, read, write}
import layertap.report.ManifestWriter
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Try

/** Whatever a dead run left: what is found without touching anything is what the next run finds. */
class OutputFinderTest extends AnyFunSuite {
  private val manifest = ManifestWriter.FILE
  private val lease = Duration.ofSeconds(60)
  private val old = Map("part-0" -> "old", "day=1/part-1" -> "old", manifest -> "old manifest")
  private val written = Map("part-a" -> "new", "day=1/part-b" -> "new")

  /** When the leases of all dead runs are over. */
  private val later = Clock.offset(Clock.systemUTC, lease.multipliedBy(2))

  private def run(store: OutputStore, target: Path, replaces: Boolean): Unit = {
    val publication = Publication.open(store, target.toString, "run1", lease)
    write(Path.of(publication.directory), written + ("part-failed" -> "rubbish"))
    publication.publish(written.keySet.asJava, "new manifest", replaces)
    publication.close()
  }

  for {
    renames <- Seq(true, false)
    replaces <- Seq(true, false)
    before <- Seq(Map.empty[String, String], old)
  } {
    val where = if (renames) "a disk" else "an object store"
    val how = if (replaces) "replaced" else "added to"
    test(s"an output of ${before.size} files on $where, $how: after a crash at each change") {
      val manifests = Iterator.from(0).map(crashedAt(_, renames, replaces, before))
      val (crashed, whole) = manifests.span(_.nonEmpty)
      val found = crashed.flatten.toSet
      assert(found === Set(before.get(manifest), Some("new manifest")))
      assert(whole.hasNext)
    }
  }

  /** The manifest that is found after a crash; nothing if there is no such change any more. */
  private def crashedAt(
      change: Int,
      renames: Boolean,
      replaces: Boolean,
      before: Contents
  ): Option[Option[String]] =
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      write(target, before)
      val dies = Try(run(new CrashingStore(change, renames), target, replaces)).isFailure
      val left = read(folder)
      val store = new CrashingStore(renamesDirectories = renames)
      val place = OutputFinder.find(store, target.toString, lease, later)
      val (isThere, found) = (store.exists(place), store.read(s"$place/$manifest"))
      assert(store.changeCount === 0)
      assert(read(folder) === left)
      Publication.open(store, target.toString, "later", lease, later).close()
      assert(isThere === Files.exists(target), s"change $change")
      val next = read(target).flatMap(_.get(manifest))
      assert((if (found.isPresent) Some(found.get) else None) === next, s"change $change")
      Option.when(dies)(next)
    }

  test("a run that holds its lease is named; nothing is taken from it") {
    TempFolder.use { folder =>
      val target = folder.resolve("features").toString
      val store = new CrashingStore
      val publication = Publication.open(store, target, "busy", lease)
      val left = read(folder)
      val refusal = intercept[OutputBusyException](OutputFinder.find(store, target, lease))
      val start = s"cannot write to $target: run busy (process ${ProcessHandle.current.pid} on "
      assert(refusal.getMessage.startsWith(start), refusal.getMessage)
      assert(refusal.getMessage.endsWith("for 60 seconds (output.lease-seconds)"))
      assert(read(folder) === left)
      publication.close()
      assert(OutputFinder.find(store, target, lease) === target)
    }
  }
}
