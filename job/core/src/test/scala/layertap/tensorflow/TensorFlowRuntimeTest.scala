package layertap.tensorflow

import java.nio.file.attribute.PosixFilePermissions
import java.nio.file.{Files, Path}
import layertap.testing.JavaProcess
import layertap.testing.TempFolder
import org.bytedeco.javacpp.Loader
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Starts TensorFlow and says its version, who loaded its libraries and what memory they take. */
object StartTensorFlow {
  def main(arguments: Array[String]): Unit = {
    arguments.foreach(_ => TensorFlowRuntime.haveProcess())
    TensorFlowRuntime.start(1)
    println(s"native ${TensorFlowRuntime.nativeBytes >> 20} MB")
    println(if (Loader.getLoadedLibraries.isEmpty) "by layertap" else "by JavaCPP")
    println(s"started ${TensorFlowRuntime.version}")
  }
}

class TensorFlowRuntimeTest extends AnyFunSuite {

  private def start(temporary: Path, arguments: String*): JavaProcess =
    startWith("-Xmx256m", temporary, arguments: _*)

  private def startWith(heap: String, temporary: Path, arguments: String*): JavaProcess = {
    val options = Seq(heap, s"-Djava.io.tmpdir=$temporary")
    JavaProcess.start("layertap.tensorflow.StartTensorFlow", options, arguments: _*)
  }

  private def folder(temporary: Path): Path =
    temporary.resolve(s"layertap-natives-${System.getProperty("user.name")}")

  test("two JVMs that unpack the natives at once both start") {
    TempFolder.use { temporary =>
      Seq.fill(2)(start(temporary)).map(_.finish()).foreach { case (code, output) =>
        assert(code === 0, output)
        assert(output.contains("started 2.18"), output)
      }
      assert(Files.isDirectory(folder(temporary)))
      val permissions =
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder(temporary)))
      assert(permissions === "rwx------")
    }
  }

  test("a process of its own loads what is unpacked without JavaCPP, and only the same") {
    TempFolder.use { temporary =>
      def loaded(arguments: String*): String = {
        val (code, output) = start(temporary, arguments: _*).finish()
        assert(code === 0 && output.contains("started 2.18"), output)
        output.linesIterator.find(_.startsWith("by ")).get
      }
      assert(loaded("own") === "by JavaCPP")
      assert(loaded("own") === "by layertap")
      assert(loaded() === "by JavaCPP")

      val files = Files.list(folder(temporary))
      val remembered =
        try files.iterator.asScala.find(_.getFileName.toString.startsWith("libraries-")).get
        finally files.close()
      val lines = Files.readString(remembered)
      Files.writeString(remembered, lines.replaceFirst("\\.jar \\d+", ".jar 1"))
      assert(loaded("own") === "by JavaCPP")
      assert(Files.readString(remembered) === lines)
      Files.delete(Path.of(lines.linesIterator.drop(1).next()))
      assert(loaded("own") === "by JavaCPP")
      assert(loaded("own") === "by layertap")
    }
  }

  test("native memory is told whatever the heap reserved and did not write") {
    TempFolder.use { temporary =>
      val told = Seq("-Xms64m", "-Xms2g").map { heap =>
        val (code, output) = startWith(heap, temporary).finish()
        assert(code === 0, output)
        output.linesIterator.collectFirst { case s"native $megabytes MB" => megabytes.toLong }.get
      }
      assert(told.forall(_ > 50), told)
      assert(told.max < 2 * told.min, told)
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

  test("starting again changes nothing") {
    TensorFlowRuntime.start(1)
    TensorFlowRuntime.start(4)
    assert(TensorFlowRuntime.version.startsWith("2.18"))
  }
}
