package layertap.graph.differentiate.value

import java.util.Optional
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, NodeDef}
import scala.jdk.CollectionConverters._
import scala.jdk.OptionConverters._

/** What counts the steps of loops: ops on small numbers, some of which may be open. */
class SmallOpsTest extends AnyFunSuite {
  private val open = Double.NaN

  private def vector(values: Double*) = SmallTensor.vector(values: _*)
  private def scalar(value: Double) = SmallTensor.scalar(value)

  private def evaluate(node: NodeDef, inputs: SmallTensor*): Option[SmallTensor] =
    SmallOps.evaluate(node, inputs.map(Optional.of(_)).asJava).toScala

  private def op(name: String, attributes: (String, Any)*): NodeDef =
    node("n", name).having(("T" -> Int32) +: attributes: _*)

  private def texts(found: Option[SmallTensor]): String =
    found.fold("open")(each =>
      s"${each.shape.asScala.mkString("x")}: ${each.values.asScala.mkString(" ")}"
    )

  Seq(
    ("AddV2", 7.0, 2.0, 9.0),
    ("Sub", 7.0, 2.0, 5.0),
    ("Mul", 7.0, 2.0, 14.0),
    ("FloorDiv", -7.0, 2.0, -4.0),
    ("RealDiv", 7.0, 2.0, 3.5),
    ("FloorMod", -7.0, 2.0, 1.0),
    ("Maximum", 7.0, 2.0, 7.0),
    ("Minimum", 7.0, 2.0, 2.0),
    ("Less", 7.0, 2.0, 0.0),
    ("LessEqual", 2.0, 2.0, 1.0),
    ("Greater", 7.0, 2.0, 1.0),
    ("GreaterEqual", 2.0, 2.0, 1.0),
    ("Equal", 7.0, 2.0, 0.0),
    ("NotEqual", 7.0, 2.0, 1.0)
  ).foreach { case (name, a, b, expected) =>
    test(s"$name of numbers, of vectors, and where one is open") {
      assert(evaluate(op(name), scalar(a), scalar(b)) === Some(scalar(expected)))
      assert(evaluate(op(name), vector(a, a), scalar(b)) === Some(vector(expected, expected)))
      assert(evaluate(op(name), scalar(a), vector(b, b)) === Some(vector(expected, expected)))
      val half = evaluate(op(name), vector(a, open), vector(b, b)).get
      assert(half.value(0) === expected)
      assert(half.value(1).isNaN)
      assert(evaluate(op(name), vector(a, a), vector(b, b, b)) === None)
      val unknown: Seq[Optional[SmallTensor]] = Seq(Optional.of(scalar(a)), Optional.empty())
      assert(SmallOps.evaluate(op(name), unknown.asJava).isEmpty)
    }
  }

  test("a division by zero is open; an op that is not known too") {
    assert(evaluate(op("RealDiv"), scalar(1), scalar(0)).get.value(0).isNaN)
    assert(evaluate(op("BitwiseAnd"), scalar(1), scalar(1)) === None)
    assert(evaluate(op("Rsqrt"), scalar(1)) === None)
    assert(evaluate(op("Placeholder")) === None)
  }

  test("float32 is rounded as the kernels do, float16 is left to them") {
    val tenth = node("n", "Mul").having("T" -> Float32)
    assert(evaluate(tenth, scalar(0.1f), scalar(3)) === Some(scalar(0.1f * 3)))
    assert(
      evaluate(node("n", "Mul").having("T" -> DataType.DT_HALF), scalar(1), scalar(3)) === None
    )
  }

  test("one truth value decides alone") {
    def logical(name: String, inputs: Option[SmallTensor]*) =
      SmallOps.evaluate(node("n", name), inputs.map(_.toJava).asJava).toScala
    val (yes, no) = (Some(scalar(1)), Some(scalar(0)))
    assert(logical("LogicalAnd", no, None) === no)
    assert(logical("LogicalAnd", yes, None) === None)
    assert(logical("LogicalAnd", yes, yes) === yes)
    assert(logical("LogicalOr", yes, None) === yes)
    assert(logical("LogicalOr", None, no) === None)
    assert(logical("LogicalOr", no, no) === no)
    assert(evaluate(node("n", "LogicalNot"), scalar(1)) === no)
  }

  test("signs and casts") {
    assert(evaluate(op("Neg"), vector(2, open)).get.value(0) === -2)
    assert(evaluate(op("Abs"), scalar(-2)) === Some(scalar(2)))
    def cast(to: DataType, value: Double) =
      evaluate(node("n", "Cast").having("DstT" -> to), scalar(value))
    assert(cast(Int32, -2.7) === Some(scalar(-2)))
    assert(cast(DataType.DT_INT64, 2.7) === Some(scalar(2)))
    assert(cast(Bool, 3) === Some(scalar(1)))
    assert(cast(Float32, 0.1) === Some(scalar(0.1f)))
    assert(cast(DataType.DT_DOUBLE, 0.1) === Some(scalar(0.1)))
    assert(evaluate(op("Enter"), scalar(5)) === Some(scalar(5)))
  }

  Seq("Max" -> 4.0, "Min" -> 1.0, "Sum" -> 7.0, "Prod" -> 8.0, "All" -> 1.0, "Any" -> 4.0).foreach {
    case (name, expected) =>
      test(s"$name over a vector") {
        val axis = vector(0)
        assert(evaluate(op(name), vector(1, 4, 2), axis) === Some(scalar(expected)))
        assert(
          evaluate(op(name, "keep_dims" -> true), vector(1, 4, 2), axis) === Some(vector(expected))
        )
        assert(evaluate(op(name), vector(1, open), axis).get.value(0).isNaN)
        assert(evaluate(op(name), scalar(3), vector()) === Some(scalar(3)))
        assert(evaluate(op(name), vector(1, 2).withShape(java.util.List.of(1L, 2L)), axis) === None)
      }
  }

  test("ranges and fillings, as far as their sizes are known") {
    assert(evaluate(op("Range"), scalar(1), scalar(6), scalar(2)) === Some(vector(1, 3, 5)))
    assert(evaluate(op("Range"), scalar(6), scalar(1), scalar(-2)) === Some(vector(6, 4, 2)))
    assert(evaluate(op("Range"), scalar(1), scalar(open), scalar(1)) === None)
    assert(evaluate(op("Range"), scalar(0), scalar(1e6), scalar(1)) === None)
    assert(evaluate(op("Fill"), vector(2), scalar(7)) === Some(vector(7, 7)))
    assert(evaluate(op("Fill"), vector(open), scalar(7)) === None)
    assert(evaluate(op("Fill"), vector(1e6), scalar(7)) === None)
  }

  test("vectors put together and taken apart") {
    assert(evaluate(op("Pack"), scalar(3), scalar(open)).map(_.count) === Some(2))
    assert(evaluate(op("Pack", "axis" -> 1), scalar(3), scalar(4)) === None)
    assert(evaluate(op("Pack"), vector(3), vector(4)) === None)
    assert(evaluate(op("ConcatV2"), vector(3), vector(4, 5), scalar(0)) === Some(vector(3, 4, 5)))
    assert(evaluate(op("ConcatV2"), scalar(3), vector(4, 5), scalar(0)) === None)
    assert(
      evaluate(op("GatherV2"), vector(3, 4, 5), vector(2, 0), scalar(0)) === Some(vector(5, 3))
    )
    assert(evaluate(op("GatherV2"), vector(3, 4, 5), scalar(1), scalar(0)) === Some(scalar(4)))
    assert(evaluate(op("GatherV2"), vector(3, 4, 5), scalar(3), scalar(0)) === None)
    assert(evaluate(op("ExpandDims"), scalar(3), scalar(0)) === Some(vector(3)))
    assert(evaluate(op("ExpandDims"), vector(3), scalar(0)) === None)
    assert(evaluate(op("Squeeze"), vector(3)) === Some(scalar(3)))
    assert(evaluate(op("Squeeze"), vector(3, 4)) === None)
    assert(evaluate(op("Reshape"), vector(3), vector()) === Some(scalar(3)))
    assert(evaluate(op("Reshape"), vector(3, 4), vector(-1)) === Some(vector(3, 4)))
    assert(evaluate(op("Reshape"), vector(3, 4), vector(2, 1)) === None)
    assert(evaluate(op("SelectV2"), scalar(0), scalar(3), scalar(4)) === Some(scalar(4)))
    assert(evaluate(op("Select"), scalar(open), scalar(3), scalar(4)) === None)
  }

  private def sliced(begin: Double, end: Double, stride: Double, masks: (String, Any)*) =
    texts(
      evaluate(
        op("StridedSlice", masks: _*),
        vector(3, 4, 5, 6),
        vector(begin),
        vector(end),
        vector(stride)
      )
    )

  test("slices as Python writes them") {
    assert(sliced(1, 3, 1) === "2: 4.0 5.0")
    assert(sliced(-2, 9, 1) === "2: 5.0 6.0")
    assert(sliced(0, 0, 2, "begin_mask" -> 1, "end_mask" -> 1) === "2: 3.0 5.0")
    assert(sliced(-1, 0, 1, "shrink_axis_mask" -> 1) === ": 6.0")
    assert(sliced(4, 5, 1, "shrink_axis_mask" -> 1) === "open")
    assert(sliced(3, 0, -1) === "open")
    assert(sliced(0, 1, 1, "ellipsis_mask" -> 1) === "open")
    assert(sliced(0, 1, 1, "new_axis_mask" -> 1) === "open")
    assert(sliced(open, 1, 1) === "open")
    def plain(begin: Double, size: Double) =
      texts(evaluate(op("Slice"), vector(3, 4, 5), vector(begin), vector(size)))
    assert(plain(1, 1) === "1: 4.0")
    assert(plain(1, -1) === "2: 4.0 5.0")
    assert(plain(1, 9) === "open")
    assert(plain(open, 1) === "open")
  }

  test("constants of what is known, in dtypes that count") {
    def constant(value: SmallTensor, dtype: DataType) =
      value.toConstant("c", dtype).toScala.map(found => texts(SmallTensor.of(found).toScala))
    assert(constant(vector(3, -4), Int32) === Some("2: 3.0 -4.0"))
    assert(constant(scalar(3), DataType.DT_INT64) === Some(": 3.0"))
    assert(constant(scalar(1), Bool) === Some(": 1.0"))
    assert(constant(scalar(1), Float32) === None)
    assert(constant(vector(3, open), Int32) === None)
  }
}
