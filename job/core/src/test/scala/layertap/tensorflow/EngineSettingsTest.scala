package layertap.tensorflow

import java.nio.channels.FileChannel
import java.nio.channels.FileChannel.MapMode.READ_ONLY
import java.nio.file.{Files, Path}
import layertap.testing.JavaProcess
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Starts TensorFlow and says how it runs. */
object SayEngineSettings {
  def main(arguments: Array[String]): Unit = {
    // What a profiler's library is for the system: a file that the process has in its memory.
    val mapped = arguments.map(path => FileChannel.open(Path.of(path)).map(READ_ONLY, 0, 1))
    TensorFlowRuntime.start(2)
    val settings = TensorFlowRuntime.settings
    val warnings = settings.warnings.asScala.mkString("; and ")
    println(s"${settings.described} warning='$warnings'")
    mapped.foreach(_.get(0))
  }
}

class EngineSettingsTest extends AnyFunSuite {
  private val variable = "TF_ENABLE_ONEDNN_OPTS"

  private def said(environment: Option[String], options: String*): String =
    said(environment, options, Seq())

  private def said(
      environment: Option[String],
      options: Seq[String],
      mapped: Seq[Path]
  ): String = {
    val started = JavaProcess.startWith(
      Map(variable -> environment, "TF_CPP_MIN_LOG_LEVEL" -> None),
      "layertap.tensorflow.SayEngineSettings",
      "-Xmx256m" +: options,
      mapped.map(_.toString): _*
    )
    val (code, output) = started.finish()
    assert(code === 0, output)
    output.trim
  }

  test("oneDNN's kernels are on where nobody said otherwise, and the natives' log is silent") {
    assert(said(None) === "{kernels=oneDNN, threads-per-op=2} warning=''")
  }

  test("what the environment says counts") {
    assert(said(Some("0")) === "{kernels=Eigen, threads-per-op=2} warning=''")
    assert(said(Some("1")) === "{kernels=oneDNN, threads-per-op=2} warning=''")
    assert(said(Some("true")) === "{kernels=oneDNN, threads-per-op=2} warning=''")
  }

  test("where the environment cannot be changed, the loss is named with the remedy") {
    val output = said(None, "-Djna.tmpdir=/proc/absent", "-Djna.nosys=true")
    assert(
      output.contains("{kernels=Eigen, threads-per-op=2} warning='cannot turn on TensorFlow's")
    )
    assert(
      output.contains("; set TF_ENABLE_ONEDNN_OPTS=1 in the environment before Java starts'"),
      output
    )
    assert(said(Some("1"), "-Djna.tmpdir=/proc/absent", "-Djna.nosys=true").endsWith("warning=''"))
  }

  test("a profiler that interrupts threads is named: oneDNN's kernels do not stand signals") {
    val folder = Files.createTempDirectory("profilers")
    val libraries = Seq("libasyncProfiler-4.so", "libjavaProfiler.so", "libother.so").map { name =>
      Files.writeString(folder.resolve(name), "x")
    }
    def warning(library: Path): String = said(None, Seq(), Seq(library)).split("warning=")(1)
    libraries.take(2).foreach { library =>
      assert(
        warning(
          library
        ) === s"'cannot vouch for values, nor for the process: ${library.getFileName}" +
          " interrupts threads by signals, and one that comes during a matrix product of oneDNN" +
          " overwrites memory; run without it, or profile by JFR'"
      )
    }
    assert(warning(libraries(2)) === "''")
    val both =
      said(None, Seq("-Djna.tmpdir=/proc/absent", "-Djna.nosys=true"), Seq(libraries.head))
    assert(both.contains("before Java starts; and cannot vouch for values"))
  }
}
