package layertap.testing

import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._

/** A program of the tests' class path in a JVM of its own. */
final class JavaProcess private (process: Process, output: Path) {

  /** Waits for the end; gives the exit code and what was printed. */
  def finish(): (Int, String) = {
    val code = process.waitFor()
    (code, Files.readString(output))
  }
}

object JavaProcess {

  /** Starts the `main` of a class. */
  def start(mainClass: String, options: Seq[String], arguments: String*): JavaProcess = {
    val java = Path.of(System.getProperty("java.home"), "bin", "java").toString
    val classPath = Seq("-cp", System.getProperty("java.class.path"))
    val output = Files.createTempFile("java-process", ".txt")
    output.toFile.deleteOnExit()
    val command = Seq(java) ++ options ++ classPath ++ Seq(mainClass) ++ arguments
    val builder = new ProcessBuilder(command.asJava).redirectErrorStream(true)
    new JavaProcess(builder.redirectOutput(output.toFile).start(), output)
  }
}
