package layertap.process

import java.util.Optional
import org.scalatest.funsuite.AnyFunSuite

/** Names in the encoding of the locale in which Java starts. */
class NameEncodingTest extends AnyFunSuite {
  private val ascii = new NameEncoding("ANSI_X3.4-1968")
  private val unicode = new NameEncoding("UTF-8")

  test("a path that the encoding does not have") {
    assert(ascii.whyNotNamed("/data/a b%20#") === Optional.empty)
    assert(new NameEncoding("ISO-8859-1").whyNotNamed("/ä") === Optional.empty)
    assert(unicode.whyNotNamed("/日本/ä") === Optional.empty)
    assert(
      ascii
        .whyNotNamed("/data/ä")
        .get === "Java, which started in the encoding ANSI_X3.4-1968, has" +
        " no such name; set LC_ALL=C.UTF-8 before Java starts (for executors" +
        " spark.executorEnv.LC_ALL)"
    )
  }

  test("a text that was read with losses") {
    assert(ascii.whyNotRead("id < 4") === Optional.empty)
    assert(
      ascii
        .whyNotRead("label = '\uFFFD\uFFFD'")
        .get === "it has bytes that are not in the encoding" +
        " ANSI_X3.4-1968, in which Java started; set LC_ALL=C.UTF-8 before that"
    )
    assert(
      unicode.whyNotRead("\uFFFD").get === "it has bytes that are not in the encoding UTF-8, in" +
        " which Java started; write it in UTF-8"
    )
  }
}
