package layertap.graph.rewrite

import layertap.graph.TensorId
import layertap.graph.TensorShape
import layertap.graph.Graphs._
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.DataType

class SubstitutionTest extends AnyFunSuite {
  // x ─▶ split ─▶ a      split:1 ─▶ b      split ┄▶ c ◀─ split:1
  private val source = graph(
    placeholder("x"),
    node("split", "Split", "x", "x").having("num_split" -> 2, "T" -> Float32),
    float("a", "Relu", "split"),
    float("b", "Relu", "split:1"),
    float("c", "AddV2", "split:1", "split:0", "^split")
  )

  private def changed(change: Substitution => Unit) = {
    val substitution = new Substitution
    change(substitution)
    substitution.apply(source)
  }

  test("all that take a tensor take the other one, however they write it") {
    val result = changed(_.replace(new TensorId("split", 0), new TensorId("x", 0)))
    assert(inputs(result, "a") === Seq("x"))
    assert(inputs(result, "b") === Seq("split:1"))
    assert(inputs(result, "c") === Seq("split:1", "x", "^split"))
  }

  test("one consumer alone takes the other tensor") {
    val result = changed(_.replace("c", new TensorId("split", 1), new TensorId("x", 3)))
    assert(inputs(result, "b") === Seq("split:1"))
    assert(inputs(result, "c") === Seq("x:3", "split:0", "^split"))
  }

  test("what is said of a consumer goes before what is said of all") {
    val result = changed { substitution =>
      substitution.replace(new TensorId("split", 1), new TensorId("all", 0))
      substitution.replace("c", new TensorId("split", 1), new TensorId("own", 0))
    }
    assert(inputs(result, "b") === Seq("all"))
    assert(inputs(result, "c").head === "own")
  }

  test("replacements are applied once: two tensors can change places") {
    val result = changed { substitution =>
      substitution.replace(new TensorId("split", 0), new TensorId("split", 1))
      substitution.replace(new TensorId("split", 1), new TensorId("split", 0))
    }
    assert(inputs(result, "c") === Seq("split", "split:1", "^split"))
  }

  test("a placeholder stands in the place of a node of its name") {
    val result = changed(_.addPlaceholder("a", Int32, shape(-1, 2)))
    assert(names(result) === names(source))
    assert(
      find(result, "a") === node("a", "Placeholder")
        .having("dtype" -> Int32, "shape" -> shape(-1, 2))
    )
  }

  test("other nodes that are added come last") {
    val result = changed { substitution =>
      val fed = substitution.addPlaceholder("fed", Int32, TensorShape.unknown)
      val cast = substitution.addCast("cast", fed, Int32, DataType.DT_INT8)
      substitution.addIdentity("copy", cast, DataType.DT_INT8)
    }
    assert(names(result) === names(source) ++ Seq("fed", "cast", "copy"))
    assert(
      find(result, "cast") === node("cast", "Cast", "fed")
        .having("SrcT" -> Int32, "DstT" -> DataType.DT_INT8)
    )
    assert(
      find(result, "copy") === node("copy", "Identity", "cast").having("T" -> DataType.DT_INT8)
    )
  }

  test("a tensor resolves to what replaces it, another one to itself") {
    val substitution = new Substitution
    substitution.replace(new TensorId("a", 0), new TensorId("b", 0))
    assert(substitution.resolve(new TensorId("a", 0)) === new TensorId("b", 0))
    assert(substitution.resolve(new TensorId("a", 1)) === new TensorId("a", 1))
  }

  test("the source stays as it was") {
    val before = source.toByteString
    changed(_.replace(new TensorId("split", 0), new TensorId("x", 0)))
    assert(source.toByteString === before)
  }
}
