package layertap.tensorflow

import java.nio.file.attribute.PosixFilePermissions
import java.nio.file.{Files, Path}
import layertap.testing.JavaProcess
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Starts TensorFlow and says its version. */
object StartTensorFlow {
  def main(arguments: Array[String]): Unit = {
    TensorFlowRuntime.start(1)
    println(s"started ${TensorFlowRuntime.version}")
  }
}

class TensorFlowRuntimeTest extends AnyFunSuite {

  private def start(temporary: Path): JavaProcess = {
    val options = Seq("-Xmx256m", s"-Djava.io.tmpdir=$temporary")
    JavaProcess.start("layertap.tensorflow.StartTensorFlow", options)
  }

  test("two JVMs that unpack the natives at once both start") {
    TempFolder.use { temporary =>
      Seq.fill(2)(start(temporary)).map(_.finish()).foreach { case (code, output) =>
        assert(code === 0, output)
        assert(output.contains("started 2.18"), output)
      }
      val folder = temporary.resolve(s"layertap-natives-${System.getProperty("user.name")}")
      assert(Files.isDirectory(folder))
      val permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
      assert(permissions === "rwx------")
    }
  }

  test("a folder without room to unpack is named, with the remedy") {
    TempFolder.use { temporary =>
      val (code, output) = start(temporary.resolve("absent")).finish()
      assert(code === 1)
      assert(
        output.contains(
          s"cannot unpack TensorFlow's natives to $temporary/absent; set -Djava.io.tmpdir to a folder with 500 MB"
        ),
        output
      )
    }
  }

  test("a folder that is a link is not trusted") {
    TempFolder.use { temporary =>
      val elsewhere = Files.createDirectory(temporary.resolve("elsewhere"))
      val name = s"layertap-natives-${System.getProperty("user.name")}"
      Files.createSymbolicLink(temporary.resolve(name), elsewhere)
      val found = NativesFolder.find(temporary)
      assert(found.getParent === temporary)
      assert(found.getFileName.toString !== name)
      val files = Files.list(elsewhere)
      try assert(files.iterator.asScala.isEmpty)
      finally files.close()
    }
  }

  test("starting again changes nothing") {
    TensorFlowRuntime.start(1)
    TensorFlowRuntime.start(4)
    assert(TensorFlowRuntime.version.startsWith("2.18"))
  }
}
