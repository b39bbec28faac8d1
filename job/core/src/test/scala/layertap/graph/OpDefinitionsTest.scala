package layertap.graph

import layertap.failure.GraphException
import layertap.graph.Graphs._
import layertap.tensorflow.TensorFlowRuntime
import org.scalatest.funsuite.AnyFunSuite
import org.tensorflow.TensorFlow
import org.tensorflow.proto.{DataType, NodeDef, OpDef, OpList}
import scala.jdk.CollectionConverters._

class OpDefinitionsTest extends AnyFunSuite {
  private def types(node: NodeDef): Seq[DataType] = ops.outputTypes(node).asScala.toSeq

  private def withoutDocs(op: OpDef): OpDef = {
    val copy = op.toBuilder.clearSummary.clearDescription.clearDeprecation
    copy.getInputArgBuilderList.forEach(argument => argument.clearDescription)
    copy.getOutputArgBuilderList.forEach(argument => argument.clearDescription)
    copy.getAttrBuilderList.forEach(attribute => attribute.clearDescription)
    copy.build
  }

  test("the resource of the build is what the natives of the build register") {
    TensorFlowRuntime.start(1)
    val native = TensorFlow.registeredOpList.getOpList.asScala.map(withoutDocs)
    assert(native.size > 1000)
    native.foreach { op =>
      assert(ops.find(op.getName).map[OpDef](withoutDocs).orElse(null) === op, op.getName)
    }
  }

  test("an op's own list of types, number of tensors, or fixed types") {
    assert(types(node("n", "While").having("T" -> Seq(Float32, Bool))) === Seq(Float32, Bool))
    assert(
      types(node("n", "Split").having("T" -> Float32, "num_split" -> 2)) === Seq(Float32, Float32)
    )
    assert(types(node("n", "Shape").having("T" -> Float32)) === Seq(Int32))
    assert(types(node("n", "TopKV2").having("T" -> Float32)) === Seq(Float32, Int32))
    assert(types(node("n", "NoOp")) === Seq())
  }

  test("an attribute that a node leaves out has its default") {
    assert(types(node("n", "FusedBatchNormV3").having("T" -> Float32, "U" -> Float32)).size === 6)
    assert(types(node("n", "ArgMax").having("T" -> Float32)) === Seq(DataType.DT_INT64))
  }

  test("types of inputs") {
    val concat = node("n", "ConcatV2").having("T" -> Float32, "N" -> 2)
    assert(ops.inputTypes(concat).asScala === Seq(Float32, Float32, Int32))
  }

  private val foreign = ops.withForeign(
    OpList.newBuilder
      .addOp(
        OpDef.newBuilder
          .setName("SomebodysOp")
          .addOutputArg(OpDef.ArgDef.newBuilder.setName("y").setType(Int32))
      )
      .addOp(OpDef.newBuilder.setName("Relu").setIsStateful(true))
      .build
  )

  test("an op that only the model's file defines can be followed, not run") {
    val custom = node("n", "SomebodysOp")
    assert(foreign.outputTypes(custom).asScala === Seq(Int32))
    assert(!foreign.isRegistered("SomebodysOp"))
    assert(ops.find("SomebodysOp").isEmpty)
    assert(ops.outputTypes(custom).isEmpty)
  }

  test("a model's file does not redefine TensorFlow's ops") {
    assert(!foreign.find("Relu").get.getIsStateful)
    assert(foreign.findForeign("Relu").get.getIsStateful)
  }

  Seq(-1, 2000001).foreach { count =>
    test(s"a node that says it has $count tensors") {
      val split = node("n", "Split").having("T" -> Float32, "num_split" -> count)
      assert(
        intercept[GraphException](types(split)).getMessage ===
          s"cannot follow the graph: node 'n' says it has $count tensors in 'output'"
      )
    }
  }
}
