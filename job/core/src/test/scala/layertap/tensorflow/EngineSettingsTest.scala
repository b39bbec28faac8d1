package layertap.tensorflow

import layertap.testing.JavaProcess
import org.scalatest.funsuite.AnyFunSuite

/** Starts TensorFlow and says how it runs. */
object SayEngineSettings {
  def main(arguments: Array[String]): Unit = {
    TensorFlowRuntime.start(2)
    val settings = TensorFlowRuntime.settings
    println(s"${settings.described} warning='${settings.warning}'")
  }
}

class EngineSettingsTest extends AnyFunSuite {
  private val variable = "TF_ENABLE_ONEDNN_OPTS"

  private def said(environment: Option[String], options: String*): String = {
    val started = JavaProcess.startWith(
      Map(variable -> environment, "TF_CPP_MIN_LOG_LEVEL" -> None),
      "layertap.tensorflow.SayEngineSettings",
      "-Xmx256m" +: options
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
}
