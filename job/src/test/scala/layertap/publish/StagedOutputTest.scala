package layertap.publish

import java.nio.file.{Files, Path}
import layertap.report.ManifestWriter
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.Try

class StagedOutputTest extends AnyFunSuite {
  private val manifest = ManifestWriter.FILE
  private val old = Map("part-0" -> "old 0", "day=1/part-1" -> "old 1", manifest -> "old manifest")
  private val written = Map("part-a" -> "new a", "day=1/part-b" -> "new b")
  private val rubbish = Map("part-failed" -> "rubbish", "day=2/part-x" -> "rubbish")
  private val renewed = written + (manifest -> "new manifest")

  private def write(folder: Path, files: Map[String, String]): Unit = files.foreach {
    case (name, text) =>
      val file = folder.resolve(name)
      Files.createDirectories(file.getParent)
      Files.writeString(file, text)
  }

  /** All files of a folder by their names; none if it is not there. */
  private def read(folder: Path): Option[Map[String, String]] =
    Option.when(Files.exists(folder)) {
      val paths = new CrashingStore().filesBelow(folder.toString).asScala
      paths
        .map(path => folder.relativize(Path.of(path)).toString -> Files.readString(Path.of(path)))
        .toMap
    }

  /** Writes an output as tasks do, failed attempts included, then publishes it. */
  private def run(target: Path, store: OutputStore, runId: String = "run1"): Unit = {
    val staged = new StagedOutput(store, target.toString, runId)
    write(
      Path.of(staged.directory),
      written ++ rubbish
    )
    staged.publish(written.keySet.asJava, "new manifest")
  }

  private def recover(target: Path, store: OutputStore = new CrashingStore): Unit =
    new StagedOutput(store, target.toString, "later").recover()

  private def siblings(target: Path): Seq[String] =
    new CrashingStore()
      .children(target.getParent.toString)
      .asScala
      .toSeq
      .map(Path.of(_).getFileName.toString)

  /** Runs with a crash before each change in turn, until there is none. */
  private def withEachCrash(
      before: Option[Map[String, String]]
  )(check: (Path, Int) => Unit): Int = {
    var crashes = 0
    var isDone = false
    while (!isDone) {
      TempFolder.use { folder =>
        val target = folder.resolve("features")
        before.foreach(write(target, _))
        isDone = Try(run(target, new CrashingStore(crashes))).isSuccess
        check(target, crashes)
      }
      crashes += 1
    }
    crashes
  }

  test("what is published is what was listed, and the manifest") {
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      run(target, new CrashingStore)
      assert(read(target) === Some(renewed))
      assert(siblings(target) === Seq("features"))
    }
  }

  test("an old output is replaced, no file of it is left") {
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      write(target, old)
      run(target, new CrashingStore)
      assert(read(target) === Some(renewed))
      assert(siblings(target) === Seq("features"))
    }
  }

  test("the written folder is hidden from readers of the folder above") {
    val staged = new StagedOutput(new CrashingStore, "file:/data/features", "run1")
    assert(staged.directory === "file:/data/.features.layertap-run1.new")
    assert(
      new StagedOutput(new CrashingStore, "features", "r").directory === ".features.layertap-r.new"
    )
  }

  Seq(Some(old) -> "an old output", None -> "no output").foreach { case (before, words) =>
    test(
      s"over $words: after a crash readers find the whole old, the whole new, or for a moment none"
    ) {
      val crashes = withEachCrash(before) { (target, crash) =>
        assert(
          Set(before, Some(renewed), None).contains(read(target)),
          s"crash before change $crash"
        )
      }
      assert(crashes > 5)
    }

    test(s"over $words: the next command finishes or undoes a publication, whatever the crash") {
      val outcomes = scala.collection.mutable.Set.empty[Option[Map[String, String]]]
      withEachCrash(before) { (target, crash) =>
        recover(target)
        assert(Set(before, Some(renewed)).contains(read(target)), s"crash before change $crash")
        assert(siblings(target).toSet.subsetOf(Set("features")), s"crash before change $crash")
        outcomes += read(target)
      }
      assert(outcomes === Set(before, Some(renewed)))
    }

    test(s"over $words: a crash of the command that cleans up is survived too") {
      withEachCrash(before) { (target, crash) =>
        val afterCrash = read(target)
        (0 to 20).foreach { second =>
          Try(recover(target, new CrashingStore(second % 7)))
          val now = read(target)
          assert(Set(before, Some(renewed), None).contains(now), s"crashes at $crash, $second")
          if (afterCrash.isDefined) assert(now === afterCrash, s"crashes at $crash, $second")
        }
        recover(target)
        assert(Set(before, Some(renewed)).contains(read(target)), s"crash at $crash")
      }
    }
  }

  test("recovery leaves other outputs alone") {
    TempFolder.use { folder =>
      val others =
        Seq(".features2.layertap-r.new", ".featuresx.layertap-r.old", "features2", "part")
      others.foreach(name => write(folder.resolve(name), old))
      val target = folder.resolve("features")
      write(target, old)
      recover(target)
      assert(siblings(target).toSet === others.toSet + "features")
    }
  }

  test("recovery of what is not there does nothing") {
    TempFolder.use { folder =>
      recover(folder.resolve("absent").resolve("features"))
      assert(siblings(folder.resolve("x")).isEmpty)
    }
  }

  test("a run that fails while it writes leaves the old output as it is") {
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      write(target, old)
      val staged = new StagedOutput(new CrashingStore, target.toString, "run1")
      write(Path.of(staged.directory), written)
      staged.discard()
      assert(read(target) === Some(old))
      assert(siblings(target) === Seq("features"))
    }
  }

  test("a run that fails while it publishes puts the old output back") {
    val store = new CrashingStore
    TempFolder.use { folder =>
      val target = folder.resolve("features")
      write(target, old)
      run(target, store)
    }
    (0 until store.changeCount).foreach { failure =>
      TempFolder.use { folder =>
        val target = folder.resolve("features")
        write(target, old)
        assert(Try(run(target, new CrashingStore(failure))).isFailure)
        new StagedOutput(new CrashingStore, target.toString, "run1").discard()
        assert(Seq(old, renewed).exists(read(target).contains), s"failure at $failure")
      }
    }
  }
}
