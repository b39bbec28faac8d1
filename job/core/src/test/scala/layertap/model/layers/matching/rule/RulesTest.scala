package layertap.model.layers.matching.rule

import layertap.graph.Graphs._
import layertap.model.layers.TracedModel
import layertap.model.layers.TracedModel._
import layertap.model.layers.keras.Topology.Element
import layertap.model.layers.matching.{Rule, SolvedCall}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.NodeDef
import scala.reflect.ClassTag

/** What each rule concludes, alone or from what a few others found, and when it concludes nothing.
  */
class RulesTest extends AnyFunSuite {
  private val inputs = Seq(input("x"), input("z"))

  private def model(returned: String)(nodes: NodeDef*): TracedModel =
    TracedModel.keras3(returned)(Seq(placeholder("x"), placeholder("z")) ++ nodes: _*)

  private def relu(scope: String, from: String): NodeDef = float(s"$scope/Relu", "Relu", from)

  /** Of some kinds of rules only. */
  private def solve(traced: TracedModel, kinds: ClassTag[_ <: Rule]*)(
      layers: Element*
  ): Map[String, Seq[SolvedCall]] = {
    val chosen = traced.rules.filter(rule => kinds.exists(_.runtimeClass.isInstance(rule)))
    assert(chosen.size === kinds.size)
    calls(traced.solveBy(chosen: _*)(inputs ++ layers: _*))
  }

  private def kind[R <: Rule](implicit tag: ClassTag[R]): ClassTag[R] = tag

  private val only = kind[OnlyTracedCall]

  // x ─▶ f_1      z ─▶ f_2
  private val twice = model("m_1/f_2/Relu")(relu("m_1/f_1", "x"), relu("m_1/f_2", "z"))

  test("only traced call: a layer that is called once and was traced once") {
    val traced = model("m_1/f_1/Relu")(relu("m_1/f_1", "x"))
    assert(solve(traced, only)(keras("f", "ReLU")(Seq("x")))("f").map(scope) === Seq(Some("f_1")))
  }

  test("only traced call: not of a layer that is called twice") {
    val layer = keras("f", "ReLU")(Seq("x"), Seq("z"))
    assert(solve(twice, only)(layer)("f").flatMap(scope) === Seq())
  }

  test("traced call by inputs: the one that takes what the call takes") {
    val found = solve(twice, kind[TracedCallByInputs])(keras("f", "ReLU")(Seq("z"), Seq("x")))
    assert(found("f").map(scope) === Seq(Some("f_2"), Some("f_1")))
  }

  test("traced call by inputs: none while an input is unknown, or if several take the same") {
    val unknown = Seq(own("pick")(Seq("x", "z")), keras("f", "ReLU")(Seq("pick"), Seq("pick")))
    assert(solve(twice, kind[TracedCallByInputs])(unknown: _*)("f").flatMap(scope) === Seq())
    val equal = model("m_1/f_2/Relu")(relu("m_1/f_1", "x"), relu("m_1/f_2", "x"))
    val layer = keras("f", "ReLU")(Seq("x"), Seq("x"))
    assert(solve(equal, kind[TracedCallByInputs])(layer)("f").flatMap(scope) === Seq())
  }

  // x ─▶ f_1 ─▶ other_1      x ─▶ f_2 ─▶ one_1
  private val branching = model("m_1/sum_1/AddV2")(
    relu("m_1/f_1", "x"),
    relu("m_1/f_2", "x"),
    relu("m_1/one_1", "m_1/f_2/Relu"),
    relu("m_1/other_1", "m_1/f_1/Relu"),
    float("m_1/sum_1/AddV2", "AddV2", "m_1/one_1/Relu", "m_1/other_1/Relu")
  )
  private val shared = Seq(
    keras("f", "ReLU")(Seq("x"), Seq("x")),
    keras("one", "ReLU")(Seq("f")),
    keras("other", "ReLU")(Seq("f@1")),
    keras("sum", "Add")(Seq("one", "other"))
  )

  test("traced call by outputs: the one that gives what the layers after the call take") {
    val found =
      solve(branching, only, kind[LastUnknownInput], kind[TracedCallByOutputs])(shared: _*)
    assert(found("f").map(scope) === Seq(Some("f_2"), Some("f_1")))
  }

  test("traced call by outputs: none while no output is known") {
    val found = solve(branching, kind[TracedCallByOutputs])(shared: _*)
    assert(found("f").flatMap(scope) === Seq())
  }

  private val picking = Seq(own("pick")(Seq("x", "z")), keras("f", "ReLU")(Seq("pick"), Seq("z")))

  test("last traced call: what the other calls leave") {
    val found = solve(twice, kind[TracedCallByInputs], kind[LastTracedCall])(picking: _*)
    assert(found("f").map(scope) === Seq(Some("f_1"), Some("f_2")))
  }

  test("last traced call: none while two are left, or if it lacks an input of the call") {
    assert(solve(twice, kind[LastTracedCall])(picking: _*)("f").flatMap(scope) === Seq())
    val traced = model("m_1/f_1/Relu")(relu("m_1/f_1", "x"))
    val layer = keras("f", "ReLU")(Seq("z"))
    assert(solve(traced, kind[LastTracedCall])(layer)("f").flatMap(scope) === Seq())
  }

  test("equal traced calls: each call gets one of those that take the same") {
    val equal = model("m_1/f_2/Relu")(relu("m_1/f_1", "x"), relu("m_1/f_2", "x"))
    val found = solve(equal, kind[EqualTracedCalls])(keras("f", "ReLU")(Seq("x"), Seq("x")))
    assert(found("f").map(scope) === Seq(Some("f_1"), Some("f_2")))
  }

  test("equal traced calls: none that takes something else") {
    val found = solve(twice, kind[EqualTracedCalls])(keras("f", "ReLU")(Seq("x"), Seq("x")))
    assert(found("f").map(scope) === Seq(Some("f_1"), None))
  }

  private def dropout(calls: Seq[String]*): Element =
    element("drop", "Dropout", isOfKeras = true, calls, isIdentity = true)

  // Keras 2 leaves an Identity.
  test("input handed on: what a layer returns that does nothing, whether or not it left ops") {
    val traced = model("m_1/head_1/Relu")(
      float("m_1/drop_1/Identity", "Identity", "x"),
      relu("m_1/head_1", "m_1/drop_1/Identity")
    )
    val bare = model("m_1/head_1/Relu")(relu("m_1/head_1", "x"))
    for (each <- Seq(traced, bare)) {
      val found = solve(each, kind[InputHandedOn])(dropout(Seq("x")))
      assert(output(found("drop").head) === Some("x:0"))
    }
  }

  test("input handed on: not by a layer that computes") {
    val found = solve(twice, kind[InputHandedOn])(own("f")(Seq("x"), Seq("z")))
    assert(found("f").flatMap(output) === Seq())
  }

  test("input picked: by a layer without ops, of inputs that are one tensor") {
    val same = Seq(own("pick")(Seq("x", "x")), own("head")(Seq("pick")))
    val traced = model("m_1/head_1/Relu")(relu("m_1/head_1", "x"))
    assert(output(solve(traced, kind[InputPicked])(same: _*)("pick").head) === Some("x:0"))
  }

  test("input picked: none of two tensors, and none by a layer that left ops") {
    val traced = model("m_1/head_1/Relu")(relu("m_1/head_1", "x"))
    val two = solve(traced, kind[InputPicked])(own("pick")(Seq("x", "z")))
    assert(output(two("pick").head) === None)
    val computed = solve(traced, kind[InputPicked])(own("head")(Seq("x")))
    assert(output(computed("head").head) === None)
  }

  test("traced outputs: what leaves the region") {
    val traced = model("m_1/f_1/Relu")(relu("m_1/f_1", "x"))
    val found = solve(traced, only, kind[TracedOutputs])(own("f")(Seq("x")))
    assert(output(found("f").head) === Some("m_1/f_1/Relu:0"))
  }

  test("traced outputs: none of two that leave, as nothing tells their order") {
    val traced = model("y")(
      relu("m_1/f_1", "x"),
      float("m_1/f_1/Tanh", "Tanh", "x"),
      float("y", "AddV2", "m_1/f_1/Relu", "m_1/f_1/Tanh")
    )
    val found = solve(traced, only, kind[TracedOutputs])(own("f")(Seq("x")))
    assert(output(found("f").head) === None)
  }

  // x ─▶ f_1/Relu ─────────────▶ y
  //      f_1/Tanh ─▶ one_1/Relu ──▲
  private val parted = model("y")(
    relu("m_1/f_1", "x"),
    float("m_1/f_1/Tanh", "Tanh", "x"),
    relu("m_1/one_1", "m_1/f_1/Tanh"),
    float("y", "AddV2", "m_1/f_1/Relu", "m_1/one_1/Relu")
  )
  private val partedLayers = Seq(
    own("f")(Seq("x")),
    own("one")(Seq("f:1")),
    operation("sum", "Add")(Seq("f", "one"))
  )

  private def outputs(call: SolvedCall): Seq[Option[String]] =
    Seq(output(call, 0), output(call, 1))

  test("traced outputs: what leaves besides the outputs that are known is the last one") {
    val found = solve(parted, only, kind[LastUnknownInput], kind[TracedOutputs])(partedLayers: _*)
    assert(outputs(found("f").head) === Seq(Some("m_1/f_1/Relu:0"), Some("m_1/f_1/Tanh:0")))
    assert(found("f").head.unknownOutputs.isEmpty)
  }

  test("traced outputs: not the last one while two are unknown, or if it may be a mask") {
    val alone = solve(parted, only, kind[TracedOutputs])(partedLayers: _*)
    assert(outputs(alone("f").head) === Seq(None, None))
    assert(alone("f").head.unknownOutputs === java.util.Set.of(0, 1))
    val masked = model("y")(
      float("m_1/f_1/IsNan", "IsNan", "x"),
      relu("m_1/one_1", "x"),
      float("y", "Select", "m_1/f_1/IsNan", "x", "m_1/one_1/Relu")
    )
    val found = solve(masked, only, kind[LastUnknownInput], kind[TracedOutputs])(partedLayers: _*)
    assert(outputs(found("f").head) === Seq(None, Some("x:0")))
  }

  // x ─▶ d_1, which nobody takes
  private val untaken =
    model("y")(float("m_1/d_1/AddV2", "AddV2", "x", "z"), float("y", "Relu", "x"))

  test("untaken output: what the ops of a layer of Keras' own end in") {
    val found = solve(untaken, only, kind[UntakenOutput])(keras("d", "Add")(Seq("x", "z")))
    assert(output(found("d").head) === Some("m_1/d_1/AddV2:0"))
  }

  test("untaken output: none of a layer of the user's own, which may return anything") {
    val found = solve(untaken, only, kind[UntakenOutput])(own("d")(Seq("x", "z")))
    assert(output(found("d").head) === None)
  }

  test("untaken output: none of a layer of which two leave in an order that nothing tells") {
    val traced = model("y")(
      relu("m_1/d_1", "x"),
      float("m_1/d_1/Tanh", "Tanh", "x"),
      float("m_1/d_1/Sin", "Sin", "x"),
      float("y", "AddV2", "m_1/d_1/Relu", "m_1/d_1/Tanh")
    )
    val found = solve(traced, only, kind[UntakenOutput])(
      keras("d", "MultiHeadAttention")(Seq("x")),
      operation("sum", "Add")(Seq("d", "d:1"))
    )
    assert(outputs(found("d").head) === Seq(None, None))
  }

  // x ─▶ f_1/Tanh ─▶ add ─▶ head_1
  //      f_1/Relu ────▲
  private val added = model("m_1/head_1/Relu")(
    relu("m_1/f_1", "x"),
    float("m_1/f_1/Tanh", "Tanh", "x"),
    float("m_1/add", "AddV2", "m_1/f_1/Tanh", "m_1/f_1/Relu"),
    relu("m_1/head_1", "m_1/add")
  )

  private def addedBy(className: String): Seq[Option[String]] = {
    val found = solve(added, only, kind[LastUnknownInput], kind[MergedInputs])(
      own("f")(Seq("x")),
      operation("add", className)(Seq("f:1", "f")),
      own("head")(Seq("add"))
    )
    outputs(found("f").head)
  }

  test("merged inputs: the operands of an operator, which what it gives leads to") {
    assert(addedBy("Add") === Seq(Some("m_1/f_1/Relu:0"), Some("m_1/f_1/Tanh:0")))
  }

  test("merged inputs: not of an operation that traces other ops, or of which nothing is known") {
    assert(addedBy("Logaddexp") === Seq(None, None))
    val unknown = solve(added, only, kind[MergedInputs])(
      own("f")(Seq("x")),
      operation("add", "Add")(Seq("f:1", "f"))
    )
    assert(outputs(unknown("f").head) === Seq(None, None))
  }

  test("merged inputs: not an operand that the operator casts first, but the others") {
    val cast = model("m_1/head_1/Relu")(
      relu("m_1/f_1", "x"),
      float("m_1/f_1/Tanh", "Tanh", "x"),
      float("m_1/Cast", "Cast", "m_1/f_1/Relu"),
      float("m_1/add", "AddV2", "m_1/Cast", "m_1/f_1/Tanh"),
      relu("m_1/head_1", "m_1/add")
    )
    val found = solve(cast, only, kind[LastUnknownInput], kind[MergedInputs])(
      own("f")(Seq("x")),
      operation("add", "Add")(Seq("f:1", "f")),
      own("head")(Seq("add"))
    )
    assert(outputs(found("f").head) === Seq(Some("m_1/f_1/Tanh:0"), None))
  }

  // z, x ─▶ sum_1
  private val merging = model("m_1/sum_1/Sub")(float("m_1/sum_1/Sub", "Sub", "z", "x"))
  private val picks = Seq(own("one")(Seq("x", "z")), own("other")(Seq("x", "z")))

  /** What `x - z` gives where it is known that the operator takes both. */
  private def subtracted(nodes: NodeDef*)(operations: Element*): Option[String] = {
    val traced = model("m_1/head_1/AddN")(
      nodes :+ float("m_1/head_1/AddN", "AddN", nodes.map(_.getName): _*): _*
    )
    val layers = operation("sub", "Subtract")(Seq("x", "z")) +: operations
    val head = own("head")("sub" +: operations.map(_.name))
    output(solve(traced, kind[OperatorByInputs])(layers :+ head: _*)("sub").head)
  }
  private val sub = float("m_1/sub", "Sub", "x", "z")

  test("operator by inputs: the only op of its kind that takes them, in order") {
    val others = Seq(float("m_1/sub_1", "Sub", "z", "x"), float("m_1/mul", "Mul", "x", "z"))
    val operations =
      Seq(operation("less", "Subtract")(Seq("z", "x")), operation("mul", "Multiply")(Seq("x", "z")))
    assert(subtracted(sub +: others: _*)(operations: _*) === Some("m_1/sub:0"))
  }
  test("operator by inputs: not if two ops do, or another operator takes the same") {
    val again = float("m_1/sub_1", "Sub", "x", "z")
    assert(subtracted(sub, again)() === None)
    assert(subtracted(sub)(operation("less", "Subtract")(Seq("x", "z"))) === None)
  }
  test("operator by inputs: not beside a function that takes one of them, or what is not known") {
    assert(subtracted(sub)(operation("std", "Std")(Seq("x"))) === None)
    val other = Seq(own("f")(Seq("x")), operation("less", "Subtract")(Seq("f", "f:1")))
    assert(subtracted(sub, relu("m_1/f_1", "x"))(other: _*) === None)
  }
  test("operator by inputs: not if it casts one of them first, or the op stands in a layer") {
    val cast = Seq(float("m_1/Cast", "Cast", "x"), float("m_1/sub", "Sub", "m_1/Cast", "z"))
    assert(subtracted(cast: _*)() === None)
    assert(subtracted(float("m_1/f_1/Sub", "Sub", "x", "z"))(own("f")(Seq("x", "z"))) === None)
  }

  // f of two outputs, of which nothing tells which is which; x - f:1
  private def partly(nodes: NodeDef*)(operations: Element*): Option[String] = {
    val ofF = Seq(relu("m_1/f_1", "x"), float("m_1/f_1/Tanh", "Tanh", "x")) ++ nodes
    val traced = model("m_1/head_1/AddN")(
      ofF :+ float("m_1/head_1/AddN", "AddN", nodes.map(_.getName): _*): _*
    )
    val layers = Seq(own("f")(Seq("x")), operation("sub", "Subtract")(Seq("x", "f:1")))
    val head = own("head")("sub" +: operations.map(_.name))
    output(solve(traced, kind[OperatorByInputs])(layers ++ operations :+ head: _*)("sub").head)
  }
  private val ofTanh = float("m_1/sub", "Sub", "x", "m_1/f_1/Tanh")

  test(
    "operator by inputs: the only op of its kind that takes those that are known in their places"
  ) {
    val turned = float("m_1/sub_1", "Sub", "m_1/f_1/Tanh", "x")
    val others = Seq(operation("less", "Subtract")(Seq("f:1", "z")))
    assert(partly(ofTanh)() === Some("m_1/sub:0"))
    assert(
      partly(ofTanh, float("m_1/sub_1", "Sub", "m_1/f_1/Tanh", "z"))(others: _*) ===
        Some("m_1/sub:0")
    )
    assert(
      partly(ofTanh, turned)(operation("less", "Subtract")(Seq("f:1", "x"))) === Some("m_1/sub:0")
    )
  }
  test("operator by inputs: not if an op or another operator may take the same in its places") {
    assert(partly(ofTanh, float("m_1/sub_1", "Sub", "x", "m_1/f_1/Relu"))() === None)
    assert(partly(ofTanh)(operation("less", "Subtract")(Seq("x", "f"))) === None)
    assert(partly(ofTanh)(operation("less", "Subtract")(Seq("f", "f:1"))) === None)
    assert(partly(ofTanh)(operation("std", "Std")(Seq("f"))) === None)
    assert(partly(ofTanh)(operation("cast", "Cast")(Seq("f"))) === Some("m_1/sub:0"))
    val cast = Seq(float("m_1/Cast", "Cast", "x"), float("m_1/sub", "Sub", "m_1/Cast", "z"))
    assert(partly(cast: _*)() === None)
    val squeezed = Seq(
      float("m_1/g_1/Squeeze", "Squeeze", "z"),
      float("m_1/sub", "Sub", "x", "m_1/g_1/Squeeze")
    )
    val other = Seq(own("g")(Seq("z")), operation("less", "Subtract")(Seq("x", "g")))
    assert(partly(squeezed: _*)(other: _*) === None)
  }

  // x ─▶ Transpose ─▶ f ─▶ Transpose_1
  test("operator by inputs: asked again once it is known what another operator takes") {
    val traced = model("m_1/head_1/Relu")(
      float("m_1/Transpose", "Transpose", "x"),
      relu("m_1/f_1", "m_1/Transpose"),
      float("m_1/Transpose_1", "Transpose", "m_1/f_1/Relu"),
      relu("m_1/head_1", "m_1/Transpose_1")
    )
    val found = solve(traced, only, kind[TracedOutputs], kind[OperatorByInputs])(
      operation("turned", "Swapaxes")(Seq("x")),
      keras("f", "ReLU")(Seq("turned")),
      operation("back", "Transpose")(Seq("f")),
      keras("head", "ReLU")(Seq("back"))
    )
    assert(output(found("turned").head) === Some("m_1/Transpose:0"))
    assert(output(found("back").head) === Some("m_1/Transpose_1:0"))
  }

  test("merged inputs: the operands, in order, are the inputs of a merging layer") {
    val layers = picks :+ keras("sum", "Subtract")(Seq("one", "other"))
    val found = solve(merging, only, kind[MergedInputs])(layers: _*)
    val outputs = Seq("one", "other").map(name => output(found(name).head))
    assert(outputs === Seq(Some("z:0"), Some("x:0")))
  }

  test("merged inputs: not of a layer of the user's own, which may take them in any order") {
    val layers = picks :+ own("sum")(Seq("one", "other"))
    val found = solve(merging, only, kind[MergedInputs])(layers: _*)
    assert(Seq("one", "other").flatMap(name => output(found(name).head)) === Seq())
  }

  test("last unknown input: what enters besides the known ones") {
    val layers = picks.take(1) :+ own("sum")(Seq("one", "x"))
    val found = solve(merging, only, kind[LastUnknownInput])(layers: _*)
    assert(output(found("one").head) === Some("z:0"))
  }

  test("last unknown input: none of two unknown ones") {
    val layers = picks :+ own("sum")(Seq("one", "other"))
    val found = solve(merging, only, kind[LastUnknownInput])(layers: _*)
    assert(Seq("one", "other").flatMap(name => output(found(name).head)) === Seq())
  }

  private val inner = topology(input("y"), keras("g", "ReLU")(Seq("y")))
  private val nested = element("inner", "Functional", isOfKeras = true, Seq(Seq("x")), inner)

  test("layers inside: a model that is found takes and gives what its call does") {
    val traced = model("m_1/inner_1/g_1/Relu")(relu("m_1/inner_1/g_1", "x"))
    val found = solve(traced, only, kind[LayersInside], kind[TracedOutputs])(nested)
    assert(scope(found("inner/g").head) === Some("g_1"))
    assert(output(found("inner/y").head) === Some("x:0"))
    assert(output(found("inner").head) === Some("m_1/inner_1/g_1/Relu:0"))
  }

  test("layers inside: none of a model of which it is not known which call it is") {
    val traced = model("m_1/inner_1/g_1/Relu")(relu("m_1/inner_1/g_1", "x"))
    val found = solve(traced, kind[LayersInside], kind[TracedOutputs])(nested)
    assert(scope(found("inner/g").head) === None)
    assert(output(found("inner/y").head) === None)
  }
}
