package layertap.testing

import layertap.graph.Graphs._
import layertap.graph.TensorId
import layertap.model.cut.{ModelCutter, RunnableGraph}
import layertap.model.select.{FeedTarget, Selector}
import layertap.testing.SavedModels.{of, port, signature}
import org.tensorflow.proto.FunctionDef

/** A model that gives back its rows of three numbers, unless one of a batch is above 100: then a
  * loop goes round for ever.
  */
object PoisonLoop {
  val x: TensorId = new TensorId("x", 0)
  lazy val y: TensorId = cut.taps.get(0).fetch

  val files: MemoryFiles = whileTrue(
    function("is_large", "x" -> Float32)(
      const("limit", 100f),
      float("large", "Greater", "x", "limit:output:0"),
      intConst("axes", 0, 1),
      node("any", "Any", "large:z:0", "axes:output:0").having("Tidx" -> Int32)
    )("go" -> Bool -> "any:output:0")
  )

  /** A model that hands rows of three numbers round a loop as long as a function of them says. */
  def whileTrue(condition: FunctionDef): MemoryFiles = {
    val nodes = graph(
      node("x", "Placeholder").having("dtype" -> Float32, "shape" -> shape(-1, 3)),
      node("y", "StatelessWhile", "x").having(
        "cond" -> Func(condition.getSignature.getName),
        "body" -> Func("step"),
        "T" -> Seq(Float32)
      )
    ).withFunctions(
      condition,
      unary("step")(float("relu", "Relu", "x"))("relu:activations:0")
    )
    of(nodes, signature(port("x", "x:0"))(port("y", "y:0")))
  }

  /** The model with its output tapped. */
  lazy val cut: RunnableGraph = {
    val cutter = new ModelCutter(SavedModels.load(files))
    cutter.feed(new FeedTarget.Input("x"))
    cutter.tap(new Selector.SignatureOutput("y"))
    cutter.build()
  }
}
