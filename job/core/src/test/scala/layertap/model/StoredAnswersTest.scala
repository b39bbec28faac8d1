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
import scala.jdk.OptionConverters._

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

  /** What `outputs.py` made: two outputs of `last` nobody takes; two of `vague` go into functions
    * that Keras 3 traces in several ops, so that only a Keras 2 model tells which they are.
    */
  private def isOfUnclearOutput(model: String, answer: Answer, reason: String): Boolean =
    answer.name match {
      case "last:0" | "last:1" =>
        model.startsWith("outputs_") && reason.contains("the graph shows no such output")
      case "vague:0" | "vague:1" =>
        model == "outputs_keras3" && reason.contains("nothing tells which tensor that is")
      case _ => false
    }

  private def isUnordered(model: String, answer: Answer, reason: String): Boolean =
    model == "outputs_keras3" && (reason.contains("3 tensors leave it and the file does not say") ||
      reason.contains("2 tensors leave it and the file does not say") ||
      answer.name.startsWith("last:") && reason.contains("which is which output of the layer"))

  /** What `outputs.py` made: a layer inside gives one output of the last block, and nobody takes
    * it; without a topology nothing tells the two apart.
    */
  private def isOfBlock(model: String, answer: Answer, reason: String): Boolean =
    model == "skipping_keras3" && answer.name.matches("block_[01]:[01]") &&
      reason.contains("which is which output")

  /** What `beside.py` made: of layers of two outputs, a signature uses one. */
  private def isOneOfSeveral(model: String, answer: Answer, reason: String): Boolean =
    model == "second_outputs_keras3" && Seq(
      "(fork|pair)@[01]:[01]" -> "the file does not say which is which output",
      "(fork|pair)@[01]:[01]" -> "2 tensors leave it and the file does not say",
      "pair/mixed@1" -> "the graph does not show which tensor is its output"
    ).exists { case (name, words) => answer.name.matches(name) && reason.contains(words) }

  /** A Keras 3 export shows no layers without ops, and not which of several inputs or outputs is
    * which; everything else must be found.
    */
  private def assertOnlyUnseenAreRefused(name: String, outcome: Outcome): Unit =
    outcome.refused.foreach {
      case (answer, reason)
          if isOfUnclearOutput(name, answer, reason) || isUnordered(name, answer, reason) ||
            isOfBlock(name, answer, reason) ||
            isOneOfSeveral(name, answer, reason) =>
      case (answer, reason) =>
        val isOrder = answer.name.contains(" at input:") && reason.contains("order of its inputs")
        assert(name.endsWith("keras3") && (isOrder || !answer.hasOps), s"${answer.name}: $reason")
        assert((isOrder || reason.contains("without ops")) && reason.contains("model.topology"))
    }

  for {
    name <- TestData.models
    topology <- StoredAnswers.topology(TestData.model(name))
  } test(s"$name with its topology: every layer is found and has Keras' values") {
    val outcome = Extraction.compare(TestData.model(name), Some(topology))
    val refused = outcome.refused.filterNot { case (answer, reason) =>
      isOfUnclearOutput(name, answer, reason)
    }
    assert(refused.map(_._2) === Seq())
    assert(outcome.refused.map(_._2).filter(_.contains("set model.topology")) === Seq())
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

  TestData.models.filter(_.endsWith("saved_keras3")).foreach { name =>
    test(s"$name: a layer has its index in model.layers or none") {
      val model = TestData.load(name)
      val expected = StoredAnswers.of(TestData.model(name)).answers.collect {
        case answer if answer.index.isDefined && answer.className != "InputLayer" =>
          seen(model, answer).map(_.index -> answer.index.get)
      }
      val indexed = expected.flatten.filterNot(_._1 == Layer.NO_INDEX)
      assert(indexed.nonEmpty && indexed.forall { case (found, index) => found == index }, indexed)
    }
  }

  private def tensors(model: LoadedModel, index: Int) = {
    val layer = model.layers.byIndex.get(Math.floorMod(index, model.layers.listedCount))
    layer.calls.asScala.flatMap(_.outputs.values.asScala)
  }

  private def seen(model: LoadedModel, answer: Answer): Option[Layer] =
    Option(answer.selector)
      .collect { case byName: Selector.ByName => byName.path }
      .flatMap(path => model.layers.find(path).toScala)

  private def layerOf(model: LoadedModel, answer: Answer): Layer = answer.selector match {
    case byName: Selector.ByName => model.layers.find(byName.path).get
    case other                   => fail(s"$other names no layer")
  }
}
