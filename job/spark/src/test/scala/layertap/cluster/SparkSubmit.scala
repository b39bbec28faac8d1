package layertap.cluster

import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit
import scala.jdk.CollectionConverters._
import layertap.cluster.SparkSubmit.{Finished, Submission}
import scala.util.Using

/** A Spark distribution and the jar that is handed to it.
  *
  * @param environment
  *   variables that the commands get beside those of this process
  */
final class SparkSubmit(home: Path, environment: Map[String, String] = Map.empty) {
  private val jar: Path = Using.resource(Files.list(Path.of("target"))) { files =>
    val jars =
      files.iterator.asScala.filter(_.getFileName.toString.matches("layertap-[\\d.]+\\.jar"))
    jars.toSeq match {
      case Seq(jar) => jar.toAbsolutePath
      case others   => sys.error(s"one layertap jar in target/ is wanted, there is $others")
    }
  }

  /** Runs a command of the jar, with options of spark-submit before it. */
  def run(options: Seq[String], command: String*): Finished = start(options, command: _*).finish()

  private val started = scala.collection.mutable.Buffer.empty[Submission]

  /** Ends all that was started, in case a test did not wait for it. */
  def stop(): Unit = started.foreach(_.kill())

  /** Starts a command of the jar. */
  def start(options: Seq[String], command: String*): Submission = {
    val submit = home.resolve("bin").resolve("spark-submit").toString
    val words = Seq(submit) ++ options ++ Seq(jar.toString) ++ command
    started += new Submission(words, environment)
    started.last
  }
}

object SparkSubmit {
  private val minutes = 8L

  /** What a finished process left. */
  final case class Finished(code: Int, stdout: String, stderr: String) {
    def lastLine: String = stderr.linesIterator.filter(_.nonEmpty).toSeq.lastOption.getOrElse("")
  }

  /** A process that was started. */
  final class Submission(words: Seq[String], environment: Map[String, String]) {
    private val out = Files.createTempFile("submit", ".out")
    private val err = Files.createTempFile("submit", ".err")
    private val process = {
      val builder = new ProcessBuilder(words.asJava)
      // Maven sets it for the tests; a bare spark-submit has no such help.
      builder.environment.remove("TF_CPP_MIN_LOG_LEVEL")
      builder.environment.putAll(environment.asJava)
      builder.redirectOutput(out.toFile).redirectError(err.toFile).start()
    }

    def isAlive: Boolean = process.isAlive

    /** What it printed on stderr so far. */
    def log: String = Files.readString(err)

    /** Ends it without a word, and the processes that it started. */
    def kill(): Unit = {
      val children = process.descendants.iterator.asScala.toSeq
      process.destroyForcibly()
      children.foreach(_.destroyForcibly())
      process.waitFor()
    }

    /** Waits for its end. */
    def finish(): Finished =
      try {
        if (!process.waitFor(minutes, TimeUnit.MINUTES)) {
          kill()
          sys.error(s"${words.mkString(" ")} did not end in $minutes minutes:\n$log")
        }
        Finished(process.exitValue, Files.readString(out), log)
      } finally {
        kill()
        Files.deleteIfExists(out)
        Files.deleteIfExists(err)
      }
  }
}
