package layertap.input.image.decode

import layertap.failure.BadRowException
import java.nio.file.Files
import layertap.testing.{SeededRandom, TestData}
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._
import scala.util.{Random, Using}

/** Damages WebP and TIFF images, and EXIF data, at random: each is decoded, or a row is invalid,
  * and soon. -Dfuzz.images=100000 tries as many, -Dfuzz.first=2 others.
  */
class ImageFuzzTest extends AnyFunSuite {
  private val count = Integer.getInteger("fuzz.images", 3000).toInt
  private val first = Integer.getInteger("fuzz.first", 0).toInt
  private val mostPixels = 1000000L

  private val seeds: Seq[(String, Array[Byte])] =
    Using.resource(Files.list(TestData.root.resolve("image-formats")))(
      _.iterator.asScala.toSeq.sorted.map(path =>
        path.getFileName.toString -> Files.readAllBytes(path)
      )
    )

  private def damaged(seed: Array[Byte], random: Random): Array[Byte] = {
    var bytes = seed.clone
    (0 to random.nextInt(4)).foreach { _ =>
      // Where most of what is said of an image stands: at the beginning, or at the end.
      val near = random.nextInt(math.min(bytes.length, 300))
      val at = random.nextInt(3) match {
        case 0 => random.nextInt(bytes.length)
        case 1 => near
        case _ => bytes.length - 1 - near
      }
      random.nextInt(6) match {
        case 0 => bytes(at) = random.nextInt().toByte
        case 1 => bytes(at) = (bytes(at) ^ 1 << random.nextInt(8)).toByte
        case 2 => bytes = bytes.take(at max 1)
        case 3 => (at until math.min(at + 4, bytes.length)).foreach(bytes(_) = -1)
        case 4 => (at until math.min(at + 4, bytes.length)).foreach(bytes(_) = 0)
        case _ => bytes(at) = (bytes(at) + (if (random.nextBoolean()) 1 else -1)).toByte
      }
    }
    bytes
  }

  test("each damaged image is decoded to the pixels that it says, or is an invalid row") {
    var decoded = 0
    var refused = 0
    (first until first + count).foreach { number =>
      val random = SeededRandom.of(number)
      val (name, seed) = seeds(random.nextInt(seeds.size))
      val bytes = damaged(seed, random)
      val start = System.nanoTime
      val header = ImageHeader.of(bytes)
      assert(Orientation.of(bytes) != null)
      if (header.isPresent && header.get.pixels <= mostPixels) {
        try {
          val file = EncodedImage.forTensorFlow(bytes)
          val after = ImageHeader.of(file).get
          assert(after.width === header.get.width, s"$number $name")
          assert(after.height === header.get.height, s"$number $name")
          decoded += 1
        } catch {
          case e: BadRowException =>
            assert(e.getMessage.startsWith("the image cannot be decoded: it is "))
            refused += 1
        }
      } else refused += 1
      assert(System.nanoTime - start < 60e9, s"$number $name hangs")
    }
    assert(decoded > count / 10 && refused > count / 10, s"$decoded decoded, $refused refused")
  }
}
