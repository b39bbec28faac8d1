package layertap.model.checkpoint

import java.nio.charset.StandardCharsets.ISO_8859_1
import java.util.HexFormat
import layertap.failure.UserException
import layertap.model.checkpoint.SliceKeys.Extent
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Expected keys are those of checkpoints that TensorFlow 2.21 wrote, but for the negative numbers
  * and the escapes, which are those of its "ordered_code_test.cc".
  */
class SliceKeysTest extends AnyFunSuite {
  private def hex(tensor: String, extents: Extent*): String =
    HexFormat.of.formatHex(SliceKeys.encode(tensor, extents.asJava).getBytes(ISO_8859_1))

  test("the form of a slice as RestoreV2 writes it") {
    assert(
      SliceKeys.parse("10 20 30 0,5:-:7,1").asScala ===
        Seq(new Extent(0, 5), new Extent(0, -1), new Extent(7, 1))
    )
  }

  test("zero, the name, the number of axes, start and length of each") {
    assert(
      hex("w", new Extent(0, 5), new Extent(0, -1)) === "00" + "770001" + "0102" + "8085" + "807f"
    )
  }

  Seq(
    0L -> "80",
    63L -> "bf",
    64L -> "c040",
    8191L -> "dfff",
    8192L -> "e02000",
    1000000L -> "ef4240",
    -1L -> "7f",
    -64L -> "40",
    -65L -> "3fbf"
  ).foreach { case (number, code) =>
    test(s"$number is written $code") {
      assert(hex("", new Extent(number, 0)) === "00" + "0001" + "0101" + code + "80")
    }
  }

  test("names with zeros and the last byte are escaped") {
    assert(hex("a\u0000b") === "00" + "6100ff62" + "0001" + "00")
  }

  Seq("10 0", "10 0,x", "10 0,5:", "10 0,5,1", "10 -1,5", "10 0,99999999999999999999", "").foreach {
    slice =>
      test(s"'$slice' is no slice") {
        assert(
          intercept[UserException](SliceKeys.parse(slice)).getMessage ===
            s"cannot read the slice '$slice' of a variable; export the model again"
        )
      }
  }
}
