package layertap.extract.check

import layertap.failure.UserException
import layertap.graph.Graphs._
import layertap.model.saved.LocalModelFiles
import layertap.plan.{ExtractionPlan, PlanBuilder}
import layertap.tensorflow.{TensorFlowRuntime, TensorFlowSessions}
import layertap.testing.{GradientJob, SavedModels, TempFolder}
import layertap.testing.SavedModels.{port, signature}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{AttrValue, DataType, NodeDef, TensorProto, TensorShapeProto}
import scala.jdk.CollectionConverters._

/** Derivatives beside differences of scores, on synthetic rows. */
class GradientCheckTest extends AnyFunSuite {
  private val digits = "test-data/models/digits_keras3"

  private def planned(features: String, model: String = digits, shape: String = "[8, 8, 1]") =
    GradientJob.planned(
      s"""model.path = $model
         |feeds = [ { input = ${if (model == digits) "pixels" else "image"}, column = c,
         |            tensor { shape = $shape } } ]
         |features = [ $features ]""".stripMargin,
      isTried = false
    )

  private def check(plan: ExtractionPlan, model: String = digits): Seq[String] = {
    TensorFlowRuntime.start(1)
    val rows = SyntheticRows.of(plan.feeds, 0)
    new GradientCheck(plan, LocalModelFiles.at(model), new TensorFlowSessions)
      .check(rows)
      .asScala
      .toSeq
  }

  /** The plan with every derivative multiplied, and said to be the product. */
  private def wrong(planned: PlanBuilder.Planned, factor: Float): ExtractionPlan = {
    val plan = planned.exact
    val graph = plan.model.graph
    val wanted = plan.features.get(0).gradient.gradients.get(0)
    val doubled = graph.toBuilder
    doubled.getNodeBuilderList.forEach { node =>
      if (node.getName == wanted.node) node.setName("layertap_right")
    }
    doubled.addNode(constant("layertap_factor", factor))
    doubled.addNode(
      NodeDef.newBuilder
        .setName(wanted.node)
        .setOp("Mul")
        .addInput("layertap_right")
        .addInput("layertap_factor")
        .putAttr("T", AttrValue.newBuilder.setType(DataType.DT_FLOAT).build)
    )
    plan.`with`(plan.model.`with`(doubled.build))
  }

  private def constant(name: String, value: Float): NodeDef = {
    val tensor = TensorProto.newBuilder
      .setDtype(DataType.DT_FLOAT)
      .setTensorShape(TensorShapeProto.getDefaultInstance)
      .addFloatVal(value)
    NodeDef.newBuilder
      .setName(name)
      .setOp("Const")
      .putAttr("dtype", AttrValue.newBuilder.setType(DataType.DT_FLOAT).build)
      .putAttr("value", AttrValue.newBuilder.setTensor(tensor).build)
      .build
  }

  private val saliency = "{ gradient { of = dense, class = top, wrt = conv1 }, column = g }"

  test("right derivatives agree in all directions: convolutions, batch normalisation, pooling") {
    assert(check(planned(saliency).exact) === Seq())
    assert(
      check(
        planned(
          """{ gradient { of = { layer = predictions, at = pre-activation }, class = top, wrt = conv1 },
            |  column = a },
            |{ gradient { of = predictions, class = 2, wrt = image }, column = b },
            |{ grad-cam { of = predictions, class = 2, wrt = bn2 }, column = c }""".stripMargin,
          "test-data/models/cnn_functional_keras3",
          "[28, 28, 1]"
        ).exact,
        "test-data/models/cnn_functional_keras3"
      ) === Seq()
    )
  }

  Seq(0.8f, 2f, -1f).foreach { factor =>
    test(s"a derivative that is $factor times the right one is refused, with both numbers") {
      val message =
        intercept[UserException](check(wrong(planned(saliency), factor))).getMessage
      assert(
        message.matches(
          "cannot trust the gradient 'g': on synthetic rows differences of the score are \\S+ where" +
            " it says \\S+, and others in all 6 directions; please report it, or set" +
            " run.self-check = false to take it all the same"
        ),
        message
      )
    }
  }

  test("in float32, for ops without other kernels: right ones pass, one of another sign does not") {
    def others(plan: ExtractionPlan): Seq[Boolean] = {
      TensorFlowRuntime.start(1)
      val check = new GradientCheck(plan, LocalModelFiles.at(digits), new TensorFlowSessions)
      check
        .compare(plan.features, SyntheticRows.of(plan.feeds, 0), DataType.DT_FLOAT)
        .asScala
        .map(verdict => verdict.others == verdict.decided)
        .toSeq
    }
    val plan =
      planned(s"$saliency, { gradient { of = dense, class = 3, wrt = pixels }, column = b }")
    assert(others(plan.exact) === Seq(false, false))
    assert(others(wrong(planned(saliency), -1)) === Seq(true))
  }

  // image ─▶ Reshape ─▶ op that rounds ─▶ Square ─▶ scores
  Seq(
    node("q", "FakeQuantWithMinMaxVars", "rows", "min", "max"),
    node("q", "QuantizeAndDequantizeV3", "rows", "min", "max", "bits").having("T" -> Float32),
    node("q", "QuantizeAndDequantizeV4", "rows", "min", "max").having(
      "T" -> Float32,
      "range_given" -> true
    )
  ).foreach { rounding =>
    test(s"${rounding.getOp} counts as if it did not round, which no difference shows") {
      val model = SavedModels.of(
        graph(
          placeholder("image"),
          const("min", -1),
          const("max", 1),
          intConst("bits", 8),
          intConst("sizes", -1, 4),
          float("rows", "Reshape", "image", "sizes"),
          rounding,
          float("scores", "Square", "q")
        ),
        signature(port("image", "image:0"))(port("scores", "scores:0"))
      )
      TempFolder.use { folder =>
        model.writeTo(folder)
        val gradient =
          "{ gradient { of = { output = scores }, class = 1, wrt = { graph-tensor = rows } }, column = g }"
        val plan = planned(gradient, folder.toString, "[4]").exact
        assert(check(plan, folder.toString) === Seq())
      }
    }
  }

  test("a derivative that is zero behind a saturated softmax is told, with the advice") {
    // Scores of 1e4 leave one class with all of the probability.
    val plan = planned("{ gradient { of = softmax, class = top, wrt = dense }, column = g }").exact
    val hot = saturated(plan)
    assert(
      check(hot) === Seq(
        "the gradient 'g' is zero for all synthetic rows: one score takes all, so that none" +
          " changes; set of = { layer = softmax, at = pre-activation }"
      )
    )
  }

  /** The plan whose logits are multiplied before the softmax. */
  private def saturated(plan: ExtractionPlan): ExtractionPlan = {
    val graph = plan.model.graph.toBuilder
    var weights = ""
    graph.getNodeBuilderList.forEach { node =>
      if (node.getOp == "MatMul" && !node.getName.startsWith("layertap_")) {
        weights = node.getInput(1)
        node.setInput(1, "layertap_hot")
      }
    }
    val scale = NodeDef.newBuilder
      .setName("layertap_hot")
      .setOp("Mul")
      .addInput(weights)
      .addInput("layertap_scale")
      .putAttr("T", AttrValue.newBuilder.setType(DataType.DT_FLOAT).build)
    plan.`with`(
      plan.model.`with`(graph.addNode(scale).addNode(constant("layertap_scale", 1e5f)).build)
    )
  }
}
