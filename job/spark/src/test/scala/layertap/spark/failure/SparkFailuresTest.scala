package layertap.spark.failure

import layertap.failure.InvalidRowException
import layertap.failure.EnvironmentException
import java.io.{IOException, UncheckedIOException}
import java.net.SocketTimeoutException
import java.sql.{SQLException, SQLTransientConnectionException}
import layertap.failure.FailureKind
import layertap.failure.FailureKind.{ENVIRONMENT, USER}
import layertap.failure.UserException
import layertap.failure.OutputException
import org.apache.spark.SparkException
import org.apache.spark.sql.Row
import org.scalatest.funsuite.AnyFunSuite

class SparkFailuresTest extends AnyFunSuite {
  private def inTask(cause: Throwable) =
    new SparkException("Job aborted", new SparkException("Task failed", cause))

  /** As Spark hands over what it cannot rebuild on the driver. */
  private def asText(words: String) =
    new SparkException(s"Job aborted: Lost task 1.0 (TID 3): $words\n\tat layertap.X.y(X.java:1)")

  test("what layertap threw comes out of whatever Spark wraps it in") {
    val model = new UserException("cannot cut")
    assert(SparkFailures.cause(inTask(model)) eq model)
    val changed = new EnvironmentException("cannot go on")
    assert(SparkFailures.cause(inTask(changed)) eq changed)
    val row = new InvalidRowException("cannot extract the row id=1")
    assert(SparkFailures.cause(inTask(row)) eq row)
  }

  test("of what comes as text only, kind and message are read from it") {
    Seq(
      new InvalidRowException("cannot extract: a") -> USER,
      new UserException("cannot cut: [b]: c") -> USER,
      new OutputException("cannot write") -> USER,
      new EnvironmentException("cannot go on") -> ENVIRONMENT
    ).foreach { case (failure, kind) =>
      Seq(failure.toString, s"java.lang.IllegalStateException: x\nCaused by: $failure").foreach {
        words =>
          val found = SparkFailures.cause(asText(words))
          assert(FailureKind.of(found) === kind)
          assert(found.getMessage === failure.getMessage)
      }
    }
  }

  test("old dates whose calendar Spark shall not choose") {
    val words =
      "[INCONSISTENT_BEHAVIOR_CROSS_VERSION.READ_ANCIENT_DATETIME] You may get a different" +
        " result due to the upgrading to\nSpark >= 3.0: x\nYou can set the SQL config" +
        " \"spark.sql.parquet.datetimeRebaseModeInRead\" or the datasource option" +
        " \"datetimeRebaseMode\" to \"LEGACY\""
    Seq("READ" -> "read", "WRITE" -> "write").foreach { case (name, verb) =>
      val found = SparkFailures.cause(inTask(new RuntimeException(words.replace("READ", name))))
      assert(FailureKind.of(found) === USER)
      assert(
        found.getMessage === s"cannot $verb dates before 1582-10-15 or times before 1900: with" +
          " spark.sql.parquet.datetimeRebaseModeInRead = EXCEPTION Spark does not choose their" +
          " calendar; set it to CORRECTED for that of Spark 3 and other programs, or to LEGACY for" +
          " that of Spark 2 and Hive"
      )
    }
  }

  test("a class that Kryo does not take, in the driver or as text of an executor") {
    val words = "Class is not registered: org.apache.spark.sql.types.FloatType$\nNote: To register"
    val kryo = new IllegalArgumentException(words)
    Seq(inTask(kryo), kryo, asText(s"com.esotericsoftware.kryo.KryoException: $kryo")).foreach {
      failure =>
        val found = SparkFailures.cause(failure)
        assert(FailureKind.of(found) === USER)
        assert(
          found.getMessage === "cannot run the job: with spark.kryo.registrationRequired = true Spark" +
            " ships only what is registered, and org.apache.spark.sql.types.FloatType$ is not; add" +
            " it to spark.kryo.classesToRegister, or set spark.kryo.registrationRequired to false"
        )
    }
  }

  test("an array that Kryo does not take is named as spark.kryo.classesToRegister takes it") {
    Seq(
      "org.apache.spark.sql.Row[]" -> classOf[Array[Row]],
      "int[][]" -> classOf[Array[Array[Int]]],
      "Object[]" -> classOf[Array[Object]]
    ).foreach { case (written, array) =>
      val words = s"Class is not registered: $written\nNote: To register"
      val found = SparkFailures.cause(inTask(new IllegalArgumentException(words)))
      assert(found.getMessage.contains(s" registered, and ${array.getName} is not; add it to"))
    }
  }

  test("executors that are lost, or end, are told by Spark's words for it") {
    val lost = SparkFailures.cause(asText("ExecutorLostFailure (executor 1 exited)"))
    assert(lost.isInstanceOf[UncheckedIOException])
    assert(lost.getMessage === "cannot go on: Spark lost executors")
    val ending =
      SparkFailures.cause(asText("java.util.concurrent.RejectedExecutionException: Task"))
    assert(ending.getMessage === "cannot go on: Spark lost executors")
  }

  test("a database that does not answer is the environment's failure, what it refuses the user's") {
    Seq(
      new SQLException("connection refused", "08001") -> ENVIRONMENT,
      new SQLException("deadlock", "40P01") -> ENVIRONMENT,
      new SQLTransientConnectionException("pool") -> ENVIRONMENT,
      new SQLException("no such table t", "42P01") -> USER,
      new SQLException("password authentication failed", "28P01") -> USER
    ).foreach { case (failure, kind) =>
      val found = SparkFailures.cause(inTask(failure))
      assert(FailureKind.of(found) === kind, failure)
      val words = if (kind == USER) found.getMessage else found.getCause.getMessage
      assert(words.contains(failure.getMessage))
    }
    assert(
      SparkFailures.cause(inTask(new SQLException("No suitable driver", "08001"))).getMessage ===
        "cannot read the input by JDBC: an executor has no driver (No suitable driver); add its jar" +
        " with --jars or --packages, which hand it to executors, too"
    )
  }

  test("storage that fails is the environment's failure") {
    val failure = SparkFailures.cause(inTask(new IOException("connection reset")))
    assert(failure.isInstanceOf[UncheckedIOException])
    assert(failure.getMessage === "cannot read or write files")
    assert(failure.getCause.getMessage === "connection reset")
  }

  /** Thrown, as its trace says, by a class. */
  private def by[T <: Throwable](thrower: String, failure: T): T = {
    failure.setStackTrace(Array(new StackTraceElement(thrower, "read", "X.java", 1)))
    failure
  }

  private def inFile(cause: Throwable) =
    new SparkException("FAILED_READ_FILE.NO_HINT", Map("path" -> "a.orc"), cause)

  private def inWrite(cause: Throwable) =
    new SparkException("TASK_WRITE_FAILED", Map("path" -> "out"), cause)

  private val orc = "org.apache.orc.impl.RecordReaderImpl"

  test("storage that fails below a reader of files, or a writer, is no damaged file") {
    def orcOver(cause: IOException) = by(orc, new IOException("Error reading file: a.orc", cause))
    val timeout = by("java.net.SocketInputStream", new SocketTimeoutException("Read timed out"))
    val full = by("java.io.FileOutputStream", new IOException("No space left on device"))
    def footer(cause: Throwable) =
      by("org.apache.parquet.format.Util", new IOException("can not write FileMetaData", cause))
    Seq(
      orcOver(timeout),
      inTask(inFile(orcOver(timeout))),
      inTask(inWrite(inFile(orcOver(timeout)))),
      inTask(inWrite(footer(new RuntimeException(full)))),
      inTask(footer(new RuntimeException("transport"))),
      inTask(inWrite(by(orc, new IOException("cannot flush"))))
    ).foreach { failure =>
      val found = SparkFailures.cause(failure)
      assert(found.isInstanceOf[UncheckedIOException], found)
      assert(FailureKind.of(found) === ENVIRONMENT)
    }
  }

  test("a damaged file is one in a task that writes, too") {
    val damaged = by(orc, new IOException("Malformed ORC file"))
    Seq(damaged, inTask(inFile(damaged)), inTask(inWrite(inFile(damaged)))).foreach { failure =>
      val found = SparkFailures.cause(failure)
      assert(FailureKind.of(found) === USER)
      assert(found.getMessage.contains("its bytes are not what its format"), found)
    }
  }

  test("anything else stays what it is") {
    val bug = new IllegalStateException("a bug")
    assert(SparkFailures.cause(bug) eq bug)
    val wrapped = inTask(bug)
    assert(SparkFailures.cause(wrapped) eq wrapped)
  }

  test("memory that is out: what to raise, wherever it was, and whatever it was taken for") {
    def words(remedy: String) =
      "cannot go on: Java is out of memory (Java heap space); give it more (-Xmx in local mode," +
        s" else spark.driver.memory and spark.executor.memory), or $remedy"
    val memory = new OutOfMemoryError("Java heap space")
    Seq(memory, inTask(memory), inTask(new IOException("cannot read a page", memory)))
      .foreach { failure =>
        val found = SparkFailures.cause(failure)
        assert(found.isInstanceOf[OutOfMemoryError])
        assert(found.getMessage === words("set run.batch-size lower"))
      }
    val reading = new SparkException(
      "FAILED_READ_FILE.NO_HINT",
      Map("path" -> "a.parquet"),
      new RuntimeException(memory)
    )
    assert(reading.getSqlState === "KD001")
    val found = SparkFailures.cause(inTask(reading))
    assert(found.isInstanceOf[OutOfMemoryError])
    assert(
      found.getMessage === words(
        "write the input in smaller pieces: row groups, records, files of bytes"
      )
    )
    val told = SparkFailures.cause(asText("java.lang.OutOfMemoryError: Java heap space"))
    assert(told.isInstanceOf[OutOfMemoryError])
    val said = new UserException("cannot hold a batch", memory)
    assert(SparkFailures.cause(inTask(said)) eq said)
  }

  test("a cluster that went away, or never came, is the environment's failure") {
    Seq(
      asText("Master removed our application: FAILED"),
      new SparkException("All masters are unresponsive! Giving up."),
      new SparkException("Job 3 cancelled because SparkContext was shut down"),
      new SparkException("[CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND] Checkpoint block rdd_1_0 not found!"),
      new IllegalStateException("Cannot call methods on a stopped SparkContext.")
    ).foreach { failure =>
      val found = SparkFailures.cause(failure)
      assert(found.isInstanceOf[UncheckedIOException], failure)
      assert(found.getCause.getMessage === failure.getMessage.linesIterator.next())
    }
  }

  test("how executors ended says what they were short of") {
    def told(reason: String) =
      SparkFailures.cause(asText(s"ExecutorLostFailure ($reason)")).getCause.getMessage
    assert(
      told("executor 1: Command exited with code 52")
        .endsWith("; their heap was full, raise spark.executor.memory")
    )
    Seq("Exit status: 137", "exit code 137", "Container killed by YARN for exceeding memory limits")
      .foreach { reason =>
        val words = "; if the system ended them for memory, raise spark.executor.memoryOverhead"
        assert(told(reason).endsWith(words))
      }
    Seq("exited with code 1", "TID 137").foreach { reason =>
      assert(!told(reason).contains("raise"), reason)
    }
  }
}
