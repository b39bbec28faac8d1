package layertap.model.layers.matching

import layertap.graph.Graphs._
import layertap.model.layers.TracedModel
import layertap.model.layers.TracedModel._
import layertap.model.layers.keras.Topology.Element
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef
import scala.concurrent.{Await, Future}
import scala.concurrent.ExecutionContext.Implicits.global
import scala.concurrent.duration._
import scala.jdk.CollectionConverters._
import scala.util.Random

class TopologySolverTest extends AnyFunSuite {
  private def relu(scope: String, from: String): NodeDef =
    float(s"m_1/$scope/Relu", "Relu", from)

  // x ─▶ f_1 ─▶ inner_1/g_1 ─┐
  // z ─▶ f_2 ────────────────┴▶ sum_1 ─▶ f_3 ─▶ head_1
  private val model = TracedModel.keras3("m_1/head_1/Relu")(
    placeholder("x"),
    placeholder("z"),
    relu("f_1", "x"),
    relu("f_2", "z"),
    relu("inner_1/g_1", "m_1/f_1/Relu"),
    float("m_1/sum_1/Sub", "Sub", "m_1/inner_1/g_1/Relu", "m_1/f_2/Relu"),
    relu("f_3", "m_1/sum_1/Sub"),
    relu("head_1", "m_1/f_3/Relu")
  )
  private val inner =
    topology(input("y"), keras("g", "ReLU")(Seq("y")), own("pass")(Seq("g")))
  private val layers: Seq[Element] = Seq(
    input("x"),
    input("z"),
    element("drop", "Dropout", isOfKeras = true, Seq(Seq("x")), isIdentity = true),
    keras("f", "ReLU")(Seq("pick"), Seq("sum"), Seq("drop")),
    own("pick")(Seq("z", "z")),
    element("inner", "Functional", isOfKeras = true, Seq(Seq("f@2")), inner),
    keras("sum", "Subtract")(Seq("inner", "f")),
    keras("head", "ReLU")(Seq("f@1"))
  )

  private def described(solved: SolvedTopology): Map[String, Seq[(Option[String], String)]] =
    calls(solved).map { case (name, found) =>
      name -> found.map(call => (scope(call), s"${call.inputs} ${call.outputs}"))
    }

  test("calls and tensors are found through picks, dropouts and a model inside") {
    val found = model.solve(layers: _*)
    assert(found("f").map(scope) === Seq(Some("f_2"), Some("f_3"), Some("f_1")))
    assert(output(found("drop").head) === Some("x:0"))
    assert(output(found("pick").head) === Some("z:0"))
    assert(output(found("inner").head) === Some("m_1/inner_1/g_1/Relu:0"))
    assert(output(found("inner/pass").head) === Some("m_1/inner_1/g_1/Relu:0"))
  }

  test("rules in any order find the same") {
    val expected = described(model.solveBy(model.rules: _*)(layers: _*))
    for (seed <- 1 to 100) {
      val shuffled = new Random(seed).shuffle(model.rules)
      assert(described(model.solveBy(shuffled: _*)(layers: _*)) === expected, s"seed $seed")
    }
  }

  test("layers in any order find the same") {
    val expected = described(model.solveBy(model.rules: _*)(layers: _*))
    for (seed <- 1 to 100) {
      val middle = new Random(seed).shuffle(layers.slice(2, layers.size - 1))
      val shuffled = layers.take(2) ++ middle :+ layers.last
      assert(described(model.solveBy(model.rules: _*)(shuffled: _*)) === expected, s"seed $seed")
    }
  }

  private def contradictions(layers: Element*): Seq[String] =
    model.solveBy(model.rules: _*)(layers: _*).contradictions.asScala.toSeq

  test("a layer that takes another tensor, one that the topology lacks, one that the graph lacks") {
    val head = keras("head", "ReLU")(Seq("sum"))
    assert(
      contradictions(layers.init :+ head: _*) === Seq(
        "layer 'head' takes another tensor in the graph"
      )
    )
    val without = layers.filterNot(_.name == "sum")
    assert(contradictions(without: _*).head === "the graph has a layer 'sum'")
    val dense = keras("dense", "Dense")(Seq("x"))
    assert(contradictions(dense +: layers: _*).head === "the graph has no layer 'dense'")
  }

  test("an operation is no layer, though a layer's class has its name: it need not have a scope") {
    val operations =
      Seq(operation("softmax", "Softmax")(Seq("x")), operation("add", "Add")(Seq("x")))
    assert(contradictions(operations ++ layers: _*) === Seq())
    val layer = keras("softmax", "Softmax")(Seq("x"))
    assert(contradictions(layer +: layers: _*) === Seq("the graph has no layer 'softmax'"))
  }

  test("layers of one name that hand on what the other gives: the search ends") {
    def dropout(name: String, from: String) =
      element(name, "Dropout", isOfKeras = true, Seq(Seq(from)), isIdentity = true)
    val around =
      Seq("x" -> "drop", "drop" -> "keep", "keep" -> "drop", "drop" -> "tail", "x" -> "side")
        .map { case (from, name) => dropout(name, from) }
    val all = around ++ layers.filter(_.name != "drop")
    val solving = Future(model.solveBy(model.rules: _*)(all: _*))
    assert(Await.result(solving, 1.minute).contradictions.asScala === Seq())
  }

  test("calls inside a call that the graph does not show keep their numbers") {
    val twice = element("inner", "Functional", isOfKeras = true, Seq(Seq("f@2"), Seq("z")), inner)
    val solved = model.solveBy(model.rules: _*)(
      layers.map(layer => if (layer.name == "inner") twice else layer): _*
    )
    val inside = calls(solved)("inner/g")
    assert(inside.map(_.numbers.asScala) === Seq(Seq(0, 0), Seq(1, 0)))
    assert(inside.flatMap(scope) === Seq())
  }
}
