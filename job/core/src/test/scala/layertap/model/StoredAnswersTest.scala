package layertap.model

import layertap.model.layers.Layer
import layertap.model.select.Selector
import layertap.testing.Extraction.Outcome
import layertap.testing.Answer
import layertap.testing.Extraction
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Every layer of every stored model against what Keras or TensorFlow computed for it. */
class StoredAnswersTest extends AnyFunSuite {
  TestData.models.foreach { name =>
    test(s"$name: every layer has Keras' values") {
      val outcome = Extraction.compare(TestData.model(name))
      val worst = outcome.worst.get
      info(f"worst of ${outcome.compared.size}: ${worst.answer.name} ${worst.difference}%.1e")
      outcome.compared.foreach { compared =>
        assert(compared.isEqual, s"${compared.answer.name} ${compared.shape}")
      }
      assertOnlyUnseenAreRefused(name, outcome)
    }
  }

  /** A Keras 3 export shows no layers without ops, and not which of several inputs is which;
    * everything else must be found.
    */
  private def assertOnlyUnseenAreRefused(name: String, outcome: Outcome): Unit =
    outcome.refused.foreach { case (answer, reason) =>
      val isOrder = answer.name.contains(" at input:") && reason.contains("order of its inputs")
      assert(name.endsWith("keras3") && (isOrder || !answer.hasOps), s"${answer.name}: $reason")
      assert((isOrder || reason.contains("without ops")) && reason.contains("model.topology"))
    }

  for {
    name <- TestData.models
    topology <- StoredAnswers.topology(TestData.model(name))
  } test(s"$name with its topology: every layer is found and has Keras' values") {
    val outcome = Extraction.compare(TestData.model(name), Some(topology))
    assert(outcome.refused.map(_._2) === Seq())
    outcome.compared.foreach(compared => assert(compared.isEqual, compared.answer.name))
  }

  TestData.models.filter(_.endsWith("keras2")).foreach { name =>
    test(s"$name: indexes, counted from either end, are those of model.layers") {
      val model = TestData.load(name)
      val answers = StoredAnswers.of(TestData.model(name)).answers
      val count = model.layers.listedCount
      answers.filter(_.index.isDefined).foreach { answer =>
        val byName = layerOf(model, answer)
        assert(byName.index === answer.index.get)
        assert(tensors(model, answer.index.get) === tensors(model, answer.index.get - count))
      }
    }

    test(s"$name: parameters are those that Keras counts") {
      val model = TestData.load(name)
      val answers = StoredAnswers.of(TestData.model(name)).answers
      answers.filter(_.selector.isInstanceOf[Selector.ByName]).foreach { answer =>
        assert(layerOf(model, answer).parameterCount === answer.parameters, answer.name)
      }
    }
  }

  private def tensors(model: LoadedModel, index: Int) = {
    val layer = model.layers.byIndex.get(Math.floorMod(index, model.layers.listedCount))
    layer.calls.asScala.flatMap(_.outputs.values.asScala)
  }

  private def layerOf(model: LoadedModel, answer: Answer): Layer = answer.selector match {
    case byName: Selector.ByName => model.layers.find(byName.path).get
    case other                   => fail(s"$other names no layer")
  }
}
