package layertap.publish

import layertap.failure.{OutputBusyException, OutputException}
import java.io.{IOException, UncheckedIOException}
import java.nio.file.{Files, Path}
import java.time.{Clock, Duration}
import layertap.publish.FolderContents.{Contents, read, write}
import layertap.report.{ManifestWriter, SkippedKeys}
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Try

class PublicationTest extends AnyFunSuite {
  private val manifest = ManifestWriter.FILE
  private val skipped = SkippedKeys.FILE
  private val old = Map(
    "part-0" -> "old 0",
    "day=1/part-1" -> "old 1",
    skipped -> "old keys",
    manifest -> "old manifest"
  )
  private val written =
    Map("part-a" -> "new a", "day=1/part-b" -> "new b", skipped -> "new keys")
  private val rubbish = Map("part-failed" -> "rubbish", "day=2/part-x" -> "rubbish")
  private val renewed = written + (manifest -> "new manifest")
  private val lease = Duration.ofSeconds(60)

  private var commands = 0L

  /** When the leases of all runs that crashed are over. */
  private def later(): Clock = {
    commands += 1
    Clock.offset(Clock.systemUTC, lease.plusSeconds(1).multipliedBy(commands))
  }

  /** Writes an output as tasks do, failed attempts included, then publishes it. */
  private def run(target: Path, store: OutputStore, replaces: Boolean): Unit = {
    val publication = Publication.open(store, target.toString, "run1", lease)
    write(Path.of(publication.directory), written ++ rubbish)
    publication.publish(written.keySet.asJava, "new manifest", replaces)
    publication.close()
  }

  /** The next command, which writes nothing itself. */
  private def next(target: Path, store: OutputStore = new CrashingStore): Unit =
    Publication.open(store, target.toString, "later", lease, later()).close()

  private def siblings(target: Path): Set[String] = {
    val stream = Files.list(target.getParent)
    try stream.iterator.asScala.map(_.getFileName.toString).toSet
    finally stream.close()
  }

  /** Runs with a crash before each change in turn, until there is none. */
  private def withEachCrash(
      before: Option[Contents],
      storage: Storage
  )(check: (Path, Int) => Unit): Int = {
    var crashes = 0
    var isDone = false
    while (!isDone) {
      TempFolder.use { folder =>
        val target = folder.resolve("features")
        before.foreach(write(target, _))
        isDone = Try(run(target, storage.store(crashes), storage.replaces)).isSuccess
        check(target, crashes)
      }
      crashes += 1
    }
    crashes
  }

  /** @param replaces
    *   whether the old files go
    */
  private case class Storage(words: String, renames: Boolean, replaces: Boolean) {
    def store(changesBeforeCrash: Int = Int.MaxValue): CrashingStore =
      new CrashingStore(changesBeforeCrash, renames)

    def after(before: Option[Contents]): Contents =
      if (replaces) renewed else before.getOrElse(Map()) ++ renewed

    /** Whether readers find the old or the new output whole: all of them if directories are
      * swapped, else those who go by the manifest.
      */
    def isReadable(before: Option[Contents], now: Option[Contents]): Boolean =
      if (swaps(before)) Set(before, Some(after(before)), None).contains(now)
      else
        now.fold(before.isEmpty) { files =>
          val listed =
            if (files.get(manifest) == renewed.get(manifest)) after(before)
            else before.getOrElse(Map())
          (listed - skipped).forall { case (name, text) => files.get(name).contains(text) }
        }

    def swaps(before: Option[Contents]): Boolean = renames && (replaces || before.isEmpty)
  }

  private val storages = Seq(
    Storage("replaced by renames", renames = true, replaces = true),
    Storage("added to by renames", renames = true, replaces = false),
    Storage("replaced in an object store", renames = false, replaces = true),
    Storage("added to in an object store", renames = false, replaces = false)
  )

  for {
    storage <- storages
    (before, words) <- Seq(Some(old) -> "an old output", None -> "no output")
  } {
    def after = storage.after(before)

    test(s"$words ${storage.words}: what is published is what was listed, nothing is left beside") {
      TempFolder.use { folder =>
        val target = folder.resolve("features")
        before.foreach(write(target, _))
        run(target, storage.store(), storage.replaces)
        assert(read(target) === Some(after))
        assert(siblings(target) === Set("features"))
      }
    }

    test(s"$words ${storage.words}: whatever the crash, who reads the manifest finds whole files") {
      val crashes = withEachCrash(before, storage) { (target, crash) =>
        assert(storage.isReadable(before, read(target)), s"crash before change $crash")
        assert(siblings(target).subsetOf(Set("features", ".features.layertap")), s"crash $crash")
      }
      assert(crashes > 7)
    }

    test(s"$words ${storage.words}: the next command finishes or undoes it, whatever the crash") {
      val outcomes = scala.collection.mutable.Set.empty[Option[Contents]]
      withEachCrash(before, storage) { (target, crash) =>
        next(target, storage.store())
        assert(Set(before, Some(after)).contains(read(target)), s"crash before change $crash")
        assert(siblings(target).subsetOf(Set("features")), s"crash before change $crash")
        outcomes += read(target)
      }
      assert(outcomes === Set(before, Some(after)))
    }

    test(s"$words ${storage.words}: crashes of the commands that clean up are survived too") {
      withEachCrash(before, storage) { (target, crash) =>
        (0 to 20).foreach { second =>
          Try(next(target, storage.store(second % 7)))
          assert(storage.isReadable(before, read(target)), s"crashes at $crash, $second")
        }
        next(target, storage.store())
        assert(Set(before, Some(after)).contains(read(target)), s"crash at $crash")
        assert(siblings(target).subsetOf(Set("features")), s"crash at $crash")
      }
    }
  }

  test("until the decision a crash leaves the old output as it is") {
    storages.foreach { storage =>
      var wasDecided = false
      withEachCrash(Some(old), storage) { (target, crash) =>
        wasDecided ||= Files.exists(target.resolveSibling(".features.layertap/decided"))
        if (!wasDecided) assert(read(target) === Some(old), s"${storage.words}, $crash")
      }
      assert(wasDecided)
    }
  }

  test("a storage that fails once while the output is put in place does not matter") {
    val store = new CrashingStore
    TempFolder.use(folder => run(folder.resolve("features"), store, replaces = true))
    storages.foreach { storage =>
      (0 until store.changeCount).foreach { failure =>
        TempFolder.use { folder =>
          val target = folder.resolve("features")
          write(target, old)
          val failing = new HookedStore(
            storage.store(),
            beforeChange = change => if (change == failure) throw new Crash
          )
          if (Try(run(target, failing, storage.replaces)).isFailure) next(target, storage.store())
          assert(Seq(Some(old), Some(storage.after(Some(old)))).contains(read(target)), failure)
        }
      }
    }
  }

  test("what is written is hidden from readers of the folder above") {
    TempFolder.use { folder =>
      val target = s"$folder/features"
      val publication = Publication.open(new CrashingStore, target, "run1", lease)
      assert(publication.directory === s"$folder/.features.layertap/run1.new")
      assert(publication.scratch === s"$folder/.features.layertap/run1.scratch")
      publication.close()
    }
  }

  test("other outputs are left alone") {
    TempFolder.use { folder =>
      val others = Set(".features2.layertap", ".featuresx.layertap", "features2", "part")
      others.foreach(name => write(folder.resolve(name), old))
      val target = folder.resolve("features")
      write(target, old)
      next(target)
      assert(siblings(target) === others + "features")
    }
  }

  test("a run that publishes nothing leaves the old output, and nothing beside it") {
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      write(target, old)
      val publication = Publication.open(new CrashingStore, target.toString, "run1", lease)
      write(Path.of(publication.directory), written)
      publication.close()
      assert(read(target) === Some(old))
      assert(siblings(target) === Set("features"))
    }
  }

  test("a run may publish several times") {
    storages.filterNot(_.replaces).foreach { storage =>
      TempFolder.use { folder =>
        val target = folder.resolve("features")
        val publication = Publication.open(storage.store(), target.toString, "run1", lease)
        Seq("a", "b", "c").foreach { part =>
          write(Path.of(publication.directory), Map(part -> part, "rubbish" -> ""))
          publication.publish(java.util.Set.of(part), s"manifest $part", false /* adds */ )
        }
        publication.close()
        assert(
          read(target) === Some(
            Map("a" -> "a", "b" -> "b", "c" -> "c", manifest -> "manifest c")
          )
        )
        assert(siblings(target) === Set("features"))
      }
    }
  }

  test("a process that is told to end leaves one directory, and the output to the next run") {
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      write(target, old)
      val publication = Publication.open(new CrashingStore, target.toString, "run1", lease)
      write(Path.of(publication.directory), written)
      publication.abandon()
      assert(siblings(target) === Set("features", ".features.layertap"))
      intercept[OutputBusyException](
        publication.publish(written.keySet.asJava, "new manifest", true /* replaces */ )
      )
      Publication.open(new CrashingStore, target.toString, "run2", lease).close()
      assert(read(target) === Some(old))
      assert(siblings(target) === Set("features"))
    }
  }

  test("files that are gone when they are to be published: nothing is, and the message says so") {
    storages.foreach { storage =>
      TempFolder.use { folder =>
        val target = folder.resolve("features")
        write(target, old)
        val publication = Publication.open(storage.store(), target.toString, "run1", lease)
        write(Path.of(publication.directory), written - "part-a")
        val gone = intercept[UncheckedIOException](
          publication.publish(written.keySet.asJava, "new manifest", storage.replaces)
        )
        publication.close()
        assert(gone.getMessage === s"cannot publish $target")
        assert(
          gone.getCause.getMessage === "files that were written are gone, part-a the first of 1;" +
            " start it again"
        )
        assert(read(target) === Some(old))
        assert(siblings(target) === Set("features"))
      }
    }
  }

  test("a file that was moved before a crash and is gone since: the next command names it") {
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      val places = new OutputPlaces(target.toString, "run1")
      write(target, old + ("day=1/part-b" -> "new b"))
      val names = java.util.List.of("day=1/part-b", "part-a", "part-c")
      write(Path.of(places.staged), Map("part-c" -> "new c"))
      Files.writeString(Path.of(places.stagedManifest), "new manifest")
      val decision = RecordJson.write(new Decision("run1", Decision.Way.MOVE, names))
      Files.writeString(Path.of(places.decision), decision)
      val gone = intercept[OutputException](next(target))
      assert(
        gone.getMessage === s"cannot finish publishing the run run1: 1 of its 3 files are gone from" +
          s" $target, part-a the first; put them back, or, to drop the run, delete" +
          s" ${places.decision}, and from the output the files that it lists"
      )
      write(target, Map("part-a" -> "new a"))
      next(target)
      val added = Map("day=1/part-b" -> "new b", "part-a" -> "new a", "part-c" -> "new c")
      assert(read(target) === Some(old ++ added + (manifest -> "new manifest")))
    }
  }

  test("what an attempt that lost writes while the output is swapped is not part of it") {
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      write(target, old)
      val staged = target.resolveSibling(".features.layertap/run1.new")
      val decided = target.resolveSibling(".features.layertap/decided")
      val store = new HookedStore(
        new CrashingStore,
        beforeChange =
          _ => if (Files.exists(decided) && Files.exists(staged)) write(staged, rubbish)
      )
      run(target, store, replaces = true)
      assert(read(target) === Some(renewed))
    }
  }

  test("a decision whose files others deleted is none") {
    storages.foreach { storage =>
      TempFolder.use { folder =>
        val target = folder.resolve("features")
        write(target, old)
        val way = if (storage.swaps(Some(old))) "SWAP" else "MOVE"
        val decision = s"""{"runId":"late","how":"$way","files":["part-a","part-z"]}"""
        write(target.resolveSibling(".features.layertap"), Map("decided" -> decision))
        write(target.resolveSibling(".features.layertap/late.new"), Map("part-a" -> "half"))
        next(target, storage.store())
        assert(read(target) === Some(old), storage.words)
        assert(siblings(target) === Set("features"))
      }
    }
  }

  test("the only copy of the old output is put back, whatever became of the decision") {
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      write(target.resolveSibling(".features.layertap/dead.old"), old)
      next(target)
      assert(read(target) === Some(old))
      assert(siblings(target) === Set("features"))
    }
  }

  test("a run that cannot clean up what an earlier one left gives the output back") {
    TempFolder.use { folder =>
      val target = folder.resolve("out")
      def broken(path: String): Unit =
        if (path.endsWith("decided")) throw new UncheckedIOException(new IOException("gone"))
      val store = new HookedStore(new CrashingStore, afterRead = (_, path) => broken(path))
      val failure = intercept[UncheckedIOException](
        Publication.open(store, target.toString, "first", lease)
      )
      assert(failure.getCause.getMessage === "gone")
      Publication.open(new CrashingStore, target.toString, "second", lease).close()
    }
  }
}
