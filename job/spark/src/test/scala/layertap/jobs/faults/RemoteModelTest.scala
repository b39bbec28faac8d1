package layertap.jobs.faults

import layertap.extract.SessionPool
import layertap.jobs.Digits
import layertap.jobs.output.RemoteStorage
import layertap.jobs.output.RemoteStorageTest
import java.net.URI
import java.nio.charset.StandardCharsets.UTF_8
import java.nio.file.Files
import layertap.jobs.Digits.{expected, features, set}
import layertap.testing.SameValues.assertSame
import layertap.testing.Command
import layertap.testing.JavaProcess
import layertap.testing.JobFolder
import layertap.testing.RequestLog
import layertap.testing.SharedSpark
import layertap.testing.Storage
import layertap.testing.TestData
import org.apache.hadoop.fs.Path
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Jobs whose every file is on HDFS or in an object store, and storage that fails; started as
  * [[RemoteStorageTest]] is.
  */
class RemoteModelTest extends AnyFunSuite {
  import RemoteStorage.{fresh, isObjectStore, settings}

  private def upload(local: String, to: String, at: Storage): Unit = {
    val source = TestData.root.resolve(local)
    val files = Files.walk(source)
    try
      files.iterator.asScala.filter(Files.isRegularFile(_)).foreach { file =>
        val name = source.relativize(file).toString
        write(if (name.isEmpty) to else s"$to/$name", Files.readAllBytes(file), at)
      }
    finally files.close()
  }

  private def write(to: String, bytes: Array[Byte], at: Storage): Unit = {
    val path = new Path(to)
    val stream = path.getFileSystem(at.configuration).create(path)
    try stream.write(bytes)
    finally stream.close()
  }

  /** Puts model and rows there; gives the configuration's path. */
  private def uploadJob(at: Storage): String = {
    upload("models/digits_keras3", s"${at.root}/model", at)
    upload("digits", s"${at.root}/rows", at)
    val text = Digits
      .job(s"${at.root}/rows")
      .replace("test-data/models/digits_keras3", s"\"${at.root}/model\"")
    val job = s"layertap {\n$text\noutput.path = \"${at.output}\"\n}\n"
    write(s"${at.root}/job.conf", job.getBytes(UTF_8), at)
    s"${at.root}/job.conf"
  }

  private def run(options: Seq[String], words: String*): (Int, String) =
    JavaProcess.layertap(options, words: _*).finish()

  test("configuration, model, rows and output are all there") {
    val at = fresh()
    val (code, log) =
      run(at.javaOptions, Seq("extract", uploadJob(at)) ++ set("input.where=id < 30"): _*)
    assert(code === 0, log)
    assertSame(features(at.rows.collect().toSeq), expected(30))
  }

  test("a model that is replaced after it was planned is noticed: exit 3") {
    val at = fresh()
    val job = uploadJob(at)
    val index = s"${at.root}/model/variables/variables.index"
    // One that is open already runs the model that was planned.
    SessionPool.ofThisJvm.closeIdle()
    val command = Command.run(
      // The model is planned, and not open yet.
      "layertap: writes ",
      () => upload("models/digits_keras2/variables/variables.index", index, at),
      Seq("extract", job) ++ set("input.where=id < 20", "run.trial-seconds=0")
    )
    assert(command.code === 3, command.log)
    assert(
      command.message === s"cannot go on: the model ${at.root}/model was replaced while the job" +
        " ran; start the job again"
    )
    assert(!at.exists(at.output))
  }

  test("of the variables only what the layer needs is asked for") {
    JobFolder.use { folder =>
      val at = fresh()
      upload("models/mobilenet_v2_keras3", s"${at.root}/mobilenet", at)
      val data = new Path(s"${at.root}/mobilenet/variables/variables.data-00000-of-00001")
      val all = data.getFileSystem(at.configuration).getFileStatus(data).getLen
      val configuration = folder.write(
        s"""model { path = "${at.root}/mobilenet" }
           |input { format = image-files, path = "test-data/images/flower" }
           |feeds = [{ input = keras_tensor, column = content, image { size = [96, 96] } }]
           |features = [{ layer = bn_Conv1, pool = avg }]
           |output.path = "${folder.output}"
           |""".stripMargin
      )
      val plan = Command.run("plan", configuration.toString, "--set", "run.trial-seconds=0")
      assert(plan.code === 0, plan.log)
      val planned = """read in (\d+) requests? of ([\d,]+) bytes""".r
        .findFirstMatchIn(plan.out)
        .getOrElse(fail(plan.out))
      val (requests, bytes) =
        (planned.group(1).toInt, planned.group(2).replace(",", "").toLong)
      assert(bytes < all / 100)
      if (isObjectStore) {
        val asked = reads(
          at,
          Seq("extract", configuration.toString) ++ set("run.model-cache-megabytes=0"): _*
        )
        assert(asked.nonEmpty && asked.forall(_.isDefined), asked)
        // The trial opens the model whole, cut, and rewritten for speed, an executor the last one; a
        // request of S3A's is of 64 KB or more. What the first batch normalisations saw in training, for
        // the check of the first rows, takes three more.
        val expected = 4 * requests + 3
        assert(asked.size === expected)
        assert(asked.flatten.sum <= expected * math.max(bytes, 64L << 10))
      }
    }
  }

  /** What a command asks of the values of variables. */
  private def reads(at: Storage, words: String*): Seq[Option[Long]] = {
    val log = new RequestLog(URI.create(settings("fs.s3a.endpoint")))
    try {
      val seen = at.copy(settings = settings + ("fs.s3a.endpoint" -> log.endpoint))
      val (code, printed) = run(seen.javaOptions, words: _*)
      assert(code === 0, printed)
      log.reads("variables.data-00000-of-00001")
    } finally log.close()
  }

  private def requireRefused(at: Storage, path: String, fact: String): Unit = {
    val (code, log) = run(at.javaOptions, "inspect", path)
    assert(code === 3, log)
    val last = log.linesIterator.toSeq.last
    assert(last.startsWith(s"layertap: exit 3: cannot reach $path: "), log)
    assert(last.contains(fact), log)
  }

  test("storage that refuses connections: exit 3, and why") {
    if (isObjectStore) {
      val nowhere = settings + ("fs.s3a.endpoint" -> "http://127.0.0.1:1")
      requireRefused(fresh().copy(settings = nowhere), "s3a://features/model", "refused")
    } else requireRefused(fresh(), "hdfs://127.0.0.1:1/model", "refused")
  }

  if (isObjectStore) {
    test("a bucket that is not there: exit 3, and why") {
      requireRefused(fresh(), "s3a://no-such-bucket/model", "bucket does not exist")
    }

    test("no credentials: exit 3, and why") {
      val none = settings -- Seq("fs.s3a.access.key", "fs.s3a.secret.key")
      requireRefused(fresh().copy(settings = none), "s3a://features/model", "credentials")
    }
  }
}
