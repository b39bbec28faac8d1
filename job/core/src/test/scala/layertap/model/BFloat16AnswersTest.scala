package layertap.model

import layertap.graph.UsedTypes
import layertap.testing.Extraction
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType

/** Layers computed in bfloat16 against Keras' values in float32, on any processor. Without
  * instructions for it kernels are Eigen's, which sum in bfloat16 as well: so more than what is
  * promised is tolerated here. Jobs are refused then, see PrecisionJobTest.
  */
class BFloat16AnswersTest extends AnyFunSuite {
  private val spacing = 7

  for {
    (name, leastCosine) <- Seq(
      // Of fifty layers one after the other.
      "mobilenet_v2_keras3" -> 0.95,
      "cnn_functional_keras2" -> 0.9995,
      "branches_keras3" -> 0.9995,
      "bert_keras3" -> 0.9995,
      "tf1_conv" -> 0.9995
    )
    first <- Seq(1, 6)
  } test(s"$name: layer ${first + 1} and each seventh after it are close to Keras' values") {
    val outcome = Extraction.compareBFloat16(TestData.model(name), first, spacing)
    assert(outcome.compared.nonEmpty)
    outcome.compared.foreach { compared =>
      assert(compared.shape === compared.answer.shape, compared.answer.name)
      val cosine = compared.answer.cosine(compared.values)
      assert(cosine >= leastCosine, s"${compared.answer.name}: $cosine")
    }
  }

  test("fewer bits were used: values differ from Keras' by more than float32 rounds") {
    val outcome = Extraction.compareBFloat16(TestData.model("mobilenet_v2_keras3"), 1, spacing)
    assert(outcome.compared.count(_.difference > 1e-4) > outcome.compared.size / 2)
  }

  test("a model of loops alone has no product outside of them and stays as it is") {
    def reduced(name: String) = {
      val cut = Extraction.cut(TestData.model(name))
      val other = Extraction.inBFloat16(cut)
      assert(
        UsedTypes.of(other.graph).contains(DataType.DT_BFLOAT16) === (other ne cut)
      )
      other ne cut
    }
    assert(reduced("cnn_functional_keras2"))
    assert(!reduced("lstm_keras3"))
  }
}
