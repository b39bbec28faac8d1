package layertap.graph

import layertap.graph.Graphs._
import org.tensorflow.proto.{DataType, FunctionDef, GraphDef, NodeDef}

/** The loop of a recurrent layer as Keras traces it. A step adds an element of `x` to its state and
  * gives the sum, or another value; the list of outputs holds all of them or the last alone.
  *
  * {{{
  *   x ─▶ TensorListFromTensor ─▶ While ─▶ TensorListStack ─▶ StridedSlice     the last
  *                                  └────▶ the state
  * }}}
  */
final class RecurrentLoop(
    scope: String,
    keepsAll: Boolean,
    function: String = "step",
    gives: String = "add:z:0"
) {
  private val Variant = DataType.DT_VARIANT
  private val variables =
    Seq("i" -> Int32, "list" -> Variant, "state" -> Float32, "steps" -> Variant)

  private val cond = Graphs.function(s"${function}_cond", variables: _*)(
    intConst("limit", 3),
    int("less", "Less", "i", "limit:output:0")
  )("go" -> Bool -> "less:z:0")

  private def of(node: NodeDef): NodeDef = node.having("element_dtype" -> Float32)

  /** Where the outputs of steps go, if anywhere. */
  def body(writes: Boolean = true): FunctionDef =
    Graphs.function(s"${function}_body", variables: _*)(
      intConst("one", 1),
      intConst("zero", 0),
      intConst("shape"),
      int("next", "AddV2", "i", "one:output:0"),
      of(node("get", "TensorListGetItem", "steps", "i", "shape:output:0")),
      float("add", "AddV2", "state", "get:item:0"),
      of(
        node(
          "write",
          "TensorListSetItem",
          "list",
          if (keepsAll) "i" else "zero:output:0",
          gives
        )
      )
    )(
      "i" -> Int32 -> "next:z:0",
      "list" -> Variant -> (if (writes) "write:output_handle:0" else "list"),
      "state" -> Float32 -> "add:z:0",
      "steps" -> Variant -> "steps"
    )

  /** All in the scope. */
  val nodes: Seq[NodeDef] = Seq(
    intConst(s"$scope/shape"),
    intConst(s"$scope/count", if (keepsAll) 3 else 1),
    intConst(s"$scope/i", 0),
    const(s"$scope/zero", 0),
    of(node(s"$scope/steps", "TensorListFromTensor", "x", s"$scope/shape"))
      .having("shape_type" -> Int32),
    of(node(s"$scope/list", "TensorListReserve", s"$scope/shape", s"$scope/count"))
      .having("shape_type" -> Int32),
    node(s"$scope/while", "While", s"$scope/i", s"$scope/list", s"$scope/zero", s"$scope/steps")
      .having(
        "T" -> variables.map(_._2),
        "output_shapes" -> variables.map(_ => shape()),
        "cond" -> Func(s"${function}_cond"),
        "body" -> Func(s"${function}_body")
      ),
    of(node(s"$scope/stack", "TensorListStack", s"$scope/while:1", s"$scope/shape"))
      .having("num_elements" -> (if (keepsAll) 3 else 1)),
    intConst(s"$scope/from", -1),
    intConst(s"$scope/to", 0),
    node(s"$scope/axis", "ExpandDims", s"$scope/from", s"$scope/to")
      .having("T" -> Int32, "Tdim" -> Int32),
    node(s"$scope/end", "ExpandDims", s"$scope/to", s"$scope/to")
      .having("T" -> Int32, "Tdim" -> Int32),
    node(s"$scope/stride", "Abs", s"$scope/axis").having("T" -> Int32),
    node(
      s"$scope/last",
      "StridedSlice",
      s"$scope/stack",
      s"$scope/axis",
      s"$scope/end",
      s"$scope/stride"
    ).having(
      "T" -> Float32,
      "Index" -> Int32,
      "begin_mask" -> 0,
      "end_mask" -> 1,
      "ellipsis_mask" -> 0,
      "new_axis_mask" -> 0,
      "shrink_axis_mask" -> 1
    )
  )

  def functions: Seq[FunctionDef] = Seq(cond, body())

  def graph: GraphDef =
    Graphs.graph(placeholder("x") +: nodes: _*).withFunctions(functions: _*)
}
