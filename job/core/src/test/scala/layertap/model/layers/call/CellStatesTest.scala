package layertap.model.layers.call

import layertap.graph.Graphs._
import layertap.graph.rewrite.LoopBody
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.proto.{DataType, NodeDef}
import scala.jdk.CollectionConverters._

class CellStatesTest extends AnyFunSuite {
  private val Variant = DataType.DT_VARIANT

  /** What a step reads. */
  private val read =
    node("read", "TensorListGetItem", "steps", "i", "shape").having("element_dtype" -> Float32)

  private val gates = Seq(
    read,
    float("forget", "Sigmoid", "read:item:0"),
    float("output", "Sigmoid", "read:item:0"),
    float("new", "Tanh", "read:item:0")
  )

  private def product(name: String, factors: String*): NodeDef = float(name, "Mul", factors: _*)

  private def select(name: String, values: String*): NodeDef =
    float(name, "SelectV2", "mask" +: values: _*)

  /** Of the memory that is the variable, as `memory:z:0`, and what the step gives, `given:z:0`. */
  private def lstm(variable: String): Seq[NodeDef] = gates ++ Seq(
    product("kept", "forget:y:0", variable),
    float("memory", "AddV2", "kept:z:0", "new:y:0"),
    float("squashed", "Tanh", "memory:z:0"),
    product("given", "output:y:0", "squashed:y:0")
  )

  /** The names of states that become these values, where a step writes the item. */
  private def names(item: String, next: String*)(nodes: NodeDef*): Seq[String] = {
    val states = next.indices.map(i => s"state_$i")
    val others = Seq("i" -> Int32, "shape" -> Int32, "steps" -> Variant, "mask" -> Bool)
    val body = function("body", states.map(_ -> Float32) ++ others: _*)(nodes: _*)(
      states.zip(next).map { case (name, value) => name -> Float32 -> value } ++
        others.map { case (name, kind) => name -> kind -> name }: _*
    )
    new CellStates(new LoopBody(body)).names(next.indices.map(Int.box).asJava, item).asScala.toSeq
  }

  test("one state that the step gives is hidden") {
    assert(
      names("sum:z:0", "sum:z:0")(read, float("sum", "AddV2", "state_0", "read:item:0")) ===
        Seq("hidden")
    )
  }

  test("one state that the step does not give has no name") {
    assert(
      names("given:y:0", "sum:z:0")(
        read,
        float("sum", "AddV2", "state_0", "read:item:0"),
        float("given", "Tanh", "sum:z:0")
      ) === Seq()
    )
  }

  test("an LSTM gives its first state, of a memory that is the second") {
    assert(
      names("given:z:0", "given:z:0", "memory:z:0")(lstm("state_1"): _*) === Seq("hidden", "cell")
    )
  }

  test("a mask keeps the states of an LSTM") {
    val masked = Seq(
      select("item", "given:z:0", "zeros"),
      select("hidden", "given:z:0", "state_0"),
      select("cell", "memory:z:0", "state_1")
    )
    assert(
      names("item:output:0", "hidden:output:0", "cell:output:0")(lstm("state_1") ++ masked: _*) ===
        Seq("hidden", "cell")
    )
    assert(
      names("item:output:0", "cell:output:0", "hidden:output:0")(lstm("state_1") ++ masked: _*) ===
        Seq()
    )
  }

  test("a cell whose memory comes first has no names") {
    assert(names("given:z:0", "memory:z:0", "given:z:0")(lstm("state_0"): _*) === Seq())
  }

  test("of stacked cells the last gives what the step gives: no names") {
    val stack = Seq(
      read,
      float("below", "AddV2", "state_0", "read:item:0"),
      float("above", "AddV2", "state_1", "below:z:0")
    )
    assert(names("above:z:0", "below:z:0", "above:z:0")(stack: _*) === Seq())
  }

  test("a second state that no gate keeps, or that the step does not give, is no LSTM's cell") {
    val decay = gates ++ Seq(
      const("half", 0.5f),
      product("kept", "half:output:0", "state_1"),
      float("memory", "AddV2", "kept:z:0", "new:y:0"),
      product("given", "output:y:0", "memory:z:0")
    )
    assert(names("given:z:0", "given:z:0", "memory:z:0")(decay: _*) === Seq())
    val apart = lstm("state_1") :+ product("other", "output:y:0", "new:y:0")
    assert(names("other:z:0", "other:z:0", "memory:z:0")(apart: _*) === Seq())
    val sum = lstm("state_1") :+ float("sum", "AddV2", "memory:z:0", "output:y:0")
    assert(names("sum:z:0", "sum:z:0", "memory:z:0")(sum: _*) === Seq())
  }

  test("more than two states, or none, have no names") {
    assert(
      names("given:z:0", "given:z:0", "memory:z:0", "new:y:0")(lstm("state_1"): _*) === Seq()
    )
    assert(names("new:y:0")(gates: _*) === Seq())
  }
}
