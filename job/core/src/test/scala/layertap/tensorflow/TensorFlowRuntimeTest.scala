package layertap.tensorflow

import java.nio.ByteBuffer
import java.nio.file.attribute.PosixFilePermissions
import java.nio.file.{Files, Path}
import layertap.failure.LayertapException
import layertap.testing.JavaProcess
import layertap.testing.TempFolder
import org.bytedeco.javacpp.Loader
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Starts TensorFlow and says its version, and who loaded its libraries; twice why not, where it is
  * to be refused.
  */
object StartTensorFlow {
  def main(arguments: Array[String]): Unit = {
    if (arguments.contains("own")) TensorFlowRuntime.haveProcess()
    if (arguments.contains("refused")) (1 to 2).foreach(_ => sayWhyNot()) else start()
  }

  private def sayWhyNot(): Unit =
    try start()
    catch { case refused: LayertapException => println(s"${refused.kind} ${refused.getMessage}") }

  private def start(): Unit = {
    TensorFlowRuntime.start(1)
    println(if (Loader.getLoadedLibraries.isEmpty) "by layertap" else "by JavaCPP")
    println(s"started ${TensorFlowRuntime.version}")
  }
}

/** Holds 300 MB outside of the heap and says how much memory is native. */
object HoldNativeMemory {
  def main(arguments: Array[String]): Unit = {
    TensorFlowRuntime.start(1)
    val held = ByteBuffer.allocateDirect(300 << 20)
    (0 until held.capacity by 4096).foreach(held.put(_, 1: Byte))
    println(s"native ${TensorFlowRuntime.nativeBytes >> 20} MB of ${held.capacity >> 20}")
  }
}

class TensorFlowRuntimeTest extends AnyFunSuite {

  private def start(temporary: Path, arguments: String*): JavaProcess = {
    val options = Seq("-Xmx256m", s"-Djava.io.tmpdir=$temporary")
    JavaProcess.start("layertap.tensorflow.StartTensorFlow", options, arguments: _*)
  }

  private def folder(temporary: Path): Path =
    temporary.resolve(s"layertap-natives-${System.getProperty("user.name")}")

  private def unpacked(folder: Path): Seq[Path] = {
    val files = Files.walk(folder)
    try files.iterator.asScala.filter(Files.isRegularFile(_)).toSeq
    finally files.close()
  }

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
      Seq("-Xms64m", "-Xms2g").foreach { heap =>
        val options = Seq(heap, "-Xmx2g", s"-Djava.io.tmpdir=$temporary")
        val (code, output) =
          JavaProcess.start("layertap.tensorflow.HoldNativeMemory", options).finish()
        assert(code === 0, output)
        val told = output.linesIterator.collectFirst { case s"native $told MB of 300" =>
          told.toLong
        }
        assert(told.exists(megabytes => megabytes > 200 && megabytes < 600), heap + output)
      }
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

  test("libraries that cannot be loaded are told with the reason, each time, and the remedy") {
    TempFolder.use { temporary =>
      assert(start(temporary).finish()._1 === 0)
      val library =
        unpacked(folder(temporary)).find(_.endsWith(System.mapLibraryName("jnitensorflow"))).get
      // JavaCPP unpacks one again that has another size or time.
      val time = Files.getLastModifiedTime(library)
      Files.write(library, new Array[Byte](Files.size(library).toInt))
      Files.setLastModifiedTime(library, time)
      Seq(Seq(), Seq("own")).foreach { arguments =>
        val (code, output) = start(temporary, "refused" +: arguments: _*).finish()
        assert(code === 0, output)
        val words = output.linesIterator.filter(_.startsWith("ENVIRONMENT ")).toSeq
        assert(words.size === 2 && words.distinct.size === 1, output)
        assert(
          words.head.matches(
            s"ENVIRONMENT cannot load TensorFlow's natives from \\Q$temporary\\E: .*: invalid ELF header; set " +
              "-Djava.io.tmpdir to a folder with 500 MB to write to that is not mounted noexec"
          ),
          output
        )
      }
    }
  }

  test("a platform without natives is named, with the remedy") {
    val options = Seq("-Xmx256m", "-Dorg.bytedeco.javacpp.platform=linux-armhf")
    val (code, output) =
      JavaProcess.start("layertap.tensorflow.StartTensorFlow", options, "refused").finish()
    assert(code === 0, output)
    assert(
      output.contains(
        "USER cannot load TensorFlow's natives: there are none for linux-armhf on the class path; build layertap " +
          "with -Djavacpp.platform=linux-armhf, or add tensorflow-core-native with the classifier linux-armhf"
      ),
      output
    )
  }

  test("starting again changes nothing") {
    TensorFlowRuntime.start(1)
    TensorFlowRuntime.start(4)
    assert(TensorFlowRuntime.version.startsWith("2.18"))
  }
}
