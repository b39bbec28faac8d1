package layertap.tensorflow.natives

import java.nio.file.Files
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

class NativesFolderTest extends AnyFunSuite {
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
}
