package layertap.graph.optimize

import java.util.{List => JavaList}
import layertap.graph.Graphs._
import layertap.graph.TensorId
import layertap.graph.detour.Detours
import layertap.input.feed.PlannedFeed
import layertap.model.cut.{CutTap, RunnableGraph}
import layertap.model.select.Tap
import layertap.testing.Plans
import org.tensorflow.proto.{DataType, GraphDef, NodeDef}

/** Convolutions run activations where nothing that they take can be an infinity, or not a number,
  * or where it is seen when it is.
  */
class FedNumbersTest extends OptimizedGraphs {
  private val both = Seq("BiasAdd", "Relu6")
  private val sizes = Plans.shape(-1, 6, 6, channels.toLong)

  private def cast(name: String, dtype: DataType): NodeDef =
    node(name, "Cast", "fed").having("SrcT" -> dtype, "DstT" -> Float32)

  /** What the optimized convolution of a plan runs that takes `x`, which is made of what is fed. */
  private def fused(dtype: DataType)(before: NodeDef*): Seq[String] = {
    val found = optimized(dtype)(before: _*)
    fusedOps(found, if (names(found).contains("add")) "add" else "relu")
  }

  private def isAround(dtype: DataType)(before: NodeDef*): Boolean =
    !new Detours(optimized(dtype)(before: _*)).isEmpty

  private def optimized(dtype: DataType)(before: NodeDef*): GraphDef = {
    val fed = placeholder("fed").having("dtype" -> dtype, "shape" -> sizes)
    val convolved = normalized.collect { case other if other.getName != "x" => other }
    val tensor = TensorId.parse("relu")
    val tap = new CutTap(new Tap("relu", "relu", tensor, "relu"), tensor, Float32, sizes)
    val point = Plans.point(TensorId.parse("fed"), dtype, sizes)
    val model = new RunnableGraph(
      graph(fed +: (before ++ convolved): _*),
      JavaList.of(),
      JavaList.of(point),
      JavaList.of(tap),
      JavaList.of(),
      JavaList.of()
    )
    val feed = PlannedFeed.of(point, JavaList.of("numbers"), Plans.anyTensor)
    Plans.plan(model, Seq(feed)).optimized(JavaList.of()).model.graph
  }

  test("whole numbers are finite, floats are looked at, numbers in texts are not") {
    val whole = Seq(DataType.DT_INT32, DataType.DT_INT64, DataType.DT_UINT8, DataType.DT_BOOL)
    whole.foreach { dtype =>
      assert(fused(dtype)(cast("x", dtype)) === both, dtype)
      assert(!isAround(dtype)(cast("x", dtype)), dtype)
    }
    Seq(DataType.DT_FLOAT, DataType.DT_DOUBLE, DataType.DT_HALF).foreach { dtype =>
      assert(fused(dtype)(cast("x", dtype)) === both, dtype)
      assert(isAround(dtype)(cast("x", dtype)), dtype)
    }
    val read = node("x", "StringToNumber", "fed").having("out_type" -> Float32)
    assert(find(optimized(DataType.DT_STRING)(read), "relu").getOp === "Relu6")
    assert(!isAround(DataType.DT_STRING)(read))
  }

  private val counts = Seq(
    cast("counts", Int32),
    intConst("axes", 1, 2, 3),
    node("sum", "Sum", "counts", "axes")
      .having("T" -> Float32, "Tidx" -> Int32, "keep_dims" -> true),
    const("little", 1e-7f)
  )

  test("a quotient of finite numbers is none where the divisor may be zero") {
    def runs(last: NodeDef*) = fused(Int32)(counts ++ last: _*)
    assert(runs(op("x", "RealDiv", "counts", "sum")) === Seq("BiasAdd"))
    val log = op("log", "Log", "counts")
    assert(runs(log, op("x", "AddV2", "counts", "log")) === Seq("BiasAdd"))
    assert(runs(op("root", "Rsqrt", "sum"), op("x", "Mul", "counts", "root")) === Seq("BiasAdd"))
    val guards = Seq("AddV2", "Maximum").map(op("safe", _, "sum", "little"))
    guards.foreach { safe =>
      assert(runs(safe, op("x", "RealDiv", "counts", "safe")) === both, safe)
    }
    // A root of a negative sum is none.
    guards.zip(Seq(Seq("BiasAdd"), both)).foreach { case (safe, run) =>
      val root = op("root", "Sqrt", "safe")
      assert(runs(safe, root, op("x", "RealDiv", "counts", "root")) === run, safe)
    }
    val twice = op("safe", "AddV2", "sum", "sum")
    assert(runs(twice, op("x", "RealDiv", "counts", "safe")) === Seq("BiasAdd"))
    assert(runs(op("x", "RealDiv", "counts", "little")) === both)
    assert(runs(const("zero", 0), op("x", "RealDiv", "counts", "zero")) === Seq("BiasAdd"))
  }
}
