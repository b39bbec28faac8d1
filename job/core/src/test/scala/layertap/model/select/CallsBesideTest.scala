package layertap.model.select

import layertap.failure.UserException
import layertap.graph.Identities
import layertap.model.LoadedModel
import layertap.model.select.SelectorParser.{parse, At}
import layertap.testing.StoredAnswers
import layertap.testing.TestData
import org.scalatest.funsuite.AnyFunSuite
import scala.jdk.CollectionConverters._

/** Signatures that call a model twice, or layers beside it; see `test-data/models/signatures.py`.
  * The values of all calls are compared by `StoredAnswersTest`.
  */
class CallsBesideTest extends AnyFunSuite {
  private lazy val models: Map[String, LoadedModel] = Map(
    "Keras 2" -> TestData.load("direct_call_keras2"),
    "Keras 3" -> TestData.load("direct_call_keras3"),
    "Keras 3 with its topology" ->
      TestData.load(
        "direct_call_keras3",
        StoredAnswers.topology(TestData.model("direct_call_keras3"))
      ),
    "a tf.Module" -> TestData.load("held_module"),
    "Keras 2, called twice" -> TestData.load("called_twice_keras2")
  )

  private def taps(model: LoadedModel, selector: String): Seq[Tap] =
    new SelectorResolver(model.graph, model.layers, model.signature)
      .resolve(parse(selector, At.OUTPUT))
      .asScala
      .toSeq

  private def refused(model: LoadedModel, selector: String): String =
    intercept[UserException](taps(model, selector)).getMessage

  Seq("Keras 2", "Keras 3", "Keras 3 with its topology", "a tf.Module", "Keras 2, called twice")
    .foreach { name =>
      Seq("hidden", "inner", "code").foreach { layer =>
        test(s"$name: a bare '$layer' is refused, both calls are named with what they take") {
          val message = refused(models(name), layer)
          assert(message.contains("it is called 2 times; name one: "), message)
          assert(message.contains(s"$layer@0 (takes ["), message)
          assert(message.contains(s"$layer@1 (takes ["), message)
        }

        test(s"$name: the calls of '$layer' are different tensors") {
          val found = Seq(0, 1).map(call => taps(models(name), s"$layer@$call"))
          assert(found.map(_.size) === Seq(1, 1))
          assert(found.head.head.tensor !== found(1).head.tensor)
        }
      }
    }

  test("an index is refused where the layer at it is called twice") {
    assert(refused(models("Keras 2"), "1").contains("it is called 2 times; name one: hidden@0"))
  }

  test("what the model alone calls needs no number") {
    val model = models("Keras 2")
    assert(taps(model, "head").map(_.tensor.toString) === Seq("net/head/BiasAdd:0"))
    assert(taps(model, "keep").map(_.tensor.toString) === Seq("net/inner/code/BiasAdd:0"))
  }

  test("the first calls are those of the model, also where a layer beside it is traced before") {
    val found = taps(models("Keras 2"), "hidden@0")
    assert(found.map(_.tensor.toString) === Seq("net/hidden/Tanh:0"))
    val beside = taps(models("Keras 2"), "hidden@1")
    assert(beside.map(_.tensor.toString) === Seq("hidden/Tanh:0"))
  }

  test("a path may begin with the model") {
    Seq("Keras 2", "Keras 3", "Keras 3 with its topology").foreach { name =>
      assert(taps(models(name), "net/head") === taps(models(name), "head"), name)
    }
  }

  test("what follows the model in the signature is no output of its last layer") {
    val found = Seq(0, 1).flatMap(call => taps(models("Keras 2, called twice"), s"head@$call"))
    assert(
      found.map(_.tensor.node.split("/").takeRight(2).mkString("/")).toSet ===
        Set("head/BiasAdd")
    )
  }

  test("a glob has every call") {
    val columns = taps(models("Keras 2"), "*").map(_.columnName)
    assert(
      columns === Seq("entry", "hidden_0", "hidden_1", "inner_0", "inner_1", "keep", "head")
    )
  }

  private def topology(name: String) =
    TestData.load(name, StoredAnswers.topology(TestData.model(name)))

  Seq("second_outputs_keras2", "second_outputs_keras3").foreach { name =>
    Seq("fork", "pair").foreach { layer =>
      test(
        s"$name: a call beside the model, of which one output is used, tells its number: $layer"
      ) {
        val model = topology(name)
        val used = model.signature.outputs.get(if (layer == "fork") "given_1" else "given_2")
        val second = taps(model, s"$layer@1:1").map(_.tensor)
        assert(second === Seq(Identities.source(model.graph, used.tensor)))
        assert(
          refused(model, s"$layer@1") ===
            s"cannot tap the layer '$layer@1': it has several outputs; name one: $layer@1:0, $layer@1:1"
        )
      }
    }
  }

  test("calls of a model by itself and through a function are numbered as they were traced") {
    val model = TestData.load("in_turns_keras2")
    val returned = model.signature.outputs
    val asReturned = Seq("given_0", "given_1", "given_3", "given_2").map { key =>
      Identities.source(model.graph, returned.get(key).tensor)
    }
    assert((0 to 3).flatMap(call => taps(model, s"only@$call").map(_.tensor)) === asReturned)
  }
}
