package layertap.extract.serving

import java.nio.file.Path
import java.util.{Map => JavaMap}
import layertap.extract.Extractor
import layertap.testing.{JavaProcess, StoredAnswers}
import org.scalatest.funsuite.AnyFunSuite
import scala.util.Using

/** Natives are loaded once for a process; so each case is one of its own. */
class InterruptedOpeningTest extends AnyFunSuite {

  test("the first extractor of a process opens in an interrupted thread, and so do all others") {
    val (code, printed) =
      JavaProcess.start(InterruptedOpening.getClass.getName.stripSuffix("$"), Seq()).finish()
    assert(code === 0, printed)
    assert(
      printed.linesIterator.filter(_.startsWith("opened")).toSeq ===
        Seq.fill(3)("opened, interrupted: true, as Keras computes: true"),
      printed
    )
  }
}

/** Opens extractors in an interrupted thread. */
object InterruptedOpening {
  private val model = Path.of("test-data/models/digits_keras3")

  def main(arguments: Array[String]): Unit = (1 to 3).foreach { _ =>
    val stored = StoredAnswers.of(model)
    val pixels = stored.inputs("pixels")
    val count = pixels.shape.head.toInt
    val size = pixels.values.length / count
    Thread.currentThread.interrupt()
    Using.resource(
      Extractor.builder
        .model(model)
        .feed(JavaMap.of("input", "pixels", "column", "pixels", "tensor", JavaMap.of()))
        .feature("softmax")
        .open()
    ) { extractor =>
      val interrupted = Thread.interrupted()
      val found = (0 until count).toArray.flatMap { row =>
        val values = pixels.values.slice(row * size, (row + 1) * size).map(_.toFloat)
        extractor.extract(JavaMap.of("pixels", values)).feature("softmax").floats.map(_.toDouble)
      }
      val answer = stored.answers.find(_.name == "softmax").get
      val isRight = answer.difference(found) <= answer.bound
      println(s"opened, interrupted: $interrupted, as Keras computes: $isRight")
    }
  }
}
