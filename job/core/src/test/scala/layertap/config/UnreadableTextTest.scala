package layertap.config

import java.nio.charset.StandardCharsets.{ISO_8859_1, UTF_16, UTF_8}
import java.nio.file.Files
import layertap.config.ConfigText._
import layertap.testing.TempFolder
import org.scalatest.funsuite.AnyFunSuite

/** Files in another encoding than UTF-8. */
class UnreadableTextTest extends AnyFunSuite {
  private val words = "it has a character that is not of UTF-8; save the file in UTF-8, or write" +
    " \\uFFFD where that character is meant"

  private def read(bytes: Array[Byte]): String = new String(bytes, UTF_8)

  test("the line is named, and nothing of it is taken for something else") {
    val text = "layertap {\nfeatures = a\ninput.where = \"label = 'ä'\"\n}\n"
    val latin = problem(load(read(text.getBytes(ISO_8859_1))))
    assert(latin === s"cannot use the configuration: job.conf:3: $words")
    val wide = problem(load(read(text.getBytes(UTF_16))))
    assert(wide === s"cannot use the configuration: job.conf:1: $words")
  }

  test("in a string of several lines; but not in a comment, where nothing is lost") {
    val text = "# für\nlayertap {\nfeatures = a // für\ninput.where = \"\"\"a\n = 'ä'\"\"\"\n}\n"
    val latin = problem(load(read(text.getBytes(ISO_8859_1))))
    assert(latin === s"cannot use the configuration: job.conf:5: $words")
    val inComments = problem(load(read(text.replace("ä", "b").getBytes(ISO_8859_1))))
    assert(!inComments.contains(words) && inComments.contains("output.path"))
  }

  test("in a file that is included") {
    TempFolder.use { folder =>
      val file = Files.write(folder.resolve("base.conf"), "a = 'ä'".getBytes(ISO_8859_1))
      assert(
        problem(loadWith(s"include \"$file\"")) === s"cannot use the configuration: $file:1: $words"
      )
    }
  }

  test("in properties that are included") {
    TempFolder.use { folder =>
      val lines = "a = b\nc = ä".getBytes(ISO_8859_1)
      val file = Files.write(folder.resolve("base.properties"), lines)
      assert(
        problem(loadWith(s"include \"$file\"")) === s"cannot use the configuration: $file:2: $words"
      )
    }
  }

  test("the character itself, escaped") {
    assert(loadWith("features = a, input.where = \"s = '\\uFFFD'\"").input.where === "s = '\uFFFD'")
  }

  test("an empty path among others") {
    assert(
      problemWith("features = a, input.path = [a, \"\"]") === "cannot use the configuration:" +
        " job.conf:5: input.path names an empty path; name a file or a folder, or leave it out"
    )
  }
}
