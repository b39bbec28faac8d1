package layertap.graph.rewrite

import layertap.graph.Graphs._
import layertap.graph.TensorId
import layertap.testing.NativeRun
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, GraphDef, NodeDef}
import scala.jdk.CollectionConverters._

class VaryingBatchNormTest extends AnyFunSuite {
  private def replaced(graph: GraphDef, fetched: String*): GraphDef =
    VaryingBatchNorm.replaceIn(graph, fetched.map(TensorId.parse).asJava)

  private def norm(name: String, format: String, isTraining: Boolean, inputs: String*): NodeDef =
    node(name, "FusedBatchNormV3", inputs: _*).having(
      "T" -> Float32,
      "U" -> Float32,
      "epsilon" -> 0.001f,
      "data_format" -> format,
      "is_training" -> isTraining
    )

  private def reshape(name: String, input: String, sizes: Int*): Seq[NodeDef] = Seq(
    intConst(s"$name/sizes", sizes: _*),
    node(name, "Reshape", input, s"$name/sizes").having("T" -> Float32, "Tshape" -> Int32)
  )

  private def places(format: String): Seq[Int] =
    if (format == "NCHW") Seq(2, 3, 2, 1) else Seq(2, 2, 1, 3)

  /** x (12 numbers) as [2, 3, 2, 1] or [2, 2, 1, 3], with a scale and an offset that are computed.
    */
  private def of(format: String, isTraining: Boolean): GraphDef = {
    val computed = Seq("factors", "offsets", "means", "variances").zipWithIndex.flatMap {
      case (name, i) =>
        Seq(
          const(s"$name/by", 0.5f + i),
          float(s"$name/of", "Mul", "x3", s"$name/by"),
          float(name, "Exp", s"$name/of")
        )
    }
    val statistics = if (isTraining) Seq("none", "none") else Seq("means", "variances")
    val nodes = Seq(placeholder("x")) ++ reshape("image", "x", places(format): _*) ++
      Seq(
        intConst("three", 0, 1, 2),
        intConst("axis", 0),
        node("x3", "GatherV2", "x", "three", "axis")
          .having("Tparams" -> Float32, "Tindices" -> Int32, "Taxis" -> Int32),
        node("none", "Const").having("dtype" -> Float32, "value" -> tensor(0)())
      ) ++ computed ++
      Seq(
        norm("bn", format, isTraining, Seq("image", "factors", "offsets") ++ statistics: _*),
        float("y", "Relu", "bn")
      )
    graph(nodes: _*)
  }

  private val x = Seq(0.1f, -0.4f, 0.7f, 0.2f, -1.5f, 0.9f, 1.1f, -0.3f, 0.6f, -0.8f, 0.5f, 0.35f)

  private def run(graph: GraphDef, tensor: String): Seq[Double] =
    NativeRun(graph, tensor, "x" -> x)

  for (format <- Seq("NCHW", "NHWC"); isTraining <- Seq(true, false)) {
    test(s"$format, ${if (isTraining) "of the batch" else "of statistics"}: the same values") {
      val fused = of(format, isTraining)
      val single = replaced(fused, "y:0")
      assert(find(single, "bn").getOp === "AddV2")
      Seq("bn:0", "y:0").foreach { tensor =>
        run(single, tensor).zip(run(fused, tensor)).foreach { case (a, b) =>
          assert(math.abs(a - b) < 1e-5)
        }
      }
    }
  }

  test("statistics, and a scale of a constant or a variable with always as many channels, stay") {
    def fixed(mean: String) = graph(
      placeholder("x"),
      float("computed", "Relu", "x"),
      node("c", "Const").having("dtype" -> Float32, "value" -> tensor(3)(1f, 2f, 3f)),
      float("ones", "OnesLike", "c"),
      norm("bn", "NHWC", isTraining = false, "x", "ones", "computed", mean, "c")
    )
    assert(replaced(fixed("c"), "bn:0") === fixed("c"))
    assert(find(replaced(fixed("computed"), "bn:0"), "bn").getOp === "AddV2")
    def variable(isTraining: Boolean) = graph(
      placeholder("x"),
      handle("v", 3),
      read("r", "v"),
      identity("i", "r"),
      norm("bn", "NHWC", isTraining, "x", "i", "i", "i", "i")
    )
    assert(replaced(variable(isTraining = false), "bn:0") === variable(isTraining = false))
    assert(find(replaced(variable(isTraining = true), "bn:0"), "bn").getOp === "AddV2")
  }

  test("nothing changes where the statistics are taken, or the places have three axes") {
    val fused = of("NHWC", isTraining = true)
    assert(replaced(fused, "bn:1") === fused)
    val volume = of("NDHWC", isTraining = true)
    assert(replaced(volume, "y:0") === volume)
  }

  //  x ─▶ bn ─▶ y, with a scale that is an argument
  test("in a function, such as a loop's body, what is taken by an output's name, too") {
    val body = function("f", "x" -> Float32, "scale" -> Float32)(
      norm("bn", "NCHW", isTraining = true, "x", "scale", "scale", "scale", "scale"),
      float("r", "Relu", "bn:y:0")
    )("first" -> Float32 -> "r:activations:0", "second" -> Float32 -> "bn:y:0")
    val changed = replaced(graph(placeholder("x")).withFunctions(body)).getLibrary.getFunction(0)
    val nodes = changed.getNodeDefList.asScala.map(node => node.getName -> node).toMap
    assert(nodes("bn").getOp === "AddV2" && nodes("r").getInput(0) === "bn:z:0")
    assert(nodes("bn").getInput(0) === "bn/layertap_scaled:z:0")
    assert(changed.getRetOrThrow("second") === "bn:z:0")
    assert(changed.getRetOrThrow("first") === "r:activations:0")
  }
}
