package layertap.graph.optimize

import java.util.{List => JavaList}
import layertap.graph.Graphs._
import layertap.graph.TensorId
import layertap.input.feed.PlannedFeed
import layertap.model.cut.{CutTap, RunnableGraph}
import layertap.model.select.Tap
import layertap.testing.Plans
import org.tensorflow.proto.DataType

/** Convolutions run activations where nothing that is fed can be an infinity, or not a number. */
class FedNumbersTest extends OptimizedGraphs {
  private val sizes = Plans.shape(-1, 6, 6, channels.toLong)

  /** What the optimized convolution of a plan runs whose maps are cast from that dtype. */
  private def fused(dtype: DataType): Seq[String] = {
    val fed = placeholder("fed").having("dtype" -> dtype, "shape" -> sizes)
    val cast = node("x", "Cast", "fed").having("SrcT" -> dtype, "DstT" -> Float32)
    val convolved = normalized.collect { case other if other.getName != "x" => other }
    val tensor = TensorId.parse("relu")
    val tap = new CutTap(new Tap("relu", "relu", tensor, "relu"), tensor, Float32, sizes)
    val point = Plans.point(TensorId.parse("fed"), dtype, sizes)
    val model = new RunnableGraph(
      graph(fed +: cast +: convolved: _*),
      JavaList.of(),
      JavaList.of(point),
      JavaList.of(tap),
      JavaList.of(),
      JavaList.of()
    )
    val feed = PlannedFeed.of(point, JavaList.of("numbers"), Plans.anyTensor)
    val optimized = Plans.plan(model, Seq(feed)).optimized(JavaList.of()).model.graph
    val last = if (names(optimized).contains("add")) "add" else "relu"
    fusedOps(optimized, last)
  }

  test("whole numbers are finite, floats need not be") {
    Seq(DataType.DT_INT32, DataType.DT_INT64, DataType.DT_UINT8).foreach { dtype =>
      assert(fused(dtype) === Seq("BiasAdd", "Relu6"), dtype)
    }
    Seq(DataType.DT_FLOAT, DataType.DT_DOUBLE, DataType.DT_HALF).foreach { dtype =>
      assert(fused(dtype) === Seq("BiasAdd"), dtype)
    }
  }
}
