package layertap.input.image.decode.webp

import java.io.ByteArrayOutputStream
import java.nio.{ByteBuffer, ByteOrder}
import java.nio.charset.StandardCharsets.US_ASCII
import java.nio.file.Files
import layertap.failure.BadRowException
import layertap.input.image.decode.EncodedImage
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite

/** How many tables libwebp would make for a lossless image, known before it makes them. */
class LosslessStreamTest extends AnyFunSuite {

  /** A bit stream by its bits, the lowest of each byte first. */
  private class Bits {
    private val bytes = new ByteArrayOutputStream
    private var byte = 0
    private var used = 0

    def put(value: Int, count: Int): Unit = (0 until count).foreach { i =>
      byte |= (value >> i & 1) << used
      used += 1
      if (used == 8) {
        bytes.write(byte)
        byte = 0
        used = 0
      }
    }

    /** A code of one symbol, 0, which takes no bits. */
    def putOneSymbol(): Unit = put(1, 4)

    /** A code of eight bits for each of the first 256 symbols. */
    def putBytes(): Unit = {
      put(0, 1)
      put(8, 4)
      (0 until 12).foreach(i => put(if (i == 11) 1 else 0, 3))
      put(1, 1)
      put(3, 3)
      put(254, 8)
    }

    /** A symbol of such a code, whose first bit is the highest. */
    def putByte(value: Int): Unit = put(Integer.reverse(value) >>> 24, 8)

    def toBytes: Array[Byte] = {
      put(0, 7)
      bytes.toByteArray
    }
  }

  /** A black image of blocks of 4 x 4 pixels, whose groups are numbered one after the other. */
  private def stream(width: Int, height: Int, groups: Int, cacheBits: Int = 0): Array[Byte] = {
    val bits = new Bits
    bits.put(0x2f, 8)
    bits.put(width - 1, 14)
    bits.put(height - 1, 14)
    bits.put(0, 4)
    bits.put(0, 1)
    bits.put(if (cacheBits > 0) 1 | cacheBits << 1 else 0, if (cacheBits > 0) 5 else 1)
    bits.put(1, 1)
    bits.put(0, 3)
    bits.put(0, 1)
    bits.putBytes()
    bits.putBytes()
    (0 until 3).foreach(_ => bits.putOneSymbol())
    (0 until (width + 3) / 4 * ((height + 3) / 4)).foreach { block =>
      bits.putByte(block % groups & 255)
      bits.putByte(block % groups >> 8)
    }
    (0 until groups * 5).foreach(_ => bits.putOneSymbol())
    bits.toBytes
  }

  private def file(stream: Array[Byte]): Array[Byte] = {
    val length = stream.length + stream.length % 2
    val file = ByteBuffer.allocate(20 + length).order(ByteOrder.LITTLE_ENDIAN)
    file.put("RIFF".getBytes(US_ASCII)).putInt(12 + length).put("WEBPVP8L".getBytes(US_ASCII))
    file.putInt(stream.length).put(stream).array
  }

  private def groups(stream: Array[Byte]): Int =
    LosslessStream.prefixCodeGroups(ByteBuffer.wrap(stream))

  private def stored(name: String): ByteBuffer = {
    val bytes = Files.readAllBytes(TestData.root.resolve("image-formats").resolve(name))
    ByteBuffer.wrap(bytes).slice(20, bytes.length - 20)
  }

  test("the groups that the blocks of an image name") {
    Seq(1, 2, 255, 256, 257, 4096).foreach(n => assert(groups(stream(256, 256, n)) === n))
    assert(groups(stream(1024, 1024, 65536, cacheBits = 11)) === 65536)
    assert(LosslessStream.mostGroups(256, 256) === 4096)
    assert(LosslessStream.mostGroups(257, 256) === 65 * 64)
    assert(LosslessStream.mostGroups(16384, 16384) === 65536)
  }

  test("files of libwebp's encoder, with palettes and transforms before the groups") {
    assert(LosslessStream.prefixCodeGroups(stored("lossless.webp")) === 2)
    Seq("lossless_palette.webp", "lossless_two_colours.webp", "noise_lossless.webp").foreach(name =>
      assert(LosslessStream.prefixCodeGroups(stored(name)) === 1, name)
    )
  }

  test("a small file that would take hundreds of megabytes is an invalid row") {
    val bomb = file(stream(1024, 1024, 65536))
    assert(bomb.length < 300000)
    assert(
      intercept[BadRowException](EncodedImage.forTensorFlow(bomb)).getMessage ===
        "the image cannot be decoded: it is a WebP image of 65536 groups of prefix codes, and layertap" +
        " decodes at most 4096, since each takes 20 kB of memory; encode it anew, or convert it to PNG"
    )
  }

  test("as many groups as there may be are decoded") {
    val bitmap = EncodedImage.forTensorFlow(file(stream(260, 260, 4096)))
    assert(new String(bitmap, 0, 2, US_ASCII) === "BM")
    assert(bitmap.drop(54).forall(_ == 0))
    assert(bitmap.length === 54 + 260 * 260 * 3)
  }

  test("what ends or is damaged before its pixels is said to be damaged") {
    val whole = stream(512, 512, 5000)
    val damaged = "the image cannot be decoded: it is a damaged WebP image"
    def refusal(stream: Array[Byte]): String =
      intercept[BadRowException](EncodedImage.forTensorFlow(file(stream))).getMessage
    Seq(6, 20, 1000, 30000).foreach(length =>
      assert(refusal(whole.take(length)) === damaged, length)
    )
    // The bits of the first code, all set: a length for which there is no code.
    val odd = whole.clone
    (6 until 40).foreach(odd(_) = -1)
    assert(refusal(odd) === damaged)
    intercept[DamagedWebpException](groups(odd))
  }
}
