package layertap.cluster

import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit
import scala.jdk.CollectionConverters._
import layertap.cluster.SparkSubmit.Finished
import scala.util.Using

/** A Spark distribution and the jar that is handed to it. */
final class SparkSubmit(home: Path) {

  private val minutes = 5L

  private val jar: Path = Using.resource(Files.list(Path.of("target"))) { files =>
    val jars =
      files.iterator.asScala.filter(_.getFileName.toString.matches("layertap-[\\d.]+\\.jar"))
    jars.toSeq match {
      case Seq(jar) => jar
      case others   => sys.error(s"one layertap jar in target/ is wanted, there is $others")
    }
  }

  /** Runs a command of the jar, with options of spark-submit before it. */
  def run(options: Seq[String], command: String*): Finished = {
    val submit = home.resolve("bin").resolve("spark-submit").toString
    val out = Files.createTempFile("submit", ".out")
    val err = Files.createTempFile("submit", ".err")
    try {
      val words = Seq(submit) ++ options ++ Seq(jar.toString) ++ command
      val process = new ProcessBuilder(words.asJava)
        .redirectOutput(out.toFile)
        .redirectError(err.toFile)
        .start()
      if (!process.waitFor(minutes, TimeUnit.MINUTES)) {
        process.destroyForcibly()
        sys.error(s"${words.mkString(" ")} did not end in $minutes minutes")
      }
      Finished(process.exitValue, Files.readString(out), Files.readString(err))
    } finally {
      Files.delete(out)
      Files.delete(err)
    }
  }
}

object SparkSubmit {

  /** What a finished process left. */
  final case class Finished(code: Int, stdout: String, stderr: String) {
    def lastLine: String = stderr.linesIterator.filter(_.nonEmpty).toSeq.lastOption.getOrElse("")
  }
}
