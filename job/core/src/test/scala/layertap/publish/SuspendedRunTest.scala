package layertap.publish

import layertap.failure.OutputBusyException
import java.nio.file.Path
import java.time.{Clock, Duration}
import layertap.publish.FolderContents.{Contents, read, write}
import layertap.report.ManifestWriter
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.{Failure, Success, Try}

/** Runs that stand still for longer than their lease, at each moment, while another run takes the
  * output over, publishes and ends; then they go on.
  */
class SuspendedRunTest extends AnyFunSuite {
  private val manifest = ManifestWriter.FILE
  private val old = Map("part-0" -> "old 0", "day=1/part-1" -> "old 1", manifest -> "old")
  private val first = Map("part-a" -> "first a", "day=1/part-b" -> "first b")
  private val second = Map("part-c" -> "second c", "day=2/part-d" -> "second d")
  private val lease = Duration.ofSeconds(60)

  private def run(
      target: Path,
      store: OutputStore,
      runId: String,
      files: Contents,
      replaces: Boolean,
      clock: Clock
  ): Unit = {
    val publication = Publication.open(store, target.toString, runId, lease, clock)
    try {
      write(Path.of(publication.directory), files)
      publication.publish(files.keySet.asJava, runId, replaces)
    } finally publication.close()
  }

  private def later: Clock = Clock.offset(Clock.systemUTC, lease.plusSeconds(1))

  for {
    renames <- Seq(true, false)
    replaces <- Seq(true, false)
  } test(s"whenever it stands still: renames = $renames, replaces = $replaces") {
    // Not before the first change, which takes the output.
    var moment = 1
    var isOver = false
    val outcomes = scala.collection.mutable.Set.empty[Boolean]
    while (!isOver) {
      TempFolder.use { folder =>
        val words = s"before change $moment"
        val target = folder.resolve("features")
        write(target, old)
        val storage = new CrashingStore(renamesDirectories = renames)
        var wasSuspended = false
        val store = new HookedStore(
          storage,
          beforeChange = change =>
            if (change == moment) {
              wasSuspended = true
              run(target, storage, "second", second, replaces, later)
            }
        )
        val outcome = Try(run(target, store, "first", first, replaces, Clock.systemUTC))
        isOver = !wasSuspended
        if (wasSuspended) {
          val now = read(target).getOrElse(fail(s"$words: no output"))
          check(now, outcome, replaces, words)
          if (renames && replaces) assert(now(manifest) === "second", words)
          outcomes += outcome.isSuccess
        }
      }
      moment += 1
    }
    assert(moment > 7)
    assert(outcomes === Set(true, false))
  }

  /** The second run was told that its rows are in the output, whatever became of the first. No
    * storage writes a manifest on condition that a lease is held: where one is written and not
    * renamed with its directory, it may be the first's, if that stood still right before.
    */
  private def check(now: Contents, outcome: Try[Unit], replaces: Boolean, words: String): Unit = {
    second.foreach { case (file, text) => assert(now.get(file).contains(text), words) }
    outcome match {
      case Success(_) if !replaces =>
        first.foreach { case (file, text) => assert(now.get(file).contains(text), words) }
      case Success(_)                      =>
      case Failure(_: OutputBusyException) =>
      case Failure(other)                  => fail(s"$words: $other", other)
    }
    if (!replaces) old.keySet.foreach(file => assert(now.contains(file), words))
    if (replaces) assert(now.removed(manifest) === second, words)
  }
}
