package layertap.config

import java.nio.file.{Files, Path}
import scala.jdk.StreamConverters._
import layertap.testing.SeededRandom

/** The examples' configurations with a few characters or values changed. */
object ConfigMutations {
  private val texts: Seq[String] = {
    val files = Files.list(Path.of("conf"))
    try files.toScala(Seq).sorted.map(Files.readString(_))
    finally files.close()
  }

  /** What may stand in the place of a value, or anywhere. */
  private val pieces = Seq("{", "}", "[", "]", "\"", "\"\"\"", ",", ".", "..", "$", "${", "${x}") ++
    Seq("=", "+=", ":", "#", "//", "\n", " ", "\\", "\u0000", "include ", "null", "true", "-1") ++
    Seq("0", "1e400", "99999999999999999999", "NaN", "a", "[]", "{}", "\"\"", "[[1]]", "{ a = 1 }")

  private val word = "[\\w.\"-]+".r

  def mutant(seed: Int): String = {
    val draw = SeededRandom.of(seed)
    (0 to draw.nextInt(3)).foldLeft(texts(draw.nextInt(texts.size))) { (text, _) =>
      val piece = pieces(draw.nextInt(pieces.size))
      val (from, until) =
        if (draw.nextBoolean()) {
          val words = word.findAllMatchIn(text).toSeq
          val chosen = words(draw.nextInt(words.size))
          (chosen.start, chosen.end)
        } else {
          val at = draw.nextInt(text.length)
          (at, math.min(text.length, at + draw.nextInt(3)))
        }
      text.substring(0, from) + (if (draw.nextInt(3) == 0) "" else piece) + text.substring(until)
    }
  }
}
