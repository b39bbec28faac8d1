package layertap.spark.task

import java.io.{IOException, UncheckedIOException}
import java.nio.file.{Files, Path}
import java.time.Duration
import java.util.concurrent.CountDownLatch
import java.util.{List => JavaList, Map => JavaMap}
import layertap.extract.FeatureExtractor
import layertap.failure.{FailureKind, UserException}
import layertap.graph.TensorId
import layertap.inference.{InferenceSession, KernelSession, SessionFactory, TimeLimit}
import layertap.input.value.NamedFiles
import layertap.model.cut.RunnableGraph
import layertap.model.saved.ModelFiles
import layertap.tensor.HostTensor
import layertap.testing.{FakeSessions, MemoryFiles, TempFolder}
import org.apache.hadoop.conf.Configuration
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.GraphDef
import scala.jdk.CollectionConverters._
import scala.util.Using

/** Who is told which rows were under way when an op kept its thread, or ended its process. */
class RowsUnderWayTest extends AnyFunSuite {
  private def names(folder: Path): Seq[Path] =
    Using.resource(Files.list(folder))(_.iterator.asScala.toSeq)

  /** What a process leaves that ended in the middle: its last note. */
  private def leave(folder: Path, output: String, process: String, rows: String*): Unit = {
    val note = new LocalRowNotes(folder).start(output, 5)
    rows.foreach(note.write)
    Files.copy(names(folder).head, folder.resolve(s"$process.rows"))
    note.close()
  }

  test("notes of processes that are gone are taken once, by runs of the same output") {
    TempFolder.use { folder =>
      val notes = new LocalRowNotes(folder.resolve("notes"))
      assert(notes.takeLeft("out").isEmpty)
      // Linux counts processes to four million at most.
      leave(folder.resolve("notes"), "out", "4999999-1-5", "id=1; id=2; id=3", "id=4")
      assert(notes.takeLeft("elsewhere").isEmpty)
      assert(notes.takeLeft("out").asScala === Seq("id=4"))
      assert(notes.takeLeft("out").isEmpty)
      leave(folder.resolve("notes"), "out", "4999999-1-6", "id=1", "" /* done with it */ )
      assert(notes.takeLeft("out").isEmpty)
      assert(names(folder.resolve("notes")).isEmpty)
    }
  }

  test("notes of a process that lives are left alone, and go when its task ends") {
    TempFolder.use { folder =>
      val notes = new LocalRowNotes(folder)
      val own = notes.start("out", 5)
      own.write("id=1")
      assert(notes.takeLeft("out").isEmpty)
      assert(names(folder).size === 1)
      own.close()
      assert(names(folder).isEmpty)
    }
  }

  test("two transforms of one task have a note each: that of one stays when the other ends") {
    TempFolder.use { folder =>
      val (one, other) =
        (new LocalRowNotes(folder).start("one", 5), new LocalRowNotes(folder).start("other", 5))
      other.write("id=2")
      one.close()
      Files.copy(names(folder).head, folder.resolve("4999999-1-5.rows"))
      assert(new LocalRowNotes(folder).takeLeft("other").asScala === Seq("id=2"))
      other.close()
      assert(names(folder).isEmpty)
    }
  }

  test("batches are taken several at once unless a note would name rows that are not under way") {
    TempFolder.use { folder =>
      val cheap = new LocalRowNotes(folder).start("out", 5)
      val shared = new SharedRowNotes(s"file:$folder/shared", new Configuration).start(3, 5)
      try {
        val tells = Seq(RowNote.NONE, cheap, shared).map(new RowsUnderWay(_).canTellBatches)
        assert(tells === Seq(true, true, false))
      } finally Seq(cheap, shared).foreach(_.close())
    }
  }

  private val lost =
    new UncheckedIOException("cannot go on: Spark lost executors", new IOException("exit 134"))

  private def explained(folder: Path, attempts: (Int, Long, String)*): RuntimeException = {
    val notes = new SharedRowNotes(s"file:$folder/under-way", new Configuration)
    val open = attempts.map { case (partition, attempt, rows) =>
      val note = notes.start(partition, attempt)
      note.write("rows before")
      note.write(rows)
      note
    }
    val failure = notes.explain(lost)
    open.foreach(_.close())
    assert(notes.explain(lost) === lost)
    failure
  }

  test("executors that end twice at the same rows: it is the rows, the user's") {
    TempFolder.use { folder =>
      val failure =
        explained(folder, (3, 11, "id=1; id=2"), (4, 12, "id=8"), (3, 13, "id=1; id=2"))
      assert(failure.isInstanceOf[UserException])
      assert(
        failure.getMessage === "cannot extract the rows id=1; id=2: whichever process tries them" +
          " ends; set run.batch-size = 1 to find the row, and filter it, or tap a layer before the" +
          " op that ends the process"
      )
    }
  }

  test("executors that end at several rows, or once: the environment's, with the rows") {
    TempFolder.use { folder =>
      val failure = explained(folder, (3, 11, "id=1; id=2"), (3, 13, "id=5"))
      assert(FailureKind.of(failure) === FailureKind.ENVIRONMENT)
      assert(
        failure.getMessage === "cannot go on: Spark lost executors, with these rows under way:" +
          " id=1; id=2; id=5"
      )
      assert(failure.getCause.getMessage === "exit 134")
      val once = explained(folder, (1, 2, "id=9"))
      assert(once.getMessage endsWith ", with these rows under way: id=9")
      assert(explained(folder) === lost)
    }
  }

  test("an op that cannot be cancelled: the rows are named, and the task goes on") {
    val stuck = new StuckSessions
    val extractor =
      FeatureExtractor.open(FakeSessions.plan(2), stuck, MemoryFiles.of(), NamedFiles.NONE)
    val watched = new WatchedExtractor(TimeLimit.ofSeconds(1), Duration.ofMillis(500))
    val underWay = new RowsUnderWay(RowNote.NONE)
    underWay.start(3, i => s"id=${i + 1}")
    val rows = (0 until 3).map(i => Array[AnyRef](Seq(i.toFloat, 1f).asJava)).asJava
    try {
      val failure =
        intercept[WatchedExtractor.StuckException](
          watched.extract(extractor, rows, extractor.plan.batchSize, underWay)
        )
      val message = "cannot extract the rows id=1; id=2: an op that cannot be cancelled does not" +
        " end, after \\d+ s \\(run.batch-seconds = 1\\); set run.batch-size = 1 to find the row," +
        " and filter it, or tap a layer before the op"
      assert(failure.failure.getMessage.matches(message), failure.failure.getMessage)
    } finally stuck.release.countDown()
    watched.close()
  }

  test("what is extracted in a thread of its own comes back, its failures too") {
    val sessions = new FakeSessions
    val extractor = FakeSessions.open(FakeSessions.plan(2), sessions)
    val underWay = new RowsUnderWay(RowNote.NONE)
    Using.resource(new WatchedExtractor(TimeLimit.ofSeconds(60), Duration.ZERO)) { watched =>
      def sums(rows: Seq[Float]*): Seq[Float] = watched
        .extract(extractor, rows.map(row => Array[AnyRef](row.asJava)).asJava, 8, underWay)
        .rows
        .asScala
        .toSeq
        .map(_.features.get(0).values.asInstanceOf[Array[Float]].head)
      assert(sums(Seq(1f, 2f), Seq(3f, 4f), Seq(5f, 6f)) === Seq(3f, 7f, 11f))
      assert(sums(Seq(8f, 9f)) === Seq(17f))
      extractor.close()
      intercept[IllegalArgumentException](sums(Seq(1f, 2f)))
    }
  }

  test("a task that is interrupted waits for its batch") {
    val extractor = FakeSessions.open(FakeSessions.plan(2), new FakeSessions)
    Using.resource(new WatchedExtractor(TimeLimit.ofSeconds(60), Duration.ZERO)) { watched =>
      Thread.currentThread().interrupt()
      val rows = JavaList.of(Array[AnyRef](Seq(1f, 2f).asJava))
      val extracted =
        watched.extract(extractor, rows, extractor.plan.batchSize, new RowsUnderWay(RowNote.NONE))
      assert(Thread.interrupted())
      assert(extracted.rows.get(0).isValid)
    }
  }

  test("twenty rows are named, the others counted") {
    val underWay = new RowsUnderWay(RowNote.NONE)
    underWay.start(25, i => s"$i")
    assert(underWay.of((0 until 25).toArray) === (0 until 20).mkString("; ") + "; and 5 more")
  }

  /** Sessions whose runs do not end before they are released, whatever their limit. */
  private final class StuckSessions extends SessionFactory {
    val release = new CountDownLatch(1)

    override def open(model: RunnableGraph, files: ModelFiles): InferenceSession =
      new InferenceSession {
        override def run(
            feeds: JavaMap[TensorId, HostTensor],
            fetches: JavaList[TensorId],
            limit: TimeLimit
        ): JavaList[HostTensor] = {
          release.await()
          throw new IllegalStateException("released")
        }

        override def close(): Unit = ()
      }

    override def openUnoptimized(model: RunnableGraph, files: ModelFiles): InferenceSession =
      open(model, files)

    override def openKernels(graph: GraphDef, input: TensorId): KernelSession =
      throw new UnsupportedOperationException("tensors need no kernels")
  }
}
