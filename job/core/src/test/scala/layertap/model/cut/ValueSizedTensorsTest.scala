package layertap.model.cut

import layertap.graph.Graphs._
import layertap.graph.OpDefinitions
import layertap.model.select.FeedTarget
import layertap.model.select.Selector
import layertap.testing.SavedModels.{load, of, port, signature}
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, FunctionDef, NodeDef}
import scala.jdk.CollectionConverters._
import scala.jdk.OptionConverters._

class ValueSizedTensorsTest extends AnyFunSuite {

  /** Whether the tensor `y` of a graph with the input `x` has as many places as its values say. */
  private def isFound(nodes: NodeDef*): Boolean = isFoundWith()(nodes: _*)

  private def isFoundWith(functions: FunctionDef*)(nodes: NodeDef*): Boolean = {
    val whole = graph(input +: nodes: _*).withFunctions(functions: _*)
    val model = load(of(whole, signature(port("x", "x:0"))(port("y", "y:0"))))
    val cutter = new ModelCutter(model)
    cutter.feed(new FeedTarget.Input("x"))
    cutter.tap(new Selector.GraphTensor("y"))
    val why = ValueSizedTensors.whyRowsGoAlone(cutter.build(), model.graph).toScala
    why.foreach(text => assert(text === reason))
    why.isDefined
  }

  private val reason =
    "rows go through the model one at a time, which takes longer: the values fed " +
      "say how many places 'y:0' has, and of several rows nothing tells whose they are; to avoid it, " +
      "tap a layer that has one for each row"

  private val input = node("x", "Placeholder").having("dtype" -> Float32, "shape" -> shape(-1, 3))

  private def where(of: String) = node("where", "Where", of).having("T" -> Float32)
  private def gather(name: String, from: String, at: String) = node(name, "GatherNd", from, at)
    .having("Tparams" -> Float32, "Tindices" -> DataType.DT_INT64)
  private val picked = Seq(where("x"), gather("picked", "x", "where"))

  private def sizes(name: String, of: String) =
    node(name, "Shape", of).having("T" -> Float32, "out_type" -> Int32)
  private def reshaped(to: String) = node("y", "Reshape", "picked", to)
    .having("T" -> Float32, "Tshape" -> Int32)
  private def ones(of: String) = node("ones", "OnesLike", of).having("T" -> Float32)

  test("what is picked by values, and what is computed from it") {
    assert(isFound(where("x"), gather("y", "x", "where")))
    assert(isFound(picked :+ float("y", "Tanh", "picked"): _*))
    assert(isFound(picked ++ Seq(float("t", "Tanh", "picked"), float("y", "Add", "t", "t")): _*))
  }

  test("what is fed, and what is computed from that") {
    assert(!isFound(float("y", "Tanh", "x")))
    assert(!isFound(picked :+ float("y", "Tanh", "x"): _*))
  }

  test("what the body of a branch picks by values, and of which the size is not known") {
    val picking = unary("picking")(where("x"), gather("z", "x", "where:index:0"))("z:output:0")
    def branch(sizes: Long*) = Seq(
      intConst("axes", 0, 1),
      node("sum", "Sum", "x", "axes").having("T" -> Float32, "Tidx" -> Int32),
      node("flag", "Cast", "sum").having("SrcT" -> Float32, "DstT" -> Bool),
      node("y", "StatelessIf", "flag", "x").having(
        "then_branch" -> Func("picking"),
        "else_branch" -> Func("other"),
        "Tcond" -> Bool,
        "Tin" -> Seq(Float32),
        "Tout" -> Seq(Float32),
        "_output_shapes" -> Seq(shape(sizes: _*))
      )
    )
    assert(isFoundWith(picking, reluFunction("other"))(branch(-1, 3): _*))
    assert(!isFoundWith(picking, reluFunction("other"))(branch(2, 3): _*))
    assert(!isFoundWith(reluFunction("picking"), reluFunction("other"))(branch(-1, 3): _*))
  }

  test("what is picked by sizes alone") {
    assert(!isFound(ones("x"), where("ones"), gather("y", "x", "where")))
  }

  test("reshaped: to what is left, to a size, to as many rows as are fed") {
    assert(isFound(picked ++ Seq(intConst("to", -1, 1), reshaped("to")): _*))
    assert(!isFound(picked ++ Seq(intConst("to", 4, 1), reshaped("to")): _*))
    assert(!isFound(picked ++ Seq(sizes("to", "x"), reshaped("to")): _*))
    assert(isFound(picked ++ Seq(sizes("to", "picked"), reshaped("to")): _*))
  }

  test("summed up by segments: as many as there are segments") {
    val sum = node("y", "UnsortedSegmentSum", "picked", "ids", "count")
      .having("T" -> Float32, "Tindices" -> Int32, "Tnumsegments" -> Int32)
    assert(!isFound(picked ++ Seq(intConst("ids", 0, 1), intConst("count", 3), sum): _*))
  }

  test("a sum over the first axis, and over another") {
    def sum = node("y", "Sum", "picked", "axis").having("T" -> Float32, "Tidx" -> Int32)
    assert(!isFound(picked ++ Seq(intConst("axis", 0), sum): _*))
    assert(isFound(picked ++ Seq(intConst("axis", 1), sum): _*))
  }

  test("filled up by row: the values, but not which rows were empty") {
    val filled = node("filled", "SparseFillEmptyRows", "where", "picked", "sizes", "zero")
      .having("T" -> Float32)
    val zero = node("zero", "Const").having("dtype" -> Float32, "value" -> tensor()(0))
    val sizes = node("sizes", "Shape", "x").having("T" -> Float32, "out_type" -> DataType.DT_INT64)
    def passedOn(output: String, dtype: DataType) = picked ++
      Seq(zero, sizes, filled, node("y", "Identity", output).having("T" -> dtype))
    assert(isFound(passedOn("filled:1", Float32): _*))
    assert(!isFound(passedOn("filled:2", Bool): _*))
  }

  private val Long = DataType.DT_INT64
  private val zero = intConst("zero", 0)
  private val one = intConst("one", 1)
  private val ids = node("ids", "Cast", "x").having("SrcT" -> Float32, "DstT" -> Int32)
  private def to(output: String, dtype: DataType) =
    node("y", "Identity", output).having("T" -> dtype)

  private def columnZero(name: String, of: String, dtype: DataType) =
    Seq(
      intConst(s"$name/begin", 0, 0),
      intConst(s"$name/end", 0, 1),
      intConst(s"$name/steps", 1, 1),
      node(name, "StridedSlice", of, s"$name/begin", s"$name/end", s"$name/steps").having(
        "T" -> dtype,
        "Index" -> Int32,
        "begin_mask" -> 1,
        "end_mask" -> 1,
        "shrink_axis_mask" -> 2
      )
    )

  /** How often each word is in each row: the words are picked, the splits counted. */
  private def bagOfWords(last: NodeDef*) = picked ++ columnZero("row", "where", Long) ++ Seq(
    zero,
    one,
    node("words", "Cast", "picked").having("SrcT" -> Float32, "DstT" -> Int32),
    node("rows", "Cast", "row").having("SrcT" -> Long, "DstT" -> Int32),
    sizes("sizes", "x"),
    intConst("first", 0, 0),
    intConst("second", 1, 1),
    node("count", "StridedSlice", "sizes", "first", "second", "second")
      .having("T" -> Int32, "Index" -> Int32, "shrink_axis_mask" -> 1),
    node("none", "Const").having("dtype" -> Float32, "value" -> tensor(0)()),
    node("lengths", "DenseBincount", "rows", "count", "none")
      .having("T" -> Float32, "Tidx" -> Int32),
    node("ends", "Cumsum", "lengths", "zero").having("T" -> Float32, "Tidx" -> Int32),
    node("start", "Const").having("dtype" -> Float32, "value" -> tensor(1)(0)),
    node("splits", "ConcatV2", "start", "ends", "zero")
      .having("N" -> 2, "T" -> Float32, "Tidx" -> Int32),
    node("whole", "Cast", "splits").having("SrcT" -> Float32, "DstT" -> Long)
  ) ++ last

  test("words counted by row: the counts of each, but not the words") {
    val ragged = node("y", "RaggedBincount", "whole", "words", "one", "none")
      .having("T" -> Float32, "Tidx" -> Int32)
    assert(!isFound(bagOfWords(ragged): _*))
    val wide = node("wide", "Cast", "sizes").having("SrcT" -> Int32, "DstT" -> Long)
    val sparse = node("y", "SparseBincount", "where", "words", "wide", "one", "none")
      .having("T" -> Float32, "Tidx" -> Int32)
    assert(!isFound(bagOfWords(wide, sparse): _*))
    assert(isFound(bagOfWords(to("words", Int32)): _*))
  }

  /** Boxes picked in each round of a loop, of which the array has one element. */
  private def loop(written: NodeDef, last: NodeDef*) = {
    def enter(name: String, of: String, dtype: DataType) =
      node(name, "Enter", of).having("T" -> dtype, "frame_name" -> "loop")
    Seq(
      zero,
      one,
      intConst("many", 5),
      node("array", "TensorArrayV3", "many").having("dtype" -> Float32),
      enter("entered", "array:1", Float32),
      float("flow", "Merge", "entered", "next").having("N" -> 2),
      enter("begun", "zero", Int32),
      int("round", "Merge", "begun", "round/next").having("N" -> 2),
      enter("rounds", "many", Int32),
      int("less", "Less", "round", "rounds"),
      node("goes", "LoopCond", "less"),
      float("switch", "Switch", "flow", "goes"),
      int("round/switch", "Switch", "round", "goes"),
      enter("boxes", "x", Float32),
      enter("handle", "array", DataType.DT_RESOURCE),
      intConst("axis", 0).toBuilder.addInput("^round").build,
      enter("most", "many", Int32),
      node("scores", "Max", "boxes", "axis").having("T" -> Float32, "Tidx" -> Int32),
      node("best", "NonMaxSuppression", "boxes", "scores", "most"),
      node("chosen", "GatherV2", "boxes", "best", "axis")
        .having("Tparams" -> Float32, "Tindices" -> Int32, "Taxis" -> Int32),
      written,
      float("next", "NextIteration", "written"),
      int("round/add", "Add", "round/switch:1", "axis"),
      int("round/next", "NextIteration", "round/add"),
      float("exit", "Exit", "switch")
    ) ++ last
  }

  test("a loop that picks boxes, and writes them into an array: one element for each round") {
    val write =
      node("written", "TensorArrayWriteV3", "handle", "round/switch:1", "chosen", "switch:1")
        .having("T" -> Float32)
    val read =
      node("y", "TensorArrayGatherV3", "array", "indices", "exit").having("dtype" -> Float32)
    val indices =
      node("indices", "Range", "zero", "many", "one").having("Tidx" -> Int32)
    assert(!isFound(loop(write, indices, read): _*))
    // Where the elements are those of what was picked, there are as many as were picked.
    val scatter =
      node("written", "TensorArrayScatterV3", "handle", "round/switch:1", "chosen", "switch:1")
        .having("T" -> Float32)
    assert(isFound(loop(scatter, indices, read): _*))
  }

  test("lists: one element each time, whatever its size") {
    val list = node("list", "EmptyTensorList", "zero", "one")
      .having("element_dtype" -> Float32, "shape_type" -> Int32)
    val push =
      node("pushed", "TensorListPushBack", "list", "picked").having("element_dtype" -> Float32)
    val set = node("pushed", "TensorListSetItem", "list", "zero", "picked")
      .having("element_dtype" -> Float32)
    val stack = node("y", "TensorListStack", "pushed", "zero")
      .having("element_dtype" -> Float32, "num_elements" -> -1)
    Seq(push, set).foreach { added =>
      assert(!isFound(picked ++ Seq(zero, one, list, added, stack): _*), added.getOp)
    }
  }

  test("several passed on together: each as it came") {
    val both = node("both", "IdentityN", "picked", "x").having("T" -> Seq(Float32, Float32))
    assert(isFound(picked ++ Seq(both, to("both", Float32)): _*))
    assert(!isFound(picked ++ Seq(both, to("both:1", Float32)): _*))
  }

  private def unique(last: NodeDef*) = {
    val flat = Seq(
      zero,
      ids,
      intConst("axis", 0)
    ) ++ columnZero("column", "ids", Int32)
    val once = node("once", "UniqueWithCountsV2", "column", "axis")
      .having("T" -> Int32, "Taxis" -> Int32, "out_idx" -> Int32)
    flat ++ Seq(once) ++ last
  }

  test("each value once: not one a row, but where each row's value is") {
    assert(isFound(unique(to("once", Int32)): _*))
    assert(!isFound(unique(to("once:1", Int32)): _*))
    assert(isFound(unique(to("once:2", Int32)): _*))
    val gathered = node("y", "GatherV2", "once", "once:1", "zero")
      .having("Tparams" -> Int32, "Tindices" -> Int32, "Taxis" -> Int32)
    assert(!isFound(unique(gathered): _*))
    val picked = Seq(where("x")) ++ columnZero("row", "where", Long) :+
      node("once", "Unique", "row").having("T" -> Long, "out_idx" -> Int32)
    assert(isFound(picked :+ to("once:1", Int32): _*))
  }

  test("each set's counts of values, and their sizes") {
    val count = node("count", "DenseCountSparseOutput", "ids", "none").having(
      "T" -> Int32,
      "minlength" -> -1,
      "maxlength" -> -1,
      "binary_output" -> false,
      "output_type" -> Float32
    )
    val none = node("none", "Const").having("dtype" -> Float32, "value" -> tensor(0)())
    Seq(0 -> Long, 1 -> Float32).foreach { case (output, dtype) =>
      assert(isFound(ids, none, count, to(s"count:$output", dtype)))
    }
    assert(!isFound(ids, none, count, to("count:2", Long)))
    val tiled = node("y", "Tile", "x", "count:2").having("T" -> Float32, "Tmultiples" -> Long)
    assert(!isFound(ids, none, count, tiled))
  }

  test("repeated as often as picked values say: it has the places of what is repeated") {
    val times = Seq(
      node("words", "Cast", "picked").having("SrcT" -> Float32, "DstT" -> Int32)
    )
    def tile(of: String) =
      node("y", "Tile", of, "words").having("T" -> Float32, "Tmultiples" -> Int32)
    assert(!isFound(picked ++ times :+ tile("x"): _*))
    assert(isFound(picked ++ times :+ tile("picked"): _*))
  }

  test("an axis counted from the end, where the rank is noted") {
    def noted(rank: Int) = where("x") +: Seq(
      gather("picked", "x", "where").having(
        "_output_shapes" -> Seq(shape(Seq.fill(rank)(-1L): _*))
      ),
      intConst("last", -1)
    )
    def sum = node("y", "Sum", "picked", "last").having("T" -> Float32, "Tidx" -> Int32)
    assert(!isFound(noted(1) :+ sum: _*))
    assert(isFound(noted(2) :+ sum: _*))
    def expanded(rank: Int, axis: Int) = isFound(
      noted(rank) ++ Seq(
        intConst("axis", axis),
        node("y", "ExpandDims", "picked", "axis").having("T" -> Float32, "Tdim" -> Int32)
      ): _*
    )
    assert(expanded(1, -1) && expanded(2, -2) && !expanded(1, -2) && !expanded(2, -3))
  }

  test("splits: as many as there are lists, and not as there are values") {
    val ends = Seq(intConst("limits", 1, 2, 3), intConst("steps", 1, 1, 1))
    val ranges = Seq(ids) ++ columnZero("starts", "ids", Int32) ++ ends :+
      node("range", "RaggedRange", "starts", "limits", "steps")
        .having("T" -> Int32, "Tsplits" -> Int32)
    assert(!isFound(ranges :+ to("range", Int32): _*))
    assert(isFound(ranges :+ to("range:1", Int32): _*))
    val gathered = ranges :+ node("gathered", "RaggedGather", "range", "range:1", "starts").having(
      "Tvalues" -> Int32,
      "Tindices" -> Int32,
      "Tsplits" -> Int32,
      "PARAMS_RAGGED_RANK" -> 1,
      "OUTPUT_RAGGED_RANK" -> 1
    )
    assert(!isFound(gathered :+ to("gathered", Int32): _*))
    assert(isFound(gathered :+ to("gathered:1", Int32): _*))
    val batched = ranges ++ Seq(
      node("variant", "RaggedTensorToVariant", "range", "range:1").having(
        "Tvalues" -> Int32,
        "Tsplits" -> Int32,
        "RAGGED_RANK" -> 1,
        "batched_input" -> true
      ),
      node("back", "RaggedTensorFromVariant", "variant").having(
        "Tvalues" -> Int32,
        "Tsplits" -> Int32,
        "input_ragged_rank" -> 0,
        "output_ragged_rank" -> 1
      )
    )
    assert(!isFound(batched :+ to("back", Int32): _*))
    assert(isFound(batched :+ to("back:1", Int32): _*))
  }

  test("boxes filled up to a given number are as many, whatever the values") {
    def best(isPadded: Boolean) = Seq(
      intConst("most", 5),
      const("half", 0.5f),
      intConst("axis", 1),
      node("scores", "Max", "x", "axis").having("T" -> Float32, "Tidx" -> Int32),
      node("best", "NonMaxSuppressionV4", "x", "scores", "most", "half", "half")
        .having("T" -> Float32, "pad_to_max_output_size" -> isPadded)
    )
    assert(isFound(best(isPadded = false) :+ to("best", Int32): _*))
    assert(!isFound(best(isPadded = false) :+ to("best:1", Int32): _*))
    assert(!isFound(best(isPadded = true) :+ to("best", Int32): _*))
  }

  test("every op of the tables is one of TensorFlow's, with such outputs and inputs") {
    val ops = OpDefinitions.registered()
    ValueSizedOps.known.asScala.foreach { case (op, outputs) =>
      val definition = ops.find(op).toScala
      assert(definition.isDefined, op)
      val names = definition.get.getOutputArgList.asScala.map(_.getName).toSet
      assert(outputs.asScala.toSet.subsetOf(names), op)
      ValueSizedOps.deciding(op).toScala.toSeq.flatMap(_.asScala).foreach { input =>
        assert(input < definition.get.getInputArgCount, op)
      }
    }
  }
}
