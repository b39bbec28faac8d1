package layertap.jobs.output

import layertap.jobs.Digits
import layertap.hadoop.HadoopOutputStore
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.Command
import layertap.testing.JobFolder
import layertap.testing.SharedSpark
import layertap.testing.Storage
import scala.jdk.CollectionConverters._

/** Outputs on HDFS or an object store, which `scripts/test-hdfs` and `scripts/test-s3` start.
  *
  * @see
  *   [[RemoteStorage]]
  */
class RemoteStorageTest extends KillTests {
  override protected def storage(folder: JobFolder): Storage = RemoteStorage.fresh()

  private def run(folder: JobFolder, at: Storage, settings: String*): Command = {
    val file = folder.write(Digits.job())
    Command.run(
      Seq("extract", file.toString) ++ set(s"output.path=${at.output}") ++ set(settings: _*): _*
    )
  }

  private def ran(folder: JobFolder, at: Storage, settings: String*): Map[Int, Seq[Any]] = {
    val command = run(folder, at, settings: _*)
    assert(command.code === 0, command.log)
    assert(at.names === Set("out"))
    features(SharedSpark.session.read.parquet(at.output).collect().toSeq)
  }

  test("error, overwrite, append and resume, one after the other") {
    JobFolder.use { folder =>
      val at = storage(folder)
      assertSame(ran(folder, at, "input.where=id < 30"), expected(30))
      assert(run(folder, at, "input.where=id < 30").code === 2)
      assertSame(ran(folder, at, "input.where=id < 10", "output.mode=overwrite"), expected(10))
      val more = "input.where=id >= 10 and id < 40"
      assertSame(ran(folder, at, more, "output.mode=append"), expected(40))
      assert(run(folder, at, more, "output.mode=append").code === 2)
      val resume = Seq("output.mode=resume", "output.chunk-rows=25", "input.where=id < 100")
      assertSame(ran(folder, at, resume: _*), expected(100))
      assert(at.manifest.runs.asScala.map(_.rows.read) === Seq(10, 30, 60))
      assert(at.manifest.allFiles.asScala.forall(_.contains("part-")))
    }
  }

  test("folders are replaced whole") {
    JobFolder.use { folder =>
      val at = storage(folder)
      val folders = Seq("output.partition-by=[label]", "output.mode=overwrite")
      assertSame(ran(folder, at, "input.where=id < 60" +: folders: _*), expected(60))
      assertSame(ran(folder, at, "input.where=id < 5" +: folders: _*), expected(5))
    }
  }

  test("a second run on an output that is being written is told so, exit 3") {
    JobFolder.use { folder =>
      val at = storage(folder)
      val store = HadoopOutputStore.of(at.root, at.configuration)
      val first = layertap.publish.Publication
        .open(store, store.qualify(at.output), "first", java.time.Duration.ofMinutes(1))
      val second = run(folder, at)
      assert(second.code === 3, second.log)
      assert(second.message.contains("run first"))
      first.close()
      assertSame(ran(folder, at, "input.where=id < 5"), expected(5))
    }
  }

  test("of many that write a file which is not there, one is told that it did") {
    JobFolder.use { folder =>
      val at = storage(folder)
      val store = HadoopOutputStore.of(at.root, at.configuration)
      val wins = (0 until 8).toList.map(_.toString).to(scala.collection.mutable.Buffer)
      val threads = java.util.concurrent.Executors.newFixedThreadPool(8)
      try {
        val tries = wins.map { name =>
          threads.submit[Boolean](() => store.writeNew(s"${at.root}/lease", name))
        }
        assert(tries.count(_.get) === 1)
      } finally threads.shutdown()
    }
  }
}
