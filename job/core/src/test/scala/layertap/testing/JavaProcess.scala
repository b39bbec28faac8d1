package layertap.testing

import java.lang.management.ManagementFactory
import java.nio.file.{Files, Path}
import java.util.concurrent.TimeUnit
import scala.jdk.CollectionConverters._

/** A program of the tests' class path in a JVM of its own. */
final class JavaProcess private (process: Process, output: Path) {

  def isAlive: Boolean = process.isAlive

  /** Tells it to end, or ends it without a word. */
  def kill(isTold: Boolean): Unit = if (isTold) process.destroy() else process.destroyForcibly()

  /** Lets it stand still, as a machine that is suspended. */
  def suspend(): Unit = signal("STOP")

  def goOn(): Unit = signal("CONT")

  private def signal(name: String): Unit =
    new ProcessBuilder("kill", s"-$name", process.pid.toString).inheritIO().start().waitFor()

  /** Waits for the end, but not longer. */
  def awaitEnd(milliseconds: Long): Unit = process.waitFor(milliseconds, TimeUnit.MILLISECONDS)

  /** Waits for the end; gives the exit code and what was printed. */
  def finish(): (Int, String) = {
    val code = process.waitFor()
    (code, Files.readString(output))
  }
}

object JavaProcess {

  /** What the code runs once is not worth more. */
  private val shortLived = Seq("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")

  /** How Spark logs in local mode. */
  val quietLog = "job/spark/src/main/resources/layertap/spark/log4j2.properties"

  /** Options that Spark needs on Java 17. */
  val sparkOptions: Seq[String] = Seq("@.mvn/spark-java17.options")

  /** Starts a command line in local mode, as `scripts/layertap` does. */
  def layertap(options: Seq[String], arguments: String*): JavaProcess = {
    val settings = Seq(
      "master=local[2]",
      "ui.enabled=false",
      "driver.bindAddress=127.0.0.1",
      "driver.host=127.0.0.1",
      "sql.shuffle.partitions=2"
    ).map("-Dspark." + _)
    val log = s"-Dlog4j2.configurationFile=${JavaProcess.quietLog}"
    start("layertap.Main", sparkOptions ++ settings ++ (log +: options), arguments: _*)
  }

  /** Starts the `main` of a class. */
  def start(mainClass: String, options: Seq[String], arguments: String*): JavaProcess =
    startWith(Map(), mainClass, options, arguments: _*)

  /** The same with variables of the environment, set or, with `None`, not set. */
  def startWith(
      environment: Map[String, Option[String]],
      mainClass: String,
      options: Seq[String],
      arguments: String*
  ): JavaProcess = {
    val java = Path.of(System.getProperty("java.home"), "bin", "java").toString
    val classPath = Seq("-cp", System.getProperty("java.class.path"))
    val output = Files.createTempFile("java-process", ".txt")
    output.toFile.deleteOnExit()
    // What measures this JVM measures that one.
    val agents = ManagementFactory.getRuntimeMXBean.getInputArguments.asScala
      .filter(_.startsWith("-javaagent:"))
    val command =
      Seq(java) ++ agents ++ shortLived ++ options ++ classPath ++ Seq(mainClass) ++ arguments
    val builder = new ProcessBuilder(command.asJava).redirectErrorStream(true)
    environment.foreach {
      case (name, Some(value)) => builder.environment.put(name, value)
      case (name, None)        => builder.environment.remove(name)
    }
    new JavaProcess(builder.redirectOutput(output.toFile).start(), output)
  }
}
