package layertap.model.feature

import java.util.{List => JavaList}
import layertap.graph.NodeDefs
import layertap.graph.TensorId
import layertap.model.feature.FeatureOptions.{Layout, Normalization, Pool, Store}
import layertap.model.feed.FixedBatch
import layertap.model.select.Tap
import layertap.failure.UserException
import layertap.model.cut.CutTap
import layertap.testing.NativeRun
import layertap.testing.Plans
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType

class StepPoolingTest extends AnyFunSuite {
  private val x = new TensorId("x", 0)
  private val average =
    new FeatureOptions(Pool.AVG, Normalization.NONE, Layout.ARRAY, Store.NATIVE)

  private def padded(source: String, steps: Long) =
    new PaddedSteps(source, new TensorId(s"lengths_$source", 0), steps, false)

  private def tap(steps: Long) =
    new CutTap(new Tap("x", "x", x, "x"), x, DataType.DT_FLOAT, Plans.shape(-1, steps, 3))

  private def pooled(steps: Long, sequences: PaddedSteps*): FeatureOps = {
    val ops = new FeatureOps(FixedBatch.NONE)
    ops.add("f", tap(steps), average, JavaList.of(sequences: _*))
    ops
  }

  test("a time axis as long as the sequences', or of an unknown length, is theirs") {
    val eight = padded("a", 8)
    assert(pooled(8, eight).uses(eight))
    assert(pooled(-1, eight).uses(eight))
    assert(pooled(8, eight).warnings.isEmpty)
    assert(pooled(8, padded("b", 9), eight).uses(eight))
  }

  test("a time axis of another length counts all steps, and a warning says so") {
    val eight = padded("a", 8)
    assert(!pooled(5, eight).uses(eight))
    assert(
      pooled(5, eight).warnings === JavaList.of(
        "the feature 'f' is pooled over all its 5 steps: they are not those of a, whose padding is" +
          " known"
      )
    )
    assert(pooled(5).warnings.isEmpty)
  }

  test("steps that may be those of two sequences are refused") {
    val message = intercept[UserException](pooled(8, padded("a", 8), padded("b", 8))).getMessage
    assert(
      message === "cannot pool the feature 'f': its steps may be those of a or b, which are padded;" +
        " feed all but one of them by tensor, padded already, or leave pool out"
    )
  }

  // x (?) ─▶ [?, 3, 1] of x, 10 x, 100 x; two of the three steps are true.
  private def pooled(pool: Pool, steps: Long, isAtEnd: Boolean): Seq[Double] = {
    val nodes = new NodeDefs("")
    val input = nodes
      .node("Placeholder", "x")
      .attribute("dtype", DataType.DT_FLOAT)
      .attribute("shape", Plans.shape(-1))
      .add()
    val expanded = nodes
      .node("ExpandDims", "column", input, nodes.scalar("column_axis", 1))
      .attribute("T", DataType.DT_FLOAT)
      .attribute("Tdim", DataType.DT_INT32)
      .add()
    val scaled = nodes
      .node("Mul", "steps", expanded, nodes.vector("scales", 1f, 10f, 100f))
      .attribute("T", DataType.DT_FLOAT)
      .add()
    val value = nodes
      .node("ExpandDims", "value", scaled, nodes.scalar("value_axis", 2))
      .attribute("T", DataType.DT_FLOAT)
      .attribute("Tdim", DataType.DT_INT32)
      .add()
    val lengths = nodes.vector("lengths", 2, 2)
    val sequences = new PaddedSteps("x", lengths, steps, isAtEnd)
    val pooling = new NodeDefs("pooling/")
    val fetch = new StepPooling(pooling, value, DataType.DT_FLOAT, sequences).add(pool)
    val graph = nodes.toGraph.toBuilder.addAllNode(pooling.nodes).build()
    NativeRun(graph, fetch.toString, "x" -> Seq(1f, -2f))
  }

  test("the true steps are the first or the last ones") {
    assert(pooled(Pool.AVG, 3, false) === Seq(5.5, -11.0))
    assert(pooled(Pool.AVG, 3, true) === Seq(55.0, -110.0))
    assert(pooled(Pool.MAX, 3, false) === Seq(10.0, -2.0))
    assert(pooled(Pool.MAX, 3, true) === Seq(100.0, -20.0))
    assert(pooled(Pool.FIRST, 3, true) === Seq(10.0, -20.0))
    assert(pooled(Pool.LAST, 3, false) === Seq(10.0, -20.0))
  }

  test("a tensor that has another number of steps when it runs has no padded ones") {
    assert(pooled(Pool.AVG, 7, false) === Seq(37.0, -74.0))
    assert(pooled(Pool.LAST, 7, true) === Seq(100.0, -200.0))
  }
}
