package layertap.model

import layertap.testing.Extraction
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite

/** The layers of every stored model against Keras' values, computed by graphs that were rewritten
  * for speed. Few taps at once: a tensor that is tapped is not folded away.
  */
class OptimizedAnswersTest extends AnyFunSuite {
  private val spacing = 7

  for {
    name <- TestData.models
    first <- Seq(0, 3)
  } test(s"$name: layer ${first + 1} and each seventh after it have Keras' values") {
    val outcome = Extraction.compareOptimized(TestData.model(name), first, spacing)
    outcome.compared.foreach { compared =>
      assert(compared.isEqual, s"${compared.answer.name} ${compared.difference}")
    }
  }

  test("graphs with convolutions are rewritten") {
    val rewritten = TestData.models.filter(name => Extraction.isOptimized(TestData.model(name)))
    assert(rewritten.contains("mobilenet_v2_keras3"))
    assert(rewritten.contains("cnn_functional_keras2"))
    assert(!rewritten.contains("lstm_keras3"))
  }
}
