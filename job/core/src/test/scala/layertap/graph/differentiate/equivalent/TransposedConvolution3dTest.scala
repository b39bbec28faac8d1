package layertap.graph.differentiate.equivalent

import layertap.failure.UserException
import layertap.graph.Graphs._
import layertap.graph.TensorId
import layertap.graph.differentiate.{DifferentiableGraph, UnrolledGraph}
import layertap.graph.differentiate.value.ShapeInference
import layertap.model.gradient.GradientRequest
import layertap.tensorflow.{GradientBuilder, NativeShapes, TensorFlowRuntime}
import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

/** Against TensorFlow's own kernels: that of the op, and `Conv3D`, which is its derivative. */
class TransposedConvolution3dTest extends AnyFunSuite {
  private val rows = 2L
  private val taken = Seq(2L, 3L, 2L, 4L)

  private case class Case(
      padding: String,
      kernel: Seq[Int],
      strides: Seq[Int],
      sizes: Seq[Int]
  ) {
    private def window(node: NodeDef, last: (String, Any)*): NodeDef =
      node.having(
        Seq(
          "T" -> Float32,
          "strides" -> (1 +: strides :+ 1),
          "padding" -> padding
        ) ++ last: _*
      )

    /** The sum of the squares of what `y` gives has the derivative `expected` by `x`. */
    def whole: GraphDef = {
      def reshape(name: String, from: String, sizes: Seq[Long]) = Seq(
        intConst(s"${name}_sizes", sizes.map(_.toInt): _*),
        node(name, "Reshape", from, s"${name}_sizes").having("T" -> Float32, "Tshape" -> Int32)
      )
      val nodes = Seq(placeholder("numbers"), placeholder("weights")) ++
        reshape("x", "numbers", rows +: taken) ++
        reshape("filter", "weights", kernelShape) ++
        Seq(
          intConst("sizes", rows.toInt +: sizes :+ 2: _*),
          window(
            node("y", "Conv3DBackpropInputV2", "sizes", "filter", "x"),
            "Tshape" -> Int32
          ),
          float("score", "Square", "y"),
          float("twice", "Add", "y", "y"),
          window(node("expected", "Conv3D", "twice", "filter"))
        )
      graph(nodes: _*)
    }

    def kernelShape: Seq[Long] = kernel.map(_.toLong) ++ Seq(2L, taken.last)

    override def toString: String =
      s"$padding, kernel ${kernel.mkString("×")}, strides ${strides.mkString("×")}, to ${sizes.mkString("×")}"
  }

  private def ids(names: String*) = names.map(TensorId.parse).asJava

  private def differentiable(graph: GraphDef, shapes: ShapeInference): DifferentiableGraph = {
    val unrolled = UnrolledGraph.of(graph).unrolled(ids("score"), ids("x"), shapes)
    DifferentiableGraph.of(unrolled, ids("score"), ids("x"), shapes)
  }

  private def numbers(count: Long, step: Double): Seq[Float] =
    (0L until count).map(i => math.sin(step * i + 1).toFloat)

  private def agree(found: Seq[Double], expected: Seq[Double]): Unit = {
    assert(found.size === expected.size)
    val largest = expected.map(math.abs).max
    assert(largest > 0.1)
    val difference = found.zip(expected).map { case (a, b) => math.abs(a - b) }.max
    assert(difference <= 1e-6 * largest)
  }

  Seq(
    Case("VALID", Seq(2, 2, 2), Seq(2, 2, 2), Seq(4, 6, 4)),
    Case("VALID", Seq(3, 2, 1), Seq(1, 1, 1), Seq(4, 4, 2)),
    Case("VALID", Seq(3, 3, 2), Seq(2, 1, 2), Seq(6, 5, 5)),
    Case("VALID", Seq(1, 2, 2), Seq(3, 3, 2), Seq(6, 8, 4)),
    Case("SAME", Seq(3, 3, 3), Seq(1, 1, 1), Seq(2, 3, 2)),
    Case("SAME", Seq(3, 3, 3), Seq(2, 2, 2), Seq(4, 6, 4)),
    Case("SAME", Seq(3, 3, 3), Seq(2, 2, 2), Seq(3, 5, 3)),
    Case("SAME", Seq(5, 4, 3), Seq(3, 2, 1), Seq(5, 5, 2)),
    Case("SAME", Seq(2, 1, 2), Seq(3, 2, 3), Seq(4, 6, 5))
  ).foreach { each =>
    test(s"$each: the value of the op, and the derivative that TensorFlow's kernels give") {
      TensorFlowRuntime.start(1)
      val whole = each.whole
      val changed = differentiable(whole, new NativeShapes(NativeRun.model(whole)))
      assert(changed.added.values.asScala.exists(_.getOp == "Conv2DBackpropInput"))
      val fed = Seq(
        "numbers" -> numbers(rows * taken.product, 0.7),
        "weights" -> numbers(each.kernelShape.product, 1.1)
      )
      val replaced =
        changed.originals.asScala.collectFirst {
          case (put, original) if original == TensorId.parse("y:0") => put
        }
      assert(replaced.isDefined)
      agree(
        NativeRun(changed.graph, replaced.get.toString, fed: _*),
        NativeRun(whole, "y:0", fed: _*)
      )
      val ones = float("ones", "OnesLike", "score")
      val request =
        new GradientRequest("tape", changed.of.get(0), new TensorId("ones", 0), changed.wrt)
      val scored = NativeRun.model(changed.graph).`with`(java.util.List.of(ones))
      val pass = GradientBuilder.add(scored, java.util.List.of(request))
      val nodes = changed.moved(pass.nodes).asScala :+ ones
      val graph = whole.toBuilder.addAllNode(nodes.asJava).build
      val found = changed.original(pass.gradients.get(0).get(0))
      agree(NativeRun(graph, found.toString, fed: _*), NativeRun(whole, "expected:0", fed: _*))
    }
  }

  test("one of open sizes is refused, and says that they are") {
    val whole = Case("VALID", Seq(2, 2, 2), Seq(2, 2, 2), Seq(4, 6, 4)).whole
    assert(
      intercept[UserException](differentiable(whole, ShapeInference.NONE)).getMessage ===
        "cannot compute the gradient of 'score:0' with respect to 'x:0': TensorFlow has no gradient" +
        " of Conv3DBackpropInputV2 'y' (a convolution over three axes needs sizes that are known" +
        " before a row is read, and its channels in one group), through which it would go;" +
        " differentiate a layer before, or with respect to one behind"
    )
  }
}
