package layertap.input.image.decode

import java.lang.reflect.InvocationTargetException
import java.nio.file.Files
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.util.Using

/** Decoders of images are there only if whoever uses layertap has them. */
class MissingDecoderTest extends AnyFunSuite {

  /** Loads layertap anew, beside a class path that lacks some packages. */
  private class Without(missing: String) extends ClassLoader(getClass.getClassLoader) {
    override def loadClass(name: String, resolve: Boolean): Class[_] = {
      if (name.startsWith(missing)) throw new ClassNotFoundException(name)
      Option(findLoadedClass(name)).getOrElse(
        if (name.startsWith("layertap.")) define(name) else super.loadClass(name, resolve)
      )
    }

    private def define(name: String): Class[_] =
      Using.resource(getParent.getResourceAsStream(name.replace('.', '/') + ".class")) { in =>
        val bytes = in.readAllBytes()
        defineClass(name, bytes, 0, bytes.length)
      }
  }

  private def decode(file: String, missing: String): Throwable = {
    val bytes = Files.readAllBytes(TestData.root.resolve("image-formats").resolve(file))
    val method = new Without(missing)
      .loadClass(classOf[EncodedImage].getName)
      .getMethod("forTensorFlow", classOf[Array[Byte]])
    val thrown = intercept[InvocationTargetException](method.invoke(null, bytes)).getCause
    assert(thrown.getClass.getSimpleName === "BadRowException")
    thrown
  }

  private def webp(missing: String): String =
    s"the image cannot be decoded: it is a WebP image, and its decoder cannot be loaded ($missing); add" +
      " com.github.usefulness:webp-imageio to the class path, or convert it to JPEG or PNG"

  test("a WebP image whose decoder is not on the class path is an invalid row") {
    Seq("lossy_75.webp", "lossless.webp", "animated.webp").foreach { file =>
      assert(
        decode(file, "com.luciad.").getMessage === webp(
          "com/luciad/imageio/webp/WebPImageReaderSpi"
        )
      )
    }
  }

  test("a TIFF image on a Java without the module that decodes it is an invalid row") {
    assert(
      decode("grey_jpeg.tiff", "javax.imageio.").getMessage ===
        "the image cannot be decoded: it is a TIFF image, which the module java.desktop of Java decodes," +
        " and that cannot be loaded (javax/imageio/ImageIO); run a Java that has it, or convert it to PNG"
    )
  }
}
